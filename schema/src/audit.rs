//! The audit log: each change and each access, with its actor, its time, and its origin.

use serde::{Deserialize, Serialize};

use crate::ids::{ApiTokenId, AuditId, OrganizationId, UserId};
use crate::time::{UnixMs, rfc3339};

/// The party that did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Actor {
    /// The holder of the server's admin token.
    Installation,
    /// A user.
    User(UserId),
    /// A program with an API token.
    ApiToken(ApiTokenId),
    /// Cordboard itself, or an assistant on a call.
    System,
}

/// The end of the deletion of an organization, which no request waits for.
pub const DELETED_ORGANIZATION: &str = "organization.deleted";

/// The end of the erasure of everything about a customer, which no request waits for.
pub const ERASED_CUSTOMER: &str = "customer.erased";

/// Actions on the whole installation: on the server, and on organizations from outside. Their entries are in the log of the organization in which the
/// operator acted, but they are not about it: its retention does not delete them.
pub const OF_THE_INSTALLATION: [&str; 7] = [
    "grants.changed",
    "node.drained",
    "node.log_level_set",
    DELETED_ORGANIZATION,
    "organization.deletion_begun",
    "organization.resumed",
    "organization.suspended",
];

/// One line of the audit log. It is written in the transaction that makes the change, or queued if nothing is changed in the
/// database. It never changes, except that the erasure of a person empties details that name them. Retention may delete it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    /// UUID v7.
    pub id: AuditId,
    /// The organization that owns the log.
    #[serde(skip)]
    pub organization_id: OrganizationId,
    /// The time.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: UnixMs,
    /// Who did it.
    pub actor: Actor,
    /// The action, such as `profile.published` or `recording.played`.
    pub action: String,
    /// The object of the action: its id, or its name if it has no id.
    pub subject: String,
    /// The client's address, if a request did it.
    pub address: Option<String>,
    /// Details, in words; never a secret.
    pub detail: String,
}
