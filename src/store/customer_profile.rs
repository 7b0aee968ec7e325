//! Knowledge about a call and its caller, for the person who is asked to take it.

use std::collections::BTreeMap;

use cordboard_actors::world;
use cordboard_schema::appointment::Appointment;
use cordboard_schema::call::Direction;
use cordboard_schema::customer::Customer;
use cordboard_schema::customer_profile::{EarlierCall, KnownOfCall, ProfileCustomer, other_party};
use cordboard_schema::fold::{Call, Role, TranscriptItem};
use cordboard_schema::ids::{CallId, CustomerId, OrganizationId};
use cordboard_schema::known_caller::{KnownCaller, OwnNumbers};
use cordboard_schema::limits::{PROFILE_ACTIVITIES_MAX, PROFILE_EARLIER_CALLS_MAX, PROFILE_LINES_MAX};
use cordboard_schema::said::is_without_words;
use cordboard_tables::rows::TranscriptRow;
use cordboard_tables::tables::transcript_items;
use diesel::prelude::*;

use super::tool_writes::appointments_written;
use super::{
    ActivityQuery, AppointmentQuery, Connection, LeadQuery, StoreError, activities, appointments, calls,
    campaigns, customers, leads, phone_numbers,
};

/// Lines of an earlier call that are searched for the caller's last words: the newest may be the assistant's, or were not transcribed.
const LAST_LINES: i64 = 5;

/// Returns what is known of a call; `None` if the organization has no call with that id.
pub fn known_of_call(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
    configured: &OwnNumbers,
) -> Result<Option<KnownOfCall>, StoreError> {
    let Some(call) = calls::find(connection, organization_id, call_id)? else { return Ok(None) };
    let own = phone_numbers::own_numbers(connection, organization_id, configured)?;
    let caller = other_party(&call).and_then(|party| KnownCaller::parse(party, &own));
    let (by_number, earlier) = match &caller {
        Some(caller) => {
            let known = customers::known_as(connection, organization_id, caller)?;
            let numbers = match &known {
                Some(known) => customers::spelled_numbers(connection, known)?,
                None => customers::spelled_number(connection, organization_id, caller.number())?,
            };
            let of_caller: Vec<_> =
                numbers.into_iter().filter_map(|number| KnownCaller::at(number, &own)).collect();
            let earlier = earlier(connection, &call, &of_caller)?;
            (known, earlier)
        }
        None => (None, Vec::new()),
    };
    let mut appointments = made_on(connection, organization_id, call_id)?;
    let of_call = LeadQuery { call_id: Some(call_id), limit: 1, ..LeadQuery::default() };
    let lead = leads::list(connection, organization_id, of_call)?.pop();
    let written_for = lead.as_ref().and_then(|lead| lead.customer_id);
    let written_for = written_for.or_else(|| appointments.iter().find_map(|made| made.customer_id));
    let said_name = lead.map(|lead| lead.name).filter(|name| !name.is_empty());
    let booked_for = || appointments.iter().map(|made| made.name.clone()).find(|name| !name.is_empty());
    let said_name = said_name.or_else(booked_for);
    // The names of those were not said on this call.
    add_changed_on(connection, (organization_id, call_id), &mut appointments)?;
    let contact = match call.direction {
        Direction::Outbound => campaigns::contact_of_call(connection, organization_id, call_id)?,
        Direction::Inbound | Direction::Internal => None,
    };
    Ok(Some(KnownOfCall {
        at: world::now().into(),
        lines: newest_lines(connection, organization_id, call_id, PROFILE_LINES_MAX as i64)?,
        activities: of_one_call(connection, organization_id, call_id)?,
        by_words: customer(connection, organization_id, written_for)?,
        said_name: said_name.unwrap_or_default(),
        earlier,
        contact: contact.map_or_else(BTreeMap::new, |contact| contact.variables),
        call,
        appointments,
        by_number,
    }))
}

/// Returns the customer of a profile from the present records: by id, or for a new caller by number.
pub fn customer_of_profile(
    connection: &mut Connection,
    organization_id: OrganizationId,
    about: &ProfileCustomer,
    configured: &OwnNumbers,
) -> Result<Option<Customer>, StoreError> {
    // A customer who was merged into another one meanwhile is found by number.
    if let Some(id) = about.id
        && let Some(found) = customers::find(connection, organization_id, id)?
    {
        return Ok(Some(found));
    }
    let own = phone_numbers::own_numbers(connection, organization_id, configured)?;
    match KnownCaller::parse(&about.phone, &own) {
        Some(caller) => customers::known_as(connection, organization_id, &caller),
        None => Ok(None),
    }
}

fn customer(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: Option<CustomerId>,
) -> Result<Option<Customer>, StoreError> {
    match id {
        Some(id) => customers::find(connection, organization_id, id),
        None => Ok(None),
    }
}

/// The appointments that were made on a call.
fn made_on(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
) -> Result<Vec<Appointment>, StoreError> {
    let of_call = AppointmentQuery {
        call_id: Some(call_id),
        limit: PROFILE_ACTIVITIES_MAX as i64,
        ..AppointmentQuery::default()
    };
    appointments::list(connection, organization_id, of_call)
}

/// Adds the appointments of earlier calls that a call has moved or cancelled.
fn add_changed_on(
    connection: &mut Connection,
    (organization_id, call_id): (OrganizationId, CallId),
    appointments: &mut Vec<Appointment>,
) -> Result<(), StoreError> {
    for id in appointments_written(connection, organization_id, call_id)? {
        if appointments.iter().all(|known| known.id != id) {
            appointments.extend(appointments::find(connection, organization_id, id)?);
        }
    }
    Ok(())
}

fn of_one_call(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
) -> Result<Vec<cordboard_schema::activity::Activity>, StoreError> {
    let limit = PROFILE_ACTIVITIES_MAX as i64;
    let of_call = ActivityQuery { call_id: Some(call_id), limit, ..ActivityQuery::default() };
    activities::list(connection, organization_id, of_call)
}

/// The last lines of a call's transcript, in order.
fn newest_lines(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
    limit: i64,
) -> Result<Vec<TranscriptItem>, StoreError> {
    let mut rows = transcript_items::table
        .filter(transcript_items::organization_id.eq(organization_id.to_string()))
        .filter(transcript_items::call_id.eq(call_id.to_string()))
        .order(transcript_items::seq.desc())
        .limit(limit)
        .select(TranscriptRow::as_select())
        .load(connection)?;
    rows.reverse();
    Ok(rows.into_iter().map(TranscriptRow::into_item).collect::<Result<_, _>>()?)
}

/// The last calls with the same caller before `call`, newest first.
fn earlier(
    connection: &mut Connection,
    call: &Call,
    caller: &[KnownCaller],
) -> Result<Vec<EarlierCall>, StoreError> {
    let before = calls::with_caller(connection, call, caller, PROFILE_EARLIER_CALLS_MAX as i64)?;
    let earlier = before.iter().map(|call| {
        let lines = newest_lines(connection, call.organization_id, call.id, LAST_LINES)?;
        let has_words = |line: &&TranscriptItem| line.role == Role::Caller && !is_without_words(&line.text);
        let last = lines.iter().rev().find(has_words);
        let activities = of_one_call(connection, call.organization_id, call.id)?;
        let mut appointments = made_on(connection, call.organization_id, call.id)?;
        add_changed_on(connection, (call.organization_id, call.id), &mut appointments)?;
        let (words, recorded) = (last.map(|line| line.text.as_str()), (&*activities, &*appointments));
        Ok(EarlierCall::of(call, words, recorded, world::now().into()))
    });
    earlier.collect()
}
