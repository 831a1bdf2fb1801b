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

mod create;
mod delete;
mod diff;
mod dry_run;
mod exact;
mod files;
mod first_words;
mod help;
mod hostile;
mod list;
mod logs;
mod lost_answers;
mod mock_request;
mod near_misses;
mod no_state;
mod pasted;
mod retries;
mod rotation;
mod round_trips;
mod scrubbing;
mod secrets;
mod several;
mod shown;
mod support;
mod test_runs;
mod update;
mod urls;

// Signals, modes, shells, pipes, links, and output that names what only Unix has.
#[cfg(unix)]
mod apply;
#[cfg(unix)]
mod auth;
#[cfg(unix)]
mod completion;
#[cfg(unix)]
mod converging;
#[cfg(unix)]
mod corrected;
#[cfg(unix)]
mod custody;
#[cfg(unix)]
mod custody_model;
#[cfg(unix)]
mod doctor;
#[cfg(unix)]
mod doctor_repairs;
#[cfg(unix)]
mod documents;
#[cfg(unix)]
mod dropped;
#[cfg(unix)]
mod ends;
#[cfg(unix)]
mod examples;
#[cfg(unix)]
mod exit_codes;
#[cfg(unix)]
mod export;
#[cfg(unix)]
mod fuzz;
#[cfg(unix)]
mod fuzzing;
#[cfg(unix)]
mod generated;
#[cfg(unix)]
mod help_examples;
#[cfg(unix)]
mod inputs;
mod inspect;
#[cfg(unix)]
mod layers;
#[cfg(unix)]
mod leaks;
#[cfg(unix)]
mod listen;
#[cfg(unix)]
mod listen_acts;
#[cfg(unix)]
mod listen_senders;
#[cfg(unix)]
mod listen_webhook;
#[cfg(unix)]
mod logs_follow;
#[cfg(unix)]
mod manifest_schema;
#[cfg(unix)]
mod mistakes;
#[cfg(unix)]
mod mock_deliveries;
#[cfg(unix)]
mod mock_order;
#[cfg(unix)]
mod mock_reset;
#[cfg(unix)]
mod mock_run;
#[cfg(unix)]
mod mock_serve;
#[cfg(unix)]
mod mock_shows;
#[cfg(unix)]
mod output;
#[cfg(unix)]
mod recording;
#[cfg(unix)]
mod running;
#[cfg(unix)]
mod secret_values;
#[cfg(unix)]
mod send;
#[cfg(unix)]
mod send_recordings;
#[cfg(unix)]
mod settings;
#[cfg(unix)]
mod story;
