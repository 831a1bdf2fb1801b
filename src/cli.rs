//! Puts everything together: parses the command line, resolves the settings, creates the runtime
//! that the verb needs, runs the verb, and turns its result into an exit code.

pub(crate) mod artifacts;
pub(crate) mod complete;
mod completions;
mod demo;
mod describe;
mod failure;
mod guesses;
mod help;
mod hints;
mod pages;
mod parse;
mod similar;
mod stop;
mod tree;

use std::{ffi::OsString, net::IpAddr, path::Path};

use self::hints::Words;
use crate::{
    commands::{
        apply, auth,
        context::Context,
        create, delete, diff, doctor, export, get, list, listen, logs, mock,
        program::{Environment, Program},
        secret, send,
        signals::{Signal, Signals, Stopped},
        test, update,
        verb::{Call, Needs, Verb},
    },
    config::{
        self, Settings, UnknownProfile,
        env::Env,
        file::{self, Profiles},
        flags::Flags,
    },
    files,
    model::{failure::Failure, scrub::Scrubber, token::Token},
    output::{Output, OutputOptions},
    process, prompt,
    terminal::Terminal,
};

/// All verbs, in the order in which help lists them.
const VERBS: &[Verb] = &[
    Verb::of::<create::Args>(),
    Verb::of::<list::Args>(),
    Verb::of::<get::Args>(),
    Verb::of::<update::Args>(),
    Verb::of::<delete::Args>(),
    Verb::of::<test::Args>(),
    Verb::of::<diff::Args>(),
    Verb::of::<apply::Args>(),
    Verb::of::<export::Args>(),
    Verb::of::<doctor::Args>(),
    Verb::of::<logs::Args>(),
    Verb::of::<listen::Args>(),
    Verb::of::<send::Args>(),
    secret::VERB,
    auth::VERB,
    mock::VERB,
    Verb::of::<demo::Args>(),
    Verb::of::<completions::Args>(),
    Verb::of::<help::Args>(),
];

const PROGRAM: Program = Program {
    tree: || tree::command(VERBS),
    run,
};

/// How long the signal may take to arrive after a terminal was closed.
const HANGUP: std::time::Duration = std::time::Duration::from_millis(200);

/// Runs the process's command line, and returns its exit code.
pub fn main() -> u8 {
    process::keep_memory_private();
    let env = Env::capture();
    let terminal = Terminal::look(env.get("TERM"));
    let around = Environment {
        env,
        output: Output::standard(terminal),
        terminal,
        scrubber: Scrubber::default(),
        is_process: true,
    };
    let arguments = guesses::joined(std::env::args_os());
    let code = parse::guarded(&around.output.clone(), || run(&arguments, around));
    // A signal or a panic may have interrupted a file replacement.
    files::finish();
    code
}

/// Runs a command line, and reports its error.
fn run(arguments: &[OsString], around: Environment) -> u8 {
    // Registered first, because any error message could quote it.
    if let Some(token) = around.env.get("UBIOPS_API_TOKEN") {
        // An invalid one is reported when the settings are resolved.
        let _ = token
            .to_str()
            .map(|token| Token::parse(token, &around.scrubber));
    }
    let mut output = parse::output_for(arguments, &around);
    // Until the last message is written, too.
    let mut watch = None;
    let mut words = Words::default();
    let ended = start(arguments, around, &mut output, &mut watch, &mut words);
    ended.unwrap_or_else(|error| {
        let report = words.complete(failure::report(&error), failure::concern(&error));
        output.error(&report);
        report.exit
    })
}

/// Runs it, with the `output` options that are known so far.
fn start(
    arguments: &[OsString],
    around: Environment,
    output: &mut Output,
    watch: &mut Option<stop::Watch>,
    words: &mut Words,
) -> anyhow::Result<u8> {
    let Some((flags, call)) = parse::parse(VERBS, arguments, &around.scrubber)? else {
        return Ok(0);
    };
    let format = config::format(flags.output, &around.env);
    let options = OutputOptions {
        format: format.unwrap_or(config::Format::Table),
        chosen: format.is_some(),
        quiet: flags.quiet,
        verbose: flags.verbose,
        color: config::color(flags.color, &around.env),
    };
    *output = around.output.with_options(options);
    let settings = settle(&flags, &around.env, call.needs)?;
    *words = Words::of(&flags, &settings, arguments);
    if !call.needs.no_settings {
        *output = around.output.with_options(OutputOptions {
            format: settings.output.value,
            chosen: settings.output.from != config::Provenance::Default,
            color: settings.color,
            ..options
        });
    }
    if around.is_process && call.needs.waits() {
        *watch = stop::watch(output, call.needs.own_signals);
    }
    let runtime = runtime(call.needs)?;
    let around = Environment {
        output: output.clone(),
        ..around
    };
    let mut cx = Context::new(PROGRAM, around, settings, arguments.to_vec());
    let own = words.clone();
    cx.complete_hint = Box::new(move |hint| own.complete_hint(hint));
    let ended = runtime.block_on(until_stopped(call, &mut cx));
    // An interrupted prompt still blocks its thread; don't wait for that.
    runtime.shutdown_background();
    // The prompt may have been about to draw when the signal arrived.
    crate::terminal::restore();
    ended.map(|()| cx.code)
}

/// Refuses a project and a host that were meant as the port and the address to listen on, as other
/// servers have them.
fn check_for_port(flags: &Flags) -> Result<(), Failure> {
    let project = flags.project.as_deref().unwrap_or_default();
    if project.parse::<u16>().is_ok() {
        let message = "-p is the project, not the port";
        return Err(Failure::usage(message).with_hint(format!("--port {project}")));
    }
    let host = flags.host.as_deref().unwrap_or_default();
    let address: Option<IpAddr> = host.parse().ok();
    let is_own = |address: IpAddr| address.is_unspecified() || address.is_loopback();
    if host == "localhost" || address.is_some_and(is_own) {
        let message = "--host is the platform's address, not the one to listen on";
        return Err(Failure::usage(message).with_hint(format!("--bind {host}")));
    }
    Ok(())
}

fn settle(flags: &Flags, env: &Env, needs: Needs) -> anyhow::Result<Settings> {
    let unknown = if needs.new_profile {
        UnknownProfile::Allow
    } else {
        UnknownProfile::Refuse
    };
    if needs.port {
        check_for_port(flags)?;
    }
    if needs.no_settings {
        // What has nothing to do with the platform.
        let flags = Flags {
            no_input: flags.no_input,
            output: flags.output,
            ca_cert: flags.ca_cert.clone(),
            ..Flags::default()
        };
        return Ok(config::resolve(
            &flags,
            &Env::default(),
            &Profiles::new(),
            unknown,
        )?);
    }
    let path = config::Folders::find(env).config_file();
    if needs.any_settings {
        return Ok(settle_leniently(flags, env, path.as_deref()));
    }
    let profiles = path
        .as_deref()
        .map(file::load)
        .transpose()?
        .unwrap_or_default();
    Ok(config::resolve(flags, env, &profiles, unknown)?)
}

fn settle_leniently(flags: &Flags, env: &Env, path: Option<&Path>) -> Settings {
    let loaded = path.map(file::load).transpose();
    let (profiles, known) = match loaded {
        Ok(profiles) => (profiles.unwrap_or_default(), Vec::new()),
        Err(failure) => {
            let about = config::About::File;
            (Profiles::new(), vec![config::Fault { about, failure }])
        }
    };
    config::resolve_leniently(flags, env, &profiles, known)
}

fn runtime(needs: Needs) -> std::io::Result<tokio::runtime::Runtime> {
    let mut builder = if needs.threads {
        tokio::runtime::Builder::new_multi_thread()
    } else {
        tokio::runtime::Builder::new_current_thread()
    };
    // No reactor to be made for a verb that waits for nothing.
    if needs.waits() {
        builder.enable_all();
    }
    builder.build()
}

async fn until_stopped(call: Call, cx: &mut Context) -> anyhow::Result<()> {
    if call.needs.own_signals {
        return call.run(cx).await;
    }
    let mut signals = Signals::listen()?;
    let signal = tokio::select! {
        ended = run_to_its_end(call, cx) => match ended {
            Err(error) => hangup(&error, &mut signals).await.ok_or(error)?,
            Ok(()) => return Ok(()),
        },
        signal = signals.recv() => signal,
    };
    crate::terminal::restore();
    Err(Stopped(signal).into())
}

/// The signal that follows when the terminal is closed. A waiting prompt may notice the closed
/// terminal first.
async fn hangup(error: &anyhow::Error, signals: &mut Signals) -> Option<Signal> {
    let is_closed = |error: &prompt::Error| matches!(error, prompt::Error::Closed);
    if !error.downcast_ref().is_some_and(is_closed) {
        return None;
    }
    tokio::time::timeout(HANGUP, signals.recv()).await.ok()
}

async fn run_to_its_end(call: Call, cx: &mut Context) -> anyhow::Result<()> {
    let ended = call.run(cx).await;
    cx.close().await;
    ended
}
