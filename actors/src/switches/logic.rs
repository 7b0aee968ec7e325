//! The trait of a switch that we connect to by TCP: one type of actor runs all of them.

use std::fmt::Debug;

use cordboard_schema::time::UnixMs;

use super::switch::Switch;
use super::wire::{Codec, WireFault};
use crate::live_count::LiveCount;
use crate::messages::{ChannelsSeen, Unmatched};

/// A step that only an actor can take.
#[derive(Debug)]
pub(crate) enum ActorStep {
    /// Open a connection.
    Connect,
    /// Close it.
    Disconnect,
    /// Ask the registry which of the switch's channels do not match its calls.
    Compare(ChannelsSeen),
}

/// All that is known of a switch, and what is to be done with it. Pure except for the lines to calls: frames, orders and the time
/// go in; bytes, messages to calls and [`ActorStep`]s come out.
pub(crate) trait SwitchLogic: Switch + Debug + Unpin + 'static {
    /// Its protocol.
    type Codec: Codec;

    /// Its name in the configuration.
    fn name(&self) -> &str;

    /// Its address, as `pbx.example:8021`.
    fn address(&self) -> &str;

    /// Counts its connections.
    fn live(&self) -> &LiveCount;

    /// Handles a connection that is up.
    fn connected(&mut self, now: UnixMs);

    /// Handles a frame from the switch.
    fn received(&mut self, frame: <Self::Codec as Codec>::Frame, now: UnixMs);

    /// Handles a connection that is gone, or was not made.
    fn lost(&mut self, fault: WireFault, now: UnixMs);

    /// Acts on the time that has passed.
    fn tick(&mut self, now: UnixMs);

    /// When [`Self::tick`] has something to do next; none while only the switch or a call can change anything.
    fn next_deadline(&self) -> Option<UnixMs>;

    /// Handles the registry's answer about a list of channels ([`ActorStep::Compare`]).
    fn compared(&mut self, _unmatched: Unmatched, _now: UnixMs) {}

    /// The next step of the actor.
    fn next_step(&mut self) -> Option<ActorStep>;

    /// Takes the bytes to be written. Each is given once.
    fn take_output(&mut self) -> Vec<u8>;
}
