//! `--inspect`: a page on this machine that shows what a mock delivers, or what `listen` receives.

use crate::{
    args::number::whole,
    commands::context::Context,
    inspect::{Inspector, Listened},
    mock::Mock,
    model::failure::{Failure, Kind},
    server,
};

/// The option, which three verbs share.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct InspectArgs {
    /// Serve a page that shows each delivery
    ///
    /// Prints its address, which works only in a browser on this machine, and contains a key that
    /// changes with every start. PORT is the page's own port; by default, any free one.
    #[arg(
        long,
        value_name = "PORT",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "0",
        value_parser = whole(0..=u16::MAX)
    )]
    inspect: Option<u16>,
}

impl InspectArgs {
    /// Whether the page is wanted.
    pub(super) fn is_wanted(&self) -> bool {
        self.inspect.is_some()
    }

    /// Serves the page for a mock, if it is wanted.
    pub(super) async fn of_mock(&self, mock: &Mock) -> Result<Option<Inspector>, Failure> {
        let Some(port) = self.inspect else {
            return Ok(None);
        };
        let inspector = Inspector::of_mock(mock.inspected(), &mock.url(), port).await;
        inspector.map(Some).map_err(|error| not_started(&error))
    }

    /// Serves the page for a `listen` that receives at this URL, if it is wanted.
    pub(super) async fn of_listen(
        &self,
        url: &str,
    ) -> Result<Option<(Inspector, Listened)>, Failure> {
        let Some(port) = self.inspect else {
            return Ok(None);
        };
        let listened = Listened::at(url);
        let inspector = Inspector::of_listen(listened.clone(), port).await;
        let inspector = inspector.map_err(|error| not_started(&error))?;
        Ok(Some((inspector, listened)))
    }
}

fn not_started(error: &server::Error) -> Failure {
    let hint = "use --inspect alone for a free port";
    Failure::new(Kind::Unexpected, format!("--inspect: {error}")).with_hint(hint)
}

/// Tells a person where the page is, on stderr.
pub(super) fn announce(cx: &Context, inspector: &Inspector) {
    let url = inspector.url();
    cx.output.note(&format!("inspect deliveries at {url}"));
}

/// Opens the page when `o` is pressed, until the result is dropped.
#[cfg(unix)]
pub(super) fn offer(cx: &Context, inspector: &Inspector) -> Option<super::opening::Opening> {
    super::opening::Opening::offer(cx, inspector.url())
}

/// See the Unix version: a console of Windows has no single keys without a library for them.
#[cfg(not(unix))]
pub(super) fn offer(_: &Context, _: &Inspector) -> Option<()> {
    None
}
