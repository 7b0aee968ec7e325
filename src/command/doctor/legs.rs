//! Checks that kinds of legs make in addition to those of their ports, and whether browsers elsewhere get an address that leads here.

use std::net::SocketAddr;

use cordboard_actors::legs::{LegCheck, LegComplaint};
use url::Url;

use super::Check;
use super::proxies::is_inside;
use crate::config::{BaseUrl, Config};
use crate::web::is_here;

const ADDRESS: &str = "webrtc address";

pub(super) fn examine(config: &Config) -> Vec<Check> {
    let checks = config.legs.each().into_iter().flat_map(|section| section.checks());
    let check = |LegCheck { subject, outcome }| match outcome {
        Ok(found) => Check::good(subject, found),
        Err(LegComplaint { found, fix }) => Check::bad(subject, found, fix),
    };
    checks.map(check).chain(webrtc_address(config)).chain(webrtc_network(config)).collect()
}

/// Reports pages for other machines whose WebRTC address points each browser to its own machine.
fn webrtc_address(config: &Config) -> Option<Check> {
    let webrtc = &config.legs.webrtc;
    let announced = webrtc.announced(webrtc.listen);
    let public = config.http.public_base_url.as_ref()?;
    if !webrtc.enabled
        || !announced.iter().all(|address| address.ip().is_loopback())
        || is_here(public.as_str())
    {
        return None;
    }
    let ips = ips_of(&announced);
    Some(Check::bad(
        ADDRESS,
        format!("browsers that open {public} get {ips}, which is their own machine: their calls go over /ws/audio"),
        "set webrtc.listen to 0.0.0.0:8189, and webrtc.public_ip to the address by which browsers reach this machine".to_owned(),
    ))
}

/// Reports pages on the internet whose browsers get only addresses of a private network, as of a machine behind NAT. With a TURN server they need no
/// other.
fn webrtc_network(config: &Config) -> Option<Check> {
    let webrtc = &config.legs.webrtc;
    let announced = webrtc.announced(webrtc.listen);
    let public = config.http.public_base_url.as_ref()?;
    let is_private = announced.iter().all(|address| is_inside(address.ip().to_canonical()))
        && !announced.iter().all(|address| address.ip().is_loopback());
    let has_turn = webrtc.ice_servers.as_ref().is_some_and(|servers| !servers.turn().is_empty());
    if !webrtc.enabled || !is_private || has_turn || !is_on_internet(public) {
        return None;
    }
    let ips = ips_of(&announced);
    Some(Check::bad(
        ADDRESS,
        format!("{public} is on the internet, and browsers there get {ips}, which only a private network reaches: their calls go over /ws/audio"),
        "set webrtc.public_ip to the address by which browsers reach this machine, and behind a comma that of the private network, if some are there"
            .to_owned(),
    ))
}

/// Returns the addresses that browsers get, in words.
fn ips_of(announced: &[SocketAddr]) -> String {
    let ips: Vec<String> = announced.iter().map(|address| address.ip().to_string()).collect();
    ips.join(" and ")
}

/// Returns whether an address leads to the internet alone. The name server may give those in a private network another one.
fn is_on_internet(url: &BaseUrl) -> bool {
    let found =
        Url::parse(url.as_str()).ok().and_then(|url| url.socket_addrs(|| None).ok()).unwrap_or_default();
    !found.is_empty() && found.iter().all(|address| !is_inside(address.ip().to_canonical()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Sources;

    fn checks(settings: &[(&str, &str)]) -> Vec<Check> {
        let environment = settings.iter().map(|(name, value)| (name.into(), value.into())).collect();
        examine(&Config::load(&Sources { environment, ..Sources::default() }).unwrap().config)
    }

    #[test]
    fn browsers_elsewhere_need_an_address_that_leads_here() {
        let enabled = ("CORDBOARD_WEBRTC__ENABLED", "true");
        let public = |url| ("CORDBOARD_HTTP__PUBLIC_BASE_URL", url);
        let found_checks = checks(&[enabled, public("https://calls.example.com")]);
        assert!(
            found_checks.iter().any(Check::is_bad)
                && format!("{found_checks:?}").contains("webrtc.public_ip"),
            "{found_checks:?}"
        );
        let reached = ("CORDBOARD_WEBRTC__PUBLIC_IP", "203.0.113.5");
        assert!(checks(&[enabled, public("https://calls.example.com"), reached]).is_empty());
        let also_reached = ("CORDBOARD_WEBRTC__PUBLIC_IP", "127.0.0.1,203.0.113.5");
        assert!(checks(&[enabled, public("https://calls.example.com"), also_reached]).is_empty());
        for url in ["http://localhost:8080", "https://127.0.0.1", "http://[::1]:8080"] {
            assert!(checks(&[enabled, public(url)]).is_empty(), "{url}");
        }
        assert!(checks(&[public("https://calls.example.com")]).is_empty(), "no WebRTC");
    }

    #[test]
    fn browsers_on_the_internet_need_a_public_address() {
        let inside = [("CORDBOARD_WEBRTC__ENABLED", "true"), ("CORDBOARD_WEBRTC__LISTEN", "10.0.0.7:8189")];
        let found = |url: &'static str, more: &[(&str, &str)]| {
            let public = [("CORDBOARD_HTTP__PUBLIC_BASE_URL", url)];
            let checks = checks(&[&inside[..], &public, more].concat());
            checks.into_iter().find(|check| check.subject == ADDRESS)
        };
        let check = found("https://203.0.113.5", &[]).unwrap();
        assert!(check.is_bad() && format!("{check:?}").contains("get 10.0.0.7, which only"), "{check:?}");
        assert_eq!(found("https://10.0.0.7", &[]), None, "it is for that network alone");
        let both = [("CORDBOARD_WEBRTC__PUBLIC_IP", "203.0.113.5,10.0.0.7")];
        assert_eq!(found("https://203.0.113.5", &both), None);
        let relay = [
            ("CORDBOARD_WEBRTC__ICE_SERVERS", "turn:127.0.0.1:1?transport=tcp"),
            ("CORDBOARD_WEBRTC__TURN_SECRET", "tiger"),
        ];
        assert_eq!(found("https://203.0.113.5", &relay), None);
    }

    #[test]
    fn browsers_reach_an_address_at_a_port_of_its_kind() {
        let loads = |listen: &str, public_ip: &str| {
            let settings = [
                ("CORDBOARD_WEBRTC__ENABLED", "true"),
                ("CORDBOARD_WEBRTC__PUBLIC_IP", public_ip),
                ("CORDBOARD_WEBRTC__LISTEN", listen),
            ];
            let environment =
                settings.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
            Config::load(&Sources { environment, ..Sources::default() }).is_ok()
        };
        let (v4, v6, both) = ("203.0.113.5,10.0.0.7", "2001:db8::5", "203.0.113.5,2001:db8::5");
        for (listen, public_ip, is_good) in [
            ("[::]:8189", v6, true),
            ("[::]:8189", v4, true),
            ("[::]:8189", both, true),
            ("0.0.0.0:8189", v4, true),
            // Nobody could send there.
            ("0.0.0.0:8189", v6, false),
            ("0.0.0.0:8189", both, false),
            ("[2001:db8::5]:8189", both, false),
        ] {
            assert_eq!(loads(listen, public_ip), is_good, "{listen} {public_ip}");
        }
    }
}
