//! Whether the mock's database can be opened.

use std::path::Path;

use crate::{
    commands::context::Context,
    config::Endpoint,
    mock::{AttemptFilter, Attempts},
    model::{checkup::Check, failure::Explain as _},
};

const ID: &str = "mock";

pub(super) fn check(cx: &Context) -> Check {
    match cx.mock_db() {
        Ok(db) => of(&db, cx.settings.connection.endpoint == Endpoint::Mock),
        Err(_) => Check::skip(ID, "mock", "there is no folder for its database"),
    }
}

fn of(db: &Path, is_used: bool) -> Check {
    let subject = db.display().to_string();
    if !db.exists() {
        return Check::skip(ID, &subject, "there is no database of the mock");
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
    use crate::{files, model::checkup::Status};

    #[test]
    fn a_file_that_is_no_database_matters_to_the_mock_alone() {
        let folder = tempfile::tempdir().unwrap();
        let db = folder.path().join("mock.db");
        assert_eq!(of(&db, true).status, Status::Skip);
        files::write(&db, &[7; 4096]).unwrap();
        assert_eq!(of(&db, true).status, Status::Fail);
        assert_eq!(of(&db, false).status, Status::Warn);
        std::fs::remove_file(&db).unwrap();
        files::write(&db, b"").unwrap();
        assert_eq!(of(&db, true).status, Status::Pass);
    }
}
