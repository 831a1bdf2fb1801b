//! `--inspect`: who says where the page is, and what of it needs the key. tests/inspect has the page
//! itself.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use crate::support::{Served, World, receiver};

/// Status and body of a call to the page's server.
fn call(url: &str, line: &str, headers: &str) -> (u16, String) {
    let host = url.split('/').nth(2).unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let head = format!("{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer[9..12].parse().unwrap();
    (status, answer)
}

#[test]
fn the_page_of_a_mock_needs_its_key_which_is_new_at_each_start() {
    let world = World::without_mock();
    let mut keys = Vec::new();
    for _ in 0..2 {
        let served = Served::start(&world, "--inspect --bind 127.0.0.1");
        let url = served.ready["inspect"].as_str().unwrap();
        let (base, key) = url.split_once('#').unwrap();
        assert!(
            base.starts_with("http://127.0.0.1:") && base.ends_with("/_inspect/"),
            "{base}"
        );
        let (status, page) = call(base, "GET /_inspect/", "");
        assert_eq!(status, 200);
        assert!(
            page.contains("default-src 'none'") && !page.contains(key),
            "{page}"
        );
        let given = format!("X-Ubihook-Key: {key}\r\n");
        assert_eq!(call(base, "GET /_inspect/deliveries/1", "").0, 401);
        assert_eq!(call(base, "GET /_inspect/deliveries/1", &given).0, 404);
        let foreign = format!("{given}Origin: http://evil.test\r\n");
        assert_eq!(call(base, "GET /_inspect/deliveries/1", &foreign).0, 403);
        // The API isn't served there, and the page isn't served by the API.
        assert_eq!(call(base, "GET /v2/user", &given).0, 404);
        assert_eq!(call(served.url(), "GET /_inspect/", &given).0, 401);
        keys.push(key.to_owned());
    }
    assert_ne!(keys[0], keys[1]);
}

#[cfg(unix)]
#[test]
fn a_delivery_has_its_answer_and_its_command_lines_and_no_value() {
    let receiver = receiver();
    let world = World::without_mock();
    let served = Served::start(&world, "--inspect");
    let at_mock = served.world().set("SOURCE", "s3cret-value");
    let url = receiver.url("/in");
    let create = format!(
        "create w --pipeline pipeline-1 --event failed --url {url} --header 'X-Team: a' \
         --secret-header X-Key=env:SOURCE"
    );
    at_mock.sh(&create).ends_with(0);
    world
        .sh("mock request --pipeline pipeline-1 --outcome failed")
        .ends_with(0);
    let page = served.ready["inspect"].as_str().unwrap();
    let (base, key) = page.split_once('#').unwrap();
    let given = format!("X-Ubihook-Key: {key}\r\n");
    let (status, answer) = call(base, "GET /_inspect/deliveries/1", &given);
    assert_eq!(status, 200, "{answer}");
    let detail: serde_json::Value =
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(detail["url"], url);
    assert_eq!(detail["attempts"][0]["status"], 200);
    assert!(
        detail["curl"]
            .as_str()
            .unwrap()
            .contains("$UBIHOOK_SECRET_W_X_KEY")
    );
    assert!(!answer.contains("s3cret"), "{answer}");
    let (status, _) = call(base, "POST /_inspect/deliveries/1/again", &given);
    assert_eq!(status, 202);
    at_mock.sh("update w --enabled=false").ends_with(0);
    let (status, answer) = call(base, "POST /_inspect/deliveries/1/again", &given);
    assert_eq!(status, 409);
    assert!(answer.contains("webhook `w` is disabled"), "{answer}");
}

#[cfg(unix)]
#[test]
fn mock_run_says_where_its_page_is_and_a_taken_port_is_named() {
    let world = World::without_mock();
    let ended = world.sh("mock run --inspect -- true").ends_with(0);
    assert!(
        ended
            .err
            .contains("inspect deliveries at http://127.0.0.1:"),
        "{}",
        ended.err
    );
    let served = Served::start(&world, "--inspect");
    let page = served.ready["inspect"].as_str().unwrap();
    let port = page.split(':').nth(2).unwrap().split('/').next().unwrap();
    for line in [
        format!("mock run --inspect={port} -- true"),
        format!("listen --inspect={port}"),
    ] {
        let ended = world.sh(&line).ends_with(1);
        let words = format!("--inspect: can't listen on 127.0.0.1:{port}: the address is in use");
        assert!(ended.err.contains(&words), "{}", ended.err);
    }
}

#[test]
fn a_port_that_is_a_word_of_its_own_is_corrected() {
    let world = World::without_mock();
    for verb in ["mock serve", "listen"] {
        let ended = world.sh(&format!("{verb} --inspect 8080")).ends_with(2);
        assert!(ended.err.contains("--inspect=PORT"), "{}", ended.err);
    }
    let ended = world.sh("inspect").ends_with(2);
    assert!(ended.err.contains("mock serve --inspect"), "{}", ended.err);
}
