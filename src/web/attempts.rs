//! Limits of attempts, for instance of failed sign-ins: from an address, for an account, over a talk link. Pure: the time is an argument.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

pub(super) use cordboard_schema::household::household;
use cordboard_schema::limits::{SIGN_IN_ADDRESSES_MAX, SIGN_IN_WINDOW_MS};
use tokio::time::Instant;

/// Attempts within the last minute (or another window), by address or account. An attempt counts from its beginning, so many at once don't evade the
/// limit; a right one is taken back.
#[derive(Debug)]
pub(super) struct Attempts<K> {
    max: u32,
    window: Duration,
    windows: HashMap<K, Window>,
}

/// The attempts of one key since its first.
#[derive(Clone, Copy, Debug)]
struct Window {
    began: Instant,
    wrong: u32,
}

const WINDOW: Duration = Duration::from_millis(SIGN_IN_WINDOW_MS);

impl<K: Clone + Eq + Hash> Attempts<K> {
    /// Limits each key to `max` attempts a minute.
    pub(super) fn new(max: u32) -> Self {
        Self::within(max, WINDOW)
    }

    /// Limits each key to `max` attempts in `window`.
    pub(super) fn within(max: u32, window: Duration) -> Self {
        Self { max, window, windows: HashMap::new() }
    }

    /// Seconds to wait, if this key may not try now.
    pub(super) fn wait_s(&self, key: &K, now: Instant) -> Option<u64> {
        self.wait_s_beyond(self.max, key, now)
    }

    /// The same with another limit.
    pub(super) fn wait_s_beyond(&self, max: u32, key: &K, now: Instant) -> Option<u64> {
        let window = self.windows.get(key)?;
        let left = self.window.checked_sub(now.saturating_duration_since(window.began))?;
        (window.wrong >= max && !left.is_zero()).then(|| left.as_secs() + 1)
    }

    /// Counts an attempt.
    pub(super) fn tried(&mut self, key: K, now: Instant) {
        let length = self.window;
        let is_over = |window: &Window| now.saturating_duration_since(window.began) >= length;
        let windows = &mut self.windows;
        if windows.len() >= SIGN_IN_ADDRESSES_MAX {
            windows.retain(|_, window| !is_over(window));
        }
        if windows.len() >= SIGN_IN_ADDRESSES_MAX
            && let Some(oldest) =
                windows.iter().min_by_key(|(_, window)| window.began).map(|(key, _)| key.clone())
        {
            windows.remove(&oldest);
        }
        let window = windows.entry(key).or_insert(Window { began: now, wrong: 0 });
        if is_over(window) {
            *window = Window { began: now, wrong: 0 };
        }
        window.wrong += 1;
    }

    /// Takes back an attempt that was right.
    pub(super) fn was_right(&mut self, key: &K) {
        if let Some(window) = self.windows.get_mut(key) {
            window.wrong = window.wrong.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    const MAX: u32 = 5;

    fn address(text: &str) -> IpAddr {
        household(text.parse().unwrap())
    }

    #[test]
    fn too_many_attempts_wait_a_minute_without_delaying_others() {
        let (mut attempts, start) = (Attempts::new(MAX), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        let (one, other) = (address("2001:db8::1"), address("2001:db8:0:1::1"));
        for _ in 0..MAX {
            assert_eq!(attempts.wait_s(&one, after(9)), None);
            attempts.tried(one, after(9));
        }
        assert_eq!(attempts.wait_s(&one, after(10)), Some(60));
        assert_eq!(attempts.wait_s(&address("2001:db8::ffff"), after(68)), Some(2), "the same network");
        assert_eq!(attempts.wait_s(&other, after(10)), None);
        assert_eq!(attempts.wait_s(&one, after(69)), None);
        attempts.tried(one, after(70));
        assert_eq!(attempts.wait_s(&one, after(70)), None, "the count begins again");
    }

    #[test]
    fn right_attempts_do_not_count() {
        let (mut attempts, now) = (Attempts::new(MAX), Instant::now());
        for _ in 0..10 * MAX {
            attempts.tried("ada", now);
            attempts.was_right(&"ada");
        }
        assert_eq!(attempts.wait_s(&"ada", now), None);
    }

    #[test]
    fn a_crowd_of_addresses_does_not_grow_the_table() {
        let (mut attempts, start) = (Attempts::new(MAX), Instant::now());
        for n in 0..SIGN_IN_ADDRESSES_MAX as u32 + 100 {
            attempts.tried(n, start + Duration::from_millis(u64::from(n)));
        }
        assert_eq!(attempts.windows.len(), SIGN_IN_ADDRESSES_MAX);
    }
}
