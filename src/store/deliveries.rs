//! The outbox: messages to webhooks and people. Rows are written in the transaction of the event that they report, and sent by the first server that
//! claims them.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDateTime;
use cordboard_actors::world;
use cordboard_schema::changed::Thing;
use cordboard_schema::delivery::{Channel, Delivery, DeliveryState, Letter};
use cordboard_schema::ids::{CallId, DeliveryId, OrganizationId, WebhookId};
use cordboard_schema::limits::{
    CAMPAIGN_EMAILS_PER_DAY_MAX, DELIVERIES_WAITING_MAX, DELIVERIES_WAITING_OF_TARGET, DELIVERY_GIVE_UP_MS,
    DELIVERY_TARGETS_MAX, FORGOTTEN_AT_ONCE, NOTICE_NIGHT_MS_MAX,
};
use cordboard_schema::notice::{Notice, NoticeSettings};
use cordboard_schema::time::UnixMs;
use cordboard_schema::webhook::{EventKind, Webhook, WebhookEvent, WebhookMessage};
use cordboard_tables::rows::{BadRow, DeliveryRow};
use cordboard_tables::tables::deliveries;
use diesel::dsl::min;
use diesel::prelude::*;
use uuid::Uuid;

use super::Connection;
use super::StoreError;
use super::gathering::{self, Reader};
use super::moments::{column, day_of};
use super::notices::Forms;
use super::text::kept_text;
use super::{changes, notices, webhooks};

/// The kind of a notice, and when it was written: the same for all its recipients.
type NoticeMoment = (String, NaiveDateTime);

/// Writes an event to the outbox, for each webhook and person of the organization that subscribed to it. It is sent after the commit of the caller's
/// transaction, and only then.
pub fn enqueue(
    connection: &mut Connection,
    organization_id: OrganizationId,
    event: WebhookEvent,
) -> Result<(), StoreError> {
    Outbox::default().put(connection, organization_id, event, world::now().into())
}

/// Recipients of organizations' events, read once for a transaction with many events.
#[derive(Debug, Default)]
pub(super) struct Outbox(HashMap<OrganizationId, Wants>);

/// Recipients of an organization, and how many more deliveries there is room for.
#[derive(Debug)]
struct Wants {
    webhooks: Vec<Webhook>,
    notices: NoticeSettings,
    /// None until there is a notice for somebody.
    forms: Option<Forms>,
    /// None until there is a recipient, because counting takes time.
    room: Option<i64>,
    /// Whether it is already logged that an event was dropped.
    is_drop_logged: bool,
}

impl Outbox {
    /// Does the same as [`enqueue`] for an event at an earlier time.
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
        let subscribed: Vec<WebhookId> = wants
            .webhooks
            .iter()
            .filter(|webhook| webhook.enabled && webhook.events.contains(&kind))
            .map(|webhook| webhook.id)
            .collect();
        if !subscribed.is_empty() {
            let message = WebhookMessage { timestamp: at, event };
            let body =
                serde_json::to_string(&message).map_err(|fault| BadRow::new("deliveries.body", fault))?;
            made.extend(subscribed.into_iter().map(|webhook| Delivery {
                channel: Channel::Webhook,
                webhook_id: Some(webhook),
                target: webhook.to_string(),
                ..new(organization_id, kind.as_str(), body.clone(), at)
            }));
        }
        wants.write(connection, organization_id, made)
    }

    /// Writes a notice to the outbox, for each person of the organization that subscribed to it.
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
                notices: readable_notices(connection, organization_id)?,
                forms: None,
                room: None,
                is_drop_logged: false,
            }),
        })
    }
}

/// Who is notified of what; nobody if that can't be read, which is logged: webhooks still get their events.
fn readable_notices(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<NoticeSettings, StoreError> {
    match notices::settings(connection, organization_id) {
        Err(StoreError::BadRow(bad)) => {
            tracing::error!(%organization_id, %bad, "the recipients of notices can't be read: nobody is notified");
            Ok(NoticeSettings::default())
        }
        read => read,
    }
}

impl Wants {
    /// The deliveries for a notice. A notice that is merged into a waiting one needs none.
    fn of_notice(
        &mut self,
        connection: &mut Connection,
        organization_id: OrganizationId,
        notice: &Notice,
        at: UnixMs,
    ) -> Result<Vec<Delivery>, StoreError> {
        let Self { notices, forms, .. } = self;
        let recipients = notices.of(notice.kind());
        if recipients.is_empty() {
            return Ok(Vec::new());
        }
        let forms = match forms {
            Some(known) => known,
            None => forms.insert(Forms::of(connection, organization_id, notices)?),
        };
        let mut made: Vec<Delivery> = Vec::new();
        for (channel, target) in recipients.each_once() {
            if forms.is_disabled(channel, target) {
                continue;
            }
            let now = UnixMs::from(world::now());
            let form = forms.form(channel, target);
            let reader = Reader { organization_id, channel, target, form };
            let Some(due_at) = gathering::due(connection, reader, notice, now)? else { continue };
            let more = made.iter().filter(|made| made.channel == channel).count();
            if gathering::is_day_full(connection, reader, more, now)? {
                tracing::warn!(%organization_id, ?channel, "people get no more notices today: the organization has reached its daily limit");
                continue;
            }
            let body = gathering::body(&notice.letter(form))?;
            made.push(Delivery {
                channel,
                target: target.to_owned(),
                due_at: Some(due_at),
                give_up_at: due_at + DELIVERY_GIVE_UP_MS,
                ..new(organization_id, notice.kind().as_str(), body, at)
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
            } else if !std::mem::replace(&mut self.is_drop_logged, true) {
                tracing::warn!(%organization_id, "the outbox is full: an event is dropped");
            }
        }
        Ok(())
    }
}

/// A new delivery by e-mail, without a recipient.
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
        // There is one for each call from a dialler, and they take no room from others.
        .filter(deliveries::channel.ne(Channel::Dialler.as_str()))
        .count()
        .get_result(connection)?;
    Ok(count)
}

/// The number of waiting deliveries for this target of the organization.
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

/// Tells whether there is room for one more delivery to this target.
fn is_room_for(
    connection: &mut Connection,
    organization_id: OrganizationId,
    target: &str,
) -> Result<bool, StoreError> {
    Ok(waiting(connection, organization_id)? < DELIVERIES_WAITING_MAX
        || waiting_for(connection, organization_id, target)? < DELIVERIES_WAITING_OF_TARGET)
}

/// The event name of an e-mail that an assistant sends to the callee of a campaign.
pub(super) const CAMPAIGN_EMAIL: &str = "campaign.email";

/// Added to a call's id to get the id of its e-mail, so that there is at most one. It begins with the call's time, like all ids.
const OF_EMAIL: u128 = 0x652d_6d61_696c;

fn email_of(call_id: CallId) -> DeliveryId {
    DeliveryId(Uuid::from_u128(call_id.0.as_u128() ^ OF_EMAIL))
}

/// Writes an e-mail of a call to the outbox; or returns why not, in words for its assistant.
pub(super) fn write_of_call(
    connection: &mut Connection,
    (organization_id, call_id): (OrganizationId, CallId),
    to: &str,
    letter: &Letter,
    at: UnixMs,
) -> Result<Result<(), &'static str>, StoreError> {
    let id = email_of(call_id);
    let before: Option<String> = deliveries::table
        .find(id.to_string())
        .filter(deliveries::organization_id.eq(organization_id.to_string()))
        .select(deliveries::id)
        .first(connection)
        .optional()?;
    if before.is_some() {
        return Ok(Err("an e-mail was sent on this call, and there is one at most"));
    }
    let (day_begins, day_ends) = day_of(at);
    let of_day: i64 = deliveries::table
        .filter(deliveries::organization_id.eq(organization_id.to_string()))
        .filter(deliveries::channel.eq(Channel::Email.as_str()))
        .filter(deliveries::event.eq(CAMPAIGN_EMAIL))
        .filter(deliveries::created_at.ge(day_begins))
        .filter(deliveries::created_at.lt(day_ends))
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

/// The event name of a test of a webhook. No other webhook gets it.
const TEST: &str = "webhook.test";

/// Writes a signed test event for a webhook to the outbox, so that a user can see whether it arrives. It is tried once. None if the outbox is full
/// and many deliveries wait for this webhook.
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

/// Tells whether the delivery is a test, so that no event happened.
pub fn is_test(delivery: &Delivery) -> bool {
    delivery.event == TEST
}

/// Filters for deliveries.
#[derive(Clone, Copy, Debug)]
pub struct DeliveryQuery {
    /// Only those to this webhook; none: only those to people.
    pub webhook_id: Option<WebhookId>,
    /// Only those made before this one.
    pub before: Option<DeliveryId>,
    /// At most this many.
    pub limit: i64,
}

/// Returns the deliveries that match `query`, newest first.
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

/// Returns the kind of the event in a delivery to this webhook; none if there is no such delivery, or if it is a test.
pub fn kind(
    connection: &mut Connection,
    organization_id: OrganizationId,
    webhook_id: WebhookId,
    id: DeliveryId,
) -> Result<Option<EventKind>, StoreError> {
    let event: Option<String> = deliveries::table
        .find(id.to_string())
        .filter(deliveries::organization_id.eq(organization_id.to_string()))
        .filter(deliveries::webhook_id.eq(webhook_id.to_string()))
        .select(deliveries::event)
        .first(connection)
        .optional()?;
    Ok(event.as_deref().and_then(kind_named))
}

/// Returns the kinds of the events that wait for a webhook. It may no longer be subscribed to them.
pub fn waiting_kinds(
    connection: &mut Connection,
    organization_id: OrganizationId,
    webhook_id: WebhookId,
) -> Result<Vec<EventKind>, StoreError> {
    // By the target, whose index has the state: by the webhook, those of thirty days would be read.
    let events: Vec<String> = deliveries::table
        .filter(deliveries::organization_id.eq(organization_id.to_string()))
        .filter(deliveries::state.eq(DeliveryState::Waiting.as_str()))
        .filter(deliveries::target.eq(webhook_id.to_string()))
        .select(deliveries::event)
        .distinct()
        .load(connection)?;
    Ok(events.iter().filter_map(|event| kind_named(event)).collect())
}

fn kind_named(event: &str) -> Option<EventKind> {
    EventKind::ALL.into_iter().find(|kind| kind.as_str() == event)
}

/// Why a delivery is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotRedelivered {
    /// The webhook has no such delivery.
    Unknown,
    /// The outbox is full, and many deliveries wait for this webhook.
    Full,
}

/// Makes a delivery of this webhook due now, to be retried for a day as if it were new. One that is not waiting any more needs room like a new one.
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

/// Returns the organizations with due deliveries.
pub fn due_organizations(connection: &mut Connection, now: UnixMs) -> Result<Vec<String>, StoreError> {
    Ok(deliveries::table
        .filter(deliveries::state.eq(DeliveryState::Waiting.as_str()))
        .filter(deliveries::due_at.le(column(now)))
        .select(deliveries::organization_id)
        .distinct()
        .load(connection)?)
}

/// Returns the targets of an organization with due deliveries.
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

/// Returns when the next waiting delivery is due; none if none waits.
pub fn next_due(connection: &mut Connection) -> Result<Option<UnixMs>, StoreError> {
    let first: Option<NaiveDateTime> = deliveries::table
        .filter(deliveries::state.eq(DeliveryState::Waiting.as_str()))
        .select(min(deliveries::due_at))
        .first(connection)?;
    Ok(first.map(|at| at.and_utc().into()))
}

/// Returns some deliveries that wait beyond `latest`, longer than any retry pause: the clock was ahead when their time was set. Text messages may also
/// wait for the morning. Those to a dialler are in `dialler_calls.rs`.
pub fn too_far_ahead(connection: &mut Connection, latest: UnixMs) -> Result<Vec<String>, StoreError> {
    let morning = latest + NOTICE_NIGHT_MS_MAX;
    Ok(deliveries::table
        .filter(deliveries::state.eq(DeliveryState::Waiting.as_str()))
        .filter(deliveries::due_at.gt(column(latest)))
        .filter(deliveries::channel.ne(Channel::Dialler.as_str()))
        .filter(deliveries::channel.ne(Channel::Sms.as_str()).or(deliveries::due_at.gt(column(morning))))
        .order(deliveries::due_at)
        .limit(FORGOTTEN_AT_ONCE)
        .select(deliveries::id)
        .load(connection)?)
}

/// Makes those of them that still wait beyond `latest` due at `due_at`.
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

/// The states in which nothing is tried any more.
const OVER: [&str; 2] = [DeliveryState::Delivered.as_str(), DeliveryState::Failed.as_str()];

/// Pause after a delivery that can't be read.
const UNREADABLE_PAUSE_MS: u64 = 3_600_000;

/// Claims up to `limit` due deliveries of an organization for a target, oldest first. Other servers don't take them until `until`. Returns them as
/// they were before, except for `tried_at`, which differs for each attempt at a delivery.
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
        // If another server was faster, it has increased the number of attempts.
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
                    "a delivery can't be read: it is tried again in an hour, and later ones are sent meanwhile"
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

/// Releases a target's deliveries that are claimed until this moment, because no attempt was begun: they are due at `now`.
pub fn release(
    connection: &mut Connection,
    (organization_id, target): (&str, &str),
    until: UnixMs,
    now: UnixMs,
) -> Result<(), StoreError> {
    let claimed = deliveries::table
        .filter(deliveries::organization_id.eq(organization_id))
        .filter(deliveries::state.eq(DeliveryState::Waiting.as_str()))
        .filter(deliveries::target.eq(target))
        .filter(deliveries::claimed.eq(true))
        .filter(deliveries::due_at.eq(column(until)));
    diesel::update(claimed)
        .set((deliveries::claimed.eq(false), deliveries::due_at.eq(column(now))))
        .execute(connection)?;
    Ok(())
}

/// The result of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempted {
    /// The delivery, as it was claimed.
    pub delivery: Delivery,
    /// Its new state.
    pub state: DeliveryState,
    /// When it is tried again, if it waits.
    pub due_at: UnixMs,
    /// Status of the answer.
    pub status: Option<u16>,
    /// The answer, truncated, or why there was none.
    pub answer: String,
}

/// Stores the result of an attempt, unless the delivery was claimed again meanwhile, or is to be repeated from the beginning.
pub fn finish(connection: &mut Connection, attempted: &Attempted) -> Result<(), StoreError> {
    let Attempted { delivery, state, due_at, status, answer } = attempted;
    // The number of attempts does not identify this one: it starts again from 0 when a user repeats the delivery.
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
            deliveries::answer.eq(kept_text(answer)),
        ))
        .execute(connection)?;
    match delivery.webhook_id {
        Some(id) => changes::note(delivery.organization_id, Thing::Webhook, id),
        // No page shows it.
        None if delivery.channel == Channel::Dialler => {}
        None => changes::note(delivery.organization_id, Thing::Notices, delivery.organization_id),
    }
    Ok(())
}

/// Gives up everything that waits for a webhook that was switched off, whatever an attempt that is under way results in.
pub(super) fn give_up_all(connection: &mut Connection, webhook_id: WebhookId) -> Result<(), StoreError> {
    let waiting = deliveries::table
        .filter(deliveries::webhook_id.eq(webhook_id.to_string()))
        .filter(deliveries::state.eq(DeliveryState::Waiting.as_str()));
    diesel::update(waiting)
        .set((
            deliveries::state.eq(DeliveryState::Failed.as_str()),
            deliveries::claimed.eq(false),
            deliveries::answer.eq("the webhook was switched off"),
        ))
        .execute(connection)?;
    Ok(())
}

/// Deletes some deliveries that ended before `before`, oldest first. Returns whether there may be more.
pub fn forget(connection: &mut Connection, before: UnixMs) -> Result<bool, StoreError> {
    let over: Vec<String> = deliveries::table
        // Ids are ordered by time and indexed.
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

/// Deletes at most [`FORGOTTEN_AT_ONCE`] deliveries of an organization that ended before `before`: they repeat data that the organization no longer
/// keeps. Returns how many.
pub(super) fn forget_of(
    connection: &mut Connection,
    organization_id: OrganizationId,
    before: UnixMs,
) -> Result<usize, StoreError> {
    let over: Vec<String> = deliveries::table
        .filter(deliveries::organization_id.eq(organization_id.to_string()))
        .filter(deliveries::state.eq_any(OVER))
        // Ids are ordered by time and indexed. Unordered, because with two states all matches would be sorted for each part.
        .filter(deliveries::id.lt(CallId::first_at(before).to_string()))
        .filter(deliveries::created_at.lt(column(before)))
        .limit(FORGOTTEN_AT_ONCE)
        .select(deliveries::id)
        .load(connection)?;
    Ok(diesel::delete(deliveries::table.filter(deliveries::id.eq_any(&over))).execute(connection)?)
}

/// Waiting notices to an e-mail address go to another one from now on, or fail for this reason, whatever an attempt that is under way results in. One
/// that the other address has, too, is deleted: its reader would get it twice.
pub(super) fn readdress(
    connection: &mut Connection,
    organization_id: OrganizationId,
    from: &str,
    to: Result<&str, &'static str>,
) -> Result<(), StoreError> {
    let owner = organization_id.to_string();
    let waiting: Vec<(String, String, NoticeMoment)> = deliveries::table
        .filter(deliveries::organization_id.eq(&owner))
        .filter(deliveries::state.eq(DeliveryState::Waiting.as_str()))
        .filter(deliveries::channel.eq(Channel::Email.as_str()))
        .filter(deliveries::event.ne(CAMPAIGN_EMAIL))
        .select((deliveries::id, deliveries::target, (deliveries::event, deliveries::created_at)))
        .load(connection)?;
    // Recipients are named in capital or small letters.
    let is_of = |target: &str, address: &str| target.to_lowercase() == address.to_lowercase();
    let theirs: Vec<_> = waiting.into_iter().filter(|(_, target, _)| is_of(target, from)).collect();
    if theirs.is_empty() {
        return Ok(());
    }
    let mut known: HashSet<NoticeMoment> = HashSet::new();
    if let Ok(to) = to
        && !is_of(from, to)
    {
        let moments: Vec<NaiveDateTime> = theirs.iter().map(|(_, _, (_, at))| *at).collect();
        let all: Vec<(String, NoticeMoment)> = deliveries::table
            .filter(deliveries::organization_id.eq(&owner))
            .filter(deliveries::channel.eq(Channel::Email.as_str()))
            .filter(deliveries::created_at.eq_any(moments))
            .filter(deliveries::state.ne(DeliveryState::Failed.as_str()))
            .select((deliveries::target, (deliveries::event, deliveries::created_at)))
            .load(connection)?;
        known.extend(all.into_iter().filter(|(target, _)| is_of(target, to)).map(|(_, moment)| moment));
    }
    let (twice, once): (Vec<_>, Vec<_>) = theirs.into_iter().partition(|(_, _, of)| known.contains(of));
    let ids = |of: Vec<(String, String, NoticeMoment)>| of.into_iter().map(|(id, ..)| id).collect::<Vec<_>>();
    let (twice, ids) = (ids(twice), ids(once));
    let twice = deliveries::table
        .filter(deliveries::id.eq_any(&twice))
        .filter(deliveries::organization_id.eq(&owner));
    diesel::delete(twice).execute(connection)?;
    let theirs =
        deliveries::table.filter(deliveries::id.eq_any(&ids)).filter(deliveries::organization_id.eq(&owner));
    match to {
        Ok(to) => diesel::update(theirs).set(deliveries::target.eq(to)).execute(connection)?,
        Err(why) => diesel::update(theirs)
            .set((
                deliveries::state.eq(DeliveryState::Failed.as_str()),
                deliveries::claimed.eq(false),
                deliveries::answer.eq(why),
            ))
            .execute(connection)?,
    };
    changes::note(organization_id, Thing::Notices, organization_id);
    Ok(())
}

/// Deletes the e-mails that assistants sent to this address. One that waits is not sent.
pub(super) fn forget_emails_to(
    connection: &mut Connection,
    organization_id: OrganizationId,
    address: &str,
) -> Result<(), StoreError> {
    // All states are listed because the index has the state before the target.
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

/// Deletes the e-mails that assistants sent on these calls, to any address. One that waits is not sent.
pub(super) fn forget_emails_of_calls(
    connection: &mut Connection,
    organization_id: OrganizationId,
    calls: impl Iterator<Item = CallId>,
) -> Result<(), StoreError> {
    let ids: Vec<String> = calls.map(|call_id| email_of(call_id).to_string()).collect();
    let sent = deliveries::table
        .filter(deliveries::id.eq_any(&ids))
        .filter(deliveries::organization_id.eq(organization_id.to_string()))
        .filter(deliveries::event.eq(CAMPAIGN_EMAIL));
    if diesel::delete(sent).execute(connection)? > 0 {
        changes::note(organization_id, Thing::Notices, organization_id);
    }
    Ok(())
}

/// Returns the letter in a delivery to a person.
pub fn letter(delivery: &Delivery) -> Result<Letter, StoreError> {
    Ok(serde_json::from_str(&delivery.body).map_err(|fault| BadRow::new("deliveries.body", fault))?)
}
