//! The trait of a kind of switch whose channels have their audio apart from their control, and open it when they are ordered to.

use std::io;

use cordboard_schema::call::LegKind;
use cordboard_schema::ids::LegId;
use cordboard_schema::switch::SwitchKind;
use uuid::Uuid;

use crate::line::LegLine;
use crate::messages::{CallLine, ChannelAction};

/// Audio of channels that starts when it is ordered over their control. Calls look it up by the kind of their switch and name no
/// kind. A kind whose audio arrives by itself has none.
pub trait ChannelAudio: Send + Sync {
    /// The kind of the channels' switch.
    fn switch_kind(&self) -> SwitchKind;

    /// The kind of the legs over our own socket.
    fn leg_kind(&self) -> LegKind;

    /// Returns the order by which this channel opens a stream to us. Only that channel can use it, and only once.
    fn stream(&self, channel: Uuid) -> ChannelAction;

    /// Returns a leg over our own socket, and the order by which its channel sends audio there. The leg runs on the current
    /// arbiter, which has to be that of its call. The socket is bound when this returns.
    ///
    /// # Errors
    /// No socket could be bound.
    fn socket(&self, leg: SocketLeg) -> io::Result<(LegLine, ChannelAction)>;
}

/// A leg over our own socket that is to be started.
#[derive(Debug)]
pub struct SocketLeg {
    /// The number that the call gave the leg.
    pub leg: LegId,
    /// Rate of the channel's samples in Hz, if it is known.
    pub read_rate: Option<u32>,
    /// The call that the leg reports to.
    pub call: CallLine,
}
