//! When a further try is made: at the hour at which the people of a campaign answer.

use chrono::NaiveDateTime;
use cordboard_campaigns::attempt::Outcome;
use cordboard_campaigns::best_hour::Hourly;
use cordboard_campaigns::callee::Callee;
use cordboard_campaigns::campaign::{Campaign, Contact};
use cordboard_campaigns::hours::Hours;
use cordboard_schema::phone::E164;
use cordboard_schema::time::UnixMs;
use cordboard_tables::tables::attempts;
use diesel::prelude::*;

use super::rows::unix;
use crate::store::{Connection, StoreError};

/// The newest calls of each outcome that are read.
const LEARNED_OF_OUTCOME: usize = 500;

/// The moment from this one on at which a contact is tried again, behind this outcome. Somebody whose line was busy is there, and is tried once the
/// pause is over.
pub(super) fn from(
    connection: &mut Connection,
    campaign: &Campaign,
    contact: &Contact,
    outcome: Outcome,
    from: UnixMs,
) -> Result<UnixMs, StoreError> {
    let rules = &campaign.settings.rules;
    if !rules.retries.best_hour || !matches!(outcome, Outcome::NoAnswer | Outcome::Machine) {
        return Ok(from);
    }
    let Callee { rule, zones } = Callee::of(&contact.number);
    let said = contact.zone.map(|zone| [zone]);
    let zones = said.as_ref().map_or(zones, |zone| zone.as_slice());
    Ok(hourly(connection, campaign)?.best(from, &Hours { rule, zones, campaign: &rules.hours }))
}

/// A call's number, when it was made, and when it was over.
type RangRow = (String, NaiveDateTime, NaiveDateTime);

/// The newest calls, by their hours. Calls of one outcome reach farther back than those of another that is more frequent: what was over before the
/// oldest of these counts nowhere, else hours of that time would seem to have the rare outcome alone.
fn hourly(connection: &mut Connection, campaign: &Campaign) -> Result<Hourly, StoreError> {
    let mut read = Vec::with_capacity(Hourly::COUNTED.len());
    let mut since: Option<NaiveDateTime> = None;
    for outcome in Hourly::COUNTED {
        let rows: Vec<RangRow> = attempts::table
            .filter(attempts::campaign_id.eq(campaign.id.to_string()))
            .filter(attempts::organization_id.eq(campaign.organization_id.to_string()))
            .filter(attempts::outcome.eq(outcome.as_str()))
            .order(attempts::closed_at.desc())
            .limit(i64::try_from(LEARNED_OF_OUTCOME).unwrap_or(i64::MAX))
            .select((attempts::number, attempts::reserved_at, attempts::closed_at.assume_not_null()))
            .load(connection)?;
        if rows.len() == LEARNED_OF_OUTCOME {
            since = since.max(rows.last().map(|(_, _, closed_at)| *closed_at));
        }
        read.push((outcome, rows));
    }
    let mut hourly = Hourly::default();
    for (outcome, rows) in read {
        let counted = rows.into_iter().filter(|(_, _, closed_at)| Some(*closed_at) >= since);
        for (number, reserved_at, _) in counted {
            if let Ok(number) = number.parse::<E164>() {
                hourly.count(&number, unix(reserved_at), outcome);
            }
        }
    }
    Ok(hourly)
}
