//! Customers, what they want and when, and what was written to them.

use actix_web::web::{PayloadConfig, delete, get, patch, post};
use cordboard_schema::limits::CSV_IMPORT_BYTES_MAX;
use cordboard_schema::permission::Permission::{
    AppointmentsRead, AppointmentsWrite, CustomersRead, CustomersWrite, DashboardRead, LeadsRead, LeadsWrite,
    MessagesRead, MessagesSend,
};

use super::{Endpoints, Gate};
use crate::web::api::{
    activities, appointment_feed, appointments, customer_data, customers, dashboard, day, leads,
    leads_import, messages,
};

const CUSTOMERS: Gate = Gate::Api(CustomersRead, CustomersWrite);
const LEADS: Gate = Gate::Api(LeadsRead, LeadsWrite);
const APPOINTMENTS: Gate = Gate::Api(AppointmentsRead, AppointmentsWrite);
const MESSAGES: Gate = Gate::Api(MessagesRead, MessagesSend);

pub(super) fn add(all: &mut Endpoints) {
    all.at(Gate::Beside(CustomersRead), "/api/customer/data", "GET", |at| {
        at.route(get().to(customer_data::show))
    });
    all.at(CUSTOMERS, "/api/v1/customers", "GET, POST", |at| {
        at.route(get().to(customers::list)).route(post().to(customers::create))
    });
    all.at(CUSTOMERS, "/api/v1/customers/{id}", "GET, PATCH, DELETE", |at| {
        at.route(get().to(customers::show))
            .route(patch().to(customers::update))
            .route(delete().to(customers::delete))
    });
    all.at(LEADS, "/api/v1/leads", "GET, POST", |at| {
        at.route(get().to(leads::list)).route(post().to(leads::create))
    });
    all.at(LEADS, "/api/v1/leads.csv", "GET, POST", |at| {
        at.app_data(PayloadConfig::new(CSV_IMPORT_BYTES_MAX))
            .route(get().to(leads::export))
            .route(post().to(leads_import::take_in))
    });
    all.at(LEADS, "/api/v1/leads/{id}", "GET, PATCH", |at| {
        at.route(get().to(leads::show)).route(patch().to(leads::update))
    });
    all.at(APPOINTMENTS, "/api/v1/appointments", "GET, POST", |at| {
        at.route(get().to(appointments::list)).route(post().to(appointments::create))
    });
    all.at(Gate::Feed(AppointmentsRead), "/api/v1/appointments.ics", "GET", |at| {
        at.route(get().to(appointment_feed::show))
    });
    all.at(APPOINTMENTS, "/api/v1/appointments/slots", "GET", |at| at.route(get().to(appointments::slots)));
    all.at(APPOINTMENTS, "/api/v1/appointments/feed", "POST, DELETE", |at| {
        at.route(post().to(appointment_feed::renew)).route(delete().to(appointment_feed::end))
    });
    all.at(APPOINTMENTS, "/api/v1/appointments/{id}", "GET, PATCH", |at| {
        at.route(get().to(appointments::show)).route(patch().to(appointments::update))
    });
    all.at(APPOINTMENTS, "/api/v1/activities", "GET, POST", |at| {
        at.route(get().to(activities::list)).route(post().to(activities::create))
    });
    all.at(APPOINTMENTS, "/api/v1/activities/{id}", "GET, PATCH", |at| {
        at.route(get().to(activities::show)).route(patch().to(activities::update))
    });
    all.at(MESSAGES, "/api/v1/messages", "GET", |at| at.route(get().to(messages::list)));
    all.at(Gate::Api(DashboardRead, DashboardRead), "/api/v1/metrics/day", "GET", |at| {
        at.route(get().to(day::show))
    });
    all.at(Gate::Api(DashboardRead, DashboardRead), "/api/v1/metrics/dashboard", "GET", |at| {
        at.route(get().to(dashboard::show))
    });
}
