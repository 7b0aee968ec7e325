//! Names of values in the cache. Each organization has its own prefix, except the server's first organization: other programs
//! know its names without a prefix.
//!
//! ```text
//! callcenter:customer:{extension}              the newest profile for the person at that extension
//! callcenter:customer:{extension}:{call_sid}   that of a call, by Twilio's name for it
//! callcenter:customer:{extension}:{call_id}    that of a call, by ours
//! session:{call_id}                            a live call
//! o:{organization_id}:...                      the same of another organization
//! ```

use std::fmt::{self, Write};

use crate::ids::{CallId, OrganizationId};
use crate::limits::CACHE_EXTENSION_CHARS_MAX;
use crate::wire::twilio::CallSid;

/// The name of a value in the cache.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CacheKey(String);

impl CacheKey {
    /// Returns the name, as the cache knows it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An extension in a key: a number or a name. Characters with a meaning in keys or in patterns of keys are written as `%` and two
/// digits for each of their bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyExtension(String);

/// The text can't be an extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an extension: 1 to {CACHE_EXTENSION_CHARS_MAX} characters")]
pub struct BadExtension;

impl KeyExtension {
    /// Returns the key form of an extension's number or name, from any source.
    ///
    /// # Errors
    /// It is empty or too long.
    pub fn new(extension: &str) -> Result<Self, BadExtension> {
        if !(1..=CACHE_EXTENSION_CHARS_MAX).contains(&extension.chars().take(100).count()) {
            return Err(BadExtension);
        }
        let is_plain =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'#' | b'.');
        let mut text = String::with_capacity(extension.len());
        for byte in extension.bytes() {
            if is_plain(byte) {
                text.push(char::from(byte));
            } else {
                // Writing to a text can't fail.
                let _ = write!(text, "%{byte:02X}");
            }
        }
        Ok(Self(text))
    }
}

/// The prefix of an organization's values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySpace(String);

impl KeySpace {
    /// Returns the prefix of an organization's values; `first` is the server's first organization.
    pub fn of(organization_id: OrganizationId, first: OrganizationId) -> Self {
        Self(if organization_id == first { String::new() } else { format!("o:{organization_id}:") })
    }

    /// Returns the key of the newest profile for the person at that extension.
    pub fn customer(&self, extension: &KeyExtension) -> CacheKey {
        CacheKey(format!("{}callcenter:customer:{}", self.0, extension.0))
    }

    /// Returns the key of a Twilio call's profile for that extension.
    pub fn customer_by_sid(&self, extension: &KeyExtension, sid: &CallSid) -> CacheKey {
        CacheKey(format!("{}callcenter:customer:{}:{sid}", self.0, extension.0))
    }

    /// Returns the key of a call's profile for that extension.
    pub fn customer_by_call(&self, extension: &KeyExtension, call_id: CallId) -> CacheKey {
        CacheKey(format!("{}callcenter:customer:{}:{call_id}", self.0, extension.0))
    }

    /// Returns all keys of one call's profile for that extension.
    pub fn customer_keys(
        &self,
        extension: &KeyExtension,
        sid: Option<&CallSid>,
        call_id: CallId,
    ) -> Vec<CacheKey> {
        let by_sid = sid.map(|sid| self.customer_by_sid(extension, sid));
        let by_call = self.customer_by_call(extension, call_id);
        // The key that several calls share is last, so that a reader who finds it finds the others, too.
        by_sid.into_iter().chain([by_call, self.customer(extension)]).collect()
    }

    /// Returns the key of a live call.
    pub fn session(&self, call_id: CallId) -> CacheKey {
        CacheKey(format!("{}session:{call_id}", self.0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    const FIRST: OrganizationId = OrganizationId(Uuid::from_u128(1));
    const OTHER: OrganizationId = OrganizationId(Uuid::from_u128(2));
    const CALL: CallId = CallId(Uuid::from_u128(3));

    fn sid() -> CallSid {
        "CA0123456789abcdef0123456789abcdef".parse().unwrap()
    }

    #[test]
    fn the_first_organizations_keys_have_no_prefix() {
        let keys = KeySpace::of(FIRST, FIRST);
        let extension = KeyExtension::new("2001").unwrap();
        let named: Vec<String> =
            keys.customer_keys(&extension, Some(&sid()), CALL).iter().map(ToString::to_string).collect();
        assert_eq!(
            named,
            [
                "callcenter:customer:2001:CA0123456789abcdef0123456789abcdef",
                "callcenter:customer:2001:00000000-0000-0000-0000-000000000003",
                "callcenter:customer:2001",
            ]
        );
        assert_eq!(keys.session(CALL).as_str(), "session:00000000-0000-0000-0000-000000000003");
        assert_eq!(keys.customer_keys(&extension, None, CALL).len(), 2);
    }

    #[test]
    fn another_organizations_keys_begin_with_its_id() {
        let keys = KeySpace::of(OTHER, FIRST);
        let key = keys.customer(&KeyExtension::new("2001").unwrap());
        assert_eq!(key.as_str(), "o:00000000-0000-0000-0000-000000000002:callcenter:customer:2001");
        assert!(keys.session(CALL).as_str().starts_with("o:00000000-0000-0000-0000-000000000002:session:"));
    }

    #[test]
    fn extensions_have_no_special_characters_in_keys() {
        let keys = KeySpace::of(FIRST, FIRST);
        let table = [
            ("sales-2_b", "sales-2_b"),
            ("+49301234", "+49301234"),
            ("#72", "#72"),
            ("*72", "%2A72"),
            ("20:01", "20%3A01"),
            ("2001\r\nDEL x", "2001%0D%0ADEL%20x"),
            ("%3A", "%253A"),
            ("ä", "%C3%A4"),
        ];
        for (said, written) in table {
            let key = keys.customer(&KeyExtension::new(said).unwrap());
            assert_eq!(key.as_str(), format!("callcenter:customer:{written}"));
        }
        for bad in [String::new(), "1".repeat(80), "ä".repeat(10_000)] {
            assert_eq!(KeyExtension::new(&bad), Err(BadExtension));
        }
    }

    proptest! {
        #[test]
        fn no_extension_shares_a_key_with_another_or_a_call(one in ".{1,79}", other in ".{1,79}") {
            let keys = KeySpace::of(FIRST, FIRST);
            let (first, second) = (KeyExtension::new(&one).unwrap(), KeyExtension::new(&other).unwrap());
            let of = |extension| keys.customer_keys(extension, Some(&sid()), CALL);
            let shared = of(&first).iter().any(|key| of(&second).contains(key));
            prop_assert_eq!(shared, one == other);
        }
    }
}
