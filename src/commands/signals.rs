//! Being told to stop.

use tokio::signal;

/// What told us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

impl Signal {
    /// Whether it was SIGTERM.
    pub fn is_terminate(self) -> bool {
        self == Self::Terminate
    }
}

/// Both, listened for from the moment this is made.
pub struct Signals {
    #[cfg(unix)]
    interrupt: signal::unix::Signal,
    #[cfg(unix)]
    terminate: signal::unix::Signal,
    /// A full disk quota is an error of the write that met it, and no reason to be killed.
    #[cfg(target_os = "linux")]
    _file_too_large: signal::unix::Signal,
}

impl Signals {
    /// Listens. Needs a runtime.
    pub fn listen() -> std::io::Result<Self> {
        #[cfg(unix)]
        {
            use signal::unix::{SignalKind, signal};
            Ok(Self {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
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
    pub async fn recv(&mut self) -> Signal {
        #[cfg(unix)]
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
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
}
