//! Parts that handlers need for addresses and secrets that users typed.

use std::fmt;

use crate::outside_http::OutsideHttp;
use crate::secret_box::SecretBox;
use crate::tool_schemas::ToolSchemas;

/// The way to addresses that users typed, and the box for their secrets. Cheap to clone.
#[derive(Clone)]
pub struct Outside {
    /// Checks addresses, and asks them.
    pub http: OutsideHttp,
    /// Seals secrets, and opens them.
    pub secrets: SecretBox,
    /// Reads the schemas of custom tools.
    pub schemas: ToolSchemas,
}

impl Outside {
    /// A way and a box, and no schemas read yet.
    pub fn new(http: OutsideHttp, secrets: SecretBox) -> Self {
        Self { http, secrets, schemas: ToolSchemas::default() }
    }
}

/// A secret on its way in: shown nowhere, not even by `Debug`.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = Password)]
pub(super) struct Typed(pub(super) String);

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("********")
    }
}
