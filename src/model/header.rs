//! Headers of a callback: as sent and as read.
//!
//! `merge.rs` merges edits into the headers that the platform has.

mod merge;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use zeroize::Zeroizing;

pub use self::merge::{HeaderEdit, differing, merge, same};
use crate::model::{invalid::Invalid, scrub::MASK, secret::Secret, store::StoreKind};

/// The name of a header: an HTTP token, kept as written and compared case-insensitively.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HeaderName(String);

/// Whether a header belongs to one connection, or is computed by HTTP itself, so that it is neither
/// chosen nor passed on.
pub(crate) fn is_of_connection(name: &str) -> bool {
    const NAMES: [&str; 10] = [
        "connection",
        "content-length",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    NAMES.iter().any(|own| own.eq_ignore_ascii_case(name))
}

impl HeaderName {
    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name in lower case, for comparing and for keys.
    pub fn lower(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// Whether `other` names the same header.
    pub fn is(&self, other: &str) -> bool {
        self.0.eq_ignore_ascii_case(other)
    }

    /// Checks a protected value of this header. The name of an authentication scheme alone is what
    /// is left when the variable after it is empty.
    pub(crate) fn check_protected(&self, value: &str) -> Result<(), Invalid> {
        check_value(value)?;
        let word = value.trim();
        let is_scheme = ["bearer", "basic", "token", "digest", "apikey"]
            .iter()
            .any(|scheme| word.eq_ignore_ascii_case(scheme));
        if is_scheme && self.carries_credentials() {
            let rule = format!("it is the word `{word}` alone, without the credentials after it");
            return Err(Invalid::new("headers", rule));
        }
        Ok(())
    }

    /// Whether a header of this name usually carries credentials, so that a plain value on a
    /// command line is almost certainly a mistake.
    pub fn carries_credentials(&self) -> bool {
        carries_credentials(&self.lower())
    }
}

/// Whether headers of a name, given in lower case, usually carry credentials.
pub(crate) fn carries_credentials(lower: &str) -> bool {
    const WORDS: [&str; 9] = [
        "auth",
        "authorization",
        "cookie",
        "token",
        "secret",
        "password",
        "apikey",
        "credential",
        "credentials",
    ];
    lower.contains("api-key")
        || lower.contains("api_key")
        || lower.contains("access-key")
        || lower
            .split(['-', '_', '.'])
            .any(|word| WORDS.contains(&word))
}

impl PartialEq for HeaderName {
    fn eq(&self, other: &Self) -> bool {
        self.is(&other.0)
    }
}

impl Eq for HeaderName {}

impl TryFrom<String> for HeaderName {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if !text.is_empty() && text.chars().all(token) {
            Ok(Self(text))
        } else {
            Err(Invalid::new(
                "headers",
                "a header's name must be an HTTP token: letters, digits and !#$%&'*+-.^_`|~",
            ))
        }
    }
}

impl FromStr for HeaderName {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        text.to_owned().try_into()
    }
}

impl From<HeaderName> for String {
    fn from(name: HeaderName) -> Self {
        name.0
    }
}

impl fmt::Display for HeaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Checks a header's value, plain or secret: not empty, no control characters.
pub(crate) fn check_value(value: &str) -> Result<(), Invalid> {
    let rule = if value.is_empty() {
        "a header's value must not be empty"
    } else if value.chars().any(char::is_control) {
        "a header's value must not contain line breaks or other control characters"
    } else {
        return Ok(());
    };
    Err(Invalid::new("headers", rule))
}

/// The value of a plain header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderValue(String);

impl HeaderValue {
    /// The value as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for HeaderValue {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        check_value(&text).map(|()| Self(text))
    }
}

/// The content of a header that is sent. A plain header without a value can't be represented, so it
/// can't be sent by mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Readable by everyone who can read the webhook.
    Plain(HeaderValue),
    /// Hidden once sent. Without a value, the platform keeps the one it has (reference, 2.3).
    Protected(Option<Secret>),
}

impl Content {
    /// A protected value that meets the rules for header values.
    pub fn protected(value: Secret) -> Result<Self, Invalid> {
        check_value(value.expose())?;
        Ok(Self::Protected(Some(value)))
    }

    /// A protected value that a dry run didn't read: it is shown masked, like any other.
    pub(crate) fn unread() -> Self {
        Self::Protected(Some(Secret::unscrubbed("not read")))
    }

    /// Whether the platform hides the value.
    pub fn is_protected(&self) -> bool {
        matches!(self, Self::Protected(_))
    }

    fn exposed(&self) -> Option<&str> {
        match self {
            Self::Plain(value) => Some(value.as_str()),
            Self::Protected(value) => value.as_ref().map(Secret::expose),
        }
    }
}

/// A header as sent in a create, an update or a test. Serializing it exposes its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewHeader {
    pub key: HeaderName,
    /// Its value, if one is sent, and whether it is protected.
    pub content: Content,
}

impl NewHeader {
    /// The protected value, if one is sent.
    pub(crate) fn secret(&self) -> Option<&Secret> {
        match &self.content {
            Content::Protected(value) => value.as_ref(),
            Content::Plain(_) => None,
        }
    }
}

#[derive(Serialize)]
struct Wire<'a> {
    key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
    protected: bool,
}

impl Serialize for NewHeader {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let wire = Wire {
            key: self.key.as_str(),
            value: self.content.exposed(),
            protected: self.content.is_protected(),
        };
        wire.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for NewHeader {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Read {
            key: HeaderName,
            value: Option<String>,
            // The official client always sends it; if it is missing, it is false (reference,
            // section 11).
            #[serde(default)]
            protected: bool,
        }
        let Read {
            key,
            value,
            protected,
        } = Read::deserialize(deserializer)?;
        let content = match (protected, value) {
            (true, Some(value)) => Content::protected(Secret::unscrubbed(value)),
            (true, None) => Ok(Content::Protected(None)),
            (false, Some(value)) => value.try_into().map(Content::Plain),
            (false, None) => Err(Invalid::new("headers", format!("`{key}` needs a value"))),
        };
        content
            .map(|content| Self { key, content })
            .map_err(serde::de::Error::custom)
    }
}

/// Refuses a list with duplicate headers, ignoring letter case.
pub(crate) fn check_unique<'a>(
    names: impl IntoIterator<Item = &'a HeaderName>,
) -> Result<(), Invalid> {
    let mut seen: Vec<&HeaderName> = Vec::new();
    for name in names {
        if seen.contains(&name) {
            let rule = format!("`{name}` is given twice");
            return Err(Invalid::new("headers", rule));
        }
        seen.push(name);
    }
    Ok(())
}

/// Masks the protected values in the JSON of a create, an update or a test, so that it can be
/// shown.
pub fn mask_protected(body: &mut Value) {
    let headers = body.get_mut("headers").and_then(Value::as_array_mut);
    for header in headers.into_iter().flatten() {
        let protected = header.get("protected") != Some(&Value::Bool(false));
        if let Some(value) = header.get_mut("value")
            && protected
            && !value.is_null()
        {
            *value = MASK.into();
        }
    }
}

/// A header as the platform shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Header {
    /// Its name.
    pub key: String,
    /// The value; null for a protected one.
    pub value: Option<String>,
    /// Whether the platform hides the value.
    pub protected: bool,
    /// Which store on this machine has the value of a protected header. Not a field of the
    /// platform: it is never read from a response, only added to output.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local: Option<StoreKind>,
}

impl From<NewHeader> for Header {
    /// As the platform shows it, without a protected value.
    fn from(new: NewHeader) -> Self {
        let protected = new.content.is_protected();
        let value = match new.content {
            Content::Plain(value) => Some(value.0),
            Content::Protected(_) => None,
        };
        Self {
            key: new.key.into(),
            value,
            protected,
            local: None,
        }
    }
}

impl<'de> Deserialize<'de> for Header {
    /// Drops a protected value even if the platform returned it: the documentation is contradictory
    /// about whether a create echoes it (reference, 2.2).
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Read {
            key: String,
            value: Option<String>,
            #[serde(default)]
            protected: bool,
        }
        let Read {
            key,
            mut value,
            protected,
        } = Read::deserialize(deserializer)?;
        if protected {
            // Wiped, not just dropped.
            drop(value.take().map(Zeroizing::new));
        }
        Ok(Self {
            key,
            value: value.filter(|value| !value.is_empty()),
            protected,
            local: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_protected_value_never_comes_in_whatever_the_platform_answers() {
        let text = r#"{"key":"Authorization","value":"Token s3cret","protected":true}"#;
        let header: Header = serde_json::from_str(text).unwrap();
        assert_eq!(header.value, None);
    }

    #[test]
    fn a_kept_value_goes_out_without_the_key() {
        let header = NewHeader {
            key: "Authorization".parse().unwrap(),
            content: Content::Protected(None),
        };
        let text = serde_json::to_string(&header).unwrap();
        assert_eq!(text, r#"{"key":"Authorization","protected":true}"#);
    }

    #[test]
    fn names_that_carry_credentials_are_known() {
        for name in [
            "Authorization",
            "cookie",
            "X-Api-Key",
            "X-Auth-Token",
            "Proxy-Authorization",
        ] {
            assert!(
                name.parse::<HeaderName>().unwrap().carries_credentials(),
                "{name}"
            );
        }
        for name in ["X-Team", "Content-Type", "Author", "X-Request-Id"] {
            assert!(
                !name.parse::<HeaderName>().unwrap().carries_credentials(),
                "{name}"
            );
        }
    }

    #[test]
    fn masking_reaches_protected_values_only() {
        let mut body = serde_json::json!({"headers": [
            {"key": "A", "value": "s", "protected": true},
            {"key": "B", "value": "p", "protected": false},
            {"key": "C", "value": null, "protected": true}]});
        mask_protected(&mut body);
        assert_eq!(body["headers"][0]["value"], "***");
        assert_eq!(body["headers"][1]["value"], "p");
        assert!(body["headers"][2]["value"].is_null());
    }
}
