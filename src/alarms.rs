//! Raises the alarms of live calls: it follows the journal's tap, lets a watch decide for each call (`cordboard_call::alarm_watch`), and writes what
//! the watch raises. It waits for no call, and no call waits for it.
//!
//! A watch knows what was journalled of its call. When it has fallen behind the tap, and when the server starts, the journals of live calls are read
//! again, and once more if the database was missing entries. The store knows which alarms were raised before and raises none twice. An alarm that the
//! database does not take is written once it does.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::time::Duration;

use cordboard_actors::alarm_watch::{AlarmWatch, Raised};
use cordboard_actors::clock::Clock;
use cordboard_actors::world;
use cordboard_schema::alarm::{AlarmRules, NewAlarm};
use cordboard_schema::changed::Thing;
use cordboard_schema::event::{Event, Fact, JournalEntry};
use cordboard_schema::ids::{AlarmId, CallId, OrganizationId};
use cordboard_schema::time::UnixMs;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep, sleep_until};

use crate::live_calls::{self, CaughtUp, Read};
use crate::store::{AboutRows as _, After, Connection, Raising, Store, StoreError, change, query};

/// Live calls whose journals are read after the tap was lost.
const LIVE_MAX: i64 = 10_000;
/// Pause between two attempts to read or write when the database fails.
const AGAIN: Duration = Duration::from_secs(5);
/// Alarms that are kept for a database that takes none.
const UNWRITTEN_MAX: usize = 1_000;

/// Raises alarms.
#[derive(Clone)]
pub struct AlarmRaiser {
    /// Keeps the calls' journals, and alarms.
    pub store: Store,
    /// The clock of calls. Setting the calendar neither raises an alarm nor delays one.
    pub clock: Clock,
}

/// A call that is watched.
struct Watched {
    organization_id: OrganizationId,
    watch: AlarmWatch,
    /// The newest entry that it has taken in.
    seq: u64,
    /// When it is due. The set of times has the same.
    due: Option<UnixMs>,
}

/// State of live calls.
#[derive(Default)]
struct LiveCalls {
    calls: HashMap<CallId, Watched>,
    rules: HashMap<OrganizationId, AlarmRules>,
    /// Organizations without rules, whose live calls were not read. They are read once there are rules.
    passed_over: HashSet<OrganizationId>,
    /// When calls are due.
    times: BTreeSet<(UnixMs, CallId)>,
    /// Whether the rules of an organization could not be read.
    is_unread: bool,
    /// Alarms that the database has not taken yet, oldest first.
    unwritten: VecDeque<NewAlarm>,
    /// When reading rules or writing alarms is tried again.
    again_at: Option<Instant>,
}

impl LiveCalls {
    /// Forgets everything except the unwritten alarms.
    fn reset(&mut self) {
        let unwritten = std::mem::take(&mut self.unwritten);
        *self = Self { unwritten, ..Self::default() };
    }

    fn try_again(&mut self) {
        self.again_at.get_or_insert_with(|| Instant::now() + AGAIN);
    }

    /// Keeps an alarm to be written later. If a journal is read again and raises it again, it is still kept once.
    fn keep(&mut self, alarm: NewAlarm) {
        let NewAlarm { organization_id, call_id, rule, .. } = &alarm;
        if self.unwritten.iter().any(|kept| kept.call_id == *call_id && kept.rule == *rule) {
            return;
        }
        if self.unwritten.len() >= UNWRITTEN_MAX {
            tracing::error!(%organization_id, %call_id, rule, "an alarm is lost: too many wait for the database");
            return;
        }
        self.unwritten.push_back(alarm);
        self.try_again();
    }
}

impl AlarmRaiser {
    /// Raises them for as long as the store is open.
    pub async fn run(self) {
        let mut known = LiveCalls::default();
        loop {
            // The tap comes first: entries that are journalled while the calls are read are then seen twice rather than never.
            let mut tap = self.store.tap();
            let mut changes = self.store.changes();
            known.reset();
            let mut catch_up = match self.reread(&mut known).await {
                Ok(catch_up) => catch_up,
                Err(error) => {
                    tracing::warn!(%error, "live calls can't be read for their alarms; trying again later");
                    sleep(AGAIN).await;
                    continue;
                }
            };
            self.raise_unwritten(&mut known).await;
            loop {
                tokio::select! {
                    biased;
                    () = self.until(known.times.first().map(|(at, _)| *at)) => self.time_passes(&mut known).await,
                    // The journals that were read were incomplete.
                    () = live_calls::when(&mut catch_up) => break,
                    () = again(known.again_at) => {
                        known.again_at = None;
                        if known.is_unread {
                            break;
                        }
                        self.raise_unwritten(&mut known).await;
                    }
                    changed = changes.recv() => match changed {
                        Ok(changed) if changed.what == Thing::AlarmRules => {
                            if self.rules_changed(&mut known, Some(changed.organization_id)).await {
                                break;
                            }
                        }
                        Ok(_) => {}
                        Err(RecvError::Lagged(_)) => {
                            if self.rules_changed(&mut known, None).await {
                                break;
                            }
                        }
                        Err(RecvError::Closed) => return,
                    },
                    // Last, because there may always be another entry.
                    entry = tap.recv() => match entry {
                        Ok(entry) => self.take(&mut known, &entry).await,
                        Err(RecvError::Lagged(missed)) => {
                            tracing::warn!(missed, "alarms missed journal entries, and read the journals of live calls again");
                            break;
                        }
                        Err(RecvError::Closed) => return,
                    },
                }
            }
        }
    }

    /// Reads the journals of the live calls of organizations that have rules. Returns what to wait for before they must be read again.
    async fn reread(&self, known: &mut LiveCalls) -> Result<Option<CaughtUp>, StoreError> {
        let live = |connection: &mut Connection| query::live_calls_everywhere(connection, LIVE_MAX);
        let Read { found, catch_up } = live_calls::read(&self.store, live).await?;
        for call in found {
            let (organization_id, call_id) = (call.organization_id, call.id);
            if self.rules(known, organization_id).await.rules.is_empty() {
                known.passed_over.insert(organization_id);
                continue;
            }
            let journal = move |connection: &mut Connection| {
                query::journal(connection, organization_id, call_id, After::WHOLE)
            };
            let entries = match self.store.reads().run(journal).await {
                Err(error) if error.is_about_rows() => {
                    tracing::error!(%organization_id, %call_id, %error, "a live call's journal can't be read, and it raises no alarms");
                    continue;
                }
                read => read?,
            };
            for entry in entries {
                self.take(known, &entry).await;
            }
        }
        Ok(catch_up)
    }

    /// Handles changed rules of an organization; with `None`, those of any may have changed. Returns whether live calls must be read again, because
    /// they belong to an organization that had no rules when calls were last read.
    async fn rules_changed(&self, known: &mut LiveCalls, of: Option<OrganizationId>) -> bool {
        let is_meant = |organization_id: OrganizationId| of.is_none_or(|of| of == organization_id);
        known.rules.retain(|organization_id, _| !is_meant(*organization_id));
        let calls = known.calls.iter().filter(|(_, call)| is_meant(call.organization_id));
        let mut calls: Vec<CallId> = calls.map(|(id, _)| *id).collect();
        calls.sort_unstable();
        for id in calls {
            self.settle(known, id, Vec::new()).await;
        }
        let mut passed_over: Vec<OrganizationId> = known.passed_over.iter().copied().collect();
        passed_over.retain(|organization_id| is_meant(*organization_id));
        for organization_id in passed_over {
            if !self.rules(known, organization_id).await.rules.is_empty() {
                return true;
            }
        }
        false
    }

    /// Returns the rules of an organization, which are read once and after each change. While they can't be read there are none, and the journals of
    /// live calls are read again later.
    async fn rules(&self, known: &mut LiveCalls, organization_id: OrganizationId) -> AlarmRules {
        if let Some(rules) = known.rules.get(&organization_id) {
            return rules.clone();
        }
        if known.is_unread {
            return AlarmRules::default();
        }
        let read = move |connection: &mut Connection| query::alarm_rules(connection, organization_id);
        match self.store.reads().run(read).await {
            Ok(rules) => {
                known.rules.insert(organization_id, rules.clone());
                rules
            }
            Err(error) if error.is_about_rows() => {
                tracing::error!(%organization_id, %error, "rules for alarms can't be read: none is raised until they are set again");
                known.rules.insert(organization_id, AlarmRules::default());
                AlarmRules::default()
            }
            Err(error) => {
                tracing::warn!(%organization_id, %error, "rules for alarms can't be read: alarms are raised later");
                known.is_unread = true;
                known.try_again();
                AlarmRules::default()
            }
        }
    }

    /// Handles a journal entry of a call.
    async fn take(&self, known: &mut LiveCalls, entry: &JournalEntry) {
        let rules = self.rules(known, entry.organization_id).await;
        let call = match known.calls.entry(entry.call_id) {
            Entry::Occupied(known) => known.into_mut(),
            // A call whose beginning was not seen is not known well enough. All others are watched, even without rules, because rules may be added.
            Entry::Vacant(_) if !matches!(entry.event, Event::Fact(Fact::CallStarted { .. })) => return,
            Entry::Vacant(new) => new.insert(Watched {
                organization_id: entry.organization_id,
                watch: AlarmWatch::default(),
                seq: 0,
                due: None,
            }),
        };
        if entry.seq <= call.seq {
            return;
        }
        call.seq = entry.seq;
        let raised = call.watch.take(entry, &rules.rules);
        self.settle(known, entry.call_id, raised).await;
    }

    /// Waits for a moment; forever if there is none.
    async fn until(&self, at: Option<UnixMs>) {
        match at {
            Some(at) => sleep(Duration::from_millis(at.ms_since(self.clock.now()))).await,
            None => std::future::pending().await,
        }
    }

    /// Raises the alarms that are due.
    async fn time_passes(&self, known: &mut LiveCalls) {
        let now = self.clock.now();
        while let Some((_, id)) = known.times.first().copied().filter(|(at, _)| *at <= now) {
            known.times.pop_first();
            let Some(call) = known.calls.get(&id) else { continue };
            let rules = self.rules(known, call.organization_id).await;
            let Some(call) = known.calls.get_mut(&id) else { continue };
            let raised = call.watch.due(&rules.rules, now);
            self.settle(known, id, raised).await;
        }
    }

    /// Writes what a call has raised, and notes when the call is due next.
    async fn settle(&self, known: &mut LiveCalls, id: CallId, raised: Vec<Raised>) {
        let Some(organization_id) = known.calls.get(&id).map(|call| call.organization_id) else { return };
        let rules = self.rules(known, organization_id).await;
        if let Some(call) = known.calls.get_mut(&id) {
            let next = call.watch.next(&rules.rules);
            if let Some(before) = std::mem::replace(&mut call.due, next) {
                known.times.remove(&(before, id));
            }
            if let Some(next) = next {
                known.times.insert((next, id));
            }
            if call.watch.is_over() {
                known.calls.remove(&id);
            }
        }
        for Raised { rule, cause, at } in raised {
            let alarm =
                NewAlarm { id: AlarmId(world::new_id()), organization_id, call_id: id, rule, cause, at };
            self.raise(known, alarm).await;
        }
    }

    async fn raise(&self, known: &mut LiveCalls, alarm: NewAlarm) {
        // While the database takes none, each would wait for the timeout, so they are tried together.
        if known.unwritten.is_empty() {
            let (organization_id, call_id) = (alarm.organization_id, alarm.call_id);
            match self.write(alarm.clone()).await {
                Ok(()) => return,
                Err(error) => {
                    tracing::warn!(%organization_id, %call_id, %error, "an alarm can't be written yet; trying again later");
                }
            }
        }
        known.keep(alarm);
    }

    /// Writes the kept alarms, for as long as the database takes them.
    async fn raise_unwritten(&self, known: &mut LiveCalls) {
        while let Some(alarm) = known.unwritten.front().cloned() {
            if let Err(error) = self.write(alarm).await {
                tracing::debug!(unwritten = known.unwritten.len(), %error, "alarms can't be written yet");
                return known.try_again();
            }
            known.unwritten.pop_front();
        }
    }

    /// Writes an alarm, unless it can never be written.
    ///
    /// # Errors
    /// Fails if the alarm may not be written. It may be tried again: it is raised only once.
    async fn write(&self, alarm: NewAlarm) -> Result<(), StoreError> {
        let (organization_id, call_id) = (alarm.organization_id, alarm.call_id);
        let raise = move |connection: &mut Connection| change::raise_alarm(connection, &alarm);
        match self.store.change(raise).await {
            Ok(Raising::Raised) => tracing::info!(%organization_id, %call_id, "an alarm is raised"),
            Ok(Raising::Known) => {}
            Ok(Raising::TooMany) => {
                tracing::warn!(%organization_id, %call_id, "an alarm is not raised: the organization has reached its limit of recent alarms");
            }
            Err(error) if error.is_about_rows() => {
                tracing::error!(%organization_id, %call_id, %error, "an alarm can't be written");
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// Waits until the next attempt; forever if none is due.
async fn again(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use cordboard_schema::alarm::{Alarm, AlarmOn, AlarmRule};
    use cordboard_schema::audit::{Actor, AuditEntry};
    use cordboard_schema::dialplan::NextStep;
    use cordboard_schema::ids::AuditId;
    use cordboard_schema::limits::JOURNAL_TAP_ENTRIES;
    use diesel::connection::SimpleConnection as _;
    use diesel::{Connection as _, SqliteConnection};
    use tokio::runtime::Builder;

    use super::*;
    use crate::store::StoreSettings;
    use crate::store::entries::Conversation;

    const SILENCE_S: u32 = 20;
    const SECOND: Duration = Duration::from_secs(1);

    /// Runs a test with a server that raises an alarm of silence, and another connection to its database.
    fn with_a_rule(test: impl AsyncFnOnce(Store, SqliteConnection)) {
        raising_after(async |store| set_a_rule(&store).await, test);
    }

    async fn set_a_rule(store: &Store) {
        let on = AlarmOn::Silence { longer_than_s: SILENCE_S };
        let rules = AlarmRules { rules: vec![AlarmRule { name: "Silence".to_owned(), enabled: true, on }] };
        let owner = store.organization_id();
        // The line of the audit log announces the change.
        let entry = AuditEntry {
            id: AuditId(world::new_id()),
            organization_id: owner,
            at: world::now().into(),
            actor: Actor::System,
            action: "alarm_rules.changed".to_owned(),
            subject: owner.to_string(),
            address: None,
            detail: String::new(),
        };
        let set = move |connection: &mut Connection| {
            change::set_alarm_rules(connection, owner, &rules)?;
            change::record_audit(connection, &entry)
        };
        store.change(set).await.unwrap();
    }

    /// Runs a test with a server that raises alarms after `before`, and another connection to its database.
    fn raising_after(before: impl AsyncFnOnce(Store), test: impl AsyncFnOnce(Store, SqliteConnection)) {
        let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let _stay = world::enter("2027-05-04T09:00:00Z".parse().unwrap(), 1);
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("cordboard.db");
            let store = Store::open(&StoreSettings::file(&file)).unwrap();
            let stranger = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
            before(store.clone()).await;
            let raiser = AlarmRaiser { store: store.clone(), clock: Clock::system() };
            let tested = async {
                sleep(SECOND).await;
                test(store, stranger).await;
            };
            tokio::select! {
                biased;
                () = raiser.run() => panic!("the store is open"),
                () = tested => {}
            }
        });
    }

    /// Returns these entries as if journalled at this moment.
    fn now(mut entries: Vec<JournalEntry>) -> Vec<JournalEntry> {
        entries.iter_mut().for_each(|entry| entry.at = world::now().into());
        entries
    }

    async fn raised(store: &Store) -> Vec<Alarm> {
        let owner = store.organization_id();
        let read = move |connection: &mut Connection| query::alarms(connection, owner, false, None, 10);
        store.reads().run(read).await.unwrap()
    }

    #[test]
    fn an_alarm_is_raised_once_the_database_takes_it() {
        with_a_rule(async |store, mut stranger| {
            let mut said = Conversation::new(store.organization_id());
            let began = UnixMs::from(world::now());
            store.journal(now(said.live()));
            store.commit().await.unwrap();
            sleep(SECOND).await;
            stranger.batch_execute("BEGIN IMMEDIATE").unwrap();
            sleep(SECOND * (SILENCE_S + 1)).await;
            stranger.batch_execute("COMMIT").unwrap();
            assert_eq!(raised(&store).await.len(), 0);
            sleep(2 * AGAIN).await;
            let alarms = raised(&store).await;
            assert_eq!(alarms.len(), 1, "{alarms:?}");
            assert_eq!(alarms[0].at, began + 1_000 * u64::from(SILENCE_S));
        });
    }

    #[test]
    fn a_missed_end_of_an_unwritten_call_raises_no_alarm() {
        with_a_rule(async |store, mut stranger| {
            let mut said = Conversation::new(store.organization_id());
            store.journal(now(said.live()));
            store.commit().await.unwrap();
            sleep(SECOND).await;
            stranger.batch_execute("BEGIN IMMEDIATE").unwrap();
            store.journal(now(said.ended(NextStep::Hangup)));
            let mut other = Conversation::new(store.organization_id());
            store.journal(now(vec![other.started()]));
            // More entries than the tap holds, so the end is missed.
            for _ in 0..=JOURNAL_TAP_ENTRIES {
                store.journal(now(vec![other.said("more")]));
            }
            sleep(3 * SECOND).await;
            stranger.batch_execute("COMMIT").unwrap();
            sleep(SECOND * (2 * SILENCE_S)).await;
            assert_eq!(raised(&store).await.len(), 0);
        });
    }

    #[test]
    fn unreadable_rules_apply_once_they_can_be_read() {
        with_a_rule(async |store, mut stranger| {
            stranger.batch_execute("ALTER TABLE alarm_rules RENAME TO gone").unwrap();
            let mut said = Conversation::new(store.organization_id());
            store.journal(now(said.live()));
            sleep(3 * SECOND).await;
            stranger.batch_execute("ALTER TABLE gone RENAME TO alarm_rules").unwrap();
            sleep(SECOND * (SILENCE_S + 1)).await;
            assert_eq!(raised(&store).await.len(), 1);
        });
    }

    #[test]
    fn a_call_from_before_the_start_gets_rules_later() {
        let live = async |store: Store| {
            let mut said = Conversation::new(store.organization_id());
            store.journal(now(said.live()));
            store.commit().await.unwrap();
        };
        raising_after(live, async |store, _| {
            sleep(SECOND).await;
            set_a_rule(&store).await;
            sleep(SECOND * (SILENCE_S + 1)).await;
            assert_eq!(raised(&store).await.len(), 1);
        });
    }

    #[test]
    fn setting_the_calendar_neither_raises_an_alarm_nor_delays_one() {
        with_a_rule(async |store, _| {
            let mut said = Conversation::new(store.organization_id());
            store.journal(now(said.live()));
            sleep(SECOND).await;
            world::set_calendar(TimeDelta::hours(1));
            sleep(SECOND * (SILENCE_S / 2)).await;
            assert_eq!(raised(&store).await.len(), 0, "it is not so late");
            world::set_calendar(TimeDelta::hours(-2));
            sleep(SECOND * (SILENCE_S / 2)).await;
            assert_eq!(raised(&store).await.len(), 1, "it is later than that");
        });
    }
}
