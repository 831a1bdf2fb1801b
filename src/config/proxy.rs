//! The variables that name a proxy, as they are set. Whether one can be used is only checked if a
//! call needs it.

use super::{Provenance, Setting, env::Env};
use crate::model::secret::Raw;

/// The variables that name a proxy. Their values can contain a password.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    /// For hosts with plain http.
    pub http: Option<Setting<Raw>>,
    /// For hosts with https.
    pub https: Option<Setting<Raw>>,
    /// Hosts that are called without a proxy.
    pub exempt: String,
}

impl Proxies {
    pub(super) fn find(env: &Env) -> Self {
        // Under CGI, a client's header `Proxy` would become HTTP_PROXY.
        if env.get("REQUEST_METHOD").is_some() {
            return Self::default();
        }
        let first = |names: &[&'static str]| {
            names.iter().find_map(|name| {
                let value = env.get(name)?.to_string_lossy();
                Some(Setting {
                    value: Raw::new(value),
                    from: Provenance::Env(name),
                })
            })
        };
        let exempt = first(&["NO_PROXY", "no_proxy"]);
        Self {
            http: first(&["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"]),
            https: first(&["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]),
            exempt: exempt.map_or_else(String::new, |names| names.value.expose().to_owned()),
        }
    }
}
