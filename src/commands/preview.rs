//! The call that a dry run shows instead of making it.

use serde::Serialize;

use crate::{api::Project, model::routes::Route, output::preview::Preview};

/// A call in the project, for the webhook with that name; `None` as method for no call.
pub(super) fn preview(
    project: &Project,
    method: impl Into<Option<&'static str>>,
    route: Route,
    webhook: Option<&str>,
    body: Option<&impl Serialize>,
) -> Preview {
    let names: Vec<_> = std::iter::once(project.name().as_str())
        .chain(webhook)
        .collect();
    Preview::of(
        method.into(),
        project.client().host(),
        &route.fill(&names),
        body,
    )
}
