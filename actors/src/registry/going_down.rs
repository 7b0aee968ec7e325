//! The server's shutdown: no new calls are admitted; live calls may finish and then hear a goodbye. A call whose
//! caller goes on without the server is not waited for: it is left open to the next process, as after a crash.

use std::time::Duration;

use cordboard_schema::event::Fact;
use cordboard_schema::ids::CallId;
use tokio::sync::oneshot;
use tokio::time::sleep;
use tracing::info;

use super::RegistryActor;
use crate::messages::{Drain, ToRegistry};

/// Progress of the server's shutdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum GoingDown {
    /// No shutdown.
    No,
    /// No new calls are admitted.
    Draining,
    /// Calls were ordered to say goodbye.
    DrainExpired,
    /// Calls were ordered to end.
    Stopping,
}

impl GoingDown {
    /// The fact for calls.
    pub(super) fn fact(self) -> Option<Fact> {
        match self {
            Self::No => None,
            Self::Draining => Some(Fact::ServerDraining),
            Self::DrainExpired => Some(Fact::DrainExpired),
            Self::Stopping => Some(Fact::ServerStopping),
        }
    }
}

impl RegistryActor {
    pub(super) fn drain(&mut self, Drain { timeout_ms }: Drain, emptied: oneshot::Sender<()>) {
        self.go_down(GoingDown::Draining);
        info!(calls = self.calls.len(), timeout_ms, "draining: no new calls");
        let line = self.neighbours.registry.clone();
        actix_rt::spawn(async move {
            sleep(Duration::from_millis(timeout_ms)).await;
            line.tell(ToRegistry::DrainExpired);
        });
        self.when_emptied(emptied);
    }

    /// Advances the shutdown to this stage; it never goes back.
    pub(super) fn go_down(&mut self, how_far: GoingDown) {
        self.going_down = self.going_down.max(how_far);
        if let Some(fact) = how_far.fact() {
            self.notify_all(&fact);
        }
    }

    /// Answers when no call is left that needs this server.
    pub(super) fn when_emptied(&mut self, emptied: oneshot::Sender<()>) {
        if self.is_needed_by_none() {
            let _ = emptied.send(());
        } else {
            self.emptied.push(emptied);
        }
    }

    /// Whether no call needs this server: there is none, or each goes on alone.
    fn is_needed_by_none(&self) -> bool {
        self.calls.values().all(|entry| entry.continues_alone)
    }

    pub(super) fn notify_waiting(&mut self) {
        if self.is_needed_by_none() {
            for waiting in self.emptied.drain(..) {
                let _ = waiting.send(());
            }
        }
    }

    /// A call's caller goes on without this server, or needs it again. In between, the call has not received our messages.
    pub(super) fn continues_alone(&mut self, call_id: CallId, is_so: bool) {
        let word = self.going_down.fact();
        let Some(entry) = self.calls.get_mut(&call_id) else { return };
        entry.continues_alone = is_so;
        if !is_so {
            word.into_iter().for_each(|word| entry.line.fact(word));
        }
        self.notify_waiting();
    }
}
