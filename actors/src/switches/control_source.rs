//! The one trait that a control connection implements, so that its call has control of the caller's channel.

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

/// A control connection on its way from its listener to the arbiter of its call: it has said its channel, and nothing was asked of it
/// yet. A kind of switch that opens such connections implements this; registry and call know no kind by its name.
///
/// Its listener reports it to the registry ([`ControlArrived`](crate::messages::ControlArrived)). The registry finds the call, or
/// refuses it; the call starts the link.
pub trait ControlSource: Any + fmt::Debug + Send {
    /// The channel, by its name on the switch.
    fn channel(&self) -> Uuid;

    /// State of the channel, and the kind of its switch.
    fn seen(&self) -> &ChannelSeen;

    /// The switch's name in the configuration, if it is known.
    fn server(&self) -> Option<&str>;

    /// Caller and called number, and the dialplan's variables.
    fn announcement(&self) -> &Announcement;

    /// Address of the peer.
    fn peer(&self) -> SocketAddr;

    /// Starts the link on the current arbiter, which has to be that of its call. It reports the channel's events to the call, and
    /// `control_lost` exactly once, and leaves in order when the call lets go of its line.
    fn start(self: Box<Self>, place: ControlPlace<'_>) -> ControlLine;

    /// Ends it in order: no call wants it. Its channel goes where `next` says.
    fn refuse(self: Box<Self>, next: NextStep);
}

/// A control link's place in its call.
#[derive(Debug)]
pub struct ControlPlace<'a> {
    /// The number that the call gave it.
    pub control: ControlId,
    /// The call's id, which the channel gets, so that it is recognized.
    pub call_id: CallId,
    /// The call that it reports to.
    pub call: CallLine,
    /// Counts open links.
    pub ledger: &'a Ledger,
}
