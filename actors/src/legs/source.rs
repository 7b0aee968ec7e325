//! What a kind of leg says of itself: the one trait by which audio reaches its call, whatever carries it.

use std::any::Any;
use std::fmt;
use std::net::SocketAddr;

use cordboard_schema::call::LegKind;
use cordboard_schema::ids::{LegId, OutsideId, UserId};

use crate::ledger::Ledger;
use crate::line::LegLine;
use crate::live_count::LiveCount;
use crate::messages::{CallLine, CallRef, PortHold};
use crate::meters::Meters;

/// Audio on its way from whoever took it in to the arbiter of its call: a connection that has said whose it is, and of which
/// nothing was answered yet. A kind of leg implements this; registry and call know no kind by its name.
///
/// What takes it in tells the registry ([`AudioArrived`](crate::messages::AudioArrived)). The registry finds the call, or has it refused; the
/// call starts the leg.
pub trait AudioSource: Any + fmt::Debug + Send {
    /// The kind of leg that it makes.
    fn leg_kind(&self) -> LegKind;

    /// Its name, by which the call is found and which the journal keeps.
    fn outside_id(&self) -> OutsideId;

    /// The call that it joins: the one of its name, where it does not say another.
    fn call(&self) -> CallRef {
        CallRef::Outside(self.outside_id())
    }

    /// Whether a call begins with it where there is none of its name. Else it is refused.
    fn begins_calls(&self) -> bool {
        false
    }

    /// Whether it has shown that it belongs to the call, as by a token that nobody else has.
    fn is_confirmed(&self) -> bool {
        true
    }

    /// The agent whose audio it is; none of the caller's.
    fn agent(&self) -> Option<UserId> {
        None
    }

    /// The port that was leased for it, which the call gives back at its end.
    fn take_port(&mut self) -> Option<PortHold> {
        None
    }

    /// Who connected.
    fn peer(&self) -> SocketAddr;

    /// Starts the leg on the current arbiter, which has to be that of its call. The leg tells the call when it has joined and when it has
    /// left, exactly once, and ends in order when the call lets go of its line.
    fn start(self: Box<Self>, place: LegPlace<'_>) -> LegLine;

    /// Ends it in order: no call wants it. Where nothing is said to the other side, dropping it does.
    fn refuse(self: Box<Self>) {}
}

/// A leg's place in its call.
#[derive(Debug)]
pub struct LegPlace<'a> {
    /// The number that the call gave it.
    pub leg: LegId,
    /// Its call.
    pub call: CallLine,
    /// Where open legs are counted.
    pub ledger: &'a Ledger,
    /// Where legs are measured.
    pub meters: &'a Meters,
}

impl LegPlace<'_> {
    /// What the leg over this audio is started with.
    pub fn settings<A: AudioSource>(self, audio: A) -> LegSettings<A> {
        let live = self.ledger.leg(audio.leg_kind());
        LegSettings { leg: self.leg, audio, call: self.call, live, meters: self.meters.clone() }
    }
}

/// What a leg is started with.
#[derive(Debug)]
pub struct LegSettings<A> {
    /// The number that the call gave it.
    pub leg: LegId,
    /// Its audio.
    pub audio: A,
    /// Its call.
    pub call: CallLine,
    /// Where it is counted.
    pub live: LiveCount,
    /// Where it is measured.
    pub meters: Meters,
}
