//! The StoreActor: the store as calls and registry know it. It only passes on; no message waits for a disk.

use actix::{Actor, Context, Handler, MessageResult, ResponseFuture};
use cordboard_actors::messages::{
    AskJournalHealth, AskSpent, Commit, Dialling, Journal, JournalHealth, LoadDialling, LoadProfiles, Spent,
    StoreFault,
};
use cordboard_schema::profile::PublishedProfile;

use super::{Connection, Store, dialling, profile_versions};

/// Takes the journal and answers for it. May run on any arbiter.
pub struct StoreActor {
    store: Store,
}

impl StoreActor {
    /// An actor in front of `store`.
    pub fn new(store: Store) -> Self {
        Self { store }
    }
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
    type Result = ResponseFuture<Result<Vec<PublishedProfile>, StoreFault>>;

    fn handle(&mut self, LoadProfiles: LoadProfiles, _: &mut Context<Self>) -> Self::Result {
        let (reads, organization_id) = (self.store.reads().clone(), self.store.organization_id());
        Box::pin(async move {
            let read =
                move |connection: &mut Connection| profile_versions::published(connection, organization_id);
            Ok(reads.run(read).await?)
        })
    }
}

impl Handler<LoadDialling> for StoreActor {
    type Result = ResponseFuture<Result<Dialling, StoreFault>>;

    fn handle(&mut self, LoadDialling { day }: LoadDialling, _: &mut Context<Self>) -> Self::Result {
        let (reads, organization_id) = (self.store.reads().clone(), self.store.organization_id());
        Box::pin(async move {
            let read =
                move |connection: &mut Connection| dialling::dialling(connection, organization_id, day);
            Ok(reads.run(read).await?)
        })
    }
}

impl Handler<AskSpent> for StoreActor {
    type Result = ResponseFuture<Result<Spent, StoreFault>>;

    fn handle(&mut self, AskSpent { organization_id, day }: AskSpent, _: &mut Context<Self>) -> Self::Result {
        let store = self.store.clone();
        Box::pin(async move { Ok(Spent { day, micros: store.spent_micros(organization_id, day).await? }) })
    }
}

impl Handler<AskJournalHealth> for StoreActor {
    type Result = MessageResult<AskJournalHealth>;

    fn handle(&mut self, AskJournalHealth: AskJournalHealth, _: &mut Context<Self>) -> Self::Result {
        let health: JournalHealth = self.store.health();
        MessageResult(health)
    }
}
