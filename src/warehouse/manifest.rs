//! Manifest beside a day's file: the number of its rows, and its organization.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::store::ClaimedDay;

/// The version of the columns: another one where one of them means something else. One that is added changes nothing.
const VERSION: u32 = 1;

/// The manifest of a day's file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Of the columns.
    pub version: u32,
    /// Organization of the calls.
    pub organization_id: String,
    /// The day on which they began, as 2026-11-27.
    pub day: String,
    /// The zone whose day it is, by its IANA name.
    pub tz: String,
    /// The name of the file beside it.
    pub file: String,
    /// How many calls it has.
    pub rows: usize,
    /// How many bytes.
    pub bytes: usize,
    /// SHA-256 of these, in small hexadecimal digits.
    pub sha256: String,
    /// [`signature`].
    pub signature: String,
}

impl Manifest {
    pub(super) fn of(day: &ClaimedDay, rows: usize, file: &[u8], key: &str) -> Self {
        let mut sha256 = String::with_capacity(64);
        for byte in Sha256::digest(file) {
            // A text takes everything.
            let _ = write!(sha256, "{byte:02x}");
        }
        let (organization_id, date) = (day.organization_id.to_string(), day.day.to_string());
        let signature = signature(key, &organization_id, &date, rows, &sha256);
        Self {
            version: VERSION,
            organization_id,
            day: date,
            tz: day.zone.name().to_owned(),
            file: super::FILE.to_owned(),
            rows,
            bytes: file.len(),
            sha256,
            signature,
        }
    }

    pub(super) fn to_json(&self) -> String {
        // Texts and numbers alone: nothing of it can't be written.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

/// The signature of a file: `v1,` and base64 of the HMAC-SHA256 by the key, as webhooks have it, over organization, day, rows and SHA-256
/// with a full stop between each two.
pub fn signature(key: &str, organization: &str, day: &str, rows: usize, sha256: &str) -> String {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return String::new() };
    mac.update(format!("{organization}.{day}.{rows}.{sha256}").as_bytes());
    format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_that_of_an_independent_implementation() {
        // By Python: base64.b64encode(hmac.new(b"a key", b"o.2026-11-27.3.ab", "sha256").digest()).
        assert_eq!(
            signature("a key", "o", "2026-11-27", 3, "ab"),
            "v1,2vdK7WEsZ/Nk4g176+rmP8F4Cqdq+asxlFQ//p8/iXo="
        );
    }
}
