//! Checks of the connection: whether the host is reached, by which means, and what time it is there.

use super::{asked::Asked, settings::fault};
use crate::{
    api,
    config::{About, Endpoint, Settings},
    model::{checkup::Check, duration, failure::Explain as _, host::ApiHost, text::counted},
};

/// A difference of the clocks that is worth a warning, in seconds.
const DRIFT: i64 = 60;

pub(super) fn checks(settings: &Settings, asked: &Asked) -> Vec<Check> {
    vec![
        reachable(settings, asked),
        tls(settings, asked),
        proxy(settings, asked),
        clock(asked),
        asked.keyring.clone(),
    ]
}

fn host(settings: &Settings) -> Option<&ApiHost> {
    match &settings.connection.endpoint {
        Endpoint::Platform(host) => Some(&host.value),
        Endpoint::Mock => None,
    }
}

/// Why no client can be made, if it is for the connection.
fn refused(asked: &Asked) -> Option<&api::Error> {
    asked.client.as_ref().err()?.downcast_ref()
}

fn reachable(settings: &Settings, asked: &Asked) -> Check {
    const ID: &str = "reachable";
    let subject = host(settings).map_or_else(|| "mock".to_owned(), ToString::to_string);
    if asked.is_forbidden {
        return Check::skip(ID, &subject, "not asked until the settings are valid");
    }
    if refused(asked).is_some() {
        return Check::skip(ID, &subject, "not asked: no connection can be made");
    }
    match asked.trouble() {
        Some(error) => Check::fail(ID, &subject, error.to_string()).hinted(error.hint()),
        None if asked.is_reached() => {
            let version = host(settings).map_or("/v2", ApiHost::path);
            let took = duration::describe(asked.took);
            let found = format!("answered in {took}; API version {}", &version[1..]);
            Check::pass(ID, &subject, found)
        }
        None => Check::skip(ID, &subject, "not asked"),
    }
}

fn tls(settings: &Settings, asked: &Asked) -> Check {
    const ID: &str = "tls";
    let ca_cert = settings.connection.ca_cert.as_ref();
    let subject = "TLS";
    if let Some(check) = fault(settings, ID, subject, &[About::CaCert]) {
        return check;
    }
    if let Some(error @ (api::Error::Setup(_) | api::Error::PlainHttp(_))) = refused(asked) {
        return Check::fail(ID, subject, error.to_string()).hinted(error.hint());
    }
    let trusted = match ca_cert {
        Some(path) => format!(" and those of {} ({})", path.value.display(), path.from),
        None => String::new(),
    };
    match host(settings) {
        None => Check::skip(ID, subject, "the mock inside this program needs none"),
        Some(host) if host.is_plain_http() && host.is_loopback() => {
            Check::skip(ID, subject, "plain http, within this machine")
        }
        Some(host) if host.is_plain_http() => {
            let why = "plain http: anyone on the network can read the token";
            Check::warn(ID, subject, why).hint("use the https address, without --insecure-http")
        }
        Some(_) if !asked.is_reached() => Check::skip(ID, subject, "no connection was made"),
        Some(_) => {
            let found = format!("the certificate is trusted, by the system's authorities{trusted}");
            Check::pass(ID, subject, found)
        }
    }
}

fn proxy(settings: &Settings, asked: &Asked) -> Check {
    const ID: &str = "proxy";
    if let Some(error @ api::Error::Proxy(_)) = refused(asked) {
        return Check::fail(ID, ID, error.to_string()).hinted(error.hint());
    }
    let Ok(client) = &asked.client else {
        return Check::skip(ID, ID, "no connection was made");
    };
    let proxies = &settings.connection.proxies;
    let is_set = proxies.http.is_some() || proxies.https.is_some();
    match client.proxy() {
        Some((address, from)) => Check::pass(ID, ID, format!("{address} is used (from {from})")),
        None if is_set => Check::pass(ID, ID, "one is set, but not used for this host"),
        None => Check::pass(ID, ID, "none is used"),
    }
}

fn clock(asked: &Asked) -> Check {
    let drift = asked.client.as_ref().ok().and_then(api::Client::drift);
    of_drift(drift)
}

fn of_drift(seconds: Option<i64>) -> Check {
    const ID: &str = "clock";
    let Some(seconds) = seconds else {
        return Check::skip(ID, ID, "the platform's responses have no `Date`");
    };
    if seconds.abs() < DRIFT {
        return Check::pass(ID, ID, "agrees with the platform's");
    }
    let side = if seconds > 0 { "ahead of" } else { "behind" };
    let by = counted(seconds.unsigned_abs(), "second");
    Check::warn(
        ID,
        ID,
        format!("this machine's clock is {by} {side} the platform's"),
    )
    .hint("set this machine's clock, for example with `timedatectl set-ntp true`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::checkup::Status;

    #[test]
    fn a_minute_is_the_limit_in_both_directions() {
        let status = |seconds| of_drift(seconds).status;
        assert_eq!(status(None), Status::Skip);
        assert_eq!(status(Some(59)), Status::Pass);
        assert_eq!(status(Some(-59)), Status::Pass);
        assert_eq!(status(Some(60)), Status::Warn);
        assert!(of_drift(Some(-7200)).found.contains("7200 seconds behind"));
    }
}
