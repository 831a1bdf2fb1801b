//! Names of the variables that protected values come from, and of the files that webhooks are
//! written to.

use std::collections::{HashMap, HashSet};

use crate::model::{source::SECRET_VARIABLES, text::is_unsafe};

/// Variables, each for one header.
#[derive(Debug, Default)]
pub(crate) struct Variables(HashSet<String>);

impl Variables {
    /// A variable for a header, which no other header has.
    pub(crate) fn of(&mut self, webhook: &str, header: &str) -> String {
        let letter = |c: char| match c {
            c if c.is_ascii_alphanumeric() => c.to_ascii_uppercase(),
            _ => '_',
        };
        let text: String = format!("{webhook}_{header}").chars().map(letter).collect();
        let first = format!("{SECRET_VARIABLES}{text}");
        let more = (2..).map(|number| format!("{first}_{number}"));
        let mut names = std::iter::once(first.clone()).chain(more);
        let name = names.find(|name| !self.0.contains(name));
        let name = name.expect("there are more numbers than headers");
        self.0.insert(name.clone());
        name
    }
}

/// Devices that Windows finds under these names in every folder.
const DEVICES: &str = " con prn aux nul com0 com1 com2 com3 com4 com5 com6 com7 com8 com9 lpt0 \
                       lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 lpt7 lpt8 lpt9 ";

/// A file system's limit is 255 bytes, and a copy has a longer name while it is written.
const MAX_BYTES: usize = 230;

/// Names of files for webhooks, also on file systems that ignore letter case.
#[derive(Debug)]
pub(crate) struct FileNames(HashMap<String, usize>);

impl FileNames {
    /// For all webhooks of a folder.
    pub(crate) fn of<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut counts = HashMap::new();
        for name in names {
            *counts.entry(name.to_lowercase()).or_default() += 1;
        }
        Self(counts)
    }

    /// The name of a webhook's file: `NAME.yaml`, with `%XX` for characters that can't be used;
    /// `None` if it is too long.
    pub(crate) fn name(&self, webhook: &str) -> Option<String> {
        let lower = webhook.to_lowercase();
        let is_device = || {
            let stem = lower.split('.').next().unwrap_or_default().trim_end();
            !stem.is_empty() && DEVICES.contains(&format!(" {stem} "))
        };
        let is_shared = self.0.get(&lower).is_some_and(|count| *count > 1);
        let mut file = String::new();
        let last = webhook.chars().count().saturating_sub(1);
        for (at, c) in webhook.chars().enumerate() {
            let is_edge = at == 0 || at == last;
            let escape = is_unsafe(c)
                || "%/\\<>:\"|?*".contains(c)
                || is_edge && (c == '.' || c.is_whitespace())
                || at == 0 && (c == '-' || is_device())
                || is_shared && !c.is_lowercase() && !c.is_ascii_digit();
            if escape {
                let mut bytes = [0; 4];
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    file.push_str(&format!("%{byte:02X}"));
                }
            } else {
                file.push(c);
            }
        }
        file.push_str(".yaml");
        (file.len() <= MAX_BYTES).then_some(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_header_has_a_variable_of_its_own() {
        let mut variables = Variables::default();
        let named = [
            ("orders-failed", "Authorization"),
            ("orders.failed", "authorization"),
            ("orders", "failed-Authorization-2"),
            ("orders", "failed-Authorization"),
            ("größe ä", "X"),
        ]
        .map(|(webhook, header)| variables.of(webhook, header));
        assert_eq!(
            named,
            [
                "UBIHOOK_SECRET_ORDERS_FAILED_AUTHORIZATION",
                "UBIHOOK_SECRET_ORDERS_FAILED_AUTHORIZATION_2",
                "UBIHOOK_SECRET_ORDERS_FAILED_AUTHORIZATION_2_2",
                "UBIHOOK_SECRET_ORDERS_FAILED_AUTHORIZATION_3",
                "UBIHOOK_SECRET_GR__E___X",
            ]
        );
    }

    #[test]
    fn a_file_can_be_called_so_everywhere() {
        for (webhook, file) in [
            ("orders-failed", "orders-failed.yaml"),
            ("Größe 日", "Größe 日.yaml"),
            ("a/b\\c", "a%2Fb%5Cc.yaml"),
            (".hidden", "%2Ehidden.yaml"),
            ("...", "%2E.%2E.yaml"),
            (" a ", "%20a%20.yaml"),
            ("-f", "%2Df.yaml"),
            ("100%", "100%25.yaml"),
            ("a\nb\u{202e}", "a%0Ab%E2%80%AE.yaml"),
            ("con", "%63on.yaml"),
            ("NUL.x", "%4EUL.x.yaml"),
            ("console", "console.yaml"),
        ] {
            let names = FileNames::of([webhook].into_iter());
            assert_eq!(names.name(webhook).as_deref(), Some(file));
        }
        let long = "\u{1f980}".repeat(64);
        assert_eq!(FileNames::of([&*long].into_iter()).name(&long), None);
    }

    #[test]
    fn names_that_differ_in_letter_case_have_different_files() {
        let all = ["orders", "Orders", "ORDERS", "other", "É", "é"];
        let names = FileNames::of(all.into_iter());
        let files: HashSet<_> = all
            .iter()
            .map(|name| names.name(name).unwrap().to_lowercase())
            .collect();
        assert_eq!(files.len(), all.len());
        assert_eq!(names.name("orders").unwrap(), "orders.yaml");
        assert_eq!(names.name("Orders").unwrap(), "%4Frders.yaml");
    }
}
