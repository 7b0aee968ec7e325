//! `/api/v1/judge`: whether a model judges the meaning of answers in examples. If none does, an author of examples learns it before running them.

use actix_web::web;
use cordboard_schema::voice_chain::DataRegion;
use serde::Serialize;
use utoipa::ToSchema;

use crate::replays::{Judge, Replays};
use crate::web::WebState;

/// The model that judges the meaning of examples.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JudgeView {
    /// Whether a judge model is configured. If not, `meaning` of an example is not judged.
    is_configured: bool,
    /// The model; null if none is configured.
    model: Option<String>,
    /// Region in which it stores its requests; null if unknown. Profiles whose data must stay in another region are not judged.
    region: Option<DataRegion>,
}

/// Shows whether a judge model is configured.
#[utoipa::path(
    get,
    operation_id = "show_judge",
    path = "/api/v1/judge",
    tag = "agent profiles",
    responses((status = 200, description = "The judge model", body = JudgeView))
)]
pub(crate) async fn show(state: web::Data<WebState>) -> web::Json<JudgeView> {
    let judge = state.replays.as_ref().and_then(Replays::judge);
    let model = judge.map(Judge::model).map(str::to_owned);
    web::Json(JudgeView { is_configured: model.is_some(), model, region: judge.and_then(Judge::region) })
}
