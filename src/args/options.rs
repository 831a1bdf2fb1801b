//! The fields of a webhook that have a default on the platform.

use clap::{ArgAction, Args};

use crate::model::{
    options::{Description, Options},
    timeout::Timeout,
};

/// The options that test runs have too, as typed.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct CallArgs {
    /// Callback timeout in seconds, 1 to 30
    ///
    /// A new webhook has a timeout of 10 seconds.
    #[arg(long, value_name = "SECONDS")]
    pub timeout: Option<Timeout>,

    /// Retry failed deliveries
    #[arg(long, value_name = "BOOL", hide_possible_values = true, num_args = 0..=1, require_equals = true, default_missing_value = "true", action = ArgAction::Set)]
    pub retry: Option<bool>,

    /// Include the request's result
    ///
    /// The platform omits results larger than 16 kB.
    #[arg(long, value_name = "BOOL", hide_possible_values = true, num_args = 0..=1, require_equals = true, default_missing_value = "true", action = ArgAction::Set)]
    pub include_result: Option<bool>,
}

/// All of these options, as typed.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct OptionArgs {
    /// Description, at most 400 characters
    #[arg(long, value_name = "TEXT")]
    description: Option<Description>,

    #[command(flatten)]
    call: CallArgs,

    /// Enable the webhook
    ///
    /// New webhooks are enabled. Disable one with --enabled=false.
    #[arg(long, value_name = "BOOL", hide_possible_values = true, num_args = 0..=1, require_equals = true, default_missing_value = "true", action = ArgAction::Set)]
    enabled: Option<bool>,
}

impl CallArgs {
    /// Merges these with `others`, which they override.
    pub(crate) fn over(self, others: Options) -> Options {
        Options {
            timeout: self.timeout.or(others.timeout),
            retry: self.retry.or(others.retry),
            include_result: self.include_result.or(others.include_result),
            ..others
        }
    }
}

impl OptionArgs {
    /// Merges these with `others`, which they override.
    pub(crate) fn over(self, others: Options) -> Options {
        let others = self.call.over(others);
        Options {
            description: self.description.or(others.description),
            enabled: self.enabled.or(others.enabled),
            ..others
        }
    }
}
