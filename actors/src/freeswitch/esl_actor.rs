//! The actor of one control connection: it takes the call's orders and passes them on to the link.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context as Task, Poll};

use actix::fut::ActorFuture;
use actix::{Actor, Context, ContextFutureSpawner};
use cordboard_schema::ids::CallId;
use cordboard_schema::switch::ControlId;
use cordboard_schema::wire::esl::{DialText, EslValue};
use tokio::sync::mpsc;
use tracing::Instrument;

use super::channel_control::{ChannelControl, ControlOf};
use super::esl_arrival::ControlConnection;
use super::esl_connection::{ConnectionTask, Link};
use crate::line::ControlLine;
use crate::live_count::LiveCount;
use crate::messages::{CallLine, ToControl};

/// Parameters with which a control connection is started.
#[derive(Debug)]
pub struct ControlSettings {
    /// The number that the call gave it.
    pub control: ControlId,
    /// The connection.
    pub connection: ControlConnection,
    /// Its call.
    pub call: CallLine,
    /// The call's id, for the channel's variables `cordboard_call` and `cordboard_port`; none leaves those as they are.
    pub call_id: Option<CallId>,
    /// Hold music: a file or stream that the switch can play without end, as
    /// [`STOCK_MUSIC`](super::commands::STOCK_MUSIC).
    pub music: EslValue,
    /// Our event socket's port, as the switch reaches it, where a channel is to come back to that its dialplan can't send on.
    pub way_back: Option<DialText>,
    /// Counts it.
    pub live: LiveCount,
}

/// The control of one FreeSWITCH channel, over the connection that its dialplan opened. It tells the call what happens on
/// the channel, and that the link is lost exactly once, however it ends; nothing of it outlives the connection.
///
/// It takes [`ToControl`], and sends facts to its call. The connection is not the actor's: it belongs to the link's [`ConnectionTask`], which
/// starts another actor where this one died. Its reader and writer go on meanwhile.
#[derive(Debug)]
pub struct EslActor {
    link: Rc<Link>,
    /// Is notified when the actor died.
    keeper: mpsc::UnboundedSender<()>,
    has_ended: bool,
}

impl EslActor {
    /// Starts the control of a channel on the current arbiter. FreeSWITCH is told at once what we want to hear of.
    /// Dropping the answer's last clone leaves the connection in order.
    pub fn start(settings: ControlSettings) -> ControlLine {
        let ControlSettings { control, connection, call, call_id, music, way_back, live } = settings;
        let (line, orders) = ControlLine::open();
        let of = ControlOf { channel: connection.channel, control, call: call_id, music, way_back };
        let link = Rc::new(Link::new(ChannelControl::open(of), call, orders));
        // Below the span of the call that starts it.
        actix_rt::spawn(ConnectionTask::new(link, connection, live.one_more()).run().in_current_span());
        line
    }

    /// An actor for a link that is up.
    pub(super) fn attend(link: Rc<Link>, keeper: mpsc::UnboundedSender<()>) {
        Actor::start(Self { link, keeper, has_ended: false });
    }

    fn take(&self, order: ToControl) {
        self.link.at_hand().begins(&order);
        self.carry_out(order);
        self.link.at_hand().is_done();
    }

    fn carry_out(&self, order: ToControl) {
        #[cfg(feature = "fault-injection")]
        crate::fault::strike(crate::fault::Fault::PanicInControl);
        self.link.order(order);
    }
}

impl Actor for EslActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        Listening.spawn(ctx);
    }
}

impl Drop for EslActor {
    fn drop(&mut self) {
        if !self.has_ended {
            self.link.at_hand().died();
            // If nobody receives it, the connection has ended and needs no actor.
            let _ = self.keeper.send(());
        }
    }
}

/// Takes the call's orders, for as long as there is a call, and a connection.
struct Listening;

impl ActorFuture<EslActor> for Listening {
    type Output = ();

    fn poll(
        self: Pin<&mut Self>,
        actor: &mut EslActor,
        ctx: &mut Context<EslActor>,
        task: &mut Task<'_>,
    ) -> Poll<()> {
        let left = actor.link.at_hand().take_left();
        if let Some(order) = left {
            actor.carry_out(order);
        }
        loop {
            match actor.link.poll_order(task) {
                Poll::Ready(Some(order)) => actor.take(order),
                Poll::Ready(None) => {
                    // The call has let go of its link, or the connection has ended.
                    actor.link.release();
                    actor.has_ended = true;
                    actix::ActorContext::stop(ctx);
                    return Poll::Ready(());
                }
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}
