//! The callback URL, and how a URL may be shown.

use std::{borrow::Cow, fmt, ops::Range, str::FromStr};

use serde::{Deserialize, Serialize};
use url::Url;

use crate::model::{invalid::Invalid, origin::Origin, scrub::MASK};

/// An absolute http(s) URL with a host, kept as it was written.
///
/// `FromStr` reads user input, and also refuses credentials in the URL; `TryFrom<String>` reads the
/// wire, where the platform may have URLs that we would not send.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CallbackUrl {
    text: String,
    origin: Origin,
}

impl CallbackUrl {
    /// The URL as written. For Slack and similar services it *is* the secret: show it in data,
    /// never in an error, a note or a trace.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The origin that protected values for this URL are bound to.
    pub fn origin(&self) -> Origin {
        self.origin.clone()
    }
}

impl TryFrom<String> for CallbackUrl {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        let plain = !text.chars().any(|c| c.is_control() || c == ' ');
        match Origin::of(&text) {
            Some(origin) if plain && is_written_in_full(&text) => Ok(Self { text, origin }),
            _ => Err(Invalid::new(
                "url",
                "must be an absolute http or https URL with a host, such as https://example.org/in",
            )),
        }
    }
}

impl FromStr for CallbackUrl {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let url = Self::try_from(text.trim().to_owned())?;
        let userinfo = userinfo(&url.text).map(|range| &url.text[range]);
        if userinfo.is_some_and(|text| text.trim_end_matches('@') == MASK) {
            return Err(Invalid::new(
                "url",
                "contains `***@`, which ubihook prints instead of a user name and password: omit it to \
                 keep the URL",
            ));
        }
        if userinfo.is_some() {
            return Err(Invalid::new(
                "url",
                "must not carry a user name or password; send credentials with --secret-header",
            ));
        }
        Ok(url)
    }
}

impl From<CallbackUrl> for String {
    fn from(url: CallbackUrl) -> Self {
        url.text
    }
}

impl fmt::Debug for CallbackUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&masked(&self.text))
    }
}

/// Whether a web URL is complete: `http://` or `https://`, then a host without unfilled placeholders.
/// The URL standard also accepts fewer and more slashes: a shell turns `https://$UNSET/in` into
/// `https:///in`, whose host would be `in`.
pub(crate) fn is_written_in_full(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else {
        return false;
    };
    let is_web = ["http", "https"]
        .iter()
        .any(|web| scheme.eq_ignore_ascii_case(web));
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    let unfilled = |c: char| c.is_whitespace() || "\\{}$".contains(c);
    is_web && !authority.is_empty() && !authority.contains(unfilled)
}

/// The URL with any credentials replaced by `***@`, for data that shows URLs.
pub fn masked_userinfo(url: &str) -> Cow<'_, str> {
    match userinfo(url) {
        Some(Range { start, end }) => {
            Cow::Owned(format!("{}{MASK}@{}", &url[..start], &url[end..]))
        }
        None => Cow::Borrowed(url),
    }
}

/// The range of the credentials, including the `@`.
fn userinfo(url: &str) -> Option<Range<usize>> {
    if !url.contains('@') {
        return None;
    }
    let start = authority(url)?;
    let end = url[start..]
        .find(['/', '?', '#', '\\'])
        .map_or(url.len(), |at| start + at);
    let at = url[start..end].rfind('@')?;
    Some(start..start + at + 1)
}

/// Where the authority begins. WHATWG parsing accepts any number of slashes after `https:`, even
/// none, and HTTP clients follow it; so must we.
fn authority(url: &str) -> Option<usize> {
    // The standard ignores these anywhere, and all leading control characters.
    const UNREAD: [char; 3] = ['\t', '\n', '\r'];
    let (scheme, rest) = url.split_once(':')?;
    let scheme = scheme.trim_start_matches(|c| c <= ' ').replace(UNREAD, "");
    if ["http", "https"]
        .iter()
        .any(|web| scheme.eq_ignore_ascii_case(web))
    {
        let slash = |c: char| matches!(c, '/' | '\\') || UNREAD.contains(&c);
        return Some(url.len() - rest.trim_start_matches(slash).len());
    }
    url.find("://").map(|at| at + 3)
}

/// What follows the host and port of a URL, as written; may be empty.
pub(crate) fn beyond_origin(url: &str) -> &str {
    let start = authority(url).unwrap_or(0);
    let end = url[start..].find(['/', '?', '#', '\\']);
    end.map_or("", |end| &url[start + end..])
}

/// A text with each web URL in it masked by `masked`. When it is unclear where a URL ends, too much
/// is masked rather than too little.
pub(crate) fn masked_within(text: &str) -> Cow<'_, str> {
    let ends = |c: char| c.is_whitespace() || c.is_control() || "\"<>`".contains(c);
    let mut shown = String::new();
    let mut rest = text;
    while let Some((start, slashes)) = web_url(rest) {
        let end = rest[slashes..]
            .find(ends)
            .map_or(rest.len(), |at| slashes + at);
        // Punctuation that may follow a URL in a sentence: shown at its end.
        let url = rest[start..end].trim_end_matches(|c: char| ".,:;!?'()[]{}".contains(c));
        let url = if url.len() < slashes - start {
            &rest[start..slashes]
        } else {
            url
        };
        shown.push_str(&rest[..start]);
        let is_bare = url.trim_end_matches(['/', '\\']).ends_with(':');
        shown.push_str(&if is_bare { url.to_owned() } else { masked(url) });
        rest = &rest[start + url.len()..];
    }
    if shown.is_empty() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(shown + rest)
}

/// Where the first web URL of a text begins, and where its slashes do.
fn web_url(text: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    while let Some(at) = text[from..].find(':') {
        let colon = from + at;
        from = colon + 1;
        if !text[from..].starts_with(['/', '\\']) {
            continue;
        }
        let scheme = ["https", "http"].into_iter().find(|scheme| {
            let start = colon.checked_sub(scheme.len());
            start.is_some_and(|start| {
                let before = text.as_bytes().get(start..colon);
                before.is_some_and(|before| before.eq_ignore_ascii_case(scheme.as_bytes()))
            })
        });
        if let Some(scheme) = scheme {
            return Some((colon - scheme.len(), from));
        }
    }
    None
}

/// The URL as errors, notes and traces may show it: its origin, and `/…` for the rest.
pub fn masked(url: &str) -> String {
    let Some(origin) = Origin::of(url) else {
        return "[not a URL]".to_owned();
    };
    let bare = Url::parse(url)
        .is_ok_and(|url| url.path() == "/" && url.query().is_none() && url.fragment().is_none());
    if bare {
        format!("{origin}/")
    } else {
        format!("{origin}/…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absolute_web_url_is_kept_as_written() {
        for good in [
            "https://a.example",
            "http://127.0.0.1:8080/h?x=1#f",
            "HTTPS://A.example/%7e",
        ] {
            assert_eq!(good.parse::<CallbackUrl>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "not a url",
            "ftp://a/",
            "//a/b",
            "/a",
            "https://",
            "https:///",
            "https:///in",
            "https:h/in",
            "https:/h/in",
            r"https:\\h\in",
            r"https://h\in",
            "https://${H}/in",
            "https://$H/in",
            "https://{{h}}/in",
            "https://h:${PORT}/in",
            "https://?x",
            "http://a b/",
        ] {
            assert!(bad.parse::<CallbackUrl>().is_err(), "{bad}");
        }
    }

    #[test]
    fn credentials_are_refused_from_people_and_masked_from_the_wire() {
        for bad in [
            "https://u:p@a.example/x",
            "https://u@a.example",
            "https://@a.example/",
            "https://***@a.example/",
        ] {
            let error = bad.parse::<CallbackUrl>().unwrap_err();
            assert!(!error.rule.contains("u:p"));
            assert!(CallbackUrl::try_from(bad.to_owned()).is_ok());
        }
        assert_eq!(
            masked_userinfo("https://u:p@a.example/x@y"),
            "https://***@a.example/x@y"
        );
        assert_eq!(
            masked_userinfo("https://u:p@q@a.example"),
            "https://***@a.example"
        );
        assert_eq!(
            masked_userinfo("https:///u:p@a.example"),
            "https:///***@a.example"
        );
        assert_eq!(
            masked_userinfo(" ht\ttps:\n/u:p@a.example"),
            " ht\ttps:\n/***@a.example"
        );
        for plain in ["https://a.example/x@y", "mailto:a@a.example"] {
            assert_eq!(masked_userinfo(plain), plain);
        }
    }

    #[test]
    fn a_text_keeps_its_words_and_loses_the_paths_of_its_urls() {
        for (text, shown) in [
            (
                "POST https://a.example/T0?x=1: refused, see http://b.example/ or (HTTPS://c.example/x).",
                "POST https://a.example/…: refused, see http://b.example/ or (https://c.example/…).",
            ),
            ("Connection error", "Connection error"),
            ("a :// b", "a :// b"),
            ("ftp://a.example/x", "ftp://a.example/x"),
            ("é://https://a.example/x", "é://https://a.example/…"),
            ("http://[2001:db8::1]/T0,B0;(x)", "http://[2001:db8::1]/…)"),
            ("seehttps:/a.example/B0", "seehttps://a.example/…"),
            (
                "http://u:MARK@/x and https://x:99999/B0",
                "[not a URL] and [not a URL]",
            ),
            ("as http://http://a.example/x", "as http://http/…"),
            (
                "begin with https:// or HTTP://.",
                "begin with https:// or HTTP://.",
            ),
        ] {
            assert_eq!(masked_within(text), shown);
        }
    }

    proptest::proptest! {
        #[test]
        fn the_path_of_a_url_is_masked_whatever_precedes_it(
            text in "(https?:|HTTP:|[/\\\\]|é日|[ .:\"\\[\\]a-z0-9@?#])*"
        ) {
            let text = format!("{text}https://a.example/T0/B0");
            proptest::prop_assert!(!masked_within(&text).contains("B0"), "{}", text);
        }
    }

    #[test]
    fn a_masked_url_shows_neither_path_nor_query() {
        assert_eq!(
            masked("https://a.example/T0/B0/x?y=z"),
            "https://a.example/…"
        );
        assert_eq!(masked("https://u:p@a.example"), "https://a.example/");
    }
}
