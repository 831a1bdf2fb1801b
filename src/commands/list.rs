//! `list`: lists the webhooks of a project, optionally filtered.

use super::filter::FilterArgs;
use crate::{
    api::answer::odd::Odd,
    commands::{
        context::Context,
        near,
        verb::{Example, Run},
    },
    model::text::counted,
};

/// List webhooks
///
/// Lists all webhooks of the project, or only those that match every option given.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    filter: FilterArgs,
}

/// The maximum number of malformed webhooks that are named.
const NAMED: usize = 10;

/// Warns about webhooks that the list omits.
fn warn_of_odd(cx: &Context, odd: &[Odd]) {
    for Odd { name, field } in odd.iter().take(NAMED) {
        cx.output.warn(&format!(
            "webhook `{name}` is omitted: its `{field}` doesn't match the API's documentation"
        ));
    }
    if odd.len() > NAMED {
        let more = counted((odd.len() - NAMED) as u64, "more webhook");
        cx.output
            .warn(&format!("{more} omitted for the same reason"));
    }
}

impl Run for Args {
    const NAME: &'static str = "list";
    const ALIASES: &'static [&'static str] = &["ls"];
    const EXAMPLES: &'static [Example] = &[
        ("List all webhooks of the project", "ubihook list"),
        (
            "List webhooks for failures that have a label",
            "ubihook list --event failed --label team=blue",
        ),
        (
            "List webhooks that call a host",
            "ubihook list --url https://hooks.example.org/",
        ),
        (
            "Test each webhook of a pipeline in a loop",
            "ubihook list --pipeline pipeline-1 -o name | while read -r name; do\n    \
             ubihook test \"$name\"\ndone",
        ),
    ];

    async fn run(self, cx: &mut Context) -> anyhow::Result<()> {
        let filter = self.filter.filter();
        let project = cx.project().await?;
        let shows = cx.shows().await?;
        let listed = match project.list(&filter).await {
            Ok(listed) => listed,
            Err(error) => return Err(near::project(error, &project).await),
        };
        let (mut list, mut odd) = (cx.output.list(), Vec::new());
        for webhook in listed {
            match webhook? {
                Ok(webhook) if self.filter.lets_through(&filter, &webhook) => {
                    list.push(shows(webhook));
                }
                Ok(_) => {}
                Err(one) => odd.push(one),
            }
        }
        warn_of_odd(cx, &odd);
        let is_empty = list.is_empty() && odd.is_empty();
        if is_empty && let Some(sentence) = self.filter.no_object(&project).await {
            // For scripts too, whose list would be empty for ever.
            cx.output.warn(&sentence);
        } else if is_empty && cx.output.is_watched() {
            let matching = if self.filter.is_narrowed() {
                "matching "
            } else {
                ""
            };
            cx.output.note(&format!(
                "no {matching}webhooks in project `{}`",
                project.name()
            ));
        }
        Ok(cx.output.show_list(list)?)
    }
}
