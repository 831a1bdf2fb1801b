//! `mock reset`: on the database, never over the network.

use crate::support::{Fake, NEEDED, Served, World};

#[test]
fn it_needs_yes_off_a_terminal_and_then_empties() {
    let world = World::new();
    world.sh(&format!("create a {NEEDED}")).ends_with(0);
    let ended = world.sh("mock reset");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: refusing to reset the mock's database HOME/.local/state/ubihook/mock.db without confirmation: not a terminal
      hint: add --yes to confirm
    ");
    assert_eq!(world.names(), ["a"]);
    world.sh("mock reset --yes").ends_with(0);
    assert_eq!(world.names(), [""; 0]);
    world.sh(&format!("create a {NEEDED}")).ends_with(0);
}

#[test]
fn it_never_calls_a_platform() {
    let fake = Fake::script([]);
    fake.world().sh("mock reset --yes").ends_with(0);
    fake.world()
        .sh("mock reset --yes -o json")
        .ends_with(0)
        .json();
    assert_eq!(fake.lines(), [""; 0]);
}

#[test]
fn it_takes_the_database_by_flag_or_variable() {
    let world = World::new();
    let db = world.home().join("d/mock.db");
    let there = [("UBIHOOK_MOCK_DB", db.to_str().unwrap())];
    world
        .sh_with(&there, &format!("create a {NEEDED}"))
        .ends_with(0);
    world.sh(&format!("create b {NEEDED}")).ends_with(0);
    world.sh("mock reset --yes --db d/mock.db").ends_with(0);
    assert_eq!(world.sh_with(&there, "list -o name").out, "");
    assert_eq!(world.names(), ["b"]);
    world
        .sh_with(&there, &format!("create a {NEEDED}"))
        .ends_with(0);
    world.sh_with(&there, "mock reset --yes").ends_with(0);
    assert_eq!(world.sh_with(&there, "list -o name").out, "");
}

#[test]
fn a_running_server_sees_it() {
    let world = World::new();
    let served = Served::start(&world, "");
    served
        .world()
        .sh(&format!("create a {NEEDED}"))
        .ends_with(0);
    world.sh("mock reset --yes").ends_with(0);
    assert_eq!(served.world().names(), [""; 0]);
    served
        .world()
        .sh(&format!("create a {NEEDED}"))
        .ends_with(0);
}

#[test]
fn what_is_no_database_is_not_emptied() {
    let world = World::new();
    let path = world.file(
        "precious.txt",
        "do not overwrite me, I am long enough to be a header of a page",
    );
    crate::support::set_mode(&path, 0o600);
    let ended = world.sh("mock reset --yes --db precious.txt");
    insta::assert_snapshot!(ended.snapshot(), @"
    [1]
    -- stderr
    error: precious.txt is not a mock database
      hint: choose another database with --db, or move that file away
    ");
    assert!(std::fs::read_to_string(path).unwrap().starts_with("do not"));
}

#[test]
fn a_file_that_can_not_be_used_changes_nothing_and_says_where() {
    let world = World::new();
    world.sh(&format!("create a {NEEDED}")).ends_with(0);
    let watching = |object: &str, url: &str| {
        format!(
            "webhooks:\n- {{name: w, object_type: deployment, object_name: {object}, event: failed, url: '{url}'}}\n"
        )
    };
    for (text, said) in [
        (
            watching("nowhere", "http://a/"),
            "-f world.yaml:2: webhooks: `w` watches deployment `nowhere`, which does not exist",
        ),
        (
            watching("deployment-1", "ftp://a/"),
            "-f world.yaml:2: url: must be an absolute http",
        ),
        (
            "deployments: [{name: d}, {name: d}]\n".to_owned(),
            "-f world.yaml:1: deployments: `d` is listed twice",
        ),
        (
            "deployments: [{name: training-base-deployment}]\n".to_owned(),
            "list its `experiments`",
        ),
        (
            "experiments: [e, e]\n".to_owned(),
            "-f world.yaml:1: experiments: `e` is listed twice",
        ),
        (
            "pipelines:\n- p\n- {name: q, versions: [a, a]}\n".to_owned(),
            "-f world.yaml:3: versions: `a` is listed twice",
        ),
        (
            "experiments: [{name: e, versions: [v1]}]\n".to_owned(),
            "experiments: `e` can't have versions",
        ),
        (
            "pipelines: [3]\n".to_owned(),
            "-f world.yaml:1: pipelines: must be a name, or a mapping",
        ),
        ("deployments: [\n".to_owned(), "-f world.yaml:"),
        (String::new(), "-f world.yaml: is empty"),
    ] {
        world.file("world.yaml", &text);
        let ended = world.sh("mock reset -f world.yaml --yes").ends_with(2);
        ended.saying(said);
        assert_eq!(world.names(), ["a"], "{text}");
    }
    let ended = world.sh_fed(
        "pipelines: [{name: p, versions: [v1, v2]}]",
        "mock reset -f - -y",
    );
    ended.ends_with(0);
    world
        .sh("mock request --pipeline p --version v2")
        .ends_with(0);
    let ended = world.sh("mock request --pipeline pipeline-1");
    insta::assert_snapshot!(ended.snapshot(), @"
    [3]
    -- stderr
    error: could not create a request for pipeline `pipeline-1`: Pipeline was not found in the database HOME/.local/state/ubihook/mock.db; for a mock that is served with --db FILE, add the same --db FILE
      hint: known values of --pipeline: p
    ");
}

#[cfg(unix)]
#[test]
fn the_webhooks_of_a_file_have_the_keys_of_create() {
    let receiver = crate::support::receiver();
    let world = World::new();
    let file = format!(
        "webhooks:\n- name: w\n  object_type: deployment\n  object_name: deployment-1\n  event: completed\n  \
         url: {}\n  headers:\n  - {{key: X-Key, value_from: 'env:UBIHOOK_SECRET_KEY'}}\n",
        receiver.url("/")
    );
    world.file("world.yaml", &file);
    let ended = world.sh("mock reset -f world.yaml --yes");
    insta::assert_snapshot!(ended.snapshot(), @"
    [9]
    -- stderr
    error: can't read the value of `X-Key` from the variable `UBIHOOK_SECRET_KEY`: it is not set
      hint: read -rs UBIHOOK_SECRET_KEY && export UBIHOOK_SECRET_KEY
    ");
    world
        .sh_with(
            &[("UBIHOOK_SECRET_KEY", "from-a-variable")],
            "mock reset -f world.yaml --yes",
        )
        .ends_with(0);
    world
        .sh("mock request --deployment deployment-1")
        .ends_with(0);
    let delivery = receiver.next(crate::support::PATIENCE).unwrap();
    assert_eq!(delivery.headers["x-key"], "from-a-variable");
}

#[test]
fn an_object_is_a_name_or_a_mapping() {
    let world = World::new();
    world.file(
        "world.yaml",
        "pipelines: [p, {name: q, versions: [a, b]}]\nexperiments: [e, {name: f}]\n\
         deployments: [{name: d}]\nwebhooks:\n\
         - {name: one, pipeline: q, version: b, event: failed, url: 'http://127.0.0.1:9/'}\n\
         - {name: two, experiment: f, event: failed, url: 'http://127.0.0.1:9/'}\n",
    );
    world.sh("mock reset -f world.yaml --yes").ends_with(0);
    assert_eq!(world.names(), ["one", "two"]);
    world.sh("mock request --pipeline p").ends_with(0);
}
