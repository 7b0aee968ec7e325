//! Saved views of the list of calls.

use cordboard_schema::call_view::SavedView;
use cordboard_schema::ids::{CallViewId, OrganizationId, UserId};
use cordboard_tables::rows::CallViewRow;
use cordboard_tables::tables::call_views;
use diesel::prelude::*;

use super::{Connection, StoreError};

/// Returns a user's own and shared views, oldest first.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
    owner_id: Option<UserId>,
) -> Result<Vec<SavedView>, StoreError> {
    let mut found = call_views::table
        .filter(call_views::organization_id.eq(organization_id.to_string()))
        .order(call_views::id)
        .select(CallViewRow::as_select())
        .into_boxed();
    found = match owner_id.map(|id| id.to_string()) {
        Some(id) => found.filter(call_views::is_shared.or(call_views::owner_id.eq(id).assume_not_null())),
        None => found.filter(call_views::is_shared.or(call_views::owner_id.is_null())),
    };
    let rows: Vec<CallViewRow> = found.load(connection)?;
    Ok(rows.into_iter().map(CallViewRow::into_view).collect::<Result<_, _>>()?)
}

/// Returns the view with this id, of any owner in the organization.
pub fn find(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: CallViewId,
) -> Result<Option<SavedView>, StoreError> {
    let row = call_views::table
        .find(id.to_string())
        .filter(call_views::organization_id.eq(organization_id.to_string()))
        .select(CallViewRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(CallViewRow::into_view).transpose()?)
}

/// Adds a view.
pub fn create(connection: &mut Connection, view: &SavedView) -> Result<(), StoreError> {
    alone_in_its_place(connection, view)?;
    diesel::insert_into(call_views::table).values(CallViewRow::new(view)?).execute(connection)?;
    Ok(())
}

/// Changes a view.
pub fn update(connection: &mut Connection, view: &SavedView) -> Result<(), StoreError> {
    alone_in_its_place(connection, view)?;
    let row = CallViewRow::new(view)?;
    let found = call_views::table
        .find(row.id.clone())
        .filter(call_views::organization_id.eq(row.organization_id.clone()));
    diesel::update(found).set(&row).execute(connection)?;
    Ok(())
}

/// Keeps one default: one of the owner's views, and one shared view for the organization.
fn alone_in_its_place(connection: &mut Connection, view: &SavedView) -> Result<(), StoreError> {
    if !view.body.default {
        return Ok(());
    }
    let others = call_views::table
        .filter(call_views::organization_id.eq(view.organization_id.to_string()))
        .filter(call_views::is_shared.eq(view.body.shared))
        .select(CallViewRow::as_select());
    let rows: Vec<CallViewRow> = others.load(connection)?;
    let owner = view.owner_id.map(|id| id.to_string());
    for row in rows.iter().filter(|row| row.is_default && (row.is_shared || row.owner_id == owner)) {
        diesel::update(call_views::table.find(&row.id))
            .set(call_views::is_default.eq(false))
            .execute(connection)?;
    }
    Ok(())
}

/// Removes a view.
pub fn delete(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: CallViewId,
) -> Result<(), StoreError> {
    let found = call_views::table
        .find(id.to_string())
        .filter(call_views::organization_id.eq(organization_id.to_string()));
    diesel::delete(found).execute(connection)?;
    Ok(())
}

/// Removes the private views of a user who is removed. Shared views stay.
pub(super) fn forget_own(
    connection: &mut Connection,
    organization_id: OrganizationId,
    user_id: UserId,
) -> Result<(), StoreError> {
    let found = call_views::table
        .filter(call_views::organization_id.eq(organization_id.to_string()))
        .filter(call_views::owner_id.eq(user_id.to_string()))
        .filter(call_views::is_shared.eq(false));
    diesel::delete(found).execute(connection)?;
    Ok(())
}
