//! A dialler: its agents, campaigns, lists, leads and statuses.

use actix_web::web::{get, post};
use cordboard_schema::limits::OSDIAL_ASSIGNMENTS_BYTES_MAX;
use cordboard_schema::permission::Permission::{CallsControl, FloorRead, LeadsRead};

use super::{Endpoints, Gate, json};
use crate::web::api::{osdial, osdial_lists};

const FLOOR: Gate = Gate::Api(FloorRead, CallsControl);
const LEADS: Gate = Gate::Api(LeadsRead, LeadsRead);

pub(super) fn add(all: &mut Endpoints) {
    all.at(FLOOR, "/api/v1/osdial/enableAgentByCampaignId", "POST", |at| {
        at.route(post().to(osdial::enable_by_campaign))
    });
    all.at(FLOOR, "/api/v1/osdial/disableAgentByCampaignId", "POST", |at| {
        at.route(post().to(osdial::disable_by_campaign))
    });
    all.at(FLOOR, "/api/v1/osdial/enableAgentByUserId", "POST", |at| {
        at.route(post().to(osdial::enable_by_user))
    });
    all.at(FLOOR, "/api/v1/osdial/disableAgentByUserId", "POST", |at| {
        at.route(post().to(osdial::disable_by_user))
    });
    all.at(FLOOR, "/api/v1/osdial/assignAgents", "POST", |at| {
        at.app_data(json(OSDIAL_ASSIGNMENTS_BYTES_MAX)).route(post().to(osdial::assign))
    });
    all.at(FLOOR, "/api/v1/osdial/agents", "GET", |at| at.route(get().to(osdial_lists::agents)));
    all.at(FLOOR, "/api/v1/osdial/live-agents", "GET", |at| at.route(get().to(osdial_lists::live_agents)));
    all.at(FLOOR, "/api/v1/osdial/campaigns", "GET", |at| at.route(get().to(osdial_lists::campaigns)));
    all.at(FLOOR, "/api/v1/osdial/lists", "GET", |at| at.route(get().to(osdial_lists::lists)));
    all.at(FLOOR, "/api/v1/osdial/statuses", "GET", |at| at.route(get().to(osdial_lists::statuses)));
    all.at(LEADS, "/api/v1/osdial/leads", "GET", |at| at.route(get().to(osdial_lists::leads)));
}
