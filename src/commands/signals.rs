//! Signals that stop a command.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use tokio::{signal, time};

use crate::model::failure::{Explain, Kind};

/// The kind of signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// SIGTERM, or SIGHUP: the terminal was closed.
    Terminate,
    /// SIGQUIT, which a terminal sends for Ctrl-\.
    #[cfg_attr(not(unix), expect(dead_code, reason = "there is no such signal"))]
    Quit,
}

impl Signal {
    /// Whether it was sent to this process alone, not by a terminal to all of its processes.
    pub(crate) fn is_terminate(self) -> bool {
        self == Self::Terminate
    }

    /// The end of a command that runs until it is stopped: a success, except after SIGQUIT, whose exit
    /// code stays.
    pub(crate) fn as_end(self) -> Result<(), Stopped> {
        match self {
            Self::Interrupt | Self::Terminate => Ok(()),
            Self::Quit => Err(Stopped(self)),
        }
    }
}

/// The error of a command that was ended by a signal.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("{}", self.kind().name())]
pub(crate) struct Stopped(pub Signal);

impl Explain for Stopped {
    fn kind(&self) -> Kind {
        match self.0 {
            Signal::Interrupt => Kind::Interrupted,
            Signal::Terminate => Kind::Terminated,
            Signal::Quit => Kind::Quit,
        }
    }
}

/// How many signals the running verb has taken.
static TAKEN: AtomicUsize = AtomicUsize::new(0);

/// How many signals the running verb has taken so far. A verb that is blocked takes none.
pub(crate) fn taken() -> usize {
    TAKEN.load(Ordering::Relaxed)
}

/// Listens for all of these signals from its creation on.
pub(crate) struct Signals {
    #[cfg(unix)]
    interrupt: signal::unix::Signal,
    #[cfg(unix)]
    terminate: signal::unix::Signal,
    #[cfg(unix)]
    quit: signal::unix::Signal,
    /// `None` if this process should outlive its terminal.
    #[cfg(unix)]
    hangup: Option<signal::unix::Signal>,
    /// If a file size limit is reached, the write fails instead of the process being killed.
    #[cfg(target_os = "linux")]
    _file_too_large: signal::unix::Signal,
}

impl Signals {
    /// Starts to listen. Needs a runtime.
    pub(crate) fn listen() -> std::io::Result<Self> {
        #[cfg(unix)]
        {
            use std::sync::OnceLock;

            use signal::unix::{SignalKind, signal};

            use crate::process::ignores_hangup;

            // Once we listen for it, this can't be determined any more.
            static IGNORES_HANGUP: OnceLock<bool> = OnceLock::new();
            let hangup = !*IGNORES_HANGUP.get_or_init(ignores_hangup);
            Ok(Self {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
                quit: signal(SignalKind::quit())?,
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

    /// Waits for the next signal, and takes it.
    pub(crate) async fn recv(&mut self) -> Signal {
        let signal = self.observe().await;
        TAKEN.fetch_add(1, Ordering::Relaxed);
        signal
    }

    /// Discards those that have arrived.
    pub(crate) async fn discard(&mut self) {
        while time::timeout(Duration::ZERO, self.observe()).await.is_ok() {}
    }

    /// Waits for the next signal, for someone who leaves it to the verb.
    pub(crate) async fn observe(&mut self) -> Signal {
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
                _ = self.quit.recv() => Signal::Quit,
                _ = hangup => Signal::Terminate,
            }
        }
        #[cfg(not(unix))]
        {
            // Without a console there is no Ctrl-C.
            if signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
            Signal::Interrupt
        }
    }

    /// The result of `work`, unless a signal comes first.
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
