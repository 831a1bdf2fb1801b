//! The one thread that writes. It takes what is waiting into one transaction, so that many calls
//! share one sync of the disk, and answers each after the commit.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Mutex, PoisonError, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

use rusqlite::{Connection, Row, Transaction, TransactionBehavior};
use tokio::sync::oneshot;

use crate::mock::store::{
    connection::BUSY,
    error::{Error, Result},
};

/// The most writes in one transaction: enough for any number of callers at once, and few enough
/// that none waits long.
const GROUP: usize = 512;

/// Runs a write within a group, where there is one.
type Job = Box<dyn FnOnce(Option<Group<'_>>) -> Answer + Send>;
/// Tells the caller what came of its write, once it is known what came of the group.
type Answer = Box<dyn FnOnce(Result<()>) + Send>;

enum Message {
    Write(Job),
    /// Has what the log holds written into the file itself, and tells whether that was done.
    Settle(oneshot::Sender<bool>),
    Stop,
}

/// A transaction that several writes share.
#[derive(Clone, Copy)]
struct Group<'a>(&'a Connection);

impl Group<'_> {
    /// Runs one write so that its failure undoes it alone.
    fn isolate<T>(self, write: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let run = |sql| self.0.prepare_cached(sql)?.execute([]);
        run("SAVEPOINT one")?;
        // A panic is one write's failure too; the rest of the group has no part in it.
        let result = catch_unwind(AssertUnwindSafe(|| write(self.0)))
            .unwrap_or_else(|_| Err(Error::Failed("a write panicked".to_owned())));
        if result.is_err() {
            run("ROLLBACK TO one")?;
        }
        run("RELEASE one")?;
        result
    }
}

/// The way to the writing thread.
#[derive(Debug)]
pub(super) struct Writer {
    sender: mpsc::Sender<Message>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> io::Result<Self> {
        let (sender, receiver) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("mock-writer".to_owned())
            .spawn(move || serve(&connection, &receiver))?;
        Ok(Self {
            sender,
            thread: Mutex::new(Some(thread)),
        })
    }

    pub(super) async fn write<T, W>(&self, write: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |group| {
            let result = group.map(|group| group.isolate(write));
            Box::new(move |committed| {
                let result = committed.and_then(|()| result.unwrap_or(Err(Error::Busy)));
                // A caller that has gone away has no use for its answer.
                let _ = sender.send(result);
            })
        });
        self.sender
            .send(Message::Write(job))
            .map_err(|_| Error::Stopped)?;
        receiver.await.unwrap_or(Err(Error::Stopped))
    }

    /// Has the file brought up to date with its log, and the log emptied, unless somebody reads the
    /// old state. Whether that was done.
    pub(super) async fn settle(&self) -> bool {
        let (done, told) = oneshot::channel();
        // Who is being stopped leaves it to the next start.
        let _ = self.sender.send(Message::Settle(done));
        told.await.unwrap_or(false)
    }

    /// Ends the thread after what it has been given, and closes its connection.
    pub(super) fn stop(&self) {
        // It may have ended before.
        let _ = self.sender.send(Message::Stop);
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            // A panic of that thread has been reported where it happened.
            let _ = thread.join();
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.stop();
    }
}

fn serve(connection: &Connection, receiver: &mpsc::Receiver<Message>) {
    let mut stopping = false;
    while !stopping {
        let Ok(first) = receiver.recv() else { return };
        let (mut jobs, mut settles) = (Vec::new(), Vec::new());
        for message in std::iter::once(first).chain(receiver.try_iter()) {
            match message {
                Message::Write(job) => jobs.push(job),
                Message::Settle(done) => settles.push(done),
                Message::Stop => stopping = true,
            }
            if stopping || jobs.len() == GROUP {
                break;
            }
        }
        if !jobs.is_empty() {
            commit(connection, jobs);
        }
        if !settles.is_empty() {
            let settled = settle(connection).unwrap_or(false);
            for done in settles {
                // Nobody may be waiting for it any more.
                let _ = done.send(settled);
            }
        }
    }
}

/// Without waiting for readers: what can't be done now is done some other time.
fn settle(connection: &Connection) -> rusqlite::Result<bool> {
    connection.busy_timeout(Duration::ZERO)?;
    let row = |row: &Row<'_>| row.get::<_, bool>(0);
    let busy = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], row);
    connection.busy_timeout(BUSY)?;
    Ok(!busy?)
}

fn commit(connection: &Connection, jobs: Vec<Job>) {
    let begun = Transaction::new_unchecked(connection, TransactionBehavior::Immediate);
    let run = |group: Option<Group<'_>>| -> Vec<Answer> {
        jobs.into_iter().map(|job| job(group)).collect()
    };
    let (answers, committed) = match begun {
        Ok(transaction) => (run(Some(Group(&transaction))), transaction.commit()),
        Err(error) => (run(None), Err(error)),
    };
    for answer in answers {
        answer(match &committed {
            Ok(()) => Ok(()),
            Err(error) => Err(error.into()),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_write_that_fails_or_panics_takes_no_other_with_it() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (x)").unwrap();
        let writer = Writer::start(connection).unwrap();
        let insert = |x: i64, fails: bool, panics: bool| {
            writer.write(move |c| {
                c.execute("INSERT INTO t VALUES (?1)", [x])?;
                assert!(!panics, "on purpose");
                if fails {
                    Err(Error::Missing("It"))
                } else {
                    Ok(())
                }
            })
        };
        // Begun together, so that they come to stand in one group.
        let (one, two, three, four) = tokio::join!(
            insert(1, false, false),
            insert(2, true, false),
            insert(3, false, true),
            insert(4, false, false)
        );
        assert!(one.is_ok() && four.is_ok());
        assert!(matches!(two, Err(Error::Missing("It"))));
        assert!(matches!(three, Err(Error::Failed(_))));
        let sum = writer
            .write(|c| Ok(c.query_row("SELECT sum(x) FROM t", [], |row| row.get::<_, i64>(0))?))
            .await;
        assert_eq!(sum.unwrap(), 5);
        writer.stop();
        assert!(matches!(
            writer.write(|_| Ok(())).await,
            Err(Error::Stopped)
        ));
    }
}
