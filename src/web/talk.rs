//! Who talks over which talk link, and how often: what is counted of visitors between their requests.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cordboard_actors::messages::{CallRef, RegistryLine, WhoseCall};
use cordboard_actors::web::AudioPasses;
use cordboard_schema::ids::{OutsideId, TalkLinkId};
use cordboard_schema::limits::{
    TALK_CALL_BEGINS_MS_MAX, TALK_LINK_CALLS_PER_HOUR_DEFAULT, TALK_LINK_WINDOW_MS,
    TALK_REQUESTS_PER_MINUTE_MAX,
};
use cordboard_schema::talk_link::TalkLink;
use tokio::time::Instant;
use uuid::Uuid;

use super::attempts::{Attempts, household};
use super::problem::ApiError;

/// Visitors of this node. Clones share them.
#[derive(Clone)]
pub(super) struct TalkDesk {
    pub(super) passes: AudioPasses,
    visits: Arc<Mutex<Visits>>,
}

struct Visits {
    by_address: Attempts<IpAddr>,
    calls: Attempts<(TalkLinkId, IpAddr)>,
    /// Calls over each link that were live when somebody last looked, by our names for the visitors, and since when.
    live: HashMap<TalkLinkId, Vec<(Uuid, Instant)>>,
}

impl TalkDesk {
    /// Nobody talks yet; audio comes by these passes.
    pub(super) fn new(passes: AudioPasses) -> Self {
        let visits = Visits {
            by_address: Attempts::within(TALK_REQUESTS_PER_MINUTE_MAX, Duration::from_secs(60)),
            calls: Attempts::within(
                TALK_LINK_CALLS_PER_HOUR_DEFAULT,
                Duration::from_millis(TALK_LINK_WINDOW_MS),
            ),
            live: HashMap::new(),
        };
        Self { passes, visits: Arc::new(Mutex::new(visits)) }
    }

    /// Counts a question of this address, whatever link it names; refuses one too many.
    pub(super) fn asked(&self, address: IpAddr) -> Result<(), ApiError> {
        let (address, now) = (household(address), Instant::now());
        let mut visits = self.visits();
        if let Some(retry_after_s) = visits.by_address.wait_s(&address, now) {
            return Err(ApiError::TooManyCalls { retry_after_s });
        }
        visits.by_address.tried(address, now);
        Ok(())
    }

    /// Takes a line of the link for a visitor, whom we name so, where there is one and this address may have it.
    pub(super) async fn take_line(
        &self,
        registry: &RegistryLine,
        link: &TalkLink,
        address: IpAddr,
        name: Uuid,
    ) -> Result<(), ApiError> {
        self.forget_ended(registry, link.id).await;
        let (key, now) = ((link.id, household(address)), Instant::now());
        let mut visits = self.visits();
        if let Some(retry_after_s) = visits.calls.wait_s_beyond(link.calls_per_hour_max, &key, now) {
            return Err(ApiError::TooManyCalls { retry_after_s });
        }
        let live = visits.live.entry(link.id).or_default();
        if live.len() >= usize::try_from(link.calls_max).unwrap_or(usize::MAX) {
            let detail = "all lines of this link are taken; try again in a moment";
            return Err(ApiError::Unavailable(detail.to_owned()));
        }
        live.push((name, now));
        visits.calls.tried(key, now);
        Ok(())
    }

    /// Gives a line back whose call did not begin.
    pub(super) fn give_back(&self, link: TalkLinkId, name: Uuid) {
        if let Some(live) = self.visits().live.get_mut(&link) {
            live.retain(|(visitor, _)| *visitor != name);
        }
    }

    /// Forgets the calls over a link that the registry knows no more.
    async fn forget_ended(&self, registry: &RegistryLine, link: TalkLinkId) {
        let begins = Duration::from_millis(TALK_CALL_BEGINS_MS_MAX);
        let live = self.visits().live.get(&link).cloned().unwrap_or_default();
        for (name, since) in live {
            // One that begins is not known there yet.
            let has_begun = since.elapsed() >= begins;
            let call = WhoseCall(CallRef::Outside(OutsideId::web(name)));
            if has_begun && matches!(registry.ask(call).await, Ok(None)) {
                self.give_back(link, name);
            }
        }
        let mut visits = self.visits();
        if visits.live.get(&link).is_some_and(Vec::is_empty) {
            visits.live.remove(&link);
        }
    }

    fn visits(&self) -> MutexGuard<'_, Visits> {
        self.visits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
