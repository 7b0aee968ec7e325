//! Rows of contact links.

use chrono::NaiveDateTime;
use cordboard_schema::contact_link::{ContactLink, ContactRefusal};
use diesel::prelude::{Insertable, Queryable, Selectable};

use super::columns::{BadRow, from_json, json, naive, parsed, signed, text, unix, unsigned};
use crate::tables::contact_links;

/// A contact link.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = contact_links)]
pub struct ContactLinkRow {
    /// UUID v7.
    pub id: String,
    /// The organization that owns it.
    pub organization_id: String,
    /// The campaign to whose list it adds people.
    pub campaign_id: String,
    /// Display name.
    pub name: String,
    /// SHA-256 of the secret, in hex.
    pub secret_hash: String,
    /// Whether it accepts contacts.
    pub enabled: bool,
    /// When it expires.
    pub expires_at: Option<NaiveDateTime>,
    /// JSON of a `ContactMapping`.
    pub mapping: String,
    /// The header that contains a body's signature.
    pub signature_header: String,
    /// When its signing secret was made. The sealed secret itself has its own column.
    pub signing_secret_made_at: Option<NaiveDateTime>,
    /// When it was made.
    pub created_at: NaiveDateTime,
    /// When a body was last sent to it.
    pub last_used_at: Option<NaiveDateTime>,
    /// Number of contacts that were added.
    pub added: i64,
    /// Number of contacts that were already on the list.
    pub known: i64,
    /// Number of contacts that were refused.
    pub refused: i64,
    /// JSON of the newest refusals.
    pub refusals: String,
}

impl ContactLinkRow {
    /// Returns the row of a link whose secret has this hash.
    pub fn new(link: &ContactLink, secret_hash: String) -> Result<Self, BadRow> {
        Ok(Self {
            id: link.id.to_string(),
            organization_id: link.organization_id.to_string(),
            campaign_id: link.campaign_id.to_string(),
            name: text(&link.name),
            secret_hash,
            enabled: link.enabled,
            expires_at: link.expires_at.map(naive),
            mapping: json("contact_links.mapping", &link.mapping)?,
            signature_header: text(&link.signature_header),
            signing_secret_made_at: link.signing_secret_made_at.map(naive),
            created_at: naive(link.created_at),
            last_used_at: link.last_used_at.map(naive),
            added: signed("contact_links.added", link.added)?,
            known: signed("contact_links.known", link.known)?,
            refused: signed("contact_links.refused", link.refused)?,
            refusals: Self::written(&link.refusals)?,
        })
    }

    /// Writes refusals for their column.
    pub fn written(refusals: &[ContactRefusal]) -> Result<String, BadRow> {
        json("contact_links.refusals", &refusals)
    }

    /// Reads refusals from their column.
    pub fn refusals(column: &str) -> Result<Vec<ContactRefusal>, BadRow> {
        from_json("contact_links.refusals", column)
    }

    /// Returns the link.
    pub fn into_link(self) -> Result<ContactLink, BadRow> {
        Ok(ContactLink {
            id: parsed("contact_links.id", &self.id)?,
            organization_id: parsed("contact_links.organization_id", &self.organization_id)?,
            campaign_id: parsed("contact_links.campaign_id", &self.campaign_id)?,
            name: self.name,
            enabled: self.enabled,
            expires_at: self.expires_at.map(unix),
            mapping: from_json("contact_links.mapping", &self.mapping)?,
            signature_header: self.signature_header,
            signing_secret_made_at: self.signing_secret_made_at.map(unix),
            created_at: unix(self.created_at),
            last_used_at: self.last_used_at.map(unix),
            added: unsigned("contact_links.added", self.added)?,
            known: unsigned("contact_links.known", self.known)?,
            refused: unsigned("contact_links.refused", self.refused)?,
            refusals: Self::refusals(&self.refusals)?,
        })
    }
}
