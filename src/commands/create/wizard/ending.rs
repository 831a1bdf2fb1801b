//! The end of the questions: all of it at a glance, a test before it exists, and the last word.

use super::line::{Line, show};
use crate::{
    api::Project,
    commands::{context::Context, test_runs},
    model::{
        failure::{Failure, Kind},
        webhook::NewWebhook,
    },
    output::plan,
    prompt::Enter,
};

/// Shows what is to be created, offers to try it out, and asks whether it is meant. An error where
/// it isn't, and then nothing was made. `tested` where a test is asked for already.
pub(in crate::commands::create) async fn conclude(
    cx: &Context,
    project: &Project,
    new: &NewWebhook,
    tested: bool,
    line: &mut Line,
) -> anyhow::Result<()> {
    let webhook = new.clone().into_webhook();
    cx.output
        .aside(|paper| plan::card_of(paper, &webhook, project.name().as_str()));
    let mut enter = Enter::Yes;
    if tested {
        test_runs::try_out(cx, project, new).await?;
    } else if cx
        .prompt
        .confirm("Send a test event first?", Enter::No)
        .await?
    {
        match test_runs::try_out(cx, project, new).await {
            Ok(()) => line.switch("--test-first"),
            Err(error) => {
                cx.output.warn(&error.root_cause().to_string());
                enter = Enter::No;
            }
        }
    }
    let question = match enter {
        Enter::Yes => "Create it?",
        Enter::No => "Create it all the same?",
    };
    if cx.prompt.confirm(question, enter).await? {
        cx.output.aside(|_| "\n".to_owned());
        return Ok(());
    }
    show(cx, line);
    Err(Failure::new(Kind::Usage, "nothing was created").into())
}
