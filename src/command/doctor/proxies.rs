//! Checks for a proxy in front of the server that is not named in the settings, so that its headers are not trusted.
//!
//! The running server remembers clients that act as a proxy and are not trusted. Before it is asked, one request goes to `http.public_base_url`: the
//! address that has passed on one more request afterwards is the proxy, and not a stranger with a forged header.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use cordboard_actors::outside_access::OutsideAccess;
use serde::Deserialize;

use super::Check;
use crate::command::running_server::RunningServer;
use crate::command::runtime;
use crate::config::{Config, Networks, Secret};
use crate::tokens::Tokens;

const SUBJECT: &str = "proxies";

/// How long an answer may take, also through a proxy.
const ANSWER_MAX: Duration = Duration::from_secs(3);

/// Numbers of requests by the untrusted address that passed them on.
type Passed = BTreeMap<IpAddr, u64>;

#[derive(Deserialize)]
struct Answer {
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    address: IpAddr,
    requests: u64,
}

/// Returns nothing if no server of this configuration runs: only that server has seen requests.
pub(super) fn examine(config: &Config) -> Option<Check> {
    if config.http.listen.port() == 0 {
        return None;
    }
    let token = Tokens::admin_of(config).ok()??;
    runtime().ok()?.block_on(check(config, &token))
}

async fn check(config: &Config, token: &Secret) -> Option<Check> {
    let client = OutsideAccess::anywhere().ok()?.client().timeout(ANSWER_MAX).build().ok()?;
    let server = RunningServer::of(config, Some(token.clone()))?;
    let before = passed(&server).await?;
    let public = config.http.public_base_url.as_ref();
    if let Some(url) = public {
        // A failure here says nothing: many routers don't route back to their own public address.
        let _ = client.get(url.joined("/healthz")).send().await;
    }
    let after = passed(&server).await?;
    Some(judge(&before, &after, config.http.trusted_proxies.as_ref()))
}

/// Returns the server's counts; none if it does not run, or another server answers.
async fn passed(server: &RunningServer) -> Option<Passed> {
    let answer = server.get("/api/v1/admin/proxies").await.ok()?;
    let answer: Answer = serde_json::from_str(&answer.text).ok()?;
    Some(answer.items.into_iter().map(|item| (item.address, item.requests)).collect())
}

fn judge(before: &Passed, after: &Passed, trusted: Option<&Networks>) -> Check {
    let was_asked = |address: &IpAddr, requests: u64| before.get(address).is_none_or(|then| requests > *then);
    let proxy = after.iter().find(|(address, requests)| was_asked(address, **requests));
    // A stranger on the internet can forge headers. A private address is trusted to be a proxy.
    let proxy = proxy.or_else(|| after.iter().find(|(address, _)| is_inside(**address)));
    // The whole value: proxies that are trusted already stay so.
    let trusted = trusted.map(|trusted| format!("{trusted},")).unwrap_or_default();
    match proxy {
        Some((address, requests)) => Check::bad(
            SUBJECT,
            format!(
                "{address} has passed on {requests} requests as a proxy, and all its clients count as one"
            ),
            format!("if it is your proxy, set http.trusted_proxies to {trusted}{address}"),
        ),
        None if after.is_empty() => {
            Check::good(SUBJECT, "no untrusted proxy has passed on a request".to_owned())
        }
        None => Check::good(
            SUBJECT,
            format!("{} clients of the internet acted as a proxy; their headers are ignored", after.len()),
        ),
    }
}

/// Returns whether an address belongs to a private network.
pub(super) fn is_inside(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            let is_carriers = first == 100 && second & 0xc0 == 64;
            address.is_loopback() || address.is_private() || address.is_link_local() || is_carriers
        }
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(all: &[(&str, u64)]) -> Passed {
        all.iter().map(|(address, requests)| (address.parse().unwrap(), *requests)).collect()
    }

    #[test]
    fn the_address_that_forwards_the_doctors_request_is_a_proxy() {
        let before = passed(&[("198.51.100.9", 7), ("203.0.113.5", 1)]);
        let after = passed(&[("198.51.100.9", 7), ("203.0.113.5", 2)]);
        let said = format!("{:?}", judge(&before, &after, None));
        assert!(said.contains("Bad") && said.contains("set http.trusted_proxies to 203.0.113.5"), "{said}");
        let said = format!("{:?}", judge(&before, &after, Some(&Networks::loopback())));
        let both = "set http.trusted_proxies to 127.0.0.0/8,::1/128,203.0.113.5";
        assert!(said.contains(both), "the proxies that are trusted already are left out: {said}");
    }

    #[test]
    fn private_addresses_count_as_proxies_unlike_public_ones() {
        for (address, is_bad) in [
            ("127.0.0.1", true),
            ("10.0.0.3", true),
            ("100.64.0.1", true),
            ("fd00::1", true),
            ("198.51.100.9", false),
            ("2001:db8::1", false),
        ] {
            let all = passed(&[(address, 3)]);
            assert_eq!(judge(&all, &all, None).is_bad(), is_bad, "{address}");
        }
        assert!(!judge(&Passed::new(), &Passed::new(), None).is_bad());
    }
}
