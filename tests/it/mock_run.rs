//! `mock run`: a command with the mock around it.

use crate::support::{Served, World};

#[test]
fn it_ends_with_its_childs_code() {
    let world = World::without_mock();
    for code in [0, 1, 42, 255] {
        world
            .sh(&format!("mock run -- sh -c 'exit {code}'"))
            .ends_with(code);
    }
    world.sh("mock run -- sh -c 'kill -9 $$'").ends_with(137);
    world.sh("mock run -- sh -c 'kill -15 $$'").ends_with(143);
    world
        .sh("mock run -- /nonexistent/command")
        .ends_with(127)
        .saying("/nonexistent/command");
    world
        .sh("mock run -- no-such-command-anywhere")
        .ends_with(127);
    world.file("not-executable", "x");
    world.sh("mock run -- ./not-executable").ends_with(126);
    world.sh("mock run -- .").ends_with(126);
    let ended = world.sh("mock run");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: the following required arguments were not provided: <COMMAND>...
      hint: usage: ubihook mock run -- <COMMAND>...
    ");
}

#[test]
fn its_child_finds_the_mock_in_the_environment() {
    let world = World::without_mock()
        .set("UBIOPS_API_TOKEN", "of-the-outside")
        .set("UBIOPS_PROJECT", "of-the-outside")
        .set("UBIHOOK_HOST", "http://127.0.0.1:1")
        .set("UBIHOOK_SECRET_HOOK", "kept")
        .set("NO_PROXY", "intranet")
        .set("OTHER", "kept");
    let ended = world.sh("mock run -- env").ends_with(0);
    let value = |name: &str| {
        ended
            .out
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{name}=")).map(str::to_owned))
    };
    let url = value("UBIOPS_API_HOST").unwrap();
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    assert_eq!(value("UBIOPS_API_URL").unwrap(), url);
    assert_eq!(value("UBIOPS_BASE_URL").unwrap(), url);
    assert_eq!(value("UBIOPS_PROJECT").unwrap(), "demo");
    assert!(value("UBIOPS_API_TOKEN").unwrap().starts_with("Token "));
    assert_eq!(value("UBIHOOK_SECRET_HOOK").unwrap(), "kept");
    assert_eq!(value("OTHER").unwrap(), "kept");
    assert_eq!(value("UBIHOOK_HOST"), None);
    for name in ["NO_PROXY", "no_proxy"] {
        assert!(value(name).unwrap().contains("127.0.0.1"), "{name}");
    }
    assert!(value("NO_PROXY").unwrap().contains("intranet"));
    for name in ["UBIOPS_API_TOKEN", "UBIOPS_API_HOST", "NO_PROXY"] {
        assert_eq!(
            ended
                .out
                .lines()
                .filter(|line| line.starts_with(&format!("{name}=")))
                .count(),
            1
        );
    }
}

#[test]
fn we_ourselves_work_inside_it_on_a_temporary_database() {
    let world = World::without_mock().set("BIN", env!("CARGO_BIN_EXE_ubihook"));
    let ended = world
        .sh("mock run -- sh -c '$BIN create a --pipeline pipeline-1 -e failed -u http://127.0.0.1:9/ -o name && $BIN list -o name'")
        .ends_with(0);
    assert_eq!(ended.out, "a\na\n");
    assert!(!world.state("mock.db").exists());
    let again = world
        .sh("mock run -- sh -c '$BIN list -o json'")
        .ends_with(0);
    assert_eq!(again.out.trim(), "[]");
}

#[test]
fn a_database_that_is_named_is_kept() {
    let world = World::without_mock().set("BIN", env!("CARGO_BIN_EXE_ubihook"));
    world
        .sh("mock run --db d/mock.db -- sh -c '$BIN create a --pipeline pipeline-1 -e failed -u http://127.0.0.1:9/'")
        .ends_with(0);
    let again = world
        .sh("mock run --db d/mock.db -- sh -c '$BIN list -o name'")
        .ends_with(0);
    assert_eq!(again.out, "a\n");
}

#[test]
fn options_of_the_child_are_its_own() {
    let ended = World::without_mock()
        .sh("mock run -- echo --help -o json --mock")
        .ends_with(0)
        .silently();
    assert_eq!(ended.out, "--help -o json --mock\n");
}

#[test]
fn a_fault_that_can_not_be_asked_for_is_refused_with_one_that_can() {
    let world = World::without_mock();
    for fault in [
        "503",
        "POST webhooks=503",
        "FETCH /=503",
        "POST /webhooks=200",
        "GET *=cutx0",
    ] {
        world
            .sh(&format!("mock run --fault '{fault}' -- true"))
            .ends_with(2)
            .saying("hint: --fault 'POST /webhooks=503x2'");
    }
}

#[test]
fn a_fault_is_met_as_often_as_asked_and_costs_no_long_wait() {
    let (world, bin) = (World::without_mock(), env!("CARGO_BIN_EXE_ubihook"));
    let list = |fault: &str| {
        let begun = std::time::Instant::now();
        let ended = world.sh(&format!(
            "mock run --fault 'GET /webhooks={fault}' -- {bin} list"
        ));
        // The platform's limit of calls a minute is not what stands in the way.
        assert!(begun.elapsed().as_secs() < 20, "{}", ended.err);
        ended
    };
    list("503x2").ends_with(0).saying("retrying in");
    list("503x3").ends_with(6);
    list("cutx1").ends_with(0);
    list("truncate").ends_with(6);
    list("delay:10msx1").ends_with(0).silently();
    list("ratelimit:0x1").ends_with(0).saying("429");
    list("403x1").ends_with(4);
}

#[test]
fn what_works_on_a_database_inside_it_works_on_that_of_the_run() {
    let world = World::new().set("BIN", env!("CARGO_BIN_EXE_ubihook"));
    let create = "--deployment deployment-1 -e completed -u http://127.0.0.1:9/ -q -o name";
    world.sh(&format!("create mine {create}")).ends_with(0);
    let line = format!(
        "mock run -- sh -c '$BIN create theirs {create} && $BIN mock request --deployment \
         deployment-1 --no-wait -o name && $BIN --mock list -o name && $BIN mock reset --yes -o name \
         && $BIN list -o json'"
    );
    let ended = world.sh(&line).ends_with(0);
    let lines: Vec<_> = ended.out.lines().collect();
    assert_eq!((lines[0], lines[2]), ("theirs", "theirs"), "{}", ended.out);
    let own = world.state("mock.db");
    assert_ne!(lines[3], own.to_str().unwrap());
    assert_eq!(lines[4], "[]");
    assert_eq!(world.names(), ["mine"]);
    assert_eq!(world.answer("mock deliveries"), serde_json::json!([]));
}

#[test]
fn values_are_kept_beside_its_database_and_go_with_it() {
    let world = World::without_mock()
        .set("BIN", env!("CARGO_BIN_EXE_ubihook"))
        .set("UBIHOOK_SECRET_T", "s3cret-value");
    let receiver = crate::support::receiver();
    let url = receiver.url("/");
    let line = format!(
        "mock run -- sh -c '$BIN create a --pipeline pipeline-1 -e failed -u {url} \
         --secret-header X-T=env:UBIHOOK_SECRET_T -q -o name && $BIN test a -o name'"
    );
    world.sh(&line).ends_with(0);
    let came = receiver.next(crate::support::PATIENCE).unwrap();
    assert_eq!(came.headers["x-t"], "s3cret-value");
    assert!(!world.state("secrets.json").exists() && !world.state("index.json").exists());
}

#[test]
fn a_mock_starts_with_the_contents_of_a_file() {
    let world = World::without_mock().set("UBIHOOK_SECRET_KEY", "a-protected-value");
    world.file(
        "world.yaml",
        "pipelines: [{name: orders}]\nwebhooks:\n\
         - {name: w, object_type: pipeline, object_name: orders, event: failed, \
            url: 'http://127.0.0.1:9/in', \
            headers: [{key: A, value_from: 'env:UBIHOOK_SECRET_KEY', protected: true}]}\n",
    );
    let listed = format!("{} list -o name", env!("CARGO_BIN_EXE_ubihook"));
    let ended = world.sh(&format!("mock run -f world.yaml -- {listed}"));
    assert_eq!(ended.ends_with(0).out, "w\n");
    let served = Served::start(&world, "--db new.db -f world.yaml");
    assert_eq!(served.world().names(), ["w"]);
    drop(served);
    for verb in ["serve", "run"] {
        let command = if verb == "run" { "-- true" } else { "" };
        let line = format!("mock {verb} --db new.db -f world.yaml {command}");
        let ended = world.sh(&line).ends_with(2);
        ended.saying("-f is for a new database");
        world.file("wrong.yaml", "pipelins: []");
        let line = format!("mock {verb} --db other.db -f wrong.yaml {command}");
        world
            .sh(&line)
            .ends_with(2)
            .saying("-f wrong.yaml:1: unknown key");
    }
    let ended = world.sh("mock serve --db new.db -f world.yaml");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: -f is for a new database, and new.db exists already
      hint: ubihook mock reset --db new.db -f world.yaml
      hint: or name a new database with --db
    ");
}

#[test]
fn a_new_database_stays_only_if_the_mock_starts() {
    let world = World::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    world.file(
        "bad.yaml",
        "webhooks: [{name: w, pipeline: nowhere, event: failed, url: 'http://a/'}]\n",
    );
    world.file("good.yaml", "pipelines: [orders]\n");
    for line in [
        "mock serve --db new.db -f bad.yaml".to_owned(),
        "mock run --db new.db -f bad.yaml -- true".to_owned(),
    ] {
        world.sh(&line).ends_with(2).saying("does not exist");
        assert!(!world.home().join("new.db").exists(), "{line}");
    }
    let line = format!("mock serve --db new.db -f good.yaml --port {port}");
    world.sh(&line).saying("the address is in use");
    let left = std::fs::read_dir(world.home()).unwrap();
    let left = left.filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().starts_with("new.db")
    });
    assert_eq!(left.count(), 0);
    let bin = env!("CARGO_BIN_EXE_ubihook");
    let run = format!("mock run --db new.db -f good.yaml -- {bin} mock request --pipeline orders");
    world.sh(&run).ends_with(0);
    assert!(world.home().join("new.db").exists());
}

#[test]
fn a_hint_in_a_run_says_that_its_database_goes_away_with_it() {
    let world = World::without_mock().set("BIN", env!("CARGO_BIN_EXE_ubihook"));
    let failed = "sh -c '$BIN create w --pipeline pipeline-1 -e failed -u http://127.0.0.1:9/in && \
                  $BIN mock request --pipeline pipeline-1 --outcome failed'";
    let unknown = "sh -c '$BIN get nope'";
    for (inner, hint) in [
        (failed, "hint: ubihook mock deliveries --failed"),
        (unknown, "hint: ubihook list"),
    ] {
        let told = world.sh(&format!("mock run -- {inner}")).err;
        assert!(told.contains(hint) && !told.contains("--db /"), "{told}");
        assert!(told.contains("only inside this `mock run`"), "{told}");
    }
    let told = world.sh(&format!("mock run --db kept.db -- {failed}")).err;
    assert!(told.contains("deliveries --failed --db /"), "{told}");
    assert!(!told.contains("only inside"), "{told}");
}
