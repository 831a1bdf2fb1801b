//! Runs a command for each delivery: its payload on standard input, its fields in the environment.

use std::{
    ffi::{OsStr, OsString},
    process::ExitStatus,
    time::Duration,
};

use tokio::{io::AsyncWriteExt as _, sync::watch, time};

use super::{Acted, Matter, STOPPED, stopped};
use crate::{
    model::{duration, received::Received},
    process::group,
    receiver::{
        expect::{Facts, Known},
        serve::Reply,
    },
};

/// The most of a value that a variable gets. A system allows twice as much.
const MAX_VALUE: usize = 64 << 10;

/// The variables, and the fields of the payload that they have.
const VARIABLES: [(&str, &str); 7] = [
    ("WEBHOOK_EVENT", "event"),
    ("WEBHOOK_REQUEST_ID", "request_id"),
    ("WEBHOOK_STATUS", "status"),
    ("WEBHOOK_OBJECT_TYPE", "object_type"),
    ("WEBHOOK_OBJECT_NAME", "object_name"),
    ("WEBHOOK_VERSION", "version"),
    ("WEBHOOK_TEXT", "text"),
];

/// A command.
#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) program: OsString,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) environment: Vec<(OsString, OsString)>,
    /// How long it may take.
    pub(crate) limit: Duration,
}

/// What a command finds in its environment.
pub(crate) fn variables(received: &Received) -> Vec<(&'static str, String)> {
    let facts = Facts {
        method: &received.method,
        path: &received.path,
        payload: received.payload.as_ref(),
        known: Known::Payloads,
    };
    let value = |field: &str| {
        let payload = received.payload.as_ref()?;
        let mut text = match payload.at(field) {
            Some("null") => return None,
            _ => facts.text(field)?.replace('\0', ""),
        };
        text.truncate(text.floor_char_boundary(MAX_VALUE));
        Some(text)
    };
    let all = VARIABLES.iter();
    all.filter_map(|(name, field)| Some((*name, value(field)?)))
        .collect()
}

impl Command {
    /// Runs it for a delivery, unless it takes too long or is stopped.
    pub(super) async fn run(&self, matter: &Matter, stop: &mut watch::Receiver<bool>) -> Acted {
        let own = self.environment.iter().cloned();
        let variables = matter.variables.iter();
        let variables = variables.map(|(name, value)| ((*name).into(), value.into()));
        let environment = own.chain(variables);
        let started = group::start(&self.program, &self.arguments, environment);
        let (mut group, stdin) = match started {
            Ok(started) => started,
            Err(error) => {
                let problem = format!("the command could not be started: {error}");
                return Acted::failed(500, problem);
            }
        };
        let feed = async {
            if let Some(mut stdin) = stdin {
                // A command need not read it.
                let _ = stdin.write_all(&matter.body).await;
            }
        };
        let mut feed = std::pin::pin!(feed);
        let mut limit = std::pin::pin!(time::sleep(self.limit));
        let mut is_fed = false;
        let problem = loop {
            tokio::select! {
                status = group.wait() => return ended(status.ok()),
                () = &mut feed, if !is_fed => is_fed = true,
                () = &mut limit => {
                    break format!("the command did not end within {}", duration::describe(self.limit));
                }
                () = stopped(stop) => break STOPPED.to_owned(),
            }
        };
        group.end().await;
        Acted::failed(500, problem)
    }
}

fn ended(status: Option<ExitStatus>) -> Acted {
    let Some(status) = status else {
        return Acted::failed(500, "the end of the command is unknown".to_owned());
    };
    if status.success() {
        return Acted {
            reply: Reply::of(200, Duration::ZERO),
            problem: None,
        };
    }
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return Acted::failed(500, format!("the command was ended by signal {signal}"));
    }
    let code = status.code().unwrap_or_default();
    Acted::failed(500, format!("the command ended with {code}"))
}

/// The environment of `listen` as a command gets it: without the token, and without variables that
/// could be taken for those of a delivery.
pub(crate) fn environment<'a>(
    own: impl Iterator<Item = (&'a OsStr, &'a OsStr)>,
) -> Vec<(OsString, OsString)> {
    let is_passed = |name: &OsStr| {
        let is_ours = VARIABLES.iter().any(|(variable, _)| name == *variable);
        name != "UBIOPS_API_TOKEN" && !is_ours
    };
    own.filter(|(name, _)| is_passed(name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}
