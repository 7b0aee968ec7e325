//! Numbers that are not to be called.

use cordboard_campaigns::campaign::Suppression;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::phone::E164;
use cordboard_tables::tables::suppressions;
use diesel::prelude::*;

use super::rows::SuppressionRow;
use crate::store::{Connection, StoreError};

/// Selection of numbers. `None` narrows nothing.
#[derive(Clone, Debug, Default)]
pub struct SuppressionQuery {
    /// Only this one.
    pub number: Option<E164>,
    /// Only those behind this one, in the order of the numbers.
    pub after: Option<E164>,
    /// At most so many.
    pub limit: i64,
}

/// The organization's numbers that are not to be called, in the order of the numbers.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
    query: &SuppressionQuery,
) -> Result<Vec<Suppression>, StoreError> {
    let mut found = suppressions::table
        .filter(suppressions::organization_id.eq(organization_id.to_string()))
        .order(suppressions::number)
        .limit(query.limit)
        .select(SuppressionRow::as_select())
        .into_boxed();
    if let Some(number) = &query.number {
        found = found.filter(suppressions::number.eq(number.as_str()));
    }
    if let Some(after) = &query.after {
        found = found.filter(suppressions::number.gt(after.as_str()));
    }
    let rows = found.load(connection)?;
    Ok(rows.into_iter().map(SuppressionRow::into_suppression).collect::<Result<_, _>>()?)
}

/// Puts a number on the list; false where it stands there. The first words stay.
pub fn add(connection: &mut Connection, suppression: &Suppression) -> Result<bool, StoreError> {
    if holds(connection, suppression.organization_id, &suppression.number)? {
        return Ok(false);
    }
    diesel::insert_into(suppressions::table).values(SuppressionRow::new(suppression)).execute(connection)?;
    Ok(true)
}

/// Takes a number off the list; false where it does not stand there.
pub fn remove(
    connection: &mut Connection,
    organization_id: OrganizationId,
    number: &E164,
) -> Result<bool, StoreError> {
    let found = suppressions::table.find((organization_id.to_string(), number.to_string()));
    Ok(diesel::delete(found).execute(connection)? > 0)
}

/// Whether a number is not to be called.
pub(super) fn holds(
    connection: &mut Connection,
    organization_id: OrganizationId,
    number: &E164,
) -> Result<bool, StoreError> {
    let found: Option<String> = suppressions::table
        .find((organization_id.to_string(), number.to_string()))
        .select(suppressions::number)
        .first(connection)
        .optional()?;
    Ok(found.is_some())
}
