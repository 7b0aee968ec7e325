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

/// Settings of a control connection that is to be started.
#[derive(Debug)]
pub struct ControlSettings {
    /// The number that the call gave the link.
    pub control: ControlId,
    /// The connection.
    pub connection: ControlConnection,
    /// Its call.
    pub call: CallLine,
    /// The call's id, for the channel's variables `cordboard_call` and `cordboard_port`; with none, those stay as they are.
    pub call_id: Option<CallId>,
    /// Hold music: a file or stream that the switch can play endlessly, as [`STOCK_MUSIC`](super::commands::STOCK_MUSIC).
    pub music: EslValue,
    /// The address by which the switch reaches our event socket's port, for channels that come back because their dialplan can't
    /// send them on.
    pub way_back: Option<DialText>,
    /// Counts the link while it is open.
    pub live: LiveCount,
}

/// The control of one FreeSWITCH channel, over the connection that its dialplan opened. It reports the events of the channel to the
/// call, and reports exactly once that the link is lost, however it ends; nothing of it outlives the connection.
///
/// It takes [`ToControl`], and sends facts to its call. The connection does not belong to the actor. It belongs to the link's
/// [`ConnectionTask`], which starts another actor if this one dies. Its reader and writer go on meanwhile.
#[derive(Debug)]
pub struct EslActor {
    link: Rc<Link>,
    /// Notified when the actor died.
    keeper: mpsc::UnboundedSender<()>,
    has_ended: bool,
}

impl EslActor {
    /// Starts the control of a channel on the current arbiter. It requests the channel's events from FreeSWITCH at once. Dropping
    /// the last clone of the returned line ends the connection in order.
    pub fn start(settings: ControlSettings) -> ControlLine {
        let ControlSettings { control, connection, call, call_id, music, way_back, live } = settings;
        let (line, orders) = ControlLine::open();
        let of = ControlOf { channel: connection.channel, control, call: call_id, music, way_back };
        let link = Rc::new(Link::new(ChannelControl::open(of), call, orders));
        // A child of the call's span.
        actix_rt::spawn(ConnectionTask::new(link, connection, live.one_more()).run().in_current_span());
        line
    }

    /// Starts an actor for a link that is up.
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

/// Takes the call's orders, for as long as both the call and the connection exist.
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
                    // The call has dropped its line, or the connection has ended.
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
