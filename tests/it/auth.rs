//! `auth login`, `logout` and `status`; where a token goes, and where it doesn't.

use serde_json::json;

#[cfg(unix)]
use crate::support::mode;
use crate::support::{Answer, Fake, Served, World, raw, set_mode};

fn signed_out(url: &str) -> World {
    World::without_mock()
        .set("UBIOPS_API_HOST", url)
        .set("UBIHOOK_STORE", "file")
}

#[test]
fn login_checks_the_token_keeps_it_for_its_host_and_writes_the_profile() {
    let base = World::new();
    let served = Served::start(&base, "");
    let world = World::without_mock();
    let ended = world
        .sh_fed(
            &format!("{}\n", served.token()),
            &format!(
                "auth login --token-stdin --host {} -p demo --store file -o json",
                served.url()
            ),
        )
        .ends_with(0)
        .without(served.token().strip_prefix("Token ").unwrap());
    insta::assert_snapshot!(ended.snapshot(), @r#"
    [0]
    -- stdout
    {
      "result": "signed_in",
      "host": "http://127.0.0.1:8080/v2",
      "project": "demo",
      "store": "file",
      "user": "demo@ubihook.invalid",
      "profile": "default"
    }
    "#);
    let config = std::fs::read_to_string(world.home().join(".config/ubihook/config.toml")).unwrap();
    for part in [
        "[profile.default]",
        served.url(),
        "project = \"demo\"",
        "store = \"file\"",
    ] {
        assert!(config.contains(part), "{part}: {config}");
    }
    assert!(!config.contains(served.token()));
    #[cfg(unix)]
    assert_eq!(
        mode(&world.home().join(".config/ubihook/config.toml")),
        0o600
    );
    #[cfg(unix)]
    assert_eq!(mode(&world.state("secrets.json")), 0o600);
    assert_eq!(world.answer("list"), json!([]));
    assert_eq!(world.answer("auth status")["signed_in"], true);
    // Bound to its host.
    let fake = Fake::new(|_, _| Answer::Json(200, json!([])));
    world
        .sh(&format!("list --host {}", fake.url()))
        .ends_with(4);
    assert_eq!(fake.lines(), [""; 0]);
    // Off a terminal, signing out has to be meant.
    let ended = world.sh("auth logout");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: refusing to delete the token for http://127.0.0.1:8080/v2 without confirmation: not a terminal
      hint: add --yes to confirm
    ");
    assert_eq!(world.answer("auth status")["signed_in"], true);
    world.sh("auth logout --yes").ends_with(0);
    let ended = world.sh("auth status -o json").ends_with(4);
    assert_eq!(ended.json()["signed_in"], false);
    let kept = world.kept();
    assert!(!kept.contains(served.token().strip_prefix("Token ").unwrap()));
}

#[test]
fn login_writes_the_named_profile() {
    let base = World::new();
    let served = Served::start(&base, "");
    let world = World::without_mock();
    world
        .sh_fed(
            served.token(),
            &format!(
                "auth login --token-stdin --host {} -p demo --store file --profile ci",
                served.url()
            ),
        )
        .ends_with(0);
    let config = std::fs::read_to_string(world.home().join(".config/ubihook/config.toml")).unwrap();
    assert!(config.contains("[profile.ci]"), "{config}");
    world.sh("list --profile ci").ends_with(0);
}

#[test]
fn a_token_that_is_refused_is_not_kept() {
    let fake = Fake::new(|_, _| Answer::Json(401, json!({"error": "Invalid token."})));
    let world = signed_out(&fake.url());
    let ended = world
        .sh_fed(
            "hunter2-hunter2\n",
            "auth login --token-stdin -p demo -o json",
        )
        .ends_with(4);
    assert_eq!(ended.error()["kind"], "auth");
    ended.without("hunter2");
    assert!(!world.home().join(".config/ubihook/config.toml").exists());
    let kept = world.kept();
    assert!(!kept.contains("hunter2"));
}

#[test]
fn a_token_that_is_no_token_is_2_before_any_call() {
    let fake = Fake::script([]);
    for text in ["", "\n", "one two three", "Token\n"] {
        signed_out(&fake.url())
            .sh_fed(text, "auth login --token-stdin -p demo")
            .ends_with(2)
            .without("three");
    }
    assert_eq!(fake.lines(), [""; 0]);
}

#[test]
fn login_without_a_terminal_names_the_other_way() {
    let fake = Fake::script([]);
    let ended = signed_out(&fake.url()).sh("auth login");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: cannot prompt for the token: not a terminal
      hint: ubihook auth login --token-stdin < FILE
      hint: or set UBIOPS_API_TOKEN
    ");
    assert_eq!(fake.lines(), [""; 0]);
}

#[cfg(unix)]
#[test]
fn a_keyring_that_does_not_answer_is_9_before_any_call() {
    let fake = Fake::script([]);
    let ended =
        signed_out(&fake.url()).sh_fed("abc-token\n", "auth login --token-stdin --store keyring");
    insta::assert_snapshot!(ended.snapshot(), @"
    [9]
    -- stderr
    error: the store `keyring` can't be used: no keyring is available in this session
      hint: add `--store file` (a 0600 file) or `--store none` (nothing is stored)
    ");
    assert_eq!(fake.lines(), [""; 0]);
}

#[test]
fn a_token_goes_over_plain_http_to_loopback_only() {
    for host in [
        "http://example.org",
        "http://10.0.0.1:8000",
        "http://localhost.example.org",
        "http://127.0.0.1.example.org",
        "http://[::2]",
    ] {
        let ended = World::facing(host, "a-token-to-keep")
            .sh("list -o json")
            .ends_with(2);
        assert_eq!(ended.error()["kind"], "usage", "{host}");
        assert!(ended.err.contains("--insecure-http"), "{}", ended.err);
    }
    let fake = Fake::new(|_, _| Answer::Json(200, json!([])));
    let url = fake.url();
    World::facing(&url, "a-token-to-keep")
        .sh("list")
        .ends_with(0);
    World::facing(&url.replace("127.0.0.1", "localhost"), "a-token-to-keep")
        .sh("list")
        .ends_with(0);
    assert_eq!(fake.calls().len(), 2);
}

#[test]
fn no_variable_turns_the_guard_of_plain_http_off() {
    let ended = World::facing("http://example.org", "a-token-to-keep")
        .set("UBIHOOK_INSECURE_HTTP", "1")
        .sh("list");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: refusing to send the token to http://example.org/v2 over plain http: anyone on the network could read it (host from UBIOPS_API_HOST)
      hint: use an https address, or add --insecure-http if you trust that network
    ");
}

#[test]
fn loopback_never_goes_through_a_proxy() {
    let (fake, proxy) = (
        Fake::new(|_, _| Answer::Json(200, json!([]))),
        Fake::script([]),
    );
    let at = proxy.url().replace("/v2", "");
    let mut world = fake.world();
    for name in [
        "http_proxy",
        "HTTP_PROXY",
        "https_proxy",
        "all_proxy",
        "ALL_PROXY",
    ] {
        world = world.set(name, at.as_str());
    }
    world.sh("list").ends_with(0);
    world.sh_with(&[("UBIHOOK_MOCK", "1")], "list").ends_with(0);
    assert_eq!(proxy.lines(), [""; 0]);
}

#[test]
fn a_redirect_is_not_followed() {
    let other = Fake::new(|_, _| Answer::Json(200, json!([])));
    let to = other.url() + "/projects/demo/webhooks";
    for status in [301, 302, 307, 308] {
        let to = to.clone();
        let fake = Fake::new(move |_, _| raw(status, &[("location", &to)], ""));
        let ended = fake.world().sh("list -o json").ends_with(5);
        assert_eq!(ended.error()["http_status"], status);
        assert_eq!(fake.calls().len(), 1);
    }
    assert_eq!(other.lines(), [""; 0]);
}

#[test]
fn status_with_a_refused_token_is_4_with_its_object() {
    let fake = Fake::new(|_, _| Answer::Json(401, json!({"error": "Invalid token."})));
    let ended = fake.world().sh("auth status -o json").ends_with(4);
    assert_eq!(ended.json()["signed_in"], false);
    assert_eq!(ended.json()["token_source"], "UBIOPS_API_TOKEN");
    assert_eq!(ended.error()["http_status"], 401);
}

#[test]
fn a_store_of_none_has_no_place_for_a_token() {
    let fake = Fake::script([]);
    let ended =
        signed_out(&fake.url()).sh_fed("abc-token\n", "auth login --token-stdin --store none");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: with the store `none`, the token can't be stored
      hint: choose --store keyring or --store file, or set UBIOPS_API_TOKEN instead
    ");
    assert_eq!(fake.lines(), [""; 0]);
}

#[test]
fn status_that_nobody_answers_does_not_say_that_one_is_not_signed_in() {
    let fake = Fake::new(|_, _| raw(501, &[], ""));
    let ended = fake.world().sh("auth status -o json").ends_with(6);
    assert_eq!(ended.out, "");
    let ended = fake.world().sh("auth status").ends_with(6);
    assert_eq!(ended.out, "");
    // Where it was asked, and why there, helps to find the mistake.
    insta::assert_snapshot!(ended.snapshot(), @"
    [6]
    -- stderr
      host     http://127.0.0.1:8080/v2 (UBIOPS_API_HOST)
      project  demo (UBIOPS_PROJECT)
      token    from UBIOPS_API_TOKEN
      store    file (UBIHOOK_STORE)
      timeout  30 s per call
    error: the platform answered 501
      hint: to find the cause: `ubihook doctor`
    ");
    assert!(!ended.err.contains("not signed in"), "{}", ended.err);
}

#[test]
fn a_store_that_cannot_be_read_does_not_say_either() {
    let world = World::without_mock().set("UBIOPS_API_HOST", "http://127.0.0.1:9");
    let kept = world.file(".local/state/ubihook/secrets.json", "broken");
    set_mode(kept.parent().unwrap(), 0o700);
    set_mode(&kept, 0o600);
    let ended = world.sh("auth status --store file -o json").ends_with(9);
    assert_eq!(ended.out, "");
}

#[test]
fn the_mock_and_a_host_contradict_each_other_in_any_order() {
    let world = World::without_mock();
    let host = "--host http://127.0.0.1:9";
    for line in [
        format!("--mock list {host}"),
        format!("{host} list --mock"),
        format!("list --mock {host}"),
        format!("{host} mock deliveries --mock"),
    ] {
        let ended = world.sh(&line).ends_with(2);
        assert!(ended.err.contains("--host"), "{}", ended.err);
    }
}
