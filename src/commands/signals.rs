//! Being told to stop.

use crate::model::failure::{Explain, Kind};
use tokio::signal;

/// What told us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// SIGTERM, or SIGHUP: the terminal was closed.
    Terminate,
}

impl Signal {
    /// Whether it was another than Ctrl-C.
    pub(crate) fn is_terminate(self) -> bool {
        self == Self::Terminate
    }
}

/// The end that a signal asked for, where nothing was done yet that could have an end of its own.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("{}", if .0.is_terminate() { "terminated" } else { "interrupted" })]
pub(crate) struct Stopped(pub Signal);

impl Explain for Stopped {
    fn kind(&self) -> Kind {
        if self.0.is_terminate() {
            Kind::Terminated
        } else {
            Kind::Interrupted
        }
    }
}

/// All of them, listened for from the moment this is made.
pub(crate) struct Signals {
    #[cfg(unix)]
    interrupt: signal::unix::Signal,
    #[cfg(unix)]
    terminate: signal::unix::Signal,
    /// None where this process is not to end with its terminal.
    #[cfg(unix)]
    hangup: Option<signal::unix::Signal>,
    /// A full disk quota is an error of the write that met it, and no reason to be killed.
    #[cfg(target_os = "linux")]
    _file_too_large: signal::unix::Signal,
}

impl Signals {
    /// Listens. Needs a runtime.
    pub(crate) fn listen() -> std::io::Result<Self> {
        #[cfg(unix)]
        {
            use std::sync::OnceLock;

            use signal::unix::{SignalKind, signal};

            use crate::process::ignores_hangup;

            // Once it is listened for, it can't be asked any more.
            static IGNORES_HANGUP: OnceLock<bool> = OnceLock::new();
            let hangup = !*IGNORES_HANGUP.get_or_init(ignores_hangup);
            Ok(Self {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
                hangup: hangup.then(|| signal(SignalKind::hangup())).transpose()?,
                #[cfg(target_os = "linux")]
                _file_too_large: signal(SignalKind::from_raw(
                    rustix::process::Signal::XFSZ.as_raw(),
                ))?,
            })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Waits for the next.
    pub(crate) async fn recv(&mut self) -> Signal {
        #[cfg(unix)]
        {
            let hangup = async {
                match &mut self.hangup {
                    Some(hangup) => hangup.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = self.interrupt.recv() => Signal::Interrupt,
                _ = self.terminate.recv() => Signal::Terminate,
                _ = hangup => Signal::Terminate,
            }
        }
        #[cfg(not(unix))]
        {
            // Without a console there is nobody to press Ctrl-C.
            if signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
            Signal::Interrupt
        }
    }

    /// What `work` brings, unless a signal comes first.
    pub(crate) async fn unless_stopped<T>(
        &mut self,
        work: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<T> {
        tokio::select! {
            done = work => done,
            signal = self.recv() => Err(Stopped(signal).into()),
        }
    }
}
