//! `/api/v1/admin`: draining, the log level, the configuration. The actors are in a file of their own.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use cordboard_actors::messages::Drain;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::config::{Listed, LogLevel};
use crate::telemetry::{self, TelemetryError};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::page::Page;
use crate::web::problem::{ApiError, Fault};

/// The longest time that live calls may be given, in seconds.
const DRAIN_S_MAX: u64 = 3_600;

/// How to drain.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DrainBody {
    /// How long live calls may go on before they hear a goodbye; `calls.drain_timeout_s` if left out.
    #[schema(minimum = 0, maximum = 3600)]
    timeout_s: Option<u64>,
}

/// Stops taking new calls. Live ones may finish until the timeout, then they hear a goodbye. The process keeps running.
#[utoipa::path(
    post,
    path = "/api/v1/admin/drain",
    tag = "admin",
    request_body = DrainBody,
    responses(
        (status = 202, description = "New calls are refused from now on"),
        (status = 400, description = "The body is not a JSON object"),
        (status = 422, description = "`timeout_s` is not 0 to 3600"),
    )
)]
pub(crate) async fn drain(
    state: web::Data<WebState>,
    caller: Caller,
    body: Body<DrainBody>,
) -> Result<HttpResponse, ApiError> {
    let timeout = match body.timeout_s {
        Some(seconds) if seconds > DRAIN_S_MAX => {
            return Err(ApiError::Invalid(vec![Fault::of("timeout_s", "must be 0 to 3600")]));
        }
        Some(seconds) => Duration::from_secs(seconds),
        None => state.configuration.config.calls.drain_timeout_s.duration(),
    };
    let detail = format!("live calls have {} s", timeout.as_secs());
    state.store.audit(caller.did("node.drained", "node", detail));
    // It is answered when the last call is over, and nothing here waits for that.
    drop(state.registry.ask(Drain { timeout_ms: u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX) }));
    Ok(HttpResponse::Accepted().finish())
}

/// The log level.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogLevelBody {
    /// The lowest level that is logged.
    level: LogLevel,
}

/// Shows the log level.
#[utoipa::path(
    get,
    path = "/api/v1/admin/log-level",
    tag = "admin",
    responses((status = 200, description = "The present level", body = LogLevelBody))
)]
pub(crate) async fn log_level() -> Result<web::Json<LogLevelBody>, ApiError> {
    Ok(web::Json(LogLevelBody { level: telemetry::level()? }))
}

/// Changes the log level until the next start.
#[utoipa::path(
    put,
    path = "/api/v1/admin/log-level",
    tag = "admin",
    request_body = LogLevelBody,
    responses(
        (status = 200, description = "The present level", body = LogLevelBody),
        (status = 400, description = "The body is not a JSON object"),
        (status = 422, description = "No such level"),
    )
)]
pub(crate) async fn set_log_level(
    state: web::Data<WebState>,
    caller: Caller,
    body: Body<LogLevelBody>,
) -> Result<web::Json<LogLevelBody>, ApiError> {
    telemetry::set_level(body.level)?;
    let level = format!("{:?}", body.level).to_lowercase();
    state.store.audit(caller.did("node.log_level_set", "node", level));
    Ok(web::Json(body.into_inner()))
}

impl From<TelemetryError> for ApiError {
    fn from(error: TelemetryError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// A setting in force.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SettingView {
    /// The dotted name, such as `calls.max`.
    name: String,
    /// The value; for a secret only `set` or `unset`; null if there is none.
    value: Option<String>,
    /// Source of the value, such as `default` or `CORDBOARD_CALLS__MAX in the environment`.
    source: String,
    /// Description of the setting.
    doc: String,
}

impl From<&Listed> for SettingView {
    fn from(setting: &Listed) -> Self {
        Self {
            name: setting.name.clone(),
            value: Some(setting.redacted()).filter(|value| !value.is_empty()),
            source: setting.origin.to_string(),
            doc: setting.doc.clone(),
        }
    }
}

/// Lists the configuration as `cordboard config` does, all on one page. Of a secret it only shows whether it is set.
#[utoipa::path(
    get,
    operation_id = "list_settings",
    path = "/api/v1/admin/config",
    tag = "admin",
    responses((status = 200, description = "Every setting", body = Page<SettingView>))
)]
pub(crate) async fn config(state: web::Data<WebState>) -> web::Json<Page<SettingView>> {
    web::Json(Page::whole(state.configuration.settings.iter().map(SettingView::from).collect()))
}
