//! A callback to deliver to, for tests.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

/// A callback that records its requests: the head in lower case, and the body.
#[derive(Clone)]
pub(crate) struct Receiver {
    pub(crate) url: String,
    got: Arc<Mutex<Vec<(String, String)>>>,
}

impl Receiver {
    /// Responds with these statuses in turn, then with 200; for 0, never.
    pub(crate) fn start(statuses: &[u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let receiver = Self {
            url: format!("http://{}/hook", listener.local_addr().unwrap()),
            got: Arc::default(),
        };
        let (here, statuses) = (receiver.clone(), statuses.to_owned());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (here, statuses) = (here.clone(), statuses.clone());
                thread::spawn(move || here.serve(&stream.unwrap(), &statuses));
            }
        });
        receiver
    }

    pub(crate) fn got(&self) -> Vec<(String, String)> {
        self.got.lock().unwrap().clone()
    }

    fn serve(&self, stream: &TcpStream, statuses: &[u16]) -> Option<()> {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        loop {
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
                if line == "\r\n" {
                    break;
                }
                let line = line.to_lowercase();
                if let Some(value) = line.strip_prefix("content-length: ") {
                    length = value.trim().parse().unwrap();
                }
                head += &line;
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).ok()?;
            let status = {
                let mut got = self.got.lock().unwrap();
                got.push((head, String::from_utf8(body).unwrap()));
                statuses.get(got.len() - 1).copied().unwrap_or(200)
            };
            if status == 0 {
                thread::sleep(Duration::from_mins(1));
            }
            let answer =
                format!("HTTP/1.1 {status} X\r\nlocation: /other\r\ncontent-length: 2\r\n\r\nok");
            { stream }.write_all(answer.as_bytes()).ok()?;
        }
    }
}
