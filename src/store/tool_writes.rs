//! The records that assistants' tools write: leads, appointments, text messages, events and to-dos; and callbacks, which calls request by themselves.
//!
//! A run is one transaction that also records that it was done. If the same run is requested again, it finds its answer and writes nothing.

use chrono::{DateTime, TimeDelta, Utc};
use cordboard_actors::messages::{WriteDone, WriteForCall};
use cordboard_actors::tools::ToolWrite;
use cordboard_actors::world;
use cordboard_schema::call::Direction;
use cordboard_schema::changed::Thing;
use cordboard_schema::customer::{Customer, CustomerChange};
use cordboard_schema::ids::{AppointmentId, CallId, CustomerId, OrganizationId};
use cordboard_schema::known_caller::{KnownCaller, OwnNumbers};
use cordboard_schema::limits::{TOOL_WRITES_PER_CALL_MAX, TOOL_WRITES_PER_DAY_MAX};
use cordboard_schema::phone::E164;
use cordboard_schema::time::UnixMs;
use cordboard_schema::written::Written;
use cordboard_tables::rows::BadRow;
use cordboard_tables::tables::{calls, tool_writes};
use diesel::prelude::*;

use super::{Connection, StoreError, TextSettings, changes, customers, phone_numbers};

mod activities;
mod callbacks;
mod estimates;
mod leads;
mod opt_outs;
mod texts;

/// The result of a run: what was done, or why nothing was, in words for the assistant. In the second case nothing is written.
pub(super) type Outcome = Result<WriteDone, String>;

/// The call that something is written for.
pub(super) struct ForCall {
    pub(super) organization_id: OrganizationId,
    pub(super) call_id: CallId,
    /// The caller, if their number identifies them.
    pub(super) caller: Option<KnownCaller>,
    /// The numbers that don't identify a caller.
    pub(super) own: OwnNumbers,
    /// How text messages are sent, if they can be.
    pub(super) texts: Option<TextSettings>,
    pub(super) now: DateTime<Utc>,
}

impl ForCall {
    pub(super) fn at(&self) -> UnixMs {
        self.now.into()
    }

    /// The number of the person who talks with the assistant.
    pub(super) fn phone(&self) -> Option<E164> {
        self.caller.as_ref().map(|caller| caller.number().clone())
    }
}

/// Does what a tool requests, once.
///
/// # Errors
/// The database refused. A unique violation means that another request has just written the same; a retry sees it.
pub fn write(
    connection: &mut Connection,
    request: WriteForCall,
    (texts, configured): (Option<TextSettings>, &OwnNumbers),
    now: DateTime<Utc>,
) -> Result<Outcome, StoreError> {
    let WriteForCall { organization_id, call_id, effect, write } = request;
    let (organization, call) = (organization_id.to_string(), call_id.to_string());
    let run = effect;
    let effect = i64::try_from(effect.0).map_err(|fault| BadRow::new("tool_writes.effect_id", fault))?;
    let known: Option<String> = tool_writes::table
        .find((&call, effect))
        .filter(tool_writes::organization_id.eq(&organization))
        .select(tool_writes::written)
        .first(connection)
        .optional()?;
    if let Some(known) = known {
        let done = serde_json::from_str(&known).map_err(|fault| BadRow::new("tool_writes.written", fault))?;
        return Ok(Ok(done));
    }
    let own = phone_numbers::own_numbers(connection, organization_id, configured)?;
    let Some(caller) = party(connection, organization_id, call_id, &own)? else {
        return Ok(Err("the call is not known here".to_owned()));
    };
    // A request not to be called again is accepted however much was written.
    let is_by_tool = !matches!(write, ToolWrite::Callback(_) | ToolWrite::DoNotCall(_));
    if is_by_tool && let Some(refusal) = too_many(connection, &organization, &call, now)? {
        return Ok(Err(refusal));
    }
    let call_of = ForCall { organization_id, call_id, caller, own, texts, now };
    let outcome = match write {
        ToolWrite::Lead(words) => leads::write(connection, &call_of, words)?,
        ToolWrite::Estimate(request) => estimates::write(connection, &call_of, request)?,
        ToolWrite::Text(request) => texts::write(connection, &call_of, request)?,
        ToolWrite::DoNotCall(request) => opt_outs::write(connection, &call_of, request)?,
        ToolWrite::CreateActivity(new) => activities::create(connection, &call_of, new)?,
        ToolWrite::ChangeActivity { activity_type, id, change } => {
            activities::change(connection, &call_of, activity_type, id, change)?
        }
        ToolWrite::Callback(request) => callbacks::write(connection, &call_of, run, request)?,
    };
    if let Ok(done) = outcome.as_ref()
        && let Some(written) = done.written
    {
        let (what, id) = shown_as(written, call_id);
        changes::note(organization_id, what, id);
        let written =
            serde_json::to_string(done).map_err(|fault| BadRow::new("tool_writes.written", fault))?;
        let row = (
            tool_writes::call_id.eq(call),
            tool_writes::effect_id.eq(effect),
            tool_writes::organization_id.eq(organization),
            tool_writes::at.eq(now.naive_utc()),
            tool_writes::written.eq(written),
        );
        diesel::insert_into(tool_writes::table).values(row).execute(connection)?;
    }
    Ok(outcome)
}

/// The kind and id of what pages show of a written row.
fn shown_as(written: Written, call_id: CallId) -> (Thing, String) {
    match written {
        Written::LeadCreated(id) | Written::LeadUpdated(id) => (Thing::Lead, id.to_string()),
        Written::AppointmentHeld(id)
        | Written::AppointmentBooked(id)
        | Written::AppointmentMoved(id)
        | Written::AppointmentCancelled(id) => (Thing::Appointment, id.to_string()),
        Written::TextQueued(id) => (Thing::Message, id.to_string()),
        // The number itself is not included: the user may not have access to the list.
        Written::NumberSuppressed => (Thing::Suppression, call_id.to_string()),
        Written::ActivityCreated(id) | Written::ActivityUpdated(id) | Written::ActivityCompleted(id) => {
            (Thing::Activity, id.to_string())
        }
    }
}

/// The other party of a call, if their number identifies them, so that they can be called back. `None` if the organization has no such call.
pub(super) fn party(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
    own: &OwnNumbers,
) -> Result<Option<Option<KnownCaller>>, StoreError> {
    let row: Option<(String, Option<String>, Option<String>)> = calls::table
        .find(call_id.to_string())
        .filter(calls::organization_id.eq(organization_id.to_string()))
        .select((calls::direction, calls::from_party, calls::to_party))
        .first(connection)
        .optional()?;
    Ok(row.map(|(direction, from, to)| {
        let party = if direction == Direction::Outbound.as_str() { to } else { from };
        party.and_then(|party| KnownCaller::parse(&party, own))
    }))
}

/// The appointments that a call has held, confirmed, moved or cancelled, also those of earlier calls. The last one that it did something with comes
/// first; one may be among them several times.
pub(super) fn appointments_written(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
) -> Result<Vec<AppointmentId>, StoreError> {
    let rows: Vec<String> = tool_writes::table
        .filter(tool_writes::call_id.eq(call_id.to_string()))
        .filter(tool_writes::organization_id.eq(organization_id.to_string()))
        .order(tool_writes::effect_id.desc())
        .select(tool_writes::written)
        .load(connection)?;
    let mut found = Vec::new();
    for row in rows {
        let done: WriteDone =
            serde_json::from_str(&row).map_err(|fault| BadRow::new("tool_writes.written", fault))?;
        if let Some(
            Written::AppointmentHeld(id)
            | Written::AppointmentBooked(id)
            | Written::AppointmentMoved(id)
            | Written::AppointmentCancelled(id),
        ) = done.written
        {
            found.push(id);
        }
    }
    Ok(found)
}

/// Why a call may not write more.
fn too_many(
    connection: &mut Connection,
    organization: &str,
    call: &str,
    now: DateTime<Utc>,
) -> Result<Option<String>, StoreError> {
    let of_call: i64 =
        tool_writes::table.filter(tool_writes::call_id.eq(call)).count().get_result(connection)?;
    if of_call >= TOOL_WRITES_PER_CALL_MAX {
        return Ok(Some(format!(
            "this call has written {TOOL_WRITES_PER_CALL_MAX} things, and may write no more"
        )));
    }
    let day = UnixMs::from(now).utc_day().to_utc();
    let of_day: i64 = tool_writes::table
        .filter(tool_writes::organization_id.eq(organization))
        .filter(tool_writes::at.ge(day.naive_utc()))
        .filter(tool_writes::at.lt((day + TimeDelta::days(1)).naive_utc()))
        .count()
        .get_result(connection)?;
    Ok((of_day >= TOOL_WRITES_PER_DAY_MAX)
        .then(|| "the limit of entries for today is reached: take a message instead".to_owned()))
}

/// The customer with that number, who is created if there is none; none for a number that does not identify a caller. Known data is not overwritten,
/// because the caller need not be who they say.
pub(super) fn customer(
    connection: &mut Connection,
    call: &ForCall,
    phone: Option<&E164>,
    name: &str,
    address: &str,
) -> Result<Option<CustomerId>, StoreError> {
    let phone = phone.and_then(|phone| KnownCaller::at(phone.clone(), &call.own));
    let Some(caller) = phone else { return Ok(None) };
    let given = |known: &str, said: &str| (known.is_empty() && !said.is_empty()).then(|| said.to_owned());
    let Some(mut known) = customers::known_as(connection, call.organization_id, &caller)? else {
        let id = CustomerId(world::new_id());
        let phone = Some(caller.number().clone());
        let mut made = Customer::new(id, call.organization_id, phone, call.at());
        made.change(
            CustomerChange {
                name: given("", name),
                address: given("", address),
                ..CustomerChange::default()
            },
            call.at(),
        );
        customers::create(connection, &made)?;
        changes::note(call.organization_id, Thing::Customer, id);
        return Ok(Some(id));
    };
    let change = CustomerChange {
        name: given(&known.name, name),
        address: given(&known.address, address),
        ..CustomerChange::default()
    };
    if change != CustomerChange::default() {
        let read = known.updated_at;
        known.change(change, read.next_change(call.at()));
        // If two requests fill it in at the same time, either result will do.
        customers::update(connection, &known, read)?;
        changes::note(call.organization_id, Thing::Customer, known.id);
    }
    Ok(Some(known.id))
}
