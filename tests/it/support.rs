//! A world for one test: an empty home, a cleared environment, a mock of its own, a receiver.

use std::{
    ffi::OsString,
    fs,
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal};
use serde_json::{Value, json};
use tempfile::TempDir;
use ubihook::inside::receiver::Receiver;

/// Far longer than anything here takes, so that a hang fails instead of hanging.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The token of a world that faces a fake.
pub(crate) const TOKEN: &str = "Token 0c1d2e3f-not-a-real-one";

/// The same without its prefix.
pub(crate) const BARE: &str = "0c1d2e3f-not-a-real-one";

/// The flags that every webhook needs, to a port where nobody listens.
pub(crate) const NEEDED: &str = "--pipeline pipeline-1 -e failed -u http://127.0.0.1:9/in";

/// The world of one test. Everything in it is gone with it.
pub(crate) struct World {
    folder: TempDir,
    variables: Vec<(String, OsString)>,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl World {
    /// On the mock, with the file store, as `--mock` has it.
    pub(crate) fn new() -> Self {
        let world = Self::without_mock();
        world.set("UBIHOOK_MOCK", "1")
    }

    /// With nothing set at all.
    pub(crate) fn without_mock() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            variables: Vec::new(),
        }
    }

    /// With a platform at that address, project `demo` and the file store.
    pub(crate) fn facing(url: &str, token: &str) -> Self {
        Self::without_mock()
            .set("UBIOPS_API_HOST", url)
            .set("UBIOPS_API_TOKEN", token)
            .set("UBIOPS_PROJECT", "demo")
            .set("UBIHOOK_STORE", "file")
    }

    /// The same with a variable set.
    pub(crate) fn set(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    /// The home, and all that is in it.
    pub(crate) fn home(&self) -> &Path {
        self.folder.path()
    }

    /// A file of ours in the state folder.
    pub(crate) fn state(&self, name: &str) -> PathBuf {
        self.home().join(".local/state/ubihook").join(name)
    }

    /// Writes a file into the home, and returns its path.
    pub(crate) fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.home().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// The binary, ready to be given arguments.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ubihook"));
        command
            .env_clear()
            .env("HOME", self.home())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            // No bus: what opens a keyring here would fail the test.
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(self.home())
            .stdin(Stdio::null());
        command
    }

    /// The same within a line for `sh`, where `$BIN` is the binary.
    pub(crate) fn shell(&self, line: &str) -> Command {
        let ours = self.command();
        let mut command = Command::new("sh");
        command
            .args(["-c", line])
            .env_clear()
            .envs(
                ours.get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .env("BIN", ours.get_program())
            .current_dir(self.home())
            .stdin(Stdio::null());
        command
    }

    /// Runs a command line to its end.
    pub(crate) fn run<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Ended {
        let mut command = self.command();
        command.args(arguments);
        finish(&mut command, None)
    }

    /// Runs a command line as it would be typed: words apart by blanks, single quotes around those
    /// that have some.
    pub(crate) fn sh(&self, line: &str) -> Ended {
        let mut command = self.command();
        command.args(words(line));
        finish(&mut command, None)
    }

    /// The same with a variable more, for this one command.
    pub(crate) fn sh_with(&self, variables: &[(&str, &str)], line: &str) -> Ended {
        let mut command = self.command();
        command.envs(variables.iter().copied()).args(words(line));
        finish(&mut command, None)
    }

    /// The same with something on stdin.
    pub(crate) fn sh_fed(&self, stdin: &str, line: &str) -> Ended {
        let mut command = self.command();
        command.args(words(line));
        finish(&mut command, Some(stdin))
    }

    /// A command line that has to go well, and its answer as JSON.
    pub(crate) fn answer(&self, line: &str) -> Value {
        let ended = self.sh(&format!("{line} -o json")).ends_with(0);
        ended.json()
    }

    /// What the platform has now, by name.
    pub(crate) fn names(&self) -> Vec<String> {
        let ended = self.sh("list -o name").ends_with(0);
        ended.out.lines().map(str::to_owned).collect()
    }

    /// Runs a command line that has to go well, and returns its answer as JSON.
    pub(crate) fn json<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Value {
        let arguments = arguments.into_iter().chain(["-o", "json"]);
        self.run(arguments).ends_with(0).json()
    }
}

impl Ended {
    /// The error object of a command that ran with `-o json`.
    pub(crate) fn error(&self) -> Value {
        let last = self.err.lines().last().unwrap_or_default();
        let error: Value = serde_json::from_str(last).unwrap_or_else(|_| panic!("{}", self.err));
        error["error"].clone()
    }

    /// The answer of a command that ran with `-o json`.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("{self:#?}"))
    }

    /// Checks that stderr says so.
    #[track_caller]
    pub(crate) fn saying(self, part: &str) -> Self {
        assert!(self.err.contains(part), "no `{part}` in: {}", self.err);
        self
    }

    /// Checks that nothing at all is said.
    #[track_caller]
    pub(crate) fn silently(self) -> Self {
        assert_eq!(self.err, "");
        self
    }

    /// Checks that neither stream has it.
    #[track_caller]
    pub(crate) fn without(self, part: &str) -> Self {
        assert!(!self.out.contains(part), "`{part}` in: {}", self.out);
        assert!(!self.err.contains(part), "`{part}` in: {}", self.err);
        self
    }

    /// Checks the code, and shows what was said where it is another.
    #[track_caller]
    pub(crate) fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "out: {}\nerr: {}", self.out, self.err);
        self
    }
}

/// Runs a command to its end, or kills it when patience is over.
pub(crate) fn finish(command: &mut Command, stdin: Option<&str>) -> Ended {
    let mut child = command
        .stdin(if stdin.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let pid = pid_of(&child);
    if let Some(text) = stdin {
        // It may have ended without reading, which is up to the test.
        let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
    }
    let (ended, wait) = mpsc::channel::<()>();
    let watchdog = thread::spawn(move || {
        let timed_out = wait.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout);
        if timed_out {
            let _ = rustix::process::kill_process(pid, Signal::KILL);
        }
        timed_out
    });
    let output = child.wait_with_output().unwrap();
    drop(ended);
    let ended = Ended {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    };
    assert!(!watchdog.join().unwrap(), "it hung: {ended:#?}");
    ended
}

/// The words of a command line, as a POSIX shell splits it.
fn words(line: &str) -> Vec<String> {
    shell_words::split(line).unwrap()
}

fn pid_of(child: &Child) -> Pid {
    Pid::from_child(child)
}

/// A `mock serve` of its own, gone with the test.
pub(crate) struct Served {
    child: Child,
    /// Its ready line.
    pub(crate) ready: Value,
}

impl Served {
    /// Starts one in that world's home, with more arguments.
    pub(crate) fn start(world: &World, more: &str) -> Self {
        let mut command = world.command();
        command.args(["mock", "serve"]).args(words(more));
        Self::started(&mut command)
    }

    /// What that command serves.
    pub(crate) fn started(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_else(|_| panic!("not ready: {line}"));
        Self { child, ready }
    }

    /// Its base URL, `/v2` included.
    pub(crate) fn url(&self) -> &str {
        self.ready["url"].as_str().unwrap()
    }

    /// Its token, prefix included.
    pub(crate) fn token(&self) -> &str {
        self.ready["token"].as_str().unwrap()
    }

    /// Host and port.
    pub(crate) fn authority(&self) -> &str {
        let rest = self.url().strip_prefix("http://").unwrap();
        rest.split('/').next().unwrap()
    }

    /// A world whose platform is this one.
    pub(crate) fn world(&self) -> World {
        World::facing(self.url(), self.token())
    }

    /// Its process.
    pub(crate) fn pid(&self) -> Pid {
        pid_of(&self.child)
    }

    /// Asks it to end, and returns its code.
    pub(crate) fn stop(mut self, signal: Signal) -> Option<i32> {
        rustix::process::kill_process(self.pid(), signal).unwrap();
        self.child.wait().unwrap().code()
    }

    /// One raw call: the status and the body.
    pub(crate) fn call(&self, request: &str) -> (u16, String) {
        let answer = exchange(self.authority(), request.as_bytes());
        (answer.status, answer.body)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A `mock deliveries --follow`, gone with the test, and after a while in any case.
pub(crate) struct Following {
    child: Child,
    lines: Option<BufReader<ChildStdout>>,
    _ended: mpsc::Sender<()>,
}

impl Following {
    /// Starts one in that world, with more arguments.
    pub(crate) fn start(world: &World, more: &str) -> Self {
        let mut command = world.command();
        command.args(["mock", "deliveries", "--follow"]);
        command.args(words(more)).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = child.stdout.take().map(BufReader::new);
        let (ended, wait) = mpsc::channel::<()>();
        let pid = pid_of(&child);
        thread::spawn(move || {
            if wait.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                let _ = rustix::process::kill_process(pid, Signal::KILL);
            }
        });
        Self {
            child,
            lines,
            _ended: ended,
        }
    }

    /// The next line.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        let lines = self.lines.as_mut().unwrap();
        lines.read_line(&mut line).unwrap();
        line
    }

    /// Asks it to end, and returns its code and what it had still said.
    pub(crate) fn stop(mut self, signal: Signal) -> (Option<i32>, String) {
        rustix::process::kill_process(pid_of(&self.child), signal).unwrap();
        let mut rest = String::new();
        let lines = self.lines.as_mut().unwrap();
        lines.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }

    /// Reads no more, and returns the code with which it ends then.
    pub(crate) fn unread(mut self) -> Option<i32> {
        self.lines = None;
        self.child.wait().unwrap().code()
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A call that a fake platform received.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) path: String,
    /// The head as it came, names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Call {
    /// Method and path in one.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(key, _)| key == name);
        found.next().map(|(_, value)| value.as_str())
    }

    /// Its body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{self:#?}"))
    }
}

/// What a fake platform does with a call.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// An answer with a body of JSON.
    Json(u16, Value),
    /// An answer as it stands.
    Raw(RawAnswer),
    /// Nothing: the connection is closed.
    Cut,
    /// A head that promises more than this beginning.
    Truncated(String),
    /// Nothing, for as long as the other side waits.
    Silence,
}

/// An answer as it stands on the wire.
#[derive(Debug, Clone, Default)]
pub(crate) struct RawAnswer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// An answer with headers and a body.
pub(crate) fn raw(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
    Answer::Raw(RawAnswer {
        status,
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        body: body.to_owned(),
    })
}

/// A platform that does what a test says, and remembers what it was asked.
pub(crate) struct Fake {
    address: SocketAddr,
    calls: Arc<Mutex<Vec<Call>>>,
    stop: Arc<AtomicBool>,
}

impl Fake {
    /// Each call is given with its number, from 0.
    pub(crate) fn new(answer: impl Fn(usize, &Call) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (calls, stop) = (
            Arc::<Mutex<Vec<Call>>>::default(),
            Arc::<AtomicBool>::default(),
        );
        let (seen, stopped, answer) = (Arc::clone(&calls), Arc::clone(&stop), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let (stream, seen, answer) = (stream.unwrap(), Arc::clone(&seen), answer.clone());
                thread::spawn(move || serve_one(stream, &seen, &*answer));
            }
        });
        Self {
            address,
            calls,
            stop,
        }
    }

    /// A platform that has that webhook, and refuses every change in these words.
    pub(crate) fn refusing(webhook: Value, words: String) -> Self {
        let name = webhook["name"].as_str().unwrap().to_owned();
        Self::new(move |_, call| {
            let path = call.path.split('?').next().unwrap();
            let last = path.rsplit('/').next().unwrap();
            match call.method.as_str() {
                "GET" if last == "webhooks" => Answer::Json(200, json!([webhook])),
                "GET" if last == name => Answer::Json(200, webhook.clone()),
                "GET" => Answer::Json(404, json!({"error": "Webhook was not found"})),
                _ => Answer::Json(400, json!({ "error": words })),
            }
        })
    }

    /// One answer after the other; past the end it is 418.
    pub(crate) fn script(answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers: Vec<_> = answers.into_iter().collect();
        Self::new(move |at, _| {
            let past_the_end = || Answer::Json(418, json!({"error": "past the script's end"}));
            answers.get(at).cloned().unwrap_or_else(past_the_end)
        })
    }

    /// In front of a served mock: the fault decides what becomes of the mock's answer, or of the
    /// call, where it is `None` before the mock has seen it.
    pub(crate) fn before(
        served: &Served,
        fault: impl Fn(usize, &Call) -> Fault + Send + Sync + 'static,
    ) -> Self {
        let authority = served.authority().to_owned();
        Self::new(move |at, call| match fault(at, call) {
            Fault::None => Answer::Raw(forward(&authority, call)),
            Fault::LostCall => Answer::Cut,
            Fault::LostAnswer => {
                forward(&authority, call);
                Answer::Cut
            }
        })
    }

    /// Its base URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/v2", self.address)
    }

    /// A world whose platform is this one, with project `demo` and the file store.
    pub(crate) fn world(&self) -> World {
        World::facing(&self.url(), TOKEN)
    }

    /// What it was asked so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    /// The same, as methods and paths.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.calls().iter().map(Call::line).collect()
    }
}

/// What goes wrong on the way to a served mock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// The mock never sees the call.
    LostCall,
    /// The mock does as it is told, and nobody hears of it.
    LostAnswer,
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the thread, so that it sees the word.
        let _ = TcpStream::connect(self.address);
    }
}

fn serve_one(
    mut stream: TcpStream,
    seen: &Mutex<Vec<Call>>,
    answer: &dyn Fn(usize, &Call) -> Answer,
) {
    let Some((first, headers, body)) = read_message(&mut stream) else {
        return;
    };
    let mut first = first.split(' ');
    let call = Call {
        method: first.next().unwrap_or_default().to_owned(),
        path: first.next().unwrap_or_default().to_owned(),
        headers,
        body,
    };
    let at = {
        let mut seen = seen.lock().unwrap();
        seen.push(call.clone());
        seen.len() - 1
    };
    let written = match answer(at, &call) {
        Answer::Json(status, body) => write_answer(
            &mut stream,
            &RawAnswer {
                status,
                headers: vec![
                    ("content-type".to_owned(), "application/json".to_owned()),
                    // The clock of its webhooks' dates.
                    ("date".to_owned(), "Tue, 03 Feb 2026 10:11:12 GMT".to_owned()),
                ],
                body: body.to_string(),
            },
        ),
        Answer::Raw(answer) => write_answer(&mut stream, &answer),
        Answer::Cut => Ok(()),
        Answer::Truncated(begin) => stream.write_all(
            format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{begin}",
                begin.len() + 999
            )
            .as_bytes(),
        ),
        Answer::Silence => {
            // Ends when the other side goes away.
            let _ = stream.read(&mut [0; 1]);
            Ok(())
        }
    };
    // The other side may have gone away, which is up to the test.
    let _ = written;
}

fn write_answer(stream: &mut TcpStream, answer: &RawAnswer) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {} Told\r\nconnection: close\r\n", answer.status);
    for (name, value) in &answer.headers {
        if !["connection", "content-length", "transfer-encoding"].contains(&name.as_str()) {
            head += &format!("{name}: {value}\r\n");
        }
    }
    if answer.status != 204 {
        head += &format!("content-length: {}\r\n", answer.body.len());
    }
    stream.write_all((head + "\r\n" + &answer.body).as_bytes())
}

type Message = (String, Vec<(String, String)>, String);

fn read_message(stream: &mut TcpStream) -> Option<Message> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers
        .iter()
        .find(|(name, _)| name == "content-length")
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    (!first.is_empty()).then(|| {
        let body = String::from_utf8_lossy(&body).into_owned();
        (first.trim_end().to_owned(), headers, body)
    })
}

/// Sends bytes, and reads one answer.
pub(crate) fn exchange(authority: &str, request: &[u8]) -> RawAnswer {
    let mut stream = TcpStream::connect(authority).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request).unwrap();
    let (first, headers, body) = read_message(&mut stream).expect("an answer");
    let status = first.split(' ').nth(1).unwrap().parse().unwrap();
    RawAnswer {
        status,
        headers,
        body,
    }
}

/// Hands a call on to a mock.
pub(crate) fn forward(authority: &str, call: &Call) -> RawAnswer {
    let mut head = format!("{} {} HTTP/1.1\r\n", call.method, call.path);
    for (name, value) in &call.headers {
        let value = if name == "host" { authority } else { value };
        head += &format!("{name}: {value}\r\n");
    }
    exchange(authority, (head + "\r\n" + &call.body).as_bytes())
}

/// A webhook as the platform answers it.
pub(crate) fn webhook(name: &str) -> Value {
    json!({
        "id": "0b8f6f1e-6a53-4a51-9d9e-6b7b1d0f1c22",
        "name": name,
        "object_type": "pipeline",
        "object_name": "pipeline-1",
        "version": null,
        "url": "https://hooks.example.org/in",
        "headers": [],
        "event": "pipeline_request_failed",
        "creation_date": "2026-02-03T10:11:12.345678Z",
        "last_updated": "2026-02-03T10:11:12.345678Z",
        "description": "",
        "labels": {},
        "timeout": 10,
        "enabled": true,
        "retry": false,
        "include_result": false
    })
}

/// The same with some fields changed.
pub(crate) fn webhook_with(name: &str, fields: &Value) -> Value {
    let mut webhook = webhook(name);
    for (key, value) in fields.as_object().unwrap() {
        webhook[key] = value.clone();
    }
    webhook
}

/// All four-digit numbers.
pub(crate) fn all_pins() -> Vec<String> {
    (0..10_000).map(|pin| format!("{pin:04}")).collect()
}

/// A mode without the file's type.
pub(crate) fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// Sets a mode.
pub(crate) fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A receiver for the deliveries of one test.
pub(crate) fn receiver() -> Receiver {
    Receiver::open().unwrap()
}
