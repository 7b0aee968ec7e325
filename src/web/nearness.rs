//! Whether a request comes from a client on this machine, which sees figures and faults without a token. Pure.
//!
//! A connection from loopback alone proves nothing, because a proxy on this machine connects that way for everybody. So a request is near only if all
//! of this holds:
//!
//! - The peer is this machine, and no header says that a proxy forwarded the request.
//! - The configuration mentions no proxy: `http.trusted_proxies` is unset, and `http.public_base_url` is unset or of this machine.
//! - The header `Host` names this machine by a loopback address, `localhost`, or the address at which the server listens. A proxy usually sends the
//!   public name, and so does a page in a local browser that uses DNS rebinding.
//! - It is HTTP/1.1: an old nginx with default settings sends HTTP/1.0 and our own address.
//!
//! A proxy without any of these signs, such as a plain TCP tunnel, can't be distinguished from a local client. An operator of one sets
//! `http.public_base_url`, or lets everybody see the figures.

use std::net::IpAddr;

use actix_web::http::Version;
use actix_web::http::uri::Authority;
use url::{Host, Url};

use super::arrival::Arrival;
use crate::config::Http;

/// Whether a request is from a client on this machine; `listening` is the address at which the server listens.
pub(super) fn is_near(
    arrival: &Arrival,
    (version, host): (Version, Option<&str>),
    settings: &Http,
    listening: IpAddr,
) -> bool {
    let has_no_proxy = settings.trusted_proxies.is_none()
        && settings.public_base_url.as_ref().is_none_or(|url| is_here(url.as_str()));
    arrival.is_from_this_machine()
        && has_no_proxy
        && version >= Version::HTTP_11
        && host.is_some_and(|host| names_this_machine(host, listening))
}

/// Whether our address, or a page's, is on this machine.
pub(crate) fn is_here(url: &str) -> bool {
    match Url::parse(url).as_ref().map(Url::host) {
        Ok(Some(Host::Domain(name))) => name == "localhost",
        Ok(Some(Host::Ipv4(address))) => address.is_loopback(),
        Ok(Some(Host::Ipv6(address))) => address.is_loopback(),
        Ok(None) | Err(_) => false,
    }
}

fn names_this_machine(host: &str, listening: IpAddr) -> bool {
    is_loopback_host(host) || address_of(host) == Some(listening)
}

/// Whether a value of `Host` is a loopback address or `localhost`, with or without a port.
pub(super) fn is_loopback_host(host: &str) -> bool {
    let is_localhost =
        || host.parse::<Authority>().is_ok_and(|host| host.host().eq_ignore_ascii_case("localhost"));
    address_of(host).map_or_else(is_localhost, |address| address.is_loopback())
}

fn address_of(host: &str) -> Option<IpAddr> {
    let authority = host.parse::<Authority>().ok()?;
    authority.host().trim_start_matches('[').trim_end_matches(']').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::arrival::ForwardingHeaders;
    use super::*;
    use crate::config::{Config, Sources};

    fn settings(variables: &[(&str, &str)]) -> Http {
        let environment = variables.iter().map(|(name, value)| (name.into(), value.into())).collect();
        Config::load(&Sources { environment, ..Sources::default() }).unwrap().config.http
    }

    fn near(host: Option<&str>, version: Version, settings: &Http) -> bool {
        let peer = Some("127.0.0.1:40000".parse().unwrap());
        let arrival = Arrival::find(peer, &ForwardingHeaders::default(), settings.trusted_proxies.as_ref());
        is_near(&arrival, (version, host), settings, "127.0.0.2".parse().unwrap())
    }

    #[test]
    fn only_hosts_of_this_machine_are_near() {
        let none = settings(&[]);
        for (host, expected) in [
            ("localhost", true),
            ("LocalHost:8080", true),
            ("127.0.0.1:8080", true),
            ("127.0.0.2", true),
            ("[::1]:8080", true),
            ("calls.example.com", false),
            ("localhost.example.com", false),
            ("127.0.0.1.example.com", false),
            ("192.0.2.1:8080", false),
            ("", false),
            ("a b", false),
        ] {
            assert_eq!(near(Some(host), Version::HTTP_11, &none), expected, "{host:?}");
        }
        assert!(!near(None, Version::HTTP_11, &none));
        assert!(!near(Some("localhost"), Version::HTTP_10, &none));
    }

    #[test]
    fn configurations_that_mention_a_proxy_are_never_near() {
        for (url, expected) in [
            ("https://calls.example.com", false),
            ("http://localhost:8080", true),
            ("http://127.0.0.1:8080/", true),
            ("http://[::1]/", true),
            ("http://192.168.1.7:8080", false),
        ] {
            let settings = settings(&[("CORDBOARD_HTTP__PUBLIC_BASE_URL", url)]);
            assert_eq!(near(Some("localhost"), Version::HTTP_11, &settings), expected, "{url}");
        }
        let trusting = settings(&[("CORDBOARD_HTTP__TRUSTED_PROXIES", "10.0.0.1")]);
        assert!(!near(Some("localhost"), Version::HTTP_11, &trusting));
    }
}
