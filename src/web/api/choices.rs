//! Lists that agents choose from: dispositions and reasons to be away. Both are ordered lists of names and share the code here.

use actix_web::HttpResponse;
use actix_web::http::header::{ETAG, LOCATION};
use cordboard_actors::world;
use cordboard_schema::agent::MISSED_A_CALL;
use cordboard_schema::ids::{DispositionId, OrganizationId, PresenceReasonId};
use cordboard_schema::limits::{CHOICE_NAME_CHARS_MAX, CHOICES_MAX};
use cordboard_schema::wrap_up::{Disposition, PresenceReason};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::given::Faults;
use crate::store::{Connection, StoreError, change, query};
use crate::web::WebState;
use crate::web::body::ReadOnly;
use crate::web::caller::Caller;
use crate::web::page::Page;
use crate::web::problem::{ApiError, Fault};
use crate::web::revision::{self, IfMatch};

/// An entry of such a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ChoiceView {
    /// Its id.
    id: Uuid,
    /// Label that agents read.
    name: String,
    /// Its place, from 1.
    position: u32,
}

impl ChoiceView {
    /// The revision of its name: another order of the list does not change it.
    fn tag(&self) -> String {
        revision::tag(&(self.id, &self.name))
    }

    /// The answer that shows it.
    pub(super) fn shown(&self) -> HttpResponse {
        HttpResponse::Ok().insert_header((ETAG, self.tag())).json(self)
    }
}

impl From<Disposition> for ChoiceView {
    fn from(Disposition { id, organization_id: _, name, position }: Disposition) -> Self {
        Self { id: id.0, name, position }
    }
}

impl From<PresenceReason> for ChoiceView {
    fn from(PresenceReason { id, organization_id: _, name, position }: PresenceReason) -> Self {
        Self { id: id.0, name, position }
    }
}

/// Name of an entry.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChoiceBody {
    /// Label that agents read; unique in its list.
    #[schema(min_length = 1, max_length = 40, example = "Sold")]
    name: String,
}

impl ReadOnly for ChoiceBody {
    const NAMES: &'static [&'static str] = &["id", "position"];
}

/// New order of the entries.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderBody {
    /// The ids of all entries.
    #[schema(max_items = 50)]
    ids: Vec<Uuid>,
}

/// One of the two lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choices {
    Dispositions,
    PresenceReasons,
}

impl Choices {
    /// The name of an entry.
    const fn what(self) -> &'static str {
        match self {
            Self::Dispositions => "disposition",
            Self::PresenceReasons => "reason",
        }
    }

    const fn no_such(self) -> ApiError {
        ApiError::NotFound(self.what())
    }

    /// Audit entry for an action on this list.
    fn did(self, caller: &Caller, action: &str, id: Uuid, name: &str) -> cordboard_schema::audit::AuditEntry {
        let word = match self {
            Self::Dispositions => "disposition",
            Self::PresenceReasons => "presence_reason",
        };
        caller.did(&format!("{word}.{action}"), id, name)
    }

    fn all(
        self,
        connection: &mut Connection,
        organization_id: OrganizationId,
    ) -> Result<Vec<ChoiceView>, StoreError> {
        Ok(match self {
            Self::Dispositions => {
                query::dispositions(connection, organization_id)?.into_iter().map(ChoiceView::from).collect()
            }
            Self::PresenceReasons => query::presence_reasons(connection, organization_id)?
                .into_iter()
                .map(ChoiceView::from)
                .collect(),
        })
    }

    /// Lists all entries.
    pub(super) async fn list(self, state: &WebState, caller: &Caller) -> Result<Page<ChoiceView>, ApiError> {
        let organization_id = caller.organization_id;
        Ok(Page::whole(
            state.store.reads().run(move |connection| self.all(connection, organization_id)).await?,
        ))
    }

    /// Shows an entry.
    pub(super) async fn show(
        self,
        state: &WebState,
        caller: &Caller,
        id: Uuid,
    ) -> Result<ChoiceView, ApiError> {
        let organization_id = caller.organization_id;
        let all = state.store.reads().run(move |connection| self.all(connection, organization_id)).await?;
        all.into_iter().find(|one| one.id == id).ok_or(self.no_such())
    }

    /// Adds an entry at the end; `path` is the list's.
    pub(super) async fn create(
        self,
        state: &WebState,
        caller: Caller,
        body: ChoiceBody,
        path: &str,
    ) -> Result<HttpResponse, ApiError> {
        let (organization_id, id, name) = (caller.organization_id, world::new_id(), self.checked(body)?);
        let make = move |connection: &mut Connection| {
            let all = self.all(connection, organization_id)?;
            if all.len() >= CHOICES_MAX {
                let detail = format!("there are {CHOICES_MAX} at most: remove one first");
                return Ok(Err(ApiError::conflict("too_many", detail)));
            }
            let position = all.last().map_or(1, |last| last.position.saturating_add(1));
            let made = ChoiceView { id, name, position };
            let name = made.name.clone();
            match self {
                Self::Dispositions => {
                    let id = DispositionId(id);
                    let made = Disposition { id, organization_id, name, position };
                    change::create_disposition(connection, &made)?;
                }
                Self::PresenceReasons => {
                    let id = PresenceReasonId(id);
                    let made = PresenceReason { id, organization_id, name, position };
                    change::create_presence_reason(connection, &made)?;
                }
            }
            change::record_audit(connection, &self.did(&caller, "created", id, &made.name))?;
            Ok(Ok(made))
        };
        let made = state.store.change_or_refuse(make).await.map_err(name_taken)??;
        Ok(HttpResponse::Created().insert_header((LOCATION, format!("{path}/{id}"))).json(made))
    }

    /// Renames an entry.
    pub(super) async fn rename(
        self,
        state: &WebState,
        caller: Caller,
        id: Uuid,
        if_match: IfMatch,
        body: ChoiceBody,
    ) -> Result<ChoiceView, ApiError> {
        let (organization_id, name) = (caller.organization_id, self.checked(body)?);
        let rename = move |connection: &mut Connection| {
            let before = self.all(connection, organization_id)?.into_iter().find(|one| one.id == id);
            let Some(before) = before else { return Ok(Err(self.no_such())) };
            if !if_match.is_of(&before.tag()) {
                return Ok(Err(ApiError::edited_meanwhile(self.what(), &before)));
            }
            let is_done = match self {
                Self::Dispositions => {
                    change::rename_disposition(connection, organization_id, DispositionId(id), &name)?
                }
                Self::PresenceReasons => {
                    change::rename_presence_reason(connection, organization_id, PresenceReasonId(id), &name)?
                }
            };
            if !is_done {
                return Ok(Err(self.no_such()));
            }
            change::record_audit(connection, &self.did(&caller, "changed", id, &name))?;
            Ok(Ok(ChoiceView { name, ..before }))
        };
        state.store.change(rename).await.map_err(name_taken)?
    }

    /// Removes an entry.
    pub(super) async fn delete(
        self,
        state: &WebState,
        caller: Caller,
        id: Uuid,
    ) -> Result<HttpResponse, ApiError> {
        let organization_id = caller.organization_id;
        let delete = move |connection: &mut Connection| {
            let is_gone = match self {
                Self::Dispositions => {
                    change::delete_disposition(connection, organization_id, DispositionId(id))?
                }
                Self::PresenceReasons => {
                    change::delete_presence_reason(connection, organization_id, PresenceReasonId(id))?
                }
            };
            if is_gone {
                change::record_audit(connection, &self.did(&caller, "deleted", id, ""))?;
            }
            Ok(is_gone)
        };
        match state.store.change(delete).await? {
            true => Ok(HttpResponse::NoContent().finish()),
            false => Err(self.no_such()),
        }
    }

    /// Reorders the entries.
    pub(super) async fn reorder(
        self,
        state: &WebState,
        caller: Caller,
        body: OrderBody,
    ) -> Result<Page<ChoiceView>, ApiError> {
        let (organization_id, ids) = (caller.organization_id, body.ids);
        let reorder = move |connection: &mut Connection| {
            let is_done = match self {
                Self::Dispositions => {
                    let ids: Vec<DispositionId> = ids.into_iter().map(DispositionId).collect();
                    change::reorder_dispositions(connection, organization_id, &ids)?
                }
                Self::PresenceReasons => {
                    let ids: Vec<PresenceReasonId> = ids.into_iter().map(PresenceReasonId).collect();
                    change::reorder_presence_reasons(connection, organization_id, &ids)?
                }
            };
            if !is_done {
                return Ok(None);
            }
            change::record_audit(connection, &self.did(&caller, "ordered", organization_id.0, ""))?;
            self.all(connection, organization_id).map(Some)
        };
        let all = state.store.change(reorder).await?;
        let refused = || ApiError::Invalid(vec![Fault::of("ids", "must name each of them once")]);
        Ok(Page::whole(all.ok_or_else(refused)?))
    }

    fn checked(self, ChoiceBody { name }: ChoiceBody) -> Result<String, ApiError> {
        let mut faults = Faults::default();
        let name = name.trim().to_owned();
        faults.title("name", Some(&name), CHOICE_NAME_CHARS_MAX);
        let is_ours = self == Self::PresenceReasons && name == MISSED_A_CALL;
        faults.demand(!is_ours, "name", "must not be a word that Cordboard uses itself");
        faults.into_result().map(|()| name)
    }
}

fn name_taken(error: StoreError) -> ApiError {
    match error.is_taken_name() {
        true => ApiError::conflict("name_taken", "another one has this name: choose another name"),
        false => error.into(),
    }
}
