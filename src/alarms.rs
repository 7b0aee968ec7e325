//! Raises the alarms of live calls: follows the journal's tap, lets a watch decide for each call (`cordboard_call::alarm_watch`), and writes
//! what it raises. It waits for no call, and no call for it.
//!
//! A watch knows what was journalled of its call. Where it has fallen behind the tap, and when the server starts, the journals
//! of live calls are read anew; what was raised then is known to the store, which raises it no second time.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use cordboard_actors::alarm_watch::{AlarmWatch, Raised};
use cordboard_actors::world;
use cordboard_schema::alarm::{Alarm, AlarmRules};
use cordboard_schema::changed::Thing;
use cordboard_schema::event::{Event, Fact, JournalEntry};
use cordboard_schema::ids::{AlarmId, CallId, OrganizationId};
use cordboard_schema::time::UnixMs;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::sleep;

use crate::store::{AboutRows as _, After, Connection, Raising, Store, StoreError, change, query};

/// Live calls whose journals are read where they were lost sight of.
const LIVE_MAX: i64 = 10_000;
/// Between two tries to read what can't be read.
const AGAIN: Duration = Duration::from_secs(5);

/// Raises alarms.
#[derive(Clone)]
pub struct AlarmRaiser {
    /// Keeps the calls' journals, and alarms.
    pub store: Store,
}

/// A call that is watched.
struct Watched {
    organization_id: OrganizationId,
    watch: AlarmWatch,
    /// The newest entry that it has taken in.
    seq: u64,
    /// When it is due, as it is among the times.
    due: Option<UnixMs>,
}

/// State of live calls.
#[derive(Default)]
struct LiveCalls {
    calls: HashMap<CallId, Watched>,
    rules: HashMap<OrganizationId, AlarmRules>,
    /// When calls are due.
    times: BTreeSet<(UnixMs, CallId)>,
}

impl AlarmRaiser {
    /// Raises them for as long as the store is open.
    pub async fn run(self) {
        loop {
            // The tap first: what is journalled while the calls are read is seen twice rather than never.
            let mut tap = self.store.tap();
            let mut changes = self.store.changes();
            let mut known = LiveCalls::default();
            if let Err(error) = self.look_anew(&mut known).await {
                tracing::warn!(%error, "live calls can't be read for their alarms; it is tried again");
                sleep(AGAIN).await;
                continue;
            }
            loop {
                tokio::select! {
                    biased;
                    () = until(known.times.first().map(|(at, _)| *at)) => self.time_passes(&mut known).await,
                    changed = changes.recv() => match changed {
                        Ok(changed) if changed.what == Thing::AlarmRules => {
                            known.rules.remove(&changed.organization_id);
                            let owner = changed.organization_id;
                            let of_owner = known.calls.iter().filter(|(_, call)| call.organization_id == owner);
                            let of_owner: Vec<CallId> = of_owner.map(|(id, _)| *id).collect();
                            for id in of_owner {
                                self.settle(&mut known, id, Vec::new()).await;
                            }
                        }
                        Ok(_) => {}
                        Err(RecvError::Lagged(_)) => known.rules.clear(),
                        Err(RecvError::Closed) => return,
                    },
                    // Last: there may always be one more.
                    entry = tap.recv() => match entry {
                        Ok(entry) => self.take(&mut known, &entry).await,
                        Err(RecvError::Lagged(missed)) => {
                            tracing::warn!(missed, "alarms were left behind, and read the journals of live calls anew");
                            break;
                        }
                        Err(RecvError::Closed) => return,
                    },
                }
            }
        }
    }

    /// Reads the journals of the live calls of those organizations that have rules.
    async fn look_anew(&self, known: &mut LiveCalls) -> Result<(), StoreError> {
        let live = |connection: &mut Connection| query::live_calls_everywhere(connection, LIVE_MAX);
        for call in self.store.reads().run(live).await? {
            let (organization_id, call_id) = (call.organization_id, call.id);
            if self.rules(known, organization_id).await.rules.is_empty() {
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
        Ok(())
    }

    /// The rules of an organization, read once and whenever they were changed.
    async fn rules(&self, known: &mut LiveCalls, organization_id: OrganizationId) -> AlarmRules {
        if let Some(rules) = known.rules.get(&organization_id) {
            return rules.clone();
        }
        let read = move |connection: &mut Connection| query::alarm_rules(connection, organization_id);
        match self.store.reads().run(read).await {
            Ok(rules) => {
                known.rules.insert(organization_id, rules.clone());
                rules
            }
            Err(error) => {
                tracing::warn!(%organization_id, %error, "rules for alarms can't be read: none is raised meanwhile");
                AlarmRules::default()
            }
        }
    }

    /// Takes in what was journalled of a call.
    async fn take(&self, known: &mut LiveCalls, entry: &JournalEntry) {
        let rules = self.rules(known, entry.organization_id).await;
        let call = match known.calls.entry(entry.call_id) {
            Entry::Occupied(known) => known.into_mut(),
            // A call whose beginning was not seen is not known well enough. Others are watched without rules too: some may
            // come.
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

    /// Raises what is due.
    async fn time_passes(&self, known: &mut LiveCalls) {
        let now = UnixMs::from(world::now());
        while let Some((_, id)) = known.times.first().copied().filter(|(at, _)| *at <= now) {
            known.times.pop_first();
            let Some(call) = known.calls.get(&id) else { continue };
            let rules = self.rules(known, call.organization_id).await;
            let Some(call) = known.calls.get_mut(&id) else { continue };
            let raised = call.watch.due(&rules.rules, now);
            self.settle(known, id, raised).await;
        }
    }

    /// Writes what a call has raised, and notes when it is due next.
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
        for Raised { rule, detail, at } in raised {
            self.raise(Alarm {
                id: AlarmId(world::new_id()),
                organization_id,
                call_id: id,
                rule,
                detail,
                at,
                acknowledged_at: None,
                acknowledged_by: None,
            })
            .await;
        }
    }

    async fn raise(&self, alarm: Alarm) {
        let (organization_id, call_id) = (alarm.organization_id, alarm.call_id);
        let raise = move |connection: &mut Connection| change::raise_alarm(connection, &alarm);
        match self.store.change(raise).await {
            Ok(Raising::Raised) => tracing::info!(%organization_id, %call_id, "an alarm is raised"),
            Ok(Raising::Known) => {}
            Ok(Raising::TooMany) => {
                tracing::warn!(%organization_id, %call_id, "an alarm is not raised: the organization has had as many of late as may be");
            }
            Err(error) => tracing::error!(%organization_id, %call_id, %error, "an alarm can't be written"),
        }
    }
}

/// Waits for a moment of the calendar; for ever where there is none.
async fn until(at: Option<UnixMs>) {
    match at {
        Some(at) => sleep(Duration::from_millis(at.ms_since(world::now().into()))).await,
        None => std::future::pending().await,
    }
}
