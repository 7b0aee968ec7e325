//! The StoreActor: the store's interface for calls and the registry. It only passes messages on; no message waits for a disk.

use std::sync::Arc;

use actix::{Actor, Context, Handler, MessageResult, ResponseFuture};
use cordboard_actors::messages::{
    AskJournalHealth, AskSpent, AtRevision, Commit, DiallingSeen, Journal, JournalHealth, LoadDialling,
    LoadFloor, LoadOpenWrapUps, LoadProfiles, NotWritten, OpenWrapUp, Spent, StoreFault, WriteDone,
    WriteForCall,
};
use cordboard_actors::world;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::profile::PublishedProfile;
use cordboard_schema::queue::Floor;

use super::revisions::{self, Subject};
use super::{
    Asker, Connection, Job, Readable, Store, StoreError, TextSettings, agents, asked_by, dialling,
    profile_versions, tool_writes, wrap_ups,
};

/// The settings for sending text messages of each organization that can send them.
type TextSettingsOf = Arc<dyn Fn(OrganizationId) -> Option<TextSettings> + Send + Sync>;

/// Takes the journal and answers requests for the store. May run on any arbiter.
pub struct StoreActor {
    store: Store,
    texts: TextSettingsOf,
}

impl StoreActor {
    /// An actor for `store`.
    pub fn new(store: Store) -> Self {
        Self { store, texts: Arc::new(|_| None) }
    }

    /// Lets tools write text messages for organizations that can send them. Without it, tools are told that no message can be sent.
    #[must_use]
    pub fn with_texts(
        self,
        texts: impl Fn(OrganizationId) -> Option<TextSettings> + Send + Sync + 'static,
    ) -> Self {
        Self { texts: Arc::new(texts), ..self }
    }
}

/// Data of all organizations, without the rows that can't be read, which are logged.
fn taken<T>(store: &Store, job: Job, seen: AtRevision<Readable<T>>) -> AtRevision<T> {
    AtRevision { revision: seen.revision, found: store.job_faults().take(job, seen.found) }
}

impl Actor for StoreActor {
    type Context = Context<Self>;
}

impl Handler<Journal> for StoreActor {
    type Result = ();

    fn handle(&mut self, Journal { entries }: Journal, _: &mut Context<Self>) {
        self.store.journal(entries);
    }
}

impl Handler<Commit> for StoreActor {
    type Result = ResponseFuture<Result<(), StoreFault>>;

    fn handle(&mut self, Commit: Commit, _: &mut Context<Self>) -> Self::Result {
        Box::pin(self.store.commit())
    }
}

impl Handler<LoadProfiles> for StoreActor {
    type Result = ResponseFuture<Result<Option<AtRevision<Vec<PublishedProfile>>>, StoreFault>>;

    fn handle(&mut self, LoadProfiles { known }: LoadProfiles, _: &mut Context<Self>) -> Self::Result {
        let store = self.store.clone();
        Box::pin(async move {
            let read = move |connection: &mut Connection| {
                revisions::since(connection, Subject::Profiles, known, profile_versions::published_everywhere)
            };
            let seen = store.reads().run(read).await?;
            Ok(seen.map(|seen| taken(&store, Job::Profiles, seen)))
        })
    }
}

impl Handler<LoadDialling> for StoreActor {
    type Result = ResponseFuture<Result<DiallingSeen, StoreFault>>;

    fn handle(&mut self, LoadDialling { day, known }: LoadDialling, _: &mut Context<Self>) -> Self::Result {
        let store = self.store.clone();
        Box::pin(async move {
            let read = move |connection: &mut Connection| {
                let said = revisions::since(connection, Subject::Dialling, known, dialling::said_everywhere)?;
                Ok((said, dialling::dialled_everywhere(connection, day)?))
            };
            let (said, dialled) = store.reads().run(read).await?;
            Ok(DiallingSeen { said: said.map(|seen| taken(&store, Job::Dialling, seen)), dialled })
        })
    }
}

impl Handler<LoadFloor> for StoreActor {
    type Result = ResponseFuture<Result<Option<AtRevision<Vec<Floor>>>, StoreFault>>;

    fn handle(
        &mut self,
        LoadFloor { organization_id, known }: LoadFloor,
        _: &mut Context<Self>,
    ) -> Self::Result {
        let store = self.store.clone();
        Box::pin(async move {
            let Some(id) = organization_id else {
                let read = move |connection: &mut Connection| {
                    revisions::since(connection, Subject::Floors, known, agents::floors_everywhere)
                };
                let seen = store.reads().run(read).await?;
                return Ok(seen.map(|seen| taken(&store, Job::Desks, seen)));
            };
            // The next read of all organizations logs rows that can't be read.
            let floor =
                move |connection: &mut Connection| Ok::<_, StoreError>(vec![agents::floor(connection, id)?]);
            let read = move |connection: &mut Connection| {
                revisions::since(connection, Subject::Floors, known, floor)
            };
            Ok(store.reads().run(read).await?)
        })
    }
}

impl Handler<LoadOpenWrapUps> for StoreActor {
    type Result = ResponseFuture<Result<Vec<OpenWrapUp>, StoreFault>>;

    fn handle(&mut self, LoadOpenWrapUps { since }: LoadOpenWrapUps, _: &mut Context<Self>) -> Self::Result {
        let reads = self.store.reads().clone();
        Box::pin(async move {
            let read = move |connection: &mut Connection| wrap_ups::pending_everywhere(connection, since);
            Ok(reads.run(read).await?)
        })
    }
}

/// How often a write is tried if another one was first, or if its outcome is unknown.
const WRITE_TRIES: usize = 3;

fn may_be_written(error: &StoreError) -> bool {
    error.is_taken_name() || matches!(error, StoreError::OutcomeUnknown)
}

/// The fault of a write whose last try failed with this error. If nobody knows the outcome of an earlier try, the last one does not tell it either:
/// the database was lost during a COMMIT, and is away now.
fn fault_of(error: StoreError, is_unknown: bool) -> StoreFault {
    if is_unknown { StoreError::OutcomeUnknown.into() } else { error.into() }
}

impl Handler<WriteForCall> for StoreActor {
    type Result = ResponseFuture<Result<WriteDone, NotWritten>>;

    fn handle(&mut self, request: WriteForCall, _: &mut Context<Self>) -> Self::Result {
        let (store, texts) = (self.store.clone(), (self.texts)(request.organization_id));
        let asker = Asker::Calls(request.organization_id);
        Box::pin(asked_by(asker, async move {
            let mut tries = 1..=WRITE_TRIES;
            let mut is_unknown = false;
            loop {
                tries.next();
                let (asked, texts, now) = (request.clone(), texts.clone(), world::now());
                let configured = store.configured_numbers().clone();
                let write = move |connection: &mut Connection| {
                    tool_writes::write(connection, asked, (texts, &configured), now)
                };
                match store.change(write).await {
                    // The next try sees what the other writer wrote, or what this one wrote itself.
                    Err(error) if may_be_written(&error) && !tries.is_empty() => {
                        is_unknown |= matches!(error, StoreError::OutcomeUnknown);
                    }
                    Err(error) => return Err(fault_of(error, is_unknown).into()),
                    Ok(outcome) => return outcome.map_err(NotWritten::Refused),
                }
            }
        }))
    }
}

impl Handler<AskSpent> for StoreActor {
    type Result = ResponseFuture<Result<Spent, StoreFault>>;

    fn handle(&mut self, AskSpent { day }: AskSpent, _: &mut Context<Self>) -> Self::Result {
        let store = self.store.clone();
        Box::pin(async move { Ok(Spent { day, micros: store.spent_micros_everywhere(day).await? }) })
    }
}

impl Handler<AskJournalHealth> for StoreActor {
    type Result = MessageResult<AskJournalHealth>;

    fn handle(&mut self, AskJournalHealth: AskJournalHealth, _: &mut Context<Self>) -> Self::Result {
        let health: JournalHealth = self.store.health();
        MessageResult(health)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_stays_unknown_if_the_database_is_away_afterwards() {
        let away = || StoreError::NoConnection("away".to_owned());
        let said = |is_unknown| fault_of(away(), is_unknown).to_string();
        assert!(said(true).contains("nobody knows whether it was done"), "{}", said(true));
        assert!(said(false).contains("no connection to the database"), "{}", said(false));
    }
}
