//! `listen` and bad senders: none ends it, and none is answered with its own words.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

#[cfg(unix)]
use rustix::process::Signal;
use serde_json::json;

use crate::support::{Listening, PATIENCE, World, payload};

fn start(more: &str) -> Listening {
    Listening::start(&World::without_mock(), more)
}

/// Checks that it still takes a delivery.
fn lives(listening: &Listening) {
    assert_eq!(
        listening.post("/", "", &payload("failed", "last")).status,
        200
    );
}

#[cfg(unix)]
#[test]
fn what_is_no_delivery_is_refused_in_this_order() {
    let mut listening = start("--path /in");
    let host = listening.authority().to_owned();
    let body = payload("failed", "1");
    let length = format!("Content-Length: {}\r\n", body.len());
    let here = format!("Host: {host}\r\n");
    for (first, headers, body, status, problem) in [
        (
            "GET /",
            "Origin: http://a.example\r\n",
            "",
            403,
            "calls from web pages are refused",
        ),
        (
            "POST /in",
            "Host: evil.example\r\n",
            "",
            403,
            "the Host header is not the address",
        ),
        (
            "GET /",
            &*here,
            "",
            404,
            "deliveries are accepted at a different path",
        ),
        (
            "POST /inside",
            &*here,
            "",
            404,
            "deliveries are accepted at a different path",
        ),
        ("GET /in", &*here, "", 405, "a delivery is a POST"),
        (
            "POST /in",
            &*here,
            "",
            411,
            "the request has no Content-Length",
        ),
        (
            "POST /in",
            &*format!("{here}Content-Encoding: gzip\r\nContent-Length: 99999999\r\n"),
            "",
            415,
            "the body has a Content-Encoding",
        ),
        (
            "POST /in",
            &*format!("{here}Content-Length: 1048577\r\n"),
            "",
            413,
            "the body is larger than 1 MiB",
        ),
        (
            "POST /in",
            &*format!("{here}Content-Length: 2\r\n"),
            "{}",
            400,
            "the payload has no `event`",
        ),
        ("POST /in/", &*format!("{here}{length}"), &body, 200, ""),
    ] {
        let answer = listening.raw(&format!(
            "{first} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n{body}"
        ));
        assert_eq!(answer.status, status, "{first} {headers}");
        let line = listening.line();
        assert_eq!(line["answered"], json!(status));
        let found = line["problem"].as_str().unwrap_or_default();
        assert!(found.starts_with(problem), "{found}");
        if status != 200 {
            assert_eq!(answer.body, format!("{found}\n"));
        }
        let allow = answer
            .headers
            .iter()
            .any(|(name, value)| name == "allow" && value == "POST");
        assert_eq!(allow, status == 405);
    }
    let ended = listening.stop(Signal::TERM).ends_with(0);
    assert!(ended.out.contains("\"deliveries\":1"), "{}", ended.out);
}

#[test]
fn other_names_are_accepted_where_they_are_allowed() {
    let listening = start("--allow-host hooks.example");
    let body = payload("failed", "1");
    let port = listening.authority().rsplit(':').next().unwrap().to_owned();
    for (host, status) in [
        ("hooks.example".to_owned(), 200),
        ("hooks.example:8080".to_owned(), 200),
        (format!("localhost:{port}"), 200),
        ("localhost".to_owned(), 403),
        ("other.example".to_owned(), 403),
    ] {
        let length = body.len();
        let call = format!(
            "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        assert_eq!(listening.raw(&call).status, status, "{host}");
    }
}

#[test]
fn every_form_of_http_1_is_read() {
    let listening = start("");
    let host = listening.authority();
    let body = payload("failed", "1");
    let length = body.len();
    // Without a Host, as HTTP/1.0 has it.
    assert_eq!(
        listening
            .raw(&format!(
                "POST / HTTP/1.0\r\nContent-Length: {length}\r\n\r\n{body}"
            ))
            .status,
        200
    );
    let (one, two) = body.split_at(10);
    let chunked = format!(
        "POST / HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n{:x}\r\n{one}\r\n{:x}\r\n{two}\r\n0\r\n\r\n",
        one.len(),
        two.len()
    );
    assert_eq!(listening.raw(&chunked).status, 200);
    // Pipelined, and the body only after it was asked for.
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let call = format!("POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n");
    let expects =
        format!("{call}\r\n{body}{call}Expect: 100-continue\r\nConnection: close\r\n\r\n");
    stream.write_all(expects.as_bytes()).unwrap();
    let mut found = Vec::new();
    let mut bytes = [0; 512];
    while !String::from_utf8_lossy(&found).contains("100 Continue") {
        let count = stream.read(&mut bytes).unwrap();
        assert!(count > 0, "{}", String::from_utf8_lossy(&found));
        found.extend_from_slice(&bytes[..count]);
    }
    stream.write_all(body.as_bytes()).unwrap();
    stream.read_to_end(&mut found).unwrap();
    let found = String::from_utf8_lossy(&found);
    assert_eq!(found.matches("HTTP/1.1 200").count(), 2, "{found}");
}

#[test]
fn what_no_parser_reads_has_no_line() {
    let mut listening = start("");
    let host = listening.authority().to_owned();
    for (call, status) in [
        ("nonsense\r\n\r\n".to_owned(), 400),
        (
            format!("POST / HTTP/1.1\r\nHost: {host}\r\nA\u{1}: b\r\n\r\n"),
            400,
        ),
        (
            format!("POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: x\r\n\r\n"),
            400,
        ),
        (
            format!(
                "POST / HTTP/1.1\r\nHost: {host}\r\n{}\r\n",
                "X: x\r\n".repeat(200)
            ),
            431,
        ),
    ] {
        assert_eq!(
            listening.raw(&call).status,
            status,
            "{}",
            &call[..40.min(call.len())]
        );
    }
    // A head that is too large: the connection may be closed before all of it was sent.
    let mut stream = TcpStream::connect(&host).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = format!(
        "POST / HTTP/1.1\r\nHost: {host}\r\nX: {}",
        "x".repeat(500_000)
    );
    let sent = stream.write_all(head.as_bytes());
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    assert!(sent.is_err() || read.is_err() || answer.starts_with("HTTP/1.1 431 "));
    lives(&listening);
    assert_eq!(listening.line()["request_id"], "last");
}

#[test]
fn a_chunked_body_has_the_same_limit() {
    let mut listening = start("");
    let host = listening.authority();
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    let call = format!(
        "POST / HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        chunk.repeat(17)
    );
    assert_eq!(listening.raw(&call).status, 413);
    assert_eq!(listening.line()["answered"], 413);
    lives(&listening);
}

#[cfg(unix)]
#[test]
fn hostile_characters_reach_no_terminal_and_spoil_no_line() {
    let mut listening = start("");
    let host = listening.authority().to_owned();
    let body = "{\"event\":\"pipeline_request_\\u001b[31m\u{202e}\",\"request_id\":\"\\u0000\u{9b}\u{2028}\",\"text\":\"\\u0007\"}";
    let mut call = format!("POST /%1b?\u{e9} HTTP/1.1\r\nHost: {host}\r\nX-Odd: \u{9b}31m\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len()).into_bytes();
    call.extend_from_slice(body.as_bytes());
    let status = crate::support::exchange(&host, &call).status;
    assert!([200, 400].contains(&status), "{status}");
    let call = format!(
        "POST / HTTP/1.1\r\nHost: {host}\r\nX-Odd: \u{9b}31m\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    assert_eq!(listening.raw(&call).status, 200);
    let line = listening.line();
    assert_eq!(line["event"], "pipeline_request_\u{1b}[31m\u{202e}");
    lives(&listening);
    let ended = listening.stop(Signal::TERM);
    let is_odd = |c: char| c != '\n' && (c.is_control() || matches!(c, '\u{202e}' | '\u{2028}'));
    assert!(!ended.out.contains(is_odd), "{:?}", ended.out);
}

#[cfg(unix)]
#[test]
fn idle_connections_keep_no_one_out() {
    let listening = start("");
    let connect = |_| TcpStream::connect(listening.authority()).unwrap();
    let idle: Vec<_> = (0..1100).map(connect).collect();
    lives(&listening);
    drop(idle);
    lives(&listening);
}

#[test]
fn a_sender_that_goes_away_leaves_nothing() {
    let mut listening = start("");
    let host = listening.authority().to_owned();
    for part in ["POST / HTTP", "POST / HTTP/1.1\r\nHost: x\r\n", ""] {
        let mut stream = TcpStream::connect(&host).unwrap();
        stream.write_all(part.as_bytes()).unwrap();
    }
    let mut stream = TcpStream::connect(&host).unwrap();
    let call = format!("POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 100\r\n\r\n{{");
    stream.write_all(call.as_bytes()).unwrap();
    drop(stream);
    lives(&listening);
    assert_eq!(listening.line()["request_id"], "last");
}
