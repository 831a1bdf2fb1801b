//! What is expected to arrive.

use std::path::PathBuf;

use crate::{
    args::{expectations, number::whole},
    model::failure::Failure,
    receiver::{
        expect::{Expectation, Known},
        judge::Terms,
    },
};

/// The expectations.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ExpectArgs {
    /// Delivery that has to arrive; repeatable
    ///
    /// Fields and values as for --match, separated by commas; all must match. count=N for more than
    /// one: 'event=failed,object_name=pipeline-1,count=2'.
    #[arg(long = "expect", value_name = "CONDITIONS")]
    expected: Vec<String>,

    /// Payloads that have to arrive
    ///
    /// A YAML or JSON file with a list of items; each has a payload (the fields that must match,
    /// with their values) and optionally a count.
    #[arg(long, value_name = "FILE")]
    expect_file: Option<PathBuf>,

    /// How many deliveries have to arrive
    #[arg(long, value_name = "N", value_parser = whole(1..=u64::MAX))]
    count: Option<u64>,

    /// Fail if anything else arrives
    ///
    /// Keeps listening for a second after everything expected has arrived.
    #[arg(long)]
    exactly: bool,

    /// Count repeated deliveries too
    ///
    /// A delivery is repeated if its event and request have arrived before, as when a sender retries,
    /// or when two webhooks that watch the same event send to this listener.
    #[arg(long)]
    count_repeats: bool,
}

impl ExpectArgs {
    fn expects(&self) -> bool {
        !self.expected.is_empty() || self.expect_file.is_some() || self.count.is_some()
    }

    pub(super) fn check(&self) -> Result<(), Failure> {
        if self.exactly && !self.expects() {
            let message = "--exactly says that nothing else may arrive, but nothing is expected";
            return Err(Failure::usage(message).with_hint("add --expect or --count"));
        }
        Ok(())
    }

    pub(super) async fn terms(&self, known: Known) -> anyhow::Result<Terms> {
        let parse = |text: &String| {
            Expectation::parse(text, known)
                .map_err(|invalid| Failure::invalid("--expect", &invalid))
        };
        let mut expectations = self
            .expected
            .iter()
            .map(parse)
            .collect::<Result<Vec<_>, _>>()?;
        if let Some(file) = &self.expect_file {
            let contained = expectations::read(file, |field, text| {
                known.check(field)?;
                text.map_or(Ok(()), |text| known.check_word(field, text))
            })
            .await?;
            let contained = contained.into_iter();
            expectations.extend(
                contained.map(|one| Expectation::containing(one.payload.into(), one.count)),
            );
        }
        expectations.extend(self.count.map(Expectation::any));
        Ok(Terms {
            expectations,
            exactly: self.exactly,
            count_repeats: self.count_repeats,
        })
    }
}
