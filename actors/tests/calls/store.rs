//! The stand-in for the store: keeps its messages in order, and answers as the test sets.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use actix::{Actor, Context, Handler, Message, MessageResult, ResponseFuture};
use cordboard_actors::messages::{
    AskJournalHealth, AskSpent, AssistantOrder, AtRevision, CacheProfile, Commit, Dialling, DiallingSeen,
    Journal, JournalHealth, LoadDialling, LoadProfiles, NotWritten, ProfileKept, Revision, RunCustomTool,
    Spent, StoreFault, WriteDone, WriteForCall,
};
use cordboard_schema::customer_profile::ProfileOutcome;
use cordboard_schema::event::JournalEntry;
use cordboard_schema::ids::{LegId, OrganizationId};
use cordboard_schema::profile::{AgentProfile, PublishedProfile};
use cordboard_schema::said::SpokenLine;
use cordboard_schema::tool::ToolOutcome;
use std::time::Duration;

use crate::setup::profile;

/// A message to the neighbours of calls.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Note {
    Journalled(Vec<JournalEntry>),
    CommitAsked,
    LegStarted(LegId),
    LegReleased(LegId),
    LegGone(LegId),
    Refused,
    AssistantStarted(LegId),
    /// The conversation so far, as the started assistant got it.
    History(Vec<SpokenLine>),
    Ordered(AssistantOrder),
}

/// The notes, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes(Arc<Mutex<Vec<Note>>>);

impl Notes {
    pub(crate) fn add(&self, note: Note) {
        self.0.lock().unwrap().push(note);
    }

    pub(crate) fn all(&self) -> Vec<Note> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn count(&self, is_meant: impl Fn(&Note) -> bool) -> usize {
        self.0.lock().unwrap().iter().filter(|note| is_meant(note)).count()
    }
}

/// Answers of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answers {
    AtOnce,
    After(Duration),
    Failing,
    Never,
}

/// How the store behaves at present.
#[derive(Clone, Debug)]
pub(crate) struct Manners {
    pub(crate) commit: Answers,
    pub(crate) profiles: Vec<AgentProfile>,
    pub(crate) dialling: Dialling,
    /// The same of another organization, if there is one.
    pub(crate) of_another: Option<(OrganizationId, Dialling)>,
    pub(crate) journal_waiting: usize,
    /// The cost of the day's calls.
    pub(crate) spent_micros: u64,
}

/// The most entries that may wait in the stand-in's memory.
pub(crate) const JOURNAL_WAITING_MAX: usize = 100;

pub(crate) struct StandInStore {
    pub(crate) notes: Notes,
    pub(crate) manners: Arc<Mutex<Manners>>,
}

/// A neighbour -> store: append this to the notes.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct TakeNote(pub(crate) Note);

impl Actor for StandInStore {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(10_000);
    }
}

impl Handler<TakeNote> for StandInStore {
    type Result = ();

    fn handle(&mut self, TakeNote(note): TakeNote, _: &mut Self::Context) {
        self.notes.add(note);
    }
}

impl Handler<Journal> for StandInStore {
    type Result = ();

    fn handle(&mut self, Journal { entries }: Journal, _: &mut Self::Context) {
        self.notes.add(Note::Journalled(entries));
    }
}

impl Handler<Commit> for StandInStore {
    type Result = ResponseFuture<Result<(), StoreFault>>;

    fn handle(&mut self, _: Commit, _: &mut Self::Context) -> Self::Result {
        self.notes.add(Note::CommitAsked);
        Box::pin(answered(self.manners.lock().unwrap().commit))
    }
}

async fn answered(how: Answers) -> Result<(), StoreFault> {
    match how {
        Answers::AtOnce => Ok(()),
        Answers::After(time) => {
            tokio::time::sleep(time).await;
            Ok(())
        }
        Answers::Failing => Err(StoreFault::Database("disk I/O error".to_owned())),
        Answers::Never => std::future::pending().await,
    }
}

impl Handler<WriteForCall> for StandInStore {
    type Result = Result<WriteDone, NotWritten>;

    fn handle(&mut self, _: WriteForCall, _: &mut Self::Context) -> Self::Result {
        Err(NotWritten::Refused("nobody writes here".to_owned()))
    }
}

impl Handler<LoadProfiles> for StandInStore {
    type Result = Result<Option<AtRevision<Vec<PublishedProfile>>>, StoreFault>;

    fn handle(&mut self, _: LoadProfiles, _: &mut Self::Context) -> Self::Result {
        let found = self.manners.lock().unwrap().profiles.iter().cloned().map(Into::into).collect();
        Ok(Some(AtRevision { revision: Revision(0), found }))
    }
}

impl Handler<LoadDialling> for StandInStore {
    type Result = Result<DiallingSeen, StoreFault>;

    fn handle(&mut self, _: LoadDialling, _: &mut Self::Context) -> Self::Result {
        let manners = self.manners.lock().unwrap();
        let of_house = (profile().organization_id, manners.dialling.clone());
        let found: BTreeMap<_, _> = std::iter::once(of_house).chain(manners.of_another.clone()).collect();
        let dialled = found.iter().map(|(id, said)| (*id, said.dialled_today)).collect();
        Ok(DiallingSeen { said: Some(AtRevision { revision: Revision(0), found }), dialled })
    }
}

impl Handler<AskSpent> for StandInStore {
    type Result = Result<Spent, StoreFault>;

    fn handle(&mut self, AskSpent { day }: AskSpent, _: &mut Self::Context) -> Self::Result {
        let spent_micros = self.manners.lock().unwrap().spent_micros;
        Ok(Spent { day, micros: [(profile().organization_id, spent_micros)].into() })
    }
}

impl Handler<AskJournalHealth> for StandInStore {
    type Result = MessageResult<AskJournalHealth>;

    fn handle(&mut self, _: AskJournalHealth, _: &mut Self::Context) -> Self::Result {
        let waiting = self.manners.lock().unwrap().journal_waiting;
        MessageResult(JournalHealth { waiting, waiting_max: JOURNAL_WAITING_MAX, lost: 0, fault: None })
    }
}

impl Handler<CacheProfile> for StandInStore {
    type Result = ResponseFuture<ProfileKept>;

    fn handle(&mut self, _: CacheProfile, _: &mut Self::Context) -> Self::Result {
        Box::pin(async { ProfileKept { outcome: ProfileOutcome::Cached, brief: None } })
    }
}

impl Handler<RunCustomTool> for StandInStore {
    type Result = ResponseFuture<ToolOutcome>;

    fn handle(&mut self, run: RunCustomTool, _: &mut Self::Context) -> Self::Result {
        Box::pin(
            async move { ToolOutcome::done(&format!("asked {}", serde_json::Value::Object(run.arguments))) },
        )
    }
}
