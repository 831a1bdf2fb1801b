//! The spellings of a character: as it is, or escaped for JSON, a URL or HTML. The characters of an
//! escape may be escaped themselves: an error in JSON quotes JSON, a log quotes a URL.

/// How deeply escapes can be nested.
const DEPTH: u8 = 3;

/// A character that the text may represent, and where its spelling ends.
pub(super) type Reading = (char, usize);

/// Adds everything that the text can represent at this position: the character itself, and any
/// character that an escape there stands for.
pub(super) fn readings(text: &str, at: usize, found: &mut Vec<Reading>) {
    match text[at..].chars().next() {
        Some(c) if begins_escape(c) => found.extend(read(text, at, DEPTH)),
        Some(c) => found.push((c, at + c.len_utf8())),
        None => {}
    }
}

/// Whether an escape begins with this character.
pub(super) fn begins_escape(c: char) -> bool {
    matches!(c, '\\' | '%' | '&' | '+')
}

/// Whether a text ends with an escape whose last character could be taken for part of a word.
pub(super) fn ends_with_escape(text: &str) -> bool {
    let bytes = text.as_bytes();
    let tail = |len: usize| &bytes[bytes.len().saturating_sub(len)..];
    let are_hex = |digits: &[u8]| digits.iter().all(u8::is_ascii_hexdigit);
    matches!(tail(2), [b'\\', b'b' | b'f' | b'n' | b'r' | b't' | b'0'])
        || matches!(tail(3), [b'%', digits @ ..] if digits.len() == 2 && are_hex(digits))
        || matches!(tail(4), [b'\\', b'x', digits @ ..] if digits.len() == 2 && are_hex(digits))
        || matches!(tail(6), [b'\\', b'u', digits @ ..] if digits.len() == 4 && are_hex(digits))
}

fn read(text: &str, at: usize, depth: u8) -> Vec<Reading> {
    let Some(c) = text[at..].chars().next() else {
        return Vec::new();
    };
    if depth == 0 || !begins_escape(c) {
        return vec![(c, at + c.len_utf8())];
    }
    if c == '\\' {
        return backslashes(text, at, depth - 1);
    }
    let mut found = Vec::new();
    for (c, end) in read(text, at, depth - 1) {
        match c {
            '\\' => backslash(text, end, depth - 1, &mut found),
            '%' => found.extend(percent(text, end, depth - 1)),
            '&' => found.extend(entity(text, end, depth - 1)),
            // As forms encode a space.
            '+' => found.push((' ', end)),
            _ => {}
        }
        found.push((c, end));
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The most backslashes that nested escapes make of one.
const MAX_BACKSLASHES: usize = 1 << DEPTH;

/// Some backslashes of a run, which may together represent one; or all of them, and the character
/// that they escape.
fn backslashes(text: &str, at: usize, depth: u8) -> Vec<Reading> {
    let row = text[at..].bytes().take(MAX_BACKSLASHES);
    let row = row.take_while(|byte| *byte == b'\\').count();
    let mut found: Vec<Reading> = (1..=row).map(|some| ('\\', at + some)).collect();
    if row < MAX_BACKSLASHES {
        backslash(text, at + row, depth, &mut found);
    }
    found
}

/// Escapes of JSON, and of languages that print text in quotes.
fn backslash(text: &str, at: usize, depth: u8, found: &mut Vec<Reading>) {
    for (c, end) in read(text, at, depth) {
        match c {
            'u' => found.extend(unicode(text, end, depth)),
            'x' => found.extend(of_code(hex(text, end, 2, depth))),
            'b' | 'f' | 'n' | 'r' | 't' | '0' => found.push(('\n', end)),
            c if !c.is_alphanumeric() => found.push((c, end)),
            _ => {}
        }
    }
}

/// `\uXXXX`, a surrogate pair of them, or `\u{X}`.
fn unicode(text: &str, at: usize, depth: u8) -> Option<Reading> {
    if let Some(inside) = text[at..].strip_prefix('{') {
        let (digits, _) = inside.split_once('}')?;
        let code = u32::from_str_radix(digits, 16).ok()?;
        return of_code(Some((code, at + digits.len() + 2)));
    }
    let (high, end) = hex(text, at, 4, depth)?;
    if !(0xd800..0xdc00).contains(&high) {
        return of_code(Some((high, end)));
    }
    let low = |end| {
        let (low, end) = hex(text, end, 4, depth)?;
        Some((low.checked_sub(0xdc00).filter(|low| *low < 0x400)?, end))
    };
    let escapes = all(text, end, depth, '\\').flat_map(|end| all(text, end, depth, 'u'));
    let (low, end) = escapes.into_iter().find_map(low)?;
    of_code(Some((0x1_0000 + ((high - 0xd800) << 10) + low, end)))
}

/// Percent escapes of a URL: one for each byte of the character.
fn percent(text: &str, at: usize, depth: u8) -> Option<Reading> {
    let (first, mut end) = byte(text, at, depth)?;
    let mut bytes = [first, 0, 0, 0];
    let len = match first {
        0..0x80 => 1,
        0xc2..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0..0xf5 => 4,
        _ => return None,
    };
    for byte_at in &mut bytes[1..len] {
        // `%25` is a percent sign, which may begin another escape.
        let next = |end| byte(text, end, depth).filter(|(byte, _)| byte & 0xc0 == 0x80);
        (*byte_at, end) = all(text, end, depth, '%').find_map(next)?;
    }
    let c = str::from_utf8(&bytes[..len]).ok()?.chars().next()?;
    Some((c, end))
}

/// The length of the longest name below, or the longest number.
const MAX_ENTITY: usize = 8;

/// HTML entities, by number or by name.
fn entity(text: &str, at: usize, depth: u8) -> Option<Reading> {
    let (mut name, mut end) = (String::new(), at);
    loop {
        let usual = |c: char| c.is_ascii_alphanumeric() || matches!(c, '#' | ';');
        let (c, after) = read(text, end, depth)
            .into_iter()
            .find(|(c, _)| usual(*c))?;
        end = after;
        match c {
            ';' => break,
            _ if name.len() == MAX_ENTITY => return None,
            c => name.push(c.to_ascii_lowercase()),
        }
    }
    let code = if let Some(digits) = name.strip_prefix("#x") {
        u32::from_str_radix(digits, 16).ok()
    } else if let Some(digits) = name.strip_prefix('#') {
        digits.parse().ok()
    } else {
        let named = match name.as_str() {
            "quot" => '"',
            "apos" => '\'',
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "nbsp" => ' ',
            "sol" => '/',
            "bsol" => '\\',
            "plus" => '+',
            "equals" => '=',
            "colon" => ':',
            "percnt" => '%',
            "grave" => '`',
            _ => return None,
        };
        Some(u32::from(named))
    };
    of_code(Some((code?, end)))
}

fn of_code(read: Option<(u32, usize)>) -> Option<Reading> {
    let (code, end) = read?;
    Some((char::from_u32(code)?, end))
}

fn byte(text: &str, at: usize, depth: u8) -> Option<(u8, usize)> {
    let (code, end) = hex(text, at, 2, depth)?;
    Some((u8::try_from(code).ok()?, end))
}

fn hex(text: &str, at: usize, digits: usize, depth: u8) -> Option<(u32, usize)> {
    (0..digits).try_fold((0, at), |(code, at), _| {
        let digit = |(c, end): Reading| Some((c.to_digit(16)?, end));
        let (digit, end) = read(text, at, depth).into_iter().find_map(digit)?;
        Some((code * 16 + digit, end))
    })
}

/// Where each way to read this character ends.
fn all(text: &str, at: usize, depth: u8, wanted: char) -> impl Iterator<Item = usize> {
    let found = read(text, at, depth).into_iter();
    found.filter_map(move |(c, end)| (c == wanted).then_some(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_is_read_in_each_spelling() {
        for (text, c) in [
            ("/", '/'),
            (r"\/", '/'),
            (r"\u002f", '/'),
            (r"\\u002F", '/'),
            ("%2f", '/'),
            ("%252F", '/'),
            ("&#x2F;", '/'),
            ("&amp;#47;", '/'),
            ("%26%2347%3B", '/'),
            (r#"\""#, '"'),
            (r#"\\\""#, '"'),
            ("%5C%22", '"'),
            ("&quot;", '"'),
            ("+", ' '),
            ("%20", ' '),
            (r"\u00e9", 'é'),
            (r"%5Cu00e9", 'é'),
            ("%c3%A9", 'é'),
            ("%25C3%25A9", 'é'),
            (r"\xe9", 'é'),
            (r"\u{e9}", 'é'),
            (r"\ud83d\ude9A", '🚚'),
            ("%F0%9F%9A%9A", '🚚'),
        ] {
            let mut found = Vec::new();
            readings(text, 0, &mut found);
            assert!(found.contains(&(c, text.len())), "{text}: {found:?}");
        }
    }

    #[test]
    fn what_is_no_escape_is_itself_alone() {
        for text in [
            "%", "%2", "%zz", "%ff", "\\", r"\q", r"\u12", r"\ud83d", "&", "&x", "&nope;",
        ] {
            let mut found = Vec::new();
            readings(text, 0, &mut found);
            let first = text.chars().next().unwrap();
            assert_eq!(found, [(first, 1)], "{text}");
        }
    }
}
