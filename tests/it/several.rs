//! Several webhooks in one command, by name or from standard input: the answer is a list in the order
//! of the names, and one that fails leaves the others.

use std::sync::{Arc, Condvar, Mutex};

use serde_json::{Value, json};

use crate::support::{Answer, Call, Fake, PATIENCE, VALUE, World, receiver, webhook_with};

/// A world with webhooks of these names, all with the same URL.
fn having(names: &[&str], url: &str) -> World {
    let world = World::new();
    for name in names {
        world
            .sh(&format!(
                "create {name} --pipeline pipeline-1 -e failed -u {url}"
            ))
            .ends_with(0);
    }
    world
}

fn names(list: &Value, key: &str) -> Vec<String> {
    let list = list.as_array().unwrap();
    list.iter()
        .map(|one| one[key].as_str().unwrap().to_owned())
        .collect()
}

const URL: &str = "http://127.0.0.1:9/in";

#[test]
fn get_shows_a_list_in_the_order_of_the_names() {
    let world = having(&["a", "b", "c"], URL);
    assert_eq!(names(&world.answer("get c a b a"), "name"), ["c", "a", "b"]);
    assert_eq!(world.answer("get a")["name"], "a");
    let fed = |stdin, line: &str| world.sh_fed(stdin, line);
    assert_eq!(
        names(
            &fed(" b \r\n\na\nb\n", "get - c -o json")
                .ends_with(0)
                .json(),
            "name"
        ),
        ["b", "a", "c"]
    );
    assert_eq!(
        names(&fed("b", "get - -o json").ends_with(0).json(), "name"),
        ["b"]
    );
    assert_eq!(world.sh("get b a -o name").ends_with(0).out, "b\na\n");
    let cards = world.sh("get b a").ends_with(0).out;
    assert!(
        cards.starts_with("b  enabled\n") && cards.contains("\n\na  enabled\n"),
        "{cards}"
    );
    let nothing = fed("\n \n", "get - -o json").ends_with(0);
    assert_eq!(nothing.out, "[]\n");
    assert!(nothing.err.contains("nothing to do"), "{}", nothing.err);
    // What is there is shown, the others are named.
    let ended = world.sh("get a ghost b spook -o json").ends_with(11);
    assert_eq!(names(&ended.json(), "name"), ["a", "b"]);
    let message = ended.error()["message"].as_str().unwrap().to_owned();
    assert!(
        message.starts_with("2 of 4 could not be read: `ghost`: ") && message.contains("`spook`: "),
        "{message}"
    );
    let ended = fed("ghost\n", "get - -o json").ends_with(3);
    assert_eq!(ended.out, "[]\n");
    assert!(world.sh("get ghost").ends_with(3).out.is_empty());
    // Each is named, however many there are.
    let many: Vec<_> = (0..100)
        .map(|number| format!("ghost-{number}-of-a-hundred"))
        .collect();
    let ended = fed(&many.join("\n"), "get -").ends_with(11);
    for name in &many {
        assert!(ended.err.contains(&format!("`{name}`: ")), "{name}");
    }
    assert!(
        ended.err.contains("100 of 100 could not be read"),
        "{}",
        ended.err
    );
}

#[test]
fn names_on_stdin_that_cannot_be_used_are_refused_before_any_call() {
    let fake = Fake::script([]);
    let world = fake.world().set("VALUE", "a-value-that-nobody-sees");
    for (stdin, line, said) in [
        ("a\n..\n", "get -", "line 2 of standard input: "),
        ("a\n", "get - -", "`-` was given twice"),
        ("a\n", "delete -", "refusing to delete `a`"),
        ("a\nb\n", "delete - c", "refusing to delete `a`, `b`, `c`"),
        (
            "a\n",
            "test - --secret-header K=stdin",
            "standard input can't be both",
        ),
        ("a\n", "test - --pipeline p", "already has a target"),
        ("a\n", "test a --id b", "cannot be used with"),
        (
            "a\n",
            "update - --enabled --name b",
            "--name is for one webhook",
        ),
        (
            "a\n",
            "update a b --enabled --name c",
            "--name is for one webhook",
        ),
        (
            "a\n",
            "update - -f -",
            "-f and several names can't be given together",
        ),
        (
            "a\n",
            "update a b -f w.yaml",
            "-f and several names can't be given together",
        ),
        (
            "a\n",
            "update - --secret-header K=stdin",
            "standard input can't be both",
        ),
        ("", "update -", "no changes specified\n"),
        ("..\n", "update - --enabled", "line 1 of standard input: "),
        ("", "get", "NAME"),
        ("", "delete --yes", "NAME"),
    ] {
        let ended = world.sh_fed(stdin, line).ends_with(2);
        assert!(ended.err.contains(said), "{line}: {}", ended.err);
        assert!(ended.out.is_empty());
    }
    assert!(fake.lines().is_empty());
}

#[test]
fn delete_answers_with_an_object_for_one_name_and_a_list_for_several() {
    let world = having(&["a", "b", "c", "d"], URL);
    assert_eq!(
        world.answer("delete a --yes"),
        json!({"name": "a", "result": "deleted", "error": null})
    );
    let ended = world.sh("delete a --yes -o json").ends_with(3);
    assert_eq!(
        (&ended.json()["result"], &ended.json()["error"]["kind"]),
        (&json!("failed"), &json!("not_found"))
    );
    let ended = world.sh_fed("b\n", "delete - --yes -o json").ends_with(0);
    assert_eq!(
        ended.json(),
        json!([{"name": "b", "result": "deleted", "error": null}])
    );
    let ended = world.sh("delete d ghost c --yes -o json").ends_with(11);
    assert_eq!(names(&ended.json(), "name"), ["d", "ghost", "c"]);
    assert_eq!(
        names(&ended.json(), "result"),
        ["deleted", "failed", "deleted"]
    );
    assert!(world.names().is_empty());
    let ended = world.sh_fed("", "delete - --yes").ends_with(0);
    assert!(
        ended.out.is_empty() && ended.err.contains("nothing to do"),
        "{}",
        ended.err
    );
    let dry = world
        .sh_fed("x\n", "delete - --dry-run -o json")
        .ends_with(0)
        .json();
    assert_eq!(dry[0]["method"], "DELETE");
}

#[test]
fn test_tries_each_and_goes_on_after_a_failure() {
    let receiver = receiver();
    let world = having(&["a", "b"], &receiver.url("/in"));
    let broken = Fake::new(|_, _| Answer::Json(503, json!({})));
    world
        .sh(&format!(
            "create c --pipeline pipeline-1 -e failed -u {}",
            broken.url()
        ))
        .ends_with(0);
    let both = world.answer("test b a");
    assert_eq!(
        (names(&both, "webhook"), names(&both, "status")),
        (vec!["b".into(), "a".into()], vec!["completed".into(); 2])
    );
    for _ in 0..2 {
        receiver.next(PATIENCE).unwrap();
    }
    let ended = world
        .sh_fed("c\nghost\na\n", "test - -o json")
        .ends_with(11);
    assert_eq!(names(&ended.json(), "webhook"), ["c", "a"]);
    assert_eq!(names(&ended.json(), "status"), ["failed", "completed"]);
    let message = ended.error()["message"].as_str().unwrap().to_owned();
    assert!(
        message.contains("`c`: the test failed: ") && message.contains("`ghost`: "),
        "{message}"
    );
    let alone = world.sh_fed("c\n", "test - -o json").ends_with(7);
    assert_eq!(names(&alone.json(), "status"), ["failed"]);
    let ids = world.sh("test a b --no-wait").ends_with(0).out;
    assert_eq!(ids.lines().count(), 2);
    let dry = world
        .sh("test b a --dry-run -o json --secret-header K=env:NONE")
        .ends_with(0)
        .json();
    assert_eq!(dry.as_array().unwrap().len(), 2);
}

#[test]
fn update_changes_each_and_goes_on_after_a_failure() {
    let world = having(&["a", "b", "c"], URL).set("VALUE", VALUE);
    world.sh("update b --timeout 3").ends_with(0);
    let list = world.answer("update c b a --timeout 3");
    let list = list.as_array().unwrap();
    let results: Vec<_> = list
        .iter()
        .map(|one| {
            (
                one["webhook"]["name"].as_str().unwrap(),
                one["result"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        results,
        [("c", "updated"), ("b", "unchanged"), ("a", "updated")]
    );
    assert_eq!(
        list[0]["changes"],
        json!([{"field": "timeout", "from": 10, "to": 3}])
    );
    let ended = world
        .sh_fed(
            "a\nghost\nb\n",
            "update - --enabled=false --secret-header K=env:VALUE -o json",
        )
        .ends_with(11);
    assert_eq!(ended.json().as_array().unwrap().len(), 2);
    let message = ended.error()["message"].as_str().unwrap().to_owned();
    assert!(
        message.starts_with("1 of 3 could not be updated: `ghost`: "),
        "{message}"
    );
    for name in ["a", "b"] {
        let webhook = world.answer(&format!("get {name}"));
        assert_eq!(
            (&webhook["enabled"], &webhook["headers"][0]["local"]),
            (&json!(false), &json!("file"))
        );
    }
    let kept = || std::fs::read_to_string(world.state("mock-secrets.json")).unwrap();
    assert!(kept().contains(VALUE));
    let one = world
        .sh_fed("a\n", "update - --enabled -o json")
        .ends_with(0)
        .json();
    assert_eq!(one[0]["result"], "updated");
    world.sh_fed("ghost\n", "update - --enabled").ends_with(3);
    assert!(
        world
            .sh_fed("\n", "update - --enabled")
            .ends_with(0)
            .err
            .contains("nothing to do")
    );
    let dry = world
        .sh("update a b --timeout 5 --dry-run -o json")
        .ends_with(0)
        .json();
    assert_eq!(
        (&dry[0]["method"], &dry[1]["body"]),
        (&json!("PATCH"), &json!({"timeout": 5}))
    );
    // A protected value goes only after a yes, and then for all.
    let ended = world.sh("update a b --remove-header K").ends_with(2);
    assert!(
        ended
            .err
            .contains("refusing to remove the protected header"),
        "{}",
        ended.err
    );
    assert_eq!(
        world.answer("get a")["headers"].as_array().unwrap().len(),
        1
    );
    world.sh("update a b --remove-header K --yes").ends_with(0);
    assert!(!kept().contains(VALUE));
    assert_eq!(
        world
            .sh("update a b --enabled true -o name")
            .ends_with(0)
            .out,
        "a\nb\n"
    );
}

#[test]
fn update_with_a_file_of_several_merges_each() {
    let world = having(&["a", "b"], URL);
    world
        .sh("update a --header 'X-Own: 1' --label own=1")
        .ends_with(0);
    world.file(
        "w.yaml",
        "owner: us\ndefaults: {timeout: 7, labels: {team: blue}}\nwebhooks:\n- {name: b, retry: true}\n- {name: a}\n",
    );
    let list = world.answer("update -f w.yaml");
    assert_eq!(
        (&list[0]["webhook"]["name"], &list[0]["webhook"]["retry"]),
        (&json!("b"), &json!(true))
    );
    let a = world.answer("get a");
    assert_eq!(
        (&a["timeout"], &a["labels"]),
        (&json!(7), &json!({"own": "1", "team": "blue"}))
    );
    assert_eq!(a["headers"][0]["key"], "X-Own");
    for (text, line, said) in [
        (
            "- {name: a, retry: true}\n- {name: b}\n",
            "update a -f w.yaml",
            "there are several webhooks in it, so `a` can't be given",
        ),
        (
            "- {name: a, retry: true}\n- {name: b}\n",
            "update -f w.yaml --name c",
            "--name is for one webhook",
        ),
        (
            "- {name: a, retry: true}\n- {name: a}\n",
            "update -f w.yaml",
            "-f w.yaml:2: name: `a` is also at line 1",
        ),
        (
            "- {name: a, retry: true}\n- {timeout: 3}\n",
            "update -f w.yaml",
            "-f w.yaml:2: missing: name",
        ),
        ("[]\n", "update -f w.yaml", "no webhook in it"),
    ] {
        world.file("w.yaml", text);
        let ended = world.sh(line).ends_with(2);
        assert!(ended.err.contains(said), "{line}: {}", ended.err);
    }
}

#[test]
fn create_makes_all_webhooks_of_a_file() {
    let world = World::new().set("UBIHOOK_SECRET_A", VALUE);
    let text = format!(
        "defaults: {{pipeline: pipeline-1, event: failed, url: '{URL}'}}\nwebhooks:\n- {{name: b}}\n\
         - {{name: a, headers: [{{key: K, protected: true, value_from: env:UBIHOOK_SECRET_A}}]}}\n"
    );
    world.file("w.yaml", &text);
    let dry = world
        .sh("create -f w.yaml --dry-run -o json")
        .ends_with(0)
        .json();
    assert_eq!(
        (
            &dry[0]["body"]["name"],
            &dry[1]["body"]["headers"][0]["value"]
        ),
        (&json!("b"), &json!("***"))
    );
    let results = |list: &Value| -> Vec<String> {
        let list = list.as_array().unwrap();
        list.iter()
            .map(|one| format!("{} {}", one["result"], one["webhook"]["name"]).replace('"', ""))
            .collect()
    };
    assert_eq!(
        results(&world.answer("create -f w.yaml")),
        ["created b", "created a"]
    );
    assert!(
        std::fs::read_to_string(world.state("mock-secrets.json"))
            .unwrap()
            .contains(VALUE)
    );
    let ended = world.sh("create -f w.yaml -o json").ends_with(11);
    assert_eq!(ended.out, "[]\n");
    assert!(
        ended.error()["message"]
            .as_str()
            .unwrap()
            .starts_with("2 of 2 could not be created: `b`: ")
    );
    world.sh("update a --timeout 3").ends_with(0);
    world.sh("delete b --yes").ends_with(0);
    let list = world.answer("create -f w.yaml --if-exists skip");
    assert_eq!(results(&list), ["created b", "unchanged a"]);
    world.file(
        "w.yaml",
        &text.replace("event: failed", "event: failed, timeout: 5"),
    );
    let list = world.answer("create -f w.yaml --if-exists update");
    assert_eq!(results(&list), ["updated b", "updated a"]);
    world.file(
        "w.yaml",
        &text
            .replace("pipeline-1", "gone")
            .replace("name: b", "name: c, pipeline: pipeline-1"),
    );
    let ended = world
        .sh("create -f w.yaml -o json --if-exists update")
        .ends_with(11);
    assert_eq!(results(&ended.json()), ["created c"]);
    // Nothing is created unless all values can be read.
    let other = World::new();
    other.file("w.yaml", &text);
    other.sh("create -f w.yaml").ends_with(9);
    for (text, line, said) in [
        (
            text.clone(),
            "create x -f w.yaml",
            "there are several webhooks in it, so `x` can't be given",
        ),
        (
            text.replace("name: b", "timeout: 3"),
            "create -f w.yaml",
            "missing: name",
        ),
        (
            text.replace("event: failed, ", ""),
            "create -f w.yaml",
            "`b`: missing: event",
        ),
    ] {
        other.file("w.yaml", &text);
        let ended = other.sh(line).ends_with(2);
        assert!(ended.err.contains(said), "{line}: {}", ended.err);
    }
    assert!(other.names().is_empty());
}

/// How many calls are being answered now, and were at once at most.
type Count = Arc<(Mutex<(usize, usize)>, Condvar)>;

/// Sixteen calls are answered once all of them have arrived.
#[test]
fn at_most_sixteen_calls_are_made_at_once() {
    let count = Count::default();
    let counting = Arc::clone(&count);
    let fake = Fake::new(move |_, call: &Call| {
        let (now, changed) = &*counting;
        let mut held = now.lock().unwrap();
        held.0 += 1;
        held.1 = held.1.max(held.0);
        changed.notify_all();
        let (mut held, waited) = changed
            .wait_timeout_while(held, PATIENCE, |(_, most)| *most < 16)
            .unwrap();
        assert!(!waited.timed_out(), "only {} calls at once", held.1);
        held.0 -= 1;
        let name = call.path.rsplit('/').next().unwrap();
        Answer::Json(200, webhook_with(name, &json!({})))
    });
    let world = fake.world();
    let all: Vec<_> = (0..50).map(|number| format!("w{number}")).collect();
    let ended = world.sh_fed(&all.join("\n"), "get - -o name").ends_with(0);
    assert_eq!(ended.out, all.join("\n") + "\n");
    assert_eq!(count.0.lock().unwrap().1, 16);
}
