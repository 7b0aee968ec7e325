//! A control connection that has named its channel, on its way to its call.

use std::net::{SocketAddr, TcpStream};

use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::Announcement;
use cordboard_schema::switch::ChannelSeen;
use cordboard_schema::wire::esl::{DialText, EslValue};
use uuid::Uuid;

use super::esl_actor::{ControlSettings, EslActor};
use super::esl_end::refuse_control;
use crate::line::ControlLine;
use crate::switches::{ControlPlace, ControlSource};

/// A control connection on its way from the listener to the arbiter of its call. `connect` was sent, and the answer read.
#[derive(Debug)]
pub struct ControlConnection {
    /// The channel (`Unique-ID`).
    pub channel: Uuid,
    /// The socket, non-blocking and registered with no runtime.
    pub stream: TcpStream,
    /// Address of the peer.
    pub peer: SocketAddr,
    /// The bytes that were read after the answer to `connect`.
    pub early: Vec<u8>,
    /// The switch that opened it, by its name in `freeswitch.servers`, if that is known.
    pub server: Option<String>,
    /// State of the channel.
    pub seen: ChannelSeen,
    /// The caller's and the called number, and the dialplan's variables.
    pub announcement: Announcement,
}

/// Settings of the channels under control.
#[derive(Clone, Debug)]
pub struct ChannelSettings {
    /// Hold music that the switch plays.
    pub music: EslValue,
    /// The address by which the switch reaches our event socket's port, for channels that come back because their dialplan can't
    /// send them on.
    pub way_back: Option<DialText>,
}

/// Such a connection, with the settings of its channel.
#[derive(Debug)]
pub struct EslArrival {
    /// The connection.
    pub connection: ControlConnection,
    /// Settings of its channel.
    pub settings: ChannelSettings,
}

impl ControlSource for EslArrival {
    fn channel(&self) -> Uuid {
        self.connection.channel
    }

    fn seen(&self) -> &ChannelSeen {
        &self.connection.seen
    }

    fn server(&self) -> Option<&str> {
        self.connection.server.as_deref()
    }

    fn announcement(&self) -> &Announcement {
        &self.connection.announcement
    }

    fn peer(&self) -> SocketAddr {
        self.connection.peer
    }

    fn start(self: Box<Self>, place: ControlPlace<'_>) -> ControlLine {
        let Self { connection, settings: ChannelSettings { music, way_back } } = *self;
        let ControlPlace { control, call_id, call, ledger } = place;
        let (call_id, live) = (Some(call_id), ledger.control_links.clone());
        EslActor::start(ControlSettings { control, connection, call, call_id, music, way_back, live })
    }

    fn refuse(self: Box<Self>, next: NextStep) {
        refuse_control(self.connection, next);
    }
}
