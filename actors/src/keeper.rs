//! Actors that die and live again with all that they were.
//!
//! ```text
//! keeper ── starts ──> KeptActor
//!    ▲                     │
//!    └──── what is kept ───┘
//!          when the actor is no more
//! ```
//!
//! All of the state of such an actor is in one box, which the `Drop` of one that died hands on: the mailbox with what
//! waits in it, too. The keeper does nothing but wait for it, so it has nothing to die of.

use std::pin::Pin;
use std::task::{Context as Task, Poll};
use std::time::Duration;

use actix::fut::ActorFuture;
use actix::{Actor, Context, ContextFutureSpawner};
use tokio::sync::mpsc;
use tokio::time::sleep;

/// Pause before an actor that died often is restarted: it would use up its thread.
const BREATH: Duration = Duration::from_millis(100);
/// Deaths after which that is so.
const DEATHS_IN_A_ROW_MAX: u32 = 10;

/// All that an actor is.
pub(crate) trait Restartable: Sized + 'static {
    /// Turns that it has before others on its thread get theirs.
    const TURNS: usize;

    /// An actor begins to live with it: the first one, or another one.
    fn begins(&mut self) {}

    /// Takes something in. Pending where there is nothing.
    fn take_turn(&mut self, task: &mut Task<'_>) -> Poll<TurnEnd>;

    /// Its actor died, so often by now; another one takes its place. Says so in the log.
    fn died(&mut self, deaths: u32);
}

/// Result of a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TurnEnd {
    /// Something was taken in.
    Taken,
    /// No message can reach it any more.
    Over,
}

/// Has it live on the current arbiter, for as long as that runs.
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
    /// There until the actor is dropped.
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

/// Takes in what comes, for as long as the actor lives.
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
