//! What tests, benchmarks and fuzzing reach beside the program: each item under the path that it has
//! inside. Whatever isn't named here is closed, so that the compiler sees what nobody uses.

pub mod api {
    pub use crate::api::Error;
    pub mod answer {
        pub use crate::api::answer::{read, refusal, shown};
        pub mod items {
            pub use crate::api::answer::items::Items;
        }
    }
    pub mod trace {
        pub use crate::api::trace::masked;
    }
}
pub mod args {
    pub mod file {
        pub use crate::args::file::parse;
    }
    pub mod header {
        pub use crate::args::header::HeaderArgs;
    }
}
pub mod cli {
    pub mod artifacts {
        pub use crate::cli::artifacts::{FOLDERS, artifacts};
    }
}
pub mod commands {
    pub mod auth {
        pub mod ubiops_cli {
            pub use crate::commands::auth::ubiops_cli::parse;
        }
    }
    pub mod mock {
        pub mod world {
            pub use crate::commands::mock::world::parse;
        }
    }
}
pub mod config {
    pub use crate::config::{Color, Format, UnknownProfile, resolve};
    pub mod env {
        pub use crate::config::env::Env;
    }
    pub mod file {
        pub use crate::config::file::{Profile, Profiles, parse, with_profile};
    }
    pub mod flags {
        pub use crate::config::flags::Flags;
    }
}
pub mod files {
    pub use crate::files::lock;
}
pub mod mock {
    pub use crate::mock::{
        Effect, Fault, GROUP, Json, Local, Mock, Options, Plan, Query, SCRIPT_KEY, Script,
        StartObject, World, reset,
    };
}
pub mod model {
    pub mod draft {
        pub use crate::model::draft::{DraftHeader, DraftValue, PartialDraft, check_headers};
    }
    pub mod duration {
        pub use crate::model::duration::{describe, parse};
    }
    pub mod error_body {
        pub use crate::model::error_body::message;
    }
    pub mod event {
        pub use crate::model::event::{Event, EventName, ObjectType};
    }
    pub mod failure {
        pub use crate::model::failure::{Explain, Failure};
    }
    pub mod header {
        pub use crate::model::header::{
            Content, Header, HeaderEdit, HeaderName, NewHeader, differing, mask_protected, merge,
            same,
        };
    }
    pub mod host {
        pub use crate::model::host::{ApiHost, is_loopback};
    }
    pub mod invalid {
        pub use crate::model::invalid::Invalid;
    }
    pub mod labels {
        pub use crate::model::labels::{Label, Labels, filter, parse_filter};
    }
    pub mod name {
        pub use crate::model::name::{
            MAX_CHARS, ObjectName, ProjectName, VersionName, WebhookName,
        };
    }
    pub mod objects {
        pub use crate::model::objects::{Object, Project, User, Version};
    }
    pub mod options {
        pub use crate::model::options::Description;
    }
    pub mod origin {
        pub use crate::model::origin::Origin;
    }
    pub mod payload {
        pub use crate::model::payload::{MAX_RESULT_BYTES, Payload, RequestStatus, Subject};
    }
    pub mod private {
        pub use crate::model::private::Private;
    }
    pub mod routes {
        pub use crate::model::routes::{WEBHOOK, encode};
    }
    pub mod scrub {
        pub use crate::model::scrub::Scrubber;
    }
    pub mod shell {
        pub use crate::model::shell::quote;
    }
    pub mod source {
        pub use crate::model::source::{SecretText, Source};
    }
    pub mod store {
        pub use crate::model::store::{StoreChoice, StoreKind};
    }
    pub mod target {
        pub use crate::model::target::Target;
    }
    pub mod test_run {
        pub use crate::model::test_run::{NewTest, TestRun};
    }
    pub mod text {
        pub use crate::model::text::{MAX_ERROR_CHARS, cut, is_unsafe, nearest, printable};
    }
    pub mod timeout {
        pub use crate::model::timeout::Timeout;
    }
    pub mod token {
        pub use crate::model::token::Token;
    }
    pub mod url {
        pub use crate::model::url::{CallbackUrl, masked, masked_userinfo};
    }
    pub mod webhook {
        pub use crate::model::webhook::{NewWebhook, Webhook, WebhookPatch};
    }
}
pub mod output {
    pub use crate::output::{Output, OutputOptions};
    pub mod list {
        pub use crate::output::list::List;
    }
    pub mod report {
        pub use crate::output::report::Report;
    }
    pub mod test_run {
        pub use crate::output::test_run::Verdict;
    }
    pub mod view {
        pub use crate::output::view::View;
    }
}
pub mod receiver {
    pub use crate::receiver::Receiver;
}
pub mod secrets {
    pub use crate::secrets::{Deadlines, Destination, Error, Host, Moment, Site};
    pub mod custody {
        pub use crate::secrets::custody::{Call, Custody, Files, Found, Settings};
    }
    pub mod source {
        pub use crate::secrets::source::compose;
    }
}
pub mod terminal {
    pub use crate::terminal::Terminal;
}
