//! The registry as an actor: it starts, handles its messages one by one, and is restarted when it dies.
//!
//! ```text
//! keeper ── starts ──> the registry's actor ── starts ──> CallActor (one per call)
//!    ▲                      │
//!    └── the RegistryActor ─┘
//!          when the actor is gone
//! ```

use std::task::{Context as Task, Poll};

use tokio::sync::mpsc;
use tracing::error;

use super::watch::StoreWatch;
use super::{RegistryActor, RegistrySettings};
use crate::keeper::{Restartable, TurnEnd, keep};
use crate::known::Known;
use crate::lasting::last;
use crate::line::RegistryMailbox;

impl RegistryActor {
    /// Starts the registry with its mailbox, on the current arbiter, for as long as that runs. Calls that were found
    /// open are resumed before any message is handled.
    pub fn start(settings: RegistrySettings, mailbox: RegistryMailbox) {
        let line = settings.neighbours.registry.clone();
        let (reload_requests, awaited) = mpsc::unbounded_channel();
        let mut watch = StoreWatch {
            load_profiles: settings.load_profiles.clone(),
            load_dialling: settings.load_dialling.clone(),
            journal_health: settings.journal_health.clone(),
            daily_cap: settings.daily_cap.clone(),
            clock: settings.neighbours.clock,
            awaited,
            profiles: Known::default(),
            dialling: Known::default(),
        };
        let watching = last("the registry's looks at the store", async move || watch.run(&line).await);
        actix_rt::spawn(watching);
        keep(Self::new(settings, mailbox, reload_requests));
    }
}

impl Restartable for RegistryActor {
    const TURNS: usize = 32;

    fn begins(&mut self) {
        self.resume_open_calls();
        self.catch_up();
    }

    fn take_turn(&mut self, task: &mut Task<'_>) -> Poll<TurnEnd> {
        self.mailbox.poll_recv(task).map(|message| match message {
            Some(message) => {
                self.take(message);
                TurnEnd::Taken
            }
            // Never happens, because the registry itself holds a line for its calls.
            None => TurnEnd::Over,
        })
    }

    /// The next actor knows every call that this one knew.
    fn died(&mut self, deaths: u32) {
        self.restarts = deaths;
        self.since = self.neighbours.clock.now();
        error!(restarts = deaths, calls = self.calls.len(), "the registry died: it is restarted");
    }
}
