//! Our own connection to a FreeSWITCH (inbound ESL), one for each that is configured: its settings and start. Its state is in
//! [`switch`](super::switch), its actor in [`switches`](crate::switches).

use std::time::Duration;

use cordboard_schema::limits::SWITCH_BODY_BYTES_MAX;
use cordboard_schema::wire::esl::{Decoder, DialText, EslValue, Frame, Password, Trunk};

use super::switch::Freeswitch;
use crate::line::{RegistryLine, SwitchLine};
use crate::live_count::LiveCount;
use crate::meters::SwitchMeter;
use crate::switches::{Codec, StationActor};
use crate::world;

/// Address of a switch, and our login.
#[derive(Clone, Debug)]
pub struct SwitchSettings {
    /// Its name in `freeswitch.servers`.
    pub name: String,
    /// The address of its event socket, as `pbx.example:8021`.
    pub address: String,
    /// The password of its event socket. It is never printed.
    pub password: Password,
    /// The address by which the switch reaches our port for control connections, as `192.0.2.7:8022`. Channels that wait for a call
    /// that was lost are sent there; none: they are left alone.
    pub our_address: Option<DialText>,
    /// The same, for channels that come back because their dialplan can't send them on; none in mode `audio`, in which a control
    /// connection brings no audio.
    pub way_back: Option<DialText>,
    /// Music that the switch can play endlessly, as `local_stream://moh`.
    pub music: EslValue,
    /// Its trunk, if it has one.
    pub trunk: Option<Trunk>,
    /// How often its channels are compared with our calls; none: never. With 5 s, a call whose channel is gone ends within 10 s, as
    /// promised.
    pub compare_every: Option<Duration>,
    /// Measures the connection.
    pub meter: SwitchMeter,
    /// Counts the connection while it is open.
    pub live: LiveCount,
}

/// The actor of a FreeSWITCH: the one of every switch, with this logic.
type SwitchActor = StationActor<Freeswitch>;

impl SwitchSettings {
    /// Starts the actor of this FreeSWITCH on the current arbiter, for as long as that runs. The actor connects by itself, and
    /// reconnects when it has to. Not for an arbiter of calls.
    pub fn start(self, registry: RegistryLine) -> SwitchLine {
        SwitchActor::start(|now| Freeswitch::new(self, world::random(), world::random::<f64>, now), registry)
    }
}

/// The decoder of ESL, with room for the list of all channels.
#[derive(Debug)]
pub(super) struct EslCodec(Decoder);

impl Default for EslCodec {
    fn default() -> Self {
        Self(Decoder::with_body_bytes_max(SWITCH_BODY_BYTES_MAX))
    }
}

impl Codec for EslCodec {
    type Frame = Frame;

    fn decode(&mut self, input: &mut &[u8]) -> Result<Option<Frame>, String> {
        self.0.decode(input).map_err(|error| error.to_string())
    }
}
