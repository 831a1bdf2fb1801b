//! What a verb is: arguments that have a name and examples, and can be run. Each has a file of its
//! own; the program has a list of them, and so has a group.

use std::pin::Pin;

use clap::{ArgMatches, Args, Command};

use super::context::Context;

/// The arguments of a verb, which can be run.
pub(crate) trait Run: Args + 'static {
    /// As it is typed.
    const NAME: &'static str;
    /// Command lines that work as they are.
    const EXAMPLES: &'static [Example];

    /// What it needs besides.
    fn needs(&self) -> Needs {
        Needs::default()
    }

    /// Runs it.
    fn run(self, cx: &mut Context) -> impl Future<Output = anyhow::Result<()>>;
}

/// How a verb differs from one that makes calls.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Needs {
    /// Works whatever is wrong with the settings, and gets none of them.
    pub no_settings: bool,
    /// The profile that is named may be a new one.
    pub new_profile: bool,
    /// A runtime with threads, to serve or to deliver.
    pub threads: bool,
    /// A signal is an end that it sees to itself.
    pub own_signals: bool,
}

impl Needs {
    /// Prints what is always the same, and ends as soon as it is told to.
    pub(crate) const NOTHING: Self = Self {
        no_settings: true,
        new_profile: false,
        threads: false,
        own_signals: true,
    };
    /// Goes on until it is told to stop.
    pub(crate) const SERVES: Self = Self {
        no_settings: false,
        threads: true,
        ..Self::NOTHING
    };
}

/// A verb, or a group of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Verb {
    /// As it is typed.
    pub name: &'static str,
    /// Command lines that work as they are.
    pub examples: &'static [Example],
    declare: fn(Command) -> Command,
    is: Is,
}

#[derive(Debug, Clone, Copy)]
enum Is {
    Verb(fn(&ArgMatches) -> Result<Call, clap::Error>),
    Group(&'static [Verb]),
}

/// What it is for, and a command line that works as it is, of one line or several.
pub(crate) type Example = (&'static str, &'static str);

/// A verb with its arguments, ready to run.
pub(crate) struct Call {
    /// What it needs besides.
    pub needs: Needs,
    run: Box<dyn for<'a> FnOnce(&'a mut Context) -> Running<'a>>,
}

type Running<'a> = Pin<Box<dyn Future<Output = anyhow::Result<()>> + 'a>>;

impl Verb {
    /// The verb that has these arguments.
    pub(crate) const fn of<A: Run>() -> Self {
        Self {
            name: A::NAME,
            examples: A::EXAMPLES,
            declare: A::augment_args,
            is: Is::Verb(call::<A>),
        }
    }

    /// The group of these verbs; `A` has nothing but its description.
    pub(crate) const fn group<A: Args>(name: &'static str, verbs: &'static [Verb]) -> Self {
        Self {
            name,
            examples: &[],
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

    /// With its arguments, for clap.
    pub(crate) fn declare(&self) -> Command {
        (self.declare)(Command::new(self.name))
    }

    /// What clap has found, as a call of one of these verbs.
    pub(crate) fn call(verbs: &'static [Verb], matches: &ArgMatches) -> Result<Call, clap::Error> {
        let called = matches.subcommand().and_then(|(name, matches)| {
            let verb = verbs.iter().find(|verb| verb.name == name)?;
            Some((verb.is, matches))
        });
        match called.expect("clap takes no line without one of the verbs") {
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
