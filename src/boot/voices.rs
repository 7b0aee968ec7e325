//! The voices of calls: those that are configured, and those of organizations' own accounts. Replayed calls use them, too.

use std::sync::Arc;

use actix::{Actor, Addr, ArbiterHandle};
use cordboard_actors::assistant::kind::ModelEnd;
use cordboard_actors::assistant::sounds::{Prompt, SoundSet};
use cordboard_actors::circuits::CircuitsActor;
use cordboard_actors::ledger::Ledger;
use cordboard_actors::shadow::ShadowKeeper;
use cordboard_actors::switches::{ChannelAudio, KnownSwitches};
use cordboard_actors::world;
use tracing::warn;

use super::ground::Ground;
use super::outside::ReachingOut;
use super::{StartError, blocking};
use crate::config::Config;
use crate::configured_voices::{EndingModel, FreeModel, models_that_end, models_without_price};
use crate::outside_accounts::OutsideAccounts;
use crate::replays::{Judge, Replays, VoiceOf};
use crate::shadows::StoredShadows;
use crate::starts::ServerStarts;
use crate::store::{Store, change};

/// The parts that speak, and the one that tracks the health of providers.
pub(super) struct Voices {
    /// For calls.
    pub(super) starts: Arc<ServerStarts>,
    /// For replayed calls.
    pub(super) replays: Replays,
    /// Knows which providers fail.
    pub(super) circuits: Addr<CircuitsActor>,
}

impl Voices {
    /// Prepares them, on the arbiter for outside connections.
    pub(super) async fn load(
        config: &Config,
        ground: &Ground,
        reaching_out: &ReachingOut,
        switches: &KnownSwitches,
        prompts: Arc<SoundSet<Prompt>>,
    ) -> Result<Self, StartError> {
        for FreeModel { setting, model } in models_without_price(config) {
            warn!(setting, %model, "the model has no price: it costs nothing here and reaches no cap; set [prices.MODEL], or 0 if it is free");
        }
        for EndingModel { setting, model, end: ModelEnd { day, instead, .. } } in models_that_end(config) {
            warn!(setting, %model, day, "the model's provider has announced its end: before that day, {instead}");
        }
        let meters = ground.meters.clone();
        let circuits =
            CircuitsActor::start_in_arbiter(&reaching_out.arbiter(), move |_| CircuitsActor::new(meters));
        let shadows = Arc::new(StoredShadows::new(ground.store.clone())) as Arc<dyn ShadowKeeper>;
        let speaking = (Arc::clone(&prompts), reaching_out.accounts.clone(), shadows);
        let of_switches = (ground.channel_audio.clone(), switches.clone());
        let starts = load_starts(config, speaking, of_switches, &ground.ledger, &circuits).await?;
        let replays =
            start_replays(config, &ground.store, (&starts, prompts), reaching_out.arbiter()).await?;
        Ok(Self { starts, replays, circuits })
    }
}

/// Prepares the voices of calls, with the audio that channels request, and the switches.
async fn load_starts(
    config: &Config,
    speaking: (Arc<SoundSet<Prompt>>, OutsideAccounts, Arc<dyn ShadowKeeper>),
    of_switches: (Vec<Arc<dyn ChannelAudio>>, KnownSwitches),
    ledger: &Ledger,
    circuits: &Addr<CircuitsActor>,
) -> Result<Arc<ServerStarts>, StartError> {
    let (config, ledger, circuits) = (config.clone(), ledger.clone(), circuits.clone());
    let starts = blocking(move || ServerStarts::load(&config, speaking, of_switches, ledger, circuits));
    Ok(Arc::new(starts.await??))
}

/// Prepares replays, with the judge model if one is configured. Those that an earlier server left are over.
async fn start_replays(
    config: &Config,
    store: &Store,
    (starts, prompts): (&Arc<ServerStarts>, Arc<SoundSet<Prompt>>),
    arbiter: ArbiterHandle,
) -> Result<Replays, StartError> {
    let starts = Arc::clone(starts);
    let voice: VoiceOf = Arc::new(move |profile| starts.account_for(profile));
    let section = config.judge.clone();
    let judge = blocking(move || Judge::of(&section)).await?;
    let judge = judge.map_err(|error| StartError::Judge(error.to_string()))?;
    let daily_cap = config.costs.daily_cap.map(|cap| cap.micros());
    let prices = config.prices.by_model();
    let now = world::now();
    if let Err(error) = store.change(move |connection| change::end_left_replays(connection, now)).await {
        warn!(%error, "replays that an earlier server left can't be ended: for some minutes they count as running");
    }
    Ok(Replays::new(arbiter, store.clone(), voice, prompts, prices).judged_by(judge, daily_cap))
}
