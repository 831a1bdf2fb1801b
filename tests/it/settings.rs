//! Where settings come from, and which one wins.

#[cfg(unix)]
use std::os::unix::fs::symlink;

use serde_json::json;

use crate::support::{Answer, Fake, TOKEN, World, set_mode};

const CONFIG: &str = ".config/ubihook/config.toml";

fn listing() -> Fake {
    Fake::new(|_, _| Answer::Json(200, json!([])))
}

/// A world with a token and a project, and no host.
fn hostless() -> World {
    World::without_mock()
        .set("UBIOPS_API_TOKEN", TOKEN)
        .set("UBIOPS_PROJECT", "demo")
}

#[test]
fn each_host_variable_counts_and_the_first_wins() {
    let names = [
        "UBIHOOK_HOST",
        "UBIOPS_API_HOST",
        "UBIOPS_API_URL",
        "UBIOPS_BASE_URL",
    ];
    for (at, name) in names.iter().enumerate() {
        let fake = listing();
        let mut world = hostless().set(name, fake.url());
        for other in &names[at + 1..] {
            world = world.set(other, "http://127.0.0.1:1");
        }
        world.sh("list").ends_with(0);
        assert_eq!(fake.calls().len(), 1, "{name}");
    }
}

#[test]
fn a_flag_wins_over_variables_and_variables_over_the_profile() {
    let (by_flag, by_env, by_profile) = (listing(), listing(), listing());
    let world = hostless();
    world.file(
        CONFIG,
        &format!(
            "[profile.default]\nhost = \"{}\"\nproject = \"of-the-profile\"\n",
            by_profile.url()
        ),
    );
    world.sh("list").ends_with(0);
    assert_eq!(by_profile.lines(), ["GET /v2/projects/demo/webhooks"]);
    let (url, env) = (by_flag.url(), by_env.url());
    world
        .sh_with(&[("UBIOPS_API_HOST", &env)], "list")
        .ends_with(0);
    assert_eq!(by_env.calls().len(), 1);
    world
        .sh_with(
            &[("UBIOPS_API_HOST", &env), ("UBIHOOK_PROJECT", "ours")],
            &format!("list --host {url}"),
        )
        .ends_with(0);
    world
        .sh_with(
            &[("UBIHOOK_PROJECT", "ours")],
            &format!("list --host {url} -p flagged"),
        )
        .ends_with(0);
    assert_eq!(
        by_flag.lines(),
        [
            "GET /v2/projects/ours/webhooks",
            "GET /v2/projects/flagged/webhooks"
        ]
    );
    // An empty variable is an unset one.
    world
        .sh_with(&[("UBIOPS_API_HOST", ""), ("UBIOPS_PROJECT", "")], "list")
        .ends_with(0);
    assert_eq!(
        by_profile.lines()[1],
        "GET /v2/projects/of-the-profile/webhooks"
    );
}

#[test]
fn a_named_profile_is_taken_by_flag_or_variable_and_an_unknown_one_refused() {
    let fake = listing();
    let world = World::without_mock().set("UBIOPS_API_TOKEN", TOKEN);
    world.file(
        CONFIG,
        &format!(
            "[profile.ci]\nhost = \"{}\"\nproject = \"p-ci\"\noutput = \"name\"\n",
            fake.url()
        ),
    );
    world.sh("list --profile ci").ends_with(0);
    world
        .sh_with(&[("UBIHOOK_PROFILE", "ci")], "list")
        .ends_with(0);
    assert_eq!(fake.lines(), ["GET /v2/projects/p-ci/webhooks"; 2]);
    let ended = world.sh("list --profile cj");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: --profile: no such profile
      hint: ubihook --profile ci …
    ");
}

#[test]
fn hosts_are_spelled_as_the_official_client_takes_them() {
    for (suffix, base) in [
        ("", "/v2"),
        ("/", "/v2"),
        ("/v2", "/v2"),
        ("/v2.1/", "/v2.1"),
        ("/base/", "/base/v2"),
        ("/base/v2.1", "/base/v2.1"),
    ] {
        let fake = listing();
        let root = fake.url().replace("/v2", suffix);
        hostless().sh(&format!("list --host {root}")).ends_with(0);
        assert_eq!(
            fake.lines(),
            [format!("GET {base}/projects/demo/webhooks")],
            "{suffix}"
        );
    }
}

#[test]
fn a_host_that_is_none_is_refused() {
    for host in [
        "ftp://example.org",
        "http://",
        "https://u:hunter2@example.org",
        "'a b'",
        "https://example.org/v2?x=1",
    ] {
        hostless()
            .sh(&format!("list --host {host}"))
            .ends_with(2)
            .without("hunter2");
    }
}

#[test]
fn a_token_is_sent_with_exactly_one_prefix() {
    for (given, sent) in [
        ("abc-123", "Token abc-123"),
        ("Token abc-123", "Token abc-123"),
        ("token abc-123", "Token abc-123"),
        ("Bearer abc-123", "Bearer abc-123"),
        ("  Token abc-123\n", "Token abc-123"),
    ] {
        let fake = listing();
        World::facing(&fake.url(), given).sh("list").ends_with(0);
        let calls = fake.calls();
        let tokens: Vec<_> = calls[0]
            .headers
            .iter()
            .filter(|(name, _)| name == "authorization")
            .collect();
        assert_eq!(tokens.len(), 1);
        assert_eq!(tokens[0].1, sent, "{given:?}");
    }
}

#[test]
fn an_unusable_token_is_refused_unseen() {
    for token in ["hunter2 hunter2 hunter2", "Token", "hunter2\u{e9}", "   "] {
        let fake = listing();
        World::facing(&fake.url(), token)
            .sh("list")
            .ends_with(2)
            .without("hunter2");
        assert_eq!(fake.lines(), [""; 0]);
    }
}

#[test]
fn no_project_is_2_before_any_call() {
    let fake = listing();
    let world = World::without_mock()
        .set("UBIOPS_API_TOKEN", TOKEN)
        .set("UBIOPS_API_HOST", fake.url());
    let ended = world.sh("list -o json").ends_with(2);
    assert_eq!(ended.error()["kind"], "usage");
    assert_eq!(fake.lines(), [""; 0]);
}

#[test]
fn no_token_is_4_before_any_call() {
    let fake = listing();
    let world = World::without_mock()
        .set("UBIOPS_PROJECT", "demo")
        .set("UBIOPS_API_HOST", fake.url());
    let ended = world.sh("list -o json").ends_with(4);
    assert_eq!(ended.error()["kind"], "auth");
    assert_eq!(fake.lines(), [""; 0]);
}

#[test]
fn mock_beside_a_host_is_2() {
    let ended = World::without_mock().sh("list --mock --host http://127.0.0.1:1");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: the argument '--mock' cannot be used with '--host <HOST>'
      hint: usage: ubihook list --mock
    ");
}

#[test]
fn the_mock_brings_its_own_host_token_and_project() {
    let fake = listing();
    let world = World::facing(&fake.url(), "a-wrong-token")
        .set("UBIHOOK_MOCK", "1")
        .set("UBIHOOK_PROJECT", "ours");
    assert_eq!(world.answer("list"), json!([]));
    let status = world.answer("auth status");
    assert_eq!(
        (&status["project"], &status["signed_in"]),
        (&json!("demo"), &json!(true))
    );
    let ended = world.sh("list -p nope");
    insta::assert_snapshot!(ended.snapshot(), @"
    [3]
    -- stderr
    error: project `nope` does not exist (project from --project)
      hint: known values of --project: demo
    ");
    assert_eq!(fake.lines(), [""; 0]);
}

#[test]
fn switches_take_these_words_and_no_others() {
    let fake = listing();
    for on in ["1", "true", "yes", "on", "TRUE"] {
        fake.world().set("UBIHOOK_MOCK", on).sh("list").ends_with(0);
    }
    assert_eq!(fake.calls().len(), 0);
    for off in ["0", "false", "no", "off", ""] {
        fake.world()
            .set("UBIHOOK_MOCK", off)
            .sh("list")
            .ends_with(0);
    }
    assert_eq!(fake.calls().len(), 5);
    let ended = fake.world().set("UBIHOOK_MOCK", "maybe").sh("list");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: UBIHOOK_MOCK must be 1, true, yes or on; or 0, false, no or off
    ");
}

#[test]
fn the_other_variables_count() {
    let world = World::new();
    assert_eq!(
        world
            .sh_with(&[("UBIHOOK_OUTPUT", "json")], "list")
            .ends_with(0)
            .json(),
        json!([])
    );
    world
        .sh_with(&[("UBIHOOK_OUTPUT", "xml")], "list")
        .ends_with(2)
        .saying("UBIHOOK_OUTPUT");
    world
        .sh_with(&[("UBIHOOK_STORE", "vault")], "list")
        .ends_with(2)
        .saying("UBIHOOK_STORE");
    world
        .sh_with(&[("UBIHOOK_API_TIMEOUT", "soon")], "list")
        .ends_with(2)
        .saying("UBIHOOK_API_TIMEOUT");
    world
        .sh_with(&[("UBIHOOK_COLOR", "pink")], "list")
        .ends_with(2)
        .saying("UBIHOOK_COLOR");
    world
        .sh_with(&[("UBIHOOK_CA_CERT", "/nonexistent.pem")], "list")
        .ends_with(2)
        .saying("/nonexistent.pem");
    let db = world.home().join("elsewhere/mock.db");
    world
        .sh_with(&[("UBIHOOK_MOCK_DB", db.to_str().unwrap())], "list")
        .ends_with(0);
    assert!(db.exists());
}

#[test]
fn an_error_with_a_wrong_variable_is_json_where_the_flag_says_so() {
    let ended = World::new()
        .set("UBIHOOK_STORE", "vault")
        .sh("list -o json")
        .ends_with(2);
    assert_eq!(ended.error()["kind"], "usage");
}

#[test]
fn a_message_says_where_a_wrong_value_came_from() {
    let ended = hostless().set("UBIOPS_API_URL", "ftp://x").sh("list");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: UBIOPS_API_URL: must be an address such as `api.ubiops.com` or `https://host/v2`
    ");
    let ended = hostless()
        .set("UBIHOOK_PROJECT", "..")
        .sh("list --host http://127.0.0.1:1");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: UBIHOOK_PROJECT: must not be `.` or `..`, which can't be used in a URL path
    ");
    let world = hostless();
    world.file(CONFIG, "[profile.default]\nhost = \"ftp://x\"\n");
    let ended = world.sh("list");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: profile `default`: must be an address such as `api.ubiops.com` or `https://host/v2`
    ");
}

#[test]
fn auth_status_names_the_origin_of_what_is_used() {
    let fake = Fake::new(|_, _| Answer::Json(200, json!({"email": "robot@example.org"})));
    let ended = fake.world().sh("auth status").ends_with(0);
    for part in [
        "UBIOPS_API_HOST",
        "UBIOPS_API_TOKEN",
        "UBIOPS_PROJECT",
        "UBIHOOK_STORE",
    ] {
        assert!(ended.out.contains(part), "{part}: {}", ended.out);
    }
    let status = fake.world().answer("auth status");
    let mut keys: Vec<_> = status.as_object().unwrap().keys().cloned().collect();
    keys.sort();
    assert_eq!(
        keys,
        ["host", "project", "signed_in", "token_source", "user"]
    );
    assert_eq!(status["user"], "robot@example.org");
}

#[test]
fn nothing_is_read_from_the_working_folder() {
    let world = World::new();
    for name in [
        "config.toml",
        "ubihook.toml",
        ".ubihook.toml",
        "ubihook/config.toml",
        ".env",
    ] {
        world.file(name, "UBIHOOK_OUTPUT=xml\ntoken = \"x\"");
    }
    world.sh("list").ends_with(0);
}

#[test]
fn mistakes_in_the_config_are_2_with_file_and_line_and_without_the_value() {
    for (text, part) in [
        ("[profile.default]\nhots = \"hunter2\"\n", "host"),
        ("[profile.default]\ntoken = \"hunter2\"\n", "auth login"),
        ("[profile.default]\nproject = \"Token hunter2\"\n", "token"),
        ("[profile.default\nproject = \"hunter2\"\n", "config.toml:"),
        ("stray = \"hunter2\"\n", "config.toml:1"),
    ] {
        let world = World::new();
        world.file(CONFIG, text);
        world
            .sh("list")
            .ends_with(2)
            .saying("config.toml")
            .saying(part)
            .without("hunter2");
    }
}

#[cfg(unix)]
#[test]
fn a_config_that_others_may_write_or_that_is_a_link_is_2() {
    let world = World::new();
    let path = world.file(CONFIG, "[profile.default]\nproject = \"p\"\n");
    set_mode(&path, 0o644);
    world.sh("list").ends_with(0);
    for mode in [0o664, 0o646] {
        set_mode(&path, mode);
        world.sh("list").ends_with(2).saying("config.toml");
    }
    std::fs::rename(&path, world.home().join("real.toml")).unwrap();
    set_mode(&world.home().join("real.toml"), 0o600);
    symlink(world.home().join("real.toml"), &path).unwrap();
    let ended = world.sh("list");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: HOME/.config/ubihook/config.toml is a symbolic link, and symbolic links are not followed
    ");
}

#[cfg(unix)]
#[test]
fn xdg_folders_are_where_things_stand() {
    let world = World::new().set("SOURCE", "x-value-x");
    let (config, state) = (world.home().join("c"), world.home().join("s"));
    let world = world
        .set("XDG_CONFIG_HOME", config.as_os_str())
        .set("XDG_STATE_HOME", state.as_os_str());
    world
        .sh(&format!(
            "create a {} --secret-header A=env:SOURCE",
            crate::support::NEEDED
        ))
        .ends_with(0);
    for name in ["mock.db", "index.json", "mock-secrets.json"] {
        assert!(state.join("ubihook").join(name).exists(), "{name}");
    }
    assert!(!world.home().join(".local").exists());
    assert!(!config.exists());
}

#[test]
fn a_host_that_cant_be_reached_is_named_with_its_source() {
    let at = "http://127.0.0.1:1/v2";
    let says = |world: &World, line: &str, from: &str| {
        let expected = format!("could not reach {at}: connection refused (host from {from})");
        world.sh(line).ends_with(6).saying(&expected);
    };
    for name in [
        "UBIHOOK_HOST",
        "UBIOPS_API_HOST",
        "UBIOPS_API_URL",
        "UBIOPS_BASE_URL",
    ] {
        let world = hostless().set(name, at);
        says(&world, "list", name);
        says(&world, "get a", name);
        says(&world, "delete a --yes", name);
    }
    says(&hostless(), &format!("list --host {at}"), "--host");
    let world = hostless();
    world.file(CONFIG, &format!("[profile.default]\nhost = \"{at}\"\n"));
    says(&world, "list", "profile `default`");
}

#[test]
fn a_project_that_is_not_there_is_named_with_its_source() {
    let served = || {
        Fake::new(|_, call| match call.path.as_str() {
            "/v2/projects" => Answer::Json(200, json!([])),
            _ => Answer::Json(404, json!({"error": "Project was not found"})),
        })
    };
    let fake = served();
    for line in ["list", "get a", "test a"] {
        let ended = fake.world().set("UBIOPS_PROJECT", "demmo").sh(line);
        let ended = ended.ends_with(3);
        ended.saying("project `demmo` does not exist (project from UBIOPS_PROJECT)");
        let ended = fake.world().sh(&format!("{line} -p other")).ends_with(3);
        ended.saying("project `other` does not exist (project from --project)");
    }
}

#[test]
fn a_token_that_is_rejected_is_named_with_its_source() {
    let fake = Fake::new(|_, _| Answer::Json(401, json!({"error": "Invalid token"})));
    let ended = fake.world().sh("list").ends_with(4);
    ended.saying("(the platform answered 401; token from UBIOPS_API_TOKEN)");
}

#[test]
fn what_cant_be_seen_in_a_value_is_named_with_its_source() {
    let carriage = "contains a carriage return (U+000D)";
    for (name, value, why) in [
        ("UBIOPS_PROJECT", "demo\r", carriage),
        ("UBIHOOK_PROJECT", "demo ", "begins or ends with a space"),
        (
            "UBIHOOK_PROJECT",
            "de\u{200b}mo",
            "contains U+200B, an invisible character",
        ),
        ("UBIHOOK_STORE", "file\r", carriage),
        ("UBIHOOK_OUTPUT", "json\r", carriage),
        ("UBIHOOK_COLOR", "never\r", carriage),
        ("UBIHOOK_PROFILE", "ci\r", carriage),
        ("UBIHOOK_NO_INPUT", "1\r", carriage),
        ("UBIHOOK_CA_CERT", "ca.pem\r", carriage),
        ("UBIHOOK_MOCK_DB", "mock.db\r", carriage),
        (
            "UBIOPS_API_HOST",
            "https://a\u{7}b",
            "contains the control character U+0007",
        ),
    ] {
        let ended = hostless().set(name, value).sh("list").ends_with(2);
        ended.saying(&format!("{name}: {why}"));
    }
    let world = hostless();
    world
        .sh("list --project 'demo '")
        .ends_with(2)
        .saying("--project: begins or ends");
    world.file(CONFIG, "[profile.default]\nproject = \"demo\\r\"\n");
    let world = world.set("UBIOPS_PROJECT", "");
    world
        .sh("list")
        .ends_with(2)
        .saying(&format!("profile `default`: {carriage}"));
}

/// A world for a host that only a proxy reaches.
fn behind(name: &str, proxy: &str) -> World {
    hostless()
        .set("UBIOPS_API_HOST", "https://api.example.org")
        .set(name, proxy)
}

#[cfg(unix)]
#[test]
fn a_proxy_that_cant_be_used_is_refused_by_name_and_not_tried() {
    for (proxy, why) in [
        (
            "socks5://user:hunter2@127.0.0.1:1",
            "only proxies with http",
        ),
        ("socks://user:hunter2@127.0.0.1:1", "only proxies with http"),
        ("ftp://user:hunter2@127.0.0.1:1", "only proxies with http"),
        ("http://user:hunter2 x@127.0.0.1:1", "percent-encoded"),
        ("http://user:12#hunter2@127.0.0.1:1", "percent-encoded"),
        ("http://user:12/hunter2@127.0.0.1:1", "percent-encoded"),
        ("http://${hunter2}:1", "must be an address"),
    ] {
        for name in ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"] {
            let ended = behind(name, proxy).sh("list -o json -vv").ends_with(6);
            let error = ended.error();
            assert_eq!(error["kind"], "unreachable");
            let message = error["message"].as_str().unwrap();
            let expected = format!("the proxy in {name} can't be used: ");
            assert!(message.starts_with(&expected), "{message}");
            assert!(message.contains(why), "{message}");
            assert_eq!(error["retryable"], false);
            assert!(!ended.err.contains("hunter"), "{}", ended.err);
        }
        let exempt = behind("HTTPS_PROXY", proxy).set("NO_PROXY", "example.org");
        exempt.sh("list --api-timeout 1ms").ends_with(6);
        let local = behind("ALL_PROXY", proxy).set("UBIOPS_API_HOST", "http://127.0.0.1:1");
        local.sh("list").ends_with(6).saying("connection refused");
    }
}

#[test]
fn a_proxy_that_wants_other_credentials_says_so() {
    let asks = Fake::new(|_, _| crate::support::raw(407, &[], "<html>"));
    let address = asks.url().trim_end_matches("/v2").to_owned();
    let given = address.replace("http://", "http://user:hunter2@");
    for (proxy, host, why) in [
        (
            &address,
            "https://api.example.org",
            "it requires authentication",
        ),
        (
            &given,
            "https://api.example.org",
            "it rejected the user name or password in ALL_PROXY",
        ),
        (
            &address,
            "http://api.example.org",
            "it requires authentication",
        ),
        (
            &given,
            "http://api.example.org",
            "it rejected the user name or password in ALL_PROXY",
        ),
    ] {
        let world = behind("ALL_PROXY", proxy).set("UBIOPS_API_HOST", host);
        let ended = world.sh("list --insecure-http -o json").ends_with(6);
        let error = ended.error();
        let message = error["message"].as_str().unwrap();
        let expected = format!("through the proxy {address} (from ALL_PROXY): {why}");
        assert!(message.contains(&expected), "{message}");
        assert_eq!(error["retryable"], false);
        assert!(!ended.err.contains("hunter2"), "{}", ended.err);
    }
    assert_eq!(asks.calls().len(), 4, "none is tried again");
}
