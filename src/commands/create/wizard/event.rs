//! Prompts for the event.

use super::line::Line;
use crate::{
    commands::context::Context,
    model::{
        event::{EventName, Phase},
        target::{TRAINING_DEPLOYMENT, Target},
    },
    prompt::Choice,
};

/// Prompts for one of the four events, each with an explanation.
pub(super) async fn ask(
    cx: &Context,
    target: &Target,
    line: &mut Line,
) -> anyhow::Result<EventName> {
    let what = if target.object_name.as_str() == TRAINING_DEPLOYMENT {
        "run"
    } else {
        "request"
    };
    let choice =
        |phase: Phase| Choice::new(phase.as_str(), format!("a {what} {}", phase.happening()));
    let choices = Phase::ALL.into_iter().map(choice);
    let chosen = cx.prompt.choose("Which event", choices.collect()).await?;
    let phase = Phase::ALL[chosen];
    line.add("--event", phase.as_str());
    Ok(EventName::Short(phase))
}
