//! What an answer says: pure.

pub mod odd;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::value::RawValue;

use self::odd::Odd;

use super::Error;
use crate::model::{
    error_body,
    host::ApiHost,
    private::Private,
    scrub::Scrubber,
    text::{MAX_ERROR_CHARS, cut, printable},
};

/// The body of an answer that says yes.
pub fn read<T: DeserializeOwned>(host: &ApiHost, status: u16, body: &[u8]) -> Result<T, Error> {
    understood(body).map_err(|error| not_the_api(host, status, shape(body, &error)))
}

/// The body of an answer that is a list. An item of an odd shape that has a name is no reason to
/// refuse the others.
pub fn list<T: DeserializeOwned>(
    host: &ApiHost,
    status: u16,
    body: &[u8],
) -> Result<(Vec<T>, Vec<Odd>), Error> {
    match understood(body) {
        Ok(items) => Ok((items, Vec::new())),
        Err(error) => one_by_one(body)
            .filter(|_| error.is_data())
            .ok_or_else(|| not_the_api(host, status, shape(body, &error))),
    }
}

/// The items that can be read, and the odd ones; nothing where one has no name either.
fn one_by_one<T: DeserializeOwned>(body: &[u8]) -> Option<(Vec<T>, Vec<Odd>)> {
    let (mut read, mut odd) = (Vec::new(), Vec::new());
    for item in serde_json::from_slice::<Vec<&RawValue>>(body).ok()? {
        match serde_json::from_str(item.get()) {
            Ok(item) => read.push(item),
            Err(_) => odd.push(Odd::of::<T>(item.get())?),
        }
    }
    Some((read, odd))
}

/// Whether a body may stand below a yes that has nothing more to say.
pub fn is_bare(body: &[u8]) -> bool {
    body.trim_ascii().is_empty() || understood::<IgnoredAny>(body).is_ok()
}

/// What says yes, but not what was asked.
pub fn not_the_api(host: &ApiHost, status: u16, what: &str) -> Error {
    Error::NotTheApi {
        host: host.clone(),
        status,
        what: what.to_owned(),
    }
}

fn understood<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
    // Once for all of it: string by string takes as long as all else that is read.
    match std::str::from_utf8(body) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(body),
    }
}

/// A longer body of an error is not searched for a message.
const MAX_REFUSAL: usize = 1 << 20;

/// What an answer means that says no. `shown` makes its words safe to show, before they are cut:
/// otherwise half of a value could be left at the end.
pub fn refusal(host: &ApiHost, status: u16, body: &[u8], shown: impl Fn(&str) -> String) -> Error {
    let shown = |text: &str| cut(&shown(text), MAX_ERROR_CHARS).into_owned();
    let body = if body.len() > MAX_REFUSAL { &[] } else { body };
    let told = error_body::message(body);
    let message = told.as_deref().or_else(|| plain_text(body)).map(shown);
    match status {
        429 | 500.. => Error::Busy {
            status,
            message,
            wait: None,
        },
        // Another server's page, at an address where no API is.
        404 if told.is_none() => not_the_api(host, status, "a page of its own"),
        _ => Error::Status { status, message },
    }
}

/// Text of others as people may see it: without known values, without what is private in the
/// call, and without what a terminal could act on.
pub fn shown(text: &str, scrubber: &Scrubber, private: &Private) -> String {
    let text = scrubber.clean(text);
    private.hide_all(&printable(&text)).into_owned()
}

/// A gateway's own sentence; a page is none.
fn plain_text(body: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(body).ok()?.trim();
    (!text.is_empty() && !text.starts_with(['<', '{', '['])).then_some(text)
}

fn shape(body: &[u8], error: &serde_json::Error) -> &'static str {
    let start = body.trim_ascii_start();
    if start.is_empty() {
        "nothing"
    } else if start.starts_with(b"<") {
        "HTML"
    } else if error.is_eof() {
        "JSON that ends in the middle"
    } else if error.is_data() {
        "JSON of another shape"
    } else {
        "something other than JSON"
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
        match list::<Named>(&ApiHost::public(), 200, body.as_bytes()) {
            Ok((read, odd)) => {
                let read = read
                    .iter()
                    .map(|item| format!("{} {}", item.name, item.size));
                let odd = odd.iter().map(|odd| format!("{}: {}", odd.name, odd.field));
                Ok(read.chain(odd).collect())
            }
            Err(Error::NotTheApi { what, .. }) => Err(what),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn an_item_of_an_odd_shape_is_passed_over() {
        let body = r#"[{"name":"a","size":1},{"size":"b]}","name":"b\u00e9"},{"name":"c"},
            {"name":"d","size":[{}]},{"name":"e","size":5},{"name":"f","name":"g","size":6}]"#;
        let all = [
            "a 1",
            "e 5",
            "b\u{e9}: size",
            "c: size",
            "d: size",
            "g: name",
        ];
        assert_eq!(read(body).unwrap(), all);
        assert!(read(" [ ] ").unwrap().is_empty());
    }

    #[test]
    fn what_is_no_list_is_told() {
        for (body, what) in [
            ("", "nothing"),
            (" \n", "nothing"),
            ("<html>[]</html>", "HTML"),
            ("{}", "JSON of another shape"),
            (r#"[{"size":"x"}]"#, "JSON of another shape"),
            ("[5]", "JSON of another shape"),
            ("[null]", "JSON of another shape"),
            (r#"[{"name":5}]"#, "JSON of another shape"),
            ("[", "JSON that ends in the middle"),
            (r#"[{"name":"a","size":1}"#, "JSON that ends in the middle"),
            (r#"[{"name":"a","size":1},"#, "JSON that ends in the middle"),
            (r#"[{"name":"a","size":1},]"#, "something other than JSON"),
            ("[] []", "something other than JSON"),
        ] {
            assert_eq!(read(body), Err(what.to_owned()), "{body}");
        }
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
