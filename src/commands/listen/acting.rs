//! What is done with each delivery: `-- CMD`, `--forward-to`, and how.

use std::{ffi::OsString, net::SocketAddr, time::Duration};

use crate::{
    args::{Concealed, header::conceal, number::whole},
    commands::context::Context,
    deliver::{Sender, USER_AGENT},
    model::{duration, failure::Failure, timeout::Timeout, url::CallbackUrl},
    process::{self, group},
    receiver::{
        act::{
            Act, Acts,
            forward::Forward,
            run::{Command, environment},
        },
        serve::Rules,
    },
};

/// How many commands run at once.
const JOBS: usize = 4;
/// How many deliveries are passed on at once.
const FORWARDED: usize = 1024;
/// How long a command may take.
const LIMIT: Duration = Duration::from_secs(30);

/// What is done with each delivery, as typed.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ActArgs {
    /// Pass each delivery on to this URL
    ///
    /// Its response is passed back, or 502 if there is none. Required headers, and headers that carry
    /// credentials, are forwarded only to this machine.
    #[arg(long, value_name = "URL", value_parser = conceal, conflicts_with_all = ["command", "respond"])]
    forward_to: Option<Concealed>,

    /// Pass credentials on to other machines too
    #[arg(long, requires = "forward_to", hide_short_help = true)]
    forward_secrets: bool,

    /// Number of commands at once [default: 4]
    ///
    /// Up to 64 more deliveries wait; others are answered with 503.
    #[arg(long, value_name = "N", requires = "command",
          value_parser = whole(1..=1024_u16))]
    jobs: Option<u16>,

    /// How long a command may take [default: 30s]
    ///
    /// After that it is stopped, and the response to the delivery is 500.
    #[arg(long, value_name = "DURATION", requires = "command", hide_short_help = true, value_parser = duration::call_time)]
    exec_timeout: Option<Duration>,

    /// Answer before the command has ended
    ///
    /// With --forward-to, answer before the delivery has been passed on. If that fails, there is
    /// only a warning.
    #[arg(long)]
    pub(super) ack_first: bool,

    /// Command to run for each delivery
    ///
    /// Gets the payload on stdin, and WEBHOOK_EVENT, WEBHOOK_REQUEST_ID, WEBHOOK_STATUS,
    /// WEBHOOK_OBJECT_TYPE, WEBHOOK_OBJECT_NAME, WEBHOOK_VERSION and WEBHOOK_TEXT in its environment. What
    /// it prints goes to stderr. If it fails, the response to the delivery is 500.
    #[arg(last = true, value_name = "COMMAND", conflicts_with = "respond")]
    command: Vec<OsString>,
}

impl ActArgs {
    /// Whether anything is done.
    pub(super) fn is_some(&self) -> bool {
        self.forward_to.is_some() || !self.command.is_empty()
    }

    pub(super) fn check(&self) -> Result<(), Failure> {
        if self.ack_first && !self.is_some() {
            let message = "--ack-first needs a command, or --forward-to";
            return Err(Failure::usage(message).with_hint("ubihook listen --ack-first -- COMMAND"));
        }
        self.url().map(|_| ())
    }

    fn url(&self) -> Result<Option<CallbackUrl>, Failure> {
        let url = self.forward_to.as_ref();
        url.map(|url| url.parse("--forward-to")).transpose()
    }

    /// Whether a command is run.
    pub(super) fn has_command(&self) -> bool {
        !self.command.is_empty()
    }

    /// Checks that the command can be run.
    pub(super) fn find(&self, cx: &Context) -> Result<(), Failure> {
        let Some(program) = self.command.first() else {
            return Ok(());
        };
        group::check(program, cx.env.get("PATH"))
            .map_err(|error| process::not_started(program, &error))
    }

    /// What is done, for a listener at that address.
    pub(super) async fn acts(
        &self,
        cx: &Context,
        rules: &Rules,
        address: SocketAddr,
    ) -> anyhow::Result<Option<Acts>> {
        if let Some((program, arguments)) = self.command.split_first() {
            let command = Command {
                program: program.clone(),
                arguments: arguments.to_vec(),
                environment: environment(cx.env.iter()),
                limit: self.exec_timeout.unwrap_or(LIMIT),
            };
            let jobs = self.jobs.map_or(JOBS, usize::from);
            return Ok(Some(Acts::new(Act::Run(command), jobs)));
        }
        let Some(url) = self.url()? else {
            return Ok(None);
        };
        let sender = Sender::new(USER_AGENT, &cx.authorities().await?);
        let call = sender.prepare_with(&url, sender.headers(), Timeout::MAX);
        let call = call.map_err(|failure| Failure::usage(format!("--forward-to: {failure}")))?;
        if call.is_here() && call.port() == Some(address.port()) {
            let message = "--forward-to: this is the address of the listener itself";
            return Err(Failure::usage(message).into());
        }
        let with_secrets = call.is_here() || self.forward_secrets;
        if !with_secrets {
            cx.output.note(
                "headers that carry credentials or identify the sender are not passed on; \
                 --forward-secrets passes them on",
            );
        }
        let forward = Forward {
            call,
            rules: rules.clone(),
            with_secrets,
        };
        Ok(Some(Acts::new(Act::Forward(Box::new(forward)), FORWARDED)))
    }
}
