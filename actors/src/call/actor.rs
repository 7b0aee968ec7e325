//! The `CallActor`: the only owner of a live call. It takes messages out of the call's mailbox and keeps its one
//! timer. [`LiveCall`] and its machine know what a message means.
//!
//! ```text
//! RegistryActor ── starts ──> CallActor ── starts ──> AudioSocketActor (the caller's leg)
//!       ▲                         │      └─ starts ──> RealtimeAiActor (the assistant's leg)
//!       └──── the LiveCall ───────┘
//!             when the actor is gone
//! ```
//!
//! The actor can die: a panic in it drops it, and actix does not start another one. So it owns nothing except a box
//! with the whole call, which its `Drop` hands to the registry. A call that is not over gets another actor there.
//! Nothing is copied for that, and nothing else ever owns the call.

use std::pin::Pin;
use std::task::{Context as Task, Poll};

use actix::fut::{ActorFuture, wrap_future};
use actix::{
    Actor, ActorContext, ActorFutureExt, ArbiterHandle, AsyncContext, Context, ContextFutureSpawner,
    SpawnHandle,
};
use cordboard_schema::event::Fact;
use cordboard_schema::ids::{CallId, OrganizationId};
use tracing::{Instrument, warn};

use super::found::FoundCall;
use super::live_call::LiveCall;
use crate::line::RegistryLine;
use crate::live_count::Live;
use crate::messages::ToRegistry;

/// Messages that a call handles before others on its thread get their turn.
const MESSAGES_A_TURN: usize = 32;

/// Which call it is, and whose.
#[derive(Clone, Copy, Debug)]
pub struct CallIdentity {
    /// The organization that owns it.
    pub organization_id: OrganizationId,
    /// Its id.
    pub call_id: CallId,
}

/// How a call begins in this process.
#[derive(Debug)]
pub enum Birth {
    /// It is new; the fact is `call_started`.
    New(Box<Fact>),
    /// It was found open in the store after its process died.
    Found(Box<FoundCall>),
}

/// The actor of one call.
///
/// It owns the call, in a [`LiveCall`]. It receives [`ToCall`](crate::messages::ToCall): facts, audio and control
/// that arrive, commands, questions. It sends orders to legs ([`ToLeg`](crate::messages::ToLeg)), to control links
/// ([`ToControl`](crate::messages::ToControl)), to switches ([`ToSwitch`](crate::messages::ToSwitch)) and to the
/// assistant ([`OrderAssistant`](crate::messages::OrderAssistant)), and entries to the journal.
pub struct CallActor {
    /// Some until the actor is dropped.
    call: Option<Box<LiveCall>>,
    registry: RegistryLine,
    /// The one timer, and its place in the ledger.
    timer: Option<(SpawnHandle, Live)>,
    winding_up: bool,
    leaving: bool,
}

impl CallActor {
    /// Starts an actor for a call on this arbiter. Returns whether the arbiter still runs; if not, the registry gets
    /// the call back.
    pub(crate) fn start_on(arbiter: &ArbiterHandle, call: Box<LiveCall>) -> bool {
        let registry = call.neighbours.registry.clone();
        let actor = Self { call: Some(call), registry, timer: None, winding_up: false, leaving: false };
        #[cfg(feature = "fault-injection")]
        crate::fault::strike(crate::fault::Fault::PanicInStart);
        arbiter.spawn_fn(|| {
            actor.start();
        })
    }

    /// Does something for the call within its span, and then everything that became due by it.
    fn attend(&mut self, ctx: &mut Context<Self>, attend: impl FnOnce(&mut LiveCall)) {
        let Some(call) = &mut self.call else { return };
        let span = call.span.clone();
        span.in_scope(|| attend(call));
        self.wind_timer(ctx);
        self.wind_up(ctx);
    }

    /// Sets the one timer to the call's next deadline.
    fn wind_timer(&mut self, ctx: &mut Context<Self>) {
        if let Some((timer, _)) = self.timer.take() {
            ctx.cancel_future(timer);
        }
        let Some(call) = &self.call else { return };
        let Some(wait) = call.next_deadline_in() else { return };
        let live = call.neighbours.ledger.call_timers.one_more();
        let timer = ctx.run_later(wait, |actor, ctx| {
            actor.timer = None;
            actor.attend(ctx, |call| call.handle_fact(Fact::DeadlinePassed));
        });
        self.timer = Some((timer, live));
    }

    /// A call that has ended waits until nothing of it is left, or until its time for that is up. Then it leaves,
    /// once its journal is on disk. It does not wait for a store that does not answer: the store keeps the rows.
    fn wind_up(&mut self, ctx: &mut Context<Self>) {
        let Some(call) = &self.call else { return };
        if !self.winding_up
            && let Some(wait) = call.winds_up_in()
        {
            self.winding_up = true;
            ctx.run_later(wait, |actor, ctx| actor.attend(ctx, LiveCall::give_its_parts_up));
        }
        if !self.leaving && call.is_over() {
            self.leaving = true;
            let committed = call.committed();
            let stored = async move {
                if committed.await.is_err() {
                    warn!("the end of the call is not stored yet");
                }
            };
            let stored = stored.instrument(call.span.clone());
            wrap_future::<_, Self>(stored).map(|(), _, ctx: &mut Context<Self>| ctx.stop()).spawn(ctx);
        }
    }
}

impl Actor for CallActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        Listening.spawn(ctx);
        self.attend(ctx, LiveCall::go_on);
    }
}

impl Drop for CallActor {
    /// However the actor ends, the registry learns of it here, and only here.
    fn drop(&mut self) {
        if let Some(call) = self.call.take() {
            self.registry.tell(ToRegistry::ActorGone(call));
        }
    }
}

/// Takes the call's messages out of its mailbox, for as long as the actor lives.
struct Listening;

impl ActorFuture<CallActor> for Listening {
    type Output = ();

    fn poll(
        self: Pin<&mut Self>,
        actor: &mut CallActor,
        ctx: &mut Context<CallActor>,
        task: &mut Task<'_>,
    ) -> Poll<()> {
        for _ in 0..MESSAGES_A_TURN {
            let Some(call) = &mut actor.call else { return Poll::Ready(()) };
            match call.mailbox.poll_recv(task) {
                Poll::Ready(Some(message)) => actor.attend(ctx, |call| call.take(message)),
                // Never happens, because the call itself holds a line.
                Poll::Ready(None) => return Poll::Ready(()),
                Poll::Pending => return Poll::Pending,
            }
        }
        task.waker().wake_by_ref();
        Poll::Pending
    }
}
