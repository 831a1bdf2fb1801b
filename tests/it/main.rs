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

mod apply;
mod auth;
mod completion;
mod converging;
mod corrected;
mod create;
mod custody;
mod custody_model;
mod delete;
mod diff;
mod doctor;
mod doctor_repairs;
mod documents;
mod dropped;
mod dry_run;
mod ends;
mod exact;
mod examples;
mod exit_codes;
mod export;
mod files;
mod first_words;
mod fuzz;
mod fuzzing;
mod generated;
mod help;
mod help_examples;
mod hostile;
mod inputs;
mod layers;
mod leaks;
mod list;
mod listen;
mod listen_acts;
mod listen_senders;
mod listen_webhook;
mod logs;
mod logs_follow;
mod lost_answers;
mod manifest_schema;
mod mistakes;
mod mock_deliveries;
mod mock_order;
mod mock_request;
mod mock_reset;
mod mock_run;
mod mock_serve;
mod mock_shows;
mod near_misses;
mod no_state;
mod output;
mod pasted;
mod recording;
mod retries;
mod rotation;
mod round_trips;
mod running;
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
