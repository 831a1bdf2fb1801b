//! The built binary against the real mock, as its users have them.
#![allow(
    clippy::unwrap_used,
    reason = "a panic is how a test speaks; clippy spares only the functions marked as tests"
)]
#![allow(
    unreachable_pub,
    clippy::disallowed_methods,
    reason = "a binary of modules, each with its own world and its own look at the environment"
)]
#![cfg_attr(
    windows,
    allow(
        dead_code,
        unused_imports,
        reason = "what is there for tests of Unix alone"
    )
)]

mod apply;
mod auth;
mod corrected;
mod create;
mod custody;
mod delete;
mod diff;
mod doctor;
mod doctor_repairs;
mod dropped;
mod dry_run;
mod exact;
mod exit_codes;
mod export;
mod files;
mod first_words;
mod help;
mod hostile;
mod inputs;
mod inspect;
mod list;
mod listen;
mod listen_senders;
mod logs;
mod lost_answers;
mod mistakes;
mod mock_deliveries;
mod mock_request;
mod mock_reset;
mod mock_serve;
mod near_misses;
mod no_state;
mod output;
mod pasted;
mod recording;
mod retries;
mod rotation;
mod round_trips;
mod scrubbing;
mod secret_values;
mod secrets;
mod send;
mod send_recordings;
mod settings;
mod several;
mod shown;
mod story;
mod support;
mod test_runs;
mod update;
mod urls;

// Signals, shells, and files that only Unix has.
#[cfg(unix)]
mod completion;
#[cfg(unix)]
mod converging;
#[cfg(unix)]
mod custody_model;
#[cfg(unix)]
mod documents;
#[cfg(unix)]
mod ends;
#[cfg(unix)]
mod examples;
#[cfg(unix)]
mod fuzz;
#[cfg(unix)]
mod fuzzing;
#[cfg(unix)]
mod generated;
#[cfg(unix)]
mod help_examples;
#[cfg(unix)]
mod layers;
#[cfg(unix)]
mod leaks;
#[cfg(unix)]
mod listen_acts;
#[cfg(unix)]
mod listen_webhook;
#[cfg(unix)]
mod logs_follow;
#[cfg(unix)]
mod manifest_schema;
#[cfg(unix)]
mod mock_order;
#[cfg(unix)]
mod mock_run;
#[cfg(unix)]
mod mock_shows;
#[cfg(unix)]
mod running;
