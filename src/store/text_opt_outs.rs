//! Numbers that want no text messages: by STOP, by a provider's report, or because a user noted it with the customer. The list outlives the
//! customers: when one is deleted, by hand or by retention, their numbers stay on it. While the customer exists, `sms_opted_out` says the same for
//! all their numbers; `customers.rs` keeps both equal.

use std::collections::HashSet;
use std::iter;

use chrono::NaiveDateTime;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::phone::E164;
use cordboard_schema::time::UnixMs;
use cordboard_tables::tables::text_opt_outs;
use diesel::prelude::*;

use super::moments::column;
use super::{Connection, StoreError};

/// Tells whether a number wants no text messages.
pub(super) fn refuses(
    connection: &mut Connection,
    organization_id: OrganizationId,
    number: &E164,
) -> Result<bool, StoreError> {
    holds(connection, organization_id, iter::once(number))
}

/// Tells whether one of these numbers is on the list, in any of its spellings.
pub(super) fn holds<'a>(
    connection: &mut Connection,
    organization_id: OrganizationId,
    numbers: impl Iterator<Item = &'a E164>,
) -> Result<bool, StoreError> {
    let spellings: Vec<String> = numbers.flat_map(E164::spellings).collect();
    Ok(!among(connection, organization_id, &spellings)?.is_empty())
}

/// Returns those of these spelled numbers that are on the list.
pub(super) fn among(
    connection: &mut Connection,
    organization_id: OrganizationId,
    spelled: &[String],
) -> Result<HashSet<String>, StoreError> {
    let found: Vec<String> = text_opt_outs::table
        .filter(text_opt_outs::organization_id.eq(organization_id.to_string()))
        .filter(text_opt_outs::number.eq_any(spelled))
        .select(text_opt_outs::number)
        .load(connection)?;
    Ok(found.into_iter().collect())
}

/// Returns the entries of the list for these spelled numbers: the number, and since when it is there.
pub(super) fn entries(
    connection: &mut Connection,
    organization_id: OrganizationId,
    spelled: &[String],
) -> Result<Vec<(String, UnixMs)>, StoreError> {
    let found: Vec<(String, NaiveDateTime)> = text_opt_outs::table
        .filter(text_opt_outs::organization_id.eq(organization_id.to_string()))
        .filter(text_opt_outs::number.eq_any(spelled))
        .order(text_opt_outs::number)
        .select((text_opt_outs::number, text_opt_outs::created_at))
        .load(connection)?;
    Ok(found.into_iter().map(|(number, since)| (number, since.and_utc().into())).collect())
}

/// Adds these numbers to the list. Existing entries stay unchanged.
pub(super) fn add<'a>(
    connection: &mut Connection,
    organization_id: OrganizationId,
    numbers: impl Iterator<Item = &'a E164>,
    at: UnixMs,
) -> Result<(), StoreError> {
    for number in numbers {
        if holds(connection, organization_id, iter::once(number))? {
            continue;
        }
        let row = (
            text_opt_outs::organization_id.eq(organization_id.to_string()),
            text_opt_outs::number.eq(number.as_str()),
            text_opt_outs::created_at.eq(column(at)),
        );
        diesel::insert_into(text_opt_outs::table).values(row).execute(connection)?;
    }
    Ok(())
}

/// Removes these numbers from the list, in all their spellings.
pub(super) fn remove<'a>(
    connection: &mut Connection,
    organization_id: OrganizationId,
    numbers: impl Iterator<Item = &'a E164>,
) -> Result<(), StoreError> {
    let spellings: Vec<String> = numbers.flat_map(E164::spellings).collect();
    let these = text_opt_outs::table
        .filter(text_opt_outs::organization_id.eq(organization_id.to_string()))
        .filter(text_opt_outs::number.eq_any(&spellings));
    diesel::delete(these).execute(connection)?;
    Ok(())
}
