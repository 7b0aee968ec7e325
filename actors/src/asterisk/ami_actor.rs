//! Our own connection to an Asterisk (AMI), one for each that is configured: its settings and start. Its state is in
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

/// Settings of the connection to an Asterisk.
#[derive(Clone, Debug)]
pub struct AmiSettings {
    /// Its name in `asterisk.servers`.
    pub name: String,
    /// The address of its manager interface, as `pbx.example:5038`.
    pub address: String,
    /// The user of `manager.conf`.
    pub user: AmiValue,
    /// The user's secret. It is never printed.
    pub secret: Secret,
    /// The variable in which its dialplan keeps the UUID of a channel's AudioSocket connection, as `CORDBOARD_UUID`.
    pub uuid_variable: AmiValue,
    /// How an extension is rung, as `PJSIP/{extension}`.
    pub dial: DialTemplate,
    /// How an outside number is called, as `PJSIP/{number}@trunk`; none if there is no trunk.
    pub trunk: Option<DialTemplate>,
    /// Place for people who answer a call that we make (`deploy/asterisk`, context `cordboard-outbound`).
    pub answered: DialplanTarget,
    /// Places for the caller and the person while the caller is held, and for the caller if the person leaves meanwhile.
    pub hold: HoldPlaces,
    /// Identifies this installation: another one may hold its callers at the same places.
    pub installation: AmiValue,
    /// How often its channels are compared with our calls; none: never. With 5 s, a call whose channel is gone ends within 10 s, as
    /// promised.
    pub compare_every: Option<Duration>,
    /// Counts its connections.
    pub live: LiveCount,
    /// Measures the connection.
    pub meter: SwitchMeter,
}

/// Places of the dialplan for a caller who is held from a person (`deploy/asterisk`, context `cordboard-hold`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldPlaces {
    /// Music, for the caller.
    pub caller: DialplanTarget,
    /// Silence, for the person.
    pub person: DialplanTarget,
    /// Place for a caller whose person has left meanwhile.
    pub back: DialplanTarget,
}

/// The actor of an Asterisk: the one of every switch, with this logic.
type AmiActor = StationActor<Asterisk>;

impl AmiSettings {
    /// Starts the actor of this Asterisk on the current arbiter, for as long as that runs. The actor connects by itself, and
    /// reconnects when it has to. Not for an arbiter of calls.
    pub fn start(self, registry: RegistryLine) -> SwitchLine {
        AmiActor::start(|now| Asterisk::new(self, world::random(), world::random::<f64>, now), registry)
    }
}

/// The decoder of AMI for the actor.
#[derive(Debug, Default)]
pub(super) struct AmiCodec(Decoder);

impl Codec for AmiCodec {
    type Frame = Frame;

    fn decode(&mut self, input: &mut &[u8]) -> Result<Option<Frame>, String> {
        self.0.decode(input).map_err(|error| error.to_string())
    }
}
