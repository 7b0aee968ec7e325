//! Gathers notices to people: a person gets one of a kind in ten minutes, and an organization sends a limited number a day.

use cordboard_schema::delivery::{Channel, Delivery, DeliveryState, Letter};
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::{
    NOTICE_GATHERED_MS, NOTICE_MAILS_PER_DAY_MAX, NOTICE_NIGHT_MS_MAX, NOTICE_TEXTS_PER_DAY_MAX,
};
use cordboard_schema::notice::{Notice, NoticeForm};
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::{BadRow, DeliveryRow};
use cordboard_tables::tables::deliveries;
use diesel::prelude::*;

use super::deliveries::CAMPAIGN_EMAIL;
use super::moments::{column, day_of};
use super::{Connection, StoreError};

/// How far back to look for the last notice: a waiting one is due within [`NOTICE_GATHERED_MS`] of the previous one.
const LAST_NOTICE_MS: u64 = 2 * NOTICE_GATHERED_MS;

/// The same for a text message that may wait for the morning.
const LAST_TEXT_MS: u64 = LAST_NOTICE_MS + NOTICE_NIGHT_MS_MAX;

/// A recipient of notices.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    /// The organization that sends them.
    pub(super) organization_id: OrganizationId,
    /// The channel.
    pub(super) channel: Channel,
    /// Their address or number.
    pub(super) target: &'a str,
    /// How they read it.
    pub(super) form: NoticeForm,
}

/// When this notice is sent to this person in a delivery of its own; none if it was added to a waiting one.
pub(super) fn due(
    connection: &mut Connection,
    reader: Reader<'_>,
    notice: &Notice,
    now: UnixMs,
) -> Result<Option<UnixMs>, StoreError> {
    let own_time = |at| match reader.channel {
        Channel::Sms => notice.kind().text_time(at, reader.form.zone),
        Channel::Email | Channel::Webhook | Channel::Dialler => at,
    };
    let Some(last) = last(connection, reader, notice, now)? else { return Ok(Some(own_time(now))) };
    if last.state == DeliveryState::Waiting && last.attempts == 0 && !last.claimed {
        let waiting: Letter = super::deliveries::letter(&last)?;
        diesel::update(deliveries::table.find(last.id.to_string()))
            .set(deliveries::body.eq(body(&notice.gathered(&waiting, reader.form))?))
            .execute(connection)?;
        return Ok(None);
    }
    let sent_at = last.tried_at.map_or(last.created_at, |tried_at| tried_at.max(last.created_at));
    Ok(Some(own_time(now.max(sent_at + NOTICE_GATHERED_MS))))
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
    let waits_for_morning = reader.channel == Channel::Sms && notice.kind().can_wait_for_morning();
    let back = if waits_for_morning { LAST_TEXT_MS } else { LAST_NOTICE_MS };
    let row = deliveries::table
        .filter(deliveries::organization_id.eq(reader.organization_id.to_string()))
        .filter(deliveries::channel.eq(reader.channel.as_str()))
        .filter(deliveries::created_at.ge(column(now - back)))
        .filter(deliveries::target.eq(reader.target))
        .filter(deliveries::event.eq(notice.kind().as_str()))
        .order(deliveries::id.desc())
        .select(DeliveryRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(DeliveryRow::into_delivery).transpose()?)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use chrono_tz::Tz;
    use cordboard_actors::world;
    use cordboard_schema::account::{EmailAddress, PageLanguage, User, UserStatus};
    use cordboard_schema::alarm::{AlarmCause, NewAlarm};
    use cordboard_schema::business::BusinessProfile;
    use cordboard_schema::ids::{AlarmId, CallId, UserId, WebhookId};
    use cordboard_schema::limits::DELIVERY_AHEAD_MS_MAX;
    use cordboard_schema::notice::{NoticeSettings, Recipients};
    use cordboard_schema::permission::Role;
    use cordboard_schema::webhook::AlarmPayload;
    use cordboard_tables::rows::UserRow;
    use tokio::runtime::Builder;

    use super::*;
    use crate::store::{DeliveryQuery, Store, StoreSettings, business, notices, notifications, query, users};

    fn at(text: &str) -> UnixMs {
        text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().into()
    }

    /// Ada has chosen Spanish; the others are of a business in Berlin that speaks German.
    async fn has_people(store: &Store) {
        let owner = store.organization_id();
        let ada = User {
            id: UserId(world::new_id()),
            organization_id: owner,
            email: EmailAddress::parse("ada@example.com").unwrap(),
            name: "Ada".to_owned(),
            role: Role::Owner,
            status: UserStatus::Active,
            has_totp: false,
            created_at: UnixMs(0),
            last_sign_in_at: None,
        };
        let mut row = UserRow::new(&ada, String::new()).unwrap();
        row.language = Some(UserRow::language_word(PageLanguage::Es).unwrap());
        let profile = BusinessProfile {
            time_zone: Tz::Europe__Berlin,
            languages: ["tr", "de-DE"].map(str::to_owned).to_vec(),
            ..BusinessProfile::default()
        };
        let to = Recipients {
            email: ["Ada@Example.com", "office@example.com"].map(str::to_owned).to_vec(),
            sms: vec!["+4930123".to_owned()],
        };
        let settings = NoticeSettings { webhook_off: to.clone(), alarm: to, ..NoticeSettings::default() };
        let write = move |connection: &mut Connection| {
            users::create(connection, &row)?;
            business::set(connection, owner, 0, &profile)?;
            notices::set(connection, owner, &settings)
        };
        store.change(write).await.unwrap();
    }

    async fn notify(store: &Store, notice: Notice) {
        let (owner, now) = (store.organization_id(), UnixMs::from(world::now()));
        let write = move |connection: &mut Connection| notifications::notify(connection, owner, &notice, now);
        store.change(write).await.unwrap();
    }

    fn webhook_off(host: &str) -> Notice {
        let (id, host) = (WebhookId(world::new_id()), host.to_owned());
        Notice::WebhookOff { id, host, silent_ms: 5 * 24 * 3_600_000 }
    }

    /// The deliveries of a kind to this person, oldest first: when each is due, and its letter.
    async fn letters(store: &Store, target: &str, kind: &str) -> Vec<(UnixMs, Letter)> {
        let owner = store.organization_id();
        let of_all = DeliveryQuery { webhook_id: None, before: None, limit: 99 };
        let read = move |connection: &mut Connection| query::deliveries(connection, owner, of_all);
        let all = store.reads().run(read).await.unwrap().into_iter().rev();
        all.filter(|delivery| delivery.target == target && delivery.event == kind)
            .map(|delivery| (delivery.due_at.unwrap(), query::letter(&delivery).unwrap()))
            .collect()
    }

    #[test]
    fn waiting_notices_follow_their_readers_and_end_with_them() {
        let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let _stay = world::enter("2027-05-04T09:00:00Z".parse().unwrap(), 1);
            let folder = tempfile::tempdir().unwrap();
            let store = Store::open(&StoreSettings::file(folder.path().join("cordboard.db"))).unwrap();
            has_people(&store).await;
            notify(&store, webhook_off("one.example")).await;
            let [before, after] = ["ada@example.com", "lovelace@example.com"];
            let change_address = move |connection: &mut Connection| {
                let [before, after] = [before, after].map(|email| EmailAddress::parse(email).unwrap());
                let ada = users::by_email(connection, &before)?.unwrap().user()?;
                users::set_email(connection, &ada, &after)
            };
            store.change(change_address).await.unwrap();
            assert_eq!(letters(&store, after, "webhook_off").await.len(), 1);
            let disable = move |connection: &mut Connection| {
                let after = EmailAddress::parse(after).unwrap();
                let ada = users::by_email(connection, &after)?.unwrap().user()?;
                users::update(connection, &User { status: UserStatus::Disabled, ..ada })
            };
            assert!(store.change(disable).await.unwrap());
            let (owner, of_all) =
                (store.organization_id(), DeliveryQuery { webhook_id: None, before: None, limit: 99 });
            let read = move |connection: &mut Connection| query::deliveries(connection, owner, of_all);
            let all = store.reads().run(read).await.unwrap();
            assert_eq!(all.len(), 3, "{all:?}");
            for Delivery { target, state, answer, .. } in &all {
                let is_hers = target == after;
                let expected = if is_hers { DeliveryState::Failed } else { DeliveryState::Waiting };
                assert_eq!(
                    (*state, answer.as_deref()),
                    (expected, is_hers.then_some("its reader may not sign in")),
                    "{target}"
                );
            }
        });
    }

    #[test]
    fn a_notice_that_its_next_reader_has_comes_once() {
        let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let _stay = world::enter("2027-05-04T09:00:00Z".parse().unwrap(), 1);
            let folder = tempfile::tempdir().unwrap();
            let store = Store::open(&StoreSettings::file(folder.path().join("cordboard.db"))).unwrap();
            has_people(&store).await;
            notify(&store, webhook_off("one.example")).await;
            let owner = store.organization_id();
            let pass_on = move |connection: &mut Connection| {
                notices::readdress(connection, owner, "ada@example.com", Some("Office@example.com"))
            };
            assert!(store.change(pass_on).await.unwrap());
            assert_eq!(letters(&store, "office@example.com", "webhook_off").await.len(), 1);
            let of_all = DeliveryQuery { webhook_id: None, before: None, limit: 99 };
            let read = move |connection: &mut Connection| query::deliveries(connection, owner, of_all);
            let all = store.reads().run(read).await.unwrap();
            let mails = all.iter().filter(|delivery| delivery.channel == Channel::Email).count();
            assert_eq!(mails, 1, "{all:?}");
        });
    }

    #[test]
    fn people_read_notices_in_their_language_and_sleep_at_night() {
        let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            // Half past one in Berlin.
            let _stay = world::enter("2027-05-04T23:30:00Z".parse().unwrap(), 1);
            let folder = tempfile::tempdir().unwrap();
            let store = Store::open(&StoreSettings::file(folder.path().join("cordboard.db"))).unwrap();
            has_people(&store).await;
            notify(&store, webhook_off("one.example")).await;
            let latest = UnixMs::from(world::now()) + DELIVERY_AHEAD_MS_MAX;
            let far = move |connection: &mut Connection| query::deliveries_too_far_ahead(connection, latest);
            assert_eq!(store.reads().run(far).await.unwrap(), [""; 0], "the clock was not ahead");
            world::set_calendar(TimeDelta::hours(3));
            let now = UnixMs::from(world::now());
            notify(&store, webhook_off("two.example")).await;
            notify(
                &store,
                Notice::Alarm(AlarmPayload::from(&NewAlarm {
                    id: AlarmId(world::new_id()),
                    organization_id: store.organization_id(),
                    call_id: CallId(world::new_id()),
                    rule: "Waits".to_owned(),
                    cause: AlarmCause::CallerWaits { longer_than_s: 45 },
                    at: now,
                })),
            )
            .await;
            for (target, subject) in [
                ("Ada@Example.com", "Se ha desactivado un webhook"),
                ("office@example.com", "Ein Webhook wurde abgeschaltet"),
            ] {
                let mails = letters(&store, target, "webhook_off").await;
                assert!(mails.iter().all(|(_, letter)| letter.subject == subject), "{mails:?}");
                assert!(
                    mails.len() == 2 && mails[1].0.ms_since(now) < 60_000,
                    "mails wake nobody: {mails:?}"
                );
            }
            let texts = letters(&store, "+4930123", "webhook_off").await;
            let [(due_at, text)] = &texts[..] else { panic!("one text in the morning: {texts:?}") };
            assert_eq!(*due_at, at("2027-05-05T06:00:00Z"));
            assert_eq!(
                text.as_text_message(),
                "2 Webhooks wurden abgeschaltet\n\
                 one.example: er hat seit 5 Tagen nichts angenommen\n\
                 two.example: er hat seit 5 Tagen nichts angenommen"
            );
            let [(due_at, text)] = &letters(&store, "+4930123", "alarm").await[..] else {
                panic!("one text")
            };
            assert!(due_at.ms_since(now) < 60_000, "an alarm does not wait: {due_at:?}");
            assert_eq!(
                text.as_text_message(),
                "Alarm\nWaits: der Anrufer hat 45 s gewartet, Mi 05.05. 04:30"
            );
        });
    }
}
