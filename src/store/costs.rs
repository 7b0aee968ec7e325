//! Costs of calls.

use std::collections::BTreeMap;

use cordboard_schema::ids::OrganizationId;
use cordboard_schema::time::UnixMs;
use cordboard_tables::tables::{calls, organizations};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::moments::day_of;
use super::saturating_sum::saturating_sum;
use super::{Connection, StoreError, counted};

/// Returns the cost of each organization's calls that began on this day (UTC), in millionths of the currency. Each sum is a subquery, because a sum of
/// all calls grouped by organization would use no index.
pub(super) fn spent_micros_everywhere(
    connection: &mut Connection,
    day: UnixMs,
) -> Result<BTreeMap<OrganizationId, u64>, StoreError> {
    let (from, to) = day_of(day);
    let spent = calls::table
        .filter(calls::organization_id.eq(organizations::id))
        .filter(calls::started_at.ge(from))
        .filter(calls::started_at.lt(to))
        .select(sql::<BigInt>(&saturating_sum("cost_micros")));
    let rows: Vec<(String, Option<i64>)> =
        organizations::table.select((organizations::id, spent.single_value())).load(connection)?;
    // A row with an invalid id has no calls. The jobs for all organizations log it.
    let spent = rows.into_iter().filter_map(|(id, sum)| {
        let id: OrganizationId = id.parse().ok()?;
        Some((id, sum.map_or(0, counted)))
    });
    Ok(spent.collect())
}

/// Returns the cost of the organization's calls that began on the same day (UTC) as `began`, in millionths of the currency.
pub fn spent_on_day_of(
    connection: &mut Connection,
    organization_id: OrganizationId,
    began: UnixMs,
) -> Result<u64, StoreError> {
    let (from, to) = day_of(began);
    let sum: i64 = calls::table
        .filter(calls::organization_id.eq(organization_id.to_string()))
        .filter(calls::started_at.ge(from))
        .filter(calls::started_at.lt(to))
        .select(sql::<BigInt>(&saturating_sum("cost_micros")))
        .first(connection)?;
    Ok(counted(sum))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use diesel::Connection as _;
    use diesel::connection::{InstrumentationEvent, SimpleConnection};

    use super::*;
    use crate::store::{StoreSettings, migrate};

    #[test]
    fn costs_of_all_organizations_are_read_by_one_query() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cordboard.db");
        migrate(&StoreSettings::file(&file)).unwrap();
        let mut sqlite = SqliteConnection::establish(&file.display().to_string()).unwrap();
        let ids = [1, 2, 3].map(|id| OrganizationId(uuid::Uuid::from_u128(id)));
        for id in ids {
            let add = format!(
                "INSERT INTO organizations (id, name, created_at) VALUES ('{id}', 'One', '2026-11-20 00:00:00')"
            );
            sqlite.batch_execute(&add).unwrap();
        }
        let sent: Arc<Mutex<Vec<String>>> = Arc::default();
        sqlite.set_instrumentation({
            let sent = sent.clone();
            move |event: InstrumentationEvent<'_>| {
                if let InstrumentationEvent::StartQuery { query, .. } = event {
                    sent.lock().unwrap().push(query.to_string());
                }
            }
        });
        let mut connection = Connection::Sqlite(sqlite);
        let spent = spent_micros_everywhere(&mut connection, UnixMs(0)).unwrap();
        for id in ids {
            assert_eq!(spent[&id], 0);
        }
        assert_eq!(sent.lock().unwrap().len(), 1, "{sent:?}");
    }
}
