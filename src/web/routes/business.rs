//! The business.

use actix_web::web::{delete, get, post, put};
use cordboard_schema::limits::HTTP_PROFILE_BYTES_MAX;
use cordboard_schema::permission::Permission::{BusinessRead, BusinessWrite, ProfilesRead};

use super::{Endpoints, Gate, json};
use crate::web::api::{business, business_prompt, onboarding, phone_numbers};

const BUSINESS: Gate = Gate::Api(BusinessRead, BusinessWrite);

pub(super) fn add(all: &mut Endpoints) {
    all.at(BUSINESS, "/api/v1/business-profile", "GET, PUT", |at| {
        at.app_data(json(HTTP_PROFILE_BYTES_MAX))
            .route(get().to(business::show))
            .route(put().to(business::set))
    });
    // The assistant's other instructions are those of its profile.
    all.at(Gate::Api(ProfilesRead, ProfilesRead), "/api/v1/business-profile/prompt", "POST", |at| {
        at.app_data(json(HTTP_PROFILE_BYTES_MAX)).route(post().to(business_prompt::show))
    });
    all.at(BUSINESS, "/api/v1/onboarding", "GET, PUT", |at| {
        at.route(get().to(onboarding::show)).route(put().to(onboarding::set))
    });
    all.at(BUSINESS, "/api/v1/phone-numbers", "GET, POST", |at| {
        at.route(get().to(phone_numbers::list)).route(post().to(phone_numbers::create))
    });
    all.at(BUSINESS, "/api/v1/phone-numbers/{id}", "GET, PUT, DELETE", |at| {
        at.route(get().to(phone_numbers::show))
            .route(put().to(phone_numbers::update))
            .route(delete().to(phone_numbers::delete))
    });
}
