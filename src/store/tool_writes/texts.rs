//! Text messages of a call: written down here as waiting, and sent by `crate::texts`.

use chrono::TimeDelta;
use cordboard_actors::messages::Done;
use cordboard_actors::tools::{TextWish, TextWords};
use cordboard_actors::world;
use cordboard_schema::appointment::{Appointment, AppointmentStatus};
use cordboard_schema::call::{Direction, LegKind};
use cordboard_schema::dial::PhoneNumber;
use cordboard_schema::ids::MessageId;
use cordboard_schema::known_caller::KnownCaller;
use cordboard_schema::limits::{
    SMS_TEMPLATES_MAX, TEXTS_PER_CALL_MAX, TEXTS_PER_DAY_MAX, TWILIO_SMS_CHARS_MAX,
};
use cordboard_schema::message::{Message, MessageStatus};
use cordboard_schema::phone::E164;
use cordboard_schema::sms::{Placeholder, segments};
use cordboard_schema::written::Written;

use super::{ForCall, Outcome, customer};
use crate::store::{
    AppointmentQuery, Connection, LeadQuery, StoreError, appointments, business, calls, customers, grants,
    leads, messages, phone_numbers,
};

/// Writes a message down that is to be sent.
pub(super) fn write(
    connection: &mut Connection,
    call: &ForCall,
    wish: TextWish,
) -> Result<Outcome, StoreError> {
    let Some(house) = &call.texts else {
        return Ok(Err("text messages can't be sent: the server has no Twilio account".to_owned()));
    };
    let Some(to) = wish.to.or_else(|| call.phone()) else {
        return Ok(Err("the caller hides their number, so no text message can be sent to it".to_owned()));
    };
    let Some(known_as) = KnownCaller::at(to.clone(), &call.own) else {
        return Ok(Err("that number is the business's own, so no text message is sent to it".to_owned()));
    };
    let known = customers::known_as(connection, call.organization_id, &known_as)?;
    if known.as_ref().is_some_and(|known| known.sms_opted_out) {
        return Ok(Err("they have asked for no text messages, so none is sent".to_owned()));
    }
    if let Some(refusal) = too_many(connection, call)? {
        return Ok(Err(refusal));
    }
    let Some(from) = sender(connection, call, house.caller_id.as_ref())? else {
        let reason = "text messages can't be sent: the business has no phone number to send them from";
        return Ok(Err(reason.to_owned()));
    };
    let (body, template) = match wish.words {
        TextWords::Free(text) => (text, None),
        TextWords::Template(name) => match filled(connection, call, &name)? {
            Ok((text, name)) => (text, Some(name)),
            Err(reason) => return Ok(Err(reason)),
        },
    };
    let chars = body.chars().count();
    if chars > TWILIO_SMS_CHARS_MAX {
        return Ok(Err(format!(
            "with all filled in the text has {chars} characters, and may have {TWILIO_SMS_CHARS_MAX}"
        )));
    }
    let id = MessageId(world::new_id());
    let message = Message {
        id,
        organization_id: call.organization_id,
        customer_id: customer(connection, call, Some(&to), "", "")?,
        call_id: Some(call.call_id),
        direction: Direction::Outbound,
        from,
        to: to.to_string(),
        segments: Some(segments(&body)),
        body,
        template,
        status: MessageStatus::Queued,
        sid: None,
        error_code: None,
        created_at: call.at(),
        updated_at: call.at(),
    };
    messages::create(connection, &message)?;
    let note = format!("the message to {to} is on its way");
    Ok(Ok(Done { note, written: Some(Written::TextQueued(id)) }))
}

/// Why no more messages may be sent.
fn too_many(connection: &mut Connection, call: &ForCall) -> Result<Option<String>, StoreError> {
    let day = call.at().utc_day().to_utc();
    let day = (day.into(), (day + TimeDelta::days(1)).into());
    if messages::sent_on_call(connection, call.organization_id, call.call_id)? >= TEXTS_PER_CALL_MAX {
        return Ok(Some(format!(
            "this call has sent {TEXTS_PER_CALL_MAX} text messages, and may send no more"
        )));
    }
    let of_day = messages::sent_between(connection, call.organization_id, day)?;
    Ok((of_day >= TEXTS_PER_DAY_MAX).then(|| "no more text messages may be sent today".to_owned()))
}

/// The number that a message comes from: the one that the caller called or was called from, where it is the organization's or
/// Twilio's; else the organization's first, else the account's, where the organization may show that.
fn sender(
    connection: &mut Connection,
    call: &ForCall,
    caller_id: Option<&E164>,
) -> Result<Option<String>, StoreError> {
    let own = phone_numbers::list(connection, call.organization_id)?;
    let row = calls::find(connection, call.organization_id, call.call_id)?;
    let ours = row.as_ref().and_then(|row| match row.direction {
        Direction::Inbound => row.to.as_deref(),
        Direction::Outbound => row.from.as_deref(),
        Direction::Internal => None,
    });
    let ours: Option<E164> = ours.and_then(|number| number.parse().ok());
    let is_twilio = row.is_some_and(|row| row.leg_kind == Some(LegKind::Twilio));
    let can_send = |number: &E164| is_twilio || own.iter().any(|did| did.number == *number);
    let from = ours.filter(can_send).or_else(|| own.first().map(|did| did.number.clone()));
    if let Some(from) = from {
        return Ok(Some(from.to_string()));
    }
    // One of the house's is shown only where the organization was granted it.
    let shown = caller_id.and_then(|number| number.as_str().parse::<PhoneNumber>().ok());
    Ok(match shown {
        Some(number) if grants::may_show(connection, call.organization_id, &number)? => {
            Some(number.to_string())
        }
        _ => None,
    })
}

/// A template with what is known filled in, and its name as the business writes it; or why that can't be.
fn filled(
    connection: &mut Connection,
    call: &ForCall,
    name: &str,
) -> Result<Result<(String, String), String>, StoreError> {
    let stored = business::find(connection, call.organization_id)?;
    let profile = stored.map(|stored| stored.profile).unwrap_or_default();
    let Some(template) = profile.sms_template(name) else {
        let names = profile.sms_templates.iter().take(SMS_TEMPLATES_MAX).map(|template| &*template.name);
        let names: Vec<&str> = names.collect();
        return Ok(Err(match names.is_empty() {
            true => "the business has no templates: send `text` in your own words".to_owned(),
            false => format!("there is no template of that name; there are: {}", names.join(", ")),
        }));
    };
    let of_call = LeadQuery { call_id: Some(call.call_id), limit: 1, ..LeadQuery::default() };
    let lead = leads::list(connection, call.organization_id, of_call)?.pop();
    let appointment = appointment(connection, call)?;
    let known = match &call.caller {
        Some(caller) => customers::known_as(connection, call.organization_id, caller)?,
        None => None,
    };
    let value = |placeholder| {
        let of_appointment = appointment.as_ref();
        let first = |texts: [Option<&String>; 3]| {
            texts.into_iter().flatten().find(|text| !text.trim().is_empty()).cloned()
        };
        match placeholder {
            Placeholder::Business => Some(profile.name.clone()),
            Placeholder::Name => first([
                of_appointment.map(|of| &of.name),
                lead.as_ref().map(|lead| &lead.name),
                known.as_ref().map(|known| &known.name),
            ]),
            Placeholder::Service => of_appointment.map(|of| of.service.clone()),
            Placeholder::Appointment => of_appointment.map(|of| {
                let there = of.starts_at.to_utc().with_timezone(&profile.time_zone);
                there.format("%Y-%m-%d %H:%M").to_string()
            }),
            Placeholder::Address => first([
                of_appointment.map(|of| &of.address),
                lead.as_ref().map(|lead| &lead.address),
                known.as_ref().map(|known| &known.address),
            ]),
        }
    };
    Ok(match template.fill(value) {
        Ok(text) => Ok((text, template.name.clone())),
        Err(bad) => {
            Err(format!("the template can't be sent: {bad}; send `text` in your own words, or ask first"))
        }
    })
}

/// The appointment that the call has made last and that stands.
fn appointment(connection: &mut Connection, call: &ForCall) -> Result<Option<Appointment>, StoreError> {
    let limit = 100;
    let of_call = AppointmentQuery { call_id: Some(call.call_id), limit, ..AppointmentQuery::default() };
    let all = appointments::list(connection, call.organization_id, of_call)?;
    let standing = all.into_iter().filter(|of| of.status != AppointmentStatus::Cancelled);
    Ok(standing.max_by_key(|of| of.created_at))
}
