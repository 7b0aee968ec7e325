//! Our own connection to a FreeSWITCH (inbound ESL), one for each that is configured: what it is started with. What it is
//! is in [`switch`](super::switch), its actor in [`switches`](crate::switches).

use std::time::Duration;

use cordboard_schema::limits::SWITCH_BODY_BYTES_MAX;
use cordboard_schema::wire::esl::{Decoder, DialText, EslValue, Frame, Password, Trunk};

use super::switch::Freeswitch;
use crate::line::{RegistryLine, SwitchLine};
use crate::live_count::LiveCount;
use crate::meters::SwitchMeter;
use crate::switches::{Codec, StationActor};
use crate::world;

/// Address of a switch, and how we sign in.
#[derive(Clone, Debug)]
pub struct SwitchSettings {
    /// Its name in `freeswitch.servers`.
    pub name: String,
    /// Its event socket, as `pbx.example:8021`.
    pub address: String,
    /// The password of that. It is never shown.
    pub password: Password,
    /// Our port for control connections as the switch reaches it, as `192.0.2.7:8022`: where channels are sent that wait for
    /// a call that was lost. None: they are left alone.
    pub our_address: Option<DialText>,
    /// The same, where channels are to come back to that their dialplan can't send on; none in mode `audio`, where a control
    /// connection brings no sound.
    pub way_back: Option<DialText>,
    /// Music that the switch can play without end, as `local_stream://moh`.
    pub music: EslValue,
    /// Its line to the outside, where it has one.
    pub trunk: Option<Trunk>,
    /// How often its channels are compared with our calls; none: never. 5 s keep the promise that a call whose channel is
    /// gone ends within 10 s.
    pub compare_every: Option<Duration>,
    /// Measures the connection.
    pub meter: SwitchMeter,
    /// Counts it while it is open.
    pub live: LiveCount,
}

/// The actor of a FreeSWITCH: that of every switch, with this one's logic.
type SwitchActor = StationActor<Freeswitch>;

impl SwitchSettings {
    /// Starts the actor of this FreeSWITCH on the current arbiter, for as long as that runs. It connects by itself, and again when it has
    /// to. Not on an arbiter of calls.
    pub fn start(self, registry: RegistryLine) -> SwitchLine {
        SwitchActor::start(|now| Freeswitch::new(self, world::random(), world::random::<f64>, now), registry)
    }
}

/// ESL, with room for the list of all channels.
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
