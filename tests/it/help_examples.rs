//! Every example of every `--help` works as it stands, in a world that has what it names: two
//! webhooks, a variable, two files.

use std::process::Command;

use crate::{
    help::{commands, help},
    support::{Ended, World, finish, payload, receiver},
};

/// The examples of one command: shell scripts of a line or several.
fn examples(command: &str) -> Vec<String> {
    let text = help(&format!("{command} --help"));
    let Some((_, text)) = text.split_once("Examples:\n") else {
        return Vec::new();
    };
    let (text, _) = text.split_once("\n\nOptions of every command").unwrap();
    let script = |example: &str| {
        let mut lines = example.lines();
        assert!(lines.next().unwrap().starts_with("  # "), "{example}");
        let lines: Vec<_> = lines.map(|line| line.strip_prefix("  ").unwrap()).collect();
        lines.join("\n")
    };
    text.split("\n\n").map(script).collect()
}

/// As a shell has it, with this very program first on the path.
fn run(world: &World, script: &str) -> Ended {
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_ubihook"));
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", binary.parent().unwrap().display());
    let like = world.command();
    let mut command = Command::new("bash");
    command
        .args(["-euo", "pipefail", "-c", script])
        .env_clear()
        .envs(
            like.get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env("PATH", path)
        .current_dir(world.home());
    finish(&mut command, None)
}

fn play(command: &str, script: &str) {
    let (receiver, other) = (receiver(), receiver());
    let script = script
        .replace(
            "https://hooks.example.org",
            receiver.url("").trim_end_matches('/'),
        )
        .replace(
            "https://other.example.org",
            other.url("").trim_end_matches('/'),
        )
        .replace("http://127.0.0.1:8080/", &receiver.url("/"));
    let world = World::new()
        .set("HOOK_TOKEN", "s3cret-of-the-hook")
        .set("NEW_TOKEN", "s3cret-of-the-hook-2")
        .set("EDITOR", "touch");
    let recorded = payload("failed", "r");
    world.file(
        "events.ndjson",
        &format!(
            r#"{{"type":"delivery","number":1,"time":"2026-02-03T10:11:12Z","method":"POST","path":"/","event":"pipeline_request_failed","request_id":"r","headers":[],"payload":{recorded},"bytes":{},"verified":null,"repeat":false,"answered":200,"duration_ms":0,"problem":null}}"#,
            recorded.len()
        ),
    );
    let in_file = "\nobject_type: pipeline\nobject_name: pipeline-1\nevent: failed\nurl: ";
    world.file(
        "webhook.yaml",
        &format!("name: from-file{in_file}{}\n", receiver.url("/in")),
    );
    world.file(
        "webhooks/nightly.yaml",
        &format!(
            "name: nightly\nlabels: {{team: blue}}{in_file}{}\n",
            receiver.url("/in")
        ),
    );
    for name in ["orders-failed", "nightly"] {
        let url = receiver.url("/in");
        let line = format!("create {name} --pipeline pipeline-1 -e failed -u {url} -l team=blue");
        let secret = match name {
            "nightly" => "",
            _ => " --secret-header Authorization=env:HOOK_TOKEN",
        };
        world.sh(&(line + secret)).ends_with(0);
    }
    let script = match command {
        // Against a mock that is served, since the one inside needs no signing in.
        _ if command.starts_with("auth ") => {
            let signed_in = match command {
                "auth login" => "",
                _ => "ubihook auth login -p demo --store file --token-stdin < token.txt\n",
            };
            let script = format!("unset UBIOPS_API_TOKEN\n{signed_in}{script}");
            world.file("script.sh", &script);
            let keep = "printf %s \"$UBIOPS_API_TOKEN\" > token.txt; bash -eu script.sh";
            format!("ubihook mock run -- bash -euc '{keep}'")
        }
        // Ready is what it says on stdout; then it is told to stop, and has to end well.
        "mock serve" => format!(
            "{script} > out & pid=$!\nwhile [ ! -s out ]; do sleep 0.05; done\nkill $pid\nwait $pid"
        ),
        // Likewise; one delivery arrives, which is the one that is expected.
        "listen" => {
            let body = payload("failed", "r");
            format!(
                "{script} > out & pid=$!\nwhile [ ! -s out ]; do sleep 0.05; done\n\
                 port=$(sed -n '1s|.*127.0.0.1:\\([0-9]*\\)/.*|\\1|p' out)\n\
                 exec 3<>\"/dev/tcp/127.0.0.1/$port\"\n\
                 printf 'POST / HTTP/1.1\\r\\nHost: localhost:%s\\r\\nContent-Length: {}\\r\\nConnection: close\\r\\n\\r\\n%s' \"$port\" '{body}' >&3\n\
                 cat <&3 > answer\nkill $pid 2> gone || true\nwait $pid",
                body.len()
            )
        }
        "logs" if script.contains("--follow") => {
            format!("timeout -s INT 1 {script} > out || test $? = 124; test -s out")
        }
        _ => script,
    };
    let ended = run(&world, &script);
    assert_eq!(ended.code, 0, "{script}\n{ended:#?}");
    assert!(!ended.out.contains("s3cret"), "{script}\n{ended:#?}");
}

#[expect(
    clippy::print_stdout,
    reason = "the count is part of what the run shows"
)]
#[test]
fn every_example_runs() {
    let mut count = 0;
    for command in commands() {
        let examples = examples(&command);
        let is_group = matches!(command.as_str(), "" | "auth" | "mock" | "secret");
        assert_eq!(examples.is_empty(), is_group, "{command}");
        for script in examples {
            play(&command, &script);
            count += 1;
        }
    }
    println!("{count} examples ran");
    assert!(count > 30, "{count}");
}
