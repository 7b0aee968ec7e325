//! Manifest next to a day's file: the number of its rows, and its organization.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use cordboard_schema::hex::hex;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::store::ClaimedDay;

/// The version of the columns. It changes if a column changes its meaning, and not if one is added.
const VERSION: u32 = 1;

/// The manifest of a day's file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the columns.
    pub version: u32,
    /// Organization of the calls.
    pub organization_id: String,
    /// The day on which they began, such as 2026-11-27.
    pub day: String,
    /// The time zone of the day, by its IANA name.
    pub tz: String,
    /// The name of the file next to it.
    pub file: String,
    /// The number of its calls.
    pub rows: usize,
    /// The number of its bytes.
    pub bytes: usize,
    /// Their SHA-256, in lower case hexadecimal digits.
    pub sha256: String,
    /// See [`signature`].
    pub signature: String,
}

impl Manifest {
    pub(super) fn of(day: &ClaimedDay, rows: usize, file: &[u8], key: &str) -> Self {
        let sha256 = hex(Sha256::digest(file));
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
        // Only texts and numbers, which can always be serialized.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

/// Returns the signature of a file: `v1,` and base64 of the HMAC-SHA256 with the key, as for webhooks, over organization, day, rows and SHA-256,
/// separated by full stops.
pub fn signature(key: &str, organization: &str, day: &str, rows: usize, sha256: &str) -> String {
    // HMAC accepts keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return String::new() };
    mac.update(format!("{organization}.{day}.{rows}.{sha256}").as_bytes());
    format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_that_of_an_independent_implementation() {
        // Computed with Python: base64.b64encode(hmac.new(b"a key", b"o.2026-11-27.3.ab", "sha256").digest()).
        assert_eq!(
            signature("a key", "o", "2026-11-27", 3, "ab"),
            "v1,2vdK7WEsZ/Nk4g176+rmP8F4Cqdq+asxlFQ//p8/iXo="
        );
    }
}
