//! The business.

use utoipa::OpenApi;

use crate::web::api::{business, business_prompt, phone_numbers};

#[derive(OpenApi)]
#[openapi(
    paths(
        business::show,
        business::set,
        business_prompt::show,
        phone_numbers::list,
        phone_numbers::create,
        phone_numbers::show,
        phone_numbers::update,
        phone_numbers::delete,
    ),
    tags((name = "business", description = "The business that assistants speak for, and its phone numbers"))
)]
pub(super) struct Business;
