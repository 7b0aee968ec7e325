//! Campaigns, their contacts, and numbers that are not to be called.

use actix_web::web::{delete, get, patch, post, put};
use cordboard_schema::limits::CONTACT_POST_BYTES_MAX;
use cordboard_schema::permission::Permission::{BusinessWrite, DeskUse, LeadsRead, LeadsWrite};

use super::{Endpoints, Gate, json};
use crate::web::api::{
    caller_ids, campaign_caller_ids, campaign_filter, campaign_forecast, campaign_outcomes, campaigns,
    contact_links, contact_posts, contact_trial, contacts, contacts_csv, country_rules, previews,
    signing_secrets, suppressions,
};

/// Users who may see leads may see a campaign's contacts; calling a list is the business's decision.
const CAMPAIGNS: Gate = Gate::Api(LeadsRead, BusinessWrite);
/// Agents see the contacts that they are to call, one by one, and call them.
const PREVIEWS: Gate = Gate::Api(DeskUse, DeskUse);
/// Agents add numbers when a party asks on a call not to be called again.
const SUPPRESSIONS: Gate = Gate::Api(LeadsRead, LeadsWrite);

pub(super) fn add(all: &mut Endpoints) {
    all.at(CAMPAIGNS, "/api/v1/campaigns", "GET, POST", |at| {
        at.route(get().to(campaigns::list)).route(post().to(campaigns::create))
    });
    all.at(CAMPAIGNS, "/api/v1/campaigns/{id}", "GET, PATCH, PUT, DELETE", |at| {
        at.route(get().to(campaigns::show))
            .route(patch().to(campaigns::patch))
            .route(put().to(campaigns::update))
            .route(delete().to(campaigns::delete))
    });
    all.at(CAMPAIGNS, "/api/v1/campaigns/{id}/progress", "GET", |at| at.route(get().to(campaigns::progress)));
    all.at(CAMPAIGNS, "/api/v1/campaigns/{id}/outcomes", "GET", |at| {
        at.route(get().to(campaign_outcomes::show))
    });
    all.at(CAMPAIGNS, "/api/v1/campaigns/{id}/caller-ids", "GET", |at| {
        at.route(get().to(campaign_caller_ids::list))
    });
    all.at(CAMPAIGNS, "/api/v1/caller-ids", "GET", |at| at.route(get().to(caller_ids::list)));
    all.at(CAMPAIGNS, "/api/v1/country-rules", "GET", |at| at.route(get().to(country_rules::list)));
    all.at(CAMPAIGNS, "/api/v1/campaigns/{id}/forecast", "POST", |at| {
        at.route(post().to(campaign_forecast::make))
    });
    all.at(CAMPAIGNS, "/api/v1/campaigns/{id}/filter-preview", "POST", |at| {
        at.route(post().to(campaign_filter::preview))
    });
    all.at(CAMPAIGNS, "/api/v1/campaigns/{id}/start", "POST", |at| at.route(post().to(campaigns::start)));
    all.at(CAMPAIGNS, "/api/v1/campaigns/{id}/pause", "POST", |at| at.route(post().to(campaigns::pause)));
    all.at(CAMPAIGNS, "/api/v1/campaigns/{id}/resume", "POST", |at| at.route(post().to(campaigns::resume)));
    all.at(CAMPAIGNS, "/api/v1/campaigns/{id}/stop", "POST", |at| at.route(post().to(campaigns::stop)));
    all.at(CAMPAIGNS, "/api/v1/campaigns/{id}/contacts", "GET, POST", |at| {
        at.app_data(json(CONTACT_POST_BYTES_MAX))
            .route(get().to(contacts::list))
            .route(post().to(contacts::add))
    });
    all.at(CAMPAIGNS, "/api/v1/campaigns/{id}/contacts.csv", "GET, POST", |at| {
        at.route(get().to(contacts_csv::export)).route(post().to(contacts_csv::take_in))
    });
    all.at(CAMPAIGNS, "/api/v1/campaigns/{id}/contacts/{contact_id}", "GET", |at| {
        at.route(get().to(contacts::show))
    });
    all.at(CAMPAIGNS, "/api/v1/campaigns/{id}/contact-links", "GET, POST", |at| {
        at.route(get().to(contact_links::list)).route(post().to(contact_links::create))
    });
    all.at(CAMPAIGNS, "/api/v1/campaigns/{id}/contact-links/{link_id}", "GET, PATCH, PUT, DELETE", |at| {
        at.route(get().to(contact_links::show))
            .route(patch().to(contact_links::patch))
            .route(put().to(contact_links::update))
            .route(delete().to(contact_links::delete))
    });
    let secret = "/api/v1/campaigns/{id}/contact-links/{link_id}/signing-secret";
    all.at(CAMPAIGNS, secret, "POST, DELETE", |at| {
        at.route(post().to(signing_secrets::make_of_contact_link))
            .route(delete().to(signing_secrets::remove_of_contact_link))
    });
    all.at(CAMPAIGNS, "/api/v1/campaigns/{id}/contact-trial", "POST", |at| {
        // An example is a text inside a text: its quotes and line breaks are escaped.
        at.app_data(json(CONTACT_POST_BYTES_MAX)).route(post().to(contact_trial::preview))
    });
    // The secret in its path determines the list to which it adds.
    all.at(Gate::Open, "/hooks/contacts/{secret}", "POST", |at| at.route(post().to(contact_posts::take)));
    all.at(PREVIEWS, "/api/v1/campaigns/{id}/preview", "POST", |at| at.route(post().to(previews::next)));
    all.at(PREVIEWS, "/api/v1/campaigns/{id}/preview/{contact_id}/call", "POST", |at| {
        at.route(post().to(previews::call))
    });
    all.at(PREVIEWS, "/api/v1/campaigns/{id}/preview/{contact_id}/skip", "POST", |at| {
        at.route(post().to(previews::skip))
    });
    all.at(SUPPRESSIONS, "/api/v1/suppressions", "GET, POST", |at| {
        at.route(get().to(suppressions::list)).route(post().to(suppressions::add))
    });
    all.at(CAMPAIGNS, "/api/v1/suppressions/{number}", "DELETE", |at| {
        at.route(delete().to(suppressions::remove))
    });
}
