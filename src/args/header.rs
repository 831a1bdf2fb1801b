//! `--header` and `--secret-header`. Error messages show a header's name, but never its value.

use clap::{ArgMatches, Args, Command, FromArgMatches};

use super::{Concealed, file::PROTECT};
use crate::model::{
    draft::{DraftHeader, DraftValue, Lines, Part},
    failure::Failure,
    header::{HeaderName, HeaderValue},
    invalid::Invalid,
    shell::quote,
    source::parse_secret_header,
};

/// The flags as declared for clap.
#[derive(Debug, Clone, Default, Args)]
struct Flags {
    /// Plain-text header; repeatable
    ///
    /// Written as 'NAME: VALUE'. Anyone who can view the webhook can see its value.
    #[arg(long, value_name = "K: V", value_parser = conceal)]
    header: Vec<Concealed>,

    /// Protected header; repeatable
    ///
    /// Written as NAME or NAME=SOURCE. SOURCE is where the value comes from: prompt, env:NAME,
    /// file:PATH, stdin, or cmd:COMMAND LINE for the output of a command, which is run without a
    /// shell; or text with one of them in braces: 'Authorization=Bearer {env:TOKEN}'.
    /// The value itself is never given on the command line, where every process could read it.
    #[arg(long, value_name = "K[=SOURCE]", value_parser = conceal)]
    secret_header: Vec<Concealed>,

    /// Allow credentials in --header
    #[arg(long)]
    allow_plain: bool,
}

/// Headers in the order in which they were typed.
#[derive(Debug, Clone, Default)]
pub struct HeaderArgs {
    given: Vec<Given>,
    allow_plain: bool,
}

#[derive(Debug, Clone)]
enum Given {
    Plain(Concealed),
    Secret(Concealed),
}

impl Args for HeaderArgs {
    fn augment_args(command: Command) -> Command {
        Flags::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Flags::augment_args_for_update(command)
    }
}

impl FromArgMatches for HeaderArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let Flags {
            header,
            secret_header,
            allow_plain,
        } = Flags::from_arg_matches(matches)?;
        let places = |id: &str| matches.indices_of(id).into_iter().flatten();
        let plain = places("header").zip(header.into_iter().map(Given::Plain));
        let secret = places("secret_header").zip(secret_header.into_iter().map(Given::Secret));
        let mut given: Vec<_> = plain.chain(secret).collect();
        given.sort_by_key(|(place, _)| *place);
        Ok(Self {
            given: given.into_iter().map(|(_, given)| given).collect(),
            allow_plain,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Accepts any argument; it is checked later, with error messages that don't repeat it.
#[expect(
    clippy::unnecessary_wraps,
    reason = "clap's value parsers return a Result"
)]
pub(crate) fn conceal(text: &str) -> Result<Concealed, std::convert::Infallible> {
    Ok(Concealed::from(text.to_owned()))
}

impl HeaderArgs {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.given.is_empty()
    }

    /// The headers.
    pub fn parse(&self) -> Result<Vec<DraftHeader>, Failure> {
        let header = |given: &Given| match given {
            Given::Plain(text) => self.plain(text.as_str()),
            Given::Secret(text) => secret(text.as_str()),
        };
        self.given.iter().map(header).collect()
    }

    /// These headers merged with those of a file, which they override.
    /// `shown` is the file's name in messages.
    pub fn over(
        &self,
        file: Vec<DraftHeader>,
        shown: &str,
        lines: &Lines,
    ) -> Result<Vec<DraftHeader>, Failure> {
        let mut headers = self.parse()?;
        for header in file {
            if headers.iter().any(|known| known.key == header.key) {
                continue;
            }
            if matches!(header.value, DraftValue::Plain(_)) {
                let line = lines.of(&Part::Header(header.key.clone()));
                let line = line.map_or_else(String::new, |line| format!(":{line}"));
                self.check_plain(&format!("-f {shown}{line}"), &header.key, PROTECT)?;
            }
            headers.push(header);
        }
        Ok(headers)
    }

    /// Refuses a plain header whose name says that it carries credentials.
    fn check_plain(&self, given_by: &str, key: &HeaderName, instead: &str) -> Result<(), Failure> {
        check_plain(self.allow_plain, key).map_err(|invalid| {
            let message = format!("{given_by}: {}", invalid.rule);
            Failure::usage(message).with_hint(instead)
        })
    }

    fn plain(&self, text: &str) -> Result<DraftHeader, Failure> {
        let refused = |invalid: &Invalid| Failure::invalid("--header", invalid);
        let (key, value) = text
            .split_once(':')
            .ok_or_else(|| Failure::usage("--header: must be 'NAME: VALUE'"))?;
        let key: HeaderName = key.trim().parse().map_err(|invalid| refused(&invalid))?;
        let secret = quote(&format!("{key}=SOURCE"));
        let instead = format!(
            "use --secret-header {secret} (prompt, env:NAME, file:PATH or stdin), or add --allow-plain"
        );
        self.check_plain("--header", &key, &instead)?;
        let value: HeaderValue = value
            .trim()
            .to_owned()
            .try_into()
            .map_err(|invalid: Invalid| Failure::usage(format!("--header: `{key}`: {invalid}")))?;
        Ok(DraftHeader {
            key,
            value: DraftValue::Plain(value),
        })
    }
}

/// Refuses a plain header whose name says that it carries credentials, unless that is allowed.
pub(super) fn check_plain(allow_plain: bool, key: &HeaderName) -> Result<(), Invalid> {
    if allow_plain || !key.carries_credentials() {
        return Ok(());
    }
    let rule = format!(
        "`{key}` usually carries credentials, which anyone who can view the webhook could read"
    );
    Err(Invalid::new("headers", rule))
}

/// A value of `--secret-header`.
pub(crate) fn secret(text: &str) -> Result<DraftHeader, Failure> {
    let (key, source) = parse_secret_header(text)
        .map_err(|invalid| Failure::invalid("--secret-header", &invalid))?;
    Ok(DraftHeader {
        key,
        value: DraftValue::From(source),
    })
}
