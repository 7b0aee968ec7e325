//! Is there a proxy before the server whose word on clients' addresses is not taken, because nobody has named it?
//!
//! The running server remembers who plays a proxy and is not trusted. Before it is asked, one request goes to
//! `http.public_base_url`: whoever has passed on one more request then is the proxy, and no stranger who has made a header up.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use cordboard_actors::outside_access::OutsideAccess;
use serde::Deserialize;

use super::Check;
use crate::command::running_server::RunningServer;
use crate::command::runtime;
use crate::config::{Config, Secret};
use crate::tokens::Tokens;

const SUBJECT: &str = "proxies";

/// How long an answer may take, also through a proxy.
const ANSWER_MAX: Duration = Duration::from_secs(3);

/// Requests by the address that has passed them on and is not trusted.
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

/// Nothing to look at where no server of this configuration runs: only that one has seen requests.
pub(super) fn examine(config: &Config) -> Option<Check> {
    if config.http.listen.port() == 0 {
        return None;
    }
    let token = Tokens::admin_of(config).ok()??;
    runtime().ok()?.block_on(look(config, &token))
}

async fn look(config: &Config, token: &Secret) -> Option<Check> {
    let client = OutsideAccess::anywhere().ok()?.client().timeout(ANSWER_MAX).build().ok()?;
    let server = RunningServer::of(config, Some(token.clone()))?;
    let before = passed(&server).await?;
    let public = config.http.public_base_url.as_ref();
    if let Some(url) = public {
        // Whether it is reached from here says nothing: many a router leads nobody back in.
        let url = format!("{}/healthz", url.as_str().trim_end_matches('/'));
        let _ = client.get(url).send().await;
    }
    let after = passed(&server).await?;
    Some(judge(&before, &after))
}

/// The server's memory of them; none where it does not run, or is another's.
async fn passed(server: &RunningServer) -> Option<Passed> {
    let answer = server.get("/api/v1/admin/proxies").await.ok()?;
    let answer: Answer = serde_json::from_str(&answer.text).ok()?;
    Some(answer.items.into_iter().map(|item| (item.address, item.requests)).collect())
}

fn judge(before: &Passed, after: &Passed) -> Check {
    let was_asked = |address: &IpAddr, requests: u64| before.get(address).is_none_or(|then| requests > *then);
    let proxy = after.iter().find(|(address, requests)| was_asked(address, **requests));
    // A stranger of the internet may write what they like; nobody does who is inside.
    let proxy = proxy.or_else(|| after.iter().find(|(address, _)| is_inside(**address)));
    match proxy {
        Some((address, requests)) => Check::bad(
            SUBJECT,
            format!(
                "{address} has passed on {requests} requests as a proxy, and all its clients count as one"
            ),
            format!("if it is your proxy, set http.trusted_proxies to {address}"),
        ),
        None if after.is_empty() => {
            Check::good(SUBJECT, "no proxy that is not trusted has passed a request on".to_owned())
        }
        None => Check::good(
            SUBJECT,
            format!("{} strangers have played a proxy; their word is not taken", after.len()),
        ),
    }
}

/// Whether an address is of a network of one's own.
fn is_inside(address: IpAddr) -> bool {
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
    fn whoever_passed_on_the_doctors_own_request_is_a_proxy() {
        let before = passed(&[("198.51.100.9", 7), ("203.0.113.5", 1)]);
        let after = passed(&[("198.51.100.9", 7), ("203.0.113.5", 2)]);
        let said = format!("{:?}", judge(&before, &after));
        assert!(said.contains("Bad") && said.contains("set http.trusted_proxies to 203.0.113.5"), "{said}");
    }

    #[test]
    fn an_address_inside_is_a_proxy_unlike_a_stranger() {
        for (address, is_bad) in [
            ("127.0.0.1", true),
            ("10.0.0.3", true),
            ("100.64.0.1", true),
            ("fd00::1", true),
            ("198.51.100.9", false),
            ("2001:db8::1", false),
        ] {
            let all = passed(&[(address, 3)]);
            assert_eq!(judge(&all, &all).is_bad(), is_bad, "{address}");
        }
        assert!(!judge(&Passed::new(), &Passed::new()).is_bad());
    }
}
