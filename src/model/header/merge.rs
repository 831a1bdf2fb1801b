//! The merge of edits into the headers that the platform has, and the comparison of the two.

use super::{Content, Header, HeaderName, NewHeader};
use crate::model::invalid::Invalid;

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
            new.key.is(&header.key)
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
    use crate::model::secret::Secret;

    fn plain(key: &str, value: &str) -> NewHeader {
        NewHeader {
            key: key.parse().unwrap(),
            content: Content::Plain(value.to_owned().try_into().unwrap()),
        }
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
