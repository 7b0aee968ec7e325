//! Customers, what they want and when, and what was written to them.

use actix_web::web::{delete, get, patch, post};
use cordboard_schema::permission::Permission::{
    AppointmentsRead, AppointmentsWrite, CustomersRead, CustomersWrite, LeadsRead, LeadsWrite, MessagesRead,
    MessagesSend,
};

use super::{Endpoints, Gate};
use crate::web::api::{activities, customers, leads, messages};

const CUSTOMERS: Gate = Gate::Api(CustomersRead, CustomersWrite);
const LEADS: Gate = Gate::Api(LeadsRead, LeadsWrite);
const APPOINTMENTS: Gate = Gate::Api(AppointmentsRead, AppointmentsWrite);
const MESSAGES: Gate = Gate::Api(MessagesRead, MessagesSend);

pub(super) fn add(all: &mut Endpoints) {
    all.at(CUSTOMERS, "/api/v1/customers", "GET, POST", |at| {
        at.route(get().to(customers::list)).route(post().to(customers::create))
    });
    all.at(CUSTOMERS, "/api/v1/customers/{id}", "GET, PATCH, DELETE", |at| {
        at.route(get().to(customers::show))
            .route(patch().to(customers::update))
            .route(delete().to(customers::delete))
    });
    all.at(LEADS, "/api/v1/leads", "GET", |at| at.route(get().to(leads::list)));
    all.at(LEADS, "/api/v1/leads.csv", "GET", |at| at.route(get().to(leads::export)));
    all.at(LEADS, "/api/v1/leads/{id}", "GET, PATCH", |at| {
        at.route(get().to(leads::show)).route(patch().to(leads::update))
    });
    all.at(APPOINTMENTS, "/api/v1/activities", "GET, POST", |at| {
        at.route(get().to(activities::list)).route(post().to(activities::create))
    });
    all.at(APPOINTMENTS, "/api/v1/activities/{id}", "GET, PATCH", |at| {
        at.route(get().to(activities::show)).route(patch().to(activities::update))
    });
    all.at(MESSAGES, "/api/v1/messages", "GET", |at| at.route(get().to(messages::list)));
}
