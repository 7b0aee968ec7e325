//! The trait of a control connection, which gives a call control of its caller's channel.

use std::any::Any;
use std::fmt;
use std::net::SocketAddr;

use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::Announcement;
use cordboard_schema::ids::CallId;
use cordboard_schema::switch::{ChannelSeen, ControlId};
use uuid::Uuid;

use crate::ledger::Ledger;
use crate::line::ControlLine;
use crate::messages::CallLine;

/// A control connection on its way from its listener to the arbiter of its call. It has named its channel, and nothing was asked of
/// it yet. A kind of switch that opens such connections implements this; registry and call name no kind.
///
/// Its listener reports it to the registry ([`ControlArrived`](crate::messages::ControlArrived)). The registry finds the call, or
/// refuses the connection; the call starts the link.
pub trait ControlSource: Any + fmt::Debug + Send {
    /// The channel's name on the switch.
    fn channel(&self) -> Uuid;

    /// State of the channel, and the kind of its switch.
    fn seen(&self) -> &ChannelSeen;

    /// The switch's name in the configuration, if it is known.
    fn server(&self) -> Option<&str>;

    /// The caller's and the called number, and the dialplan's variables.
    fn announcement(&self) -> &Announcement;

    /// Address of the peer.
    fn peer(&self) -> SocketAddr;

    /// Starts the link on the current arbiter, which has to be that of its call. The link reports the channel's events to the call,
    /// and `control_lost` exactly once. It ends in order when the call drops its line.
    fn start(self: Box<Self>, place: ControlPlace<'_>) -> ControlLine;

    /// Ends the connection in order, because no call wants it. Its channel goes where `next` says.
    fn refuse(self: Box<Self>, next: NextStep);
}

/// A control link's place in its call.
#[derive(Debug)]
pub struct ControlPlace<'a> {
    /// The number that the call gave the link.
    pub control: ControlId,
    /// The call's id. The channel is marked with it, so that it is recognized later.
    pub call_id: CallId,
    /// The call that the link reports to.
    pub call: CallLine,
    /// Counts open links.
    pub ledger: &'a Ledger,
}
