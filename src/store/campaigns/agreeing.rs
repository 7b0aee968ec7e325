//! Times at which callees want to be called again, as agreed with the assistant during a call of a campaign.
//!
//! A contact who is being called has no next call, so `next_at` says whether one was agreed on: then it is later than the reservation of the present
//! call.

use cordboard_campaigns::agreed::{AGREED_DAYS_MAX, CalleeClock, agreed_at};
use cordboard_campaigns::campaign::{Campaign, Contact, ContactState};
use cordboard_campaigns::dialler::CampaignState;
use cordboard_campaigns::judge::Verdict;
use cordboard_campaigns::retries::TRIES_MAX;
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::limits::OUTBOUND_VARIABLES_MAX;
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::BadRow;
use cordboard_tables::tables::contacts;
use diesel::prelude::*;

use super::dialling::{Asked, set, under_way, verdict};
use crate::store::{Connection, StoreError};

/// The contact's variable with the newest note: `{{lead.call_back_note}}`.
const NOTE: &str = "call_back_note";
/// How often a refused time is moved to the next candidate.
const CANDIDATES_MAX: usize = 8;

/// The result of a request to be called again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CalledAgain {
    /// They are called again at this time, in words.
    At(String),
    /// They are not; the reason, in words for the assistant.
    Not(String),
}

/// Stores when the callee of a campaign's call wants to be called again, with a note for that call, if all rules for calls permit a call then. The
/// newest time and note count.
pub fn call_again(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
    (wanted, note): (&str, &str),
    now: UnixMs,
) -> Result<CalledAgain, StoreError> {
    let not = |why: &str| Ok(CalledAgain::Not(why.to_owned()));
    let (attempt, campaign, contact) = match under_way(connection, organization_id, call_id)? {
        Ok(called) => called,
        Err(why) => return not(why),
    };
    // It calls nobody any more, but its calls go on.
    if campaign.state == CampaignState::Stopped {
        return not("the campaign was stopped and calls nobody again: promise no call");
    }
    if !campaign.settings.filter.admits(&contact) {
        return not("the campaign does not include this person any more");
    }
    if contact.tries.saturating_add(1) >= TRIES_MAX {
        return not("this person has been called the maximum number of times");
    }
    let clock = CalleeClock::of_callee(&campaign.settings.rules.hours, contact.zone, &contact.number);
    let at = match agreed_at(wanted, clock, AGREED_DAYS_MAX, now) {
        Ok(at) => at,
        Err(bad) => return not(&bad.to_string()),
    };
    match verdict(connection, &campaign, &contact, Asked::Later, at)? {
        Verdict::Dial => {
            let turn = at.max(attempt.reserved_at + 1);
            set(connection, &contact, (ContactState::Calling, None, turn), now)?;
            let at = clock.in_words(at);
            Ok(CalledAgain::At(match keep_note(connection, &contact, note)? {
                true => at,
                false => format!("{at}, without the note, because there is no room for it"),
            }))
        }
        Verdict::Wait(until) => match admitted_from(connection, &campaign, &contact, until)? {
            Some(until) => {
                let until = clock.in_words(until);
                not(&format!("they may not be called then; the next permitted time is {until}"))
            }
            None => not("they may not be called then: agree on another time"),
        },
        Verdict::Close(_) => not("they may not be called any more"),
    }
}

/// Finds the first time from `from` on at which all rules permit a call, within a limited number of steps. One rule's next time may break another:
/// the day on which a number may be called again may be a Sunday.
fn admitted_from(
    connection: &mut Connection,
    campaign: &Campaign,
    contact: &Contact,
    from: UnixMs,
) -> Result<Option<UnixMs>, StoreError> {
    let mut at = from;
    for _ in 0..CANDIDATES_MAX {
        match verdict(connection, campaign, contact, Asked::Later, at)? {
            Verdict::Dial => return Ok(Some(at)),
            Verdict::Wait(until) => at = until.max(at + 1),
            Verdict::Close(_) => break,
        }
    }
    Ok(None)
}

/// Stores the note in the contact's variables, in place of an earlier one. Returns false if they have the maximum of variables.
fn keep_note(connection: &mut Connection, contact: &Contact, note: &str) -> Result<bool, StoreError> {
    let mut variables = contact.variables.clone();
    let earlier = variables.remove(NOTE);
    if earlier.as_deref().unwrap_or_default() == note {
        return Ok(true);
    }
    if !note.is_empty() {
        if variables.len() >= OUTBOUND_VARIABLES_MAX {
            return Ok(false);
        }
        variables.insert(NOTE.to_owned(), note.to_owned());
    }
    let variables =
        serde_json::to_string(&variables).map_err(|fault| BadRow::new("contacts.variables", fault))?;
    let found = contacts::table
        .find(contact.id.to_string())
        .filter(contacts::organization_id.eq(contact.organization_id.to_string()));
    diesel::update(found).set(contacts::variables.eq(variables)).execute(connection)?;
    Ok(true)
}
