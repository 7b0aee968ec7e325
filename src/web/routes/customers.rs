//! Customers, their leads, appointments and messages.

use actix_web::web::{delete, get, patch, post, put};
use cordboard_schema::permission::Permission::{
    AppointmentsRead, AppointmentsWrite, CallbacksWrite, CallsRead, CustomersRead, CustomersWrite,
    DashboardRead, LeadsRead, LeadsWrite, MessagesRead, MessagesSend,
};

use super::{Endpoints, Gate};
use crate::web::api::{
    activities, appointment_feed, appointments, customer_data, customer_doubles, customer_erasure,
    customer_export, customers, customers_csv, customers_import, dashboard, day, inbox, leads, leads_import,
    messages, report, report_mail, search,
};

const CUSTOMERS: Gate = Gate::Api(CustomersRead, CustomersWrite);
const LEADS: Gate = Gate::Api(LeadsRead, LeadsWrite);
const APPOINTMENTS: Gate = Gate::Api(AppointmentsRead, AppointmentsWrite);
const MESSAGES: Gate = Gate::Api(MessagesRead, MessagesSend);

pub(super) fn add(all: &mut Endpoints) {
    all.at(Gate::OutsideApi(CustomersRead), "/api/customer/data", "GET", |at| {
        at.route(get().to(customer_data::show))
    });
    all.at(CUSTOMERS, "/api/v1/customers", "GET, POST", |at| {
        at.route(get().to(customers::list)).route(post().to(customers::create))
    });
    all.at(CUSTOMERS, "/api/v1/customers.csv", "GET, POST", |at| {
        at.route(get().to(customers_csv::export)).route(post().to(customers_import::take_in))
    });
    all.at(CUSTOMERS, "/api/v1/customers/doubles", "GET, POST", |at| {
        at.route(get().to(customer_doubles::list)).route(post().to(customer_doubles::keep_apart))
    });
    all.at(CUSTOMERS, "/api/v1/customers/{id}/merge/{other_id}", "GET, POST", |at| {
        at.route(get().to(customer_doubles::preview)).route(post().to(customer_doubles::merge))
    });
    // It also requires the right to change how long calls are kept.
    all.at(CUSTOMERS, "/api/v1/customers/{id}/erasure", "GET, POST", |at| {
        at.route(get().to(customer_erasure::show)).route(post().to(customer_erasure::begin))
    });
    // It also requires the rights to what the file has.
    all.at(CUSTOMERS, "/api/v1/customers/{id}/export", "GET", |at| {
        at.route(get().to(customer_export::export))
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
        at.route(get().to(leads::export)).route(post().to(leads_import::take_in))
    });
    all.at(LEADS, "/api/v1/leads/{id}", "GET, PATCH, DELETE", |at| {
        at.route(get().to(leads::show)).route(patch().to(leads::update)).route(delete().to(leads::delete))
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
    // It finds only what the caller of the API may read.
    all.at(Gate::Known, "/api/v1/search", "GET", |at| at.route(get().to(search::find)));
    // Agents who handle callers also handle their written messages.
    all.at(Gate::Api(MessagesRead, CallbacksWrite), "/api/v1/messages/{id}", "GET, PATCH", |at| {
        at.route(get().to(messages::show)).route(patch().to(messages::update))
    });
    all.at(Gate::Api(CallsRead, CallsRead), "/api/v1/inbox", "GET", |at| at.route(get().to(inbox::count)));
    all.at(Gate::Api(DashboardRead, DashboardRead), "/api/v1/metrics/day", "GET", |at| {
        at.route(get().to(day::show))
    });
    all.at(Gate::Api(DashboardRead, DashboardRead), "/api/v1/metrics/dashboard", "GET", |at| {
        at.route(get().to(dashboard::show))
    });
    all.at(Gate::Api(DashboardRead, DashboardRead), "/api/v1/metrics/report", "GET", |at| {
        at.route(get().to(report::show))
    });
    all.at(Gate::Api(DashboardRead, DashboardRead), "/api/v1/metrics/report.csv", "GET", |at| {
        at.route(get().to(report::export))
    });
    all.at(
        Gate::Api(DashboardRead, DashboardRead),
        "/api/v1/metrics/report/mail",
        "GET, PUT, DELETE",
        |at| {
            at.route(get().to(report_mail::show))
                .route(put().to(report_mail::set))
                .route(delete().to(report_mail::stop))
        },
    );
    // The token in its path says whose mails it stops.
    all.at(Gate::Open, "/hooks/report-mail/{token}", "GET, POST", |at| {
        at.route(get().to(report_mail::show_link)).route(post().to(report_mail::stop_by_link))
    });
}
