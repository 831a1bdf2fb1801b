//! `doctor`: what it says about one webhook or none, what it leaves alone, and what `--fix` repairs.

use std::fs;

#[cfg(unix)]
use rustix::process::Signal;
use serde_json::Value;

#[cfg(unix)]
use crate::support::mode;
use crate::support::{
    Ended, Listening, NEEDED, PATIENCE, Served, VALUE, World, create_at, receiver, set_mode,
};

fn check(world: &World, line: &str, code: i32, id: &str) -> Value {
    let ended = world.sh(&format!("{line} -o json")).ends_with(code);
    let result = ended.json();
    let mut checks = result["checks"].as_array().unwrap().iter();
    checks.find(|check| check["id"] == id).unwrap().clone()
}

fn lines<'a>(ended: &'a Ended, start: &str) -> Vec<&'a str> {
    let lines = ended.out.lines().map(str::trim);
    lines.filter(|line| line.starts_with(start)).collect()
}

#[test]
fn it_takes_one_name_and_none_from_stdin() {
    let world = World::new();
    let ended = world.sh("doctor a b").ends_with(2);
    ended.saying("it accepts one name: ubihook doctor NAME");
    let ended = world.sh("doctor -").ends_with(2);
    ended.saying("`doctor` accepts one name, and reads none from stdin");
    let ended = world.sh("doctor --db x").ends_with(2);
    ended.saying("UBIHOOK_MOCK_DB=PATH");
}

#[test]
fn what_is_skipped_for_one_reason_is_one_line_and_the_counts_are_right() {
    let world = World::new();
    let ended = world.sh("doctor ghost").ends_with(7);
    let skipped = lines(&ended, "skip  10 checks   there is no such webhook");
    assert_eq!(skipped.len(), 1, "{}", ended.out);
    world.sh(&format!("create a {NEEDED}")).ends_with(0);
    let all = world.sh("doctor -o json").ends_with(0).json();
    let all = all["checks"].as_array().unwrap().clone();
    let passed = all.iter().filter(|check| check["status"] == "pass").count();
    let ended = world.sh("doctor --problems").ends_with(0);
    let last = ended.out.lines().last().unwrap();
    assert_eq!(last.trim(), format!("not shown: {passed} passed"));
    let skipped = all.iter().filter(|check| check["status"] == "skip").count();
    let ended = world.sh("doctor a").ends_with(0);
    let words = format!("not shown: {passed} passed, {skipped} skipped");
    assert!(ended.out.contains(&words), "{words}: {}", ended.out);
    let of_webhook = lines(&ended, "pass").len();
    let ended = world.sh("doctor a --problems").ends_with(0);
    let words = format!(
        "not shown: {} passed, {skipped} skipped",
        passed + of_webhook
    );
    assert!(ended.out.contains(&words), "{words}: {}", ended.out);
}

#[test]
fn a_database_that_is_not_there_is_not_created() {
    let world = World::new();
    let db = world.home().join("mistyped.db");
    let world = world.set("UBIHOOK_MOCK_DB", &db);
    let found = check(&world, "doctor", 0, "mock");
    assert_eq!(found["status"], "warn", "{found}");
    assert!(found["hint"].as_str().unwrap().contains("UBIHOOK_MOCK_DB"));
    world.sh("doctor a").ends_with(7);
    world.sh("doctor --fix").ends_with(0);
    let left = fs::read_dir(world.home()).unwrap().count();
    assert_eq!(left, 0, "it created something");
    world.sh(&format!("create a {NEEDED}")).ends_with(0);
    assert_eq!(check(&world, "doctor", 0, "mock")["status"], "pass");
    world.sh("doctor a").ends_with(0);
}

#[test]
fn a_project_or_profile_that_is_not_there_is_answered_with_near_ones() {
    let served = Served::start(&World::without_mock(), "");
    let found = check(&served.world(), "doctor --project dmo", 7, "project");
    assert_eq!(found["hint"], "did you mean --project demo?");
    let found = check(&served.world(), "doctor --project warehouse", 7, "project");
    assert_eq!(found["hint"], "known values of --project: demo");
    let world = World::without_mock();
    let profiles = "[profile.prod]\nproject = \"demo\"\n[profile.staging]\nproject = \"demo\"\n";
    world.file(".config/ubihook/config.toml", profiles);
    let found = check(&world, "doctor --profile prud", 7, "config");
    assert!(
        found["hint"]
            .as_str()
            .unwrap()
            .starts_with("ubihook --profile prod")
    );
    let found = check(&world, "doctor --profile warehouse", 7, "config");
    let hint = found["hint"].as_str().unwrap();
    assert!(
        hint.starts_with("known profiles: prod, staging\n"),
        "{hint}"
    );
}

#[cfg(unix)]
#[test]
fn a_token_in_a_file_that_others_can_read_is_named_with_what_mends_it() {
    let served = Served::start(&World::without_mock(), "");
    let world = served.world().set("UBIOPS_API_TOKEN", "");
    let login = format!("auth login --token-stdin --host {}", served.url());
    world.sh_fed(served.token(), &login).ends_with(0);
    set_mode(&world.state("secrets.json"), 0o644);
    let found = check(&world, "doctor", 7, "token");
    assert_eq!(found["status"], "fail");
    let path = world.state("secrets.json");
    assert_eq!(found["hint"], format!("chmod 600 {}", path.display()));
    world.sh("doctor --fix").ends_with(0);
}

#[cfg(unix)]
#[test]
fn files_and_their_folder_are_named_and_repaired_together() {
    let world = World::new().set("SOURCE", VALUE);
    world.sh(&create_at("http://127.0.0.1:9/in")).ends_with(0);
    set_mode(&world.state("mock-secrets.json"), 0o640);
    set_mode(&world.state("index.json"), 0o666);
    set_mode(&world.state(""), 0o777);
    let found = check(&world, "doctor", 7, "state");
    let found = found["found"].as_str().unwrap();
    for file in ["mock-secrets.json is", "index.json is", "ubihook is"] {
        assert!(found.contains(&format!("{file} accessible")), "{found}");
    }
    let ended = world.sh("doctor --fix").ends_with(0);
    assert!(ended.err.contains("only you can change"), "{}", ended.err);
    assert_eq!(mode(&world.state("")), 0o755);
    assert_eq!(mode(&world.state("index.json")), 0o600);
}

#[test]
fn a_served_mock_is_not_taken_for_one_without_deliveries() {
    let base = World::without_mock();
    let served = Served::start(&base, "");
    let world = served.world();
    world.sh(&format!("create a {NEEDED}")).ends_with(0);
    let found = check(&world, "doctor a", 0, "deliveries");
    assert_eq!(found["status"], "skip");
    assert_eq!(
        found["hint"],
        "ubihook mock deliveries --webhook a --db PATH"
    );
    let world = World::new();
    world.sh(&format!("create a {NEEDED}")).ends_with(0);
    world
        .sh("mock request --pipeline pipeline-1 --outcome failed")
        .ends_with(7);
    let found = check(&world, "doctor a", 7, "deliveries");
    assert_eq!(
        found["subject"],
        world.state("mock.db").display().to_string()
    );
}

#[cfg(unix)]
#[test]
fn the_temporary_webhook_of_a_killed_listener_is_a_warning_until_it_is_deleted() {
    let world = World::new();
    let object = "--pipeline pipeline-1 --event failed";
    let listening = Listening::start(&world, object);
    assert_eq!(check(&world, "doctor", 0, "state")["status"], "pass");
    listening.stop(Signal::KILL).ends_with(-1);
    let name = world.names().remove(0);
    let found = check(&world, "doctor", 0, "state");
    assert_eq!(found["status"], "warn", "{found}");
    assert!(found["found"].as_str().unwrap().contains(&name));
    let hint = found["hint"].as_str().unwrap();
    let command = hint.lines().next().unwrap();
    assert_eq!(command, format!("ubihook delete {name} --yes"));
    world
        .sh(command.strip_prefix("ubihook ").unwrap())
        .ends_with(0);
    assert_eq!(check(&world, "doctor", 0, "state")["status"], "pass");
}

#[test]
fn an_index_that_cant_be_read_is_made_again_from_the_store_and_the_platform() {
    let receiver = receiver();
    let world = World::new()
        .set("SOURCE", VALUE)
        .set("NEW", "another-value");
    world.sh(&create_at(&receiver.url("/in"))).ends_with(0);
    let create = create_at(&receiver.url("/in")).replace("create a", "create b");
    world.sh(&create).ends_with(0);
    let rotate = "secret rotate b --secret-header Authorization=env:NEW";
    world.sh(rotate).ends_with(0);
    let before = world.answer("secret list");
    let index = world.state("index.json");
    fs::write(&index, "{broken").unwrap();
    let ended = world.sh("doctor --fix").ends_with(0);
    let words = "a new one lists 3 values of this project";
    assert!(ended.err.contains(words), "{}", ended.err);
    assert_eq!(
        fs::read_to_string(world.state("index.json.old")).unwrap(),
        "{broken"
    );
    let after = world.answer("secret list");
    let known = |rows: &Value| {
        let rows = rows.as_array().unwrap().iter();
        let fields = ["webhook", "header", "held", "store", "state", "orphan"];
        let row = |row: &Value| fields.map(|field| row[field].clone());
        rows.map(row).collect::<Vec<_>>()
    };
    assert_eq!(known(&after), known(&before));
    world.sh("secret list --check").ends_with(0);
    world.sh("test a").ends_with(0).without("warning");
    for value in ["another-value", VALUE] {
        let delivery = receiver.next(PATIENCE).unwrap();
        assert_eq!(delivery.headers["authorization"], value);
    }
    // A second one gets a name of its own.
    fs::write(&index, "{broken again").unwrap();
    world.sh("doctor --fix").ends_with(0);
    assert!(world.state("index.json.old.2").exists());
    // One that is gone is no different.
    fs::remove_file(&index).unwrap();
    let found = check(&world, "doctor", 0, "index");
    assert_eq!(found["status"], "warn", "{found}");
    assert_eq!(found["hint"], "ubihook doctor --fix");
    let ended = world.sh("doctor --fix").ends_with(0);
    let words = "the secrets index now also lists 3 values of this project";
    assert!(ended.err.contains(words), "{}", ended.err);
    assert_eq!(check(&world, "doctor", 0, "index")["status"], "pass");
}

#[test]
fn an_index_stays_while_nothing_can_replace_it() {
    let base = World::without_mock();
    let served = Served::start(&base, "");
    let world = served.world().set("SOURCE", VALUE);
    world.sh(&create_at("http://127.0.0.1:9/in")).ends_with(0);
    fs::write(world.state("index.json"), "{broken").unwrap();
    drop(served);
    let world = world.set("UBIHOOK_API_TIMEOUT", "300ms");
    let ended = world.sh("doctor --fix").ends_with(7);
    let words = "it can be rebuilt once the project's webhooks can be listed";
    assert!(ended.err.contains(words), "{}", ended.err);
    assert_eq!(
        fs::read_to_string(world.state("index.json")).unwrap(),
        "{broken"
    );
}
