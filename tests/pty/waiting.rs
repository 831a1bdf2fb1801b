//! The line that lives while a test is waited for.

use std::{
    io::Read,
    net::{TcpListener, TcpStream},
};

use crate::{
    support::World,
    terminal::{CTRL_C, Terminal},
};

/// A callback that takes the call, and answers when it is told to.
struct Slow(TcpListener);

impl Slow {
    fn open() -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        (Self(listener), url)
    }

    fn called(&self) -> TcpStream {
        let (mut stream, _) = self.0.accept().unwrap();
        let mut byte = [0; 1];
        stream.read_exact(&mut byte).unwrap();
        stream
    }
}

fn answer(mut stream: TcpStream) {
    std::io::Write::write_all(&mut stream, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        .unwrap();
    // To its end: a reset would tear the answer down with it.
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let _ = std::io::copy(&mut stream, &mut std::io::sink());
}

fn test_line(url: &str) -> [&str; 7] {
    [
        "test",
        "--pipeline",
        "pipeline-1",
        "-e",
        "failed",
        "--url",
        url,
    ]
}

#[test]
fn it_is_there_while_it_waits_and_gone_afterwards() {
    for columns in [40, 80, 200] {
        let world = World::new();
        let (slow, url) = Slow::open();
        let terminal = Terminal::run(&world, columns, &test_line(&url));
        let called = slow.called();
        let screen = terminal.see(" s of 20 s");
        assert!(screen.contains("waiting for http://127"), "{screen}");
        assert_eq!(screen.lines().count(), 1, "{screen}");
        terminal.see("1 s of 20 s");
        answer(called);
        let ended = terminal.ends().ends_with(0);
        assert!(!ended.screen.contains("waiting"), "{}", ended.screen);
        assert!(
            ended.screen.starts_with("test completed"),
            "{}",
            ended.screen
        );
    }
}

#[test]
fn ctrl_c_takes_it_away() {
    let world = World::new();
    let (slow, url) = Slow::open();
    let terminal = Terminal::run(&world, 80, &test_line(&url));
    let _called = slow.called();
    terminal.see("waiting for");
    terminal.types(CTRL_C);
    let ended = terminal.ends().ends_with(130);
    assert_eq!(ended.screen, "error: interrupted");
}

#[test]
fn quiet_and_programs_have_none() {
    for more in [["-q", "-q"], ["-o", "json"]] {
        let world = World::new();
        let (slow, url) = Slow::open();
        let line: Vec<_> = test_line(&url).into_iter().chain(more).collect();
        let line: Vec<_> = if more[0] == "-q" {
            line[..8].to_vec()
        } else {
            line
        };
        let terminal = Terminal::run(&world, 80, &line);
        answer(slow.called());
        let ended = terminal.ends().ends_with(0);
        assert!(!ended.written.contains("waiting"), "{}", ended.screen);
    }
}
