//! The outbox's postman: delivers what the store's outbox contains to webhooks and people, with as many attempts as needed.
//!
//! It runs on its own arbiter, without audio. A due delivery is claimed in the store before an attempt, so of several servers on one database only
//! one tries it. An attempt that dies with its server is due again when its claim expires. So a webhook may get an event twice, with the same id, and
//! never miss one.

mod attempt;
mod by_mail;
mod by_text;
mod messenger;
#[expect(clippy::disallowed_methods, reason = "secrets")]
mod signing;

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use actix::ArbiterHandle;
use cordboard_actors::lasting::last_on;
use cordboard_actors::world;
use cordboard_schema::delivery::{Delivery, Retries};
use cordboard_schema::limits::{
    DELIVERIES_IN_FLIGHT_MAX, DELIVERIES_OF_ORGANIZATION_MAX, DELIVERIES_OF_OTHERS_MAX,
    DELIVERIES_OF_TARGET_MAX, DELIVERY_AHEAD_MS_MAX, DELIVERY_CLAIM_MS, DELIVERY_KEPT_MS, DELIVERY_POLL_MS,
    DIALLER_AHEAD_MS_MAX, WEBHOOK_DEAD_MS,
};
use cordboard_schema::time::UnixMs;
use tokio::sync::watch;
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, timeout};

pub use by_text::TextNotices;
pub use messenger::{Addressed, Messenger, NotBrought};
pub use signing::{new_secret, signature};

use crate::organization_turns::Turns;
use crate::osdial::Dialler;
use crate::outside_http::OutsideHttp;
use crate::repeated_failure::RepeatedFailure;
use crate::secret_box::SecretBox;
use crate::store::{Connection, Store, StoreError, change, query};

/// Interval of clearing old deliveries.
const FORGET_EVERY: Duration = Duration::from_secs(3_600);
/// Interval of searches for deliveries that a clock that was ahead has postponed.
const BRING_BACK_EVERY: Duration = Duration::from_secs(60);
/// Interval of checks of the outbox even if nothing seems to be written: an operator may have written to it.
const CHECK_AT_LEAST_EVERY: Duration = Duration::from_secs(2);
/// How long attempts may continue when the server ends.
const END_WAIT: Duration = Duration::from_secs(3);

/// How deliveries are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutboxSettings {
    /// The pauses between attempts.
    pub retries: Retries,
    /// Milliseconds without a success after which a webhook is switched off when a delivery to it is given up.
    pub dead_ms: u64,
    /// Milliseconds between two checks for due deliveries.
    pub poll_ms: u64,
}

impl Default for OutboxSettings {
    fn default() -> Self {
        Self { retries: Retries::default(), dead_ms: WEBHOOK_DEAD_MS, poll_ms: DELIVERY_POLL_MS }
    }
}

/// Dependencies of the postman.
#[derive(Clone)]
pub struct Postman {
    /// Store with the outbox.
    pub store: Store,
    /// Reaches webhooks.
    pub http: OutsideHttp,
    /// Opens their secrets.
    pub secrets: SecretBox,
    /// Sends e-mails. Without it, none can be sent.
    pub mail: Option<Arc<dyn Messenger>>,
    /// Sends text messages. Without it, none can be sent.
    pub sms: Option<Arc<dyn Messenger>>,
    /// Has calls of its own with us. Without it, its deliveries wait.
    pub dialler: Option<Dialler>,
    /// How deliveries are tried.
    pub settings: OutboxSettings,
}

/// A running postman. It ends when this is dropped.
pub struct PostmanHandle {
    stop: watch::Sender<bool>,
}

impl PostmanHandle {
    /// Lets it finish its current deliveries, for a few seconds at most, and waits for that.
    pub async fn stop(self) {
        // Fails if it has ended already.
        let _ = self.stop.send(true);
        let _ = timeout(END_WAIT + Duration::from_secs(1), self.stop.closed()).await;
    }
}

/// A check of the outbox.
struct OutboxCheck {
    at: Instant,
    /// [`Store::written`] before the check.
    written: Option<u64>,
    /// When the first of the waiting deliveries is due; none if none waits.
    next_at: Option<UnixMs>,
}

impl OutboxCheck {
    /// Whether there may be new deliveries that this check has not found.
    fn is_old(&self, store: &Store) -> bool {
        let written = store.written();
        written.is_none()
            || written != self.written
            || self.next_at.is_some_and(|at| at <= UnixMs::from(world::now()))
            || self.at.elapsed() >= CHECK_AT_LEAST_EVERY
    }
}

/// An organization, and one of its webhooks or people.
type Recipient = (String, String);

/// Attempts under way: the number for each organization, and for each of its webhooks and people. If an organization's webhooks don't answer, that
/// delays only its own other deliveries.
struct UnderWay {
    /// The operator's organization, for which a share is reserved.
    first: String,
    /// The turns of organizations. Each attempt that begins is one.
    turns: Turns<String>,
    /// The turns of the webhooks and people of each organization with attempts under way.
    turns_within: HashMap<String, Turns<String>>,
    tasks: JoinSet<()>,
    recipients: HashMap<Id, Recipient>,
    by_organization: HashMap<String, usize>,
    by_recipient: HashMap<Recipient, usize>,
    /// Claims up to this moment of which nobody knows whether they were stored. No attempt was begun.
    unknown: Vec<(Recipient, UnixMs)>,
}

impl UnderWay {
    /// Makes an empty record in which this is the first organization.
    fn for_first(first: String) -> Self {
        Self {
            first,
            turns: Turns::default(),
            turns_within: HashMap::new(),
            tasks: JoinSet::new(),
            recipients: HashMap::new(),
            by_organization: HashMap::new(),
            by_recipient: HashMap::new(),
            unknown: Vec::new(),
        }
    }

    fn begin(&mut self, recipient: Recipient, attempt: impl Future<Output = ()> + Send + 'static) {
        let id = self.tasks.spawn(attempt).id();
        *self.by_organization.entry(recipient.0.clone()).or_default() += 1;
        *self.by_recipient.entry(recipient.clone()).or_default() += 1;
        self.turns.begins(recipient.0.clone());
        self.turns_within.entry(recipient.0.clone()).or_default().begins(recipient.1.clone());
        self.recipients.insert(id, recipient);
    }

    /// Notes that an attempt has ended, possibly by a panic.
    fn ended(&mut self, id: Id) {
        let Some(recipient) = self.recipients.remove(&id) else { return };
        one_less(&mut self.by_organization, &recipient.0);
        one_less(&mut self.by_recipient, &recipient);
        if !self.by_organization.contains_key(&recipient.0) {
            self.turns_within.remove(&recipient.0);
        }
    }

    /// Sorts an organization's webhooks and people by their turns. Otherwise the first of them, while they are silent, would get all its attempts.
    fn in_turn(&self, organization: &str, targets: Vec<String>) -> Vec<String> {
        match self.turns_within.get(organization) {
            Some(turns) => turns.order(targets, String::clone),
            None => targets,
        }
    }

    /// How many more attempts this organization may have.
    fn room_of(&self, organization: &str) -> usize {
        let of = |organization: &str| self.by_organization.get(organization).copied().unwrap_or(0);
        let all = self.tasks.len();
        let of_one = DELIVERIES_OF_ORGANIZATION_MAX.saturating_sub(of(organization));
        let room = of_one.min(DELIVERIES_IN_FLIGHT_MAX.saturating_sub(all));
        if organization == self.first {
            return room;
        }
        let others = all.saturating_sub(of(&self.first));
        room.min(DELIVERIES_OF_OTHERS_MAX.saturating_sub(others))
    }

    /// How many more attempts this recipient may have.
    fn room(&self, recipient: &Recipient) -> usize {
        let under_way = self.by_recipient.get(recipient).copied().unwrap_or(0);
        self.room_of(&recipient.0).min(DELIVERIES_OF_TARGET_MAX.saturating_sub(under_way))
    }

    /// Notes a claim of which nobody knows whether it was stored. Attempts under way may be claimed up to the same moment: then the claim is left
    /// until it ends.
    fn note_unknown(&mut self, recipient: Recipient, until: UnixMs) {
        if !self.by_recipient.contains_key(&recipient) {
            self.unknown.push((recipient, until));
        }
    }

    /// Waits for the end of an attempt; forever if there is none.
    async fn next_end(&mut self) {
        let id = match self.tasks.join_next_with_id().await {
            Some(Ok((id, ()))) => id,
            Some(Err(panic)) => {
                tracing::error!(%panic, "an attempt to deliver panicked; it is tried again when its claim expires");
                panic.id()
            }
            None => std::future::pending().await,
        };
        self.ended(id);
    }
}

fn one_less<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

impl Postman {
    /// Starts it on an arbiter that carries no audio.
    pub fn start(self, arbiter: &ArbiterHandle) -> PostmanHandle {
        let (stop, mut stopping) = watch::channel(false);
        let mut under_way = UnderWay::for_first(self.store.organization_id().to_string());
        let work = async move || self.work(&mut under_way, &mut stopping).await;
        if !last_on(arbiter, "delivery from the outbox", work) {
            tracing::error!("nothing is delivered to webhooks and people: their arbiter has ended");
        }
        PostmanHandle { stop }
    }

    /// It can be called again after a panic: the attempts under way continue.
    async fn work(&self, under_way: &mut UnderWay, stopping: &mut watch::Receiver<bool>) {
        let mut forget_at = Instant::now();
        let mut bring_back_at = Instant::now();
        let mut failures = RepeatedFailure::of("delivery from the outbox");
        let mut checked: Option<OutboxCheck> = None;
        loop {
            if checked.as_ref().is_none_or(|checked| checked.is_old(&self.store)) {
                checked = failures.note(self.take_out(under_way).await, |error| {
                    tracing::error!(%error, "the outbox can't be read; waiting deliveries are made later");
                });
            }
            if Instant::now() >= forget_at {
                let is_more = self.forget().await;
                let pause = if is_more { Duration::from_millis(self.settings.poll_ms) } else { FORGET_EVERY };
                forget_at = Instant::now() + pause;
            }
            if Instant::now() >= bring_back_at {
                if let Err(error) = self.bring_back().await {
                    tracing::warn!(%error, "postponed deliveries can't be rescheduled for now");
                }
                bring_back_at = Instant::now() + BRING_BACK_EVERY;
            }
            tokio::select! {
                biased;
                // Also if the handle was dropped.
                _ = stopping.changed() => break,
                () = under_way.next_end() => {}
                () = tokio::time::sleep(Duration::from_millis(self.settings.poll_ms)) => {}
            }
        }
        let finish = async { while under_way.tasks.join_next().await.is_some() {} };
        let _ = timeout(END_WAIT, finish).await;
    }

    /// Starts attempts for due deliveries, as far as there is room.
    async fn take_out(&self, under_way: &mut UnderWay) -> Result<OutboxCheck, StoreError> {
        self.release_unknown(under_way).await?;
        let (at, written) = (Instant::now(), self.store.written());
        let now = UnixMs::from(world::now());
        let read = move |connection: &mut Connection| {
            let due = query::due_organizations(connection, now)?;
            // Some due deliveries may have to wait for room.
            let next_at = if due.is_empty() { query::next_delivery_due(connection)? } else { Some(now) };
            Ok::<_, StoreError>((due, next_at))
        };
        let (due, next_at) = self.store.reads().run(read).await?;
        for organization in under_way.turns.order(due, String::clone) {
            if under_way.room_of(&organization) > 0 {
                self.take_out_of(organization, under_way, now).await?;
            }
        }
        Ok(OutboxCheck { at, written, next_at })
    }

    /// Releases claims of which nobody knows whether they were stored. Otherwise each would count as an attempt that has died, and a text message
    /// would be given up although it was not sent.
    async fn release_unknown(&self, under_way: &mut UnderWay) -> Result<(), StoreError> {
        while let Some(((organization, target), until)) = under_way.unknown.last().cloned() {
            let now = UnixMs::from(world::now());
            let release = move |connection: &mut Connection| {
                change::release_deliveries(connection, (&organization, &target), until, now)
            };
            self.store.change(release).await?;
            under_way.unknown.pop();
        }
        Ok(())
    }

    /// Starts attempts for due deliveries of an organization.
    async fn take_out_of(
        &self,
        organization: String,
        under_way: &mut UnderWay,
        now: UnixMs,
    ) -> Result<(), StoreError> {
        let asked = organization.clone();
        let read = move |connection: &mut Connection| query::due_targets(connection, &asked, now);
        let targets = self.store.reads().run(read).await?;
        for target in under_way.in_turn(&organization, targets) {
            let recipient = (organization.clone(), target);
            let room = under_way.room(&recipient);
            if room == 0 {
                continue;
            }
            let limit = i64::try_from(room).unwrap_or(0);
            let ((owner, target), until) = (recipient.clone(), now + DELIVERY_CLAIM_MS);
            let claim = move |connection: &mut Connection| {
                change::claim_deliveries(connection, (&owner, &target), limit, now, until)
            };
            let claimed = self.store.change(claim).await;
            if matches!(claimed, Err(StoreError::OutcomeUnknown)) {
                under_way.note_unknown(recipient.clone(), until);
            }
            for delivery in claimed? {
                under_way.begin(recipient.clone(), self.clone().attempt(delivery));
            }
        }
        Ok(())
    }

    async fn attempt(self, delivery: Delivery) {
        let id = delivery.id;
        if let Err(error) = attempt::attempt(&self, delivery).await {
            tracing::error!(%id, %error, "the result of a delivery could not be stored: it is tried again");
        }
    }

    /// Reschedules deliveries that are due later than any pause allows, because the clock was ahead when they were scheduled. They are not due at
    /// once, because one of them may be under way.
    async fn bring_back(&self) -> Result<(), StoreError> {
        let now = UnixMs::from(world::now());
        let (latest, latest_result) = (now + DELIVERY_AHEAD_MS_MAX, now + DIALLER_AHEAD_MS_MAX);
        let read = move |connection: &mut Connection| {
            let far = query::deliveries_too_far_ahead(connection, latest)?;
            Ok::<_, StoreError>((far, query::dialler_results_too_far_ahead(connection, latest_result)?))
        };
        let (far, results) = self.store.reads().run(read).await?;
        if far.is_empty() && results.is_empty() {
            return Ok(());
        }
        tracing::warn!(
            deliveries = far.len() + results.len(),
            "the clock was ahead: deliveries that it has postponed are tried in a minute"
        );
        let bring_back = move |connection: &mut Connection| {
            let soon = now + DELIVERY_CLAIM_MS;
            change::bring_deliveries_back(connection, &far, latest, soon)?;
            change::bring_deliveries_back(connection, &results, latest_result, soon)
        };
        self.store.change(bring_back).await
    }

    /// Deletes some old deliveries. New deliveries come first. Returns whether there may be more to delete.
    async fn forget(&self) -> bool {
        let before = UnixMs::from(world::now()) - DELIVERY_KEPT_MS;
        let deliveries =
            self.store.change(move |connection| change::forget_deliveries(connection, before)).await;
        if let Err(error) = &deliveries {
            tracing::warn!(%error, "old deliveries are kept for now");
        }
        let answers = self.store.change(change::forget_answers).await;
        if let Err(error) = &answers {
            tracing::warn!(%error, "answers for repeated requests are kept longer than a day for now");
        }
        [deliveries, answers].iter().any(|outcome| matches!(outcome, Ok(true)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "1";

    /// Starts as many attempts for an organization as possible, for one target after another. None of them ends.
    fn fill(under_way: &mut UnderWay, organization: &str) -> usize {
        let mut begun = 0;
        for number in 0.. {
            let recipient = (organization.to_owned(), format!("target {number}"));
            let room = under_way.room(&recipient);
            if room == 0 {
                break;
            }
            for _ in 0..room {
                under_way.begin(recipient.clone(), std::future::pending());
            }
            begun += room;
        }
        begun
    }

    #[tokio::test]
    async fn an_organizations_silent_webhooks_leave_room_for_others() {
        let mut under_way = UnderWay::for_first(FIRST.to_owned());
        assert_eq!(under_way.room(&("2".to_owned(), "a".to_owned())), DELIVERIES_OF_TARGET_MAX);
        assert_eq!(fill(&mut under_way, "2"), DELIVERIES_OF_ORGANIZATION_MAX);
        assert_eq!(under_way.room_of("2"), 0);
        assert!(under_way.room_of("3") > 0);
        let others = fill(&mut under_way, "3") + fill(&mut under_way, "4");
        assert_eq!(DELIVERIES_OF_ORGANIZATION_MAX + others, DELIVERIES_OF_OTHERS_MAX);
        assert_eq!(under_way.room_of("5"), 0, "all others together");
        assert_eq!(fill(&mut under_way, FIRST), DELIVERIES_OF_ORGANIZATION_MAX, "its share was kept");
        assert_eq!(under_way.tasks.len(), DELIVERIES_IN_FLIGHT_MAX);
    }

    #[tokio::test]
    async fn an_ended_attempt_makes_room_for_the_next_organization() {
        let mut under_way = UnderWay::for_first(FIRST.to_owned());
        let all = || ["3", "1", "2"].map(str::to_owned).to_vec();
        assert_eq!(under_way.turns.order(all(), String::clone), ["1", "2", "3"]);
        let recipient = ("2".to_owned(), "a".to_owned());
        under_way.begin(recipient.clone(), async {});
        assert_eq!(under_way.turns.order(all(), String::clone), ["3", "1", "2"]);
        assert_eq!(under_way.room(&recipient), DELIVERIES_OF_TARGET_MAX - 1);
        under_way.next_end().await;
        assert_eq!(under_way.room(&recipient), DELIVERIES_OF_TARGET_MAX);
        assert!(under_way.by_organization.is_empty() && under_way.by_recipient.is_empty());
    }

    #[tokio::test]
    async fn an_organizations_silent_webhooks_leave_its_others_their_turns() {
        let mut under_way = UnderWay::for_first(FIRST.to_owned());
        let recipient = |organization: &str, target: &str| (organization.to_owned(), target.to_owned());
        let due = || ["a", "b", "c"].map(str::to_owned).to_vec();
        assert_eq!(under_way.in_turn("2", due()), ["a", "b", "c"]);
        under_way.begin(recipient("2", "a"), std::future::pending());
        under_way.begin(recipient("3", "z"), async {});
        assert_eq!(under_way.in_turn("2", due()), ["b", "c", "a"]);
        under_way.begin(recipient("2", "b"), std::future::pending());
        assert_eq!(under_way.in_turn("2", due()), ["c", "a", "b"]);
        under_way.next_end().await;
        assert_eq!(under_way.turns_within.len(), 1, "those without attempts are forgotten");
    }

    /// Accepts every text message, and counts them.
    #[cfg(feature = "fault-injection")]
    #[derive(Clone, Default)]
    struct Texts(Arc<std::sync::atomic::AtomicUsize>);

    #[cfg(feature = "fault-injection")]
    impl Messenger for Texts {
        fn bring(
            &self,
            _: Addressed,
        ) -> futures_util::future::BoxFuture<'static, Result<String, NotBrought>> {
            self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Box::pin(async { Ok("taken".to_owned()) })
        }
    }

    /// A text message to a person that is due now.
    #[cfg(feature = "fault-injection")]
    fn due_text(store: &Store) -> Delivery {
        use cordboard_schema::delivery::{Channel, DeliveryState, Letter};
        let now = UnixMs::from(world::now());
        let letter = Letter::new("A call was missed".to_owned(), "From +4930123".to_owned());
        Delivery {
            id: cordboard_schema::ids::DeliveryId(world::new_id()),
            organization_id: store.organization_id(),
            channel: Channel::Sms,
            webhook_id: None,
            target: "+4930999".to_owned(),
            event: "call_missed".to_owned(),
            body: serde_json::to_string(&letter).unwrap(),
            state: DeliveryState::Waiting,
            attempts: 0,
            created_at: now,
            due_at: Some(now),
            claimed: false,
            give_up_at: now + 3_600_000,
            tried_at: None,
            status: None,
            answer: None,
        }
    }

    #[cfg(feature = "fault-injection")]
    #[test]
    fn a_text_is_sent_once_although_its_claim_is_unknown() {
        use std::sync::atomic::Ordering;

        use cordboard_schema::delivery::DeliveryState;
        use cordboard_tables::rows::DeliveryRow;
        use cordboard_tables::tables::deliveries;
        use diesel::RunQueryDsl as _;

        use crate::config::Config;
        use crate::store::fault::{self, DatabaseFault};
        use crate::store::{DeliveryQuery, StoreSettings};

        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let _stay = world::enter("2027-05-04T09:00:00Z".parse().unwrap(), 1);
            for lost in [DatabaseFault::AnswerLost, DatabaseFault::CommitLost] {
                fault::set(None);
                let folder = tempfile::tempdir().unwrap();
                let config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
                let store = Store::open(&StoreSettings::file(folder.path().join("cordboard.db"))).unwrap();
                let delivery = due_text(&store);
                let insert = move |connection: &mut Connection| {
                    let row = DeliveryRow::new(&delivery)?;
                    diesel::insert_into(deliveries::table).values(row).execute(connection)?;
                    Ok::<_, StoreError>(())
                };
                store.change(insert).await.unwrap();
                let texts = Texts::default();
                let postman = Postman {
                    store: store.clone(),
                    http: OutsideHttp::new(&config.outbound).unwrap(),
                    secrets: SecretBox::open(&config).unwrap(),
                    mail: None,
                    sms: Some(Arc::new(texts.clone())),
                    dialler: None,
                    settings: OutboxSettings::default(),
                };
                fault::set(Some(lost));
                let mut under_way = UnderWay::for_first(store.organization_id().to_string());
                let (_stop, mut stopping) = watch::channel(false);
                let back = async {
                    tokio::time::sleep(Duration::from_secs(5)).await;
                    fault::set(None);
                    tokio::time::sleep(Duration::from_secs(120)).await;
                };
                tokio::select! {
                    biased;
                    () = postman.work(&mut under_way, &mut stopping) => panic!("nothing stops it"),
                    () = back => {}
                }
                assert_eq!(texts.0.load(Ordering::Relaxed), 1, "{lost:?}");
                let (owner, all) =
                    (store.organization_id(), DeliveryQuery { webhook_id: None, before: None, limit: 9 });
                let read = move |connection: &mut Connection| query::deliveries(connection, owner, all);
                let states: Vec<DeliveryState> =
                    store.reads().run(read).await.unwrap().iter().map(|delivery| delivery.state).collect();
                assert_eq!(states, [DeliveryState::Delivered], "{lost:?}");
            }
        });
    }
}
