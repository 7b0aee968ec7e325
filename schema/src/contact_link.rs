//! Contact links: secret addresses to which other services send people to be called.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::contact_mapping::ContactMapping;
use crate::ids::{CampaignId, ContactLinkId, OrganizationId};
use crate::limits::SIGNATURE_HEADER_CHARS_MAX;
use crate::time::{UnixMs, rfc3339};

/// Default header of a body's signature.
pub const SIGNATURE_HEADER: &str = "x-signature";

/// A contact link, without the secret in its address. Only a hash of the secret is stored.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContactLink {
    /// Its id.
    pub id: ContactLinkId,
    /// The organization that owns it.
    #[serde(skip)]
    pub organization_id: OrganizationId,
    /// The campaign to whose list it adds people.
    pub campaign_id: CampaignId,
    /// Display name, such as `Form on our website`.
    pub name: String,
    /// Whether it accepts contacts.
    pub enabled: bool,
    /// When it expires; null means never.
    #[serde(with = "rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub expires_at: Option<UnixMs>,
    /// Paths of the values in a body.
    pub mapping: ContactMapping,
    /// Name of the header that contains a body's signature, in lower case.
    pub signature_header: String,
    /// When its signing secret was made; null if it has none, and bodies need no signature.
    #[serde(with = "rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub signing_secret_made_at: Option<UnixMs>,
    /// When it was made.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: UnixMs,
    /// When a body was last sent to it.
    #[serde(with = "rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub last_used_at: Option<UnixMs>,
    /// Number of contacts that were added.
    pub added: u64,
    /// Number of contacts that were already on the list.
    pub known: u64,
    /// Number of contacts that were refused; an unreadable body counts as one.
    pub refused: u64,
    /// The newest refusals of contacts and of single values, newest first; at most 10.
    pub refusals: Vec<ContactRefusal>,
}

/// Why a contact, a whole body, or one value of a contact was refused. Nothing of the body is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContactRefusal {
    /// When it was refused.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: UnixMs,
    /// The invalid value, such as `number`; empty if the whole body was refused.
    pub field: String,
    /// A machine-readable code. For a value it is the rule that is broken, such as `phone_number`; for a body the problem, such
    /// as `bad_signature`.
    pub code: String,
    /// The reason in words; for a value, worded to follow its name.
    pub reason: String,
    /// Numbers that the reason mentions.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub params: Map<String, Value>,
    /// Whether only the value was refused, and the contact was accepted without it.
    #[serde(default)]
    pub taken: bool,
}

impl ContactLink {
    /// Whether it accepts contacts now.
    pub fn is_open(&self, now: UnixMs) -> bool {
        self.enabled && self.expires_at.is_none_or(|at| now < at)
    }

    /// Returns the context that the signing secret of that link is sealed for.
    pub fn secret_context(id: ContactLinkId) -> String {
        format!("contact_link:{id}:signing_secret")
    }
}

/// Returns the name of a header, in lower case.
///
/// # Errors
/// It is not a header's name; the text follows the field's name.
pub fn checked_header(text: &str) -> Result<String, String> {
    let name = text.trim().to_ascii_lowercase();
    let is_good =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
    if (1..=SIGNATURE_HEADER_CHARS_MAX).contains(&name.len()) && name.bytes().all(is_good) {
        Ok(name)
    } else {
        Err(format!("must have 1 to {SIGNATURE_HEADER_CHARS_MAX} lower case letters, digits, `_` and `-`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_open_while_enabled_and_before_its_end() {
        let link = |enabled, expires_at| ContactLink {
            id: ContactLinkId(uuid::Uuid::nil()),
            organization_id: OrganizationId(uuid::Uuid::nil()),
            campaign_id: CampaignId(uuid::Uuid::nil()),
            name: String::new(),
            enabled,
            expires_at,
            mapping: ContactMapping::default(),
            signature_header: SIGNATURE_HEADER.to_owned(),
            signing_secret_made_at: None,
            created_at: UnixMs(0),
            last_used_at: None,
            added: 0,
            known: 0,
            refused: 0,
            refusals: Vec::new(),
        };
        for (enabled, expires_at, at, is_open) in [
            (true, None, i64::MAX, true),
            (false, None, 0, false),
            (true, Some(UnixMs(10)), 9, true),
            (true, Some(UnixMs(10)), 10, false),
            (false, Some(UnixMs(10)), 9, false),
        ] {
            assert_eq!(
                link(enabled, expires_at).is_open(UnixMs(at)),
                is_open,
                "{enabled} {expires_at:?} {at}"
            );
        }
        assert_eq!(checked_header(SIGNATURE_HEADER).as_deref(), Ok(SIGNATURE_HEADER));
    }

    #[test]
    fn header_names_are_checked() {
        assert_eq!(checked_header(" X-Hub-Signature-256 "), Ok("x-hub-signature-256".to_owned()));
        for bad in ["", "x y", "x:y", "é", &"x".repeat(65), "x\r\ny"] {
            assert!(checked_header(bad).is_err(), "{bad:?}");
        }
    }
}
