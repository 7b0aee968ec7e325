//! When a further try is made: at the hour at which the people of a campaign answer.

use cordboard_campaigns::attempt::Outcome;
use cordboard_campaigns::best_hour::{Hourly, Learned, OWN_CALLS_ENOUGH, chooses};
use cordboard_campaigns::campaign::{Campaign, Contact};
use cordboard_schema::time::UnixMs;

use super::hour_sums;
use crate::store::{Connection, StoreError};

/// The moment from this one on at which a contact is tried again, behind a call with this outcome that is over now.
pub(super) fn from(
    connection: &mut Connection,
    campaign: &Campaign,
    contact: &Contact,
    outcome: Outcome,
    (from, now): (UnixMs, UnixMs),
) -> Result<UnixMs, StoreError> {
    let rules = &campaign.settings.rules;
    if !chooses(&rules.retries, outcome) {
        return Ok(from);
    }
    let learned = learned(connection, campaign, now)?;
    Ok(learned.again(from, &contact.number, contact.zone, &rules.hours))
}

/// Calls by which the hour of a campaign's further tries is chosen at this moment. Those of other campaigns are read while it has few of its own.
pub fn learned(connection: &mut Connection, campaign: &Campaign, now: UnixMs) -> Result<Learned, StoreError> {
    let own = hour_sums::own(connection, campaign, now)?;
    let others = match own.all().rang < OWN_CALLS_ENOUGH {
        true => hour_sums::of_organization(connection, campaign.organization_id, now)?.without(&own),
        false => Hourly::default(),
    };
    Ok(Learned { own, others })
}
