//! Replays: stored calls played again to a profile, on an arbiter that carries no audio.
//!
//! ```text
//! API ─ begin ─> a task on the arbiter ─ Player ─ Rehearsal ─> provider
//!                   └─ after each turn: the row of the replay
//! ```
//! A replay dials nobody, sends nothing and writes only its own row: an assistant in a text session has no call, and its tools are answered from the
//! record of the stored call (`cordboard_schema::replay`).

mod judge;
mod player;

use std::collections::{BTreeMap, HashMap};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix::ArbiterHandle;
use cordboard_actors::assistant::sounds::{Prompt, SoundSet};
use cordboard_actors::assistant::{Account, ProviderFault};
use cordboard_actors::tools::ToolDefinition;
use cordboard_actors::world;
use cordboard_schema::ids::{OrganizationId, ReplayId};
use cordboard_schema::limits::{EXAMPLES_MS_MAX, REPLAY_MS_MAX};
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::replay::{
    Check, Example, ExampleResult, Expectations, RecordedTurn, Replay, ReplayState, ReplayedCall, Undecided,
    Verdict, judge as judge_what_is_found, with_opinion,
};
use cordboard_schema::usage::ModelPrice;
use futures_util::FutureExt;
pub use judge::{ChargedCall, Judge, Judged, Unanswered};
use player::Player;
pub use player::steps;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tracing::error;

use crate::store::{Store, change};

/// The account that speaks with a profile; none for the built-in assistant.
pub type VoiceOf = Arc<dyn Fn(&AgentProfile) -> Option<Arc<dyn Account>> + Send + Sync>;

/// A call to be replayed.
#[derive(Clone, Debug)]
pub struct CallToReplay {
    /// The profile that answers, as on a call that began at the time of the stored one.
    pub profile: Arc<AgentProfile>,
    /// The tools that it is offered.
    pub tools: Arc<[ToolDefinition]>,
    /// The words that it is told about a call that we made.
    pub errand: Option<String>,
    /// Words and actions.
    pub turns: Vec<RecordedTurn>,
    /// The expectation, if it is an example.
    pub example: Option<Example>,
}

/// A replay that is about to begin.
#[derive(Debug)]
pub struct NewReplay {
    /// Its organization.
    pub organization_id: OrganizationId,
    /// Its row as written.
    pub replay: Replay,
    /// The calls, in order.
    pub calls: Vec<CallToReplay>,
}

/// Parts that replays need. Cheap to clone.
#[derive(Clone)]
pub struct Replays {
    arbiter: ArbiterHandle,
    store: Store,
    voice: VoiceOf,
    prompts: Arc<SoundSet<Prompt>>,
    prices: Arc<BTreeMap<String, ModelPrice>>,
    /// Judges the meaning of examples.
    judge: Option<Judge>,
    /// Stops replays that are under way.
    under_way: Arc<Mutex<HashMap<ReplayId, oneshot::Sender<()>>>>,
}

impl Replays {
    /// Makes a runner of replays on this arbiter.
    pub fn new(
        arbiter: ArbiterHandle,
        store: Store,
        voice: VoiceOf,
        prompts: Arc<SoundSet<Prompt>>,
        prices: BTreeMap<String, ModelPrice>,
    ) -> Self {
        let (prices, under_way) = (Arc::new(prices), Arc::default());
        Self { arbiter, store, voice, prompts, prices, judge: None, under_way }
    }

    /// Adds the judge of what examples mean, and the daily limit of the cost of calls, in millionths of the currency, up to which the judge may be
    /// asked.
    pub fn judged_by(self, judge: Option<Judge>, daily_cap_micros: Option<u64>) -> Self {
        let judge = judge.map(|judge| judge.paid(&self.prices, daily_cap_micros));
        Self { judge, ..self }
    }

    /// The judge of examples; none if it is not configured.
    pub fn judge(&self) -> Option<&Judge> {
        self.judge.as_ref()
    }

    /// Begins a replay whose row is written. Returns whether its arbiter runs.
    pub fn begin(&self, new: NewReplay) -> bool {
        let (stop, stopped) = oneshot::channel();
        let (own, id) = (self.clone(), new.replay.id);
        self.keep(id, Some(stop));
        let is_there = self.arbiter.spawn_fn(move || {
            actix_rt::spawn(async move {
                tokio::select! {
                    // Its row says already that it was stopped.
                    _ = stopped => {}
                    () = own.run(new) => {}
                }
                own.keep(id, None);
            });
        });
        if !is_there {
            self.keep(id, None);
        }
        is_there
    }

    /// The account that speaks with this profile; none if it is the built-in assistant.
    pub fn account(&self, profile: &AgentProfile) -> Option<Arc<dyn Account>> {
        (self.voice)(profile)
    }

    /// Whether the voice of this profile understands words.
    pub fn understands_words(&self, profile: &AgentProfile) -> bool {
        (self.voice)(profile).is_some()
    }

    /// Stops a replay that is under way here.
    pub fn stop(&self, id: ReplayId) {
        self.keep(id, None);
    }

    fn keep(&self, id: ReplayId, stop: Option<oneshot::Sender<()>>) {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        match stop {
            Some(stop) => drop(under_way.insert(id, stop)),
            None => drop(under_way.remove(&id)),
        }
    }

    async fn run(&self, NewReplay { organization_id, mut replay, calls }: NewReplay) {
        let is_set = calls.first().is_some_and(|call| call.example.is_some());
        let patience = Duration::from_millis(if is_set { EXAMPLES_MS_MAX } else { REPLAY_MS_MAX });
        let playing = timeout(patience, self.play(organization_id, &mut replay, calls));
        let end = match AssertUnwindSafe(playing).catch_unwind().await {
            Ok(Ok(Ok(()))) => Ok(()),
            Ok(Ok(Err(fault))) => Err(fault.reason),
            Ok(Err(_)) => Err(format!("it took longer than {} minutes", patience.as_secs() / 60)),
            Err(_) => {
                error!(replay = %replay.id, "a replay has panicked");
                Err("the server failed; its log says why".to_owned())
            }
        };
        replay.state = if end.is_ok() { ReplayState::Done } else { ReplayState::Failed };
        replay.reason = end.err();
        replay.ended_at = Some(world::now().into());
        self.note(organization_id, &replay).await;
    }

    async fn note(&self, organization_id: OrganizationId, replay: &Replay) {
        let (id, replay) = (replay.id, replay.clone());
        let noted =
            self.store.change(move |connection| change::note_replay(connection, organization_id, &replay));
        if let Err(error) = noted.await {
            error!(replay = %id, "the state of a replay could not be stored: {error}");
        }
    }

    async fn play(
        &self,
        organization_id: OrganizationId,
        replay: &mut Replay,
        calls: Vec<CallToReplay>,
    ) -> Result<(), ProviderFault> {
        for call in calls {
            let Some(example) = call.example.clone() else {
                return self.play_call(organization_id, replay, call).await;
            };
            let provider = (self.voice)(&call.profile).map_or("builtin", |account| account.name());
            replay.result.provider = provider.to_owned();
            let profile = Arc::clone(&call.profile);
            let (end, played, cost) = self.play_quietly(call).await;
            replay.cost_micros = replay.cost_micros.saturating_add(cost);
            let (verdict, checks, reason) = match end {
                Ok(()) => {
                    self.judged(&profile, &example.expectations, &played, &mut replay.cost_micros).await
                }
                Err(fault) => (Verdict::Error, Vec::new(), Some(fault.reason)),
            };
            let (example_id, name) = (example.id, example.name);
            let result = ExampleResult { example_id, name, verdict, checks, reason, call: played };
            replay.result.examples.push(result);
            replay.steps_done += 1;
            self.note(organization_id, replay).await;
        }
        Ok(())
    }

    /// Judges what was said and done. Returns the verdict, its checks, and why there is no verdict.
    async fn judged(
        &self,
        profile: &AgentProfile,
        expected: &Expectations,
        played: &ReplayedCall,
        cost_micros: &mut u64,
    ) -> (Verdict, Vec<Check>, Option<String>) {
        let found = judge_what_is_found(expected, played);
        let Some(meaning) = &expected.meaning else { return (found.0, found.1, None) };
        let opinion = match &self.judge {
            Some(judge) if !judge.may_hear(profile) => Err(Undecided::other_region()),
            Some(judge) => {
                let (opinion, cost) = judge.ask(meaning, played).await;
                *cost_micros = cost_micros.saturating_add(cost);
                opinion
            }
            None => Err(Undecided::no_judge()),
        };
        with_opinion(expected, found, opinion)
    }

    async fn player(&self, call: &CallToReplay) -> Result<Player, ProviderFault> {
        let voice = (self.voice)(&call.profile);
        Player::begin(voice.as_deref(), &self.prompts, Arc::clone(&self.prices), call).await
    }

    /// Plays a call, and stores each turn.
    async fn play_call(
        &self,
        organization_id: OrganizationId,
        replay: &mut Replay,
        call: CallToReplay,
    ) -> Result<(), ProviderFault> {
        let mut player = self.player(&call).await?;
        replay.result.provider = player.provider().to_owned();
        let end = loop {
            let step = player.step().await;
            replay.cost_micros = player.cost_micros();
            replay.result.call = Some(player.played().clone());
            match step {
                Ok(true) => {
                    replay.steps_done += 1;
                    self.note(organization_id, replay).await;
                }
                Ok(false) => break Ok(()),
                Err(fault) => break Err(fault),
            }
        };
        player.close().await;
        end
    }

    /// Plays a call of a set.
    async fn play_quietly(&self, call: CallToReplay) -> (Result<(), ProviderFault>, ReplayedCall, u64) {
        let mut player = match self.player(&call).await {
            Ok(player) => player,
            Err(fault) => return (Err(fault), ReplayedCall::default(), 0),
        };
        let end = loop {
            match player.step().await {
                Ok(true) => {}
                Ok(false) => break Ok(()),
                Err(fault) => break Err(fault),
            }
        };
        let (played, cost) = (player.played().clone(), player.cost_micros());
        player.close().await;
        (end, played, cost)
    }
}
