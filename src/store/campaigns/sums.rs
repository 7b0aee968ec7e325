//! Sums of closed attempts, kept in a table of their own, so that pages read some dozens of rows instead of all attempts.
//!
//! Every change of a closed attempt, every closing, and every change of a call's cost or talk time runs within [`around`] or [`around_calls`]: they
//! compute these attempts' sums before and after the change, and add the difference in the same transaction. So one place defines what counts, and
//! repeating a change adds nothing. Sums by hour (`hour_sums.rs`) are kept the same way.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDateTime;
use cordboard_campaigns::attempt::Outcome;
use cordboard_campaigns::campaign::Campaign;
use cordboard_schema::time::UnixMs;
use cordboard_tables::tables::{attempt_sums, attempts, calls, campaigns};
use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::hour_sums::{self, HourColumns, HourKey, HourSum};
use crate::store::moments::column;
use crate::store::{Connection, StoreError};

/// The key of a sum: columns of `attempt_sums`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SumKey {
    campaign_id: String,
    organization_id: String,
    /// Their outcome.
    pub(super) outcome: String,
    /// Their variant; empty if the campaign had one only.
    pub(super) variant: String,
    /// Since when the variants are compared that they count for; 0 if they count in no comparison.
    pub(super) compared_since: NaiveDateTime,
    /// The first detector of mailboxes that reported; empty if none did.
    pub(super) detected_by: String,
    /// Its report.
    pub(super) detected_as: String,
    /// Whether the call contradicted the report.
    pub(super) detection_wrong: bool,
    /// The disposition of their calls; empty if there is none.
    pub(super) disposition_id: String,
    /// The party that chose it; empty if nobody did.
    pub(super) disposition_by: String,
}

/// Sums of some attempts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum {
    /// Number of attempts.
    pub(super) count: i64,
    /// Those whose call has a row.
    pub(super) kept: i64,
    /// Cost of these calls, in millionths of the currency.
    pub(super) cost_micros: i64,
    /// Talk time of these calls in ms.
    pub(super) talk_ms: i64,
}

impl Sum {
    const fn plus(self, other: Self) -> Self {
        Self {
            count: self.count.saturating_add(other.count),
            kept: self.kept.saturating_add(other.kept),
            cost_micros: self.cost_micros.saturating_add(other.cost_micros),
            talk_ms: self.talk_ms.saturating_add(other.talk_ms),
        }
    }

    const fn negative(self) -> Self {
        Self {
            count: self.count.saturating_neg(),
            kept: self.kept.saturating_neg(),
            cost_micros: self.cost_micros.saturating_neg(),
            talk_ms: self.talk_ms.saturating_neg(),
        }
    }
}

/// A contact: campaign, organization, contact.
type Person = (String, String, String);

/// Columns of a closed attempt that form its key.
type KeyColumns = (
    String,
    String,
    String,
    Option<String>,
    Option<NaiveDateTime>,
    Option<String>,
    Option<String>,
    Option<bool>,
    (Option<String>, Option<String>),
);

/// The key, cost and talk time of the attempt's call, if it has a row, and its hour.
type CountedRow = (KeyColumns, (Option<i64>, Option<i64>), HourColumns);

/// The key of a row of `attempt_sums`: outcome, variant, since when it is compared; detector, its report, whether that was wrong; disposition, and
/// who chose it.
type SumRowKey = ((String, String, NaiveDateTime), (String, String, bool), (String, String));

/// The key and the sums.
type SumRow = (SumRowKey, (i64, i64, i64, i64));

/// Sums of some attempts at one moment.
#[derive(Debug, Default)]
struct Counted {
    sums: BTreeMap<SumKey, Sum>,
    hours: BTreeMap<HourKey, HourSum>,
    /// Their contacts on whose calls, of any attempt, somebody talked.
    talked_with: BTreeSet<Person>,
}

/// The sums of a campaign's closed attempts.
pub(super) fn of_campaign(
    connection: &mut Connection,
    campaign: &Campaign,
) -> Result<Vec<(SumKey, Sum)>, StoreError> {
    let rows: Vec<SumRow> = attempt_sums::table
        .filter(attempt_sums::campaign_id.eq(campaign.id.to_string()))
        .filter(attempt_sums::organization_id.eq(campaign.organization_id.to_string()))
        .filter(attempt_sums::count.gt(0_i64))
        .select((
            (
                (attempt_sums::outcome, attempt_sums::variant, attempt_sums::compared_since),
                (attempt_sums::detected_by, attempt_sums::detected_as, attempt_sums::detection_wrong),
                (attempt_sums::disposition_id, attempt_sums::disposition_by),
            ),
            (attempt_sums::count, attempt_sums::kept, attempt_sums::cost_micros, attempt_sums::talk_ms),
        ))
        .load(connection)?;
    let mut sums = Vec::with_capacity(rows.len());
    for (key, (count, kept, cost_micros, talk_ms)) in rows {
        let ((outcome, variant, compared_since), detected, (disposition_id, disposition_by)) = key;
        let (detected_by, detected_as, detection_wrong) = detected;
        let key = SumKey {
            campaign_id: campaign.id.to_string(),
            organization_id: campaign.organization_id.to_string(),
            outcome,
            variant,
            compared_since,
            detected_by,
            detected_as,
            detection_wrong,
            disposition_id,
            disposition_by,
        };
        sums.push((key, Sum { count, kept, cost_micros, talk_ms }));
    }
    Ok(sums)
}

/// The number of contacts of a campaign on whose calls somebody talked.
pub(super) fn contacts_talked(connection: &mut Connection, campaign: &Campaign) -> Result<i64, StoreError> {
    let found: Option<i64> = campaigns::table
        .find(campaign.id.to_string())
        .filter(campaigns::organization_id.eq(campaign.organization_id.to_string()))
        .select(campaigns::contacts_talked)
        .first(connection)
        .optional()?;
    Ok(found.unwrap_or_default())
}

/// Runs a change of these attempts, and adds its effect to the sums.
pub(super) fn around<T>(
    connection: &mut Connection,
    ids: &[String],
    change: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let found = locked(connection, ids)?;
    counting(connection, &found, change)
}

/// The same for a change or deletion of these calls. Calls without a campaign, or whose attempt is still open, don't count.
pub(in crate::store) fn around_calls<T>(
    connection: &mut Connection,
    ids: &[String],
    change: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let mut found = locked(connection, ids)?;
    found.retain(|attempt| attempt.is_closed);
    counting(connection, &found, change)
}

/// An attempt whose row is locked until the end of the transaction.
struct LockedAttempt {
    call_id: String,
    contact_id: String,
    is_closed: bool,
}

/// Locks the attempts. With PostgreSQL, another server that closes an attempt waits for this one, which writes its cost.
fn locked(connection: &mut Connection, ids: &[String]) -> Result<Vec<LockedAttempt>, StoreError> {
    let found = attempts::table.filter(attempts::call_id.eq_any(ids)).order(attempts::call_id).select((
        attempts::call_id,
        attempts::contact_id,
        attempts::outcome,
    ));
    let rows: Vec<(String, String, Option<String>)> = match connection {
        Connection::Sqlite(sqlite) => found.load(sqlite)?,
        Connection::Postgres(postgres) => found.for_update().load(postgres)?,
    };
    let read = |(call_id, contact_id, outcome): (String, String, Option<String>)| LockedAttempt {
        call_id,
        contact_id,
        is_closed: outcome.is_some(),
    };
    Ok(rows.into_iter().map(read).collect())
}

fn counting<T>(
    connection: &mut Connection,
    found: &[LockedAttempt],
    change: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    if found.is_empty() {
        return change(connection);
    }
    let before = counted(connection, found)?;
    let done = change(connection)?;
    let after = counted(connection, found)?;
    write(connection, before, after)?;
    Ok(done)
}

/// The present sums of these attempts. Open and deleted attempts count nothing.
fn counted(connection: &mut Connection, found: &[LockedAttempt]) -> Result<Counted, StoreError> {
    let their_calls =
        calls::id.eq(attempts::call_id).and(calls::organization_id.eq(attempts::organization_id));
    let rows: Vec<CountedRow> = attempts::table
        .left_join(calls::table.on(their_calls))
        .filter(attempts::call_id.eq_any(found.iter().map(|attempt| &attempt.call_id)))
        .filter(attempts::outcome.is_not_null())
        .select((
            (
                attempts::campaign_id,
                attempts::organization_id,
                attempts::outcome.assume_not_null(),
                attempts::variant,
                attempts::compared_since,
                attempts::detected_by,
                attempts::detected_as,
                attempts::detection_wrong,
                (attempts::disposition_id, attempts::disposition_by),
            ),
            (calls::cost_micros.nullable(), calls::talk_ms.nullable()),
            (attempts::reserved_at, attempts::callee_hour, attempts::callee_try),
        ))
        .load(connection)?;
    let mut counted = Counted::default();
    for (key, (cost, talk), hour) in rows {
        let (campaign_id, organization_id, outcome, variant, since, by, detected_as, is_wrong, disposition) =
            key;
        let (disposition_id, disposition_by) = disposition;
        if let Some((key, share)) = hour_sums::share(&campaign_id, &organization_id, &outcome, hour) {
            for key in [key.of_organization(), key] {
                let sum = counted.hours.entry(key).or_default();
                *sum = sum.plus(share);
            }
        }
        let key = SumKey {
            campaign_id,
            organization_id,
            outcome,
            variant: variant.unwrap_or_default(),
            compared_since: since.unwrap_or_else(|| column(UnixMs(0))),
            detected_by: by.unwrap_or_default(),
            detected_as: detected_as.unwrap_or_default(),
            detection_wrong: is_wrong.unwrap_or_default(),
            disposition_id: disposition_id.unwrap_or_default(),
            disposition_by: disposition_by.unwrap_or_default(),
        };
        let one = Sum {
            count: 1,
            kept: i64::from(cost.is_some()),
            cost_micros: cost.unwrap_or_default(),
            talk_ms: talk.unwrap_or_default(),
        };
        let sum = counted.sums.entry(key).or_default();
        *sum = sum.plus(one);
    }
    let people: BTreeSet<&String> = found.iter().map(|attempt| &attempt.contact_id).collect();
    let talked_with: Vec<Person> = attempts::table
        .filter(attempts::contact_id.eq_any(people))
        .filter(attempts::outcome.eq(Outcome::Talked.as_str()))
        .select((attempts::campaign_id, attempts::organization_id, attempts::contact_id))
        .load(connection)?;
    counted.talked_with = talked_with.into_iter().collect();
    Ok(counted)
}

/// Adds the difference, always in the same order, so that servers that change the same rows can't deadlock.
fn write(connection: &mut Connection, before: Counted, after: Counted) -> Result<(), StoreError> {
    let mut changes = after.sums;
    for (key, sum) in before.sums {
        let change = changes.entry(key).or_default();
        *change = change.plus(sum.negative());
    }
    for (key, change) in changes {
        if change != Sum::default() {
            add(connection, &key, change)?;
        }
    }
    let mut hours = after.hours;
    for (key, sum) in before.hours {
        let change = hours.entry(key).or_default();
        *change = change.plus(sum.negative());
    }
    for (key, change) in hours {
        if change != HourSum::default() {
            hour_sums::add(connection, &key, change)?;
        }
    }
    let mut people: BTreeMap<(&String, &String), i64> = BTreeMap::new();
    for (campaign_id, organization_id, _) in after.talked_with.difference(&before.talked_with) {
        *people.entry((campaign_id, organization_id)).or_default() += 1;
    }
    for (campaign_id, organization_id, _) in before.talked_with.difference(&after.talked_with) {
        *people.entry((campaign_id, organization_id)).or_default() -= 1;
    }
    for ((campaign_id, organization_id), change) in people {
        let campaign =
            campaigns::table.find(campaign_id).filter(campaigns::organization_id.eq(organization_id));
        diesel::update(campaign)
            .set(campaigns::contacts_talked.eq(campaigns::contacts_talked + change))
            .execute(connection)?;
    }
    Ok(())
}

/// Adds a change to a column, limited to the largest number and its negative. PostgreSQL would refuse a larger number, and with it the change itself;
/// SQLite would store a fraction.
macro_rules! saturating_plus {
    ($column:expr, $change:expr) => {{
        let (most, least, change): (i64, i64, i64) = (i64::MAX, -i64::MAX, $change);
        case_when($column.gt(most - change.max(0)), most.into_sql::<BigInt>())
            .when($column.lt(least - change.min(0)), least.into_sql::<BigInt>())
            .otherwise($column + change)
    }};
}

/// Adds a change to a sum, in one statement, because two servers may insert its row at the same time.
fn add(connection: &mut Connection, key: &SumKey, change: Sum) -> Result<(), StoreError> {
    let of_key = (
        attempt_sums::campaign_id,
        attempt_sums::organization_id,
        attempt_sums::outcome,
        attempt_sums::variant,
        attempt_sums::compared_since,
        attempt_sums::detected_by,
        attempt_sums::detected_as,
        attempt_sums::detection_wrong,
        attempt_sums::disposition_id,
        attempt_sums::disposition_by,
    );
    let add = diesel::insert_into(attempt_sums::table)
        .values((
            attempt_sums::campaign_id.eq(&key.campaign_id),
            attempt_sums::organization_id.eq(&key.organization_id),
            attempt_sums::outcome.eq(&key.outcome),
            attempt_sums::variant.eq(&key.variant),
            attempt_sums::compared_since.eq(key.compared_since),
            attempt_sums::detected_by.eq(&key.detected_by),
            attempt_sums::detected_as.eq(&key.detected_as),
            attempt_sums::detection_wrong.eq(key.detection_wrong),
            attempt_sums::disposition_id.eq(&key.disposition_id),
            attempt_sums::disposition_by.eq(&key.disposition_by),
            attempt_sums::count.eq(change.count),
            attempt_sums::kept.eq(change.kept),
            attempt_sums::cost_micros.eq(change.cost_micros),
            attempt_sums::talk_ms.eq(change.talk_ms),
        ))
        .on_conflict(of_key)
        .do_update()
        .set((
            attempt_sums::count.eq(attempt_sums::count + change.count),
            attempt_sums::kept.eq(attempt_sums::kept + change.kept),
            attempt_sums::cost_micros.eq(saturating_plus!(attempt_sums::cost_micros, change.cost_micros)),
            attempt_sums::talk_ms.eq(saturating_plus!(attempt_sums::talk_ms, change.talk_ms)),
        ));
    match connection {
        Connection::Sqlite(sqlite) => add.execute(sqlite)?,
        Connection::Postgres(postgres) => add.execute(postgres)?,
    };
    Ok(())
}
