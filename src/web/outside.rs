//! What handlers need for addresses and secrets that users enter.

use std::fmt;

use crate::outside_http::OutsideHttp;
use crate::secret_box::SecretBox;
use crate::tool_schemas::ToolSchemas;

/// The client for addresses that users enter, and the box for their secrets. Cheap to clone.
#[derive(Clone)]
pub struct Outside {
    /// Checks addresses and sends requests to them.
    pub http: OutsideHttp,
    /// Seals and opens secrets.
    pub secrets: SecretBox,
    /// Compiles the schemas of custom tools.
    pub schemas: ToolSchemas,
}

impl Outside {
    /// Combines a client and a box, with no schemas compiled yet.
    pub fn new(http: OutsideHttp, secrets: SecretBox) -> Self {
        Self { http, secrets, schemas: ToolSchemas::default() }
    }
}

/// An incoming secret: never shown, not even by `Debug`.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = Password)]
pub(super) struct Typed(pub(super) String);

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("********")
    }
}
