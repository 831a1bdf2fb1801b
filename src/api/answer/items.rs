//! A list, read item by item while it arrives: a long one is never held as a whole.

use std::{fmt, marker::PhantomData};

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{
    Deserializer,
    de::{Read, SliceRead, StrRead},
};

use super::{odd::Odd, shape, understood};

/// The bytes of an answer that is a JSON array of `T`, as far as they are there.
///
/// Takes what a whole reader would take, however it is cut into pieces: `T` is read from an object
/// or a string, whose end can be seen. Of a number more could be to come. An item of an odd shape
/// that has a name is no reason to refuse the others, as it would be for a whole reader.
pub struct Items<T> {
    /// What isn't read yet: the beginning of an item, and what came while it was waited for.
    rest: Vec<u8>,
    at: Place,
    /// How much there must be before it is read again. An item that isn't all there is tried anew
    /// at twice its length, so that a long one in small pieces isn't read once for each of them.
    enough: usize,
    kind: PhantomData<T>,
}

enum Place {
    /// Before the array.
    Start,
    /// Behind its bracket: an item, or its end.
    First,
    /// Behind a comma: an item.
    Item,
    /// Behind an item: a comma, or the end.
    Next,
    /// Behind the array.
    End,
    /// In something that isn't an array, which is kept whole to say what it is.
    Elsewhere,
    /// Behind what can't be read.
    Broken(&'static str),
}

impl<T> Default for Items<T> {
    fn default() -> Self {
        Self {
            rest: Vec::new(),
            at: Place::Start,
            enough: 0,
            kind: PhantomData,
        }
    }
}

impl<T> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Of an answer nothing but its length is anyone's business.
        write!(f, "Items({} bytes)", self.rest.len())
    }
}

impl<T: DeserializeOwned> Items<T> {
    /// Takes the next bytes, and hands on each item that is whole with them.
    pub fn take(&mut self, bytes: &[u8], each: impl FnMut(Result<T, Odd>)) {
        if matches!(self.at, Place::Broken(_)) {
            return;
        }
        self.rest.extend_from_slice(bytes);
        if self.rest.len() >= self.enough {
            self.read(each);
        }
    }

    /// The end of the answer: where it isn't the end of the array, what the answer was instead.
    pub fn end(mut self, each: impl FnMut(Result<T, Odd>)) -> Result<(), &'static str> {
        self.read(each);
        match self.at {
            Place::End => Ok(()),
            Place::Start => Err("nothing"),
            Place::First | Place::Item | Place::Next => Err(super::CUT),
            Place::Elsewhere => match understood::<Vec<T>>(&self.rest) {
                Ok(_) => Ok(()),
                Err(error) => Err(shape(&self.rest, &error)),
            },
            Place::Broken(what) => Err(what),
        }
    }

    fn read(&mut self, mut each: impl FnMut(Result<T, Odd>)) {
        let bytes = std::mem::take(&mut self.rest);
        // Once for all of it: string by string takes as long as all else that is read.
        // A piece that is cut inside a character is none, and its strings are looked at one by one.
        let whole_text = std::str::from_utf8(&bytes).ok();
        let mut read = 0;
        let item = |from: usize| {
            let read = match whole_text {
                Some(text) => next(StrRead::new(&text[from..])),
                None => next(SliceRead::new(&bytes[from..])),
            };
            match read {
                Ok((value, length)) => Ok((Ok(value), length)),
                Err(error) if error.is_data() => odd::<T>(&bytes[from..], error),
                Err(error) => Err(error),
            }
        };
        self.enough = 0;
        loop {
            let blank = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\t' | b'\r');
            read += bytes[read..].iter().take_while(|byte| blank(byte)).count();
            let Some(byte) = bytes.get(read) else {
                break;
            };
            self.at = match (&self.at, byte) {
                (Place::Elsewhere | Place::Broken(_), _) => break,
                (Place::Start, b'[') => Place::First,
                (Place::First | Place::Next, b']') => Place::End,
                (Place::Next, b',') => Place::Item,
                (Place::Start, _) => {
                    self.enough = usize::MAX;
                    self.at = Place::Elsewhere;
                    break;
                }
                (Place::Next | Place::End, _) => Place::Broken(super::NO_JSON),
                (Place::First | Place::Item, _) => match item(read) {
                    Ok((value, length)) => {
                        each(value);
                        read += length;
                        self.at = Place::Next;
                        continue;
                    }
                    Err(error) if error.is_eof() => {
                        self.enough = 2 * (bytes.len() - read);
                        break;
                    }
                    Err(error) => Place::Broken(shape(b"[", &error)),
                },
            };
            read += 1;
        }
        self.rest = bytes;
        self.rest.drain(..read);
    }
}

/// An item that is no `T`: passed over where it is whole and has a name, so that it can be told.
fn odd<T: DeserializeOwned>(
    bytes: &[u8],
    error: serde_json::Error,
) -> serde_json::Result<(Result<T, Odd>, usize)> {
    let (_, length) = next::<IgnoredAny>(SliceRead::new(bytes))?;
    match Odd::of::<T>(&bytes[..length]) {
        Some(odd) => Ok((Err(odd), length)),
        None => Err(error),
    }
}

/// The value that a text begins with, and how long it is.
fn next<'a, T: DeserializeOwned>(text: impl Read<'a>) -> serde_json::Result<(T, usize)> {
    let mut values = Deserializer::new(text).into_iter();
    let value = values.next().expect("there is more than blanks")?;
    Ok((value, values.byte_offset()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pieces: &[&[u8]]) -> Result<Vec<String>, &'static str> {
        let (mut items, mut read) = (Items::default(), Vec::new());
        for piece in pieces {
            items.take(piece, |item| read.push(item.unwrap()));
        }
        items.end(|item| read.push(item.unwrap())).map(|()| read)
    }

    #[test]
    fn a_list_is_read_wherever_it_is_cut() {
        let text = " [ \"é]\\\"\" ,\n\"\",\"日本\" ] \n".as_bytes();
        for cut in 0..=text.len() {
            let (one, other) = text.split_at(cut);
            assert_eq!(read(&[one, other]).unwrap(), ["é]\"", "", "日本"]);
        }
        let bytes: Vec<_> = text.chunks(1).collect();
        assert_eq!(read(&bytes).unwrap().len(), 3);
        assert_eq!(read(&[b"[", b"]"]).unwrap(), [""; 0]);
    }

    #[test]
    fn what_is_no_list_is_told_as_of_a_whole_answer() {
        let cases: [(&[u8], &str); 13] = [
            (b"", "nothing"),
            (b" \n", "nothing"),
            (b"<html>[]</html>", "HTML"),
            (b"{}", "JSON of another shape"),
            (b"[\"a\", 5]", "JSON of another shape"),
            (b"[", "JSON that ends in the middle"),
            (b"[\"a\"", "JSON that ends in the middle"),
            (b"[\"a\",", "JSON that ends in the middle"),
            (b"[\"a", "JSON that ends in the middle"),
            (b"[\"a\",]", "something other than JSON"),
            (b"[\"a\"\"b\"]", "something other than JSON"),
            (b"[\"\xff\"]", "something other than JSON"),
            (b"[] []", "something other than JSON"),
        ];
        for (text, what) in cases {
            let pieces: Vec<_> = text.chunks(1).collect();
            assert_eq!(read(&pieces), Err(what), "{}", text.escape_ascii());
            assert_eq!(read(&[text]), Err(what), "{}", text.escape_ascii());
        }
    }

    #[test]
    fn a_long_item_in_small_pieces_is_not_read_for_each_of_them() {
        let mut items = Items::<String>::default();
        items.take(b"[\"", |_| panic!("it isn't whole"));
        for _ in 0..10_000 {
            items.take(&[b'a'; 100], |_| panic!("it isn't whole"));
        }
        // Tried at each doubling, it waits for the next one.
        assert!(items.enough > items.rest.len());
        let mut read = 0;
        items.take(b"\"]", |item| read = item.unwrap().len());
        items.end(|item| read = item.unwrap().len()).unwrap();
        assert_eq!(read, 1_000_000);
    }

    #[test]
    fn an_item_of_an_odd_shape_is_passed_over_wherever_the_list_is_cut() {
        #[derive(serde::Deserialize)]
        struct Named {
            name: String,
            size: u8,
        }

        fn read(pieces: &[&[u8]]) -> (Vec<String>, Result<(), &'static str>) {
            let (mut items, mut read) = (Items::<Named>::default(), Vec::new());
            let mut each = |item: Result<Named, Odd>| {
                read.push(match item {
                    Ok(Named { name, size }) => format!("{name} {size}"),
                    Err(Odd { name, field }) => format!("{name}: {field}"),
                });
            };
            for piece in pieces {
                items.take(piece, &mut each);
            }
            let end = items.end(&mut each);
            (read, end)
        }

        let text = br#"[{"name":"a","size":1},{"size":"b]}","name":"b\u00e9"},{"name":"c"},
            {"name":"d","size":[{}]},{"name":"e","size":5},{"name":"f","name":"g","size":6}]"#;
        let all = [
            "a 1",
            "b\u{e9}: size",
            "c: size",
            "d: size",
            "e 5",
            "g: name",
        ];
        for cut in 0..=text.len() {
            let (one, other) = text.split_at(cut);
            assert_eq!(
                read(&[one, other]),
                (all.map(str::to_owned).to_vec(), Ok(()))
            );
        }
        let bytes: Vec<_> = text.chunks(1).collect();
        assert_eq!(read(&bytes).0, all);
        // What has no name is no item of such a list.
        for other in [r#"[{"size":"x"}]"#, "[5]", "[null]", r#"[{"name":5}]"#] {
            assert_eq!(read(&[other.as_bytes()]).1, Err("JSON of another shape"));
        }
        let cut = read(&[br#"[{"name":"a","size":"x"#]).1;
        assert_eq!(cut, Err("JSON that ends in the middle"));
        let no_json = read(&[br#"[{"name":"a","size":"x",}]"#]).1;
        assert_eq!(no_json, Err("something other than JSON"));
    }
}
