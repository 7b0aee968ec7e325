//! The outbox: messages to webhooks and people. Rows are made in the transaction of what they tell of, and taken by
//! whichever server claims them first.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use cordboard_actors::world;
use cordboard_schema::changed::Thing;
use cordboard_schema::delivery::{Channel, Delivery, DeliveryState, Letter};
use cordboard_schema::ids::{CallId, DeliveryId, OrganizationId, WebhookId};
use cordboard_schema::limits::{
    CAMPAIGN_EMAILS_PER_DAY_MAX, DELIVERIES_WAITING_MAX, DELIVERIES_WAITING_OF_TARGET, DELIVERY_GIVE_UP_MS,
    DELIVERY_TARGETS_MAX, FORGOTTEN_AT_ONCE,
};
use cordboard_schema::notice::{Notice, NoticeSettings};
use cordboard_schema::time::UnixMs;
use cordboard_schema::webhook::{Webhook, WebhookEvent, WebhookMessage};
use cordboard_tables::rows::{BadRow, DeliveryRow};
use cordboard_tables::tables::deliveries;
use diesel::dsl::min;
use diesel::prelude::*;
use uuid::Uuid;

use super::Connection;
use super::StoreError;
use super::gathering::{self, Reader};
use super::moments::column;
use super::{changes, notices, webhooks};

/// Puts an event into the outbox, for every webhook and person of the organization that wants to get it. It is sent once
/// the caller's transaction is committed, and never otherwise.
pub fn enqueue(
    connection: &mut Connection,
    organization_id: OrganizationId,
    event: WebhookEvent,
) -> Result<(), StoreError> {
    Outbox::default().put(connection, organization_id, event, world::now().into())
}

/// Recipients of organizations' events, read once for a transaction that has many events.
#[derive(Debug, Default)]
pub(super) struct Outbox(HashMap<OrganizationId, Wants>);

/// Recipients of an organization, and for how many more deliveries it has room.
#[derive(Debug)]
struct Wants {
    webhooks: Vec<Webhook>,
    notices: NoticeSettings,
    /// None until somebody wants something: counting takes time.
    room: Option<i64>,
    /// Whether the log knows already that something is not told.
    is_lack_told: bool,
}

impl Outbox {
    /// [`enqueue`], of what happened then.
    pub(super) fn put(
        &mut self,
        connection: &mut Connection,
        organization_id: OrganizationId,
        event: WebhookEvent,
        at: UnixMs,
    ) -> Result<(), StoreError> {
        let wants = self.wants(connection, organization_id)?;
        let kind = event.kind();
        let mut made = Vec::new();
        if let Some(notice) = Notice::of(&event) {
            made.extend(wants.of_notice(connection, organization_id, &notice, at)?);
        }
        let told: Vec<WebhookId> = wants
            .webhooks
            .iter()
            .filter(|webhook| webhook.enabled && webhook.events.contains(&kind))
            .map(|webhook| webhook.id)
            .collect();
        if !told.is_empty() {
            let message = WebhookMessage { timestamp: at, event };
            let body =
                serde_json::to_string(&message).map_err(|fault| BadRow::new("deliveries.body", fault))?;
            made.extend(told.into_iter().map(|webhook| Delivery {
                channel: Channel::Webhook,
                webhook_id: Some(webhook),
                target: webhook.to_string(),
                ..new(organization_id, kind.as_str(), body.clone(), at)
            }));
        }
        wants.write(connection, organization_id, made)
    }

    /// Puts a notice into the outbox, for every person of the organization that wants to get it.
    pub(super) fn put_notice(
        &mut self,
        connection: &mut Connection,
        organization_id: OrganizationId,
        notice: &Notice,
        at: UnixMs,
    ) -> Result<(), StoreError> {
        let wants = self.wants(connection, organization_id)?;
        let made = wants.of_notice(connection, organization_id, notice, at)?;
        wants.write(connection, organization_id, made)
    }

    fn wants(
        &mut self,
        connection: &mut Connection,
        organization_id: OrganizationId,
    ) -> Result<&mut Wants, StoreError> {
        use std::collections::hash_map::Entry;
        Ok(match self.0.entry(organization_id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(Wants {
                webhooks: webhooks::list(connection, organization_id)?,
                notices: notices::settings(connection, organization_id)?,
                room: None,
                is_lack_told: false,
            }),
        })
    }
}

impl Wants {
    /// Notices that people get one by one; gathered ones go with a notice that waits.
    fn of_notice(
        &self,
        connection: &mut Connection,
        organization_id: OrganizationId,
        notice: &Notice,
        at: UnixMs,
    ) -> Result<Vec<Delivery>, StoreError> {
        let recipients = self.notices.of(notice.kind);
        let (emails, texts) = (recipients.email.iter(), recipients.sms.iter());
        let emails = emails.map(|target| (Channel::Email, target));
        let mut made: Vec<Delivery> = Vec::new();
        for (channel, target) in emails.chain(texts.map(|target| (Channel::Sms, target))) {
            let now = UnixMs::from(world::now());
            let reader = Reader { organization_id, channel, target };
            let Some(due_at) = gathering::due(connection, reader, notice, now)? else { continue };
            let more = made.iter().filter(|made| made.channel == channel).count();
            if gathering::is_day_full(connection, reader, more, now)? {
                tracing::warn!(%organization_id, ?channel, "people are told nothing more today: the organization's notices of a day are used up");
                continue;
            }
            made.push(Delivery {
                channel,
                target: target.clone(),
                due_at: Some(due_at),
                give_up_at: due_at + DELIVERY_GIVE_UP_MS,
                ..new(organization_id, notice.kind.as_str(), gathering::body(&notice.letter)?, at)
            });
        }
        Ok(made)
    }

    fn write(
        &mut self,
        connection: &mut Connection,
        organization_id: OrganizationId,
        made: Vec<Delivery>,
    ) -> Result<(), StoreError> {
        for delivery in made {
            let room = match self.room {
                Some(room) => room,
                None => DELIVERIES_WAITING_MAX - waiting(connection, organization_id)?,
            };
            let is_room = room > 0
                || waiting_for(connection, organization_id, &delivery.target)? < DELIVERIES_WAITING_OF_TARGET;
            self.room = Some((room - 1).max(0));
            if is_room {
                diesel::insert_into(deliveries::table)
                    .values(DeliveryRow::new(&delivery)?)
                    .execute(connection)?;
            } else if !std::mem::replace(&mut self.is_lack_told, true) {
                tracing::warn!(%organization_id, "the outbox is full: an event is not told");
            }
        }
        Ok(())
    }
}

/// A delivery by e-mail to nobody, to be completed.
fn new(organization_id: OrganizationId, event: &str, body: String, at: UnixMs) -> Delivery {
    let now = UnixMs::from(world::now());
    Delivery {
        id: DeliveryId(world::new_id()),
        organization_id,
        channel: Channel::Email,
        webhook_id: None,
        target: String::new(),
        event: event.to_owned(),
        body,
        state: DeliveryState::Waiting,
        attempts: 0,
        created_at: at,
        due_at: Some(now),
        claimed: false,
        give_up_at: now + DELIVERY_GIVE_UP_MS,
        tried_at: None,
        status: None,
        answer: None,
    }
}

fn waiting(connection: &mut Connection, organization_id: OrganizationId) -> Result<i64, StoreError> {
    let count = deliveries::table
        .filter(deliveries::organization_id.eq(organization_id.to_string()))
        .filter(deliveries::state.eq(DeliveryState::Waiting.as_str()))
        // One for each call that it has given: they crowd nobody out.
        .filter(deliveries::channel.ne(Channel::Dialler.as_str()))
        .count()
        .get_result(connection)?;
    Ok(count)
}

/// How many wait for this target of the organization.
fn waiting_for(
    connection: &mut Connection,
    organization_id: OrganizationId,
    target: &str,
) -> Result<i64, StoreError> {
    let count = deliveries::table
        .filter(deliveries::organization_id.eq(organization_id.to_string()))
        .filter(deliveries::state.eq(DeliveryState::Waiting.as_str()))
        .filter(deliveries::target.eq(target))
        .count()
        .get_result(connection)?;
    Ok(count)
}

/// Whether one more may wait for this target of the organization.
fn is_room_for(
    connection: &mut Connection,
    organization_id: OrganizationId,
    target: &str,
) -> Result<bool, StoreError> {
    Ok(waiting(connection, organization_id)? < DELIVERIES_WAITING_MAX
        || waiting_for(connection, organization_id, target)? < DELIVERIES_WAITING_OF_TARGET)
}

/// The word of an e-mail that an assistant sends to the callee of a campaign.
pub(super) const CAMPAIGN_EMAIL: &str = "campaign.email";

/// Makes the id of a call that of its e-mail, so that there is one at most. It begins with the call's moment, as all ids do.
const OF_EMAIL: u128 = 0x652d_6d61_696c;

/// Puts an e-mail of a call into the outbox; or says why not, in words for its assistant.
pub(super) fn write_of_call(
    connection: &mut Connection,
    (organization_id, call_id): (OrganizationId, CallId),
    to: &str,
    letter: &Letter,
    at: UnixMs,
) -> Result<Result<(), &'static str>, StoreError> {
    let id = DeliveryId(Uuid::from_u128(call_id.0.as_u128() ^ OF_EMAIL));
    let before: Option<String> = deliveries::table
        .find(id.to_string())
        .filter(deliveries::organization_id.eq(organization_id.to_string()))
        .select(deliveries::id)
        .first(connection)
        .optional()?;
    if before.is_some() {
        return Ok(Err("an e-mail was sent on this call, and there is one at most"));
    }
    let of_day: i64 = deliveries::table
        .filter(deliveries::organization_id.eq(organization_id.to_string()))
        .filter(deliveries::channel.eq(Channel::Email.as_str()))
        .filter(deliveries::event.eq(CAMPAIGN_EMAIL))
        .filter(deliveries::created_at.ge(column(at.utc_day())))
        .count()
        .get_result(connection)?;
    if of_day >= CAMPAIGN_EMAILS_PER_DAY_MAX {
        return Ok(Err("no more e-mails are sent today"));
    }
    if !is_room_for(connection, organization_id, to)? {
        return Ok(Err("too many messages wait to be sent"));
    }
    let body = gathering::body(letter)?;
    let delivery = Delivery { id, target: to.to_owned(), ..new(organization_id, CAMPAIGN_EMAIL, body, at) };
    diesel::insert_into(deliveries::table).values(DeliveryRow::new(&delivery)?).execute(connection)?;
    changes::note(organization_id, Thing::Notices, organization_id);
    Ok(Ok(()))
}

/// The word of an event by which somebody tries a webhook. No other webhook gets it.
const TEST: &str = "webhook.test";

/// Puts a signed word for a webhook into the outbox by which somebody sees whether it arrives; it is tried once. None where the outbox
/// is full and much waits for this webhook.
pub fn test(
    connection: &mut Connection,
    webhook: &Webhook,
    at: UnixMs,
) -> Result<Option<Delivery>, StoreError> {
    if !is_room_for(connection, webhook.organization_id, &webhook.id.to_string())? {
        return Ok(None);
    }
    let body = serde_json::json!({
        "type": TEST,
        "timestamp": at.to_utc().to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        "data": { "webhook_id": webhook.id, "events": webhook.events },
    });
    let delivery = Delivery {
        channel: Channel::Webhook,
        webhook_id: Some(webhook.id),
        target: webhook.id.to_string(),
        give_up_at: at,
        ..new(webhook.organization_id, TEST, body.to_string(), at)
    };
    diesel::insert_into(deliveries::table).values(DeliveryRow::new(&delivery)?).execute(connection)?;
    Ok(Some(delivery))
}

/// Whether somebody tries a webhook by it: nothing has happened then.
pub fn is_test(delivery: &Delivery) -> bool {
    delivery.event == TEST
}

/// Selection of deliveries.
#[derive(Clone, Copy, Debug)]
pub struct DeliveryQuery {
    /// Those of this webhook; none: those to people.
    pub webhook_id: Option<WebhookId>,
    /// Only those made before this one.
    pub before: Option<DeliveryId>,
    /// At most this many.
    pub limit: i64,
}

/// Deliveries that fit `query`, newest first.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
    query: DeliveryQuery,
) -> Result<Vec<Delivery>, StoreError> {
    let mut found = deliveries::table
        .filter(deliveries::organization_id.eq(organization_id.to_string()))
        .order(deliveries::id.desc())
        .limit(query.limit)
        .select(DeliveryRow::as_select())
        .into_boxed();
    found = match query.webhook_id {
        Some(id) => found.filter(deliveries::webhook_id.eq(id.to_string())),
        None => found
            .filter(deliveries::webhook_id.is_null())
            .filter(deliveries::channel.ne(Channel::Dialler.as_str())),
    };
    if let Some(before) = query.before {
        found = found.filter(deliveries::id.lt(before.to_string()));
    }
    let rows = found.load(connection)?;
    Ok(rows.into_iter().map(DeliveryRow::into_delivery).collect::<Result<_, _>>()?)
}

/// Reason why a delivery is not tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotRedelivered {
    /// The webhook has no such delivery.
    Unknown,
    /// The outbox is full, and much waits for this webhook.
    Full,
}

/// Has a delivery of this webhook tried again now and for a day, as if it had not been tried before. One that is no more waiting needs room as
/// a new one does.
pub fn redeliver(
    connection: &mut Connection,
    organization_id: OrganizationId,
    webhook_id: WebhookId,
    id: DeliveryId,
) -> Result<Result<Delivery, NotRedelivered>, StoreError> {
    let now = UnixMs::from(world::now());
    let found = || {
        deliveries::table
            .find(id.to_string())
            .filter(deliveries::organization_id.eq(organization_id.to_string()))
            .filter(deliveries::webhook_id.eq(webhook_id.to_string()))
    };
    let before: Option<(String, String)> =
        found().select((deliveries::state, deliveries::target)).first(connection).optional()?;
    let Some((state, target)) = before else { return Ok(Err(NotRedelivered::Unknown)) };
    if state != DeliveryState::Waiting.as_str() && !is_room_for(connection, organization_id, &target)? {
        return Ok(Err(NotRedelivered::Full));
    }
    diesel::update(found())
        .set((
            deliveries::state.eq(DeliveryState::Waiting.as_str()),
            deliveries::attempts.eq(0),
            deliveries::due_at.eq(column(now)),
            deliveries::claimed.eq(false),
            deliveries::give_up_at.eq(column(now + DELIVERY_GIVE_UP_MS)),
        ))
        .execute(connection)?;
    let row = found().select(DeliveryRow::as_select()).first(connection)?;
    Ok(Ok(DeliveryRow::into_delivery(row)?))
}

/// Organizations that have deliveries which are due.
pub fn due_organizations(connection: &mut Connection, now: UnixMs) -> Result<Vec<String>, StoreError> {
    Ok(deliveries::table
        .filter(deliveries::state.eq(DeliveryState::Waiting.as_str()))
        .filter(deliveries::due_at.le(column(now)))
        .select(deliveries::organization_id)
        .distinct()
        .load(connection)?)
}

/// Targets of an organization that have deliveries which are due.
pub fn due_targets(
    connection: &mut Connection,
    organization_id: &str,
    now: UnixMs,
) -> Result<Vec<String>, StoreError> {
    Ok(deliveries::table
        .filter(deliveries::organization_id.eq(organization_id))
        .filter(deliveries::state.eq(DeliveryState::Waiting.as_str()))
        .filter(deliveries::due_at.le(column(now)))
        .select(deliveries::target)
        .distinct()
        .limit(DELIVERY_TARGETS_MAX)
        .load(connection)?)
}

/// When the first of those that wait is due; none where none waits.
pub fn next_due(connection: &mut Connection) -> Result<Option<UnixMs>, StoreError> {
    let first: Option<NaiveDateTime> = deliveries::table
        .filter(deliveries::state.eq(DeliveryState::Waiting.as_str()))
        .select(min(deliveries::due_at))
        .first(connection)?;
    Ok(first.map(|at| at.and_utc().into()))
}

/// Some deliveries that wait for longer than until then, which no pause of theirs takes: the clock was ahead when their time was set. Of
/// those to a dialler: `dialler_calls.rs`.
pub fn too_far_ahead(connection: &mut Connection, latest: UnixMs) -> Result<Vec<String>, StoreError> {
    Ok(deliveries::table
        .filter(deliveries::state.eq(DeliveryState::Waiting.as_str()))
        .filter(deliveries::due_at.gt(column(latest)))
        .filter(deliveries::channel.ne(Channel::Dialler.as_str()))
        .order(deliveries::due_at)
        .limit(FORGOTTEN_AT_ONCE)
        .select(deliveries::id)
        .load(connection)?)
}

/// Has those of them that still wait for longer than until `latest` be due at `due_at`.
pub fn bring_back(
    connection: &mut Connection,
    ids: &[String],
    latest: UnixMs,
    due_at: UnixMs,
) -> Result<(), StoreError> {
    let far = deliveries::table
        .filter(deliveries::id.eq_any(ids))
        .filter(deliveries::state.eq(DeliveryState::Waiting.as_str()))
        .filter(deliveries::due_at.gt(column(latest)));
    diesel::update(far).set(deliveries::due_at.eq(column(due_at))).execute(connection)?;
    Ok(())
}

/// The words of states in which nothing is tried any more.
const OVER: [&str; 2] = [DeliveryState::Delivered.as_str(), DeliveryState::Failed.as_str()];

/// Between two looks at a delivery that can't be read.
const UNREADABLE_PAUSE_MS: u64 = 3_600_000;

/// Takes up to `limit` deliveries of an organization for a target that are due, the oldest first, so that no other server takes them until
/// `until`. As they were before that, but for when they are tried: no two attempts at one delivery have the same time.
pub fn claim(
    connection: &mut Connection,
    (organization_id, target): (&str, &str),
    limit: i64,
    now: UnixMs,
    until: UnixMs,
) -> Result<Vec<Delivery>, StoreError> {
    let rows: Vec<DeliveryRow> = deliveries::table
        .filter(deliveries::state.eq(DeliveryState::Waiting.as_str()))
        .filter(deliveries::due_at.le(column(now)))
        .filter(deliveries::organization_id.eq(organization_id))
        .filter(deliveries::target.eq(target))
        .order((deliveries::due_at, deliveries::id))
        .limit(limit)
        .select(DeliveryRow::as_select())
        .load(connection)?;
    let mut claimed = Vec::new();
    for row in rows {
        // Another server that was faster has counted an attempt.
        let mine = deliveries::table
            .find(&row.id)
            .filter(deliveries::state.eq(DeliveryState::Waiting.as_str()))
            .filter(deliveries::attempts.eq(row.attempts))
            .filter(deliveries::due_at.eq(row.due_at));
        let mut delivery = match row.clone().into_delivery() {
            Ok(delivery) => delivery,
            Err(error) => {
                tracing::error!(
                    organization_id = row.organization_id, delivery_id = row.id, %error,
                    "a delivery can't be read: it is looked at again in an hour, and those behind it are brought"
                );
                diesel::update(mine)
                    .set(deliveries::due_at.eq(column(now + UNREADABLE_PAUSE_MS)))
                    .execute(connection)?;
                continue;
            }
        };
        let tried_at = delivery.tried_at.map_or(now, |before| now.max(before + 1));
        let taken = diesel::update(mine)
            .set((
                deliveries::attempts.eq(row.attempts.saturating_add(1)),
                deliveries::claimed.eq(true),
                deliveries::tried_at.eq(column(tried_at)),
                deliveries::due_at.eq(column(until)),
            ))
            .execute(connection)?;
        if taken == 1 {
            delivery.tried_at = Some(tried_at);
            claimed.push(delivery);
        }
    }
    Ok(claimed)
}

/// Result of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempted {
    /// The delivery, as it was claimed.
    pub delivery: Delivery,
    /// Its current state.
    pub state: DeliveryState,
    /// When it is tried again, where it waits.
    pub due_at: UnixMs,
    /// Status of the answer.
    pub status: Option<u16>,
    /// The answer, cut, or why there was none.
    pub answer: String,
}

/// Writes down what became of an attempt, unless it was claimed anew meanwhile, or is to be tried from the beginning.
pub fn finish(connection: &mut Connection, attempted: &Attempted) -> Result<(), StoreError> {
    let Attempted { delivery, state, due_at, status, answer } = attempted;
    // Not by how many attempts there were: those are counted from the beginning where somebody has it tried again.
    let mine = deliveries::table
        .find(delivery.id.to_string())
        .filter(deliveries::tried_at.eq(delivery.tried_at.map(column)))
        .filter(deliveries::claimed.eq(true));
    diesel::update(mine)
        .set((
            deliveries::state.eq(state.as_str()),
            deliveries::claimed.eq(false),
            deliveries::due_at.eq(column(*due_at)),
            deliveries::status.eq(status.map(i32::from)),
            deliveries::answer.eq(answer),
        ))
        .execute(connection)?;
    match delivery.webhook_id {
        Some(id) => changes::note(delivery.organization_id, Thing::Webhook, id),
        // Nothing shows it.
        None if delivery.channel == Channel::Dialler => {}
        None => changes::note(delivery.organization_id, Thing::Notices, delivery.organization_id),
    }
    Ok(())
}

/// Gives up all that waits for a webhook that was switched off.
pub(super) fn give_up_all(connection: &mut Connection, webhook_id: WebhookId) -> Result<(), StoreError> {
    let waiting = deliveries::table
        .filter(deliveries::webhook_id.eq(webhook_id.to_string()))
        .filter(deliveries::state.eq(DeliveryState::Waiting.as_str()));
    diesel::update(waiting)
        .set((
            deliveries::state.eq(DeliveryState::Failed.as_str()),
            deliveries::answer.eq("the webhook was switched off"),
        ))
        .execute(connection)?;
    Ok(())
}

/// Forgets some deliveries that were over before then, the oldest first. Returns whether there may be more.
pub fn forget(connection: &mut Connection, before: UnixMs) -> Result<bool, StoreError> {
    let over: Vec<String> = deliveries::table
        // Ids are in the order of their moments, and have an index.
        .filter(deliveries::id.lt(CallId::first_at(before).to_string()))
        .filter(deliveries::state.ne(DeliveryState::Waiting.as_str()))
        .filter(deliveries::created_at.lt(column(before)))
        .order(deliveries::id)
        .limit(FORGOTTEN_AT_ONCE)
        .select(deliveries::id)
        .load(connection)?;
    diesel::delete(deliveries::table.filter(deliveries::id.eq_any(&over))).execute(connection)?;
    Ok(i64::try_from(over.len()).unwrap_or(i64::MAX) == FORGOTTEN_AT_ONCE)
}

/// Forgets deliveries of an organization that were over before then, at most [`FORGOTTEN_AT_ONCE`] of them: they repeat what they told of, which the
/// organization keeps no longer. Returns how many.
pub(super) fn forget_of(
    connection: &mut Connection,
    organization_id: OrganizationId,
    before: UnixMs,
) -> Result<usize, StoreError> {
    let over: Vec<String> = deliveries::table
        .filter(deliveries::organization_id.eq(organization_id.to_string()))
        .filter(deliveries::state.eq_any(OVER))
        // Ids are in the order of their moments, and have an index. In no order: of two states all that are due would be sorted, at each part.
        .filter(deliveries::id.lt(CallId::first_at(before).to_string()))
        .filter(deliveries::created_at.lt(column(before)))
        .limit(FORGOTTEN_AT_ONCE)
        .select(deliveries::id)
        .load(connection)?;
    Ok(diesel::delete(deliveries::table.filter(deliveries::id.eq_any(&over))).execute(connection)?)
}

/// Forgets the e-mails that assistants have sent to this address; one that waits is not sent.
pub(super) fn forget_emails_to(
    connection: &mut Connection,
    organization_id: OrganizationId,
    address: &str,
) -> Result<(), StoreError> {
    // All states are named, for the index needs the state before the target.
    let states = [DeliveryState::Waiting.as_str(), OVER[0], OVER[1]];
    let sent = deliveries::table
        .filter(deliveries::organization_id.eq(organization_id.to_string()))
        .filter(deliveries::state.eq_any(states))
        .filter(deliveries::target.eq(address.to_lowercase()))
        .filter(deliveries::event.eq(CAMPAIGN_EMAIL));
    if diesel::delete(sent).execute(connection)? > 0 {
        changes::note(organization_id, Thing::Notices, organization_id);
    }
    Ok(())
}

/// The letter in a delivery to a person.
pub fn letter(delivery: &Delivery) -> Result<Letter, StoreError> {
    Ok(serde_json::from_str(&delivery.body).map_err(|fault| BadRow::new("deliveries.body", fault))?)
}
