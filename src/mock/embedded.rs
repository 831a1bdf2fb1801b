//! The mock inside one command: on a thread of its own, on a free loopback port.

use std::{net::Ipv4Addr, sync::mpsc, thread, time::Duration};

use tokio::{runtime, sync::oneshot};

use crate::{
    mock::{error::Error, options::Options, serving::Mock, store::Warnings},
    model::token::Token,
};

/// How long to wait at the end for deliveries that other processes caused.
const DRAIN: Duration = Duration::from_millis(500);

/// A mock for one command. Dropping it stops it immediately, without waiting for deliveries.
#[derive(Debug)]
pub(crate) struct Embedded {
    url: String,
    token: Token,
    database_id: String,
    warnings: Warnings,
    finish: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Embedded {
    /// Starts it, and returns once it serves. It only delivers what calls to it cause.
    pub(crate) fn start(options: Options) -> Result<Self, Error> {
        Self::launch(options, false)
    }

    /// Starts one that delivers everything that is waiting.
    #[cfg(test)]
    pub(super) fn start_to_stay(options: Options) -> Result<Self, Error> {
        Self::launch(options, true)
    }

    fn launch(options: Options, stays: bool) -> Result<Self, Error> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Error::Thread)?;
        let (finish, finished) = oneshot::channel();
        let (started, start) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("mock".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    let address = (Ipv4Addr::LOCALHOST, 0).into();
                    let mock = match Mock::answer(options, address, stays).await {
                        Ok(mock) => mock,
                        Err(error) => return drop(started.send(Err(error))),
                    };
                    let known = (
                        mock.url(),
                        mock.token().clone(),
                        mock.database_id().to_owned(),
                        mock.warnings(),
                    );
                    // The thread that started it waits for this.
                    let _ = started.send(Ok(known));
                    serve(mock, finished, stays).await;
                });
                // A name look-up may hang, and its result is no longer needed.
                runtime.shutdown_background();
            })
            .map_err(Error::Thread)?;
        let (url, token, database_id, warnings) = start
            .recv()
            .map_err(|_| Error::Thread(std::io::Error::other("its thread ended")))??;
        Ok(Self {
            url,
            token,
            database_id,
            warnings,
            finish: Some(finish),
            thread: Some(thread),
        })
    }

    /// The base URL for clients.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The token that it requires.
    pub(crate) fn token(&self) -> &Token {
        &self.token
    }

    /// The id of the database, random and stored in it.
    pub(crate) fn database_id(&self) -> &str {
        &self.database_id
    }

    /// Waits until the deliveries that this process caused have their outcome, each bounded by its
    /// timeouts and attempts, then stops. Returns the problem that kept it from working, if there
    /// was one. Blocks.
    pub(crate) fn finish(mut self) -> Option<String> {
        if let Some(finish) = self.finish.take() {
            // If it has already ended, there is nothing to wait for.
            let _ = finish.send(());
        }
        self.join();
        self.warnings.take()
    }

    fn join(&mut self) {
        if let Some(thread) = self.thread.take() {
            // The panic of that thread was reported when it happened.
            let _ = thread.join();
        }
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        drop(self.finish.take());
        self.join();
    }
}

async fn serve(mut mock: Mock, mut finished: oneshot::Receiver<()>, stays: bool) {
    let hub = mock.hub.clone();
    let mut works = stays && mock.work().is_ok();
    let finished = loop {
        tokio::select! {
            finished = &mut finished => break finished,
            // Only a command that causes deliveries needs the engine's thread and lock.
            () = hub.queued.notified(), if !works => works = mock.work().is_ok(),
            () = hub.due.notified(), if !works => works = mock.work().is_ok(),
        }
    };
    if finished.is_ok() {
        // The end may be signalled at the same moment as a delivery.
        if !works && hub.waits() {
            // Without a thread, another mock may still make the delivery.
            let _ = mock.work();
        }
        mock.settle().await;
        mock.stop(DRAIN).await;
    } else {
        mock.stop(Duration::ZERO).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        mock::{
            hub::CausedDelivery,
            store::{
                callbacks::{self, Callback},
                deliveries::{self, NewDelivery},
            },
        },
        model::timeout::Timeout,
        receiver::Receiver,
    };

    /// Adds a delivery as a test run does.
    async fn cause(mock: &Mock, url: &str) {
        let callback = Callback {
            url: url.parse().unwrap(),
            headers: Vec::new(),
            timeout: Timeout::DEFAULT,
            tries: 1,
        };
        let write = move |c: &_| {
            let callback = callbacks::create(c, &callback, |_| true)?;
            let new = NewDelivery {
                callback,
                webhook: None,
                event: "e",
                request: "r",
                run: None,
                again: None,
                body: b"{}",
            };
            Ok(CausedDelivery {
                delivery: deliveries::create(c, &new)?,
                lane: callback.lane,
                at_most: Duration::from_secs(5),
            })
        };
        let hub = &mock.hub;
        hub.caused(hub.store.write(write).await.unwrap());
    }

    #[tokio::test]
    async fn what_is_finished_at_once_is_delivered_too() {
        let receiver = Receiver::scripted(&[]);
        for _ in 0..8 {
            let folder = tempfile::tempdir().unwrap();
            let options = Options::new(folder.path().join("mock.db"));
            let address = (Ipv4Addr::LOCALHOST, 0).into();
            let mock = Mock::answer(options, address, false).await.unwrap();
            cause(&mock, &receiver.url("/hook")).await;
            let (finish, finished) = oneshot::channel();
            finish.send(()).unwrap();
            serve(mock, finished, false).await;
            assert_eq!(receiver.rest(), 1);
        }
    }
}
