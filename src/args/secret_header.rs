//! `--secret-header` for verbs that take no other header.

use clap::Args;

use super::{
    Concealed,
    header::{conceal, secret},
};
use crate::model::{
    draft::{DraftHeader, check_headers},
    failure::Failure,
};

/// Protected headers as typed.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct SecretHeaderArgs {
    /// Protected header and its value; repeatable
    ///
    /// Written as NAME or NAME=SOURCE. SOURCE is where the value comes from: prompt, env:NAME,
    /// file:PATH, stdin, or cmd:COMMAND LINE for the output of a command, which is run without a
    /// shell; or text with one of them in braces: 'Authorization=Bearer {env:TOKEN}'.
    /// The value itself is never given on the command line, where every process could read it.
    #[arg(long, value_name = "K[=SOURCE]", value_parser = conceal)]
    secret_header: Vec<Concealed>,
}

impl SecretHeaderArgs {
    /// The headers, each once.
    pub(crate) fn parse(&self) -> Result<Vec<DraftHeader>, Failure> {
        let given = self.secret_header.iter();
        let headers: Vec<_> = given
            .map(|text| secret(text.as_str()))
            .collect::<Result<_, _>>()?;
        check_headers(&headers)?;
        Ok(headers)
    }
}
