//! Dialplans whose requests are refused because they have no token or a wrong one. Their calls are only kept alive by AMI, or not at all. The log
//! reports it once a minute; `/api/v1/switches` and `doctor` show it.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use cordboard_schema::limits::REFUSED_DIALPLANS_MAX;

use crate::minute_counter::MinuteCounter;

/// Refused requests of one address since its last accepted one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) address: IpAddr,
    pub(super) requests: u64,
    pub(super) last_at: DateTime<Utc>,
}

/// Refused requests of all addresses, as far as there is room. Clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct RefusedDialplans {
    all: Arc<Mutex<Vec<Refused>>>,
    counter: MinuteCounter,
}

impl RefusedDialplans {
    /// Notes a refused request of this address.
    pub(super) fn refused(&self, address: Option<IpAddr>, now: DateTime<Utc>) {
        self.counter.note();
        let Some(address) = address.map(|address| address.to_canonical()) else { return };
        let mut all = self.all();
        let requests = all.iter().position(|refused| refused.address == address);
        let requests = requests.map_or(0, |at| all.remove(at).requests);
        if all.len() >= REFUSED_DIALPLANS_MAX {
            all.remove(0);
        }
        all.push(Refused { address, requests: requests + 1, last_at: now });
    }

    /// Notes an accepted request: the address now has the right token.
    pub(super) fn let_in(&self, address: Option<IpAddr>) {
        let address = address.map(|address| address.to_canonical());
        self.all().retain(|refused| Some(refused.address) != address);
    }

    /// Refused requests of a switch at this address; if its address is not known, the newest of all.
    pub(super) fn of(&self, address: Option<IpAddr>) -> Option<Refused> {
        let is_there = |refused: &&Refused| match address.map(|address| address.to_canonical()) {
            Some(address) => {
                refused.address == address || (refused.address.is_loopback() && address.is_loopback())
            }
            None => true,
        };
        self.all().iter().rev().find(is_there).copied()
    }

    /// Number of addresses with refused requests.
    pub(super) fn addresses(&self) -> usize {
        self.all().len()
    }

    /// Reports them in the log, as long as the server runs.
    pub(super) async fn log_periodically(&self) -> Infallible {
        let log = |requests: u64| {
            let newest = self.of(None).map(|refused| refused.address.to_string());
            tracing::warn!(
                requests,
                address = newest,
                "a dialplan's requests are refused with 401: its token is not `dialplan_token`, so calls are not announced and \
                 its `next` gets no answer; set CORDBOARD_TOKEN there, `cordboard doctor` compares them"
            );
        };
        self.counter.each_minute(log).await
    }

    fn all(&self) -> MutexGuard<'_, Vec<Refused>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialplans_with_a_corrected_token_are_no_longer_shown() {
        let (now, at) = (Utc::now(), |text: &str| Some(text.parse::<IpAddr>().unwrap()));
        let refused = RefusedDialplans::default();
        refused.refused(at("10.0.0.5"), now);
        refused.refused(at("::ffff:10.0.0.5"), now);
        refused.refused(at("127.0.0.1"), now);
        let requests = |address| refused.of(address).map(|refused| refused.requests);
        assert_eq!((requests(at("10.0.0.5")), requests(at("10.0.0.6"))), (Some(2), None));
        assert_eq!((requests(at("::1")), requests(None)), (Some(1), Some(1)));
        assert_eq!(refused.addresses(), 2);
        refused.let_in(at("10.0.0.5"));
        assert_eq!((requests(at("10.0.0.5")), refused.addresses()), (None, 1));
        for number in 0..1_000_u32 {
            refused.refused(Some(IpAddr::V4(number.into())), now);
        }
        assert_eq!(refused.all().len(), REFUSED_DIALPLANS_MAX);
    }
}
