//! Rules for alarms, and the alarms that they raised.

use chrono::NaiveDateTime;
use cordboard_schema::alarm::{ALARMS_RATE, ALARMS_RATE_MS, Alarm, AlarmRules, NewAlarm};
use cordboard_schema::ids::{AlarmId, OrganizationId, UserId};
use cordboard_schema::time::UnixMs;
use cordboard_schema::webhook::WebhookEvent;
use cordboard_tables::rows::BadRow;
use cordboard_tables::tables::{alarm_rules, alarms};
use diesel::prelude::*;

use super::moments::column;
use super::text::kept_text;
use super::{Connection, StoreError, audit, notifications};

/// The column with the rules.
const RULES: &str = "alarm_rules.rules";

/// Result of raising an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Raising {
    /// It was raised.
    Raised,
    /// The rule has already raised an alarm for this call.
    Known,
    /// The organization has reached its limit of recent alarms.
    TooMany,
}

/// Returns the organization's rules; no rules if it has set none.
pub fn rules(connection: &mut Connection, organization_id: OrganizationId) -> Result<AlarmRules, StoreError> {
    let row = alarm_rules::table.find(organization_id.to_string());
    let text: Option<String> = row.select(alarm_rules::rules).first(connection).optional()?;
    let Some(text) = text else { return Ok(AlarmRules::default()) };
    Ok(serde_json::from_str(&text).map_err(|fault| BadRow::new(RULES, fault))?)
}

/// Sets them.
pub fn set_rules(
    connection: &mut Connection,
    organization_id: OrganizationId,
    rules: &AlarmRules,
) -> Result<(), StoreError> {
    let owner = organization_id.to_string();
    let text = serde_json::to_string(rules).map_err(|fault| BadRow::new(RULES, fault))?;
    diesel::delete(alarm_rules::table.find(&owner)).execute(connection)?;
    diesel::insert_into(alarm_rules::table)
        .values((alarm_rules::organization_id.eq(owner), alarm_rules::rules.eq(text)))
        .execute(connection)?;
    Ok(())
}

/// Raises an alarm and notifies its receivers: once for each rule and call, up to a rate for each organization.
pub fn raise(connection: &mut Connection, alarm: &NewAlarm) -> Result<Raising, StoreError> {
    let owner = alarm.organization_id.to_string();
    let known: i64 = alarms::table
        .filter(alarms::call_id.eq(alarm.call_id.to_string()))
        .filter(alarms::rule.eq(&alarm.rule))
        .count()
        .get_result(connection)?;
    if known > 0 {
        return Ok(Raising::Known);
    }
    let since = column(alarm.at - ALARMS_RATE_MS);
    // Alarms of later times were raised while the clock was ahead, and do not count.
    let until = column(alarm.at + ALARMS_RATE_MS);
    let of_late: i64 = alarms::table
        .filter(alarms::organization_id.eq(&owner))
        .filter(alarms::at.gt(since))
        .filter(alarms::at.lt(until))
        .count()
        .get_result(connection)?;
    if of_late >= ALARMS_RATE {
        return Ok(Raising::TooMany);
    }
    diesel::insert_into(alarms::table)
        .values((
            alarms::id.eq(alarm.id.to_string()),
            alarms::organization_id.eq(owner),
            alarms::call_id.eq(alarm.call_id.to_string()),
            alarms::rule.eq(&alarm.rule),
            alarms::detail.eq(kept_text(&alarm.cause.to_string())),
            alarms::at.eq(alarm.at.to_utc().naive_utc()),
        ))
        .execute(connection)?;
    notifications::report(connection, alarm.organization_id, WebhookEvent::AlarmRaised(alarm.into()))?;
    let did = ("alarm.raised", alarm.call_id.to_string(), alarm.rule.clone());
    audit::record_by_system(connection, alarm.organization_id, alarm.at, did)?;
    Ok(Raising::Raised)
}

/// Returns the organization's alarms, newest first: at most `limit` before `before`; with `open`, only those that nobody has acknowledged.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
    open: bool,
    before: Option<AlarmId>,
    limit: i64,
) -> Result<Vec<Alarm>, StoreError> {
    let mut found = alarms::table
        .filter(alarms::organization_id.eq(organization_id.to_string()))
        .order(alarms::id.desc())
        .limit(limit)
        .into_boxed();
    if open {
        found = found.filter(alarms::acknowledged_at.is_null());
    }
    if let Some(before) = before {
        found = found.filter(alarms::id.lt(before.to_string()));
    }
    let rows: Vec<Row> = found.load(connection)?;
    Ok(rows.into_iter().map(alarm_of).collect::<Result<_, BadRow>>()?)
}

/// Acknowledges an alarm. The first user who does so is kept. None if there is no such alarm.
pub fn acknowledge(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: AlarmId,
    (by, at): (Option<UserId>, UnixMs),
) -> Result<Option<Alarm>, StoreError> {
    let mine =
        alarms::table.find(id.to_string()).filter(alarms::organization_id.eq(organization_id.to_string()));
    diesel::update(mine.clone().filter(alarms::acknowledged_at.is_null()))
        .set((
            alarms::acknowledged_at.eq(at.to_utc().naive_utc()),
            alarms::acknowledged_by.eq(by.map(|user| user.to_string())),
        ))
        .execute(connection)?;
    let row: Option<Row> = mine.first(connection).optional()?;
    Ok(row.map(alarm_of).transpose()?)
}

type Row = (String, String, String, String, String, NaiveDateTime, Option<NaiveDateTime>, Option<String>);

fn alarm_of(row: Row) -> Result<Alarm, BadRow> {
    let (id, organization_id, call_id, rule, detail, at, acknowledged_at, acknowledged_by) = row;
    let by = acknowledged_by.map(|user| user.parse());
    Ok(Alarm {
        id: id.parse().map_err(|fault| BadRow::new("alarms.id", fault))?,
        organization_id: organization_id
            .parse()
            .map_err(|fault| BadRow::new("alarms.organization_id", fault))?,
        call_id: call_id.parse().map_err(|fault| BadRow::new("alarms.call_id", fault))?,
        rule,
        detail,
        at: at.and_utc().into(),
        acknowledged_at: acknowledged_at.map(|at| at.and_utc().into()),
        acknowledged_by: by.transpose().map_err(|fault| BadRow::new("alarms.acknowledged_by", fault))?,
    })
}
