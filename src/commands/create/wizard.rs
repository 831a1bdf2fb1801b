//! The questions of `create` on a terminal: what flags and file leave open, in this order, then a
//! look at it all before it is sent. What comes out is the draft that flags would have made.

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

/// What to do about a name that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// It is refused, and asked for again.
    Refuse,
    /// It is meant: something is to be done about that webhook.
    Allow,
}

/// What was asked, as a draft and as the command line that says the same.
pub(super) struct Asked {
    pub draft: Draft,
    pub line: Line,
}

/// Asks for what is missing.
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
        draft: given::draft(given)?,
        line,
    })
}
