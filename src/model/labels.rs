//! Labels: text to text, as an object on the wire and as `k=v` for people.

use std::{collections::BTreeMap, str::FromStr};

use crate::model::invalid::Invalid;

/// The labels of a webhook, in a stable order.
pub type Labels = BTreeMap<String, String>;

/// The label that says who owns a webhook.
pub(crate) const OWNER: &str = "ubihook-owner";

/// The label of the temporary webhook of a listener, and the start of its name.
pub(crate) const LISTENER: &str = "ubihook-listen";

/// One label, as typed: `team=blue`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The text before the first `=`; never empty.
    pub key: String,
    /// The text after it; may be empty.
    pub value: String,
}

impl FromStr for Label {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text.split_once('=') {
            Some((key, value)) if !key.is_empty() => Ok(Self {
                key: key.to_owned(),
                value: value.to_owned(),
            }),
            _ => Err(Invalid::new("labels", "must be `key=value`")),
        }
    }
}

/// The value of the `labels` query parameter: `k1:v1,k2:v2`, which matches webhooks with any of
/// them (reference, 2.4). `None` if there are none, or if this form can't express one of them.
pub fn filter(labels: &[Label]) -> Option<String> {
    let pair = |label: &Label| {
        let breaks = |text: &str| text.contains([',', ':']);
        (!breaks(&label.key) && !breaks(&label.value))
            .then(|| format!("{}:{}", label.key, label.value))
    };
    let pairs: Option<Vec<_>> = labels.iter().map(pair).collect();
    pairs
        .filter(|pairs| !pairs.is_empty())
        .map(|pairs| pairs.join(","))
}

/// Reads a `labels` query parameter; `None` if a pair has no colon.
pub fn parse_filter(text: &str) -> Option<Vec<Label>> {
    text.split(',')
        .map(|pair| {
            let (key, value) = pair.split_once(':')?;
            Some(Label {
                key: key.to_owned(),
                value: value.to_owned(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_splits_at_the_first_equals_sign() {
        let label: Label = "a=b=c".parse().unwrap();
        assert_eq!((label.key.as_str(), label.value.as_str()), ("a", "b=c"));
        assert!("a=".parse::<Label>().is_ok());
        assert!("=b".parse::<Label>().is_err());
        assert!("a".parse::<Label>().is_err());
    }

    #[test]
    fn a_filter_reads_back_and_refuses_what_it_cannot_carry() {
        let labels: Vec<Label> = vec!["a=1".parse().unwrap(), "b=2".parse().unwrap()];
        assert_eq!(parse_filter(&filter(&labels).unwrap()), Some(labels));
        let inexpressible = ["a=b,c", "a=b:c", "a:b=c"].map(|text| text.parse().unwrap());
        for label in inexpressible {
            assert_eq!(filter(&["a=1".parse().unwrap(), label]), None);
        }
        assert_eq!(filter(&[]), None);
        assert_eq!(parse_filter("a"), None);
    }
}
