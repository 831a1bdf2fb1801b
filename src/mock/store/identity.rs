//! The identity of a database: random ids and a token, created once.

use rusqlite::Connection;
use uuid::Uuid;

use crate::{
    mock::clock,
    model::{scrub::Scrubber, token::Token},
};

/// The identity of a database. A reset doesn't change it.
#[derive(Debug)]
pub(crate) struct Identity {
    /// The database's own id.
    pub(crate) database: String,
    /// The id of its one project.
    pub(crate) project: String,
    /// The id of its one user.
    pub(crate) user: String,
    /// When it was created.
    pub(crate) made: String,
    /// The user's token.
    pub(crate) token: Token,
}

pub(super) fn create(connection: &Connection) -> rusqlite::Result<()> {
    let id = || Uuid::new_v4().to_string();
    let values = [
        ("database", id()),
        ("project", id()),
        ("user", id()),
        ("made", clock::text(clock::now())),
        ("token", Uuid::new_v4().simple().to_string()),
    ];
    let mut insert = connection.prepare("INSERT INTO identity (key, value) VALUES (?1, ?2)")?;
    for (key, value) in values {
        insert.execute((key, value))?;
    }
    Ok(())
}

pub(super) fn read(connection: &Connection) -> rusqlite::Result<Identity> {
    let mut select = connection.prepare("SELECT value FROM identity WHERE key = ?1")?;
    let mut value = |key: &str| select.query_row([key], |row| row.get::<_, String>(0));
    let token = Token::parse(&value("token")?, &Scrubber::default())
        .map_err(|_| rusqlite::Error::InvalidColumnName("token".to_owned()))?;
    Ok(Identity {
        database: value("database")?,
        project: value("project")?,
        user: value("user")?,
        made: value("made")?,
        token,
    })
}
