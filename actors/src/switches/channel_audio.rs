//! The one trait of a kind of switch whose channels have their audio apart from their control, and get it by an order.

use std::io;

use cordboard_schema::call::LegKind;
use cordboard_schema::ids::LegId;
use cordboard_schema::switch::SwitchKind;
use uuid::Uuid;

use crate::line::LegLine;
use crate::messages::{CallLine, ChannelAction};

/// Audio of channels that comes when it is ordered over their control. Calls ask for it by the kind of their switch, and know no kind
/// by its name; a kind whose audio comes by itself has none.
pub trait ChannelAudio: Send + Sync {
    /// The kind of the channels' switch.
    fn switch_kind(&self) -> SwitchKind;

    /// The kind of the legs over a socket of ours.
    fn leg_kind(&self) -> LegKind;

    /// The order by which this channel opens a stream to us. Only that channel can, once.
    fn stream(&self, channel: Uuid) -> ChannelAction;

    /// A leg over a socket of ours, on the current arbiter, which has to be that of its call, and the order by which its channel
    /// sends there. The socket is bound when this returns.
    ///
    /// # Errors
    /// No socket could be bound.
    fn socket(&self, leg: SocketLeg) -> io::Result<(LegLine, ChannelAction)>;
}

/// A leg over a socket of ours that is to be started.
#[derive(Debug)]
pub struct SocketLeg {
    /// The number that the call gave it.
    pub leg: LegId,
    /// Rate of the channel's samples in Hz, if it is known.
    pub read_rate: Option<u32>,
    /// The call that it reports to.
    pub call: CallLine,
}
