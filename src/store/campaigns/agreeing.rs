//! A time at which a callee wants to be called again. They agree on it with the assistant, on a call of a campaign.
//!
//! A contact who is being called has no turn of their own, so their next turn says whether one was agreed on: it is behind the
//! reservation of the call then.

use cordboard_campaigns::agreed::{AGREED_DAYS_MAX, CalleeClock, agreed_at};
use cordboard_campaigns::callee::Callee;
use cordboard_campaigns::campaign::{Campaign, Contact, ContactState};
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

/// The fact of a contact that is the note of the newest time: `{{lead.call_back_note}}`.
const NOTE: &str = "call_back_note";
/// How often a time that is refused is moved on to the next that may do.
const LOOKS_MAX: usize = 8;

/// Result of a wish to be called again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CalledAgain {
    /// They are called again at this time, in words.
    At(String),
    /// They are not; why, in words for the assistant.
    Not(String),
}

/// Notes when the callee of a campaign's call wants to be called again, and a note for whoever has that call, if all that holds for every call
/// admits one then. The newest time and its note count.
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
    if !campaign.settings.filter.admits(&contact) {
        return not("the campaign's owner has left them out meanwhile");
    }
    if contact.tries.saturating_add(1) >= TRIES_MAX {
        return not("this person was called as often as may be");
    }
    let hours = &campaign.settings.rules.hours;
    let clock = CalleeClock::of_zones(&hours.zones(contact.zone, Callee::of(&contact.number).zones));
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
                false => format!("{at}, without the note, for which there is no room"),
            }))
        }
        Verdict::Wait(until) => match admitted_from(connection, &campaign, &contact, until)? {
            Some(until) => {
                let until = clock.in_words(until);
                not(&format!("they may not be called then; the next time at which they may is {until}"))
            }
            None => not("they may not be called then: agree on another time"),
        },
        Verdict::Close(_) => not("they may not be called any more"),
    }
}

/// The first time from this one on at which all that holds for every call admits one, as far as it is looked for. The day on which a number may be
/// called once more may be a Sunday, or its hour in the night: that time would be refused, too.
fn admitted_from(
    connection: &mut Connection,
    campaign: &Campaign,
    contact: &Contact,
    from: UnixMs,
) -> Result<Option<UnixMs>, StoreError> {
    let mut at = from;
    for _ in 0..LOOKS_MAX {
        match verdict(connection, campaign, contact, Asked::Later, at)? {
            Verdict::Dial => return Ok(Some(at)),
            Verdict::Wait(until) => at = until.max(at + 1),
            Verdict::Close(_) => break,
        }
    }
    Ok(None)
}

/// Keeps the note among what is known of the contact, in the place of an earlier one. False where they have as many facts as a call may have.
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
