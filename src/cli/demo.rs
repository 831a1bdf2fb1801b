//! `demo`: real command lines, run through `cli`; each one is shown and its result is checked.

use std::{
    io::{self, Write},
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use anyhow::Context as _;
use serde::Serialize;
use serde_json::Value;
use tokio::{sync::oneshot, time};

use super::failure;
use crate::{
    commands::{
        context::Context,
        program::{Environment, Program},
        signals::{Signals, Stopped},
        verb::{Example, Needs, Run},
    },
    config::{Format, env::Env},
    model::{
        failure::{Failure, Kind},
        secret::Secret,
        shell::quote,
    },
    output::{Output, paper::Paper, view::View},
    receiver::{Delivery, Receiver},
    scratch::Scratch,
    terminal::Terminal,
};

/// Run a demo on the mock in a few seconds
///
/// Creates a webhook on the mock inside this program, tests it against a receiver on this machine,
/// changes it, and deletes it. Needs no account and leaves nothing behind.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Args {}

/// How long to wait for a delivery, which arrives before its test is completed.
const PATIENCE: Duration = Duration::from_secs(5);
/// The variable that contains the demo's token, named on the command line.
const TOKEN: &str = "DEMO_TOKEN";

/// How long the demo may take to end after a signal. The running command gets the signal too.
const GRACE: Duration = Duration::from_secs(2);

impl Run for Args {
    const NAME: &'static str = "demo";
    const EXAMPLES: &'static [Example] = &[
        ("Run the demo", "ubihook demo"),
        ("Run it as a check in a script", "ubihook demo -o json"),
    ];

    fn needs(&self) -> Needs {
        Needs {
            own_signals: true,
            ..Needs::default()
        }
    }

    /// Returns an error if a step doesn't have the expected result. The steps run on a separate
    /// thread, because their commands have their own runtimes; this one waits for signals.
    async fn run(self, cx: &mut Context) -> anyhow::Result<()> {
        let mut signals = Signals::listen()?;
        // Deleted at the end of this function in any case.
        let folder = Scratch::make().context("the demo needs a temporary folder")?;
        let stop = Arc::new(AtomicBool::new(false));
        let (end, mut ended) = oneshot::channel();
        let stage = Stage::new(cx, folder.path());
        let (output, format) = (cx.output.clone(), cx.settings.output.value);
        let story = {
            let stop = stop.clone();
            move || {
                let receiver = Receiver::open().context("the demo needs a port on this machine")?;
                let hook = Hook {
                    url: receiver.url("/hook"),
                    receiver: &receiver,
                };
                stage.tell(&output, format, &hook, &stop)
            }
        };
        // The receiver is gone if the demo was abandoned.
        let story = move || drop(end.send(story()));
        let thread = thread::Builder::new().name("demo".to_owned());
        let thread = thread.spawn(story)?;
        let signal = tokio::select! {
            told = &mut ended => match (told, thread.join()) {
                (Ok(Ok(Told::Stopped)), _) => signals.recv().await,
                (Ok(told), _) => return told.map(drop),
                // A panic is reported on the main thread.
                (Err(_), Err(defect)) => std::panic::resume_unwind(defect),
                (Err(_), Ok(())) => unreachable!("the story says how it ended, or panics"),
            },
            signal = signals.recv() => {
                stop.store(true, Ordering::SeqCst);
                let _ = time::timeout(GRACE, ended).await;
                signal
            }
        };
        Err(Stopped(signal).into())
    }
}

/// How the demo ended.
enum Told {
    Whole,
    /// A signal arrived, and ended the running command.
    Stopped,
}

/// The URL that the demo's webhook calls, and the receiver behind it.
struct Hook<'a> {
    url: String,
    receiver: &'a Receiver,
}

/// One command line, and a check of its result.
struct Step {
    arguments: Vec<String>,
    check: Check,
}

type Check = fn(&Seen, &Secret) -> Result<Vec<String>, String>;

impl Step {
    fn new(line: &[&str], check: Check) -> Self {
        let arguments = ["ubihook"].iter().chain(line).map(ToString::to_string);
        Self {
            arguments: arguments.collect(),
            check,
        }
    }

    /// The command line as a user would type it.
    fn line(&self) -> String {
        self.arguments
            .iter()
            .map(|argument| quote(argument))
            .collect::<Vec<_>>()
            .join(" ")
    }
}

fn steps(url: &str) -> Vec<Step> {
    let create = [
        "create",
        "webhook-1",
        "--mock",
        "--pipeline",
        "pipeline-1",
        "--version",
        "v1",
        "--event",
        "pipeline_request_started",
        "--url",
        url,
        "--secret-header",
        "Authorization=Token {env:DEMO_TOKEN}",
    ];
    vec![
        Step::new(&create, created),
        Step::new(&["list", "--mock"], listed),
        Step::new(&["get", "webhook-1", "--mock"], hidden),
        Step::new(&["test", "webhook-1", "--mock"], arrived),
        Step::new(
            &["update", "webhook-1", "--header", "X-Team: blue", "--mock"],
            updated,
        ),
        Step::new(&["test", "webhook-1", "--mock"], survived),
        Step::new(&["delete", "webhook-1", "--yes", "--mock"], deleted),
        Step::new(&["list", "-o", "json", "--mock"], gone),
    ]
}

/// What one command printed, and what arrived in the meantime.
struct Seen {
    code: u8,
    out: String,
    err: String,
    delivery: Option<Delivery>,
}

impl Seen {
    fn succeeded(&self) -> Result<(), String> {
        match self.code {
            0 => Ok(()),
            code => Err(format!("it exited with {code}")),
        }
    }

    fn shows(&self, text: &str) -> Result<(), String> {
        if self.out.contains(text) {
            Ok(())
        } else {
            Err(format!("it does not show {text}"))
        }
    }

    fn hides(&self, token: &Secret) -> Result<(), String> {
        if self.out.contains(token.expose()) || self.err.contains(token.expose()) {
            Err("it shows the protected value".to_owned())
        } else {
            Ok(())
        }
    }

    fn delivered(&self, token: &Secret) -> Result<(&Delivery, Value), String> {
        let delivery = self.delivery.as_ref().ok_or("no event arrived")?;
        let payload: Value =
            serde_json::from_slice(&delivery.body).map_err(|_| "the payload is not JSON")?;
        if payload["event"] != "pipeline_request_started"
            || payload["pipeline_name"] != "pipeline-1"
        {
            return Err("a different event arrived".to_owned());
        }
        let value = delivery.headers.get("authorization");
        let expected = format!("Token {}", token.expose());
        if value.is_none_or(|value| value.as_bytes() != expected.as_bytes()) {
            return Err("the protected header did not arrive".to_owned());
        }
        Ok((delivery, payload))
    }
}

fn created(seen: &Seen, token: &Secret) -> Result<Vec<String>, String> {
    seen.shows("webhook-1")?;
    seen.hides(token)?;
    Ok(vec![
        "created; the protected value is stored for tests and not shown".to_owned(),
    ])
}

fn listed(seen: &Seen, _token: &Secret) -> Result<Vec<String>, String> {
    seen.shows("webhook-1")?;
    Ok(vec!["it is in the list".to_owned()])
}

fn hidden(seen: &Seen, token: &Secret) -> Result<Vec<String>, String> {
    seen.shows("Authorization")?;
    seen.hides(token)?;
    Ok(vec!["the value of Authorization is hidden".to_owned()])
}

fn arrived(seen: &Seen, token: &Secret) -> Result<Vec<String>, String> {
    let (_, payload) = seen.delivered(token)?;
    Ok(vec![
        format!("the receiver got this payload:\n{payload:#}"),
        "the protected header Authorization arrived with its value".to_owned(),
    ])
}

fn updated(seen: &Seen, token: &Secret) -> Result<Vec<String>, String> {
    seen.shows("X-Team")?;
    seen.hides(token)?;
    Ok(vec![
        "another header was added without needing the protected value".to_owned(),
    ])
}

fn survived(seen: &Seen, token: &Secret) -> Result<Vec<String>, String> {
    let (delivery, _) = seen.delivered(token)?;
    if delivery
        .headers
        .get("x-team")
        .is_none_or(|value| value != "blue")
    {
        return Err("the new header did not arrive".to_owned());
    }
    Ok(vec![
        "X-Team arrived, and the protected value survived the update".to_owned(),
    ])
}

fn deleted(seen: &Seen, _token: &Secret) -> Result<Vec<String>, String> {
    seen.shows("webhook-1")?;
    Ok(vec!["deleted together with its stored value".to_owned()])
}

fn gone(seen: &Seen, _token: &Secret) -> Result<Vec<String>, String> {
    match seen.out.trim() {
        "[]" => Ok(vec!["no webhook is left".to_owned()]),
        _ => Err("a webhook is left".to_owned()),
    }
}

/// An isolated environment for the commands: an empty home, and captured output.
struct Stage {
    program: Program,
    around: Environment,
    /// The value of the webhook's header, which no output may contain.
    token: Secret,
}

impl Stage {
    fn new(cx: &Context, home: &Path) -> Self {
        let token = cx
            .scrubber
            .secret(uuid::Uuid::new_v4().simple().to_string());
        let ours = |name: &std::ffi::OsStr| {
            let name = name.as_encoded_bytes();
            name.starts_with(b"UBIHOOK_") || name.starts_with(b"UBIOPS_")
        };
        let env = Env::of(cx.env.iter().filter(|(name, _)| !ours(name)));
        let env = [
            "HOME",
            "XDG_CONFIG_HOME",
            "XDG_STATE_HOME",
            "APPDATA",
            "LOCALAPPDATA",
        ]
        .into_iter()
        .fold(env, |env, name| env.with(name, home));
        Self {
            program: cx.program,
            around: Environment {
                env: env.with(TOKEN, token.expose()),
                // The same width as ours, but no prompts.
                terminal: Terminal {
                    stdin: false,
                    stderr: None,
                    ..cx.terminal
                },
                scrubber: cx.scrubber.clone(),
                output: cx.output.clone(),
                is_process: false,
            },
            token,
        }
    }

    /// Runs each step and checks its result, until all are done or a signal arrives.
    fn tell(
        &self,
        output: &Output,
        format: Format,
        hook: &Hook<'_>,
        stop: &AtomicBool,
    ) -> anyhow::Result<Told> {
        let mut story = Vec::new();
        for step in steps(&hook.url) {
            if stop.load(Ordering::SeqCst) {
                return Ok(Told::Stopped);
            }
            let shown = step.line();
            if format == Format::Table {
                let paper = output.paper();
                output.line(&paper.bold(&format!("$ {shown}")))?;
            }
            let seen = self.play(&step, hook.receiver);
            if failure::is_stopped(seen.code) {
                return Ok(Told::Stopped);
            }
            if format == Format::Table {
                output.line(seen.out.trim_end())?;
            }
            let checked = seen
                .succeeded()
                .and_then(|()| (step.check)(&seen, &self.token));
            let checked = checked.map_err(|why| {
                let hint = (!seen.err.is_empty()).then(|| seen.err.trim_end().to_owned());
                let message = format!("`{shown}` did not have the expected result: {why}");
                Failure::new(Kind::Failed, message).hinted(hint)
            })?;
            if format == Format::Table {
                let paper = output.paper();
                for note in &checked {
                    let note = paper.dim(&note.replace('\n', "\n  "));
                    output.line(&format!("{} {note}", paper.green("✓")))?;
                }
                output.line("")?;
            }
            story.push(Scene {
                command: shown,
                checked,
            });
        }
        if format == Format::Table {
            output.line("Done. Nothing is left behind. Next: ubihook --help")?;
            return Ok(Told::Whole);
        }
        output.show(&Story(story))?;
        Ok(Told::Whole)
    }

    fn play(&self, step: &Step, receiver: &Receiver) -> Seen {
        let (out, err) = (Captured::default(), Captured::default());
        let terminal = self.around.terminal;
        let around = Environment {
            output: Output::on(Box::new(out.clone()), Box::new(err.clone()), terminal),
            ..self.around.clone()
        };
        let arguments: Vec<_> = step.arguments.iter().map(Into::into).collect();
        let code = (self.program.run)(&arguments, around);
        let tests = step.arguments.iter().any(|argument| argument == "test");
        let delivery = (tests && code == 0)
            .then(|| receiver.next(PATIENCE))
            .flatten();
        Seen {
            code,
            out: out.text(),
            err: err.text(),
            delivery,
        }
    }
}

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Captured {
    fn text(&self) -> String {
        let bytes = self.0.lock().expect("no holder of this lock panics");
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .expect("no holder of this lock panics")
            .write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A step with the expected result.
#[derive(Serialize)]
struct Scene {
    command: String,
    checked: Vec<String>,
}

/// All steps, for programs.
#[derive(Serialize)]
#[serde(transparent)]
struct Story(Vec<Scene>);

impl View for Story {
    fn text(&self, _paper: &Paper) -> String {
        self.names().join("\n") + "\n"
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().map(|scene| scene.command.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::PROGRAM, *};
    use crate::{
        config::{self, UnknownProfile, file::Profiles, flags::Flags},
        model::scrub::Scrubber,
    };

    fn story(url: impl FnOnce(&Receiver) -> String) -> (anyhow::Result<Told>, String) {
        let receiver = Receiver::open().unwrap();
        let (out, terminal) = (Captured::default(), Terminal::default());
        let output = Output::on(Box::new(out.clone()), Box::new(io::sink()), terminal);
        let around = Environment {
            env: Env::default(),
            terminal,
            scrubber: Scrubber::default(),
            output: output.clone(),
            is_process: false,
        };
        let (flags, unknown) = (Flags::default(), UnknownProfile::Refuse);
        let settings = config::resolve(&flags, &Env::default(), &Profiles::new(), unknown).unwrap();
        let cx = Context::new(PROGRAM, around, settings, Vec::new());
        let hook = Hook {
            url: url(&receiver),
            receiver: &receiver,
        };
        let (home, stop) = (tempfile::tempdir().unwrap(), AtomicBool::new(false));
        let told = Stage::new(&cx, home.path()).tell(&output, Format::Table, &hook, &stop);
        (told, out.text())
    }

    #[test]
    fn the_story_is_as_told() {
        let (told, out) = story(|receiver| receiver.url("/hook"));
        told.unwrap();
        assert_eq!(out.matches("\n$ ubihook").count() + 1, 8, "{out}");
        assert!(out.contains("\"pipeline_name\": \"pipeline-1\""), "{out}");
    }

    #[test]
    fn a_closed_port_is_a_failed_expectation() {
        let closed = |_: &Receiver| {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            format!("http://{}/hook", listener.local_addr().unwrap())
        };
        let (told, _) = story(closed);
        let report = failure::report(&told.map(drop).unwrap_err());
        assert_eq!(report.exit, 7);
        assert!(
            report.message.contains("test webhook-1"),
            "{}",
            report.message
        );
    }
}
