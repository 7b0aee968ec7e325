//! The trait of switches that we connect to by TCP: the actor of a switch runs any of them.

use std::fmt::Debug;

use cordboard_schema::time::UnixMs;

use super::switch::Switch;
use super::wire::{Codec, WireFault};
use crate::live_count::LiveCount;
use crate::messages::{ChannelsSeen, Unmatched};

/// Something that only an actor can do.
#[derive(Debug)]
pub(crate) enum ActorStep {
    /// Make a connection.
    Connect,
    /// Close it.
    Disconnect,
    /// Ask the registry what of the switch's channels does not fit.
    Compare(ChannelsSeen),
}

/// All that is known of a switch, and what is to be done with it. Pure but for the lines to calls: frames, orders and the time
/// go in, bytes, words to calls and [`ActorStep`]s come out.
pub(crate) trait SwitchLogic: Switch + Debug + Unpin + 'static {
    /// How it speaks.
    type Codec: Codec;

    /// Its name in the configuration.
    fn name(&self) -> &str;

    /// Its address, as `pbx.example:8021`.
    fn address(&self) -> &str;

    /// Counts its connections.
    fn live(&self) -> &LiveCount;

    /// A connection is up.
    fn connected(&mut self, now: UnixMs);

    /// The switch has sent something.
    fn received(&mut self, frame: <Self::Codec as Codec>::Frame, now: UnixMs);

    /// The connection is gone, or did not come about.
    fn lost(&mut self, fault: WireFault, now: UnixMs);

    /// Acts on the time that has passed.
    fn tick(&mut self, now: UnixMs);

    /// When [`Self::tick`] has something to do next; none while only the switch or a call can change anything.
    fn next_deadline(&self) -> Option<UnixMs>;

    /// The registry's answer about a list of channels, if it was asked ([`ActorStep::Compare`]).
    fn compared(&mut self, _unmatched: Unmatched, _now: UnixMs) {}

    /// The next step of the actor.
    fn next_step(&mut self) -> Option<ActorStep>;

    /// Bytes that are to be written. Each is given once.
    fn take_output(&mut self) -> Vec<u8>;
}
