//! A platform that does what a test says, and a wire to the mock on which calls and answers get lost.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use serde_json::{Value, json};

use super::{
    RawAnswer, Served, TOKEN, World, exchange, webhook_with,
    wire::{read_message, write_answer},
};

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
    /// Whether a call came past the end of its script.
    past: Arc<AtomicBool>,
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
            past: Arc::default(),
        }
    }

    /// A platform that takes every create, and doesn't show protected values.
    pub(crate) fn taking() -> Self {
        Self::new(|_, call| {
            let mut made = webhook_with("a", &call.json());
            for header in made["headers"].as_array_mut().unwrap() {
                if header["protected"] == true {
                    header["value"] = Value::Null;
                }
            }
            Answer::Json(201, made)
        })
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

    /// One answer after the other; a call past the end fails the test.
    pub(crate) fn script(answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers: Vec<_> = answers.into_iter().collect();
        let past = Arc::<AtomicBool>::default();
        let is_past = Arc::clone(&past);
        let mut fake = Self::new(move |at, _| {
            answers.get(at).cloned().unwrap_or_else(|| {
                is_past.store(true, Ordering::SeqCst);
                Answer::Json(418, json!({"error": "past the script's end"}))
            })
        });
        fake.past = past;
        fake
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
        if !thread::panicking() {
            let past = self.past.load(Ordering::SeqCst);
            assert!(!past, "past the script's end: {:#?}", self.lines());
        }
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

/// Hands a call on to a mock.
pub(crate) fn forward(authority: &str, call: &Call) -> RawAnswer {
    let mut head = format!("{} {} HTTP/1.1\r\n", call.method, call.path);
    for (name, value) in &call.headers {
        let value = if name == "host" { authority } else { value };
        head += &format!("{name}: {value}\r\n");
    }
    exchange(authority, (head + "\r\n" + &call.body).as_bytes())
}
