//! A webhook that is about to be created, and the command line that would do the same.

use super::{paper::Paper, view::card};
use crate::model::{
    header::{Content, NewHeader},
    name::VersionName,
    scrub::MASK,
    target::describe,
    webhook::NewWebhook,
};

/// The webhook, as a card.
pub fn card_of(paper: &Paper, new: &NewWebhook, project: &str) -> String {
    let version = new.version.as_ref().map(VersionName::as_str);
    let target = describe(new.object_type.as_str(), new.object_name.as_str(), version);
    let headers = new
        .headers
        .iter()
        .flatten()
        .map(|header| line(paper, header));
    let labels = new.labels.iter().flatten();
    let labels = labels.map(|(key, value)| paper.clean(&format!("{key}={value}")));
    let yes = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    let mut rows = vec![
        ("watches", paper.clean(&target)),
        ("event", new.event.to_string()),
        ("url", paper.clean(new.url.as_str())),
        ("headers", headers.collect::<Vec<_>>().join("\n")),
        ("labels", labels.collect::<Vec<_>>().join("\n")),
    ];
    let options = [
        (
            "about",
            new.description
                .as_ref()
                .map(|about| paper.clean(about.as_str())),
        ),
        ("timeout", new.timeout.map(|timeout| format!("{timeout} s"))),
        ("enabled", new.enabled.map(yes)),
        ("retry", new.retry.map(yes)),
        ("result", new.include_result.map(yes)),
    ];
    rows.extend(
        options
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    rows.push(("project", paper.clean(project)));
    rows.retain(|(_, value)| !value.is_empty());
    let name = paper.bold(&paper.clean(new.name.as_str()));
    format!("\n{name}\n{}\n", card(paper, &rows))
}

fn line(paper: &Paper, header: &NewHeader) -> String {
    let key = paper.clean(header.key.as_str());
    match &header.content {
        Content::Plain(value) => format!("{key}: {}", paper.clean(value.as_str())),
        Content::Protected(_) => format!("{key}: {MASK} {}", paper.dim("(protected)")),
    }
}

/// The command line, unbroken: the terminal breaks it, and it is copied whole.
pub fn command(paper: &Paper, line: &str) -> String {
    let head = paper.dim("The same without questions:");
    format!("\n{head}\n  {}\n", paper.clean(line))
}
