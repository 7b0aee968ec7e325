//! Reads the store for the registry, in a task of its own: neither a slow store nor a death of the registry delays the other.

use std::time::Duration;

use actix::Recipient;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::daily_cap::DailyCap;
use crate::clock::Clock;
use crate::known::Known;
use crate::line::RegistryLine;
use crate::messages::{
    AskJournalHealth, AskSpent, DiallingSeen, LoadDialling, LoadProfiles, Spent, ToRegistry,
};

/// How often changes of profiles, of rules on dialling and of the state of the journal are read, and the timeout of
/// the store's answer.
const READ_INTERVAL: Duration = Duration::from_secs(2);

/// Questions to the store.
pub(super) struct StoreWatch {
    pub(super) load_profiles: Recipient<LoadProfiles>,
    pub(super) load_dialling: Recipient<LoadDialling>,
    pub(super) journal_health: Recipient<AskJournalHealth>,
    pub(super) daily_cap: Option<DailyCap>,
    pub(super) clock: Clock,
    /// Requesters that want the registry to have the store's present state.
    pub(super) awaited: mpsc::UnboundedReceiver<oneshot::Sender<()>>,
    /// The profiles that the registry has.
    pub(super) profiles: Known,
    /// The organizations' rules on dialling that the registry has.
    pub(super) dialling: Known,
}

impl StoreWatch {
    /// Sends the registry what the store has and it does not know yet, every 2 s and when a requester waits for it,
    /// until there is no registry.
    pub(super) async fn run(&mut self, registry: &RegistryLine) {
        loop {
            let mut awaited = Vec::new();
            // A change that is made while the store is read may not be in the result: its requester waits for the next read.
            let _ = timeout(READ_INTERVAL, self.awaited.recv_many(&mut awaited, usize::MAX)).await;
            #[cfg(feature = "fault-injection")]
            crate::fault::strike(crate::fault::Fault::PanicInStoreWatch);
            let known = self.profiles.revision();
            let profiles = timeout(READ_INTERVAL, self.load_profiles.send(LoadProfiles { known })).await;
            let (day, known) = (self.clock.now().utc_day(), self.dialling.revision());
            let dialling = timeout(READ_INTERVAL, self.load_dialling.send(LoadDialling { day, known })).await;
            let health = timeout(READ_INTERVAL, self.journal_health.send(AskJournalHealth)).await;
            let spent = self.spent().await;
            let profiles = profiles.ok().and_then(Result::ok).and_then(Result::ok).flatten();
            let (said, dialled) = match dialling {
                Ok(Ok(Ok(DiallingSeen { said, dialled }))) => (said, Some((day, dialled))),
                _ => (None, None),
            };
            let seen = ToRegistry::StoreSeen {
                profiles: profiles.map(|seen| self.profiles.sending(seen)),
                dialling: said.map(|seen| self.dialling.sending(seen)),
                dialled,
                health: health.ok().and_then(Result::ok),
                spent,
                awaited,
            };
            if !registry.tell(seen) {
                return;
            }
        }
    }

    async fn spent(&self) -> Option<Spent> {
        let DailyCap { ask, .. } = self.daily_cap.as_ref()?;
        let day = self.clock.now().utc_day();
        let spent = timeout(READ_INTERVAL, ask.send(AskSpent { day })).await;
        spent.ok()?.ok()?.ok()
    }
}
