//! Addresses: the API's host, the callback's URL, and how any of them may be shown.

use ubihook::inside::model::{ApiHost, CallbackUrl, Origin, is_loopback, masked, masked_userinfo};
use url::Url;

use super::held::{SECRET, tells_no_secret, text};

pub fn target(data: &[u8]) {
    let Some(text) = text(data) else { return };
    host(text);
    callback(text);
    shown(text);
    for with_secret in [
        format!("https://user:{SECRET}@{text}"),
        format!("https:{SECRET}@{text}"),
        format!("{SECRET}:{SECRET}@{text}"),
    ] {
        host(&with_secret);
        callback(&with_secret);
        shown(&with_secret);
    }
}

fn has_userinfo(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

fn host(text: &str) {
    let host: ApiHost = match text.parse() {
        Ok(host) => host,
        Err(invalid) => return tells_no_secret(&invalid),
    };
    let printed = host.to_string();
    let url = Url::parse(&printed).unwrap();
    assert!(matches!(url.scheme(), "http" | "https") && url.has_host());
    assert!(!has_userinfo(&url) && !printed.contains('@'), "{printed}");
    assert!(url.query().is_none() && url.fragment().is_none());
    assert!(!printed.ends_with('/'));
    assert!(printed.ends_with(host.path()) && host.path().starts_with('/'));
    assert_eq!(host.is_loopback(), is_loopback(&url));
    assert_eq!(host.is_plain_http(), url.scheme() == "http");
    // What is printed is the address: read again, it is the same.
    assert_eq!(printed.parse::<ApiHost>().unwrap().as_str(), printed);
    // A call goes below it, on the same machine.
    let call = Url::parse(&format!("{host}/projects/p/webhooks/w?a=b")).unwrap();
    assert_eq!(call.origin(), url.origin());
    assert_eq!(
        call.path(),
        format!("{}/projects/p/webhooks/w", host.path())
    );
}

fn callback(text: &str) {
    let url: CallbackUrl = match text.parse() {
        Ok(url) => url,
        Err(invalid) => return tells_no_secret(&invalid),
    };
    let parsed = Url::parse(url.as_str()).unwrap();
    assert!(!has_userinfo(&parsed), "{text}");
    assert!(matches!(parsed.scheme(), "http" | "https") && parsed.has_host());
    assert!(!url.as_str().chars().any(|c| c.is_control() || c == ' '));
    assert_eq!(url.as_str(), text.trim());
    assert_eq!(url.as_str().parse::<CallbackUrl>().unwrap(), url);
    assert_eq!(CallbackUrl::try_from(url.as_str().to_owned()).unwrap(), url);
    assert_eq!(masked_userinfo(url.as_str()), url.as_str());
    // What it is bound to is an address of its own.
    let origin = url.origin();
    assert_eq!(Origin::of(origin.as_str()).unwrap(), origin);
    assert_eq!(format!("{url:?}"), masked(url.as_str()));
}

fn shown(text: &str) {
    let Ok(url) = Url::parse(text) else { return };
    let shown = masked(text);
    match Origin::of(text) {
        // Path, query, fragment and credentials are left out.
        Some(origin) => assert!(shown == format!("{origin}/") || shown == format!("{origin}/…")),
        None => assert_eq!(shown, "[not a URL]"),
    }
    if has_userinfo(&url) && matches!(url.scheme(), "http" | "https") {
        let shown = masked_userinfo(text);
        assert!(shown.contains("***@"), "{text} {shown}");
        if let Ok(shown) = Url::parse(&shown) {
            assert_eq!(shown.username(), "***", "{text} {shown}");
            assert!(shown.password().is_none(), "{text} {shown}");
            assert_eq!(shown.host(), url.host());
        }
    }
    assert_eq!(
        masked_userinfo(&masked_userinfo(text)),
        masked_userinfo(text)
    );
}
