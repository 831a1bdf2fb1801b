//! Several webhooks in one command: some calls at once, results in the order of the names, and one
//! error for all that failed.

use futures_util::{StreamExt as _, stream};

use super::{context::Context, reason};
use crate::{
    api::Client,
    model::{
        failure::{Failure, Kind},
        name::WebhookName,
    },
    output::{
        change::{Change, Changes},
        view::View,
    },
};

/// How many calls are made at once.
const AT_ONCE: usize = 16;

/// Longer messages are shortened when they are printed, and would not name every webhook.
const LONG: usize = 400;

/// The name of a webhook that something could not be done with, and why.
pub(super) type Failed = (String, anyhow::Error);

/// Makes the calls for all items, some at once, within the platform's rate limit; each item takes
/// at most this many `calls`. The results are in the order of the items.
pub(super) async fn at_once<T, F: Future>(
    client: &Client,
    calls: u64,
    items: impl IntoIterator<Item = T>,
    call: impl Fn(T) -> F,
) -> Vec<F::Output> {
    let all = items.into_iter().enumerate().map(|(number, item)| {
        let call = call(item);
        async move {
            let _place = client.place(calls).await;
            (number, call.await)
        }
    });
    let mut results: Vec<_> = stream::iter(all).buffer_unordered(AT_ONCE).collect().await;
    results.sort_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Shows the empty answer of a command that got no names on standard input.
pub(super) fn nothing(cx: &Context, empty: &impl View) -> anyhow::Result<()> {
    cx.output.note("nothing to do");
    Ok(cx.output.show(empty)?)
}

/// Shows what became of the webhooks with these names, which `ended` has by their place among them, and returns the
/// error for those that failed, before or now.
pub(super) async fn conclude(
    cx: &mut Context,
    names: &[WebhookName],
    ended: Vec<(usize, anyhow::Result<Change>)>,
    mut failed: Vec<(usize, anyhow::Error)>,
    done: &str,
) -> anyhow::Result<()> {
    let shows = cx.shows().await?;
    let mut changes = Vec::new();
    for (place, change) in ended {
        match change {
            Ok(change) => changes.push(Change {
                webhook: shows(change.webhook),
                ..change
            }),
            Err(error) => failed.push((place, error)),
        }
    }
    cx.output.show(&Changes(changes))?;
    verdict_by_place(cx, names, failed, done)
}

/// [`verdict`] of webhooks by their place among the names.
pub(super) fn verdict_by_place(
    cx: &Context,
    names: &[WebhookName],
    mut failed: Vec<(usize, anyhow::Error)>,
    done: &str,
) -> anyhow::Result<()> {
    failed.sort_by_key(|(place, _)| *place);
    let with_name = |(place, error): (usize, _)| (names[place].to_string(), error);
    verdict(
        cx,
        names.len(),
        failed.into_iter().map(with_name).collect(),
        done,
    )
}

/// The error of a command for `asked` webhooks that could not be `done` with some of them: the
/// webhook's own if there was only one.
pub(super) fn verdict(
    cx: &Context,
    asked: usize,
    mut failed: Vec<Failed>,
    done: &str,
) -> anyhow::Result<()> {
    if asked == 1 {
        return failed.pop().map_or(Ok(()), |(_, error)| Err(error));
    }
    match sentence(cx, asked, &failed, done) {
        None => Ok(()),
        Some(sentence) => {
            let failure = Failure::new(Kind::Partial, sentence);
            Err(failure.hinted(common_hint(&failed)).into())
        }
    }
}

/// The hint of all that failed, if it is the same.
fn common_hint(failed: &[Failed]) -> Option<String> {
    let mut hints = failed
        .iter()
        .map(|(_, error)| reason::explained(error)?.hint());
    let first = hints.next()?;
    first.filter(|first| hints.all(|hint| hint.as_ref() == Some(first)))
}

/// The same as a sentence, for several webhooks. Each one that failed is named, in warnings if there
/// are many.
pub(super) fn sentence(
    cx: &Context,
    asked: usize,
    failed: &[Failed],
    done: &str,
) -> Option<String> {
    if failed.is_empty() {
        return None;
    }
    let each: Vec<_> = failed
        .iter()
        .map(|(name, error)| format!("`{name}`: {}", error.root_cause()))
        .collect();
    let sentence = format!("{} of {asked} could not be {done}", failed.len());
    let long = format!("{sentence}: {}", each.join("; "));
    if long.len() <= LONG {
        return Some(long);
    }
    for one in &each {
        cx.output.warn(one);
    }
    Some(sentence)
}
