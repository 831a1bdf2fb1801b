//! Numbers, as they are typed.

use std::{fmt::Display, ops::RangeInclusive, str::FromStr};

use crate::model::invalid::Invalid;

/// Most options have no upper limit other than the largest number that they can hold.
const UNLIMITED: u64 = u32::MAX as u64;

/// Parses a whole number within `range`.
pub(crate) fn whole<T>(
    range: RangeInclusive<T>,
) -> impl Fn(&str) -> Result<T, Invalid> + Clone + Send + Sync + 'static
where
    T: Copy + Display + FromStr + Into<u64> + PartialOrd + Send + Sync + 'static,
{
    move |text| {
        let number = text.parse().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| {
            let (first, last) = (range.start(), range.end());
            let is_too_large = text
                .parse()
                .is_ok_and(|number: u128| number > u128::from((*last).into()));
            let rule = if is_too_large && (*last).into() >= UNLIMITED {
                format!("must be at most {last}")
            } else if (*last).into() < UNLIMITED {
                format!("must be a whole number from {first} to {last}")
            } else {
                format!("must be a whole number, at least {first}")
            };
            Invalid::new("number", rule)
        })
    }
}

/// Parses a number of events in a second.
pub(crate) fn rate(text: &str) -> Result<f64, Invalid> {
    let rate = text.parse().ok();
    let rate = rate.filter(|rate: &f64| rate.is_finite() && *rate > 0.0);
    rate.ok_or_else(|| Invalid::new("rate", "must be a number greater than 0").instead("20"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_out_of_its_range_is_refused_with_the_range() {
        let rule = |parsed: Result<u64, Invalid>| parsed.unwrap_err().rule;
        assert_eq!(whole(1..=64_u64)("64"), Ok(64));
        for text in ["x", "0", "65", "-1", "1.5", ""] {
            let expected = "must be a whole number from 1 to 64";
            assert_eq!(rule(whole(1..=64)(text)), expected, "{text}");
        }
        let expected = "must be a whole number, at least 1";
        assert_eq!(rule(whole(1..=u64::MAX)("x")), expected);
        let large = whole(1..=u32::MAX)("5000000000").unwrap_err().rule;
        assert_eq!(large, "must be at most 4294967295");
        for text in ["x", "0", "-1", "inf", "NaN"] {
            assert!(rate(text).is_err(), "{text}");
        }
        assert_eq!(rate("0.5"), Ok(0.5));
    }
}
