//! Reads a list item by item from the body of a response, so that only the body is in memory.

use std::{fmt, marker::PhantomData};

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Deserializer;

use super::{CUT, NO_JSON, not_the_api, odd::Odd, shape, understood};
use crate::{api::Error, model::host::ApiHost};

/// The items of a JSON array. An item with a name but an unexpected shape doesn't make the others
/// unreadable; anything else that can't be read is an error, which ends the list.
pub struct Items<T> {
    host: ApiHost,
    status: u16,
    text: String,
    at: usize,
    place: Place,
    item: PhantomData<fn() -> T>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before the array.
    Start,
    /// After an item.
    Next,
    /// After everything that can be read.
    End,
}

impl<T> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Shows only the length, as the body of a response may be private.
        write!(f, "Items({} bytes)", self.text.len())
    }
}

impl<T: DeserializeOwned> Items<T> {
    /// The items in the body of a successful response.
    pub fn of(host: ApiHost, status: u16, body: Vec<u8>) -> Self {
        Self {
            host,
            status,
            // Not JSON at all, and reported as such.
            text: String::from_utf8(body).unwrap_or_else(|_| "\0".to_owned()),
            at: 0,
            place: Place::Start,
            item: PhantomData,
        }
    }

    /// The next item; `None` at the end.
    fn read(&mut self) -> Result<Option<Result<T, Odd>>, &'static str> {
        let expected = match self.place {
            Place::Start => b'[',
            Place::Next => b',',
            Place::End => return Ok(None),
        };
        match (self.byte(), self.place) {
            (Some(b']'), Place::Next) => return self.end(),
            (Some(byte), _) if byte == expected => self.at += 1,
            (_, Place::Start) => return Err(self.whole()),
            (None, _) => return Err(CUT),
            (Some(_), _) => return Err(NO_JSON),
        }
        if self.place == Place::Start && self.byte() == Some(b']') {
            return self.end();
        }
        self.place = Place::Next;
        // The list is truncated here, whatever shape the item would have had.
        let unreadable = |error: &serde_json::Error| shape("[".as_bytes(), error);
        let begin = self.at;
        match self.value() {
            Ok(item) => Ok(Some(Ok(item))),
            Err(error) if error.is_data() => {
                self.value::<IgnoredAny>()
                    .map_err(|error| unreadable(&error))?;
                let odd = Odd::of::<T>(&self.text[begin..self.at]);
                Ok(Some(Err(odd.ok_or_else(|| unreadable(&error))?)))
            }
            Err(error) => Err(unreadable(&error)),
        }
    }

    /// The value at this position.
    fn value<V: DeserializeOwned>(&mut self) -> serde_json::Result<V> {
        let mut values = Deserializer::from_str(&self.text[self.at..]).into_iter();
        let value = values.next().unwrap_or_else(|| serde_json::from_str(""))?;
        self.at += values.byte_offset();
        Ok(value)
    }

    /// The next byte that isn't whitespace.
    fn byte(&mut self) -> Option<u8> {
        let rest = &self.text.as_bytes()[self.at..];
        let blank = |byte: &&u8| matches!(byte, b' ' | b'\n' | b'\t' | b'\r');
        self.at += rest.iter().take_while(blank).count();
        self.text.as_bytes().get(self.at).copied()
    }

    /// Checks that nothing follows the array.
    fn end(&mut self) -> Result<Option<Result<T, Odd>>, &'static str> {
        self.at += 1;
        match self.byte() {
            None => Ok(None),
            Some(_) => Err(NO_JSON),
        }
    }

    /// What the body is if it isn't an array.
    fn whole(&self) -> &'static str {
        let body = self.text.as_bytes();
        let error = understood::<Vec<T>>(body).err();
        error.map_or(NO_JSON, |error| shape(body, &error))
    }
}

impl<T: DeserializeOwned> Iterator for Items<T> {
    type Item = Result<Result<T, Odd>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = self.read().transpose()?;
        if read.is_err() {
            self.place = Place::End;
        }
        Some(read.map_err(|what| not_the_api(&self.host, self.status, what)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Named {
        name: String,
        size: u8,
    }

    fn read(body: &str) -> Result<Vec<String>, String> {
        let items = Items::<Named>::of(ApiHost::public(), 200, body.into());
        let shown = items.map(|item| match item {
            Ok(Ok(item)) => Ok(format!("{} {}", item.name, item.size)),
            Ok(Err(odd)) => Ok(format!("{}: {}", odd.name, odd.field)),
            Err(Error::NotTheApi { what, .. }) => Err(what.to_owned()),
            Err(error) => panic!("{error}"),
        });
        shown.collect()
    }

    #[test]
    fn an_item_of_an_odd_shape_is_passed_over() {
        let body = r#"[{"name":"a","size":1},{"size":"b]}","name":"b\u00e9"},{"name":"c"},
            {"name":"d","size":[{}]},{"name":"e","size":5},{"name":"f","name":"g","size":6}]"#;
        let all = [
            "a 1",
            "b\u{e9}: size",
            "c: size",
            "d: size",
            "e 5",
            "g: name",
        ];
        assert_eq!(read(body).unwrap(), all);
        assert!(read(" [ ] ").unwrap().is_empty());
    }

    #[test]
    fn a_body_that_is_not_a_list_is_reported() {
        for (body, what) in [
            ("", "an empty body"),
            (" \n", "an empty body"),
            ("<html>[]</html>", "HTML"),
            ("{}", "unexpected JSON"),
            (r#"[{"size":"x"}]"#, "unexpected JSON"),
            ("[5]", "unexpected JSON"),
            ("[null]", "unexpected JSON"),
            (r#"[{"name":5}]"#, "unexpected JSON"),
            ("[", "truncated JSON"),
            (r#"[{"name":"a","size":1}"#, "truncated JSON"),
            (r#"[{"name":"a","size":1},"#, "truncated JSON"),
            (r#"[{"name":"a","size":1},]"#, "a body that is not JSON"),
            (
                r#"[{"name":"a","size":1}{"name":"b","size":1}]"#,
                "a body that is not JSON",
            ),
            ("[] []", "a body that is not JSON"),
        ] {
            assert_eq!(read(body), Err(what.to_owned()), "{body}");
        }
    }

    #[test]
    fn input_that_is_not_text_is_reported() {
        let body = b"[{\"name\":\"\xff\",\"size\":1}]".to_vec();
        let mut items = Items::<Named>::of(ApiHost::public(), 200, body);
        let error = items.next().unwrap().err().unwrap().to_string();
        assert!(error.contains(NO_JSON), "{error}");
        assert!(items.next().is_none());
    }

    #[test]
    fn what_is_cut_behind_an_odd_item_is_refused() {
        for body in [
            r#"[{"name":"a","size":"x"#,
            r#"[{"name":"a","size":"x"},"#,
            r#"[{"name":"a","size":"x",}]"#,
        ] {
            assert!(read(body).is_err(), "{body}");
        }
    }
}
