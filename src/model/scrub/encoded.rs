//! Values in base64, alone or after other text, such as `user:value`.

use std::ops::Range;

use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use zeroize::Zeroizing;

use super::needle::{Needle, Places, is_base64};

const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The base64 spellings of a value: one for each position within a group of three bytes at which it
/// can begin. Each has only the characters that depend on nothing but the value.
pub(super) fn spellings(value: &str) -> [Needle; 3] {
    [0, 1, 2].map(|before| {
        let mut bytes = Zeroizing::new(vec![0; before]);
        bytes.extend_from_slice(value.as_bytes());
        let encoded = Zeroizing::new(ENGINE.encode(&bytes));
        let (first, last) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
        let (shares, ends_shared) = (before > 0, bytes.len() % 3 != 0);
        Needle::base64(&encoded[first..last], shares, ends_shared)
    })
}

/// The shortest encoding of four bytes.
const MIN_CHARS: usize = 6;

/// The parts of a text that are base64 of something that contains a needle. Where the encoded text
/// begins is unknown, so every position within a group of four characters is tried.
pub(super) fn found_within(text: &str, is_found: impl Fn(&str) -> bool) -> Places {
    let mut places = Places::default();
    for run in runs(text) {
        let chars: Zeroizing<String> =
            Zeroizing::new(text[run.clone()].replace('-', "+").replace('_', "/"));
        let holds = (0..4).any(|skipped| {
            let decoded = ENGINE.decode(whole(&chars[skipped..]));
            let decoded = Zeroizing::new(decoded.unwrap_or_default());
            is_found(&String::from_utf8_lossy(&decoded))
        });
        places.extend(holds.then_some(run));
    }
    places
}

/// Without a last character that doesn't complete a byte.
fn whole(chars: &str) -> &str {
    &chars[..chars.len() - usize::from(chars.len() % 4 == 1)]
}

fn runs(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + text[at..].find(is_base64)?;
            let len = text[start..].find(|c| !is_base64(c));
            let end = len.map_or(text.len(), |len| start + len);
            at = end;
            if end - start >= MIN_CHARS {
                return Some(start..end);
            }
        }
    })
}
