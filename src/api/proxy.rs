//! The proxy for the calls to a host. One that can't be used is refused by the name of its
//! variable: no message repeats its address as it was given, which can contain a password.

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{ClientBuilder, Url};

use super::Error;
use crate::{
    config::proxy::Proxies,
    model::{host::ApiHost, url::is_written_in_full},
};

/// The proxy for the calls to a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Proxy {
    /// Where its address comes from.
    pub(super) from: String,
    /// Its address without credentials.
    pub(super) address: String,
    /// Whether it is given credentials.
    pub(super) has_credentials: bool,
}

/// Sets the proxy for the calls to this host, if there is one.
pub(super) fn configure(
    builder: ClientBuilder,
    host: &ApiHost,
    proxies: &Proxies,
) -> Result<(ClientBuilder, Option<Proxy>), Error> {
    if host.is_loopback() {
        return Ok((builder.no_proxy(), None));
    }
    let named = if host.is_plain_http() {
        &proxies.http
    } else {
        &proxies.https
    };
    let Some(named) = named else {
        // On these systems there are settings besides the variables, which the client finds itself.
        return Ok(if cfg!(any(target_os = "macos", windows)) {
            (builder, of_system(host))
        } else {
            (builder.no_proxy(), None)
        });
    };
    if is_exempt(host, &proxies.exempt) {
        return Ok((builder.no_proxy(), None));
    }
    let from = named.from.to_string();
    let unusable = |why: &str| Error::Proxy(format!("the proxy in {from} can't be used: {why}"));
    let (url, proxy) = parse(named.value.expose(), &from).map_err(unusable)?;
    let http = reqwest::Proxy::all(url).map_err(|_| unusable(NO_ADDRESS))?;
    Ok((builder.no_proxy().proxy(http), Some(proxy)))
}

const NO_ADDRESS: &str = "it must be an address such as http://proxy.example.org:3128";
const TO_ENCODE: &str = "special characters in its user name or password must be percent-encoded, \
     such as %23 for `#`, %40 for `@` and %20 for a space";

/// The URL of a proxy, as it was given; without a scheme it is `http`.
fn parse(text: &str, from: &str) -> Result<(Url, Proxy), &'static str> {
    let text = text.trim();
    let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
    if !["http", "https"]
        .iter()
        .any(|web| scheme.eq_ignore_ascii_case(web))
    {
        return Err("ubihook supports only proxies with http:// or https://");
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, after) = rest.split_at(end);
    let (userinfo, place) = match authority.rsplit_once('@') {
        Some((userinfo, place)) => (Some(userinfo), place),
        None => (None, authority),
    };
    // A password that isn't encoded ends the authority, or splits it elsewhere.
    let is_cut = after.contains('@') || userinfo.is_some_and(|text| text.contains('@'));
    let is_odd = |c: char| !c.is_ascii_graphic();
    if is_cut || userinfo.is_some_and(|text| text.contains(is_odd)) {
        return Err(TO_ENCODE);
    }
    let address = format!("{}://{place}", scheme.to_ascii_lowercase());
    let is_whole = is_written_in_full(&address) && !place.contains(is_odd);
    let parsed = Url::parse(&address).ok().filter(|_| is_whole);
    let parsed = parsed.ok_or(NO_ADDRESS)?;
    let credentials = userinfo.map_or_else(String::new, |text| format!("{text}@"));
    let url = address.replacen("://", &format!("://{credentials}"), 1);
    let url = Url::parse(&url).map_err(|_| TO_ENCODE)?;
    let proxy = Proxy {
        from: from.to_owned(),
        address: parsed.as_str().trim_end_matches('/').to_owned(),
        has_credentials: userinfo.is_some(),
    };
    Ok((url, proxy))
}

fn is_exempt(host: &ApiHost, exempt: &str) -> bool {
    let matcher = Matcher::builder().all("http://proxy").no(exempt).build();
    let uri = host.as_str().parse();
    uri.is_ok_and(|uri| matcher.intercept(&uri).is_none())
}

fn of_system(host: &ApiHost) -> Option<Proxy> {
    let intercept = Matcher::from_system().intercept(&host.as_str().parse().ok()?)?;
    let uri = intercept.uri();
    let port = uri.port_u16().map(|port| format!(":{port}"));
    let (scheme, host) = (uri.scheme_str()?, uri.host()?);
    Some(Proxy {
        from: "the system's settings".to_owned(),
        address: format!("{scheme}://{host}{}", port.unwrap_or_default()),
        has_credentials: intercept.basic_auth().is_some(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_named_without_its_credentials() {
        for (given, address, has_credentials) in [
            ("http://p.example:3128", "http://p.example:3128", false),
            ("p.example:3128", "http://p.example:3128", false),
            ("HTTPS://p.example/", "https://p.example", false),
            (
                "http://user:p%23w@p.example:1/x",
                "http://p.example:1",
                true,
            ),
            ("user:word@[::1]:1", "http://[::1]:1", true),
        ] {
            let (url, proxy) = parse(given, "V").unwrap();
            assert_eq!(proxy.address, address, "{given}");
            assert_eq!(proxy.has_credentials, has_credentials, "{given}");
            assert_eq!(url.password().is_some(), has_credentials, "{given}");
        }
    }

    #[test]
    fn a_proxy_that_cant_be_used_is_refused_without_being_repeated() {
        for bad in [
            "socks5://user:hunter2@p.example:1080",
            "socks5h://hunter2",
            "socks://hunter2",
            "socks4://hunter2",
            "ftp://hunter2",
            "http://user:hunter2 x@p.example",
            "http://user:12#hunter2@p.example",
            "http://user:12/hunter2@p.example",
            "http://user:12?hunter2@p.example",
            "http://user:hunter2@x@p.example",
            "http://user:hunter2\u{e9}@p.example",
            "http://${hunter2}:3128",
            "http://hunter2:port",
            "http:///hunter2",
            "http://hunter2 ",
            "http://",
            "://",
            "hunter2 x",
        ] {
            let Err(why) = parse(bad, "V") else {
                assert_eq!(bad, "http://hunter2 ", "spaces around it are cut");
                continue;
            };
            assert!(!why.contains("hunter2"), "{why}");
        }
    }

    #[test]
    fn hosts_are_exempt_by_name_address_and_domain() {
        let host: ApiHost = "https://api.example.org".parse().unwrap();
        for exempt in ["api.example.org", "example.org", ".example.org", "x, *"] {
            assert!(is_exempt(&host, exempt), "{exempt}");
        }
        for exempt in ["", "other.example.org", "ample.org"] {
            assert!(!is_exempt(&host, exempt), "{exempt}");
        }
    }
}
