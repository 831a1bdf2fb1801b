//! Which statuses deliveries are answered with: `500x2,200` (pure).

use std::str::FromStr;

use crate::model::invalid::Invalid;

/// Statuses in turn; the last one is repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Responses {
    turns: Vec<(u16, u64)>,
    /// How often the first one was used.
    used: u64,
}

impl Default for Responses {
    fn default() -> Self {
        Self {
            turns: vec![(200, 1)],
            used: 0,
        }
    }
}

impl Responses {
    /// The next status.
    pub(crate) fn next(&mut self) -> u16 {
        let (status, times) = self.turns[0];
        self.used += 1;
        if self.used >= times && self.turns.len() > 1 {
            self.turns.remove(0);
            self.used = 0;
        }
        status
    }
}

impl FromStr for Responses {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let turn = |part: &str| {
            let (status, times) = match part.split_once('x') {
                Some((status, times)) => (status, times.parse().ok()?),
                None => (part, 1),
            };
            let is_whole = status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit());
            let status = status.parse().ok().filter(|_| is_whole)?;
            ((200..=599).contains(&status) && times > 0).then_some((status, times))
        };
        let turns = text.split(',').map(|part| turn(part.trim())).collect();
        let turns: Option<Vec<_>> = turns;
        turns.map(|turns| Self { turns, used: 0 }).ok_or_else(|| {
            let rule = "must be status codes from 200 to 599, such as 503 or 500x2,200";
            Invalid::new("respond", rule)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_its_turn_and_the_last_one_stays() {
        let mut responses: Responses = "500x2, 302,200".parse().unwrap();
        let statuses: Vec<_> = (0..6).map(|_| responses.next()).collect();
        assert_eq!(statuses, [500, 500, 302, 200, 200, 200]);
        let mut one: Responses = "503x2".parse().unwrap();
        assert_eq!([one.next(), one.next(), one.next()], [503; 3]);
        for bad in [
            "", "199", "600", "500x0", "500x", "x2", "500,,200", "0200", "+200", "500*2",
        ] {
            assert!(bad.parse::<Responses>().is_err(), "{bad}");
        }
    }
}
