//! What blocks a command, and how it ends all the same: at the first signal, and with nothing left
//! of its run.

use std::{fs, io::Write as _};

use rustix::process::Signal;

use crate::{
    running::{Running, SIGNALS, fifo, names_in, reader_of, wait_for},
    support::{Answer, Fake, NEEDED, Served, World, webhook},
};

/// A world with a temporary folder of its own.
fn with_temporary(world: World) -> World {
    let folder = world.home().join("tmp");
    fs::create_dir(&folder).unwrap();
    world.set("TMPDIR", folder)
}

fn left_in_temporary(world: &World) -> Vec<String> {
    names_in(&world.home().join("tmp"))
}

#[test]
fn standard_input_that_never_ends_is_no_reason_to_go_on() {
    for line in [
        ["create", "-f", "-"].as_slice(),
        &["update", "a", "-f", "-"],
        &[
            "create",
            "a",
            "--secret-header",
            "X-Key=stdin",
            "-e",
            "failed",
            "--pipeline",
            "pipeline-1",
            "-u",
            "http://127.0.0.1:9/",
        ],
        &["mock", "reset", "--yes", "-f", "-"],
    ] {
        for (signal, code) in SIGNALS {
            let world = World::new();
            let running = Running::start(&world, line);
            running.listens_for(signal);
            running.signal(signal);
            running.ends().ends_with(code);
        }
    }
    for (signal, code) in SIGNALS {
        let world = World::without_mock().set("UBIHOOK_STORE", "file");
        let running = Running::start(&world, &["auth", "login", "--token-stdin"]);
        running.listens_for(signal);
        running.signal(signal);
        running.ends().ends_with(code);
    }
}

#[test]
fn a_pipe_that_is_given_as_a_file_and_never_ends_is_no_reason_to_go_on() {
    let needed: Vec<_> = NEEDED.split(' ').collect();
    let create = |more: [&'static str; 2]| [&["create", "a"], &needed[..], &more].concat();
    let lines = [
        vec!["create", "-f", "pipe"],
        vec!["update", "a", "-f", "pipe"],
        vec!["list", "--ca-cert", "pipe"],
        create(["--secret-header", "X-Key=file:pipe"]),
        vec!["mock", "reset", "--yes", "-f", "pipe"],
        vec![
            "mock",
            "request",
            "--deployment",
            "deployment-1",
            "--result-file",
            "pipe",
        ],
        vec!["mock", "serve", "--token-file", "pipe"],
    ];
    for line in lines {
        for (signal, code) in SIGNALS {
            for is_written_to in [true, false] {
                let world = World::new();
                let pipe = world.home().join("pipe");
                fifo(&pipe);
                let running = Running::start(&world, &line);
                running.listens_for(signal);
                // Either it waits for a writer, or for the end of what one writes.
                let _writer = is_written_to.then(|| {
                    let mut writer = reader_of(&pipe);
                    writer.write_all(b"begun").unwrap();
                    writer
                });
                running.signal(signal);
                running.ends().ends_with(code);
            }
        }
    }
}

#[test]
fn an_answer_that_nobody_takes_is_no_reason_to_go_on() {
    // Far more than a pipe holds.
    let webhooks: Vec<_> = (0..2000).map(|at| webhook(&format!("w{at}"))).collect();
    let fake = Fake::new(move |_, _| Answer::Json(200, webhooks.clone().into()));
    for (signal, code) in SIGNALS {
        let mut running = Running::start(&fake.world(), &["list", "-o", "json"]);
        // It writes, and what it writes isn't read any further.
        assert_eq!(running.line().unwrap(), "[\n");
        running.signal(signal);
        running.ends().ends_with(code);
    }
}

#[test]
fn the_demo_ends_at_each_of_its_steps_and_leaves_nothing() {
    for (signal, code) in SIGNALS {
        for step in 1..=8 {
            let world = with_temporary(World::without_mock());
            let mut running = Running::start(&world, &["demo"]);
            let mut seen = 0;
            while seen < step {
                let line = running.line().unwrap();
                seen += usize::from(line.starts_with("$ ubihook"));
            }
            running.signal(signal);
            let ended = running.ends();
            // The last step may have been over by then.
            assert!(
                ended.code == code || (step == 8 && ended.code == 0),
                "{ended:?}"
            );
            let said = ended.err.contains(if code == 130 {
                "interrupted"
            } else {
                "terminated"
            });
            assert!(ended.code == 0 || said, "{ended:?}");
            assert_eq!(left_in_temporary(&world), [""; 0], "{signal:?} at {step}");
        }
    }
}

#[test]
fn a_run_ends_by_a_signal_while_its_command_runs_and_leaves_nothing() {
    for (signal, _) in SIGNALS {
        let world = with_temporary(World::without_mock());
        // Its child has no say in which signal it gets from us.
        let line = [
            "mock",
            "run",
            "--",
            "sh",
            "-c",
            "echo begun; exec sleep 600",
        ];
        let mut running = Running::start(&world, &line);
        running.line().unwrap();
        assert_eq!(left_in_temporary(&world).len(), 1);
        running.signal(signal);
        running.ends().ends_with(143);
        assert_eq!(left_in_temporary(&world), [""; 0], "{signal:?}");
    }
}

#[test]
fn a_run_ends_by_a_signal_while_deliveries_are_waited_for_and_leaves_nothing() {
    for (signal, _) in SIGNALS {
        let world = with_temporary(World::without_mock());
        let silent = Fake::new(|_, _| Answer::Silence);
        let line = format!(
            "{bin} create a --pipeline pipeline-1 -e failed -u {url} --timeout 30 && \
             {bin} test a --no-wait",
            bin = env!("CARGO_BIN_EXE_ubihook"),
            url = silent.url()
        );
        let running = Running::start(&world, &["mock", "run", "--", "sh", "-c", &line]);
        wait_for("the delivery", || !silent.calls().is_empty());
        wait_for("the end of the command", || running.children().is_empty());
        running.signal(signal);
        running.ends().ends_with(0);
        assert_eq!(left_in_temporary(&world), [""; 0], "{signal:?}");
    }
}

#[test]
fn a_run_that_waits_for_its_database_ends_by_a_signal_and_leaves_nothing() {
    for (signal, code) in SIGNALS {
        let world = with_temporary(World::without_mock());
        let db = world.home().join("d/mock.db");
        // Whoever comes to make it waits for this lock.
        let lock = ubihook::inside::files::lock(&db.with_file_name("mock.db.lock")).unwrap();
        let line = ["mock", "run", "--db", db.to_str().unwrap(), "--", "true"];
        let running = Running::start(&world, &line);
        wait_for("the database", || db.exists());
        running.signal(signal);
        running.ends().ends_with(code);
        assert_eq!(left_in_temporary(&world), [""; 0], "{signal:?}");
        drop(lock);
    }
}

#[test]
fn what_serves_ends_with_its_terminal() {
    let world = World::without_mock();
    let served = Served::start(&world, "");
    assert_eq!(served.stop(Signal::HUP), Some(0));
}

#[test]
fn what_serves_and_is_blocked_ends_by_the_next_signal() {
    let world = World::without_mock();
    // It warns of each that was never met: more than a pipe holds, and nobody reads it.
    let unmet: Vec<String> = (0..2000)
        .map(|at| format!("--fault=GET /webhooks/of-a-long-name-{at}=500"))
        .collect();
    let mut line = vec!["mock", "serve"];
    line.extend(unmet.iter().map(String::as_str));
    let mut running = Running::start(&world, &line);
    running.line().unwrap();
    running.signal(Signal::TERM);
    let ends_now = || {
        running.signal(Signal::TERM);
        running.is_over()
    };
    wait_for("its end", ends_now);
    running.ends().ends_with(143);
}

#[test]
fn what_a_killed_run_left_is_removed_by_the_next() {
    let world = with_temporary(World::without_mock());
    // The command ends with this test, whoever is killed.
    let line = ["mock", "run", "--", "sh", "-c", "echo begun; exec cat"];
    let start = || {
        let mut running = Running::start(&world, &line);
        running.line().unwrap();
        running
    };
    let (killed, living) = (start(), start());
    killed.signal(Signal::KILL);
    killed.ends().ends_with(-1);
    assert_eq!(left_in_temporary(&world).len(), 2);
    world.sh("mock run -- true").ends_with(0);
    assert_eq!(left_in_temporary(&world).len(), 1);
    living.signal(Signal::TERM);
    living.ends().ends_with(143);
    assert_eq!(left_in_temporary(&world), [""; 0]);
}

#[test]
fn whoever_is_not_to_end_with_the_terminal_does_not() {
    let world = World::without_mock();
    let line = "trap '' HUP; exec $BIN mock serve";
    let served = Served::started(&mut world.shell(line));
    rustix::process::kill_process(served.pid(), Signal::HUP).unwrap();
    // It still answers, and ends as it is meant to.
    served.world().sh("list").ends_with(0);
    assert_eq!(served.stop(Signal::TERM), Some(0));
}

#[test]
fn a_call_that_nobody_answers_ends_by_a_signal() {
    for (signal, code) in SIGNALS {
        let fake = Fake::new(|_, _| Answer::Silence);
        let running = Running::start(&fake.world(), &["list"]);
        wait_for("the call", || !fake.calls().is_empty());
        running.signal(signal);
        running.ends().ends_with(code);
    }
}
