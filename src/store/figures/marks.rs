//! Marks of quarter hours in which something has changed.

use std::collections::BTreeSet;

use chrono::NaiveDateTime;
use cordboard_actors::world;
use cordboard_schema::call::Direction;
use cordboard_schema::customer_profile::other_party;
use cordboard_schema::fold::Call;
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::phone::E164;
use cordboard_schema::time::UnixMs;
use cordboard_tables::tables::{calls, figure_marks};
use diesel::prelude::*;

use super::settling;
use crate::store::{Connection, StoreError};

/// In every zone, hours begin and end with a quarter hour.
const QUARTER_MS: i64 = 900_000;
/// Rows in one statement.
const AT_ONCE: usize = 500;

/// Calls are kept for at least a day: no hour that began within this time has lost any, in ms.
const NEVER_LOST_MS: u64 = 20 * 3_600_000;

/// The marks of one transaction, each once.
#[derive(Debug, Default)]
pub(in crate::store) struct Marks {
    quarters: BTreeSet<(OrganizationId, UnixMs)>,
    /// Incoming calls whose caller was not known before: organization, number, and when they began.
    callers: BTreeSet<(OrganizationId, String, UnixMs)>,
}

impl Marks {
    /// Marks the time at which a call began, if the call now counts differently.
    pub(in crate::store) fn of_call(&mut self, before: Option<&Call>, after: &Call) {
        let has_changed = before.is_none_or(|before| !counts_alike(before, after));
        if has_changed && after.direction != Direction::Internal {
            self.at(after.organization_id, after.started_at);
        }
        let was_known = before.is_some_and(|before| before.from == after.from);
        if !was_known
            && after.direction == Direction::Inbound
            && let Some(number) = other_party(after).and_then(|party| party.parse::<E164>().ok())
        {
            self.callers.insert((after.organization_id, String::from(number), after.started_at));
        }
    }

    /// Drops the marks of hours that may have lost calls to retention: counting such an hour again would lose those. A call that lasts longer than
    /// calls are kept, or that has an example of the Studio, still changes then.
    fn leave_lost_hours(&mut self, connection: &mut Connection) -> Result<(), StoreError> {
        let now = UnixMs::from(world::now());
        let (recent, mut old) = (now - NEVER_LOST_MS, BTreeSet::new());
        old.extend(
            self.quarters.iter().filter(|(_, at)| *at < recent).map(|(organization_id, _)| *organization_id),
        );
        for organization_id in old {
            if let Some(since) = settling::whole_since(connection, organization_id, now)? {
                self.quarters.retain(|(of, at)| *of != organization_id || at.to_utc().naive_utc() >= since);
            }
        }
        Ok(())
    }

    /// Marks a time.
    pub(super) fn at(&mut self, organization_id: OrganizationId, at: UnixMs) {
        self.quarters.insert((organization_id, UnixMs(at.0 - at.0.rem_euclid(QUARTER_MS))));
    }

    /// Writes the marks of changes, without those of hours that may have lost calls, and with those of earlier calls by the same callers.
    pub(in crate::store) fn write_changes(mut self, connection: &mut Connection) -> Result<(), StoreError> {
        for (organization_id, number, began) in std::mem::take(&mut self.callers) {
            settling::of_later_call(connection, &mut self, organization_id, &number, began)?;
        }
        self.leave_lost_hours(connection)?;
        self.write(connection)
    }

    /// Writes the marks.
    pub(super) fn write(self, connection: &mut Connection) -> Result<(), StoreError> {
        let row = |(organization_id, at): (OrganizationId, UnixMs)| {
            (
                figure_marks::id.eq(world::new_id().to_string()),
                figure_marks::organization_id.eq(organization_id.to_string()),
                figure_marks::at.eq(at.to_utc().naive_utc()),
            )
        };
        let rows: Vec<_> = self.quarters.into_iter().map(row).collect();
        match connection {
            Connection::Sqlite(sqlite) => {
                for row in rows {
                    diesel::insert_into(figure_marks::table).values(row).execute(sqlite)?;
                }
            }
            Connection::Postgres(postgres) => {
                let mut rows = rows.into_iter().peekable();
                while rows.peek().is_some() {
                    let some: Vec<_> = rows.by_ref().take(AT_ONCE).collect();
                    diesel::insert_into(figure_marks::table).values(some).execute(postgres)?;
                }
            }
        }
        Ok(())
    }
}

/// Tells whether both add the same to the figures, as far as that is known without counting.
fn counts_alike(before: &Call, after: &Call) -> bool {
    before.state == after.state
        && before.answered_at == after.answered_at
        && before.ended_at == after.ended_at
        && before.hangup_cause == after.hangup_cause
        && before.cost_micros == after.cost_micros
        && before.provider == after.provider
        && (&before.from, &before.to) == (&after.from, &after.to)
        && before.agents == after.agents
        // Without a tally, anything may have changed.
        && after.tally.is_some()
        && before.tally == after.tally
}

/// Marks the begin of a call for which something was written outside its journal.
pub(in crate::store) fn of_call_id(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
) -> Result<(), StoreError> {
    let began: Option<NaiveDateTime> = calls::table
        .find(call_id.to_string())
        .filter(calls::organization_id.eq(organization_id.to_string()))
        .select(calls::started_at)
        .first(connection)
        .optional()?;
    let mut marks = Marks::default();
    if let Some(began) = began {
        marks.at(organization_id, began.and_utc().into());
    }
    marks.write_changes(connection)
}
