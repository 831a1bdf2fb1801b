//! Delivers one event, and shows the response.

use super::{Dummy, Route, Way};
use crate::{
    commands::{context::Context, signals::Signals},
    deliver::{Delivered, Message},
    model::{
        failure::{Failure, Kind},
        text::cut,
        url::masked_userinfo,
    },
    output::sent::Sent,
};

/// How much of a response is shown, in bytes.
const SHOWN: usize = 1024;

/// Delivers one event, and shows the response.
pub(super) async fn one(
    cx: &Context,
    route: &Route,
    way: &Way,
    dummy: &Dummy,
    signals: &mut Signals,
) -> anyhow::Result<()> {
    let request_id = dummy.request();
    let message = Message {
        wants_answer: true,
        ..dummy.body(&request_id).into()
    };
    let work = async { Ok(way.call.deliver(&message, way.tries).await) };
    let Delivered {
        outcome,
        attempts,
        answer,
    } = signals.unless_stopped(work).await?;
    // A receiver may repeat what it was sent.
    let answer = cx
        .scrubber
        .clean(&String::from_utf8_lossy(&answer))
        .into_owned();
    let error = outcome.error();
    let status = outcome.answer.ok();
    let shown = &answer[..answer.floor_char_boundary(SHOWN)];
    cx.output.show(&Sent {
        event: dummy.event.to_string(),
        request_id,
        url: masked_userinfo(route.url.as_str()).into_owned(),
        status,
        ok: error.is_none(),
        error: error.clone(),
        attempts,
        duration_ms: u64::try_from(outcome.duration.as_millis()).unwrap_or(u64::MAX),
        body: status.map(|_| shown.to_owned()),
    })?;
    match error {
        None => Ok(()),
        Some(error) => {
            Err(Failure::new(Kind::Failed, format!("not delivered: {}", cut(&error, 200))).into())
        }
    }
}
