//! The only thread that writes. It combines the waiting writes into one transaction, so that many
//! calls share one sync of the disk, and answers each after the commit.

use std::{
    cell::RefCell,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

use rusqlite::{Connection, Row, Transaction, TransactionBehavior};
use tokio::sync::oneshot;

use crate::mock::store::{
    connection::BUSY,
    error::{Error, Result},
    files::Files,
    health::{self, Health},
};

/// The most writes in one transaction, and by default the most outcomes in one write: enough for
/// any number of concurrent callers, and few enough that none waits long and that little is sent
/// twice after a crash.
pub const GROUP: usize = 512;

/// Runs a write within a group, if there is one.
type Job = Box<dyn FnOnce(Option<Group<'_>>) -> Answer + Send>;
/// Sends the caller the result of its write, once that of the group is known.
type Answer = Box<dyn FnOnce(Result<()>) + Send>;

enum Message {
    Write(Job),
    /// Moves the content of the log into the database file, and reports whether that succeeded.
    Checkpoint(oneshot::Sender<bool>),
    Stop,
}

/// A transaction that several writes share.
#[derive(Clone, Copy)]
struct Group<'a> {
    c: &'a Connection,
    /// Why a write failed.
    unusable: &'a RefCell<Option<String>>,
}

impl Group<'_> {
    /// Runs one write such that a failure undoes only this write.
    fn isolate<T>(self, write: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let result = self.attempt(write);
        if let Err(Error::Unusable(why)) = &result {
            self.unusable
                .borrow_mut()
                .get_or_insert_with(|| why.clone());
        }
        result
    }

    fn attempt<T>(self, write: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let run = |sql| self.c.prepare_cached(sql)?.execute([]);
        run("SAVEPOINT one")?;
        // A panic counts as a failure of that write; the rest of the group is unaffected.
        let result = catch_unwind(AssertUnwindSafe(|| write(self.c)))
            .unwrap_or_else(|_| Err(Error::Failed("a write panicked".to_owned())));
        // After some disk errors, SQLite has rolled back the whole group itself.
        if result.is_err() && !self.c.is_autocommit() {
            run("ROLLBACK TO one")?;
        }
        if !self.c.is_autocommit() {
            run("RELEASE one")?;
        }
        result
    }
}

/// The state of the writer.
#[derive(Debug)]
pub(super) struct Database {
    pub(super) connection: Connection,
    pub(super) files: Arc<Files>,
    pub(super) health: Arc<Health>,
}

/// The handle to the writing thread.
#[derive(Debug)]
pub(super) struct Writer {
    sender: mpsc::Sender<Message>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    pub(super) fn start(to: Database) -> io::Result<Self> {
        let (sender, receiver) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("mock-writer".to_owned())
            .spawn(move || serve(&to, &receiver))?;
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
                // The caller may have been dropped.
                let _ = sender.send(result);
            })
        });
        self.sender
            .send(Message::Write(job))
            .map_err(|_| Error::Stopped)?;
        receiver.await.unwrap_or(Err(Error::Stopped))
    }

    /// Moves the log into the database file, and empties the log, unless a reader needs the old
    /// state. Returns whether that was done.
    pub(super) async fn settle(&self) -> bool {
        let (done, settled) = oneshot::channel();
        // A writer that is being stopped leaves it to the next start.
        let _ = self.sender.send(Message::Checkpoint(done));
        settled.await.unwrap_or(false)
    }

    /// Ends the thread after all queued writes, and closes its connection.
    pub(super) fn stop(&self) {
        // It may have ended before.
        let _ = self.sender.send(Message::Stop);
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            // The panic of that thread was reported when it happened.
            let _ = thread.join();
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.stop();
    }
}

fn serve(to: &Database, receiver: &mpsc::Receiver<Message>) {
    let mut stopping = false;
    while !stopping {
        let Ok(first) = receiver.recv() else { return };
        let (mut jobs, mut checkpoints) = (Vec::new(), Vec::new());
        for message in std::iter::once(first).chain(receiver.try_iter()) {
            match message {
                Message::Write(job) => jobs.push(job),
                Message::Checkpoint(done) => checkpoints.push(done),
                Message::Stop => stopping = true,
            }
            if stopping || jobs.len() == GROUP {
                break;
            }
        }
        if !jobs.is_empty() {
            commit(to, jobs);
        }
        if !checkpoints.is_empty() {
            let settled = settle(&to.connection).unwrap_or(false);
            for done in checkpoints {
                // The caller may have been dropped.
                let _ = done.send(settled);
            }
        }
    }
}

/// Without waiting for readers: what can't be done now is done later.
fn settle(connection: &Connection) -> rusqlite::Result<bool> {
    connection.busy_timeout(Duration::ZERO)?;
    let row = |row: &Row<'_>| row.get::<_, bool>(0);
    let busy = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], row);
    connection.busy_timeout(BUSY)?;
    Ok(!busy?)
}

/// Runs a group of writes, and answers each once it is known whether the group was committed.
fn commit(to: &Database, jobs: Vec<Job>) {
    let unusable = RefCell::new(None);
    let (answers, result) = match begin(to) {
        Ok(transaction) => {
            let answers = run_all(&transaction, &unusable, jobs);
            (answers, end(to, transaction, &unusable))
        }
        Err(error) => (jobs.into_iter().map(|job| job(None)).collect(), Err(error)),
    };
    match &result {
        Err(Error::Unusable(why)) => to.health.note_writing(Some(why.clone())),
        Err(_) => {}
        Ok(()) => to.health.note_writing(unusable.take()),
    }
    for answer in answers {
        answer(match &result {
            Ok(()) => Ok(()),
            Err(error) => Err(error.again()),
        });
    }
}

fn begin(to: &Database) -> Result<Transaction<'_>> {
    check(&to.files)?;
    let transaction = Transaction::new_unchecked(&to.connection, TransactionBehavior::Immediate)?;
    Ok(transaction)
}

/// Anything written to a removed file is lost when this process ends.
fn check(files: &Files) -> Result<()> {
    match files.first_lost() {
        Some(path) => Err(Error::Unusable(health::lost(path))),
        None => Ok(()),
    }
}

fn run_all(c: &Connection, unusable: &RefCell<Option<String>>, jobs: Vec<Job>) -> Vec<Answer> {
    let run = |job: Job| {
        // If the transaction was rolled back, this would be written outside of it.
        let group = (!c.is_autocommit()).then_some(Group { c, unusable });
        job(group)
    };
    jobs.into_iter().map(run).collect()
}

fn end(
    to: &Database,
    transaction: Transaction<'_>,
    unusable: &RefCell<Option<String>>,
) -> Result<()> {
    if to.connection.is_autocommit() {
        let why = unusable.take();
        return Err(why.map_or(Error::Busy, Error::Unusable));
    }
    transaction.commit()?;
    // Checked again: they may have been removed in the meantime.
    check(&to.files)
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::mock::store::open;

    fn to(path: &Path) -> Database {
        let connection = open::open(path).unwrap();
        connection.execute_batch("CREATE TABLE t (x)").unwrap();
        Database {
            connection,
            files: Arc::new(Files::opened(path).unwrap()),
            health: Arc::new(Health::new()),
        }
    }

    /// A write that reports that it inserted a row.
    fn insert(writer: &Writer) -> impl Future<Output = Result<()>> {
        writer.write(|c| {
            c.execute("INSERT INTO t VALUES (1)", [])?;
            Ok(())
        })
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn nothing_counts_as_written_in_a_file_that_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let (path, away) = (folder.path().join("mock.db"), folder.path().join("away"));
        let to = to(&path);
        let health = to.health.clone();
        let writer = Writer::start(to).unwrap();
        insert(&writer).await.unwrap();
        fs::rename(&path, &away).unwrap();
        let refused = insert(&writer).await.unwrap_err();
        assert!(matches!(refused, Error::Unusable(why) if why.contains("was removed or replaced")));
        assert!(health.is_unwritable());
        // In the middle of a group, too.
        fs::rename(&away, &path).unwrap();
        let (from, to) = (path.clone(), away.clone());
        let middle = writer.write(move |c| {
            c.execute("INSERT INTO t VALUES (1)", [])?;
            fs::rename(&from, &to).unwrap();
            Ok(())
        });
        assert!(matches!(middle.await, Err(Error::Unusable(_))));
        fs::rename(&away, &path).unwrap();
        insert(&writer).await.unwrap();
        assert!(!health.is_unwritable());
    }

    #[tokio::test]
    async fn a_full_disk_undoes_a_group_and_nothing_of_it_is_written_beside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mock.db");
        let to = to(&path);
        let health = to.health.clone();
        let writer = Writer::start(to).unwrap();
        let limit = |c: &Connection, pages: i64| {
            Ok(c.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?)
        };
        writer.write(move |c| limit(c, 1)).await.unwrap();
        let big = writer.write(|c| {
            c.execute("INSERT INTO t VALUES (zeroblob(1000000))", [])?;
            Ok(())
        });
        let (one, two, three) = tokio::join!(insert(&writer), big, insert(&writer));
        assert!(matches!(two, Err(Error::Unusable(why)) if why.contains("full")));
        assert!(health.is_unwritable());
        writer.write(move |c| limit(c, 1_000_000)).await.unwrap();
        let count = writer
            .write(|c| Ok(c.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0))?))
            .await;
        let expected = i64::from(one.is_ok()) + i64::from(three.is_ok());
        assert_eq!(count.unwrap(), expected);
        assert!(!health.is_unwritable());
    }

    #[tokio::test]
    async fn a_write_that_fails_or_panics_takes_no_other_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let writer = Writer::start(to(&folder.path().join("mock.db"))).unwrap();
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
        // Started together, so that they are in one group.
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
