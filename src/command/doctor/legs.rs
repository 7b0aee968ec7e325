//! Checks that kinds of legs make in addition to those of their ports, and whether browsers elsewhere get an address that leads here.

use cordboard_actors::legs::{LegCheck, LegComplaint};

use super::Check;
use crate::config::Config;
use crate::web::is_here;

pub(super) fn examine(config: &Config) -> Vec<Check> {
    let checks = config.legs.each().into_iter().flat_map(|section| section.checks());
    let check = |LegCheck { subject, outcome }| match outcome {
        Ok(found) => Check::good(subject, found),
        Err(LegComplaint { found, fix }) => Check::bad(subject, found, fix),
    };
    checks.map(check).chain(webrtc_address(config)).collect()
}

/// Reports pages for other machines whose WebRTC address points each browser to its own machine.
fn webrtc_address(config: &Config) -> Option<Check> {
    let webrtc = &config.legs.webrtc;
    let public_ip = webrtc.public_ip.unwrap_or(webrtc.listen.ip());
    let public = config.http.public_base_url.as_ref()?;
    if !webrtc.enabled || !public_ip.is_loopback() || is_here(public.as_str()) {
        return None;
    }
    Some(Check::bad(
        "webrtc address",
        format!("browsers that open {public} get the address {public_ip}, which is their own machine: their calls go over /ws/audio"),
        "set webrtc.listen to 0.0.0.0:8189, and webrtc.public_ip to the address by which browsers reach this machine".to_owned(),
    ))
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
        for url in ["http://localhost:8080", "https://127.0.0.1", "http://[::1]:8080"] {
            assert!(checks(&[enabled, public(url)]).is_empty(), "{url}");
        }
        assert!(checks(&[public("https://calls.example.com")]).is_empty(), "no WebRTC");
    }

    #[test]
    fn browsers_reach_an_ipv6_address_at_a_port_of_ipv6() {
        let loads = |listen: &str| {
            let settings = [
                ("CORDBOARD_WEBRTC__ENABLED", "true"),
                ("CORDBOARD_WEBRTC__PUBLIC_IP", "2001:db8::5"),
                ("CORDBOARD_WEBRTC__LISTEN", listen),
            ];
            let environment =
                settings.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
            Config::load(&Sources { environment, ..Sources::default() }).is_ok()
        };
        assert!(loads("[::]:8189"));
        assert!(!loads("0.0.0.0:8189"), "nobody could send there");
    }
}
