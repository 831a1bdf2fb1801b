//! What any durable server has to pay: axum that writes the body of each POST into SQLite with
//! `synchronous=FULL`, before it answers the same bytes. One thread writes all that has come by then
//! in one transaction. `durable_axum DATABASE ADDRESS_FILE`

use std::{sync::mpsc, thread};

use axum::{
    Router,
    body::Bytes,
    http::{StatusCode, header::CONTENT_TYPE},
    response::IntoResponse,
    routing::post,
};
use rusqlite::Connection;
use tokio::sync::oneshot;

/// The most bodies in one transaction, as in the mock.
const GROUP: usize = 512;

type Write = (Bytes, oneshot::Sender<()>);

fn write_all(connection: &Connection, writes: &mpsc::Receiver<Write>) -> rusqlite::Result<()> {
    while let Ok(first) = writes.recv() {
        let group = std::iter::once(first).chain(writes.try_iter()).take(GROUP);
        let transaction = connection.unchecked_transaction()?;
        let mut written = Vec::new();
        for (body, done) in group {
            let mut insert = connection.prepare_cached("INSERT INTO bodies (body) VALUES (?1)")?;
            insert.execute([&*body])?;
            written.push(done);
        }
        transaction.commit()?;
        for done in written {
            // The client may be gone.
            let _ = done.send(());
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = "durable_axum DATABASE ADDRESS_FILE";
    let connection = Connection::open(arguments.next().ok_or(usage)?)?;
    let address_file = arguments.next().ok_or(usage)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; \
         CREATE TABLE bodies (seq INTEGER PRIMARY KEY, body BLOB NOT NULL);",
    )?;
    let (writer, writes) = mpsc::channel::<Write>();
    thread::spawn(move || write_all(&connection, &writes).expect("the database can be written"));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        std::fs::write(address_file, format!("http://{}\n", listener.local_addr()?))?;
        let store = post(async move |body: Bytes| {
            let (done, is_done) = oneshot::channel();
            let sent = writer.send((body.clone(), done)).is_ok();
            if !sent || is_done.await.is_err() {
                return StatusCode::INTERNAL_SERVER_ERROR.into_response();
            }
            let json = [(CONTENT_TYPE, "application/json")];
            (StatusCode::CREATED, json, body).into_response()
        });
        axum::serve(listener, Router::new().fallback(store)).await?;
        Ok(())
    })
}
