//! How often an address may try to sign in with a wrong token. Pure: the moment is an argument.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use cordboard_schema::limits::{SIGN_IN_ADDRESSES_MAX, SIGN_IN_ATTEMPTS_MAX, SIGN_IN_WINDOW_MS};
use tokio::time::Instant;

/// Wrong tokens of the last minute, by address.
#[derive(Debug, Default)]
pub(super) struct Attempts(HashMap<IpAddr, Window>);

/// The attempts of one address since its first.
#[derive(Clone, Copy, Debug)]
struct Window {
    began: Instant,
    wrong: u32,
}

const WINDOW: Duration = Duration::from_millis(SIGN_IN_WINDOW_MS);

impl Attempts {
    /// Seconds that this address has to wait, where it may not try now.
    pub(super) fn wait_s(&self, address: IpAddr, now: Instant) -> Option<u64> {
        let window = self.0.get(&household(address))?;
        let left = WINDOW.checked_sub(now.saturating_duration_since(window.began))?;
        (window.wrong >= SIGN_IN_ATTEMPTS_MAX && !left.is_zero()).then(|| left.as_secs() + 1)
    }

    /// Counts a wrong token.
    pub(super) fn wrong(&mut self, address: IpAddr, now: Instant) {
        let is_over = |window: &Window| now.saturating_duration_since(window.began) >= WINDOW;
        if self.0.len() >= SIGN_IN_ADDRESSES_MAX {
            self.0.retain(|_, window| !is_over(window));
        }
        if self.0.len() >= SIGN_IN_ADDRESSES_MAX
            && let Some(oldest) = self.0.iter().min_by_key(|(_, window)| window.began).map(|(key, _)| *key)
        {
            self.0.remove(&oldest);
        }
        let window = self.0.entry(household(address)).or_insert(Window { began: now, wrong: 0 });
        if is_over(window) {
            *window = Window { began: now, wrong: 0 };
        }
        window.wrong += 1;
    }
}

/// Whoever has one IPv6 address has the whole /64.
fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let prefix = u128::from(address) & (u128::MAX << 64);
            IpAddr::V6(Ipv6Addr::from(prefix))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn too_many_wrong_tokens_wait_out_the_minute_and_others_do_not() {
        let (mut attempts, start) = (Attempts::default(), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        let (one, other) = (address("2001:db8::1"), address("2001:db8:0:1::1"));
        for _ in 0..SIGN_IN_ATTEMPTS_MAX {
            assert_eq!(attempts.wait_s(one, after(9)), None);
            attempts.wrong(one, after(9));
        }
        assert_eq!(attempts.wait_s(one, after(10)), Some(60));
        assert_eq!(attempts.wait_s(address("2001:db8::ffff"), after(68)), Some(2), "the same network");
        assert_eq!(attempts.wait_s(other, after(10)), None);
        assert_eq!(attempts.wait_s(one, after(69)), None);
        attempts.wrong(one, after(70));
        assert_eq!(attempts.wait_s(one, after(70)), None, "the count begins anew");
    }

    #[test]
    fn no_crowd_of_addresses_grows_the_table() {
        let (mut attempts, start) = (Attempts::default(), Instant::now());
        for n in 0..SIGN_IN_ADDRESSES_MAX as u32 + 100 {
            attempts.wrong(IpAddr::from(n.to_be_bytes()), start + Duration::from_millis(u64::from(n)));
        }
        assert_eq!(attempts.0.len(), SIGN_IN_ADDRESSES_MAX);
    }
}
