//! Customers, what they want and when, and what was written to them.

use utoipa::OpenApi;

use crate::web::api::{activities, customers, leads, messages};

#[derive(OpenApi)]
#[openapi(
    paths(
        customers::list,
        customers::show,
        customers::create,
        customers::update,
        customers::delete,
        leads::list,
        leads::export,
        leads::show,
        leads::update,
        activities::list,
        activities::show,
        activities::create,
        activities::update,
        messages::list,
    ),
    tags(
        (name = "customers", description = "Who called, and whom the business called"),
        (name = "leads", description = "What callers want, and what becomes of it"),
        (name = "activities", description = "What was done for customers, will be, and is to be done"),
        (name = "messages", description = "Text messages"),
    )
)]
pub(super) struct Customers;
