//! A dialler.

use utoipa::OpenApi;

use crate::web::api::{osdial, osdial_lists};

#[derive(OpenApi)]
#[openapi(
    paths(
        osdial::enable_by_campaign,
        osdial::disable_by_campaign,
        osdial::enable_by_user,
        osdial::disable_by_user,
        osdial::assign,
        osdial_lists::agents,
        osdial_lists::live_agents,
        osdial_lists::campaigns,
        osdial_lists::lists,
        osdial_lists::statuses,
        osdial_lists::leads,
    ),
    tags((name = "osdial", description = "A dialler whose remote agents are assistants: OSdial or VICIdial"))
)]
pub(super) struct Osdial;
