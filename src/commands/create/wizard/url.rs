//! Prompts for the URL.

use super::line::Line;
use crate::{commands::context::Context, model::url::CallbackUrl};

/// Prompts until the URL is valid for a webhook.
pub(super) async fn ask(cx: &Context, line: &mut Line) -> anyhow::Result<CallbackUrl> {
    let check = |text: &str| {
        let url: Result<CallbackUrl, _> = text.parse();
        url.map(drop).map_err(|invalid| invalid.rule)
    };
    let typed = cx.prompt.line("URL to call", None, Box::new(check)).await?;
    let url: CallbackUrl = typed.parse()?;
    line.add("--url", url.as_str());
    Ok(url)
}
