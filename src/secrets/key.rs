//! The key of a value: host, project, webhook, header and origin. And its name in a store, computed
//! from these alone, so that no value is lost with the index.

use std::fmt::Write as _;

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{
    model::{
        header::HeaderName,
        host::ApiHost,
        name::{ProjectName, VersionName},
        origin::Origin,
        text::{cut, printable},
        webhook::{NewWebhook, Webhook},
    },
    secrets::dates::{Moment, Stamp},
};

/// The longest head of an entry's user name, in characters.
const HEAD_CHARS: usize = 96;

/// The longest label, in characters.
const LABEL_CHARS: usize = 200;

/// The name of one value in a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// What it is looked up by.
    pub(super) user: String,
    /// What the user sees in the keyring's own application.
    pub(super) label: String,
}

/// Where values belong: to a platform, or to one mock's database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host(String);

impl Host {
    /// A host, which may be the real platform or a served mock.
    pub fn platform(host: &ApiHost) -> Self {
        Self(host.as_str().to_owned())
    }

    /// The mock inside this command, by the id of its database, as its port changes every time.
    pub fn mock(database_id: &str) -> Self {
        Self(format!("mock:{database_id}"))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where the token of this host is stored.
    pub(super) fn token(&self) -> Entry {
        entry(
            &format!("token {self}"),
            &json!(["token", self.0]),
            &format!("token {self}"),
        )
    }
}

impl std::fmt::Display for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A project of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    pub host: Host,
    /// The project on it.
    pub project: ProjectName,
}

/// The destination of a value: a webhook as it was just read, and the origin that it is sent to.
#[derive(Debug, Clone)]
pub struct Destination {
    pub(super) site: Site,
    pub(super) webhook_id: String,
    /// For finding what a create left behind, and for messages.
    pub(super) webhook: String,
    pub(super) origin: Origin,
    pub(super) fingerprint: String,
    pub(super) last_updated: Option<Stamp>,
    pub(super) created: Option<Stamp>,
    /// When the webhook was read.
    pub(super) read: Moment,
}

impl Destination {
    /// The webhook's own URL; `None` if that is invalid.
    pub fn of(site: &Site, webhook: &Webhook, read: Moment) -> Option<Self> {
        webhook
            .origin()
            .map(|origin| Self::at(site, webhook, origin, read))
    }

    /// Another origin, such as that of `test --url`.
    pub fn at(site: &Site, webhook: &Webhook, origin: Origin, read: Moment) -> Self {
        Self {
            site: site.clone(),
            webhook_id: webhook.id.clone(),
            webhook: webhook.name.clone(),
            origin,
            fingerprint: fingerprint_read(webhook),
            last_updated: Stamp::of(webhook.last_updated.as_ref()),
            created: Stamp::of(webhook.creation_date.as_ref()),
            read,
        }
    }

    pub(super) fn slot<'a>(&'a self, owner: Owner<'a>, header: &'a HeaderName) -> Slot<'a> {
        Slot {
            site: &self.site,
            owner,
            webhook: &self.webhook,
            header: header.as_str(),
            origin: self.origin.as_str(),
        }
    }

    pub(super) fn id(&self) -> &str {
        &self.webhook_id
    }
}

/// Identifies a webhook besides its name: two webhooks that differ in it are not the same.
fn fingerprint(parts: [Option<&str>; 5]) -> String {
    digest(&json!(parts))
}

/// The fingerprint of a webhook as the platform shows it.
pub(super) fn fingerprint_read(webhook: &Webhook) -> String {
    fingerprint([
        Some(&webhook.object_type),
        Some(&webhook.object_name),
        webhook.version.as_deref(),
        Some(&webhook.event),
        Some(&webhook.url),
    ])
}

/// The fingerprint that a webhook will have once it is created.
pub(super) fn fingerprint_new(new: &NewWebhook) -> String {
    fingerprint([
        Some(new.object_type.as_str()),
        Some(new.object_name.as_str()),
        new.version.as_ref().map(VersionName::as_str),
        Some(new.event.as_str()),
        Some(new.url.as_str()),
    ])
}

/// The webhook that a value belongs to, and the state of the value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Owner<'a> {
    /// The webhook with this id has it.
    Id(&'a str),
    /// A create with this name and fingerprint sends it.
    Create(&'a str, &'a str),
    /// It is tested before the webhook with this id gets it.
    Staged(&'a str),
    /// The webhook with this id had it before its last rotation.
    Previous(&'a str),
}

/// The place of one value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot<'a> {
    pub(super) site: &'a Site,
    pub(super) owner: Owner<'a>,
    /// For the label only: it is not part of the key.
    pub(super) webhook: &'a str,
    pub(super) header: &'a str,
    pub(super) origin: &'a str,
}

impl Slot<'_> {
    pub(super) fn entry(&self) -> Entry {
        let Self {
            site,
            owner,
            webhook,
            header,
            origin,
        } = self;
        let (host, project) = (site.host.as_str(), site.project.as_str());
        let lower = header.to_ascii_lowercase();
        let (head, key, state) = match owner {
            Owner::Id(id) => {
                let key = json!(["value", host, project, id, lower, origin]);
                (format!("{project} {id} {lower}"), key, "")
            }
            Owner::Staged(id) => {
                let key = json!(["staged", host, project, id, lower, origin]);
                (format!("staged {project} {id} {lower}"), key, " (new)")
            }
            Owner::Previous(id) => {
                let key = json!(["previous", host, project, id, lower, origin]);
                (
                    format!("previous {project} {id} {lower}"),
                    key,
                    " (previous)",
                )
            }
            Owner::Create(name, print) => {
                let key = json!(["create", host, project, name, print, lower, origin]);
                (
                    format!("pending {project} {name} {lower}"),
                    key,
                    " (pending)",
                )
            }
        };
        entry(&head, &key, &format!("{webhook} {header}{state}"))
    }
}

/// The entry by which `doctor` tries a keyring: no value has this key.
pub(super) fn trial(number: &str) -> Entry {
    entry(
        "trial",
        &json!(["trial", number]),
        "trial of ubihook doctor",
    )
}

/// A beginning that people can read, and an end that no two keys share.
fn entry(head: &str, key: &serde_json::Value, label: &str) -> Entry {
    let head = printable(head);
    Entry {
        user: format!("{} {}", cut(&head, HEAD_CHARS), digest(key)),
        label: format!("ubihook: {}", cut(&printable(label), LABEL_CHARS)),
    }
}

/// The SHA-256 of a JSON text, in which parts can't be confused with each other.
pub(super) fn digest(key: &serde_json::Value) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(key.to_string()) {
        write!(hex, "{byte:02x}").expect("a string takes it");
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(project: &str) -> Site {
        Site {
            host: Host::platform(&ApiHost::public()),
            project: project.parse().unwrap(),
        }
    }

    #[test]
    fn a_users_name_is_bounded_readable_and_unlike_any_other() {
        let site = site(&"é".repeat(64));
        let slot = |owner, header| Slot {
            site: &site,
            owner,
            webhook: "w\u{1b}[1m",
            header,
            origin: "https://a.example",
        };
        let one = slot(Owner::Id("7"), "X-Key").entry();
        assert!(one.user.starts_with("ééé") && one.user.chars().count() <= 170);
        assert_eq!(one.label, "ubihook: w[1m X-Key");
        assert_eq!(one.user, slot(Owner::Id("7"), "x-key").entry().user);
        for other in [
            slot(Owner::Id("7"), "X-Key2"),
            slot(Owner::Create("7", ""), "X-Key"),
        ] {
            assert_ne!(other.entry().user, one.user);
        }
        let long = "x".repeat(500);
        assert_ne!(
            slot(Owner::Id("7"), &format!("{long}a")).entry().user,
            slot(Owner::Id("7"), &format!("{long}b")).entry().user
        );
    }

    #[test]
    fn parts_cant_be_confused_with_each_other() {
        let (ab, a) = (site("a b"), site("a"));
        let slot = |site, id| {
            let owner = Owner::Id(id);
            Slot {
                site,
                owner,
                webhook: "",
                header: "h",
                origin: "o",
            }
            .entry()
            .user
        };
        assert_ne!(slot(&ab, "c"), slot(&a, "b c"));
    }
}
