//! The cookie of a browser that a user has signed in with. It shows that the browser is no stranger to the account, and grants no access.
//!
//! A value is `ID.SECONDS.MAC` for each of the last few accounts that signed in there, separated by `~`, because people may share a desk. The MAC
//! covers account, id and time with the server's key, so nothing has to be stored.

use chrono::{DateTime, Utc};
use cordboard_schema::limits::{DEVICE_ACCOUNTS_MAX, DEVICE_S};
use rand::Rng;

use super::guard::DeviceId;
use crate::mac::{mac, same};
use crate::secret_box::SecretBox;

/// Characters of one account's part: an id, a time, a MAC.
const PART_CHARS_MAX: usize = 16 + 1 + 20 + 1 + 64;

/// Makes and reads the cookies.
pub(super) struct Devices {
    key: [u8; 32],
}

impl Devices {
    pub(super) fn new(secrets: &SecretBox) -> Self {
        Self { key: secrets.key_for("device cookies") }
    }

    /// Returns the value for a browser in which this account has just signed in and which had the value `before`.
    pub(super) fn with(&self, account: &str, before: Option<&str>, now: DateTime<Utc>) -> String {
        let (id, since) = (rand::rng().random::<u64>(), now.timestamp());
        let own = format!("{id:016x}.{since}.{}", self.mac(account, id, since));
        // Only their owners' sign-ins can verify the earlier parts, so those are checked when one of them signs in.
        let others = before.into_iter().flat_map(|value| value.split('~'));
        let others = others
            .filter(|part| part.len() <= PART_CHARS_MAX && self.read_part(part, account, now).is_none());
        let kept: Vec<&str> = std::iter::once(own.as_str()).chain(others).take(DEVICE_ACCOUNTS_MAX).collect();
        kept.join("~")
    }

    /// Returns the browser's id if this account has signed in with it.
    pub(super) fn read(&self, value: &str, account: &str, now: DateTime<Utc>) -> Option<DeviceId> {
        value.split('~').take(DEVICE_ACCOUNTS_MAX).find_map(|part| self.read_part(part, account, now))
    }

    fn read_part(&self, part: &str, account: &str, now: DateTime<Utc>) -> Option<DeviceId> {
        let mut words = part.splitn(3, '.');
        let id = u64::from_str_radix(words.next()?, 16).ok()?;
        let since: i64 = words.next()?.parse().ok()?;
        let is_ours = same(&self.mac(account, id, since), words.next()?);
        let lasts = since.checked_add(i64::try_from(DEVICE_S).ok()?)? > now.timestamp();
        (is_ours && lasts).then_some(DeviceId(id))
    }

    fn mac(&self, account: &str, id: u64, since: i64) -> String {
        mac(&self.key, &format!("{id:016x}.{since}.{account}"))
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::config::{Config, Secret};

    fn devices(key: &str) -> Devices {
        let secret_key = Some(Secret::new(format!("{key:0>40}")));
        Devices::new(&SecretBox::open(&Config { secret_key, ..Config::default() }).unwrap())
    }

    #[test]
    fn browsers_are_known_only_to_accounts_that_signed_in() {
        let (ours, now) = (devices("1"), Utc::now());
        let value = ours.with("ada@example.com", None, now);
        assert!(ours.read(&value, "ada@example.com", now).is_some());
        assert_eq!(ours.read(&value, "eve@example.com", now), None);
        assert_eq!(devices("2").read(&value, "ada@example.com", now), None, "another installation's");
        let later = now + TimeDelta::seconds(i64::try_from(DEVICE_S).unwrap());
        assert_eq!(ours.read(&value, "ada@example.com", later), None);
        for bad in ["", "..", "~", "x.y.z", "1.1.", "ffff.9999999999999999999.00", &value[..value.len() - 1]]
        {
            assert_eq!(ours.read(bad, "ada@example.com", now), None, "{bad:?}");
        }
    }

    #[test]
    fn a_shared_desk_keeps_the_last_few_accounts() {
        let (ours, now) = (devices("1"), Utc::now());
        let mut value = String::new();
        for number in 0..20 {
            value = ours.with(&format!("{number}@example.com"), Some(&value), now);
        }
        let known =
            (0..20).filter(|number| ours.read(&value, &format!("{number}@example.com"), now).is_some());
        assert_eq!(known.count(), DEVICE_ACCOUNTS_MAX);
        let again = ours.with("19@example.com", Some(&value), now);
        assert_eq!(again.split('~').count(), DEVICE_ACCOUNTS_MAX, "one part an account");
        assert!(ours.read(&again, "16@example.com", now).is_some(), "nobody was pushed out");
        let long = ours.with("ada@example.com", Some(&"x".repeat(9_000)), now);
        assert!(long.len() <= PART_CHARS_MAX, "{long}");
    }
}
