//! Which process this is, so that another one on this machine can tell whether it is still there.

use std::fs;

use sha2::{Digest as _, Sha256};

/// How many bytes of the place's hash are used.
const PLACE: usize = 12;

/// A process: where it runs, its number there, and when it started. Written as a text of at most 64
/// characters without `:` and `,`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The machine, the process namespace and the user, hashed.
    place: String,
    pid: u32,
    start: u64,
}

impl Identity {
    /// This process; `None` where the system doesn't say.
    pub(crate) fn own() -> Option<Self> {
        let pid = std::process::id();
        Some(Self {
            place: place()?,
            pid,
            start: start(pid)?,
        })
    }

    /// Reads a text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (place, pid, start) = (parts.next()?, parts.next()?, parts.next()?);
        let is_place = place.len() == 2 * PLACE && place.bytes().all(|b| b.is_ascii_hexdigit());
        let read = Self {
            place: place.to_owned(),
            pid: pid.parse().ok()?,
            start: start.parse().ok()?,
        };
        (is_place && parts.next().is_none()).then_some(read)
    }

    /// The text.
    pub(crate) fn text(&self) -> String {
        format!("{}.{}.{}", self.place, self.pid, self.start)
    }

    /// Whether it is certain that the process is gone: it would be in the same place as this one, and
    /// isn't there.
    pub(crate) fn is_gone(&self) -> bool {
        let is_here = place().is_some_and(|place| place == self.place);
        is_here && start(self.pid) != Some(self.start)
    }
}

/// Containers can have the same machine id, or the same name. Processes of other users may be
/// hidden, and would look as if they had ended.
fn place() -> Option<String> {
    let read = |path: &str| fs::read_to_string(path).ok();
    let machine = read("/etc/machine-id").or_else(|| read("/var/lib/dbus/machine-id"));
    let name = read("/proc/sys/kernel/hostname")?;
    let namespace = fs::read_link("/proc/self/ns/pid").ok()?;
    let mut hash = Sha256::new();
    for part in [
        machine.unwrap_or_default().trim(),
        name.trim(),
        &namespace.to_string_lossy(),
        &user(),
    ] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let bytes = hash.finalize();
    Some(
        bytes
            .iter()
            .take(PLACE)
            .map(|byte| format!("{byte:02x}"))
            .collect(),
    )
}

#[cfg(unix)]
fn user() -> String {
    rustix::process::getuid().as_raw().to_string()
}

#[cfg(not(unix))]
fn user() -> String {
    String::new()
}

/// When a process started, in ticks since the start of the machine.
fn start(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name of the program may contain spaces and parentheses.
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    // A process whose end was not read yet is gone.
    if fields.next()? == "Z" {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_gone_if_its_number_is_free_or_belongs_to_another() {
        let own = Identity::own().unwrap();
        assert_eq!(Identity::parse(&own.text()), Some(own.clone()));
        assert!(own.text().len() <= 64 && !own.text().contains([':', ',']));
        assert!(!own.is_gone());
        let with = |pid, start| Identity {
            pid,
            start,
            ..own.clone()
        };
        assert!(with(own.pid, own.start + 1).is_gone());
        assert!(with(u32::MAX, 1).is_gone());
        let elsewhere = Identity {
            place: "0".repeat(24),
            ..with(u32::MAX, 1)
        };
        assert!(!elsewhere.is_gone());
        let most = Identity {
            pid: u32::MAX,
            start: u64::MAX,
            ..own.clone()
        };
        assert!(most.text().len() <= 64);
        for bad in ["", "a.1.2", &format!("{}.x", own.text()), &own.text()[1..]] {
            assert_eq!(Identity::parse(bad), None, "{bad}");
        }
    }
}
