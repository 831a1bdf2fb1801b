//! docs/examples and docs/schemas: the answer of each verb as a program gets it, from one story, and
//! its JSON Schema. `BLESS=1` rewrites the examples.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use jsonschema::{Registry, Validator};
use serde_json::{Value, json};

use rustix::process::Signal;

use crate::support::{
    Answer, Ended, Fake, Following, Listening, NEEDED, Served, World, mask, receiver,
};

/// Answers with the name of their example, and the schema that they keep to.
struct Told(Vec<(&'static str, &'static str, String)>);

impl Told {
    fn add(&mut self, example: &'static str, schema: &'static str, text: &str) {
        self.0.push((example, schema, text.to_owned()));
    }
}

fn docs(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs")
        .join(folder)
}

fn files(folder: &str) -> BTreeMap<String, String> {
    let entries = fs::read_dir(docs(folder)).unwrap().map(Result::unwrap);
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, fs::read_to_string(path).unwrap())
    };
    entries.map(|entry| read(entry.path())).collect()
}

/// A line of the story that has to end so, with its answer.
fn step(world: &World, code: i32, line: &str) -> Ended {
    world.sh(&format!("{line} -o json")).ends_with(code)
}

fn webhooks(told: &mut Told, receiver_url: &str, broken_url: &str) {
    let world = World::new()
        .set("HOOK_TOKEN", "a-value-that-nobody-sees")
        .set("NEW_TOKEN", "another-that-nobody-sees");
    let create = format!(
        "create orders-failed --pipeline pipeline-1 --version v1 --event failed --url {receiver_url} \
         --secret-header 'Authorization=Bearer {{env:HOOK_TOKEN}}' --header 'X-Team: blue' \
         --label team=blue --description 'Failed orders'"
    );
    let dry = step(&world, 0, &format!("{create} --dry-run"));
    told.add("dry-run", "dry-run", &dry.out);
    told.add("create", "create", &step(&world, 0, &create).out);
    let skipped = step(&world, 0, &format!("{create} --if-exists skip"));
    told.add("create-unchanged", "create", &skipped.out);
    let update = "update orders-failed --timeout 20 --header 'X-Team: green'";
    let dry = step(&world, 0, &format!("{update} --dry-run"));
    told.add("dry-run-update", "dry-run", &dry.out);
    told.add("update", "update", &step(&world, 0, update).out);
    told.add("update-unchanged", "update", &step(&world, 0, update).out);
    let dry = step(&world, 0, &format!("{update} --dry-run"));
    told.add("dry-run-unchanged", "dry-run", &dry.out);
    told.add("list", "list", &step(&world, 0, "list").out);
    told.add("get", "get", &step(&world, 0, "get orders-failed").out);
    let tested = step(&world, 0, "test orders-failed");
    told.add("test", "test", &tested.out);
    let pending = step(&world, 0, "test orders-failed --no-wait");
    told.add("test-pending", "test", &pending.out);
    let broken = format!("test --pipeline pipeline-1 --event failed --url {broken_url}");
    let broken = step(&world, 7, &broken);
    told.add("test-failed", "test", &broken.out);
    told.add("error-test-failed", "error", &broken.err);
    let sound = step(&world, 0, "doctor orders-failed");
    let home = world.home().display().to_string();
    told.add("doctor", "doctor", &sound.out.replace(&home, "/home/you"));
    let listed = step(&world, 0, "secret list");
    told.add("secret-list", "secret-list", &listed.out);
    let remove = step(&world, 0, "secret remove orders-failed --yes");
    told.add("secret-remove", "secret-values", &remove.out);
    let set = "secret set orders-failed --secret-header 'Authorization=Bearer {env:HOOK_TOKEN}'";
    told.add("secret-set", "secret-values", &step(&world, 0, set).out);
    let rotate = "secret rotate orders-failed --secret-header Authorization=env:NEW_TOKEN";
    let rotated = step(&world, 0, rotate);
    told.add("secret-rotate", "secret-rotate", &rotated.out);
    let file = "owner: orders-team\ndefaults: {pipeline: pipeline-1, url: 'https://hooks.example.org/in'}\n\
                webhooks:\n- {name: orders-done, event: completed}\n\
                - name: orders-failed\n  event: failed\n  version: v1\n  timeout: 10\n  description: Failed orders\n  \
                headers: [{key: Authorization, protected: true, value_from: env:UBIHOOK_SECRET_ORDERS}]\n";
    world.file(
        "webhooks.yaml",
        &file.replace("https://hooks.example.org/in", receiver_url),
    );
    let diff = step(&world, 10, "diff -f webhooks.yaml --exit-code");
    told.add("diff", "diff", &diff.out);
    told.add("error-differs", "error", &diff.err);
    let exported = step(&world, 0, "export");
    told.add("export", "manifest", &exported.out);
    let written = step(&world, 0, "export --dir exported");
    told.add("export-dir", "export-dir", &written.out);
    let apply = step(
        &world,
        0,
        "apply -f webhooks.yaml --yes --keep-unknown --remove-protected",
    );
    told.add("apply", "apply", &apply.out);
    step(&world, 0, "delete orders-done --yes");
    let delete = "delete orders-failed not-there --yes --if-missing skip";
    told.add("delete", "delete", &step(&world, 0, delete).out);
    let status = step(&world, 0, "auth status");
    told.add("auth-status", "auth-status", &status.out);
    let missing = step(&world, 3, "get not-there");
    told.add("error", "error", &missing.err);
    let wrong = step(&world, 2, "list --evnt failed");
    told.add("error-usage", "error", &wrong.err);
    told.add("help", "help", &step(&world, 0, "help get").out);
    let list = step(&world, 0, "list");
    assert_eq!(list.out, "[]\n");
    let several = "delete a b --dry-run";
    told.add("dry-run-several", "dry-run", &step(&world, 0, several).out);
}

fn around(told: &mut Told) {
    let world = World::without_mock();
    let served = Served::start(&world, "--db served.db");
    let ready = format!("{}\n", served.ready);
    told.add("mock-ready", "mock-ready", &ready);
    let world = World::without_mock()
        .set("UBIOPS_API_HOST", served.url())
        .set("UBIOPS_PROJECT", "demo");
    let login = [
        "auth login --token-stdin --store file -o json",
        served.token(),
    ];
    let login = world.sh_fed(login[1], login[0]).ends_with(0);
    told.add("auth-login", "sign-in", &login.out);
    let create = format!("create a {NEEDED} --secret-header X-Token=env:VALUE --store auto");
    let signed_in = World::facing(served.url(), served.token());
    let signed_in = signed_in.set("VALUE", "a-value-that-nobody-sees");
    let warned = step(&signed_in, 0, &create);
    told.add("warning", "warning", &warned.err);
    let logout = step(&world, 0, "auth logout --yes");
    told.add("auth-logout", "sign-in", &logout.out);
    let out = step(&world, 4, "auth status");
    told.add("auth-status-signed-out", "auth-status", &out.out);
    let demo = World::without_mock();
    told.add("demo", "demo", &step(&demo, 0, "demo").out);
}

/// Requests on the mock, and what became of their events.
fn life(told: &mut Told, receiver_url: &str, broken_url: &str) {
    let world = World::new().set("UBIHOOK_MOCK_DB", "mock.db");
    let mut following = Following::start(&world, "");
    told.add(
        "mock-deliveries-ready",
        "mock-deliveries-ready",
        &following.line(),
    );
    let broken_url = format!("{broken_url} --retry");
    for (name, event, url) in [
        ("orders-done", "completed", receiver_url),
        ("orders-failed", "failed", &broken_url),
    ] {
        let create = format!("create {name} --pipeline pipeline-1 --event {event} --url {url}");
        step(&world, 0, &create);
    }
    let request = "mock request --pipeline pipeline-1";
    let made = step(&world, 0, request);
    told.add("mock-request", "mock-request", &made.out);
    let failed = step(&world, 7, &format!("{request} --outcome failed"));
    told.add("mock-request-failed", "mock-request", &failed.out);
    told.add("error-request-failed", "error", &failed.err);
    let all = step(&world, 0, "mock deliveries");
    told.add("mock-deliveries", "mock-deliveries", &all.out);
    told.add("mock-delivery", "mock-delivery", &following.line());
    told.add("logs", "logs", &step(&world, 0, "logs").out);
    let mut following = Following::started(world.command().args(["logs", "-f"]));
    told.add("logs-ready", "logs-ready", &following.line());
    told.add("log", "log", &following.line());
    let started = step(&world, 0, &format!("{request} --no-wait"));
    told.add("mock-request-started", "mock-request", &started.out);
    let reset = step(&world, 0, "mock reset --yes");
    told.add("mock-reset", "mock-reset", &reset.out);
}

/// What a mock prints that shows what it does.
fn watching(told: &mut Told, receiver_url: &str) {
    let world = World::without_mock();
    let mut command = world.command();
    command.args(["mock", "serve", "-v", "--db", "served.db"]);
    let mut following = Following::started(&mut command);
    let ready: Value = serde_json::from_str(&following.line()).unwrap();
    let text = |field: &str| ready[field].as_str().unwrap();
    let client = World::facing(text("url"), text("token"));
    let create = "create orders --pipeline pipeline-1 --event finished --url";
    step(&client, 0, &format!("{create} {receiver_url}"));
    told.add("mock-call", "mock-call", &following.next("call"));
    step(
        &world,
        0,
        "mock request --pipeline pipeline-1 --db served.db",
    );
    told.add("mock-attempt", "mock-attempt", &following.next("attempt"));
}

/// What `listen` prints when one of two expected deliveries arrives.
fn listening(told: &mut Told) {
    let world = World::new().set("VALUE", "a-value-that-nobody-sees");
    let expect = "--expect event=completed --expect event=finished,status=failed";
    let mut listening =
        Listening::start(&world, &format!("{expect} --secret-header X-Key=env:VALUE"));
    told.add(
        "listen-ready",
        "listen-ready",
        &format!("{}\n", listening.ready),
    );
    let create = format!(
        "create orders --pipeline pipeline-1 --event finished --url {} --secret-header X-Key=env:VALUE",
        listening.url()
    );
    step(&world, 0, &create);
    step(&world, 0, "mock request --pipeline pipeline-1");
    told.add(
        "listen-delivery",
        "listen-delivery",
        &format!("{}\n", listening.line()),
    );
    let ended = listening.stop(Signal::TERM).ends_with(7);
    told.add("listen-result", "listen-result", &ended.out);
}

/// What `send` prints.
fn sending(told: &mut Told, receiver_url: &str, broken_url: &str) {
    let world = World::without_mock();
    let send = "send pipeline_request_failed --url";
    let one = step(&world, 0, &format!("{send} {receiver_url}"));
    told.add("send", "send", &one.out);
    let failed = step(&world, 7, &format!("{send} {broken_url}"));
    told.add("send-failed", "send", &failed.out);
    told.add("error-send-failed", "error", &failed.err);
    let many = step(&world, 0, &format!("{send} {receiver_url} --count 3"));
    let mut numbers = many.json();
    assert!(numbers["rate"].is_number() && numbers["p99_ms"].is_number());
    for (name, typical) in [("rate", 4210.5), ("median_ms", 0.312), ("p99_ms", 1.204)] {
        numbers[name] = json!(typical);
    }
    told.add("send-many", "send-many", &format!("{numbers}\n"));
}

fn tell() -> Told {
    let receiver = receiver();
    let broken = Fake::new(|_, _| Answer::Json(503, json!({})));
    let broken = broken.url();
    let (url, broken) = (receiver.url("/in"), broken.replace("/v2", "/in"));
    let mut told = Told(Vec::new());
    webhooks(&mut told, &url, &broken);
    around(&mut told);
    life(&mut told, &url, &broken);
    watching(&mut told, &url);
    listening(&mut told);
    sending(&mut told, &url, &broken);
    for (_, _, text) in &mut told.0 {
        *text = text.replace(&url, "https://hooks.example.org/in");
        *text = text.replace(&broken, "https://hooks.example.org/in");
    }
    told
}

/// The schemas by name, each with a validator that finds the others beside it.
pub(crate) fn schemas() -> BTreeMap<String, Validator> {
    let uri = |file: &str| format!("file:///docs/schemas/{file}");
    let files = files("schemas");
    let parsed: Vec<(String, Value)> = files
        .into_iter()
        .map(|(file, text)| (file, serde_json::from_str(&text).unwrap()))
        .collect();
    let registry = parsed
        .iter()
        .fold(Registry::new(), |registry, (file, schema)| {
            registry.add(uri(file), schema.clone()).unwrap()
        });
    let registry = registry.prepare().unwrap();
    let build = |(file, schema): &(String, Value)| {
        jsonschema::meta::validate(schema).unwrap_or_else(|error| panic!("{file}: {error}"));
        let name = file.strip_suffix(".schema.json").expect(file);
        let validator = jsonschema::options()
            .with_registry(&registry)
            .with_base_uri(uri(file))
            .should_validate_formats(true)
            .build(schema);
        (
            name.to_owned(),
            validator.unwrap_or_else(|error| panic!("{file}: {error}")),
        )
    };
    parsed.iter().map(build).collect()
}

#[track_caller]
fn keeps_to(schemas: &BTreeMap<String, Validator>, schema: &str, example: &str, text: &str) {
    let value: Value =
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{example}: {error}: {text}"));
    let problems: Vec<_> = schemas[schema]
        .iter_errors(&value)
        .map(|error| format!("{} at {}", error, error.instance_path()))
        .collect();
    assert!(
        problems.is_empty(),
        "{example} against {schema}: {problems:#?}\n{text}"
    );
}

#[test]
fn every_answer_is_as_its_example_shows_and_keeps_to_its_schema() {
    let schemas = schemas();
    let bless = std::env::var_os("BLESS").is_some();
    let told = tell();
    let mut names = BTreeSet::new();
    for (example, schema, real) in &told.0 {
        // What was really answered, and what the documents show.
        keeps_to(&schemas, schema, example, real);
        let file = docs("examples").join(format!("{example}.json"));
        let masked = mask(real);
        if bless {
            fs::write(&file, &masked).unwrap();
        }
        let shown = fs::read_to_string(&file)
            .unwrap_or_else(|error| panic!("{example}: {error}; BLESS=1 writes it"));
        assert_eq!(
            masked, shown,
            "docs/examples/{example}.json: BLESS=1 rewrites it"
        );
        keeps_to(&schemas, schema, example, &shown);
        assert!(!real.contains("nobody-sees"), "{real}");
        names.insert(format!("{example}.json"));
    }
    let there: BTreeSet<_> = files("examples").into_keys().collect();
    assert_eq!(
        there, names,
        "docs/examples has what is answered, and nothing else"
    );
    let used: BTreeSet<_> = told
        .0
        .iter()
        .map(|(_, schema, _)| (*schema).to_owned())
        .collect();
    let unused: Vec<_> = schemas
        .keys()
        .filter(|schema| {
            !used.contains(*schema) && !["webhook", "changes"].contains(&schema.as_str())
        })
        .collect();
    assert!(unused.is_empty(), "schemas without an example: {unused:?}");
}

#[test]
fn the_tree_of_commands_is_data() {
    let schemas = schemas();
    let world = World::without_mock();
    let told = world.sh("help -o json").ends_with(0);
    keeps_to(&schemas, "help", "help", &told.out);
    let tree = told.json();
    let commands = tree["commands"].as_array().unwrap();
    let named = |name: &str| commands.iter().find(|it| it["name"] == name).unwrap();
    let arguments = |name: &str| -> Vec<String> {
        let all = named(name)["arguments"].as_array().unwrap();
        all.iter()
            .map(|it| it["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert!(arguments("create").contains(&"--event".to_owned()));
    assert!(arguments("create").contains(&"--version".to_owned()));
    assert!(!arguments("create").contains(&"--project".to_owned()));
    assert!(arguments("mock run").contains(&"COMMAND".to_owned()));
    assert_eq!(named("mock")["is_group"], true);
    let codes = tree["exit_codes"].as_array().unwrap();
    assert!(
        codes
            .iter()
            .any(|it| it["code"] == 9 && it["kind"] == "secret")
    );
    let topic = world.sh("help exit-codes -o json").ends_with(0);
    keeps_to(&schemas, "help", "topic", &topic.out);
    let listed = world.sh("help -o name").ends_with(0).out;
    assert!(listed.lines().any(|name| name == "auth login"), "{listed}");
    let skill = fs::read_to_string(docs("skill.md")).unwrap();
    assert!(skill.lines().count() <= 150);
}

#[test]
fn a_schema_refuses_what_is_not_ours() {
    let schemas = schemas();
    let examples = files("examples");
    for (name, object, field, wrong) in [
        ("get", "", "extra", json!(1)),
        ("get", "/headers/0", "value", json!("shown")),
        ("get", "", "creation_date", json!("yesterday")),
        ("create", "", "result", json!("made")),
        ("list", "/0", "enabled", json!("yes")),
        ("test", "", "waited_ms", json!(null)),
        ("error", "/error", "exit", json!(0)),
        ("update", "/changes/0", "from", json!({})),
        ("dry-run", "", "changes", json!(null)),
        ("delete", "/0", "result", json!("skipped")),
        ("secret-list", "/0", "state", json!("old")),
        ("secret-list", "/0", "since", json!("yesterday")),
        ("mock-request", "", "result", json!("done")),
        ("doctor", "/checks/0", "status", json!("ok")),
        ("doctor", "", "verdict", json!("")),
        ("mock-deliveries", "/0", "attempt", json!(0)),
        ("mock-call", "", "duration_ms", json!(null)),
        ("mock-attempt", "", "type", json!("call")),
        ("mock-attempt", "", "attempt", json!(0)),
        ("listen-delivery", "", "number", json!(0)),
        ("listen-result", "", "met", json!(null)),
    ] {
        let read = || serde_json::from_str::<Value>(&examples[&format!("{name}.json")]).unwrap();
        let (mut spoiled, mut short) = (read(), read());
        spoiled.pointer_mut(object).unwrap()[field] = wrong;
        assert!(!schemas[name].is_valid(&spoiled), "{spoiled}");
        let fields = short.pointer_mut(object).unwrap().as_object_mut().unwrap();
        if fields.remove(field).is_some() {
            assert!(!schemas[name].is_valid(&short), "{short}");
        }
    }
}
