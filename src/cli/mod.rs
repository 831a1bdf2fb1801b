//! The only place where everything is put together: the command line is parsed, settings are
//! decided, the runtime that the verb needs is made, the verb runs, and its end becomes a code.

pub mod artifacts;
pub mod complete;
mod demo;
mod examples;
mod failure;
mod help;
mod parse;
mod stop;
mod tree;

use clap::{Args, Parser, Subcommand};

use crate::{
    commands::{
        auth, completions,
        context::{Context, Given},
        create, delete, get, list, mock,
        signals::{Signal, Signals},
        test, update,
    },
    config::{self, Settings, UnknownProfile, env::Env, file, flags::Flags},
    files,
    model::{scrub::Scrubber, token::Token},
    output::{Manner, Output, report::Report},
    process,
    prompt::{self, Prompt},
    terminal::Terminal,
};

/// Manage and test the webhooks of UbiOps
///
/// Webhooks call a URL of yours when a request of a deployment, a pipeline or an experiment
/// started, completed, failed or finished. Try it without an account: ubihook demo
#[derive(Debug, Parser)]
#[command(
    name = "ubihook",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
struct Shared {
    #[command(flatten)]
    flags: Flags,
}

/// A command line: what every verb takes, and the verb.
#[derive(Debug)]
struct Cli {
    flags: Flags,
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Create(create::Args),
    List(list::Args),
    Get(get::Args),
    Update(update::Args),
    Delete(delete::Args),
    Test(test::Args),
    Auth(auth::Args),
    Mock(mock::Args),
    Demo(demo::Args),
    Completions(completions::Args),
    Help(help::Args),
}

/// How a verb's own arguments are added to its name.
type Declare = fn(clap::Command) -> clap::Command;

/// The verbs once more, so that one can be declared without the others: all of them take longer
/// than most commands do. A test holds this beside `Command`.
const VERBS: [(&str, Declare); 11] = [
    ("create", create::Args::augment_args),
    ("list", list::Args::augment_args),
    ("get", get::Args::augment_args),
    ("update", update::Args::augment_args),
    ("delete", delete::Args::augment_args),
    ("test", test::Args::augment_args),
    ("auth", auth::Args::augment_args),
    ("mock", mock::Args::augment_args),
    ("demo", demo::Args::augment_args),
    ("completions", completions::Args::augment_args),
    ("help", help::Args::augment_args),
];

/// How long after the end of a terminal its signal may come.
const HANGUP: std::time::Duration = std::time::Duration::from_millis(200);

/// What surrounds one command: given, so that one command can run another.
#[derive(Clone)]
struct Surroundings {
    env: Env,
    terminal: Terminal,
    scrubber: Scrubber,
    output: Output,
}

/// Runs the process's own command line, and returns its exit code.
pub fn main() -> u8 {
    process::keep_memory_private();
    let scrubber = Scrubber::default();
    let terminal = Terminal::look();
    let around = Surroundings {
        env: Env::capture(),
        output: Output::standard(terminal),
        terminal,
        scrubber,
    };
    let arguments: Vec<_> = std::env::args_os().collect();
    let code = parse::guarded(&around.output.clone(), || run(&arguments, around));
    // What a signal or a defect has cut off may be in the middle of it.
    files::finish();
    code
}

/// Runs a command line.
fn run(arguments: &[std::ffi::OsString], around: Surroundings) -> u8 {
    // Known from the start, whatever becomes of it: error texts could quote it.
    if let Some(token) = around
        .env
        .get("UBIOPS_API_TOKEN")
        .and_then(|text| text.to_str())
    {
        // An invalid one is reported when the settings are resolved.
        let _ = Token::parse(token, &around.scrubber);
    }
    let cli = match parse::parse(arguments, &around) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    // What needs no settings works whatever they say.
    let told = match &cli.command {
        Command::Completions(args) => {
            let called = arguments
                .first()
                .map_or_else(Default::default, Clone::clone);
            Some(complete::register(args, &called, &around.output).map_err(Into::into))
        }
        Command::Help(args) => Some(help::run(args, &around.output)),
        _ => None,
    };
    if let Some(told) = told {
        return match told {
            Ok(()) => 0,
            Err(error) => {
                let output = parse::output_for(arguments, &around);
                fail(&output, &failure::report(&error))
            }
        };
    }
    let manner = Manner {
        format: config::format(cli.flags.output, &around.env).unwrap_or(config::Format::Table),
        quiet: cli.flags.quiet,
        verbose: cli.flags.verbose,
        color: cli.flags.color.unwrap_or(config::Color::Auto),
    };
    let output = around.output.in_manner(manner);
    let settings = match settle(&cli, &around.env) {
        Ok(settings) => settings,
        Err(error) => return fail(&output, &failure::report(&error)),
    };
    let output = around.output.in_manner(Manner {
        format: settings.output.value,
        color: settings.color,
        ..manner
    });
    match dispatch(cli.command, settings, output.clone(), around, arguments) {
        Ok(code) => code,
        Err(report) => fail(&output, &report),
    }
}

fn fail(output: &Output, report: &Report) -> u8 {
    output.error(report);
    report.exit
}

fn settle(cli: &Cli, env: &Env) -> anyhow::Result<Settings> {
    let path = config::Folders::find(env).config_file();
    let profiles = path
        .as_deref()
        .map(file::load)
        .transpose()?
        .unwrap_or_default();
    let unknown = match &cli.command {
        Command::Auth(args) if args.makes_profile() => UnknownProfile::Allow,
        _ => UnknownProfile::Refuse,
    };
    Ok(config::resolve(&cli.flags, env, &profiles, unknown)?)
}

fn dispatch(
    command: Command,
    settings: Settings,
    output: Output,
    around: Surroundings,
    arguments: &[std::ffi::OsString],
) -> Result<u8, Report> {
    let serves = matches!(&command, Command::Mock(args) if args.serves());
    if let Command::Demo(args) = command {
        return demo::run(&args, &around, &output, settings.output.value)
            .map_err(|error| failure::report(&error));
    }
    let given = Given {
        prompt: Prompt::new(
            around.terminal.can_ask() && !settings.no_input,
            settings.color != config::Color::Never,
        ),
        settings,
        output,
        env: around.env,
        scrubber: around.scrubber,
        arguments: arguments.to_vec(),
    };
    let run = move || run_in_runtime(command, Context::new(given));
    // What serves listens for signals itself, and is meant to be ended so.
    if serves { run() } else { stop::run(run) }
}

fn run_in_runtime(command: Command, mut cx: Context) -> Result<u8, Report> {
    let runtime = runtime(&command).map_err(|error| failure::report(&error.into()))?;
    let ended = runtime.block_on(until_stopped(command, &mut cx));
    // A question that was interrupted still waits for its answer, and is not waited for.
    runtime.shutdown_background();
    // It may have been about to draw itself when the signal came.
    crate::terminal::restore();
    ended
}

/// A threaded runtime for what serves, a current-thread one for calls.
fn runtime(command: &Command) -> std::io::Result<tokio::runtime::Runtime> {
    let mut builder = match command {
        Command::Mock(_) => tokio::runtime::Builder::new_multi_thread(),
        _ => tokio::runtime::Builder::new_current_thread(),
    };
    builder.enable_all().build()
}

async fn until_stopped(command: Command, cx: &mut Context) -> Result<u8, Report> {
    let command = match command {
        Command::Mock(args) if args.serves() => {
            return mock::run(args, cx)
                .await
                .map_err(|error| failure::report(&error));
        }
        command => command,
    };
    let mut signals = Signals::listen().map_err(|error| failure::report(&error.into()))?;
    let signal = tokio::select! {
        ended = run_to_its_end(command, cx) => {
            let Err(error) = ended else { return Ok(0) };
            match hangup(&error, &mut signals).await {
                Some(signal) => signal,
                None => return Err(failure::report(&error)),
            }
        }
        signal = signals.recv() => signal,
    };
    crate::terminal::restore();
    Err(failure::stopped(signal))
}

/// The signal that comes with the end of a terminal. A question that waits for an answer may hear of
/// that end first.
async fn hangup(error: &anyhow::Error, signals: &mut Signals) -> Option<Signal> {
    let is_closed = |error: &prompt::Error| matches!(error, prompt::Error::Closed);
    if !error.downcast_ref().is_some_and(is_closed) {
        return None;
    }
    tokio::time::timeout(HANGUP, signals.recv()).await.ok()
}

async fn run_to_its_end(command: Command, cx: &mut Context) -> anyhow::Result<()> {
    let ended = run_verb(command, cx).await;
    cx.close().await;
    ended
}

async fn run_verb(command: Command, cx: &mut Context) -> anyhow::Result<()> {
    match command {
        Command::Create(args) => create::run(args, cx).await,
        Command::List(args) => list::run(args, cx).await,
        Command::Get(args) => get::run(args, cx).await,
        Command::Update(args) => update::run(args, cx).await,
        Command::Delete(args) => delete::run(args, cx).await,
        Command::Test(args) => test::run(args, cx).await,
        Command::Auth(args) => auth::run(args, cx).await,
        Command::Mock(args) => mock::run(args, cx).await.map(|_| ()),
        Command::Demo(_) | Command::Completions(_) | Command::Help(_) => {
            unreachable!("run by their own way")
        }
    }
}
