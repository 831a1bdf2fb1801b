//! The end of the prompts: a preview, a test before the webhook exists, and the final confirmation.

use super::line::{Line, show};
use crate::{
    api::Project,
    commands::{context::Context, near, test_runs},
    model::{
        failure::{Failure, Kind},
        webhook::NewWebhook,
    },
    output::plan,
    prompt::Enter,
};

/// Shows what will be created, offers a test, and asks for confirmation. Without it, returns an
/// error, and nothing has been created. `tested` means that a test was requested by a flag.
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
        test_runs::try_out(cx, project, new, near::Named::ByFlags).await?;
    } else if cx
        .prompt
        .confirm("Send a test event first?", Enter::No)
        .await?
    {
        match test_runs::try_out(cx, project, new, near::Named::ByFlags).await {
            Ok(()) => line.switch("--test-first"),
            Err(error) => {
                cx.output.warn(&error.root_cause().to_string());
                enter = Enter::No;
            }
        }
    }
    let question = match enter {
        Enter::Yes => "Create it?",
        Enter::No => "Create it anyway?",
    };
    if cx.prompt.confirm(question, enter).await? {
        cx.output.aside(|_| "\n".to_owned());
        return Ok(());
    }
    show(cx, line);
    Err(Failure::new(Kind::Usage, "nothing was created").into())
}
