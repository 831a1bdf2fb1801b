//! What is found and what isn't, and that nothing of a value remains.

use base64::{Engine as _, engine::general_purpose as engines};
use proptest::prelude::*;

use super::*;

fn knowing(values: &[&str]) -> Scrubber {
    let scrubber = Scrubber::default();
    for value in values {
        scrubber.secret(*value);
    }
    scrubber
}

const VALUE: &str = "s3\"cr t/é<x>&'+y";

#[test]
fn a_value_is_masked_in_each_spelling() {
    let scrubber = knowing(&[VALUE]);
    for text in [
        VALUE,
        "S3\"CR T/É<X>&'+Y",
        r#"s3\"cr t/é<x>&'+y"#,
        r#"s3\"cr t\/\u00e9<x>&'+y"#,
        r#"s3\"cr t\/\u00E9\u003cx\u003E\u0026'+y"#,
        r#"s3\\\"cr t\\\/\\u00e9<x>&'+y"#,
        "s3%22cr%20t%2F%C3%A9%3Cx%3E%26%27%2By",
        "s3%22cr%20t%2f%c3%a9%3cx%3e%26%27%2by",
        "s3%22cr+t/%C3%A9%3Cx%3E%26'%2By",
        "s3%2522cr%2520t%252F%25C3%25A9%253Cx%253E%2526%2527%252By",
        "s3&quot;cr t/é&lt;x&gt;&amp;&#39;+y",
        "s3&#34;cr t&#x2F;&#xe9;&LT;x&gt;&amp;&#x27;&#43;y",
        "s3&amp;quot;cr t/é&amp;lt;x&amp;gt;&amp;amp;&amp;#39;+y",
        "s3%5C%22cr%20t%2F%5Cu00e9%3Cx%3E%26%27%2By",
        "s3\"cr\u{7}\u{202e} t/é\u{1b}<x>&'+y",
        r#"s3\"cr\n t/é\u001b<x>&'+y"#,
    ] {
        assert_eq!(scrubber.clean(&format!("<{text}>")), "<***>", "{text}");
        assert_eq!(scrubber.clean(&format!("a{text}b")), "a***b", "{text}");
    }
}

#[test]
fn base64_of_a_value_alone_or_behind_a_name_is_masked() {
    let scrubber = knowing(&[VALUE]);
    for user in ["", "u:", "us:", "use:", "user@a.example:", "ü:"] {
        for tail in ["", "!", "??"] {
            let plain = format!("{user}{VALUE}{tail}");
            let coded = [
                engines::STANDARD.encode(&plain),
                engines::STANDARD_NO_PAD.encode(&plain),
                engines::URL_SAFE.encode(&plain),
                engines::URL_SAFE_NO_PAD.encode(&plain),
            ];
            for coded in coded {
                let cleaned = scrubber.clean(&coded).into_owned();
                let rest = cleaned.replace(['*', '='], "");
                // Only the name and the tail remain, except for the characters that they share.
                let others = user.len() + tail.len();
                assert!(cleaned.contains("***"), "{plain}: {cleaned}");
                assert!(rest.len() <= others * 4 / 3 + 2, "{plain}: {cleaned}");
                let slashed = coded.replace('/', r"\/").replace('+', "%2B");
                assert!(scrubber.clean(&slashed).contains("***"), "{slashed}");
            }
        }
    }
}

#[test]
fn of_two_values_that_overlap_nothing_shows() {
    let scrubber = knowing(&["abcdefgh", "Bearer abcdefgh", "efghijkl"]);
    assert_eq!(scrubber.clean("Bearer abcdefgh, abcdefgh"), "***, ***");
    assert_eq!(scrubber.clean("<abcdefghijkl>"), "<***>");
    let scrubber = knowing(&["cdefghij", "abcdefghijklmnop"]);
    assert_eq!(scrubber.clean("<abcdefghijklmnop>"), "<***>");
}

#[test]
fn what_follows_a_scheme_is_known_alone() {
    let scrubber = knowing(&["Bearer abcdefgh"]);
    assert_eq!(scrubber.clean("no abcdefgh here"), "no *** here");
}

#[test]
fn a_value_with_blanks_around_it_is_known_without_them() {
    let scrubber = knowing(&["  padded-value\t", " hunter2 "]);
    assert_eq!(scrubber.clean("got padded-value, hunter2"), "got ***, ***");
}

#[test]
fn a_secret_of_another_scrubber_can_be_learned() {
    let (ours, other) = (Scrubber::default(), Scrubber::default());
    ours.learn(&other.secret("padded-value"));
    assert_eq!(ours.clean("padded-value"), "***");
}

#[test]
fn of_base64_no_character_is_left_that_has_bits_of_the_value() {
    let scrubber = knowing(&["abcdefgh"]);
    for (coded, shown) in [
        (engines::STANDARD.encode("abcdefgh"), "***"),
        (engines::STANDARD.encode("u:abcdefgh"), "dT***"),
        (engines::STANDARD.encode("us:abcdefgh!!!"), "dXM6***hISE="),
        (engines::URL_SAFE.encode("???abcdefgh"), "Pz8_***"),
    ] {
        assert_eq!(scrubber.clean(&coded), shown, "{coded}");
    }
}

#[test]
fn a_short_value_is_masked_as_a_word_and_so_is_each_word_of_its_shape() {
    let scrubber = knowing(&["1234"]);
    for (text, shown) in [
        ("got 1234.", "got ***."),
        (
            "1234 4321 12345 123 a1234 1234a",
            "*** *** 12345 123 a1234 1234a",
        ),
        (r"got\n1234\t", r"got\n***\t"),
        ("a%201234%20b", "a%20***%20b"),
        (r"\u0031\u0032\u0033\u0034", "***"),
        ("%31%32%33%34", "***"),
        ("key=&#49;234", "key=***"),
        ("no such webhook", "no such webhook"),
    ] {
        assert_eq!(scrubber.clean(text), shown);
    }
    let scrubber = knowing(&["hunter2"]);
    assert_eq!(
        scrubber.clean("hunter2 Hunter3 hunters webhook 1234567 ahunter2"),
        "*** *** hunters webhook 1234567 ahunter2"
    );
    let scrubber = knowing(&["p@ss1"]);
    assert_eq!(
        scrubber.clean("p@ss1 q@xy2 p#ss1 paass1"),
        "*** *** p#ss1 paass1"
    );
}

#[test]
fn no_text_reveals_which_number_is_the_value() {
    let all: Vec<String> = (0..10_000).map(|number| format!("{number:04}")).collect();
    let texts = [
        all.join(" "),
        all.join(r"\n"),
        all.iter()
            .map(|pin| engines::STANDARD.encode(format!("u:{pin}")) + " ")
            .collect(),
    ];
    for text in texts {
        let shown: Vec<_> = ["0007", "1234", "9999"]
            .map(|pin| knowing(&[pin]).clean(&text).into_owned())
            .into();
        assert!(shown[0] == shown[1] && shown[1] == shown[2]);
        assert!(!shown[0].contains("1234"));
    }
    let dates: String = (0..100)
        .map(|day| format!("x{}y ", 20_260_000 + day))
        .collect();
    let shown = knowing(&["20260042"]).clean(&dates).into_owned();
    assert_eq!(shown, "x***y ".repeat(100));
}

#[test]
fn base64_of_a_short_value_is_masked() {
    let scrubber = knowing(&["hunter2"]);
    for user in ["", "u:", "us:", "user:"] {
        let coded = engines::STANDARD.encode(format!("{user}hunter2"));
        for text in [
            format!("Basic {coded}"),
            format!("x/{coded}"),
            format!("abcdef/{coded}"),
        ] {
            let shown = scrubber.clean(&text).into_owned();
            assert!(
                shown.contains("***") && !shown.contains(&coded[coded.len() / 2..]),
                "{shown}"
            );
        }
    }
}

#[test]
fn short_or_unknown_values_are_left_alone() {
    let scrubber = knowing(&["e", "abc", ""]);
    assert!(matches!(
        scrubber.clean("here abc %20 &amp;"),
        Cow::Borrowed(_)
    ));
    let scrubber = knowing(&["abcdefgh"]);
    for text in [
        "%61bcdefg",
        "abcdefg",
        "&#97;bc+defgh",
        r"\u12 %zz & \",
        "日本語",
    ] {
        assert!(matches!(scrubber.clean(text), Cow::Borrowed(_)), "{text}");
    }
}

/// One of several spellings of a character.
fn spelled(c: char, how: u8) -> String {
    let bytes = c.to_string();
    let units = |upper: bool| {
        let mut pair = [0; 2];
        let units = c.encode_utf16(&mut pair).iter();
        let unit = |unit: &u16| {
            if upper {
                format!(r"\u{unit:04X}")
            } else {
                format!(r"\u{unit:04x}")
            }
        };
        units.map(unit).collect::<String>()
    };
    match how {
        0 => units(false),
        1 => units(true),
        2 => bytes.bytes().map(|byte| format!("%{byte:02x}")).collect(),
        3 => bytes.bytes().map(|byte| format!("%{byte:02X}")).collect(),
        4 => format!("&#{};", u32::from(c)),
        5 => format!("&#x{:X};", u32::from(c)),
        6 if c == ' ' => "+".to_owned(),
        7 if "\"\\/'".contains(c) => format!(r"\{c}"),
        8 if c.is_ascii() => c.to_ascii_uppercase().to_string(),
        9 if c.is_ascii() => c.to_ascii_lowercase().to_string(),
        _ => bytes,
    }
}

/// The whole value encoded once more, as text that quotes it may do.
fn quoted(text: String, how: u8) -> String {
    match how {
        0 => {
            let json = serde_json::to_string(&text).unwrap();
            json[1..json.len() - 1].to_owned()
        }
        1 => crate::model::routes::encode(&text),
        2 => text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('"', "&quot;"),
        _ => text,
    }
}

proptest! {
    #[test]
    fn nothing_of_a_value_is_left_in_any_spelling(
        value in "[!-~éß日🚚]([ -~éß日🚚]{6,20})[!-~éß日🚚]",
        how in proptest::collection::vec(0..12_u8, 22),
        twice in 0..6_u8,
        before in "[ -~é]{0,12}",
        after in "[ -~é]{0,12}",
    ) {
        prop_assume!(!value.bytes().all(|byte| byte.is_ascii_digit()));
        let scrubber = knowing(&[&value]);
        let spelled: String = value.chars().zip(&how).map(|(c, how)| spelled(c, *how)).collect();
        let spelled = quoted(spelled, twice);
        let shown = scrubber.clean(&format!("{before}{spelled}{after}")).into_owned();
        prop_assert!(shown.contains(MASK), "{}", shown);
        // It may begin or end with the surrounding characters, and then more is masked.
        let rest = shown.replace(MASK, "");
        prop_assert!(rest.len() <= before.len() + after.len(), "{} in {}", spelled, shown);
        prop_assert!(!scrubber.clean(&shown).contains(&value));
    }

    #[test]
    fn base64_of_anything_around_a_value_is_masked(
        value in "[!-~é]([ -~é]{6,20})[!-~é]",
        user in "[ -~é]{0,7}",
        tail in "[ -~é]{0,7}",
        engine in 0..4_usize,
    ) {
        prop_assume!(!value.bytes().all(|byte| byte.is_ascii_digit()));
        let engine = [
            &engines::STANDARD,
            &engines::STANDARD_NO_PAD,
            &engines::URL_SAFE,
            &engines::URL_SAFE_NO_PAD,
        ][engine];
        let coded = engine.encode(format!("{user}{value}{tail}"));
        let shown = knowing(&[&value]).clean(&coded).into_owned();
        let rest = shown.replace(['*', '='], "");
        prop_assert!(shown.contains(MASK), "{} {}", coded, shown);
        prop_assert!(rest.len() <= (user.len() + tail.len()) * 4 / 3 + 2, "{} {}", coded, shown);
    }

    #[test]
    fn a_text_without_the_value_stays(text in "[ -~é日]{0,80}") {
        let scrubber = knowing(&["\u{1}no-such-value"]);
        prop_assert_eq!(scrubber.clean(&text), text.as_str());
    }
}
