//! Gathers notices to people: a person gets one of a kind in ten minutes, and an organization sends a limited number a day.

use cordboard_schema::delivery::{Channel, Delivery, DeliveryState, Letter};
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::{NOTICE_GATHERED_MS, NOTICE_MAILS_PER_DAY_MAX, NOTICE_TEXTS_PER_DAY_MAX};
use cordboard_schema::notice::Notice;
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::{BadRow, DeliveryRow};
use cordboard_tables::tables::deliveries;
use diesel::prelude::*;

use super::deliveries::CAMPAIGN_EMAIL;
use super::moments::{column, day_of};
use super::{Connection, StoreError};

/// How far back to look for the last notice: a waiting one is due within [`NOTICE_GATHERED_MS`] of the previous one.
const LAST_NOTICE_MS: u64 = 2 * NOTICE_GATHERED_MS;

/// A recipient of notices.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    /// The organization that sends them.
    pub(super) organization_id: OrganizationId,
    /// The channel.
    pub(super) channel: Channel,
    /// Their address or number.
    pub(super) target: &'a str,
}

/// When this notice is sent to this person in a delivery of its own; none if it was added to a waiting one.
pub(super) fn due(
    connection: &mut Connection,
    reader: Reader<'_>,
    notice: &Notice,
    now: UnixMs,
) -> Result<Option<UnixMs>, StoreError> {
    let Some(last) = last(connection, reader, notice, now)? else { return Ok(Some(now)) };
    if last.state == DeliveryState::Waiting && last.attempts == 0 && !last.claimed {
        let waiting: Letter = super::deliveries::letter(&last)?;
        diesel::update(deliveries::table.find(last.id.to_string()))
            .set(deliveries::body.eq(body(&notice.gathered(&waiting))?))
            .execute(connection)?;
        return Ok(None);
    }
    let sent_at = last.tried_at.map_or(last.created_at, |tried_at| tried_at.max(last.created_at));
    Ok(Some(now.max(sent_at + NOTICE_GATHERED_MS)))
}

/// Tells whether no more deliveries by this channel are made today; `more` are not written yet.
pub(super) fn is_day_full(
    connection: &mut Connection,
    reader: Reader<'_>,
    more: usize,
    now: UnixMs,
) -> Result<bool, StoreError> {
    let max = match reader.channel {
        Channel::Sms => NOTICE_TEXTS_PER_DAY_MAX,
        Channel::Email => NOTICE_MAILS_PER_DAY_MAX,
        Channel::Webhook | Channel::Dialler => return Ok(false),
    };
    let (day_begins, day_ends) = day_of(now);
    let of_day: i64 = deliveries::table
        .filter(deliveries::organization_id.eq(reader.organization_id.to_string()))
        .filter(deliveries::channel.eq(reader.channel.as_str()))
        // E-mails to callees have a limit of their own.
        .filter(deliveries::event.ne(CAMPAIGN_EMAIL))
        .filter(deliveries::created_at.ge(day_begins))
        .filter(deliveries::created_at.lt(day_ends))
        .count()
        .get_result(connection)?;
    Ok(of_day.saturating_add(i64::try_from(more).unwrap_or(i64::MAX)) >= max)
}

/// A letter as a delivery stores it.
pub(super) fn body(letter: &Letter) -> Result<String, StoreError> {
    Ok(serde_json::to_string(letter).map_err(|fault| BadRow::new("deliveries.body", fault))?)
}

/// The newest delivery of this kind to this person, if it is recent.
fn last(
    connection: &mut Connection,
    reader: Reader<'_>,
    notice: &Notice,
    now: UnixMs,
) -> Result<Option<Delivery>, StoreError> {
    let row = deliveries::table
        .filter(deliveries::organization_id.eq(reader.organization_id.to_string()))
        .filter(deliveries::channel.eq(reader.channel.as_str()))
        .filter(deliveries::created_at.ge(column(now - LAST_NOTICE_MS)))
        .filter(deliveries::target.eq(reader.target))
        .filter(deliveries::event.eq(notice.kind.as_str()))
        .order(deliveries::id.desc())
        .select(DeliveryRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(DeliveryRow::into_delivery).transpose()?)
}
