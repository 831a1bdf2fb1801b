//! What the tests share: a world for one test, commands that run in it, the mock and a fake platform
//! for it to face, a receiver, and the bodies of webhooks.

mod bodies;
mod fake;
mod listening;
mod masks;
mod platform;
mod process;
mod wire;
mod world;

use std::time::Duration;

use ubihook::inside::receiver::{Delivery, Receiver};

#[cfg(unix)]
pub(crate) use self::world::mode;
pub(crate) use self::{
    bodies::{all_pins, webhook, webhook_with},
    fake::{Answer, Call, Fake, Fault, forward, raw},
    listening::{Listening, payload, try_post},
    masks::mask,
    platform::{Following, Served},
    process::{Ended, finish},
    wire::{RawAnswer, exchange},
    world::{CREATE_SECRET, NEEDED, VALUE, World, create_at, set_mode},
};

/// Far longer than anything here takes, so that a hang fails instead of hanging.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The token of a world that faces a fake.
pub(crate) const TOKEN: &str = "Token 0c1d2e3f-not-a-real-one";

/// The same without its prefix.
pub(crate) const BARE: &str = "0c1d2e3f-not-a-real-one";

/// A path or a place in a file as this platform writes it.
pub(crate) fn native(path: &str) -> String {
    path.replace('/', std::path::MAIN_SEPARATOR_STR)
}

/// The value of a header that a delivery has.
pub(crate) fn header(delivery: &Delivery, name: &str) -> String {
    delivery.headers[name].to_str().unwrap().to_owned()
}

/// A receiver for the deliveries of one test.
pub(crate) fn receiver() -> Receiver {
    Receiver::open().unwrap()
}
