//! Clients that send `X-Forwarded-For` or `Forwarded` and are not in `http.trusted_proxies`: perhaps a proxy that is missing in the configuration, so
//! that all its clients count as one. The log reports it once for each address; `doctor` reads the list.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use cordboard_schema::limits::UNTRUSTED_PROXIES_MAX;

/// An address that has sent such a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SeenProxy {
    pub(super) address: IpAddr,
    pub(super) requests: u64,
    pub(super) last_at: DateTime<Utc>,
}

/// Addresses seen since the start, as far as there is room. Clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct UntrustedProxies(Arc<Mutex<Vec<SeenProxy>>>);

impl UntrustedProxies {
    /// Notes a request of this address.
    pub(super) fn saw(&self, address: IpAddr, now: DateTime<Utc>) {
        let mut all = self.all();
        if let Some(seen) = all.iter_mut().find(|seen| seen.address == address) {
            seen.requests += 1;
            seen.last_at = now;
            return;
        }
        if all.len() >= UNTRUSTED_PROXIES_MAX {
            // A proxy sends often, and a stranger who imitates one does not for long.
            let rarest = all.iter().enumerate().min_by_key(|(_, seen)| (seen.requests, seen.last_at));
            if let Some(rarest) = rarest.map(|(position, _)| position) {
                all.swap_remove(rarest);
            }
        } else {
            tracing::warn!(
                %address,
                "a request has X-Forwarded-For or Forwarded, so a proxy has forwarded it, and its peer is not in `http.trusted_proxies`: if it is \
                 your proxy, add it there, or all its clients count as one"
            );
        }
        all.push(SeenProxy { address, requests: 1, last_at: now });
    }

    /// All of them, most requests first.
    pub(super) fn list(&self) -> Vec<SeenProxy> {
        let mut list = self.all().clone();
        list.sort_by_key(|seen| (std::cmp::Reverse(seen.requests), seen.address));
        list
    }

    fn all(&self) -> MutexGuard<'_, Vec<SeenProxy>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn a_proxy_stays_listed_despite_a_crowd_of_imitators() {
        let proxies = UntrustedProxies::default();
        let proxy = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let now = Utc::now();
        for number in 0..1_000_u32 {
            proxies.saw(proxy, now);
            proxies.saw(IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + number)), now);
        }
        let list = proxies.list();
        assert_eq!(list.len(), UNTRUSTED_PROXIES_MAX);
        assert_eq!((list[0].address, list[0].requests), (proxy, 1_000));
    }
}
