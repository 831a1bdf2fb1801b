//! The prompts of `create` on a terminal: for what flags and file leave unspecified, in this order,
//! then a preview before anything is sent. The result is the same draft as from flags.

mod ending;
mod event;
mod headers;
mod line;
mod name;
mod target;
mod url;

pub(super) use self::{
    ending::conclude,
    line::{Line, show},
};
use super::given;
use crate::{
    commands::context::Context,
    config::Endpoint,
    model::draft::{Draft, PartialDraft},
};

/// What to do if a name is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// Refuse it, and prompt again.
    Refuse,
    /// Accept it: `--if-exists` says what to do.
    Allow,
}

/// The answers, as a draft and as the equivalent command line.
pub(super) struct Asked {
    pub draft: Draft,
    pub line: Line,
}

/// Prompts for what is missing.
pub(super) async fn complete(
    cx: &mut Context,
    mut given: PartialDraft,
    taken: Taken,
) -> anyhow::Result<Asked> {
    given::check(&given)?;
    let chosen = cx.settings.connection.project.is_none()
        && cx.settings.connection.endpoint != Endpoint::Mock;
    let project = cx.project().await?;
    let mut line = Line::of(&cx.arguments);
    if chosen {
        line.add("--project", project.name().as_str());
    }
    name::refuse_taken(&project, given.name.as_ref(), taken).await?;
    cx.output
        .note("Nothing is created until the last question; press Ctrl-C at any time to cancel.");
    let target = match given.target.whole()? {
        Some(target) => target,
        None => target::ask(cx, &project, given.event, &mut line).await?,
    };
    let event = match given.event.take() {
        Some(event) => event,
        None => event::ask(cx, &target, &mut line).await?,
    };
    if given.url.is_none() {
        given.url = Some(url::ask(cx, &mut line).await?);
    }
    if given.name.is_none() {
        given.name = Some(name::ask(cx, &project, &target, event, taken, &mut line).await?);
    }
    if given.headers.is_empty() {
        given.headers = headers::ask(cx, &mut line).await?;
    }
    (given.target, given.event) = (target.into(), Some(event));
    Ok(Asked {
        draft: given::draft(given, None)?,
        line,
    })
}
