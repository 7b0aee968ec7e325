//! The states of text messages. A waiting message is claimed by one server and sent once. The provider's reports move its status forward, never back.
//! An incoming message is stored once, and its sender becomes a customer.

use std::collections::{BTreeSet, HashSet};
use std::iter;

use chrono::NaiveDateTime;
use cordboard_actors::world;
use cordboard_schema::call::Direction;
use cordboard_schema::changed::Thing;
use cordboard_schema::ids::{CallId, CustomerId, MessageId, OrganizationId};
use cordboard_schema::known_caller::{KnownCaller, OwnNumbers};
use cordboard_schema::limits::FORGOTTEN_AT_ONCE;
use cordboard_schema::message::{Message, MessageStatus};
use cordboard_schema::phone::E164;
use cordboard_schema::sms::{Keyword, segments};
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::MessageRow;
use cordboard_tables::tables::messages;
use diesel::prelude::*;

use super::readable::next_readable;
use super::text_wishes::Sender;
use super::{Connection, StoreError, changes, customers, messages as rows, phone_numbers, text_opt_outs};

/// Twilio's error code for a message to a recipient who has opted out.
const OPTED_OUT: i64 = 21_610;
/// Maximum of waiting messages in one read.
const WAITING_MAX: i64 = 1_000;
/// Maximum of messages without a final report in one read.
const UNREPORTED_MAX: i64 = 100;
/// New states of messages that stay in a state for too long: a message that was never claimed was not sent; for a claimed one it is unknown.
const LATE: [(MessageStatus, MessageStatus); 2] =
    [(MessageStatus::Queued, MessageStatus::Failed), (MessageStatus::Sending, MessageStatus::Unknown)];

/// A message to send now, by the holder of this value. Only [`claim`] creates one, so only admitted messages are sent.
#[derive(Debug)]
pub struct ClaimedText(Message);

impl ClaimedText {
    /// Returns the message.
    pub fn message(&self) -> &Message {
        &self.0
    }
}

/// Claims a waiting message for sending it now; none if it does not wait any more. Also none if its recipient has opted out meanwhile; the message
/// has then failed.
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
    if !is_to_opted_out(connection, &message)? {
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

/// Lets a message wait again that was claimed at this moment, because it was certainly not sent. Returns false if that claim is over.
pub fn put_back(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: MessageId,
    claimed_at: UnixMs,
) -> Result<bool, StoreError> {
    let claimed = messages::table
        .find(id.to_string())
        .filter(messages::organization_id.eq(organization_id.to_string()))
        .filter(messages::direction.eq(Direction::Outbound.as_str()))
        .filter(messages::status.eq(MessageStatus::Sending.as_str()))
        .filter(messages::updated_at.eq(claimed_at.to_utc().naive_utc()))
        .filter(messages::sid.is_null());
    // Its time counts from when it was written.
    let waits =
        (messages::status.eq(MessageStatus::Queued.as_str()), messages::updated_at.eq(messages::created_at));
    Ok(diesel::update(claimed).set(waits).execute(connection)? > 0)
}

/// Deletes a message that has failed before the provider had it. Returns false if there is none.
pub fn forget_unsent(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: MessageId,
) -> Result<bool, StoreError> {
    let unsent = messages::table
        .find(id.to_string())
        .filter(messages::organization_id.eq(organization_id.to_string()))
        .filter(messages::direction.eq(Direction::Outbound.as_str()))
        .filter(messages::status.eq(MessageStatus::Failed.as_str()))
        .filter(messages::sid.is_null());
    let was_there = diesel::delete(unsent).execute(connection)? > 0;
    if was_there {
        changes::note(organization_id, Thing::Message, id);
    }
    Ok(was_there)
}

/// Tells whether the recipient of a message has opted out.
fn is_to_opted_out(connection: &mut Connection, message: &Message) -> Result<bool, StoreError> {
    let Ok(number) = message.to.parse::<E164>() else { return Ok(false) };
    text_opt_outs::refuses(connection, message.organization_id, &number)
}

/// Messages that were not sent by the process that wrote them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextsLeft {
    /// Waiting messages, oldest first.
    pub waiting: Vec<(OrganizationId, MessageId)>,
    /// Whether there is work for [`give_up`].
    pub is_any_late: bool,
}

/// Returns messages of all organizations that wait and were written between `since` and `until`, and whether there are older ones.
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
    // One that can't be read is found when it is claimed, and delays no other.
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

/// Gives up some messages that were written before `before` and never sent, and marks messages whose sending did not end as unknown. Returns how
/// many; the next pass finds the rest.
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
        // There may be many: pages are notified once that some have changed.
        for owner in owners.iter().filter_map(|owner| owner.parse::<OrganizationId>().ok()) {
            changes::note(owner, Thing::Message, owner);
        }
    }
    Ok(given_up)
}

/// A sent message whose delivery was not reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreportedText {
    /// The organization that has sent it.
    pub organization_id: OrganizationId,
    /// Our id.
    pub id: MessageId,
    /// The provider's id.
    pub sid: String,
}

/// Returns some messages of all organizations that the provider has accepted and that have had this status since a time between `since` and `until`,
/// after an id and ordered by id.
pub fn unreported(
    connection: &mut Connection,
    status: MessageStatus,
    (since, until): (UnixMs, UnixMs),
    after: Option<MessageId>,
) -> Result<Vec<UnreportedText>, StoreError> {
    // A row that can't be read delays no other.
    let text = |(organization_id, id, sid): (String, String, Option<String>)| {
        let (organization_id, id) = (organization_id.parse().ok()?, id.parse().ok()?);
        Some(UnreportedText { organization_id, id, sid: sid? })
    };
    next_readable(after.map(|id| id.to_string()), |after| {
        let found: Vec<(String, String, Option<String>)> = messages::table
            .filter(messages::status.eq(status.as_str()))
            .filter(messages::direction.eq(Direction::Outbound.as_str()))
            .filter(messages::sid.is_not_null())
            .filter(messages::updated_at.ge(since.to_utc().naive_utc()))
            .filter(messages::updated_at.lt(until.to_utc().naive_utc()))
            .filter(messages::id.gt(after.unwrap_or_default()))
            .order(messages::id)
            .limit(UNREPORTED_MAX)
            .select((messages::organization_id, messages::id, messages::sid))
            .load(connection)?;
        let last = found.last().map(|(_, id, _)| id.clone());
        Ok((found.into_iter().filter_map(text).collect(), last))
    })
}

/// The name by which a report identifies a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageName {
    /// Our id.
    Id(MessageId),
    /// The provider's id.
    Sid(String),
}

/// A report about a sent message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryReport {
    /// Its new status.
    pub status: MessageStatus,
    /// The provider's id for it, if it has one.
    pub sid: Option<String>,
    /// The provider's error code.
    pub error_code: Option<i64>,
}

/// Applies a report about a message. A late or repeated one changes nothing. If the report says that the recipient has opted out, no more messages
/// are sent to them. Returns the message as it is then; none if there is no such message. A report from an organization's own account applies only to
/// messages of that organization; the server's account reports for all.
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
    // In one statement, so that of two concurrent reports the later status stays.
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
    if moved > 0
        && heard.error_code == Some(OPTED_OUT)
        && let Some(id) = opted_out(connection, message.organization_id, &message.to, (configured, at))?
    {
        changes::note(message.organization_id, Thing::Customer, id);
    }
    rows::find(connection, message.organization_id, message.id)
}

/// Stores that the person with this number wants no messages, as the provider reports. Returns their customer. One who was deleted since the message
/// was sent stays deleted.
fn opted_out(
    connection: &mut Connection,
    organization_id: OrganizationId,
    number: &str,
    (configured, at): (&OwnNumbers, UnixMs),
) -> Result<Option<CustomerId>, StoreError> {
    let own = phone_numbers::own_numbers(connection, organization_id, configured)?;
    let Some(party) = KnownCaller::parse(number, &own) else { return Ok(None) };
    let Some(known) = customers::known_as(connection, organization_id, &party)? else {
        text_opt_outs::add(connection, organization_id, iter::once(party.number()), at)?;
        return Ok(None);
    };
    customers::set_sms_opted_out(connection, &known, true, at)?;
    Ok(Some(known.id))
}

/// An incoming message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// The organization of the dialled number.
    pub organization_id: OrganizationId,
    /// The provider's id for it.
    pub sid: String,
    /// The sender, as the provider writes it.
    pub from: String,
    /// The number that it was sent to.
    pub to: String,
    /// Its text.
    pub body: String,
    /// The keyword that it consists of, if any.
    pub keyword: Option<Keyword>,
    /// When it was sent, if it was fetched later; none if the provider has just brought it.
    pub sent_at: Option<UnixMs>,
}

/// Stores an incoming message, once. Returns false if it is not stored. Its sender becomes a customer, and a keyword opts them in or out of text
/// messages. If two servers store the same message at the same time, one gets a unique violation.
///
/// A message that was fetched later changes nothing that its sender has wished since. If everything about them was erased, it is not stored, because
/// it may be one of those that were erased, but its `STOP` counts.
pub fn receive(
    connection: &mut Connection,
    incoming: &Incoming,
    (configured, at): (&OwnNumbers, UnixMs),
) -> Result<bool, StoreError> {
    let known: Option<(String, NaiveDateTime)> = messages::table
        .filter(messages::organization_id.eq(incoming.organization_id.to_string()))
        .filter(messages::sid.eq(&incoming.sid))
        .select((messages::id, messages::created_at))
        .first(connection)
        .optional()?;
    // A short code or a name can't be called back.
    let sender = Sender::of(connection, incoming.organization_id, &incoming.from, configured)?;
    if let Some((id, created_at)) = known {
        // It may have been fetched, without the provider's own reading of it.
        if let (Some(sender), Some(Keyword::Stop)) = (sender, incoming.keyword) {
            sender.note_stop(connection, (id, created_at.and_utc().into()), at)?;
        }
        return Ok(false);
    }
    let sent_at = incoming.sent_at.unwrap_or(at);
    let customer_id = match sender {
        Some(sender) => {
            let mut wish = incoming.keyword;
            if incoming.sent_at.is_some() {
                wish = sender.standing(connection, wish, (sent_at, at))?;
                if sender.is_erased(connection, sent_at)? {
                    if wish == Some(Keyword::Stop) {
                        sender.opt_out(connection, (sent_at, at))?;
                    }
                    return Ok(false);
                }
            }
            Some(sender.customer(connection, wish, (sent_at, at))?)
        }
        None => None,
    };
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
        created_at: sent_at,
        updated_at: at,
    };
    rows::create(connection, &message)?;
    changes::note(message.organization_id, Thing::Message, message.id);
    if let Some(id) = customer_id {
        changes::note(message.organization_id, Thing::Customer, id);
    }
    Ok(true)
}

/// Organizations whose messages an account at the provider has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextsOf {
    /// This one, whose own account it is.
    One(OrganizationId),
    /// All but these, which have accounts of their own.
    AllBut(Vec<OrganizationId>),
}

/// Returns those of these ids of the provider's that stored messages have: messages of one organization, or of any.
pub fn stored(
    connection: &mut Connection,
    organization_id: Option<OrganizationId>,
    sids: &[String],
) -> Result<HashSet<String>, StoreError> {
    let found = messages::table.filter(messages::sid.eq_any(sids)).select(messages::sid);
    let found: Vec<Option<String>> = match organization_id {
        Some(own) => found.filter(messages::organization_id.eq(own.to_string())).load(connection)?,
        None => found.load(connection)?,
    };
    Ok(found.into_iter().flatten().collect())
}

/// Returns when the newest message was written that the provider has, of those that were stored before `before`.
pub fn newest(
    connection: &mut Connection,
    of: &TextsOf,
    before: UnixMs,
) -> Result<Option<UnixMs>, StoreError> {
    let newest = messages::table
        .filter(messages::sid.is_not_null())
        .filter(messages::id.lt(CallId::first_at(before).to_string()))
        .order(messages::id.desc())
        .limit(1)
        .select(messages::created_at);
    let found: Vec<NaiveDateTime> = match of {
        TextsOf::One(id) => newest.filter(messages::organization_id.eq(id.to_string())).load(connection)?,
        TextsOf::AllBut(ids) => {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            newest.filter(messages::organization_id.ne_all(ids)).load(connection)?
        }
    };
    Ok(found.first().map(|at| at.and_utc().into()))
}
