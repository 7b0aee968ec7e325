//! Campaigns.

use utoipa::OpenApi;

use crate::web::api::{
    caller_ids, campaign_caller_ids, campaign_filter, campaign_forecast, campaign_outcomes, campaigns,
    contact_links, contact_posts, contact_trial, contacts, contacts_csv, country_rules, previews,
    signing_secrets, suppressions,
};

#[derive(OpenApi)]
#[openapi(
    paths(
        campaigns::list,
        campaigns::create,
        campaigns::show,
        campaigns::patch,
        campaigns::update,
        campaigns::delete,
        campaigns::progress,
        campaign_outcomes::show,
        campaign_caller_ids::list,
        caller_ids::list,
        country_rules::list,
        campaign_forecast::make,
        campaign_filter::preview,
        campaigns::start,
        campaigns::pause,
        campaigns::resume,
        campaigns::stop,
        contacts::list,
        contacts::add,
        contacts::show,
        contacts_csv::export,
        contacts_csv::take_in,
        contact_links::list,
        contact_links::create,
        contact_links::show,
        contact_links::update,
        contact_links::patch,
        contact_links::delete,
        signing_secrets::make_of_contact_link,
        signing_secrets::remove_of_contact_link,
        contact_trial::preview,
        contact_posts::take,
        previews::next,
        previews::call,
        previews::skip,
        suppressions::list,
        suppressions::add,
        suppressions::remove,
    ),
    tags((name = "campaigns", description = "Lists of contacts to call, and numbers that are not to be called"))
)]
pub(super) struct Campaigns;
