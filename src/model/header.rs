//! Headers of a callback: as sent, as read, and the merge of edits into the headers that the
//! platform has.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::model::{invalid::Invalid, scrub::MASK, secret::Secret, store::StoreKind};

/// The name of a header: an HTTP token, kept as written and compared case-insensitively.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HeaderName(String);

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

    /// Whether a header of this name usually carries credentials, so that a plain value on a
    /// command line is almost certainly a mistake.
    pub fn carries_credentials(&self) -> bool {
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
        let lower = self.lower();
        lower.contains("api-key")
            || lower.contains("api_key")
            || lower.contains("access-key")
            || lower
                .split(['-', '_', '.'])
                .any(|word| WORDS.contains(&word))
    }
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

/// A header as sent in a create, an update or a test. Serialising it exposes its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewHeader {
    pub key: HeaderName,
    /// Its value, if one is sent, and whether it is protected.
    pub content: Content,
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

/// One change to the headers of a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeaderEdit {
    /// Add the header, or replace the one with this name.
    Set(NewHeader),
    /// Remove the header; removing a missing one changes nothing.
    Remove(HeaderName),
}

/// The list to send so that the platform ends up with `current` changed by `edits`.
///
/// The platform replaces the whole list, so every header that isn't named is sent again, protected
/// ones without their value, which makes the platform keep it. It is an error to keep a value where
/// there is none, or to keep a plain header that was returned without one.
pub fn merge(current: &[Header], edits: &[HeaderEdit]) -> Result<Vec<NewHeader>, Invalid> {
    let mut merged: Vec<NewHeader> = Vec::with_capacity(current.len() + edits.len());
    for header in current {
        let named = |edit: &&HeaderEdit| match edit {
            HeaderEdit::Set(new) => new.key.is(&header.key),
            HeaderEdit::Remove(name) => name.is(&header.key),
        };
        match edits.iter().rfind(named) {
            Some(HeaderEdit::Remove(_)) => {}
            // If two names differ only in letter case, the first gets the new value.
            Some(HeaderEdit::Set(new)) if merged.iter().any(|known| known.key == new.key) => {}
            Some(HeaderEdit::Set(new)) => merged.push(replace(header, new)?),
            None => merged.push(keep(header)?),
        }
    }
    for edit in edits {
        if let HeaderEdit::Set(new) = edit
            && !current.iter().any(|header| new.key.is(&header.key))
        {
            if new.content == Content::Protected(None) {
                return Err(needs_value(&new.key));
            }
            merged.retain(|known| known.key != new.key);
            merged.push(new.clone());
        }
    }
    Ok(merged)
}

fn keep(header: &Header) -> Result<NewHeader, Invalid> {
    let key: HeaderName = header.key.parse()?;
    let content = match (&header.value, header.protected) {
        (_, true) => Content::Protected(None),
        (Some(value), false) => Content::Plain(value.clone().try_into()?),
        (None, false) => return Err(needs_value(&key)),
    };
    Ok(NewHeader { key, content })
}

fn replace(header: &Header, new: &NewHeader) -> Result<NewHeader, Invalid> {
    if new.content == Content::Protected(None) && !header.protected {
        return Err(needs_value(&new.key));
    }
    Ok(new.clone())
}

fn needs_value(key: &HeaderName) -> Invalid {
    Invalid::new(
        "headers",
        format!("`{key}` needs a value: the platform has none to keep"),
    )
}

/// Whether sending `new` would leave the webhook with exactly the headers it has. A protected value
/// can't be compared, so giving one always counts as a change.
pub fn same(current: &[Header], new: &[NewHeader]) -> bool {
    current.len() == new.len()
        && current.iter().zip(new).all(|(header, new)| {
            header.key == new.key.as_str()
                && match &new.content {
                    Content::Plain(value) => {
                        !header.protected && header.value.as_deref() == Some(value.as_str())
                    }
                    Content::Protected(value) => header.protected && value.is_none(),
                }
        })
}

/// The name of the first header that differs from what was sent, if any. Order doesn't matter,
/// protected values can't be compared, and an extra header is a difference.
pub fn differing(current: &[Header], sent: &[NewHeader]) -> Option<String> {
    let arrived = |new: &NewHeader| {
        current.iter().any(|header| {
            new.key.is(&header.key)
                && header.protected == new.content.is_protected()
                && match &new.content {
                    Content::Plain(value) => header.value.as_deref() == Some(value.as_str()),
                    Content::Protected(_) => true,
                }
        })
    };
    let missing = sent.iter().find(|new| !arrived(new));
    let extra = || {
        current
            .iter()
            .find(|header| !sent.iter().any(|new| new.key.is(&header.key)))
    };
    missing
        .map(|new| new.key.as_str().to_owned())
        .or_else(|| extra().map(|header| header.key.clone()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plain(key: &str, value: &str) -> NewHeader {
        NewHeader {
            key: key.parse().unwrap(),
            content: Content::Plain(value.to_owned().try_into().unwrap()),
        }
    }

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

    #[test]
    fn what_did_not_arrive_is_named() {
        let current = [Header {
            key: "A".to_owned(),
            value: Some("1".to_owned()),
            protected: false,
            local: None,
        }];
        assert_eq!(differing(&current, &[plain("a", "1")]), None);
        assert_eq!(
            differing(&current, &[plain("A", "2")]),
            Some("A".to_owned())
        );
        assert_eq!(differing(&current, &[]), Some("A".to_owned()));
    }

    // Few names, in both letter cases, so that lists collide often.
    fn any_name() -> impl Strategy<Value = String> {
        prop::sample::select(vec!["A", "a", "B", "b", "X-C", "x-c", "D"]).prop_map(str::to_owned)
    }

    fn any_header() -> impl Strategy<Value = Header> {
        (any_name(), prop::option::of("[ -~é]{0,3}"), any::<bool>()).prop_map(
            |(key, value, protected)| {
                let value = value.filter(|value| !protected && !value.is_empty());
                Header {
                    key,
                    value,
                    protected,
                    local: None,
                }
            },
        )
    }

    fn any_edit() -> impl Strategy<Value = HeaderEdit> {
        let set = (any_name(), "[ -~é]{1,3}", 0..3).prop_map(|(key, value, kind)| {
            let content = match kind {
                0 => Content::Plain(value.try_into().unwrap()),
                1 => Content::protected(Secret::unscrubbed(value)).unwrap(),
                _ => Content::Protected(None),
            };
            HeaderEdit::Set(NewHeader {
                key: key.parse().unwrap(),
                content,
            })
        });
        let remove = any_name().prop_map(|key| HeaderEdit::Remove(key.parse().unwrap()));
        prop_oneof![3 => set, 1 => remove]
    }

    fn touches(edit: &HeaderEdit, key: &str) -> bool {
        match edit {
            HeaderEdit::Set(new) => new.key.is(key),
            HeaderEdit::Remove(name) => name.is(key),
        }
    }

    proptest! {
        #[test]
        fn every_header_that_was_not_named_is_sent_as_it_is(
            current in prop::collection::vec(any_header(), 0..6),
            edits in prop::collection::vec(any_edit(), 0..6),
        ) {
            let Ok(sent) = merge(&current, &edits) else { return Ok(()) };
            for header in current.iter().filter(|h| !edits.iter().any(|e| touches(e, &h.key))) {
                let kept = sent.iter().any(|new| {
                    new.key.as_str() == header.key && match &new.content {
                        Content::Plain(value) => header.value.as_deref() == Some(value.as_str()) && !header.protected,
                        Content::Protected(None) => header.protected,
                        Content::Protected(Some(_)) => false,
                    }
                });
                prop_assert!(kept, "{} got lost", header.key);
            }
        }

        #[test]
        fn no_empty_value_is_ever_on_the_wire(
            current in prop::collection::vec(any_header(), 0..6),
            edits in prop::collection::vec(any_edit(), 0..6),
        ) {
            let Ok(sent) = merge(&current, &edits) else { return Ok(()) };
            for header in serde_json::to_value(&sent).unwrap().as_array().unwrap() {
                let value = header.get("value");
                prop_assert!(value.is_none_or(|value| value.as_str().is_some_and(|v| !v.is_empty())));
                prop_assert!(value.is_some() || header["protected"] == true);
            }
        }

        #[test]
        fn a_protected_header_becomes_plain_only_with_a_new_value(
            current in prop::collection::vec(any_header(), 0..6),
            edits in prop::collection::vec(any_edit(), 0..6),
        ) {
            let Ok(sent) = merge(&current, &edits) else { return Ok(()) };
            for new in sent.iter().filter(|new| !new.content.is_protected()) {
                if current.iter().any(|h| new.key.is(&h.key) && h.protected) {
                    let given = edits.contains(&HeaderEdit::Set(new.clone()));
                    let twin = current.iter().any(|h| h.key == new.key.as_str() && !h.protected);
                    prop_assert!(given || twin, "{} became plain", new.key);
                }
            }
        }

        #[test]
        fn a_value_is_kept_only_where_there_is_one(
            current in prop::collection::vec(any_header(), 0..6),
            edits in prop::collection::vec(any_edit(), 0..6),
        ) {
            let Ok(sent) = merge(&current, &edits) else { return Ok(()) };
            for new in sent.iter().filter(|new| new.content == Content::Protected(None)) {
                prop_assert!(current.iter().any(|h| new.key.is(&h.key) && h.protected));
            }
        }

        #[test]
        fn what_is_removed_is_gone_and_what_is_set_is_there(
            current in prop::collection::vec(any_header(), 0..6),
            edit in any_edit(),
        ) {
            let Ok(sent) = merge(&current, std::slice::from_ref(&edit)) else { return Ok(()) };
            match edit {
                HeaderEdit::Remove(name) => prop_assert!(!sent.iter().any(|new| new.key == name)),
                HeaderEdit::Set(wanted) => {
                    prop_assert_eq!(sent.iter().filter(|new| new.key == wanted.key).count(), 1);
                    prop_assert!(sent.contains(&wanted));
                }
            }
        }
    }
}
