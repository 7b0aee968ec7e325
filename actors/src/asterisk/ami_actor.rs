//! Our own connection to an Asterisk (AMI), one for each that is configured: what it is started with. Its state is in
//! [`ami`](super::ami), its actor in [`switches`](crate::switches).

use std::time::Duration;

use cordboard_schema::dialplan::DialplanTarget;
use cordboard_schema::wire::ami::{AmiValue, Decoder, Frame, Secret};

use super::ami::Asterisk;
use super::ami::dialling::DialTemplate;
use crate::line::{RegistryLine, SwitchLine};
use crate::live_count::LiveCount;
use crate::meters::SwitchMeter;
use crate::switches::{Codec, StationActor};
use crate::world;

/// Settings by which an Asterisk is reached.
#[derive(Clone, Debug)]
pub struct AmiSettings {
    /// Its name in `asterisk.servers`.
    pub name: String,
    /// Its manager interface, as `pbx.example:5038`.
    pub address: String,
    /// The user of `manager.conf`.
    pub user: AmiValue,
    /// Its secret. It is never shown.
    pub secret: Secret,
    /// The variable in which its dialplan keeps the UUID of a channel's AudioSocket connection, as `CORDBOARD_UUID`.
    pub uuid_variable: AmiValue,
    /// How an extension is rung, as `PJSIP/{extension}`.
    pub dial: DialTemplate,
    /// How a number is called over the line to the outside, as `PJSIP/{number}@trunk`; none: there is no such line.
    pub trunk: Option<DialTemplate>,
    /// Place to which people go who answer a call that we make (`deploy/asterisk`, context `cordboard-outbound`).
    pub answered: DialplanTarget,
    /// Place to which caller and person go while the caller is held, and the caller when the person leaves meanwhile.
    pub hold: HoldPlaces,
    /// How often its channels are compared with our calls; none: never. 5 s keep the promise that a call whose channel is
    /// gone ends within 10 s.
    pub compare_every: Option<Duration>,
    /// Counts its connections.
    pub live: LiveCount,
    /// Measures the connection.
    pub meter: SwitchMeter,
}

/// Places of the dialplan for a caller who is held while a person has them (`deploy/asterisk`, context `cordboard-hold`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldPlaces {
    /// Music for the caller.
    pub caller: DialplanTarget,
    /// Quiet for the person.
    pub person: DialplanTarget,
    /// Place to which a caller goes whose person has left meanwhile.
    pub back: DialplanTarget,
}

/// The actor of an Asterisk: that of every switch, with this one's logic.
type AmiActor = StationActor<Asterisk>;

impl AmiSettings {
    /// Starts the actor of this Asterisk on the current arbiter, for as long as that runs. It connects by itself, and again when it has
    /// to. Not on an arbiter of calls.
    pub fn start(self, registry: RegistryLine) -> SwitchLine {
        AmiActor::start(|now| Asterisk::new(self, world::random(), world::random::<f64>, now), registry)
    }
}

/// AMI, as the actor reads it.
#[derive(Debug, Default)]
pub(super) struct AmiCodec(Decoder);

impl Codec for AmiCodec {
    type Frame = Frame;

    fn decode(&mut self, input: &mut &[u8]) -> Result<Option<Frame>, String> {
        self.0.decode(input).map_err(|error| error.to_string())
    }
}
