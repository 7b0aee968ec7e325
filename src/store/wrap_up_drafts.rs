//! Drafts of wrap-ups, one for each agent of a call.

use cordboard_schema::ids::{CallId, OrganizationId, UserId};
use cordboard_schema::limits::WRAP_UP_DRAFTS_MAX;
use cordboard_schema::wrap_up::WrapUpDraft;
use cordboard_tables::rows::WrapUpDraftRow;
use cordboard_tables::tables::wrap_up_drafts;
use diesel::prelude::*;

use super::{Connection, StoreError};

/// Returns this agent's draft for this call.
pub fn find(
    connection: &mut Connection,
    organization_id: OrganizationId,
    (call_id, user_id): (CallId, UserId),
) -> Result<Option<WrapUpDraft>, StoreError> {
    let row = wrap_up_drafts::table
        .find((call_id.to_string(), user_id.to_string()))
        .filter(wrap_up_drafts::organization_id.eq(organization_id.to_string()))
        .select(WrapUpDraftRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(WrapUpDraftRow::into_draft).transpose()?)
}

/// Returns the drafts of all agents for this call.
pub fn of_call(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
) -> Result<Vec<WrapUpDraft>, StoreError> {
    // The organization is checked after the query, as with wrap-ups: the call is the beginning of the key.
    let rows: Vec<WrapUpDraftRow> = wrap_up_drafts::table
        .filter(wrap_up_drafts::call_id.eq(call_id.to_string()))
        .order(wrap_up_drafts::user_id)
        .select(WrapUpDraftRow::as_select())
        .load(connection)?;
    let drafts: Vec<WrapUpDraft> =
        rows.into_iter().map(WrapUpDraftRow::into_draft).collect::<Result<_, _>>()?;
    Ok(drafts.into_iter().filter(|draft| draft.organization_id == organization_id).collect())
}

/// Replaces a draft; an empty one deletes it. If an agent has too many drafts, the oldest are deleted. The caller has to check that call and
/// disposition are the organization's.
pub fn write(connection: &mut Connection, draft: &WrapUpDraft) -> Result<(), StoreError> {
    drop_of(connection, draft.organization_id, (draft.call_id, draft.user_id))?;
    if draft.is_empty() {
        return Ok(());
    }
    diesel::insert_into(wrap_up_drafts::table).values(WrapUpDraftRow::new(draft)).execute(connection)?;
    let author = draft.user_id.to_string();
    let calls: Vec<String> = wrap_up_drafts::table
        .filter(wrap_up_drafts::user_id.eq(&author))
        .order((wrap_up_drafts::updated_at.desc(), wrap_up_drafts::call_id.desc()))
        .select(wrap_up_drafts::call_id)
        .load(connection)?;
    for call_id in calls.into_iter().skip(WRAP_UP_DRAFTS_MAX) {
        diesel::delete(wrap_up_drafts::table.find((call_id, author.clone()))).execute(connection)?;
    }
    Ok(())
}

/// Deletes this agent's draft for this call.
pub(super) fn drop_of(
    connection: &mut Connection,
    organization_id: OrganizationId,
    (call_id, user_id): (CallId, UserId),
) -> Result<(), StoreError> {
    let found = wrap_up_drafts::table
        .find((call_id.to_string(), user_id.to_string()))
        .filter(wrap_up_drafts::organization_id.eq(organization_id.to_string()));
    diesel::delete(found).execute(connection)?;
    Ok(())
}
