//! `listen`: receives deliveries on this machine, shows them, and says whether those that were
//! expected arrived.

mod acting;
mod ending;
mod expecting;
mod given;
mod required;
mod running;
mod taking;
mod temporary;
mod verdict;
mod writer;

use std::{
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
    time::Duration,
};

use self::{acting::ActArgs, expecting::ExpectArgs};
use super::{
    context::Context,
    inspecting::InspectArgs,
    verb::{Example, Needs, Run},
};
use crate::{
    args::{Concealed, header::conceal, number::whole, target::TargetArgs},
    model::{duration, event::EventName},
    receiver::respond::Responses,
    server::AllowedHost,
};

/// Receive deliveries on this machine, and check them
///
/// Shows each delivery and answers it with 200. With --expect or --count, ends as soon as everything
/// expected has arrived, or with exit code 7 after --timeout. With --deployment, --pipeline or
/// --experiment and one --event, creates a webhook that sends to this listener, and deletes it at the
/// end. Without these options and --verify, it needs no account. To deliver an event to it from this machine, see
/// ubihook send.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// Port; 0 for any free one
    #[arg(long, default_value_t = 0, value_name = "PORT", value_parser = whole(0..=u16::MAX))]
    port: u16,

    /// Address to listen on
    ///
    /// Other machines can reach an address that is not loopback, so it requires --verify,
    /// --secret-header or --any.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), value_name = "ADDRESS")]
    bind: IpAddr,

    /// Path of deliveries
    ///
    /// Paths below it are accepted too: /hook matches /hook/x, but not /hooks.
    #[arg(long, default_value = "/", value_name = "PATH")]
    path: String,

    /// Name that senders use; repeatable
    ///
    /// For example host.docker.internal. Calls for any other name are refused, because a web page could
    /// make a browser send them.
    #[arg(long = "allow-host", value_name = "NAME")]
    allowed_hosts: Vec<AllowedHost>,

    /// Also write the ready line to this file
    ///
    /// An existing file is removed first.
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,

    /// Accept any body, not only UbiOps events
    #[arg(long)]
    any: bool,

    /// Require the headers of this webhook
    ///
    /// Protected values come from the store. A delivery without them is answered with 401 and doesn't
    /// count.
    #[arg(long, value_name = "WEBHOOK")]
    verify: Option<String>,

    /// Require this header; repeatable
    ///
    /// Written as NAME=SOURCE. SOURCE is where the value comes from: prompt, env:NAME, file:PATH or
    /// stdin, or text with one of them in braces: 'Authorization=Bearer {env:TOKEN}'.
    #[arg(long = "secret-header", value_name = "K=SOURCE", value_parser = conceal)]
    secret_headers: Vec<Concealed>,

    /// Only this event; repeatable
    ///
    /// started, completed, failed or finished, or a full name such as pipeline_request_failed. Other
    /// deliveries are answered, but neither shown nor counted.
    #[arg(short, long = "event", value_name = "EVENT")]
    events: Vec<EventName>,

    /// Only deliveries with this value; repeatable
    ///
    /// FIELD is a field of the payload, such as status or result.total, or object_type, object_name or
    /// version. In VALUE, * is any text. All of them must match; if a field is given several values, any one of them
    /// may match.
    #[arg(long = "match", value_name = "FIELD=VALUE")]
    matches: Vec<String>,

    /// Status codes to answer with
    ///
    /// For example 503, or 500x2,200 for two failures and then success. The last one is repeated. A
    /// delivery counts when it arrives, whatever it is answered with; to wait for its retry too, add
    /// --count-repeats and count=2.
    #[arg(long, value_name = "LIST")]
    respond: Option<Responses>,

    /// Wait before each response
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    delay: Option<Duration>,

    /// Append each delivery to this file
    ///
    /// One JSON line each, as printed with -o json; a delivery is on disk before it is answered.
    /// Protected values are left out.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,

    #[command(flatten)]
    expect: ExpectArgs,

    #[command(flatten)]
    inspect: InspectArgs,

    #[command(flatten)]
    act: ActArgs,

    #[command(flatten)]
    target: TargetArgs,

    /// URL at which the platform reaches this listener
    ///
    /// Used unchanged for the temporary webhook: no path is added.
    #[arg(long, value_name = "URL", value_parser = conceal, hide_short_help = true)]
    public_url: Option<Concealed>,

    /// How long to listen
    ///
    /// If something is expected, the default is 30s; otherwise there is no limit.
    #[arg(long, value_name = "DURATION", value_parser = duration::call_time)]
    timeout: Option<Duration>,
}

impl Run for Args {
    const NAME: &'static str = "listen";
    const EXAMPLES: &'static [Example] = &[
        ("Show deliveries until Ctrl-C", "ubihook listen"),
        (
            "In a CI step: fail unless the event arrives",
            "ubihook listen --ready-file ready.json \\\n    \
             --expect event=failed,object_name=pipeline-1",
        ),
        (
            "With a webhook of its own that exists while it listens",
            "ubihook listen --mock --pipeline pipeline-1 --event failed",
        ),
        (
            "Run a command for each failed request",
            "ubihook listen --event failed -- sh -c 'echo \"$WEBHOOK_TEXT\"'",
        ),
        (
            "Fail twice, then succeed, to see how the sender retries",
            "ubihook listen --respond 500x2,200",
        ),
    ];

    fn needs(&self) -> Needs {
        Needs {
            no_settings: self.verify.is_none() && self.target.is_empty(),
            port: true,
            ..Needs::SERVES
        }
    }

    async fn run(self, cx: &mut Context) -> anyhow::Result<()> {
        running::run(self, cx).await
    }
}
