//! A time at which a callee wants to be called again. They agree on it with the assistant, on a call of a campaign.
//!
//! A contact who is being called has no turn of their own, so their next turn says whether one was agreed on: it is behind the
//! reservation of the call then.

use cordboard_campaigns::agreed::{agreed_at, in_words};
use cordboard_campaigns::callee::Callee;
use cordboard_campaigns::campaign::ContactState;
use cordboard_campaigns::judge::Verdict;
use cordboard_campaigns::retries::TRIES_MAX;
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::time::UnixMs;

use super::dialling::{set, under_way, verdict};
use crate::store::{Connection, StoreError};

/// Result of a wish to be called again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CalledAgain {
    /// They are called again at this time, in words.
    At(String),
    /// They are not; why, in words for the assistant.
    Not(String),
}

/// Notes when the callee of a campaign's call wants to be called again, if all that holds for every call admits one then. The
/// newest time counts.
pub fn call_again(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
    wanted: &str,
    now: UnixMs,
) -> Result<CalledAgain, StoreError> {
    let not = |why: &str| Ok(CalledAgain::Not(why.to_owned()));
    let (attempt, campaign, contact) = match under_way(connection, organization_id, call_id)? {
        Ok(called) => called,
        Err(why) => return not(why),
    };
    if !campaign.settings.filter.admits(&contact) {
        return not("the campaign's owner has left them out meanwhile");
    }
    if contact.tries.saturating_add(1) >= TRIES_MAX {
        return not("this person was called as often as may be");
    }
    let said = contact.zone.map(|zone| [zone]);
    let zones = said.as_ref().map_or(Callee::of(&contact.number).zones, |zone| zone.as_slice());
    let at = match agreed_at(wanted, zones, now) {
        Ok(at) => at,
        Err(bad) => return not(&bad.to_string()),
    };
    match verdict(connection, &campaign, &contact, None, at)? {
        Verdict::Dial => {
            let turn = at.max(attempt.reserved_at + 1);
            set(connection, &contact, (ContactState::Calling, None, turn), now)?;
            Ok(CalledAgain::At(in_words(at, zones)))
        }
        Verdict::Wait(until) => {
            let until = in_words(until, zones);
            not(&format!("they may not be called then; the next time at which they may is {until}"))
        }
        Verdict::Close(_) => not("they may not be called any more"),
    }
}
