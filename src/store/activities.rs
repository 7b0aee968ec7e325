//! Activities: what was done for customers.

use cordboard_schema::activity::Activity;
use cordboard_schema::ids::{ActivityId, CallId, OrganizationId};
use cordboard_schema::rows::ActivityRow;
use cordboard_schema::tables::activities;
use diesel::prelude::*;

use super::{Connection, StoreError};

/// Which activities to list.
#[derive(Clone, Copy, Debug)]
pub struct ActivityQuery {
    /// Only those of this call.
    pub call_id: Option<CallId>,
    /// Only those made before this one.
    pub before: Option<ActivityId>,
    /// At most so many.
    pub limit: i64,
}

/// Activities that fit `query`, newest first.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
    query: ActivityQuery,
) -> Result<Vec<Activity>, StoreError> {
    let mut found = activities::table
        .filter(activities::organization_id.eq(organization_id.to_string()))
        .order(activities::id.desc())
        .limit(query.limit)
        .select(ActivityRow::as_select())
        .into_boxed();
    if let Some(call_id) = query.call_id {
        found = found.filter(activities::call_id.eq(call_id.to_string()));
    }
    if let Some(before) = query.before {
        found = found.filter(activities::id.lt(before.to_string()));
    }
    let rows = found.load(connection)?;
    Ok(rows.into_iter().map(ActivityRow::into_activity).collect::<Result<_, _>>()?)
}
