//! Faults that tests request from outside the process. Compiled only with the feature `fault-injection`.

use actix_web::{HttpResponse, web};
use cordboard_actors::fault::{Fault, arm_anywhere};
use serde::Deserialize;

/// A fault to inject once.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FaultRequest {
    fault: Fault,
    /// How often its place is passed before it strikes.
    #[serde(default)]
    after: u32,
}

/// `POST /api/v1/admin/faults` `{"fault": "panic_in_call", "after": 0}`: 204; the fault strikes when its place is reached.
pub(crate) async fn arm(wanted: web::Json<FaultRequest>) -> HttpResponse {
    let FaultRequest { fault, after } = wanted.into_inner();
    arm_anywhere(fault, after);
    HttpResponse::NoContent().finish()
}
