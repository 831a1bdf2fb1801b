//! Passes deliveries on, and their answers back.

use std::time::Duration;

use axum::http::HeaderMap;
use tokio::sync::watch;

use super::{Acted, Matter, STOPPED, stopped};
use crate::{
    deliver::{Headers, Message, Prepared},
    receiver::{
        replay::is_of_one_call,
        serve::{Reply, Rules},
    },
};

/// Where deliveries are passed on to.
#[derive(Debug)]
pub(crate) struct Forward {
    pub(crate) call: Prepared,
    /// Which headers identify the sender.
    pub(crate) rules: Rules,
    /// Whether headers that carry credentials are passed on too.
    pub(crate) with_secrets: bool,
}

impl Forward {
    /// Passes a delivery on.
    pub(super) async fn pass(&self, matter: &Matter, stop: &mut watch::Receiver<bool>) -> Acted {
        let message = Message {
            body: matter.body.to_vec(),
            headers: Some(self.headers(&matter.headers)),
            wants_answer: false,
        };
        let answered = tokio::select! {
            biased;
            () = stopped(stop) => return Acted::failed(503, STOPPED.to_owned()),
            answered = self.call.exchange_whole(&message) => answered,
        };
        match answered {
            Ok((status, mut headers, body)) => {
                let own: Vec<_> = headers
                    .keys()
                    .filter(|name| is_of_one_call(name.as_str()))
                    .cloned()
                    .collect();
                for name in own {
                    headers.remove(name);
                }
                Acted {
                    reply: Reply {
                        status,
                        headers,
                        body: body.into(),
                        delay: Duration::ZERO,
                    },
                    problem: None,
                }
            }
            Err(failure) => Acted::failed(502, format!("could not be forwarded: {failure}")),
        }
    }

    fn headers(&self, received: &HeaderMap) -> Headers {
        let is_passed = |name: &str| {
            let is_own = is_of_one_call(name) && name != "user-agent";
            !is_own && (self.with_secrets || !self.rules.is_protected(name))
        };
        Headers::of(received, is_passed)
    }
}
