//! Who works here, and what they did.

use utoipa::OpenApi;

use crate::web::api::audit;

#[derive(OpenApi)]
#[openapi(
    paths(audit::list),
    tags((name = "accounts", description = "Who works here, and what they did"))
)]
pub(super) struct Accounts;
