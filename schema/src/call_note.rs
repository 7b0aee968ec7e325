//! Notes that users write about a call, and requests to look at it. They are not part of the call's journal.

use serde::Serialize;

use crate::ids::{CallId, CallNoteId, CallShareId, OrganizationId, UserId};
use crate::time::{UnixMs, rfc3339};

/// A note about a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CallNote {
    /// Its id.
    pub id: CallNoteId,
    /// The organization that owns it.
    #[serde(skip)]
    pub organization_id: OrganizationId,
    /// The call.
    pub call_id: CallId,
    /// The author; null for the admin token.
    pub author_id: Option<UserId>,
    /// The text.
    pub text: String,
    /// When it was written.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: UnixMs,
    /// When it was last changed.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub updated_at: UnixMs,
}

/// A call that a user is asked to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CallShare {
    /// Its id.
    pub id: CallShareId,
    /// The organization that owns it.
    #[serde(skip)]
    pub organization_id: OrganizationId,
    /// The call.
    pub call_id: CallId,
    /// The user who is asked.
    pub user_id: UserId,
    /// The user who asks; null for the admin token.
    pub by_id: Option<UserId>,
    /// Their message; may be empty.
    pub note: String,
    /// When it was shared.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: UnixMs,
    /// When the user marked it as seen.
    #[serde(with = "rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub seen_at: Option<UnixMs>,
}
