//! The way of text messages: one that waits is taken by one server and sent once; what the provider tells of it moves it on and
//! never back; one that comes in is kept once, and its sender is known from then on.

use std::collections::BTreeSet;
use std::iter;

use cordboard_actors::world;
use cordboard_schema::call::Direction;
use cordboard_schema::changed::Thing;
use cordboard_schema::customer::Customer;
use cordboard_schema::ids::{CustomerId, MessageId, OrganizationId};
use cordboard_schema::known_caller::{KnownCaller, OwnNumbers};
use cordboard_schema::limits::FORGOTTEN_AT_ONCE;
use cordboard_schema::message::{Message, MessageStatus};
use cordboard_schema::phone::E164;
use cordboard_schema::sms::{Keyword, segments};
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::MessageRow;
use cordboard_tables::tables::messages;
use diesel::prelude::*;

use super::{Connection, StoreError, changes, customers, messages as rows, phone_numbers, text_opt_outs};

/// Twilio's number for a message to somebody who has asked for none.
const OPTED_OUT: i64 = 21_610;
/// Messages that wait, taken up in one look.
const WAITING_MAX: i64 = 1_000;
/// New states of messages that keep a state for too long: one that was never claimed was not sent; of a claimed one it is unknown.
const LATE: [(MessageStatus, MessageStatus); 2] =
    [(MessageStatus::Queued, MessageStatus::Failed), (MessageStatus::Sending, MessageStatus::Unknown)];

/// A message that waited and is sent now by whoever has this. Only [`claim`] makes one, so that nothing is sent that was not
/// admitted.
#[derive(Debug)]
pub struct ClaimedText(Message);

impl ClaimedText {
    /// The message.
    pub fn message(&self) -> &Message {
        &self.0
    }
}

/// Takes a message that waits, for one who sends it now; none where it does not wait any more. None either where its receiver has asked for no
/// messages meanwhile: it has failed then.
pub fn claim(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: MessageId,
    at: UnixMs,
) -> Result<Option<ClaimedText>, StoreError> {
    let waiting = messages::table
        .find(id.to_string())
        .filter(messages::organization_id.eq(organization_id.to_string()))
        .filter(messages::direction.eq(Direction::Outbound.as_str()))
        .filter(messages::status.eq(MessageStatus::Queued.as_str()));
    let taken = diesel::update(waiting)
        .set((
            messages::status.eq(MessageStatus::Sending.as_str()),
            messages::updated_at.eq(at.to_utc().naive_utc()),
        ))
        .execute(connection)?;
    if taken == 0 {
        return Ok(None);
    }
    let Some(message) = rows::find(connection, organization_id, id)? else { return Ok(None) };
    if !goes_to_opted_out(connection, &message)? {
        return Ok(Some(ClaimedText(message)));
    }
    let failed = (
        messages::status.eq(MessageStatus::Failed.as_str()),
        messages::error_code.eq(Some(OPTED_OUT)),
        messages::updated_at.eq(at.to_utc().naive_utc()),
    );
    let refused = messages::table
        .find(id.to_string())
        .filter(messages::organization_id.eq(organization_id.to_string()));
    diesel::update(refused).set(failed).execute(connection)?;
    changes::note(organization_id, Thing::Message, id);
    Ok(None)
}

/// Whether a message goes to somebody who has asked for none.
fn goes_to_opted_out(connection: &mut Connection, message: &Message) -> Result<bool, StoreError> {
    let Ok(number) = message.to.parse::<E164>() else { return Ok(false) };
    text_opt_outs::refuses(connection, message.organization_id, &number)
}

/// Messages that were not sent by whoever has written them down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextsLeft {
    /// They wait, the oldest first.
    pub waiting: Vec<(OrganizationId, MessageId)>,
    /// Whether [`give_up`] has something to do.
    pub is_any_late: bool,
}

/// Messages of all organizations that wait and were written between `since` and `until`, and whether there are older ones.
pub fn left(connection: &mut Connection, since: UnixMs, until: UnixMs) -> Result<TextsLeft, StoreError> {
    let found: Vec<(String, String)> = messages::table
        .filter(messages::status.eq(MessageStatus::Queued.as_str()))
        .filter(messages::direction.eq(Direction::Outbound.as_str()))
        .filter(messages::updated_at.ge(since.to_utc().naive_utc()))
        .filter(messages::updated_at.le(until.to_utc().naive_utc()))
        .order(messages::id)
        .limit(WAITING_MAX)
        .select((messages::organization_id, messages::id))
        .load(connection)?;
    // One that can't be read is noticed when it is claimed, and holds up none behind it.
    let ids = |(organization_id, id): (String, String)| {
        Some((organization_id.parse::<OrganizationId>().ok()?, id.parse::<MessageId>().ok()?))
    };
    let waiting = found.into_iter().filter_map(ids).collect();
    let late: i64 = messages::table
        .filter(messages::status.eq_any(LATE.map(|(from, _)| from.as_str())))
        .filter(messages::direction.eq(Direction::Outbound.as_str()))
        .filter(messages::sid.is_null())
        .filter(messages::updated_at.lt(since.to_utc().naive_utc()))
        .count()
        .get_result(connection)?;
    Ok(TextsLeft { waiting, is_any_late: late > 0 })
}

/// Gives up some of what was written before then and never sent, and says of what was being sent that nobody knows. How many there were; the next look
/// finds those that are left.
pub fn give_up(connection: &mut Connection, before: UnixMs, at: UnixMs) -> Result<usize, StoreError> {
    let mut given_up = 0;
    for (from, to) in LATE {
        let old = messages::table
            .filter(messages::direction.eq(Direction::Outbound.as_str()))
            .filter(messages::status.eq(from.as_str()))
            .filter(messages::sid.is_null())
            .filter(messages::updated_at.lt(before.to_utc().naive_utc()));
        let late: Vec<(String, String)> = old
            .limit(FORGOTTEN_AT_ONCE)
            .select((messages::organization_id, messages::id))
            .load(connection)?;
        let (owners, ids): (BTreeSet<String>, Vec<String>) = late.into_iter().unzip();
        let these =
            messages::table.filter(messages::id.eq_any(&ids)).filter(messages::status.eq(from.as_str()));
        let row = (messages::status.eq(to.as_str()), messages::updated_at.eq(at.to_utc().naive_utc()));
        given_up += diesel::update(these).set(row).execute(connection)?;
        // They may be many: pages are told once that some have changed.
        for owner in owners.iter().filter_map(|owner| owner.parse::<OrganizationId>().ok()) {
            changes::note(owner, Thing::Message, owner);
        }
    }
    Ok(given_up)
}

/// The name by which a reported message is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageName {
    /// Our id for it.
    Id(MessageId),
    /// The provider's name.
    Sid(String),
}

/// Report on a message that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryReport {
    /// How far it has come.
    pub status: MessageStatus,
    /// The provider's name for it, where it gave one.
    pub sid: Option<String>,
    /// The provider's number for what went wrong.
    pub error_code: Option<i64>,
}

/// Notes a report about a message; one that is late or repeated changes nothing. Who is told to want no messages is sent none
/// from then on. The message as it stands then; none where there is no such one. Where the teller is an organization's own
/// account only that organization's is one; the installation's account tells of all.
pub fn hear(
    connection: &mut Connection,
    organization_id: Option<OrganizationId>,
    name: &MessageName,
    heard: &DeliveryReport,
    (configured, at): (&OwnNumbers, UnixMs),
) -> Result<Option<Message>, StoreError> {
    let found = messages::table.filter(messages::direction.eq(Direction::Outbound.as_str()));
    let row: Option<MessageRow> = match name {
        MessageName::Id(id) => {
            let found = found.filter(messages::id.eq(id.to_string()));
            found.select(MessageRow::as_select()).first(connection).optional()?
        }
        MessageName::Sid(sid) => {
            let found = found.filter(messages::sid.eq(sid));
            found.select(MessageRow::as_select()).first(connection).optional()?
        }
    };
    let Some(row) = row else { return Ok(None) };
    let message = row.into_message()?;
    if organization_id.is_some_and(|own| own != message.organization_id) {
        return Ok(None);
    }
    let this = || messages::table.find(message.id.to_string());
    if let Some(sid) = &heard.sid {
        diesel::update(this().filter(messages::sid.is_null()))
            .set(messages::sid.eq(sid))
            .execute(connection)?;
    }
    // In one statement, so that of two that are reported at once the later one stays.
    let earlier: Vec<&str> = MessageStatus::ALL
        .iter()
        .filter(|earlier| **earlier < heard.status)
        .map(|earlier| earlier.as_str())
        .collect();
    let moved = diesel::update(this().filter(messages::status.eq_any(earlier)))
        .set((
            messages::status.eq(heard.status.as_str()),
            messages::error_code.eq(heard.error_code),
            messages::updated_at.eq(at.to_utc().naive_utc()),
        ))
        .execute(connection)?;
    if moved > 0 {
        changes::note(message.organization_id, Thing::Message, message.id);
    }
    if moved > 0 && heard.error_code == Some(OPTED_OUT) {
        let to = (message.to.as_str(), Some(Keyword::Stop));
        if let Some(id) = party(connection, message.organization_id, to, (configured, at))? {
            changes::note(message.organization_id, Thing::Customer, id);
        }
    }
    rows::find(connection, message.organization_id, message.id)
}

/// A message that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// Organization of the number that it came to.
    pub organization_id: OrganizationId,
    /// The provider's name for it.
    pub sid: String,
    /// Sender, as the provider writes it.
    pub from: String,
    /// The number that it came to.
    pub to: String,
    /// Its text.
    pub body: String,
    /// Its request, where it is a keyword.
    pub keyword: Option<Keyword>,
}

/// Keeps a message that came in, once; false if it was there. Who wrote it is a customer from then on, and does or does not
/// want messages as it says. Two who bring the same at once: for one it is a unique violation.
pub fn receive(
    connection: &mut Connection,
    incoming: &Incoming,
    (configured, at): (&OwnNumbers, UnixMs),
) -> Result<bool, StoreError> {
    let known: i64 = messages::table
        .filter(messages::organization_id.eq(incoming.organization_id.to_string()))
        .filter(messages::sid.eq(&incoming.sid))
        .count()
        .get_result(connection)?;
    if known > 0 {
        return Ok(false);
    }
    // A short code or a name as the sender can't be called.
    let from = (incoming.from.as_str(), incoming.keyword);
    let customer_id = party(connection, incoming.organization_id, from, (configured, at))?;
    let message = Message {
        id: MessageId(world::new_id()),
        organization_id: incoming.organization_id,
        customer_id,
        call_id: None,
        direction: Direction::Inbound,
        from: incoming.from.clone(),
        to: incoming.to.clone(),
        body: incoming.body.clone(),
        template: None,
        status: MessageStatus::Received,
        sid: Some(incoming.sid.clone()),
        error_code: None,
        segments: Some(segments(&incoming.body)),
        done_at: None,
        done_by: None,
        created_at: at,
        updated_at: at,
    };
    rows::create(connection, &message)?;
    changes::note(message.organization_id, Thing::Message, message.id);
    if let Some(id) = customer_id {
        changes::note(message.organization_id, Thing::Customer, id);
    }
    Ok(true)
}

/// The customer with that number, who is made where there is none; a keyword says whether they want messages. None where it
/// could be anybody's.
fn party(
    connection: &mut Connection,
    organization_id: OrganizationId,
    (party, keyword): (&str, Option<Keyword>),
    (configured, at): (&OwnNumbers, UnixMs),
) -> Result<Option<CustomerId>, StoreError> {
    let own = phone_numbers::own_numbers(connection, organization_id, configured)?;
    let Some(party) = KnownCaller::told(party, &own) else { return Ok(None) };
    let wish = keyword.map(|keyword| keyword == Keyword::Stop);
    let Some(known) = customers::known_as(connection, organization_id, &party)? else {
        if wish == Some(false) {
            text_opt_outs::remove(connection, organization_id, iter::once(party.number()))?;
        }
        let phone = Some(party.number().clone());
        let mut made = Customer::new(CustomerId(world::new_id()), organization_id, phone, at);
        made.sms_opted_out = wish.unwrap_or(false);
        customers::create(connection, &made)?;
        return Ok(Some(made.id));
    };
    if let Some(wish) = wish {
        customers::set_sms_opted_out(connection, &known, wish, at)?;
    }
    Ok(Some(known.id))
}
