//! `--header` and `--secret-header`. What is wrong with one is said with the header's name and
//! nothing more of it.

use clap::Args;

use super::{Concealed, Error};
use crate::model::{
    draft::{DraftHeader, DraftValue},
    header::{HeaderName, HeaderValue},
    invalid::Invalid,
    source::parse_secret_header,
};

/// Headers, as typed.
#[derive(Debug, Clone, Default, Args)]
pub struct HeaderArgs {
    /// Header for all to read; repeats
    ///
    /// As 'NAME: VALUE'. Whoever sees the webhook sees its value.
    #[arg(long, value_name = "K: V", value_parser = conceal)]
    header: Vec<Concealed>,

    /// Protected header; repeats
    ///
    /// As NAME or NAME=SOURCE. SOURCE says where the value comes from: prompt, env:NAME, file:PATH or stdin, or a text
    /// around one of them in braces: 'Authorization=Bearer {env:TOKEN}'. The value itself is never
    /// given on the command line, where every process can read it.
    #[arg(long, value_name = "K[=SOURCE]", value_parser = conceal)]
    secret_header: Vec<Concealed>,

    /// Let --header carry credentials
    #[arg(long)]
    allow_plain: bool,
}

/// Takes any argument; what is wrong with it is said elsewhere, without repeating it.
pub fn conceal(text: &str) -> Result<Concealed, std::convert::Infallible> {
    Ok(Concealed::from(text.to_owned()))
}

impl HeaderArgs {
    /// Whether none is named.
    pub fn is_empty(&self) -> bool {
        self.header.is_empty() && self.secret_header.is_empty()
    }

    /// The headers, plain ones first.
    pub fn parse(&self) -> Result<Vec<DraftHeader>, Error> {
        let plain = self.header.iter().map(|text| self.plain(text.as_str()));
        let secret = self.secret_header.iter().map(|text| secret(text.as_str()));
        plain.chain(secret).collect()
    }

    fn plain(&self, text: &str) -> Result<DraftHeader, Error> {
        let refused = |invalid: &Invalid| Error::invalid("--header", invalid);
        let (key, value) = text
            .split_once(':')
            .ok_or_else(|| Error::new("--header: must be 'NAME: VALUE'"))?;
        let key: HeaderName = key.trim().parse().map_err(|invalid| refused(&invalid))?;
        if key.carries_credentials() && !self.allow_plain {
            let message = format!(
                "--header: `{key}` usually carries credentials, which everyone who sees the \
                 webhook could read"
            );
            return Err(Error::new(message).hint(format!(
                "use --secret-header {key}=SOURCE (prompt, env:NAME, file:PATH or stdin), or add \
                 --allow-plain"
            )));
        }
        let value: HeaderValue = value
            .trim()
            .to_owned()
            .try_into()
            .map_err(|invalid: Invalid| Error::new(format!("--header: `{key}`: {invalid}")))?;
        Ok(DraftHeader {
            key,
            value: DraftValue::Plain(value),
        })
    }
}

fn secret(text: &str) -> Result<DraftHeader, Error> {
    let (key, source) =
        parse_secret_header(text).map_err(|invalid| Error::invalid("--secret-header", &invalid))?;
    Ok(DraftHeader {
        key,
        value: DraftValue::From(source),
    })
}
