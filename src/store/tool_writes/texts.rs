//! Text messages of a call: written here as waiting, and sent by `crate::texts`.

use cordboard_actors::messages::WriteDone;
use cordboard_actors::tools::{TextRequest, TextWords};
use cordboard_schema::account::PageLanguage;
use cordboard_schema::appointment::Appointment;
use cordboard_schema::business::BusinessProfile;
use cordboard_schema::call::{Direction, LegKind};
use cordboard_schema::limits::{SMS_TEMPLATES_MAX, TEXTS_PER_CALL_MAX, TWILIO_SMS_CHARS_MAX};
use cordboard_schema::message::{Message, MessageStatus};
use cordboard_schema::phone::E164;
use cordboard_schema::sms::Placeholder;
use cordboard_schema::written::Written;

use super::{ForCall, Outcome, appointments_written, customer};
use crate::store::{
    Connection, LeadQuery, MessageQuery, StoreError, TextSaid, TextSettings, TextWanted, appointments,
    business, calls, customers, leads, messages, phone_numbers, text_gate,
};

/// Writes a message that is to be sent.
pub(super) fn write(
    connection: &mut Connection,
    call: &ForCall,
    request: TextRequest,
) -> Result<Outcome, StoreError> {
    let Some(settings) = &call.texts else {
        return Ok(Err("text messages can't be sent: the server has no Twilio account".to_owned()));
    };
    let Some(to) = request.to.or_else(|| call.phone()).map(E164::without_national_zero) else {
        return Ok(Err("the caller hides their number, so no text message can be sent to it".to_owned()));
    };
    if messages::sent_on_call(connection, call.organization_id, call.call_id)? >= TEXTS_PER_CALL_MAX {
        return Ok(Err(format!(
            "this call has sent {TEXTS_PER_CALL_MAX} text messages, and may send no more"
        )));
    }
    let wanted = TextWanted {
        organization_id: call.organization_id,
        to: to.clone(),
        call_id: Some(call.call_id),
        from: sender(connection, call, settings)?,
        at: call.at(),
    };
    let admitted = match text_gate::admit(connection, settings, &call.own, wanted)? {
        Ok(admitted) => admitted,
        Err(refused) => return Ok(Err(refused.to_string())),
    };
    let (body, template) = match request.words {
        TextWords::Free(text) => (text, None),
        TextWords::Template(name) => match filled(connection, call, &name)? {
            Ok((text, name)) => (text, Some(name)),
            Err(reason) => return Ok(Err(reason)),
        },
    };
    if let Some(status) = sent_before(connection, call, &to, &body)? {
        return Ok(Ok(WriteDone { note: again_in_words(&to, status), written: None }));
    }
    let chars = body.chars().count();
    if chars > TWILIO_SMS_CHARS_MAX {
        return Ok(Err(format!(
            "with its values filled in, the text has {chars} characters; the maximum is {TWILIO_SMS_CHARS_MAX}"
        )));
    }
    let customer_id = customer(connection, call, Some(&to), "", "")?;
    let queued = text_gate::queue(connection, admitted, TextSaid { body, template, customer_id })?;
    Ok(queued.map_err(|refused| refused.to_string()).map(|id| WriteDone {
        note: format!("the message to {to} is on its way"),
        written: Some(Written::TextQueued(id)),
    }))
}

/// The status of a message with these words that the call has sent to this number, or is about to send. One that has failed may be sent again.
fn sent_before(
    connection: &mut Connection,
    call: &ForCall,
    to: &E164,
    body: &str,
) -> Result<Option<MessageStatus>, StoreError> {
    let of_call = MessageQuery {
        direction: Some(Direction::Outbound),
        call_id: Some(call.call_id),
        limit: TEXTS_PER_CALL_MAX,
        ..MessageQuery::default()
    };
    let sent = messages::list(connection, call.organization_id, of_call)?;
    let is_same = |one: &&Message| one.to == to.as_str() && one.body == body;
    let mut statuses = sent.iter().filter(is_same).map(|one| one.status);
    Ok(statuses.find(|status| !matches!(status, MessageStatus::Undelivered | MessageStatus::Failed)))
}

/// The answer to the same request once more.
fn again_in_words(to: &E164, status: MessageStatus) -> String {
    let stands = match status {
        MessageStatus::Unknown => "was requested before, and nobody knows whether it was sent",
        MessageStatus::Queued => "is on its way already",
        _ => "was already sent",
    };
    format!("the same message to {to} {stands}: it is not sent again on this call")
}

/// The sender's number: the one that the caller called or was called from, if the sending account has it.
fn sender(
    connection: &mut Connection,
    call: &ForCall,
    settings: &TextSettings,
) -> Result<Option<E164>, StoreError> {
    let own = phone_numbers::list(connection, call.organization_id)?;
    let row = calls::find(connection, call.organization_id, call.call_id)?;
    let ours = row.as_ref().and_then(|row| match row.direction {
        Direction::Inbound => row.to.as_deref(),
        Direction::Outbound => row.from.as_deref(),
        Direction::Internal => None,
    });
    let ours: Option<E164> = ours.and_then(|number| number.parse().ok());
    let is_twilio = row.is_some_and(|row| row.leg_kind == Some(LegKind::Twilio));
    let senders = settings.senders(call.organization_id, &own);
    // A call over Twilio may have come by the server's account, although the organization has its own.
    let is_of_account =
        |number: &E164| !settings.has_proved(&own) || settings.caller_id.as_ref() == Some(number);
    let can_send = |number: &E164| {
        senders.iter().any(|did| did.number == *number) || (is_twilio && is_of_account(number))
    };
    Ok(ours.filter(can_send))
}

/// A filled-in template, with its name as the business wrote it; or why it can't be used.
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
            false => format!("there is no template with that name; these exist: {}", names.join(", ")),
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
        // The name and the address of an earlier call's appointment are for the staff only.
        let made_here = of_appointment.filter(|of| of.call_id == Some(call.call_id));
        let first = |texts: [Option<&String>; 3]| {
            texts.into_iter().flatten().find(|text| !text.trim().is_empty()).cloned()
        };
        match placeholder {
            Placeholder::Business => Some(profile.name.clone()),
            Placeholder::Name => first([
                made_here.map(|of| &of.name),
                lead.as_ref().map(|lead| &lead.name),
                known.as_ref().map(|known| &known.name),
            ]),
            Placeholder::Service => of_appointment.map(|of| of.service.clone()),
            Placeholder::Appointment => of_appointment.map(|of| when(of, &profile)),
            Placeholder::Address => first([
                made_here.map(|of| &of.address),
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

/// When an appointment begins, as the business writes: in the first of its languages that the server knows; otherwise in digits, which everybody reads.
fn when(appointment: &Appointment, profile: &BusinessProfile) -> String {
    let (at, zone) = (appointment.starts_at.to_utc(), profile.time_zone);
    match PageLanguage::first_of(profile.languages.iter().map(String::as_str)) {
        Some(language) => language.short_moment(at, zone),
        None => at.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string(),
    }
}

/// The valid appointment that the call has held, confirmed or moved last; an agreed one if there is any. A slot that is only held besides it is one
/// that the caller has merely considered.
fn appointment(connection: &mut Connection, call: &ForCall) -> Result<Option<Appointment>, StoreError> {
    let mut held = None;
    for id in appointments_written(connection, call.organization_id, call.call_id)? {
        let found = appointments::find(connection, call.organization_id, id)?;
        // A hold that expired without a confirmation is free again.
        let Some(standing) = found.filter(|of| of.holds_slot(call.at())) else { continue };
        if standing.status.is_agreed() {
            return Ok(Some(standing));
        }
        held = held.or(Some(standing));
    }
    Ok(held)
}
