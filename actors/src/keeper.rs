//! Actors that die and are restarted with all of their state.
//!
//! ```text
//! keeper ── starts ──> KeptActor
//!    ▲                     │
//!    └──── what is kept ───┘
//!          when the actor is gone
//! ```
//!
//! All of the state of such an actor is in one box, which the `Drop` of an actor that died hands on, including the
//! mailbox with its waiting messages. The keeper only waits for the box, so it can't die itself.

use std::pin::Pin;
use std::task::{Context as Task, Poll};
use std::time::Duration;

use actix::fut::ActorFuture;
use actix::{Actor, Context, ContextFutureSpawner};
use tokio::sync::mpsc;
use tokio::time::sleep;

/// Pause before an actor that died often is restarted, because it would otherwise use up its thread.
const BREATH: Duration = Duration::from_millis(100);
/// The number of deaths after which there is a pause.
const DEATHS_IN_A_ROW_MAX: u32 = 10;

/// All of the state of an actor.
pub(crate) trait Restartable: Sized + 'static {
    /// Turns that it has before others on its thread get theirs.
    const TURNS: usize;

    /// An actor begins to run with it: the first one, or a later one.
    fn begins(&mut self) {}

    /// Handles something. Pending if there is nothing.
    fn take_turn(&mut self, task: &mut Task<'_>) -> Poll<TurnEnd>;

    /// Its actor died, for this many times now, and is replaced. Logs that.
    fn died(&mut self, deaths: u32);
}

/// The result of a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TurnEnd {
    /// Something was handled.
    Taken,
    /// No message can reach it any more.
    Over,
}

/// Keeps it running on the current arbiter, for as long as that runs.
pub(crate) fn keep(kept: impl Restartable) {
    let (keeper, dead) = mpsc::unbounded_channel();
    Actor::start(KeptActor { kept: Some(Box::new(kept)), keeper: keeper.clone() });
    actix_rt::spawn(revive(dead, keeper));
}

async fn revive<K: Restartable>(
    mut dead: mpsc::UnboundedReceiver<Box<K>>,
    keeper: mpsc::UnboundedSender<Box<K>>,
) {
    let mut deaths: u32 = 0;
    while let Some(mut kept) = dead.recv().await {
        deaths += 1;
        kept.died(deaths);
        if deaths > DEATHS_IN_A_ROW_MAX {
            sleep(BREATH).await;
        }
        Actor::start(KeptActor { kept: Some(kept), keeper: keeper.clone() });
    }
}

struct KeptActor<K: Restartable> {
    /// Some until the actor is dropped.
    kept: Option<Box<K>>,
    keeper: mpsc::UnboundedSender<Box<K>>,
}

impl<K: Restartable> Actor for KeptActor<K> {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        Living.spawn(ctx);
        if let Some(kept) = &mut self.kept {
            kept.begins();
        }
    }
}

impl<K: Restartable> Drop for KeptActor<K> {
    /// However the actor ends, the keeper learns of it here. If the keeper is gone, the server is down.
    fn drop(&mut self) {
        if let Some(kept) = self.kept.take() {
            let _ = self.keeper.send(kept);
        }
    }
}

/// Handles what arrives, for as long as the actor lives.
struct Living;

impl<K: Restartable> ActorFuture<KeptActor<K>> for Living {
    type Output = ();

    fn poll(
        self: Pin<&mut Self>,
        actor: &mut KeptActor<K>,
        _: &mut Context<KeptActor<K>>,
        task: &mut Task<'_>,
    ) -> Poll<()> {
        let Some(kept) = &mut actor.kept else { return Poll::Ready(()) };
        for _ in 0..K::TURNS {
            match kept.take_turn(task) {
                Poll::Ready(TurnEnd::Taken) => {}
                Poll::Ready(TurnEnd::Over) => return Poll::Ready(()),
                Poll::Pending => return Poll::Pending,
            }
        }
        task.waker().wake_by_ref();
        Poll::Pending
    }
}
