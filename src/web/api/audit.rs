//! `/api/v1/audit-log`: who changed or viewed what.

use actix_web::web;
use cordboard_schema::audit::{Actor, AuditEntry};
use cordboard_schema::ids::{ApiTokenId, AuditId, UserId};
use cordboard_schema::limits::AUDIT_ABOUT_CHARS_MAX;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::store::query;
use crate::store::query::AuditFilter;
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::page::{Limit, Page};
use crate::web::problem::ApiError;
use crate::web::query::Query;

/// Query of the audit log.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditList {
    /// Entries of a page, 1 to 200; 50 if left out.
    limit: Option<u32>,
    /// `next_cursor` of the previous page.
    cursor: Option<AuditId>,
    /// Actor whose entries are listed: `installation`, `system`, or the id of a user or an API token.
    #[param(value_type = Option<String>, example = "system")]
    who: Option<Who>,
    /// Subject of the actions, such as `webhook`: the first part of their names, up to the dot.
    #[param(value_type = Option<String>, max_length = 40, pattern = "^[a-z0-9_]+$", example = "webhook")]
    about: Option<About>,
}

/// Actors whose entries are requested. An id may be a user's or a token's.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Who(Vec<Actor>);

impl TryFrom<String> for Who {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_str() {
            "installation" => Ok(Self(vec![Actor::Installation])),
            "system" => Ok(Self(vec![Actor::System])),
            id => {
                let id: Uuid = id.parse().map_err(
                    |_| "`who` must be `installation`, `system`, or the id of a user or an API token",
                )?;
                Ok(Self(vec![Actor::User(UserId(id)), Actor::ApiToken(ApiTokenId(id))]))
            }
        }
    }
}

/// Subject of actions.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct About(String);

impl TryFrom<String> for About {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_named = text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        if text.is_empty() || text.len() > AUDIT_ABOUT_CHARS_MAX || !is_named {
            return Err(
                "`about` must be the first part of an action's name, up to the dot: lower-case letters, digits and `_`",
            );
        }
        Ok(Self(text))
    }
}

/// Lists audit log entries, newest first.
#[utoipa::path(
    get,
    operation_id = "list_audit_log",
    path = "/api/v1/audit-log",
    tag = "accounts",
    params(AuditList),
    responses(
        (status = 200, description = "A page of the log", body = Page<AuditEntry>),
        (status = 400, description = "A parameter is unknown or invalid"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
    asked: Query<AuditList>,
) -> Result<web::Json<Page<AuditEntry>>, ApiError> {
    let AuditList { limit, cursor: before, who, about } = asked.into_inner();
    let limit = Limit::parse(limit)?;
    let organization_id = caller.organization_id;
    let filter = AuditFilter {
        actors: who.map(|Who(actors)| actors).unwrap_or_default(),
        about: about.map(|About(about)| about),
    };
    let entries = state
        .store
        .reads()
        .run(move |connection| query::audit_log(connection, organization_id, &filter, before, limit.rows()))
        .await?;
    Ok(web::Json(limit.page(entries, |entry| entry.id.to_string())))
}
