//! What differs from run to run, made equal: ids, times, ports, how long something took. What is
//! put in its place looks like the real thing, so that examples and documents can show it.

const ID: &str = "0b8f6f1e-6a53-4a51-9d9e-6b7b1d0f1c22";
const TIME: &str = "2026-02-03T10:11:12.345678Z";
const HEX: &str = "0123456789abcdef0123456789abcdef";

/// A shape: `h` is a hexadecimal digit, `d` a decimal one, all else itself.
const SHAPES: [(&str, &str); 5] = [
    ("hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh", ID),
    ("dddd-dd-ddTdd:dd:dd.dddddddddZ", TIME),
    ("dddd-dd-ddTdd:dd:dd.ddddddZ", TIME),
    ("dddd-dd-ddTdd:dd:ddZ", TIME),
    ("hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh", HEX),
];

/// What stands before and after a number that is masked, and what it becomes.
const NUMBERS: [(&str, &str, &str); 12] = [
    ("127.0.0.1:", "", "8080"),
    ("\"waited_ms\": ", ",", "21"),
    ("\"waited_ms\": ", "\n", "21"),
    ("\"duration_ms\": ", "\n", "21"),
    ("\"duration_ms\": ", ",", "21"),
    ("\"duration_ms\":", "}", "21"),
    ("\"duration_ms\":", ",", "21"),
    ("\"pid\":", "}", "4242"),
    ("(after ", " ms)", "21"),
    ("answered in ", " ms", "21"),
    ("retrying in ", " ms", "250"),
    // How long a call took, in a trace.
    (" (", " ms, ", "21"),
];

/// The text with all of that masked.
pub(crate) fn mask(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let shape = SHAPES.iter().find(|(shape, _)| fits(rest, shape));
        if let Some((shape, instead)) = shape {
            masked.push_str(instead);
            rest = &rest[shape.len()..];
        } else if let Some((digits, instead)) = number(&masked, rest) {
            masked.push_str(instead);
            rest = &rest[digits..];
        } else {
            masked.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    masked
}

fn fits(text: &str, shape: &str) -> bool {
    let (text, shape) = (text.as_bytes(), shape.as_bytes());
    text.len() >= shape.len()
        && shape.iter().zip(text).all(|(shape, byte)| match shape {
            b'h' => byte.is_ascii_hexdigit(),
            b'd' => byte.is_ascii_digit(),
            shape => shape == byte,
        })
}

fn number(before: &str, text: &str) -> Option<(usize, &'static str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let fits = |head: &str, tail: &str| before.ends_with(head) && text[digits..].starts_with(tail);
    let mut found = NUMBERS
        .iter()
        .filter(|(head, tail, _)| digits > 0 && fits(head, tail));
    found.next().map(|(_, _, instead)| (digits, *instead))
}
