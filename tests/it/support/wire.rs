//! HTTP as bytes, so that a test decides about each of them.

use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
};

use super::PATIENCE;

/// An answer as it stands on the wire.
#[derive(Debug, Clone, Default)]
pub(crate) struct RawAnswer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl RawAnswer {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(key, _)| key == name);
        found.next().map(|(_, value)| value.as_str())
    }
}

pub(super) fn write_answer(stream: &mut TcpStream, answer: &RawAnswer) -> io::Result<()> {
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

pub(super) type Message = (String, Vec<(String, String)>, String);

pub(super) fn read_message(stream: &mut TcpStream) -> Option<Message> {
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
