//! Customers, their leads, appointments and messages.

use utoipa::OpenApi;

use crate::web::api::{
    activities, appointment_feed, appointments, customer_data, customer_doubles, customer_erasure,
    customer_export, customers, customers_csv, customers_import, dashboard, day, inbox, leads, leads_import,
    messages, report, report_mail, search,
};

#[derive(OpenApi)]
#[openapi(
    paths(
        customer_data::show,
        customers::list,
        customers_csv::export,
        customers_import::take_in,
        customer_doubles::list,
        customer_doubles::keep_apart,
        customer_doubles::preview,
        customer_doubles::merge,
        customer_erasure::show,
        customer_erasure::begin,
        customer_export::export,
        customers::show,
        customers::create,
        customers::update,
        customers::delete,
        leads::list,
        leads::create,
        leads::export,
        leads_import::take_in,
        leads::show,
        leads::update,
        leads::delete,
        appointments::list,
        appointments::show,
        appointments::create,
        appointments::update,
        appointments::slots,
        appointment_feed::show,
        appointment_feed::renew,
        appointment_feed::end,
        activities::list,
        activities::show,
        activities::create,
        activities::update,
        messages::list,
        messages::show,
        messages::update,
        inbox::count,
        dashboard::show,
        report::show,
        report::export,
        report_mail::show,
        report_mail::set,
        report_mail::stop,
        report_mail::show_link,
        report_mail::stop_by_link,
        day::show,
        search::find,
    ),
    tags(
        (name = "customers", description = "People who called, and people whom the business called"),
        (name = "leads", description = "What callers want, and its progress"),
        (name = "appointments", description = "Appointments, and free times"),
        (name = "activities", description = "Events and to-dos: what was done for customers, will be, and is to be done"),
        (name = "messages", description = "Text messages"),
        (name = "figures", description = "Figures of the business"),
    )
)]
pub(super) struct Customers;
