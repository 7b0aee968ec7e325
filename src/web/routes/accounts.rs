//! Who works here, and what they did.

use actix_web::web::get;
use cordboard_schema::permission::Permission::AuditRead;

use super::{Endpoints, Gate};
use crate::web::api::audit;

pub(super) fn add(all: &mut Endpoints) {
    all.at(Gate::Api(AuditRead, AuditRead), "/api/v1/audit-log", "GET", |at| at.route(get().to(audit::list)));
}
