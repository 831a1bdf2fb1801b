//! What a verb is: arguments with a name and examples, which can be run. Each verb has its own
//! file; the program and each group have a list of verbs.

use std::{ffi::OsStr, pin::Pin};

use clap::{ArgMatches, Args, Command};

use super::context::Context;

/// The arguments of a verb, which can be run.
pub(crate) trait Run: Args + 'static {
    /// The name that is typed.
    const NAME: &'static str;
    /// Complete command lines.
    const EXAMPLES: &'static [Example];
    /// Words of other tools for the same, accepted but not shown.
    const ALIASES: &'static [&'static str] = &[];

    /// What it needs to run.
    fn needs(&self) -> Needs {
        Needs::default()
    }

    /// Runs it.
    fn run(self, cx: &mut Context) -> impl Future<Output = anyhow::Result<()>>;
}

/// How a verb differs from one that makes calls.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Needs {
    /// It uses no settings, so that it works even if they are invalid.
    pub no_settings: bool,
    /// The named profile may be a new one.
    pub new_profile: bool,
    /// It reports settings that can't be used, instead of failing.
    pub any_settings: bool,
    /// It needs a multi-threaded runtime, to serve or to deliver.
    pub threads: bool,
    /// It handles signals itself.
    pub own_signals: bool,
    /// It listens on a port that can be chosen.
    pub port: bool,
}

impl Needs {
    /// For a verb that only prints fixed text, and ends on any signal.
    pub(crate) const NOTHING: Self = Self {
        no_settings: true,
        new_profile: false,
        any_settings: false,
        threads: false,
        own_signals: true,
        port: false,
    };
    /// For a verb that runs until it is stopped.
    pub(crate) const SERVES: Self = Self {
        no_settings: false,
        threads: true,
        ..Self::NOTHING
    };

    /// Whether it waits for anything: a call, a file, a signal. What always prints the same doesn't.
    pub(crate) fn waits(self) -> bool {
        !self.no_settings || self.threads
    }
}

/// A verb, or a group of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Verb {
    /// The name that is typed.
    pub name: &'static str,
    /// Complete command lines.
    pub examples: &'static [Example],
    aliases: &'static [&'static str],
    declare: fn(Command) -> Command,
    is: Is,
}

#[derive(Debug, Clone, Copy)]
enum Is {
    Verb(fn(&ArgMatches) -> Result<Call, clap::Error>),
    Group(&'static [Verb]),
}

/// A description, and a complete command line, which may have several lines.
pub(crate) type Example = (&'static str, &'static str);

/// A verb with its arguments, ready to run.
pub(crate) struct Call {
    /// What it needs to run.
    pub needs: Needs,
    run: Box<dyn for<'a> FnOnce(&'a mut Context) -> Running<'a>>,
}

type Running<'a> = Pin<Box<dyn Future<Output = anyhow::Result<()>> + 'a>>;

impl Verb {
    /// The verb with these arguments.
    pub(crate) const fn of<A: Run>() -> Self {
        Self {
            name: A::NAME,
            examples: A::EXAMPLES,
            aliases: A::ALIASES,
            declare: A::augment_args,
            is: Is::Verb(call::<A>),
        }
    }

    /// A group of verbs; `A` has only its description.
    pub(crate) const fn group<A: Args>(name: &'static str, verbs: &'static [Verb]) -> Self {
        Self {
            name,
            examples: &[],
            aliases: &[],
            declare: A::augment_args,
            is: Is::Group(verbs),
        }
    }

    /// The verbs of a group.
    pub(crate) fn verbs(&self) -> &'static [Verb] {
        match self.is {
            Is::Verb(_) => &[],
            Is::Group(verbs) => verbs,
        }
    }

    /// Whether a word of a command line names it.
    pub(crate) fn is_named(&self, word: &OsStr) -> bool {
        word == self.name || self.aliases.iter().any(|alias| word == *alias)
    }

    /// The clap command with its arguments.
    pub(crate) fn declare(&self) -> Command {
        (self.declare)(Command::new(self.name).aliases(self.aliases))
    }

    /// What clap has parsed, as a call of one of these verbs.
    pub(crate) fn call(verbs: &'static [Verb], matches: &ArgMatches) -> Result<Call, clap::Error> {
        let called = matches.subcommand().and_then(|(name, matches)| {
            let verb = verbs.iter().find(|verb| verb.name == name)?;
            Some((verb.is, matches))
        });
        match called.expect("clap accepts no line without one of the verbs") {
            (Is::Verb(call), matches) => call(matches),
            (Is::Group(verbs), matches) => Self::call(verbs, matches),
        }
    }
}

fn call<A: Run>(matches: &ArgMatches) -> Result<Call, clap::Error> {
    let args = A::from_arg_matches(matches)?;
    Ok(Call {
        needs: args.needs(),
        run: Box::new(|cx| Box::pin(args.run(cx))),
    })
}

impl Call {
    /// Runs it.
    pub(crate) fn run(self, cx: &mut Context) -> Running<'_> {
        (self.run)(cx)
    }
}
