//! What tests, benchmarks and fuzz targets use besides the program, by module. Everything else is
//! private, so that the compiler reports unused items.

pub mod api {
    pub use crate::api::{Error, answer::items::Items};
    pub mod answer {
        pub use crate::api::answer::{read, refusal, shown};
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
    pub mod ubiops_cli {
        pub use crate::commands::auth::ubiops_cli::parse;
    }
    pub mod world {
        pub use crate::commands::mock::world::parse;
    }
}
pub mod config {
    pub use crate::config::{Color, Format, UnknownProfile, env::Env, flags::Flags, resolve};
    pub mod file {
        pub use crate::config::file::{Profile, Profiles, parse, with_profile};
    }
}
pub mod files {
    pub use crate::files::lock;
}
pub mod mock {
    pub use crate::mock::{
        Effect, Fault, GROUP, Local, Mock, Options, Plan, Query, SCRIPT_KEY, Script, StartObject,
        World, reset,
    };
}
pub mod model {
    pub use crate::model::{
        assignment::Assignment,
        draft::{DraftHeader, DraftValue, PartialDraft, check_headers},
        event::{Event, EventName, ObjectType},
        failure::{Explain, Failure},
        host::{ApiHost, is_loopback},
        invalid::Invalid,
        json::Json,
        name::{MAX_CHARS, ObjectName, ProjectName, VersionName, WebhookName},
        objects::{Object, Project, User, Version},
        options::Description,
        origin::Origin,
        payload::{MAX_RESULT_BYTES, Payload, RequestStatus, Subject},
        private::Private,
        received::{Received, ReceivedHeader},
        scrub::Scrubber,
        shell::quote,
        store::{StoreChoice, StoreKind},
        target::Target,
        test_run::{NewTest, TestRun},
        text::{MAX_ERROR_CHARS, cut, is_unsafe, nearest, printable},
        timeout::Timeout,
        token::Token,
        url::{CallbackUrl, masked, masked_userinfo},
        webhook::{NewWebhook, Webhook, WebhookPatch},
    };
    pub mod duration {
        pub use crate::model::duration::{describe, parse};
    }
    pub mod error_body {
        pub use crate::model::error_body::message;
    }
    pub mod header {
        pub use crate::model::header::{
            Content, Header, HeaderEdit, HeaderName, NewHeader, differing, mask_protected, merge,
            same,
        };
    }
    pub mod labels {
        pub use crate::model::labels::{Label, Labels, filter, parse_filter};
    }
    pub mod routes {
        pub use crate::model::routes::{WEBHOOK, encode};
    }
    pub mod source {
        pub use crate::model::source::{SecretText, Source};
    }
}
pub mod output {
    pub use crate::output::{
        Output, OutputOptions, list::List, report::Report, test_run::Verdict, view::View,
    };
}
pub mod receiver {
    pub use crate::receiver::{
        Delivery, Receiver,
        body::Content,
        expect::{Condition, Expectation, Facts, Known, conditions},
        record::Line,
    };
}
pub mod secrets {
    pub use crate::secrets::{
        Deadlines, Destination, Error, Host, Moment, Site,
        custody::{Call, Custody, Files, Found, Settings},
    };
    pub mod source {
        pub use crate::secrets::source::compose;
    }
}
pub mod terminal {
    pub use crate::terminal::Terminal;
}
