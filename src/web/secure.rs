//! Headers of a server that is reached by HTTPS, and the names of its cookies.
//!
//! A server is reached by HTTPS if `http.public_base_url` begins with `https`, or if a trusted proxy says so of a request. Its cookies are `Secure`
//! and have the prefix `__Host-`: no other host can set them, nor anybody on an unencrypted line. Browsers refuse such names over plain HTTP. So a
//! server without HTTPS uses names without the prefix. The same holds for pages that are opened on the machine of a server with HTTPS, by
//! `http://127.0.0.1`: what they send never leaves it.

use actix_web::HttpMessage;
use actix_web::http::header::{COOKIE, HOST, HeaderMap, ORIGIN};

use super::arrival::{RequestOrigin, Scheme};
use super::arriving::arrival;
use super::nearness::{is_here, is_loopback_host};
use crate::config::{BaseUrl, Config};

/// For a year by HTTPS only. Not for other hosts of the domain, which may not have HTTPS.
pub(super) const TRANSPORT_SECURITY: &str = "max-age=31536000";

/// Whether clients reach this server by HTTPS.
pub(super) fn is_public_by_https(config: &Config) -> bool {
    config.http.public_base_url.as_ref().is_some_and(BaseUrl::is_encrypted)
}

/// Whether the requesting page has an address of its browser's own machine; if the page is not named, whether the requested host has.
fn is_at_this_machine(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    match text(ORIGIN) {
        Some(origin) => origin.starts_with("http://") && is_here(origin),
        None => text(HOST).is_some_and(is_loopback_host),
    }
}

/// Whether the requesting page came from the host that it sends the request to. A page without an origin did not.
pub(super) fn is_own_page(request: &impl HttpMessage, config: &Config) -> bool {
    is_page_of_host(request.headers(), Line::of(request, config))
}

/// Anybody on the way can change or forge a page that came without TLS. So for a request over TLS, such a page is only ours on its browser's own
/// machine. A request that seems to come without TLS may have used TLS to a proxy that does not say so.
fn is_page_of_host(headers: &HeaderMap, line: Line) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some((scheme, host)) = text(ORIGIN).and_then(|origin| origin.split_once("://")) else { return false };
    let is_kept = scheme == "https" || line == Line::Plain || is_at_this_machine(headers);
    is_kept && text(HOST) == Some(host)
}

/// How a request's answer is protected in transit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// By TLS.
    Encrypted,
    /// Not protected, as far as we can tell.
    Plain,
}

impl Line {
    /// The protection of this request.
    pub(super) fn of(request: &impl HttpMessage, config: &Config) -> Self {
        let arrival = arrival(request);
        let is_encrypted = arrival.scheme() == Scheme::Https
            || (is_public_by_https(config)
                && (arrival.way() == RequestOrigin::Trusted || !is_at_this_machine(request.headers())));
        if is_encrypted { Self::Encrypted } else { Self::Plain }
    }

    /// The value of the cookie with this name on this line, or with the prefix.
    pub(super) fn cookie<'a>(self, headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
        let find = |prefix: &str| {
            let values = headers.get_all(COOKIE).filter_map(|value| value.to_str().ok());
            let mut pairs =
                values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
            pairs.find(|(found, _)| found.strip_prefix(prefix) == Some(name)).map(|(_, value)| value)
        };
        // One with the prefix is ours whatever the line looks like: a proxy may have put our own address into `Host`.
        find(Self::Encrypted.prefix()).or_else(|| find(self.prefix()))
    }

    /// The header that sets a cookie that scripts can't read and other sites can't send.
    pub(super) fn set_cookie(self, name: &str, value: &str, lifetime_s: u64) -> String {
        let (prefix, secure) = (self.prefix(), if self == Self::Encrypted { "; Secure" } else { "" });
        format!("{prefix}{name}={value}; Path=/; Max-Age={lifetime_s}; HttpOnly; SameSite=Strict{secure}")
    }

    const fn prefix(self) -> &'static str {
        match self {
            Self::Encrypted => "__Host-",
            Self::Plain => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: Line, cookie: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, cookie.parse().unwrap());
        line.cookie(&headers, "cordboard_session").map(str::to_owned)
    }

    #[test]
    fn a_cookie_is_found_only_by_its_lines_name() {
        assert_eq!(found(Line::Plain, "a=1; cordboard_session=x; b=2").as_deref(), Some("x"));
        assert_eq!(found(Line::Plain, "xcordboard_session=x; cordboard_session"), None);
        assert_eq!(found(Line::Plain, "__Host-cordboard_session=x").as_deref(), Some("x"));
        let both = "cordboard_session=planted; __Host-cordboard_session=x";
        assert_eq!(found(Line::Encrypted, both).as_deref(), Some("x"));
        assert_eq!(found(Line::Plain, both).as_deref(), Some("x"));
        assert_eq!(found(Line::Encrypted, "cordboard_session=planted"), None);
    }

    #[test]
    fn a_page_without_tls_is_foreign_to_https() {
        let is_ours = |line: Line, origin: &str, host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(ORIGIN, origin.parse().unwrap());
            headers.insert(HOST, host.parse().unwrap());
            is_page_of_host(&headers, line)
        };
        for (origin, host, by_tls, plainly) in [
            ("https://calls.example.com", "calls.example.com", true, true),
            ("http://calls.example.com", "calls.example.com", false, true),
            ("http://localhost:8080", "localhost:8080", true, true),
            ("http://localhost:3000", "localhost:8080", false, false),
            ("https://www.example.com", "calls.example.com", false, false),
            ("null", "calls.example.com", false, false),
        ] {
            assert_eq!(is_ours(Line::Encrypted, origin, host), by_tls, "{origin} asks {host} by TLS");
            assert_eq!(is_ours(Line::Plain, origin, host), plainly, "{origin} asks {host}");
        }
        assert!(!is_page_of_host(&HeaderMap::new(), Line::Plain), "no header says where it came from");
    }

    #[test]
    fn a_page_of_the_browsers_own_machine_is_recognized() {
        let is_at = |name: actix_web::http::header::HeaderName, value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            is_at_this_machine(&headers)
        };
        assert!(is_at(ORIGIN, "http://127.0.0.1:8080") && is_at(ORIGIN, "http://localhost:8080"));
        assert!(!is_at(ORIGIN, "https://calls.example.com") && !is_at(ORIGIN, "http://calls.example.com"));
        assert!(is_at(HOST, "[::1]:8080") && !is_at(HOST, "calls.example.com") && !is_at(ORIGIN, "null"));
    }
}
