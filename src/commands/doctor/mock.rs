//! Whether the mock's database can be opened.

use std::path::Path;

use crate::{
    commands::context::Context,
    config::Endpoint,
    files,
    mock::{self, AttemptFilter, Attempts, Embedded},
    model::{checkup::Check, failure::Explain as _},
    scratch::Scratch,
};

const ID: &str = "mock";

/// If the mock has no database yet, starts it on one that is removed with the returned folder:
/// looking at something creates nothing.
pub(super) fn without_creating(cx: &mut Context) -> Option<Scratch> {
    let is_used = cx.settings.connection.endpoint == Endpoint::Mock;
    if !is_used || cx.mock_db().is_ok_and(|db| !files::is_absent(&db)) {
        return None;
    }
    let scratch = Scratch::make().ok()?;
    let options = mock::Options::new(scratch.path().join("mock.db"));
    cx.embedded = Some(Embedded::start(options).ok()?);
    Some(scratch)
}

pub(super) fn check(cx: &Context) -> Check {
    match cx.mock_db() {
        Ok(db) => {
            let is_used = cx.settings.connection.endpoint == Endpoint::Mock;
            let from = cx.settings.mock_db.as_ref();
            let from = from.map(|setting| setting.from.to_string());
            of(&db, is_used, from.as_deref())
        }
        Err(_) => Check::skip(ID, "mock", "there is no folder for its database"),
    }
}

/// `from` is the setting that names it, if any does.
fn of(db: &Path, is_used: bool, from: Option<&str>) -> Check {
    let subject = db.display().to_string();
    if !db.exists() {
        // Nothing creates it here: the path may be mistyped.
        return match (is_used, from) {
            (true, Some(from)) => {
                let why = format!(
                    "there is no database at {subject} (from {from}); this is about a new one, which was not kept"
                );
                Check::warn(ID, &subject, why).hint(format!(
                    "check {from}; any other command with the mock creates the database"
                ))
            }
            _ => Check::skip(ID, &subject, "the mock has no database yet"),
        };
    }
    match Attempts::open(db, AttemptFilter::default()) {
        Ok(_) => Check::pass(ID, &subject, "the database can be opened"),
        // It keeps nothing else from working.
        Err(error) if !is_used => Check::warn(ID, &subject, error.to_string()).hinted(error.hint()),
        Err(error) => Check::fail(ID, &subject, error.to_string()).hinted(error.hint()),
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::checkup::Status;

    #[test]
    fn a_file_that_is_no_database_matters_to_the_mock_alone() {
        let folder = tempfile::tempdir().unwrap();
        let db = folder.path().join("mock.db");
        assert_eq!(of(&db, true, None).status, Status::Skip);
        let named = Some("UBIHOOK_MOCK_DB");
        assert_eq!(of(&db, true, named).status, Status::Warn);
        assert_eq!(of(&db, false, named).status, Status::Skip);
        files::write(&db, &[7; 4096]).unwrap();
        assert_eq!(of(&db, true, None).status, Status::Fail);
        assert_eq!(of(&db, false, None).status, Status::Warn);
        std::fs::remove_file(&db).unwrap();
        files::write(&db, b"").unwrap();
        assert_eq!(of(&db, true, None).status, Status::Pass);
    }
}
