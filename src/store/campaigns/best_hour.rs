//! When a further try is made: at the hour at which the people of a campaign answer.

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

/// The newest calls of each outcome that are compared.
const LEARNED_OF_OUTCOME: i64 = 500;

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

fn hourly(connection: &mut Connection, campaign: &Campaign) -> Result<Hourly, StoreError> {
    let mut hourly = Hourly::default();
    for outcome in Hourly::COUNTED {
        let rows: Vec<(String, chrono::NaiveDateTime)> = attempts::table
            .filter(attempts::campaign_id.eq(campaign.id.to_string()))
            .filter(attempts::organization_id.eq(campaign.organization_id.to_string()))
            .filter(attempts::outcome.eq(outcome.as_str()))
            .order(attempts::closed_at.desc())
            .limit(LEARNED_OF_OUTCOME)
            .select((attempts::number, attempts::reserved_at))
            .load(connection)?;
        for (number, reserved_at) in rows {
            if let Ok(number) = number.parse::<E164>() {
                hourly.count(&number, unix(reserved_at), outcome);
            }
        }
    }
    Ok(hourly)
}
