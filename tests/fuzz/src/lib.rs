//! The bodies of the fuzz targets, which stand beside the tests because those run them too.
#![allow(clippy::unwrap_used, reason = "a panic is how a finding speaks")]

#[path = "../../it/fuzz/mod.rs"]
pub mod fuzz;
