//! The registry's actor, and the keeper who puts another one in its place when it died.
//!
//! ```text
//! keeper ── starts ──> RegistryActor ── starts ──> CallActor (one per call)
//!    ▲                      │
//!    └──── the Registry ────┘
//!          when the actor is no more
//! ```
//!
//! As with a call, everything that the registry is stands in one box, which the `Drop` of an actor that died hands
//! on. The keeper does nothing but wait for it, so it has nothing to die of.

use std::pin::Pin;
use std::task::{Context as Task, Poll};
use std::time::Duration;

use actix::fut::ActorFuture;
use actix::{Actor, Context, ContextFutureSpawner};
use tokio::sync::mpsc;
use tracing::error;

use super::watch::StoreWatch;
use super::{Registry, RegistrySettings};
use crate::line::RegistryMailbox;

/// Messages that the registry takes in before others on its thread get their turn.
const MESSAGES_A_TURN: usize = 32;
/// How long a registry that died is waited with once it did so often: it would use up its thread.
const BREATH: Duration = Duration::from_millis(100);
/// Deaths after which that is so.
const DEATHS_IN_A_ROW_MAX: u32 = 10;

/// The actor that knows every call of a node.
#[derive(Debug)]
pub struct RegistryActor {
    /// There until the actor is dropped.
    registry: Option<Box<Registry>>,
    keeper: mpsc::UnboundedSender<Box<Registry>>,
}

impl RegistryActor {
    /// Starts the registry behind its mailbox, on the current arbiter, for as long as that runs. Calls that were found
    /// open are resumed before any message comes in.
    pub fn start(settings: RegistrySettings, mailbox: RegistryMailbox) {
        let line = settings.neighbours.registry.clone();
        let watch = StoreWatch {
            load_profiles: settings.load_profiles.clone(),
            load_dialling: settings.load_dialling.clone(),
            journal_health: settings.journal_health.clone(),
            daily_cap: settings.daily_cap.clone(),
            clock: settings.neighbours.clock,
        };
        actix_rt::spawn(watch.run(line));
        let (keeper, dead) = mpsc::unbounded_channel();
        let registry = Some(Box::new(Registry::new(settings, mailbox)));
        Actor::start(Self { registry, keeper: keeper.clone() });
        actix_rt::spawn(keep(dead, keeper));
    }
}

/// Lets a registry whose actor died live again, with every call that it knew.
async fn keep(
    mut dead: mpsc::UnboundedReceiver<Box<Registry>>,
    keeper: mpsc::UnboundedSender<Box<Registry>>,
) {
    while let Some(mut registry) = dead.recv().await {
        registry.restarts += 1;
        registry.since = registry.neighbours.clock.now();
        error!(
            restarts = registry.restarts,
            calls = registry.calls.len(),
            "the registry died: it lives again"
        );
        if registry.restarts > DEATHS_IN_A_ROW_MAX {
            tokio::time::sleep(BREATH).await;
        }
        Actor::start(RegistryActor { registry: Some(registry), keeper: keeper.clone() });
    }
}

impl Actor for RegistryActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        Listening.spawn(ctx);
        if let Some(registry) = &mut self.registry {
            registry.resume_open_calls();
            registry.house_the_homeless();
        }
    }
}

impl Drop for RegistryActor {
    /// However the actor ends, the keeper learns of it here. Where the keeper is gone the server is down.
    fn drop(&mut self) {
        if let Some(registry) = self.registry.take() {
            let _ = self.keeper.send(registry);
        }
    }
}

/// Takes what the registry is told out of its mailbox, for as long as the actor lives.
struct Listening;

impl ActorFuture<RegistryActor> for Listening {
    type Output = ();

    fn poll(
        self: Pin<&mut Self>,
        actor: &mut RegistryActor,
        _: &mut Context<RegistryActor>,
        task: &mut Task<'_>,
    ) -> Poll<()> {
        for _ in 0..MESSAGES_A_TURN {
            let Some(registry) = &mut actor.registry else { return Poll::Ready(()) };
            match registry.mailbox.poll_recv(task) {
                Poll::Ready(Some(message)) => registry.take(message),
                // The registry itself holds a line, for its calls, so this does not come.
                Poll::Ready(None) => return Poll::Ready(()),
                Poll::Pending => return Poll::Pending,
            }
        }
        task.waker().wake_by_ref();
        Poll::Pending
    }
}
