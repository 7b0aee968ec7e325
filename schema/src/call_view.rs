//! A saved view of the list of calls.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::ids::{CallViewId, OrganizationId, UserId};
use crate::time::{UnixMs, rfc3339};

/// Filters and columns of the list of calls, under a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SavedView {
    /// Its id.
    pub id: CallViewId,
    /// The organization that owns it.
    #[serde(skip)]
    pub organization_id: OrganizationId,
    /// The maker; null for the admin token.
    pub owner_id: Option<UserId>,
    /// Content of the view.
    #[serde(flatten)]
    pub body: SavedViewContent,
    /// When it was made.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: UnixMs,
}

/// Content of a saved view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SavedViewContent {
    /// Name.
    #[cfg_attr(feature = "openapi", schema(max_length = 120))]
    pub name: String,
    /// The filters by their names in the page's address, such as `from`.
    pub filters: BTreeMap<String, String>,
    /// The columns, in order; empty means the default ones.
    pub columns: Vec<String>,
    /// Whether it is shared with everybody in the organization.
    pub shared: bool,
    /// Whether the list opens with it: for its owner, and if it is shared, for everybody without a default of their own.
    pub default: bool,
}
