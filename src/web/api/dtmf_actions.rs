//! `/api/v1/dtmf-actions`: what single keys do; profiles set the same as a whole. A live call keeps the keys that it started with; new ones use a
//! change within 2 s.

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};
use cordboard_schema::digit::Digits;
use cordboard_schema::ids::ProfileId;
use cordboard_schema::limits::DTMF_ACTIONS_MAX;
use cordboard_schema::profile::{AgentProfile, DtmfAction, KeyAction};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::profile_rules::check_keys;
use crate::store::{Connection, change, query};
use crate::web::WebState;
use crate::web::body::{ReadOnly, ThingBody};
use crate::web::caller::Caller;
use crate::web::page::Page;
use crate::web::problem::ApiError;
use crate::web::revision::{self, Asked, IfMatch, Revised};

const NO_SUCH: ApiError = ApiError::NotFound("action of these keys");

/// Action of keys on calls of a profile.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DtmfActionView {
    /// The profile.
    profile_id: ProfileId,
    /// The key, or the keys in order.
    digits: Digits,
    /// Action of the keys.
    action: KeyAction,
    /// Revision: a new value after each change.
    revision: String,
}

impl DtmfActionView {
    fn new(profile_id: ProfileId, DtmfAction { digits, action }: DtmfAction) -> Self {
        let view = Self { profile_id, digits, action, revision: String::new() };
        Self { revision: revision::of(&view), ..view }
    }
}

impl Revised for DtmfActionView {
    const WHAT: &'static str = "action of keys";

    fn revision(&self) -> &str {
        &self.revision
    }
}

/// New action of keys on calls of a profile.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DtmfActionBody {
    /// The profile.
    profile_id: ProfileId,
    /// The key, or the keys in order.
    digits: Digits,
    /// Action of the keys.
    action: KeyAction,
}

impl ReadOnly for DtmfActionBody {
    const NAMES: &'static [&'static str] = &["revision"];
}

/// New action of the keys in the path.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyActionBody {
    /// Action of the keys.
    action: KeyAction,
    /// Revision that this change is based on, as it was shown; empty for keys without an action; any if left out. `If-Match` can carry it instead.
    revision: Option<String>,
}

impl ReadOnly for KeyActionBody {
    const NAMES: &'static [&'static str] = &["profile_id", "digits"];
}

/// Lists what keys do, by profile, all on one page; profiles whose draft can't be read are left out.
#[utoipa::path(
    get,
    operation_id = "list_dtmf_actions",
    path = "/api/v1/dtmf-actions",
    tag = "agent profiles",
    responses((status = 200, description = "The actions of all profiles", body = Page<DtmfActionView>))
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
) -> Result<web::Json<Page<DtmfActionView>>, ApiError> {
    let organization_id = caller.organization_id;
    let read = move |connection: &mut Connection| query::readable_profile_drafts(connection, organization_id);
    let profiles = state.store.reads().run(read).await?.found.into_iter().map(|draft| draft.profile);
    let of_profile = |AgentProfile { id, dtmf_actions, .. }: AgentProfile| {
        dtmf_actions.into_iter().map(move |set| DtmfActionView::new(id, set))
    };
    Ok(web::Json(Page::whole(profiles.flat_map(of_profile).collect())))
}

/// Gives keys without an action one.
#[utoipa::path(
    post,
    operation_id = "create_dtmf_action",
    path = "/api/v1/dtmf-actions",
    tag = "agent profiles",
    request_body = DtmfActionBody,
    responses(
        (status = 201, description = "Created; `Location` has its address", body = DtmfActionView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 404, description = "No such profile"),
        (status = 409, description = "These keys of the profile have an action already (`keys_taken`), or there are too many (`too_many`)"),
        (status = 422, description = "The digits or the action are invalid"),
    )
)]
pub(crate) async fn create(
    state: web::Data<WebState>,
    caller: Caller,
    body: ThingBody<DtmfActionBody>,
) -> Result<HttpResponse, ApiError> {
    let DtmfActionBody { profile_id, digits, action } = body.into_inner();
    let wanted = DtmfAction { digits, action };
    let view = set(&state, &caller, profile_id, wanted, Keys::Free).await?;
    // An unescaped `#` would end the path.
    let digits = view.digits.to_string().replace('#', "%23");
    let location = format!("/api/v1/dtmf-actions/{profile_id}/{digits}");
    Ok(HttpResponse::Created().insert_header((LOCATION, location)).json(view))
}

/// Sets the action of keys, whatever it was before.
#[utoipa::path(
    put,
    operation_id = "set_dtmf_action",
    path = "/api/v1/dtmf-actions/{profile_id}/{digits}",
    tag = "agent profiles",
    params(
        ("profile_id" = ProfileId, Path, description = "The profile"),
        ("digits" = Digits, Path, description = "The key, or the keys in order; `#` is written `%23`"),
        IfMatch,
    ),
    request_body = KeyActionBody,
    responses(
        (status = 200, description = "Set", body = DtmfActionView),
        (status = 400, description = "The profile's id is not a UUID, the digits are invalid, or the body not a JSON object"),
        (status = 404, description = "No such profile, or the action was removed"),
        (status = 409, description = revision::edited_meanwhile!("there are too many (`too_many`)")),
        (status = 422, description = "The action is invalid"),
    )
)]
pub(crate) async fn update(
    state: web::Data<WebState>,
    caller: Caller,
    path: web::Path<(ProfileId, Digits)>,
    if_match: IfMatch,
    body: ThingBody<KeyActionBody>,
) -> Result<web::Json<DtmfActionView>, ApiError> {
    let (profile_id, digits) = path.into_inner();
    let KeyActionBody { action, revision } = body.into_inner();
    let (wanted, keys) = (DtmfAction { digits, action }, Keys::As(if_match.or(revision)));
    Ok(web::Json(set(&state, &caller, profile_id, wanted, keys).await?))
}

/// Removes the action of keys.
#[utoipa::path(
    delete,
    operation_id = "delete_dtmf_action",
    path = "/api/v1/dtmf-actions/{profile_id}/{digits}",
    tag = "agent profiles",
    params(
        ("profile_id" = ProfileId, Path, description = "The profile"),
        ("digits" = Digits, Path, description = "The key, or the keys in order; `#` is written `%23`"),
    ),
    responses(
        (status = 204, description = "The keys have no action now"),
        (status = 400, description = "The profile's id is not a UUID, or the digits are invalid"),
        (status = 404, description = "No such profile, or these keys have no action"),
    )
)]
pub(crate) async fn delete(
    state: web::Data<WebState>,
    caller: Caller,
    path: web::Path<(ProfileId, Digits)>,
) -> Result<HttpResponse, ApiError> {
    let (organization_id, (profile_id, digits)) = (caller.organization_id, path.into_inner());
    let unset = move |connection: &mut Connection| {
        let before = query::profile_draft(connection, organization_id, profile_id)?;
        let Some(before) = before else { return Ok(false) };
        let was_set = change::unset_dtmf_action(connection, organization_id, profile_id, &digits)?;
        if was_set {
            change::profile_keys_changed(connection, &before, &digits, caller.actor)?;
            let entry =
                caller.did("profile.changed", profile_id, format_args!("keys {digits} have no action"));
            change::record_audit(connection, &entry)?;
        }
        Ok(was_set)
    };
    match state.store.change(unset).await? {
        true => Ok(HttpResponse::NoContent().finish()),
        false => Err(NO_SUCH),
    }
}

/// Keys that may be given an action.
#[derive(Debug)]
enum Keys {
    /// Keys without an action.
    Free,
    /// Keys at this revision.
    As(Asked),
}

/// Reads and changes in one transaction.
async fn set(
    state: &WebState,
    caller: &Caller,
    profile_id: ProfileId,
    wanted: DtmfAction,
    keys: Keys,
) -> Result<DtmfActionView, ApiError> {
    check_keys(std::slice::from_ref(&wanted))?;
    let (organization_id, setting, caller) = (caller.organization_id, wanted.clone(), caller.clone());
    let set = move |connection: &mut Connection| {
        let Some(before) = query::profile_draft(connection, organization_id, profile_id)? else {
            return Ok(Err(ApiError::NotFound("profile")));
        };
        let profile = &before.profile;
        let there = profile.key_action(&setting.digits).cloned();
        let are_taken = there.is_some();
        match (keys, there) {
            (Keys::Free, Some(_)) => {
                return Ok(Err(ApiError::conflict(
                    "keys_taken",
                    "these keys have an action already: choose others",
                )));
            }
            (Keys::As(asked), Some(action)) => {
                let there = DtmfAction { digits: setting.digits.clone(), action };
                if let Err(late) = asked.demand(&DtmfActionView::new(profile_id, there)) {
                    return Ok(Err(late));
                }
            }
            (Keys::As(asked), None) if !asked.accepts_missing() => return Ok(Err(NO_SUCH)),
            (Keys::Free | Keys::As(_), None) => {}
        }
        if !are_taken && profile.dtmf_actions.len() >= DTMF_ACTIONS_MAX {
            return Ok(Err(ApiError::conflict(
                "too_many",
                "there is no room for another action of keys: remove one first",
            )));
        }
        change::set_dtmf_action(connection, profile, &setting)?;
        change::profile_keys_changed(connection, &before, &setting.digits, caller.actor)?;
        let entry = caller.did("profile.changed", profile_id, format_args!("keys {}", setting.digits));
        change::record_audit(connection, &entry)?;
        Ok(Ok(()))
    };
    state.store.change_or_refuse(set).await??;
    Ok(DtmfActionView::new(profile_id, wanted))
}
