//! Changes one value within JSON, and nothing else.

use super::{Fields, Json, RawValue, quoted};

impl Json {
    /// Sets the value at a path such as `result.items.0`. Missing fields are added; `false` where the
    /// path leads into something that is neither an object nor an item of a list.
    pub fn set(&mut self, path: &str, value: &Self) -> bool {
        let parts: Vec<_> = path.split('.').collect();
        let changed = changed(self.as_str(), &parts, value.as_str());
        // It may be nested too deeply now.
        let changed = changed.and_then(|changed| changed.parse().ok());
        changed.map(|changed| *self = changed).is_some()
    }

    /// The names of an object's fields.
    pub fn keys(&self) -> Vec<String> {
        let fields = serde_json::from_str(self.as_str());
        fields.map_or_else(
            |_| Vec::new(),
            |Fields(fields)| fields.into_iter().map(|(name, _)| name).collect(),
        )
    }
}

fn changed(json: &str, path: &[&str], value: &str) -> Option<String> {
    let Some((part, rest)) = path.split_first() else {
        return Some(value.to_owned());
    };
    if json.starts_with('{') {
        let Fields(fields) = serde_json::from_str(json).ok()?;
        let at = fields.iter().rposition(|(name, _)| name == part);
        let old = at.map_or("{}", |at| fields[at].1.get());
        let new = changed(old, rest, value)?;
        let mut fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (&**name, value.get()))
            .collect();
        match at {
            Some(at) => fields[at].1 = &new,
            None => fields.push((part, &new)),
        }
        let fields = fields
            .iter()
            .map(|(name, value)| format!("{}:{value}", quoted(name)));
        return Some(format!("{{{}}}", fields.collect::<Vec<_>>().join(",")));
    }
    let items: Vec<&RawValue> = serde_json::from_str(json).ok()?;
    let at = part.parse::<usize>().ok()?;
    let new = changed(items.get(at)?.get(), rest, value)?;
    let mut items: Vec<_> = items.iter().map(|item| item.get()).collect();
    items[at] = &new;
    Some(format!("[{}]", items.join(",")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_changes_and_the_rest_stays_as_it_is() {
        let json: Json = r#"{"a":{"b":[1.50,{"c":"x"}]},"k":1,"k":1E400}"#.parse().unwrap();
        for (path, expected) in [
            ("k", Some(r#"{"a":{"b":[1.50,{"c":"x"}]},"k":1,"k":7}"#)),
            (
                "a.b.0",
                Some(r#"{"a":{"b":[7,{"c":"x"}]},"k":1,"k":1E400}"#),
            ),
            (
                "a.b.1.d",
                Some(r#"{"a":{"b":[1.50,{"c":"x","d":7}]},"k":1,"k":1E400}"#),
            ),
            (
                "a.n.m",
                Some(r#"{"a":{"b":[1.50,{"c":"x"}],"n":{"m":7}},"k":1,"k":1E400}"#),
            ),
            ("a.b", Some(r#"{"a":{"b":7},"k":1,"k":1E400}"#)),
            ("a.b.2", None),
            ("a.b.x", None),
            ("k.x", None),
        ] {
            let mut changed = json.clone();
            let is_set = changed.set(path, &"7".parse().unwrap());
            assert_eq!(is_set.then_some(changed.as_str()), expected, "{path}");
            assert!(is_set || changed == json, "{path}");
        }
        assert!(!json.clone().set(&format!("a{}", ".x".repeat(200)), &json));
        assert_eq!(json.keys(), ["a", "k", "k"]);
        assert!("[1]".parse::<Json>().unwrap().keys().is_empty());
    }
}
