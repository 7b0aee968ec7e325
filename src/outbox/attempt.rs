//! One delivery attempt: sends a request to a webhook, or a letter to a person, and stores the result.

use std::time::Duration;

use chrono_tz::Tz;
use cordboard_actors::world;
use cordboard_schema::delivery::{Channel, Delivery, DeliveryState};
use cordboard_schema::dialler_call::PendingResult;
use cordboard_schema::limits::{
    DELIVERY_CLAIM_MS, DIALLER_PAUSE_MS_MAX, WEBHOOK_ANSWER_BYTES_MAX, WEBHOOK_MS_MAX,
};
use cordboard_schema::notice::NoticeKind;
use cordboard_schema::time::UnixMs;
use cordboard_schema::webhook::Webhook;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use tokio::time::Instant;

use super::messenger::{Addressed, NotBrought};
use super::{Postman, signature};
use crate::osdial::{Dialler, Settled};
use crate::outside_http::{OutsideAnswer, OutsideRequest};
use crate::secret_box::UnsealError;
use crate::store::{Attempted, Connection, StoreError, change, query};

/// Result of an attempt.
struct Outcome {
    status: Option<u16>,
    answer: String,
    next: Next,
}

/// The next step after it.
enum Next {
    /// None: it was accepted.
    Taken,
    /// Another attempt, at least this many seconds later.
    Again { after_s: u64 },
    /// Another attempt after this pause, regardless of the number of attempts.
    After { pause_ms: u64 },
    /// None: another attempt could not help, or could do harm.
    GiveUp,
}

impl Outcome {
    fn given_up(answer: impl Into<String>) -> Self {
        Self { status: None, answer: answer.into(), next: Next::GiveUp }
    }

    fn failed(answer: impl Into<String>) -> Self {
        Self { status: None, answer: answer.into(), next: Next::Again { after_s: 0 } }
    }
}

/// Tries a claimed delivery.
pub(super) async fn attempt(postman: &Postman, delivery: Delivery) -> Result<(), StoreError> {
    let claim_ends = Instant::now() + Duration::from_millis(DELIVERY_CLAIM_MS);
    let (outcome, webhook) = match delivery.channel {
        Channel::Webhook => {
            let webhook = webhook_of(postman, &delivery).await?;
            (attempt_delivery(postman, &delivery, webhook.as_ref()).await, webhook)
        }
        Channel::Email | Channel::Sms => (write_to(postman, &delivery).await, None),
        Channel::Dialler => (settle_with_dialler(postman, &delivery).await, None),
    };
    let now = UnixMs::from(world::now());
    let attempts = delivery.attempts.saturating_add(1);
    let pause_ms = postman.settings.retries.pause_ms(attempts, world::random());
    let is_over = now >= delivery.give_up_at;
    let (state, due_at) = match outcome.next {
        Next::Taken => (DeliveryState::Delivered, now),
        Next::Again { after_s } if !is_over => {
            let asked_ms = after_s.saturating_mul(1_000).min(postman.settings.retries.pause_ms_max);
            (DeliveryState::Waiting, now + pause_ms.max(asked_ms))
        }
        Next::After { pause_ms } if !is_over => (DeliveryState::Waiting, now + pause_ms),
        Next::Again { .. } | Next::After { .. } | Next::GiveUp => (DeliveryState::Failed, now),
    };
    let dead_ms = postman.settings.dead_ms;
    // Other failed attempts are repeated, and a test reports no event.
    let is_given_up = state == DeliveryState::Failed && !query::is_test_delivery(&delivery);
    let Outcome { status, answer, .. } = outcome;
    let attempted = Attempted { delivery, state, due_at, status, answer };
    let write = move |connection: &mut Connection| {
        change::finish_delivery(connection, &attempted)?;
        match &webhook {
            Some(webhook) if state == DeliveryState::Delivered => {
                change::webhook_succeeded(connection, webhook.id)
            }
            Some(webhook) if webhook.enabled && is_given_up => {
                change::webhook_failed(connection, webhook, now, dead_ms)
            }
            Some(webhook) if webhook.enabled => {
                change::webhook_failing(connection, webhook.id, now)?;
                Ok(())
            }
            _ => Ok(()),
        }
    };
    postman.store.change_within_claim(write, claim_ends).await
}

async fn webhook_of(postman: &Postman, delivery: &Delivery) -> Result<Option<Webhook>, StoreError> {
    let Some(id) = delivery.webhook_id else { return Ok(None) };
    let organization_id = delivery.organization_id;
    postman.store.reads().run(move |connection| query::webhook(connection, organization_id, id)).await
}

async fn attempt_delivery(postman: &Postman, delivery: &Delivery, webhook: Option<&Webhook>) -> Outcome {
    let Some(webhook) = webhook.filter(|webhook| webhook.enabled) else {
        return Outcome::given_up("the webhook is switched off");
    };
    let secret = match postman.secrets.unseal(&Webhook::seal_context(webhook.id), &webhook.secret) {
        Ok(secret) => secret,
        Err(error) => return unopened(&error),
    };
    let url = match postman.http.address(&webhook.url) {
        Ok(url) => url,
        Err(bad) => return Outcome::failed(format!("the address {bad}")),
    };
    let Some(headers) = headers(&secret, delivery) else {
        return Outcome::given_up("its secret is invalid: roll it");
    };
    let request = OutsideRequest {
        method: Method::POST,
        url,
        headers,
        body: delivery.body.clone().into_bytes(),
        timeout: Duration::from_millis(WEBHOOK_MS_MAX),
        answer_bytes_max: WEBHOOK_ANSWER_BYTES_MAX,
    };
    match postman.http.tell(request).await {
        Ok(answer) => answered(&answer),
        Err(fault) => Outcome::failed(fault.to_string()),
    }
}

/// The result for a webhook whose secret can't be opened. The server may get the right key in time, for example if another machine has taken over.
fn unopened(error: &UnsealError) -> Outcome {
    let why = format!("its secret can't be opened: {error}");
    match error {
        UnsealError::OtherKey => Outcome::failed(why),
        UnsealError::Damaged => Outcome::given_up(why),
    }
}

/// Returns the headers of Standard Webhooks.
fn headers(secret: &[u8], delivery: &Delivery) -> Option<HeaderMap> {
    let now = UnixMs::from(world::now());
    let secret = std::str::from_utf8(secret).ok()?;
    let values = [
        ("content-type", "application/json".to_owned()),
        ("webhook-id", delivery.id.to_string()),
        ("webhook-timestamp", now.0.div_euclid(1_000).to_string()),
        ("webhook-signature", signature(secret, delivery.id, now, &delivery.body)?),
    ];
    let header = |(name, value): (&'static str, String)| {
        Some((HeaderName::from_static(name), HeaderValue::from_str(&value).ok()?))
    };
    values.into_iter().map(header).collect()
}

fn answered(answer: &OutsideAnswer) -> Outcome {
    let said = printable(&answer.body);
    let (answer_text, next) = match answer.status {
        200..=299 => (said, Next::Taken),
        300..=399 => ("it answers with a redirect, which is not followed".to_owned(), again(answer)),
        _ => (said, again(answer)),
    };
    Outcome { status: Some(answer.status), answer: answer_text, next }
}

fn again(answer: &OutsideAnswer) -> Next {
    Next::Again { after_s: answer.retry_after_s.unwrap_or(0) }
}

/// Returns text that any database can store and a page can show.
fn printable(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect()
}

/// Reports to a dialler what became of one of its calls, once the dialler has seen the call's end.
async fn settle_with_dialler(postman: &Postman, delivery: &Delivery) -> Outcome {
    let pending = match query::pending_result_in(delivery) {
        Ok(pending) => pending,
        Err(error) => return Outcome::given_up(error.to_string()),
    };
    let pause_ms = postman.settings.retries.pause_ms(delivery.attempts.saturating_add(1), world::random());
    let later = |answer: String, pause_ms: u64| Outcome {
        status: None,
        answer,
        next: Next::After { pause_ms: pause_ms.min(DIALLER_PAUSE_MS_MAX) },
    };
    let own = postman.dialler.as_ref().filter(|one| one.organization_id() == delivery.organization_id);
    let Some(dialler) = own else {
        return later("the organization has no dialler: set osdial.database_url".to_owned(), pause_ms);
    };
    // Neither list waits for the other.
    let listed = list_refused(postman, dialler, delivery, pending.clone()).await;
    let settled = dialler.settle(pending, world::now().into()).await;
    if let (Err(why), Ok(Settled::Written | Settled::NotDue(_))) = (&listed, &settled) {
        tracing::warn!(call_id = %delivery.id, why, "the number of a dialler's lead could not be put on the do-not-call list: trying again later");
        return later(why.clone(), pause_ms);
    }
    if let (Ok(numbers @ 1..), Ok(Settled::Written | Settled::NotDue(_))) = (&listed, &settled) {
        tracing::warn!(call_id = %delivery.id, numbers, "numbers of a dialler's lead who wants no more calls have no country code (phone_code): they are not on the do-not-call list of campaigns; add them there");
    }
    match settled {
        Ok(Settled::Written) => Outcome { status: None, answer: "written".to_owned(), next: Next::Taken },
        Ok(Settled::NotDue(why)) => Outcome { status: None, answer: why.to_owned(), next: Next::Taken },
        Ok(Settled::NotYet { ask_again_ms }) => {
            later("the dialler has not seen the end of the call yet".to_owned(), ask_again_ms)
        }
        Err(error) => {
            tracing::warn!(call_id = %delivery.id, %error, "a call could not be reported to its dialler completely: trying again later");
            later(error.to_string(), pause_ms)
        }
    }
}

/// Puts the numbers of a dialler's lead on the organization's do-not-call list, if the callee does not want to be called again: campaigns could call
/// them as well. Returns how many of its numbers are not on it, because they have no country code. The error is the reason, in words.
async fn list_refused(
    postman: &Postman,
    dialler: &Dialler,
    delivery: &Delivery,
    pending: PendingResult,
) -> Result<usize, String> {
    let status = pending.chosen.clone().filter(|_| !pending.opted_out);
    let (numbers, without_code) =
        dialler.refused_numbers(pending).await.map_err(|error| error.to_string())?;
    if numbers.is_empty() {
        return Ok(without_code);
    }
    let (organization_id, id) = (delivery.organization_id, delivery.id);
    let list = move |connection: &mut Connection| {
        change::list_refused_leads(connection, (organization_id, id), &numbers, status.as_deref())
    };
    postman.store.change(list).await.map_err(|error| error.to_string())?;
    Ok(without_code)
}

async fn write_to(postman: &Postman, delivery: &Delivery) -> Outcome {
    let (messenger, missing) = match delivery.channel {
        Channel::Sms => {
            (&postman.sms, "text messages can't be sent: the organization has no service for them")
        }
        _ => (&postman.mail, "e-mails can't be sent: the server has no SMTP settings"),
    };
    let Some(messenger) = messenger else { return Outcome::given_up(missing) };
    if delivery.claimed && delivery.channel == Channel::Sms {
        return Outcome::given_up("the server ended while it was sent: it may have arrived");
    }
    if delivery.channel == Channel::Sms
        && let Some(pause_ms) = until_morning(postman, delivery).await
    {
        let answer = "it waits for the morning".to_owned();
        return Outcome { status: None, answer, next: Next::After { pause_ms } };
    }
    let letter = match query::letter(delivery) {
        Ok(letter) => letter,
        Err(error) => return Outcome::given_up(error.to_string()),
    };
    let (id, organization_id) = (delivery.id, delivery.organization_id);
    let addressed = Addressed { id, organization_id, to: delivery.target.clone(), letter };
    match messenger.bring(addressed).await {
        Ok(said) => Outcome { status: None, answer: printable(said.as_bytes()), next: Next::Taken },
        Err(NotBrought::NotNow(why)) => Outcome::failed(printable(why.as_bytes())),
        Err(NotBrought::Never(why) | NotBrought::Unclear(why)) => {
            Outcome::given_up(printable(why.as_bytes()))
        }
    }
}

/// How long a text message waits that may wait for the morning, if it is night now: it was due by day, but no server ran, or nothing could send it.
/// None if it is sent now, also if nobody knows the business's clocks.
async fn until_morning(postman: &Postman, delivery: &Delivery) -> Option<u64> {
    let kind = NoticeKind::ALL.into_iter().find(|kind| kind.as_str() == delivery.event)?;
    if !kind.can_wait_for_morning() {
        return None;
    }
    let organization_id = delivery.organization_id;
    let read = move |connection: &mut Connection| query::business_profile(connection, organization_id);
    let business = postman.store.reads().run(read).await.ok()?;
    let zone = business.map_or(Tz::UTC, |business| business.profile.time_zone);
    let now = UnixMs::from(world::now());
    Some(kind.text_time(now, zone).ms_since(now)).filter(|pause_ms| *pause_ms > 0)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use cordboard_schema::delivery::Letter;
    use cordboard_schema::ids::DeliveryId;
    use futures_util::future::BoxFuture;
    use tokio::runtime::Builder;

    use super::super::messenger::Messenger;
    use super::super::{OutboxSettings, OutsideHttp, SecretBox, Store};
    use super::*;
    use crate::config::Config;
    use crate::store::StoreSettings;

    /// Accepts every letter.
    struct Taker;

    impl Messenger for Taker {
        fn bring(&self, _: Addressed) -> BoxFuture<'static, Result<String, NotBrought>> {
            Box::pin(async { Ok("taken".to_owned()) })
        }
    }

    /// A text message that was due two hours ago.
    fn text(store: &Store, event: &str) -> Delivery {
        let due_at = UnixMs::from(world::now()) - 7_200_000;
        let letter = Letter::new("Anything".to_owned(), "Of the day".to_owned());
        Delivery {
            id: DeliveryId(world::new_id()),
            organization_id: store.organization_id(),
            channel: Channel::Sms,
            webhook_id: None,
            target: "+4930999".to_owned(),
            event: event.to_owned(),
            body: serde_json::to_string(&letter).unwrap(),
            state: DeliveryState::Waiting,
            attempts: 1,
            created_at: due_at,
            due_at: Some(due_at),
            claimed: false,
            give_up_at: due_at + 24 * 3_600_000,
            tried_at: None,
            status: None,
            answer: None,
        }
    }

    #[test]
    fn texts_that_can_wait_are_not_tried_at_night() {
        let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let _stay = world::enter("2027-05-04T23:30:00Z".parse().unwrap(), 1);
            let folder = tempfile::tempdir().unwrap();
            let config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
            let store = Store::open(&StoreSettings::file(folder.path().join("cordboard.db"))).unwrap();
            let postman = Postman {
                store: store.clone(),
                http: OutsideHttp::new(&config.outbound).unwrap(),
                secrets: SecretBox::open(&config).unwrap(),
                mail: None,
                sms: Some(Arc::new(Taker)),
                dialler: None,
                settings: OutboxSettings::default(),
            };
            let Outcome { next, answer, .. } = write_to(&postman, &text(&store, "webhook_off")).await;
            let eight_and_a_half_hours = 30_600_000;
            assert!(
                matches!(next, Next::After { pause_ms } if eight_and_a_half_hours - pause_ms < 60_000),
                "{answer}"
            );
            let Outcome { next, answer, .. } = write_to(&postman, &text(&store, "missed_call")).await;
            assert!(matches!(next, Next::Taken), "a caller does not wait: {answer}");
        });
    }

    #[test]
    fn a_webhook_waits_for_the_key_that_opens_its_secret() {
        let Outcome { next, answer, .. } = unopened(&UnsealError::OtherKey);
        assert!(
            matches!(next, Next::Again { after_s: 0 }) && answer.contains("another secret key"),
            "{answer}"
        );
        let Outcome { next, answer, .. } = unopened(&UnsealError::Damaged);
        assert!(matches!(next, Next::GiveUp) && answer.contains("is damaged"), "{answer}");
    }
}
