//! `mock serve`: the ready line, who may call, how it ends.

use std::fs;
#[cfg(unix)]
use std::os::unix::fs::FileTypeExt as _;

#[cfg(unix)]
use rustix::process::Signal;
use serde_json::{Value, json};

#[cfg(unix)]
use crate::support::mode;
use crate::support::{CREATE_SECRET, NEEDED, PATIENCE, Served, World, receiver, set_mode};

fn get(served: &Served, path: &str, headers: &str) -> (u16, String) {
    let host = served.authority();
    served.call(&format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: close\r\n\r\n"
    ))
}

#[cfg(unix)]
#[test]
fn it_says_one_line_when_it_is_ready_and_to_a_file_too() {
    let world = World::without_mock();
    let file = world.home().join("ready.json");
    let served = Served::start(&world, &format!("--ready-file {}", file.display()));
    let ready = &served.ready;
    assert_eq!(ready.as_object().unwrap().len(), 5, "{ready}");
    assert_eq!(
        (&ready["type"], &ready["project"]),
        (&json!("ready"), &json!("demo"))
    );
    assert!(served.url().starts_with("http://127.0.0.1:") && served.url().ends_with("/v2"));
    assert!(served.token().starts_with("Token "));
    assert_eq!(
        ready["pid"].as_i64().unwrap(),
        i64::from(served.pid().as_raw_nonzero().get())
    );
    let written: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(&written, ready);
    assert_eq!(mode(&file), 0o600);
    assert_eq!(served.world().answer("list"), json!([]));
}

#[cfg(unix)]
#[test]
fn its_database_is_0600_in_a_0700_folder() {
    let world = World::without_mock();
    let served = Served::start(&world, "");
    served
        .world()
        .sh(&format!("create a {NEEDED}"))
        .ends_with(0);
    assert_eq!(mode(&world.state("")), 0o700);
    for entry in fs::read_dir(world.state("")).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{path:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_database_that_others_may_read_or_a_link_is_1() {
    let world = World::new();
    world.sh("list").ends_with(0);
    set_mode(&world.state("mock.db"), 0o644);
    let ended = world.sh("list");
    insta::assert_snapshot!(ended.snapshot(), @"
    [1]
    -- stderr
    error: HOME/.local/state/ubihook/mock.db is accessible to other users
      hint: chmod 600 HOME/.local/state/ubihook/mock.db
    ");
    let ended = world.sh("mock serve");
    insta::assert_snapshot!(ended.snapshot(), @"
    [1]
    -- stderr
    error: HOME/.local/state/ubihook/mock.db is accessible to other users
      hint: chmod 600 HOME/.local/state/ubihook/mock.db
    ");
    set_mode(&world.state("mock.db"), 0o600);
    fs::rename(world.state("mock.db"), world.home().join("real.db")).unwrap();
    std::os::unix::fs::symlink(world.home().join("real.db"), world.state("mock.db")).unwrap();
    let ended = world.sh("list");
    insta::assert_snapshot!(ended.snapshot(), @"
    [1]
    -- stderr
    error: HOME/.local/state/ubihook/mock.db is a symbolic link, and symbolic links are not followed
    ");
}

#[test]
fn it_shares_its_database_with_the_embedded_one() {
    let world = World::new();
    let served = Served::start(&world, "");
    served
        .world()
        .sh(&format!("create by-server {NEEDED}"))
        .ends_with(0);
    world
        .sh(&format!("create by-embedded {NEEDED}"))
        .ends_with(0);
    assert_eq!(served.world().names(), ["by-server", "by-embedded"]);
    assert_eq!(world.names(), ["by-server", "by-embedded"]);
}

#[cfg(unix)]
#[test]
fn it_keeps_token_and_state_over_a_restart_and_ends_with_0() {
    let world = World::without_mock();
    for signal in [Signal::TERM, Signal::INT] {
        let served = Served::start(&world, "");
        served
            .world()
            .sh(&format!("create a {NEEDED} --if-exists skip"))
            .ends_with(0);
        let token = served.token().to_owned();
        assert_eq!(served.stop(signal), Some(0));
        let again = Served::start(&world, "");
        assert_eq!(again.token(), token);
        assert_eq!(again.world().names(), ["a"]);
    }
}

#[test]
fn every_call_but_status_needs_the_token() {
    let world = World::without_mock();
    let served = Served::start(&world, "");
    let (status, body) = get(&served, "/v2/status", "");
    assert_eq!(status, 200);
    assert_eq!(
        serde_json::from_str::<Value>(&body).unwrap()["status"],
        "ok"
    );
    for headers in [
        "",
        "Authorization: Token nope\r\n",
        "Authorization: nope\r\n",
        "Authorization: Basic eDp5\r\n",
    ] {
        for path in [
            "/v2/projects",
            "/v2/user",
            "/v2/projects/demo/webhooks",
            "/v2/projects/nope/webhooks",
            "/v2/nope",
        ] {
            assert_eq!(get(&served, path, headers).0, 401, "{path} {headers}");
        }
    }
    let right = format!("Authorization: {}\r\n", served.token());
    for path in [
        "/v2/projects",
        "/v2.1/projects",
        "/v2/user",
        "/v2.1/projects/demo/webhooks",
    ] {
        assert_eq!(get(&served, path, &right).0, 200, "{path}");
    }
    let bearer = right.replace("Token ", "Bearer ");
    assert_eq!(get(&served, "/v2/user", &bearer).0, 200);
}

#[test]
fn a_web_page_cannot_drive_it() {
    let world = World::without_mock();
    let served = Served::start(&world, "");
    let right = format!("Authorization: {}\r\n", served.token());
    for host in ["evil.example", "localhost.evil.example:80", "127.0.0.1", ""] {
        let request =
            format!("GET /v2/status HTTP/1.1\r\nHost: {host}\r\n{right}Connection: close\r\n\r\n");
        let (status, _) = served.call(&request);
        assert!((400..500).contains(&status), "{host}: {status}");
    }
    let (status, _) = get(
        &served,
        "/v2/user",
        &format!("{right}Origin: http://evil.example\r\n"),
    );
    assert_eq!(status, 403);
    let host = served.authority();
    let answer = crate::support::exchange(
        host,
        format!("OPTIONS /v2/user HTTP/1.1\r\nHost: {host}\r\nOrigin: http://x\r\nAccess-Control-Request-Method: GET\r\nConnection: close\r\n\r\n").as_bytes(),
    );
    assert!(
        answer
            .headers
            .iter()
            .all(|(name, _)| !name.starts_with("access-control")),
        "{answer:?}"
    );
}

#[test]
fn another_address_needs_a_token_file() {
    let ended = World::without_mock().sh("mock serve --bind 0.0.0.0");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: other machines can reach 0.0.0.0, so the mock needs a token that you choose
      hint: add --token-file FILE, with the token on its first line
    ");
}

#[test]
fn a_token_file_brings_the_token_with_or_without_prefix() {
    for text in [
        "my-own-token-1\n",
        "Token my-own-token-1\n",
        "my-own-token-1",
    ] {
        let world = World::without_mock();
        let path = world.file("t", text);
        set_mode(&path, 0o600);
        let served = Served::start(&world, "--bind 0.0.0.0 --token-file t");
        assert_eq!(served.token(), "Token my-own-token-1");
    }
    let world = World::without_mock();
    world
        .sh("mock serve --token-file nope")
        .ends_with(2)
        .saying("nope");
    let empty = world.file("empty", "");
    set_mode(&empty, 0o600);
    let ended = world.sh("mock serve --token-file empty");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: --token-file empty: its first line is empty
    ");
}

#[test]
fn a_port_that_is_taken_is_an_error_that_names_it() {
    let world = World::without_mock();
    let served = Served::start(&world, "");
    let port = served.authority().rsplit(':').next().unwrap().to_owned();
    let other = World::without_mock();
    other
        .sh(&format!("mock serve --port {port}"))
        .ends_with(1)
        .saying(&format!("can't listen on 127.0.0.1:{port}: "));
}

#[test]
fn echoed_secrets_are_blanked_by_the_client() {
    let world = World::without_mock();
    let served = Served::start(&world, "--echo-secrets");
    let ours = served.world().set("SOURCE", "a-protected-value");
    let made = ours
        .sh(&format!("{CREATE_SECRET} -o json -vv"))
        .ends_with(0)
        .without("a-protected-value");
    assert_eq!(made.json()["webhook"]["headers"][0]["value"], json!(null));
    // It does echo.
    let body = json!({"name": "raw", "object_type": "pipeline", "object_name": "pipeline-1", "event": "pipeline_request_failed",
        "url": "http://127.0.0.1:9/", "headers": [{"key": "A", "value": "echo-me", "protected": true}]}).to_string();
    let path = "/projects/demo/webhooks";
    let (status, answer) = served.ask("POST", path, &body);
    assert_eq!(status, 201, "{answer}");
    assert!(answer.contains("echo-me"));
    let (status, answer) = served.ask("GET", &format!("{path}/raw"), "");
    assert_eq!(status, 200, "{answer}");
    assert!(!answer.contains("echo-me"));
}

#[test]
fn it_starts_with_what_the_page_says() {
    let world = World::without_mock();
    let served = Served::start(&world, "");
    let right = format!("Authorization: {}\r\n", served.token());
    let read =
        |path: &str| -> Value { serde_json::from_str(&get(&served, path, &right).1).unwrap() };
    assert_eq!(read("/v2/projects")[0]["name"], "demo");
    for (path, version) in [
        ("deployments/deployment-1", "v1"),
        ("pipelines/pipeline-1", "v1"),
        ("deployments/training-base-deployment", "experiment-1"),
    ] {
        assert_eq!(
            read(&format!("/v2/projects/demo/{path}"))["default_version"],
            version,
            "{path}"
        );
        assert_eq!(
            read(&format!("/v2/projects/demo/{path}/versions"))[0]["version"],
            version,
            "{path}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_delivery_under_way_goes_on_at_the_next_start() {
    // Nobody answers at first: the listener is there, and takes nothing.
    let world = World::without_mock();
    let silent = crate::support::Fake::new(|at, _| {
        if at == 0 {
            crate::support::Answer::Silence
        } else {
            crate::support::raw(200, &[], "")
        }
    });
    let url = silent.url();
    let served = Served::start(&world, "");
    let id = served.world().answer(&format!(
        "test --pipeline pipeline-1 -e failed -u {url} --timeout 30 --no-wait"
    ))["id"]
        .as_str()
        .unwrap()
        .to_owned();
    // It is under way when the callback has seen it.
    let deadline = std::time::Instant::now() + PATIENCE;
    while silent.calls().is_empty() {
        assert!(std::time::Instant::now() < deadline);
        std::thread::yield_now();
    }
    let begun = std::time::Instant::now();
    assert_eq!(served.stop(Signal::TERM), Some(0));
    assert!(begun.elapsed() < std::time::Duration::from_secs(5));
    let again = Served::start(&world, "");
    again
        .world()
        .sh(&format!("test --id {id} --wait-timeout 15s"))
        .ends_with(0);
    assert_eq!(silent.calls().len(), 2);
}

#[test]
fn two_mocks_on_one_database_deliver_once() {
    let (world, receiver) = (World::new(), receiver());
    let _one = Served::start(&world, "");
    let two = Served::start(&world, "");
    let url = receiver.url("/in");
    for _ in 0..5 {
        two.world()
            .sh(&format!("test --pipeline pipeline-1 -e failed -u {url}"))
            .ends_with(0);
        receiver.next(PATIENCE).unwrap();
    }
    assert!(
        receiver
            .next(std::time::Duration::from_millis(50))
            .is_none()
    );
}

#[test]
fn a_ready_file_may_stand_in_the_working_folder() {
    let world = World::without_mock();
    let served = Served::start(&world, "--ready-file ready.json");
    let written = fs::read_to_string(world.home().join("ready.json")).unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(&written).unwrap(),
        served.ready
    );
}

#[test]
fn twenty_embedded_creates_at_once_make_twenty_webhooks() {
    let world = World::new();
    std::thread::scope(|scope| {
        for at in 0..20 {
            let world = &world;
            scope.spawn(move || {
                world
                    .sh(&format!("create w{at} {NEEDED}"))
                    .ends_with(0)
                    .silently()
            });
        }
    });
    assert_eq!(world.names().len(), 20);
}

#[test]
fn values_given_at_once_are_all_kept() {
    let (world, receiver) = (World::new().set("SOURCE", "a-protected-value"), receiver());
    let url = receiver.url("/in");
    std::thread::scope(|scope| {
        for at in 0..8 {
            let (world, url) = (&world, &url);
            scope.spawn(move || {
                world
                    .sh(&format!(
                        "create w{at} --pipeline pipeline-1 -e failed -u {url} --secret-header A=env:SOURCE"
                    ))
                    .ends_with(0)
                    .silently()
            });
        }
    });
    for at in 0..8 {
        world.sh(&format!("test w{at}")).ends_with(0);
    }
}

#[cfg(unix)]
#[test]
fn what_was_answered_is_there_after_a_kill() {
    let world = World::without_mock();
    let served = Served::start(&world, "");
    let ours = served.world();
    ours.sh(&format!("create a {NEEDED}")).ends_with(0);
    assert_eq!(served.stop(Signal::KILL), None);
    let again = Served::start(&world, "");
    assert_eq!(again.world().names(), ["a"]);
}

#[test]
fn a_ready_file_of_an_earlier_mock_is_gone_before_the_next_is_ready() {
    let world = World::without_mock();
    let file = world.file("ready.json", "of an earlier mock");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let line = format!("mock serve --port {port} --ready-file ready.json");
    assert_eq!(world.sh(&line).code, 1);
    assert!(!file.exists());
    drop(taken);
    let served = Served::start(&world, "--ready-file ready.json");
    let written: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(written, served.ready);
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_never_replaced_by_a_ready_file() {
    // None of these is a device of the machine: a test that fails must not cost one.
    let world = World::without_mock();
    crate::running::fifo(&world.home().join("pipe"));
    let _socket = std::os::unix::net::UnixListener::bind(world.home().join("socket")).unwrap();
    fs::create_dir(world.home().join("folder")).unwrap();
    std::os::unix::fs::symlink("pipe", world.home().join("link")).unwrap();
    for (file, said) in [
        ("pipe", "pipe is not a regular file"),
        ("socket", "socket is not a regular file"),
        ("folder", "folder is not a regular file"),
        ("link", "link is a symbolic link"),
    ] {
        let line = format!("mock serve --ready-file {file}");
        let ended = world.sh(&line).ends_with(1);
        ended.saying("could not serve the mock").saying(said);
    }
    let kind = |name| fs::metadata(world.home().join(name)).unwrap().file_type();
    assert!(kind("pipe").is_fifo() && kind("socket").is_socket());
}

#[cfg(unix)]
#[test]
fn connections_without_a_word_keep_nobody_out() {
    let world = World::without_mock();
    let served = Served::started(&mut world.shell("ulimit -n 80; exec $BIN mock serve"));
    let connect = |_| std::net::TcpStream::connect(served.authority()).unwrap();
    let _silent: Vec<_> = (0..300).map(connect).collect();
    served.world().sh("list").ends_with(0);
    let _more: Vec<_> = (0..300).map(connect).collect();
    served
        .world()
        .sh(&format!("create a {NEEDED}"))
        .ends_with(0);
    assert_eq!(served.world().names(), ["a"]);
}

#[test]
fn it_answers_to_the_names_that_it_is_given() {
    let world = World::without_mock();
    world.file("token.txt", "Token abc\n");
    let line = "--bind 0.0.0.0 --token-file token.txt --allow-host mock --allow-host a.internal";
    let served = Served::start(&world, line);
    let called = |host: &str| {
        let head = format!("Host: {host}\r\nAuthorization: Token abc\r\nConnection: close\r\n\r\n");
        served.call(&format!("GET /v2/user HTTP/1.1\r\n{head}"))
    };
    for host in ["mock:8080", "MOCK", "a.internal:1"] {
        assert_eq!(called(host).0, 200, "{host}");
    }
    let (status, body) = called("other:8080");
    assert_eq!(status, 403);
    assert!(body.contains("`mock serve --allow-host other`"), "{body}");
    world
        .sh("mock serve --allow-host http://mock:80")
        .ends_with(2)
        .saying("must be a name alone");
}

#[test]
fn what_it_does_not_serve_it_names() {
    let world = World::without_mock();
    let served = Served::start(&world, "");
    let right = format!("Authorization: {}\r\n", served.token());
    for (path, status) in [
        ("/projects/demo/exports/1", 404),
        ("/projects/demo/webhooks-tests", 405),
    ] {
        let (found, body) = get(&served, &format!("/v2.1{path}"), &right);
        assert_eq!(found, status);
        let said = format!("the mock doesn't serve GET {path}");
        assert!(body.contains(&said), "{body}");
    }
}

#[test]
fn the_content_of_a_file_needs_its_own_link() {
    let world = World::without_mock();
    let served = Served::start(&world, "");
    let (host, token) = (served.authority(), served.token());
    let call = |method: &str, path: &str, token: &str, body: &str| {
        served.call(&format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\n{token}Content-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            body.len()
        ))
    };
    let right = format!("Authorization: {token}\r\n");
    let file = "/v2/projects/demo/buckets/default/files/a%2Fb.txt";
    let link = |method: &str, path: &str| {
        let (_, body) = call(method, path, &right, "");
        let body: Value = serde_json::from_str(&body).unwrap();
        let url = body["url"].as_str().unwrap().to_owned();
        url.strip_prefix(&format!("http://{host}"))
            .unwrap()
            .to_owned()
    };
    let put = link("POST", file);
    assert_eq!(call("PUT", &put, "", "content").0, 200);
    let download = link("GET", &format!("{file}/download"));
    assert_eq!(call("GET", &download, "", ""), (200, "content".to_owned()));
    // One for writing reads nothing, and that of one file is not that of another.
    for (method, path) in [
        ("GET", put.clone()),
        ("GET", download.replace("b.txt", "c.txt")),
        ("GET", download.split('?').next().unwrap().to_owned()),
    ] {
        assert_eq!(call(method, &path, "", "").0, 401, "{path}");
    }
}
