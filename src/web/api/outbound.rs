//! `POST /api/v1/calls`: calls that we make.

use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, web};
use cordboard_actors::messages::Placed;
use cordboard_schema::outbound::OutboundCall;

use super::calls::CallView;
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::once::key_of;
use crate::web::placing::{place, shown};
use crate::web::problem::ApiError;

/// Calls a number, and lets the assistant talk with the person who answers. The answer comes when the call has begun. The call's state and `failure`,
/// at `/calls/{id}` or on the live views, show the result.
#[utoipa::path(
    post,
    operation_id = "place_call",
    path = "/api/v1/calls",
    tag = "calls",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "A key for this request, unique in the organization, of 1 to 255 ASCII characters: the same request sent again within 24 h, even to a restarted server, finds the call that it has made"),
    ),
    request_body = OutboundCall,
    responses(
        (status = 200, description = "This request has already made this call", body = CallView),
        (status = 201, description = "The call has begun", body = CallView, headers(("Location" = String, description = "The address of the call"))),
        (status = 400, description = "The body is not a JSON object"),
        (status = 403, description = "The dial policy does not allow the number, or the organization was not granted the switch's trunk or the number in `from` (`not_allowed`)"),
        (status = 404, description = "No such agent profile, extension or switch"),
        (status = 409, description = "The dial policy's limit is reached (`dial_limit`), no switch is configured, or granted to the organization (`no_switch`), several are and none was named (`which_switch`), or the switch has no trunk (`no_trunk`)"),
        (status = 422, description = "A value is invalid, or the assistant can only play recordings and can't say the message for a mailbox (`cannot_speak_text`), or the key was used for another request (`idempotency_key_reused`)"),
        (status = 503, description = "There is no room for a call, or the switch is away. Without `Retry-After`: the call may have begun all the same (`outcome_unknown`; `detail` has its id)"),
    )
)]
pub(crate) async fn create(
    state: web::Data<WebState>,
    caller: Caller,
    request: HttpRequest,
    body: Body<OutboundCall>,
) -> Result<HttpResponse, ApiError> {
    let key = key_of(request.headers())?;
    let (placed, call) = place(&state, &caller, body.into_inner(), key).await?;
    let mut response = match placed {
        Placed::New => HttpResponse::Created(),
        Placed::Known => HttpResponse::Ok(),
    };
    let location = format!("/api/v1/calls/{}", call.id);
    Ok(response.insert_header((LOCATION, location)).json(shown(&state, call).await?))
}
