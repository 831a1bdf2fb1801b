//! The built binary on a real terminal, as a person at one has it: what is compared is what a
//! terminal shows, and not the bytes that made it show that.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    reason = "a panic is how a test speaks; clippy spares only the functions marked as tests"
)]
#![allow(
    unreachable_pub,
    clippy::disallowed_methods,
    reason = "a binary of modules, each with its own world and its own look at the environment"
)]

mod confirm;
mod dumb;
mod interrupt;
mod live;
mod login;
mod looks;
mod platform;
mod serving;
mod stdin;
mod suspend;
#[allow(
    dead_code,
    unused_imports,
    reason = "the world is shared with another binary, and neither needs all of it"
)]
#[path = "../it"]
mod it {
    pub(crate) mod support;
}
mod terminal;
mod waiting;
mod wizard;

use it::support;
