//! What the platform's words for a failed delivery mean, and what helps.

use crate::model::{shell::quote, test_run::is_refusal, webhook::Webhook};

/// What a platform error means for the receiver, and what helps.
pub(super) fn meaning(webhook: &Webhook, why: &str) -> (&'static str, Option<String>) {
    let name = quote(&webhook.name);
    if is_refusal(why) {
        let mut headers = webhook.protected_headers();
        let header = headers.next().map_or("Authorization".to_owned(), quote);
        let again = format!("ubihook update {name} --secret-header {header}");
        return (
            "; the receiver does not accept the credentials that it is sent",
            Some(again),
        );
    }
    let say = |means, helps: &str| (means, Some(helps.to_owned()));
    let has = |words: &str| why.contains(words);
    if has("certificate") {
        say(
            "; the receiver's certificate is not one that the platform trusts",
            "give the receiver a certificate from a public authority; for a mock, --ca-cert adds one",
        )
    } else if has("no such host") || has("name lookup") {
        say(
            "; the host name can't be resolved",
            "check the spelling of the host name in the URL",
        )
    } else if has("refused") {
        let helps = format!(
            "start the receiver (on this machine: ubihook listen), or change the URL: ubihook update {name} --url URL"
        );
        say("; nothing listens at the URL", &helps)
    } else if has("status code 404") {
        say(
            "; the receiver does not know the path",
            "check the path of the URL",
        )
    } else {
        ("", None)
    }
}
