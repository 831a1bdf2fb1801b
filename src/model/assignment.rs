//! `--set FIELD=VALUE`: a field of a payload, and its new value (pure).

use std::str::FromStr;

use crate::model::{
    invalid::Invalid,
    json::Json,
    text::{cut, did_you_mean, nearest},
};

/// A field of a payload, and its new value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// `status`, or `result.items.0`.
    pub field: String,
    /// Text, except within `result`.
    pub value: Json,
}

impl Assignment {
    /// The value, if it is a text.
    pub fn text(&self) -> Option<String> {
        serde_json::from_str(self.value.as_str()).ok()
    }

    /// Sets the field. Only fields that the payload has can be set, and those within `result`.
    pub fn apply(&self, payload: &mut Json) -> Result<(), Invalid> {
        let keys = payload.keys();
        let top = self.field.split('.').next().unwrap_or_default();
        let is_there = match top {
            "result" => keys.iter().any(|key| key == top),
            _ => keys.contains(&self.field),
        };
        let shown = cut(&self.field, 80);
        if !is_there {
            let near = nearest(&self.field, keys.iter().map(String::as_str));
            let rule = format!("the payload has no field `{shown}`");
            return Err(Invalid::new("set", did_you_mean(&rule, near)));
        }
        if payload.set(&self.field, &self.value) {
            return Ok(());
        }
        let rule = format!("there is no place for `{shown}` in the payload's `result`");
        Err(Invalid::new("set", rule))
    }
}

impl FromStr for Assignment {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let parts = text.split_once('=');
        let Some((field, value)) = parts.filter(|(field, _)| !field.is_empty()) else {
            return Err(Invalid::new("set", "must be FIELD=VALUE"));
        };
        let is_result = field == "result" || field.starts_with("result.");
        let json = is_result.then(|| value.parse().ok()).flatten();
        Ok(Self {
            field: field.to_owned(),
            value: json.unwrap_or_else(|| Json::string(value)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_text_except_within_the_result() {
        let payload: Json = r#"{"request_id":"r","status":"failed","result":{"a":[1]}}"#
            .parse()
            .unwrap();
        let set = |text: &str| {
            let mut payload = payload.clone();
            let applied = text.parse::<Assignment>()?.apply(&mut payload);
            applied.map(|()| payload.to_string())
        };
        for (text, expected) in [
            (
                "request_id=7",
                r#"{"request_id":"7","status":"failed","result":{"a":[1]}}"#,
            ),
            (
                "status=a=b",
                r#"{"request_id":"r","status":"a=b","result":{"a":[1]}}"#,
            ),
            (
                "result.a.0= 2 ",
                r#"{"request_id":"r","status":"failed","result":{"a":[2]}}"#,
            ),
            (
                "result=x",
                r#"{"request_id":"r","status":"failed","result":"x"}"#,
            ),
            (
                "result.b.c=null",
                r#"{"request_id":"r","status":"failed","result":{"a":[1],"b":{"c":null}}}"#,
            ),
        ] {
            assert_eq!(set(text).unwrap(), expected, "{text}");
        }
        for (text, rule) in [
            ("status", "must be FIELD=VALUE"),
            ("=x", "must be FIELD=VALUE"),
            (
                "stats=x",
                "the payload has no field `stats`; did you mean `status`?",
            ),
            ("request_id.x=1", "the payload has no field `request_id.x`"),
            (
                "result.a.x=1",
                "there is no place for `result.a.x` in the payload's `result`",
            ),
        ] {
            let refused = set(text).unwrap_err();
            assert!(refused.rule.starts_with(rule), "{text}: {}", refused.rule);
        }
    }
}
