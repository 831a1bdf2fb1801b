//! The values that the changes of `apply` send: all are read before the first write, and all that are missing are
//! named at once.

use super::steps::Step;
use crate::{
    commands::{context::Context, reason, values},
    model::{
        changes::HEADERS,
        draft::{DraftHeader, DraftValue},
        failure::{Explain, Failure, Kind},
        header::{Content, HeaderName, NewHeader},
        name::WebhookName,
        plan::Action,
        webhook::Webhook,
    },
};

/// The most webhooks that are named for one value, and the most values.
const NAMED: usize = 20;

/// Sets the headers of each change, with their values. Values that need a prompt are asked for later.
pub(super) async fn collect(cx: &mut Context, steps: &mut [Step]) -> anyhow::Result<()> {
    let mut missing = Missing::default();
    for step in steps {
        let Some(draft) = step.draft.clone().filter(|_| !step.is_conflict()) else {
            continue;
        };
        let mut headers = Vec::with_capacity(draft.headers.len());
        for header in &draft.headers {
            match value(cx, step, header).await {
                Ok(header) => headers.push(header),
                // Anything else, such as Ctrl-C at a prompt, ends the command.
                Err(error) if !is_missing(&error) => return Err(error),
                Err(error) => missing.add(&draft.name, &error),
            }
        }
        step.headers = headers;
    }
    missing
        .into_error()
        .map_or(Ok(()), |failure| Err(failure.into()))
}

/// What is missing.
#[derive(Default)]
struct Missing(Vec<MissingValue>);

/// A value that is missing, and the webhooks that need it: several often have the same source.
struct MissingValue {
    why: String,
    hint: Option<String>,
    webhooks: Vec<String>,
}

impl Missing {
    fn add(&mut self, webhook: &WebhookName, error: &anyhow::Error) {
        let (why, name) = (error.to_string(), format!("`{webhook}`"));
        if let Some(known) = self.0.iter_mut().find(|known| known.why == why) {
            known.webhooks.push(name);
        } else {
            let hint = reason::explained(error).and_then(Explain::hint);
            let webhooks = vec![name];
            self.0.push(MissingValue {
                why,
                hint,
                webhooks,
            });
        }
    }

    fn into_error(self) -> Option<Failure> {
        if self.0.is_empty() {
            return None;
        }
        let of_one = |one: &MissingValue| format!("{}: {}", some(&one.webhooks, ", "), one.why);
        let each: Vec<_> = self.0.iter().map(of_one).collect();
        let message = format!("nothing was changed: {}", some(&each, "; "));
        let mut hints: Vec<String> = Vec::new();
        for hint in self.0.into_iter().filter_map(|one| one.hint) {
            if !hints.contains(&hint) && hints.len() < NAMED {
                hints.push(hint);
            }
        }
        let hint = (!hints.is_empty()).then(|| hints.join("\n"));
        Some(Failure::new(Kind::Secret, message).hinted(hint))
    }
}

/// The first of these in one text, and how many more there are.
fn some(all: &[String], between: &str) -> String {
    let shown = all[..all.len().min(NAMED)].join(between);
    match all.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown}{between}and {more} more"),
    }
}

fn is_missing(error: &anyhow::Error) -> bool {
    let kind = reason::explained(error).map(Explain::kind);
    matches!(kind, Some(Kind::Secret | Kind::Usage))
}

/// The header with the value that is sent. One that stays as it is has none.
async fn value(cx: &mut Context, step: &Step, header: &DraftHeader) -> anyhow::Result<NewHeader> {
    let key = &header.key;
    let is_kept = is_kept(step, key);
    // The platform would send the old value to the new origin.
    let moves = step.current.as_ref().zip(step.draft.as_ref());
    let moves = moves.is_some_and(|(own, new)| own.origin().as_ref() != Some(&new.url.origin()));
    let unknown = &step.change.unknown;
    let is_sent_unknown = step.sends_unknown && unknown.iter().any(|name| key.is(name));
    let differs = step.change.fields.iter().any(|change| {
        let name = change.field.strip_prefix(HEADERS);
        name.is_some_and(|name| key.is(name))
    });
    let without = || NewHeader {
        key: key.clone(),
        content: Content::Protected(None),
    };
    match &header.value {
        DraftValue::Plain(value) => Ok(NewHeader {
            key: key.clone(),
            content: Content::Plain(value.clone()),
        }),
        DraftValue::Missing if is_kept => Ok(without()),
        DraftValue::Missing => check_missing(cx, step, key).map(|()| without()),
        DraftValue::Given(_) | DraftValue::From(_)
            if is_kept && !moves && !differs && !is_sent_unknown =>
        {
            Ok(without())
        }
        DraftValue::Given(_) | DraftValue::From(_) => {
            let mut fetched = values::fetch(cx, vec![header.clone()], false).await?;
            Ok(fetched.remove(0))
        }
    }
}

/// Asks for the values that neither the files give nor the platform has.
pub(super) async fn ask(cx: &Context, steps: &mut [Step]) -> anyhow::Result<()> {
    for step in steps {
        let mut headers = std::mem::take(&mut step.headers);
        for header in &mut headers {
            if !is_kept(step, &header.key) {
                values::complete(cx, std::slice::from_mut(header), false).await?;
            }
        }
        step.headers = headers;
    }
    Ok(())
}

/// Whether the webhook has the header, and keeps its value unless another one is sent.
fn is_kept(step: &Step, key: &HeaderName) -> bool {
    let mut own = step.current.iter().flat_map(Webhook::protected_headers);
    step.change.action == Action::Update && own.any(|own| key.is(own))
}

/// A value that neither the files give nor the platform has must be one that can be asked for.
fn check_missing(cx: &Context, step: &Step, key: &HeaderName) -> anyhow::Result<()> {
    if step.change.action == Action::Replace {
        // With the webhook, its stored value would be gone before the new one exists.
        let message = format!(
            "to replace the webhook, the file must give the value of `{key}`, with `value_from: env:UBIHOOK_SECRET_…`"
        );
        return Err(Failure::new(Kind::Secret, message).into());
    }
    if !cx.prompt.is_possible() {
        let message = format!("the protected header `{key}` has no value");
        return Err(Failure::new(Kind::Secret, message)
            .with_hint("in the file: `value_from: env:UBIHOOK_SECRET_…`")
            .into());
    }
    Ok(())
}
