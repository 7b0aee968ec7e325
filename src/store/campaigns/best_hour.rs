//! The time of a retry: the hour at which people of a campaign answer.

use cordboard_campaigns::attempt::Outcome;
use cordboard_campaigns::best_hour::{Hourly, Learned, OWN_CALLS_ENOUGH, chooses};
use cordboard_campaigns::campaign::{Campaign, Contact};
use cordboard_schema::time::UnixMs;

use super::hour_sums;
use crate::store::{Connection, StoreError};

/// Returns when a contact is tried again, at `from` or later, after a call with this outcome that ended now.
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

/// Returns the calls from which the hour of a campaign's retries is chosen. Calls of other campaigns are used while it has few of its own.
pub fn learned(connection: &mut Connection, campaign: &Campaign, now: UnixMs) -> Result<Learned, StoreError> {
    let own = hour_sums::own(connection, campaign, now)?;
    let others = match own.all().rang < OWN_CALLS_ENOUGH {
        true => hour_sums::of_organization(connection, campaign.organization_id, now)?.without(&own),
        false => Hourly::default(),
    };
    Ok(Learned { own, others })
}
