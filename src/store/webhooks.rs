//! Webhooks: recipients of an organization's events.

use cordboard_schema::ids::{OrganizationId, WebhookId};
use cordboard_schema::limits::WEBHOOKS_MAX;
use cordboard_schema::notice::Notice;
use cordboard_schema::time::UnixMs;
use cordboard_schema::webhook::Webhook;
use cordboard_tables::rows::WebhookRow;
use cordboard_tables::tables::webhooks;
use diesel::prelude::*;
use url::Url;

use super::{Connection, StoreError, audit, deliveries, notifications};

/// Returns the organization's webhooks, oldest first, without those whose rows can't be read: the others still get their events.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<Vec<Webhook>, StoreError> {
    let rows = webhooks::table
        .filter(webhooks::organization_id.eq(organization_id.to_string()))
        .order(webhooks::id)
        .select(WebhookRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().filter_map(readable).collect())
}

/// Returns the webhook of a row; none if the row can't be read, which is logged.
fn readable(row: WebhookRow) -> Option<Webhook> {
    let webhook_id = row.id.clone();
    row.into_webhook()
        .inspect_err(
            |error| tracing::error!(webhook_id, %error, "a webhook's row can't be read: it gets no events"),
        )
        .ok()
}

/// Returns the webhook with this id.
pub fn find(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: WebhookId,
) -> Result<Option<Webhook>, StoreError> {
    let row = webhooks::table
        .find(id.to_string())
        .filter(webhooks::organization_id.eq(organization_id.to_string()))
        .select(WebhookRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(WebhookRow::into_webhook).transpose()?)
}

/// Adds a webhook. Returns false if the organization has the maximum.
pub fn create(connection: &mut Connection, webhook: &Webhook) -> Result<bool, StoreError> {
    let count: i64 = webhooks::table
        .filter(webhooks::organization_id.eq(webhook.organization_id.to_string()))
        .count()
        .get_result(connection)?;
    if usize::try_from(count).is_ok_and(|count| count >= WEBHOOKS_MAX) {
        return Ok(false);
    }
    diesel::insert_into(webhooks::table).values(WebhookRow::new(webhook)?).execute(connection)?;
    Ok(true)
}

/// Changes the webhook with this id, except its creation time. Returns false if the organization has none.
pub fn update(connection: &mut Connection, webhook: &Webhook) -> Result<bool, StoreError> {
    let row = WebhookRow::new(webhook)?;
    let found = webhooks::table.find(row.id).filter(webhooks::organization_id.eq(row.organization_id));
    let changed = diesel::update(found)
        .set((
            webhooks::url.eq(row.url),
            webhooks::events.eq(row.events),
            webhooks::secret.eq(row.secret),
            webhooks::enabled.eq(row.enabled),
            webhooks::failing_since.eq(row.failing_since),
            webhooks::off_reason.eq(row.off_reason),
        ))
        .execute(connection)?;
    Ok(changed > 0)
}

/// Removes the webhook with this id and its deliveries. Returns false if the organization has none.
pub fn delete(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: WebhookId,
) -> Result<bool, StoreError> {
    let found = webhooks::table
        .find(id.to_string())
        .filter(webhooks::organization_id.eq(organization_id.to_string()));
    Ok(diesel::delete(found).execute(connection)? > 0)
}

/// Notes that a webhook accepted an event.
pub fn succeeded(connection: &mut Connection, id: WebhookId) -> Result<(), StoreError> {
    let failing = webhooks::table.find(id.to_string()).filter(webhooks::failing_since.is_not_null());
    diesel::update(failing)
        .set(webhooks::failing_since.eq(None::<chrono::NaiveDateTime>))
        .execute(connection)?;
    Ok(())
}

/// Notes that a webhook failed to accept an event, which may be retried. Returns whether it had accepted the one before.
pub fn failing(connection: &mut Connection, id: WebhookId, now: UnixMs) -> Result<bool, StoreError> {
    let first = webhooks::table.find(id.to_string()).filter(webhooks::failing_since.is_null());
    let first = diesel::update(first).set(webhooks::failing_since.eq(Some(now.to_utc().naive_utc())));
    Ok(first.execute(connection)? > 0)
}

/// Notes that an event for a webhook is given up. A webhook that has accepted nothing for `dead_ms` is switched off: its waiting events are given up,
/// and the organization is notified.
pub fn failed(
    connection: &mut Connection,
    webhook: &Webhook,
    now: UnixMs,
    dead_ms: u64,
) -> Result<(), StoreError> {
    if failing(connection, webhook.id, now)? {
        return Ok(());
    }
    let dead = webhooks::table
        .find(webhook.id.to_string())
        .filter(webhooks::enabled.eq(true))
        .filter(webhooks::failing_since.le(Some((now - dead_ms).to_utc().naive_utc())));
    let reason = format!("it has taken nothing for {}", days(dead_ms));
    let off = diesel::update(dead).set((webhooks::enabled.eq(false), webhooks::off_reason.eq(Some(&reason))));
    if off.execute(connection)? == 0 {
        return Ok(());
    }
    deliveries::give_up_all(connection, webhook.id)?;
    let did = ("webhook.switched_off", webhook.id.to_string(), reason);
    audit::record_by_system(connection, webhook.organization_id, now, did)?;
    let notice = Notice::WebhookOff { id: webhook.id, host: host_of(&webhook.url), silent_ms: dead_ms };
    notifications::notify(connection, webhook.organization_id, &notice, now)
}

/// The host of an address: the rest may contain a secret.
pub(crate) fn host_of(url: &str) -> String {
    Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

fn days(ms: u64) -> String {
    match ms / (24 * 3_600_000) {
        0 => format!("{} s", ms / 1_000),
        days => format!("{days} days"),
    }
}
