//! The trait that a kind of leg implements, so that its audio reaches the call.

use std::any::Any;
use std::fmt;
use std::net::SocketAddr;
use std::rc::Rc;

use cordboard_schema::call::LegKind;
use cordboard_schema::event::Announcement;
use cordboard_schema::ids::{LegId, OutsideId, UserId};

use super::leg::{Leg, LegShape};
use crate::ledger::Ledger;
use crate::line::LegLine;
use crate::live_count::{Live, LiveCount};
use crate::media::Pace;
use crate::messages::{CallLine, CallRef, PortHold};
use crate::meters::Meters;

/// Audio on its way from its listener to the arbiter of its call: a connection that has said which call it belongs to, and that was
/// not answered yet. A kind of leg implements this; registry and call name no kind.
///
/// Its listener reports it to the registry ([`AudioArrived`](crate::messages::AudioArrived)). The registry finds the call, or has
/// the audio refused; the call starts the leg.
pub trait AudioSource: Any + fmt::Debug + Send {
    /// The kind of leg that this audio becomes.
    fn leg_kind(&self) -> LegKind;

    /// Its name. The call is found by it, and the journal keeps it.
    fn outside_id(&self) -> OutsideId;

    /// The call that it joins: the call of its name, unless it names another.
    fn call(&self) -> CallRef {
        CallRef::Outside(self.outside_id())
    }

    /// Whether it begins a call if there is none of its name. Otherwise it is refused.
    fn begins_calls(&self) -> bool {
        false
    }

    /// Takes the caller, if the listener knows them. The call is announced before the audio joins it.
    fn take_caller(&mut self) -> Option<Box<AnnouncedCaller>> {
        None
    }

    /// Whether it has proved that it belongs to the call, for example by a token that nobody else has.
    fn is_confirmed(&self) -> bool {
        true
    }

    /// The agent whose audio it is; none for the caller's.
    fn agent(&self) -> Option<UserId> {
        None
    }

    /// Takes the port that was leased for it. The call returns the port at its end.
    fn take_port(&mut self) -> Option<PortHold> {
        None
    }

    /// Address of the peer.
    fn peer(&self) -> SocketAddr;

    /// Starts the leg on the current arbiter, which has to be that of its call. The leg reports once when it has joined and once
    /// when it has left. It ends in order when the call drops its line.
    fn start(self: Box<Self>, place: LegPlace<'_>) -> LegLine;

    /// Ends the connection in order, because no call wants it. If the other side expects no message, dropping it is enough.
    fn refuse(self: Box<Self>) {}
}

/// A caller about whom more is known than the name of their audio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnnouncedCaller {
    /// Their number, and all else that is known of the call.
    pub announcement: Announcement,
    /// Name of the profile that answers a new call; none for the usual one.
    pub profile: Option<String>,
}

/// A leg's place in its call.
#[derive(Debug)]
pub struct LegPlace<'a> {
    /// The number that the call gave the leg.
    pub leg: LegId,
    /// Its call.
    pub call: CallLine,
    /// How long the call waits for a visitor whose page goes away, in ms.
    pub page_wait_ms: u64,
    /// Counts open legs.
    pub ledger: &'a Ledger,
    /// Measures legs.
    pub meters: &'a Meters,
}

impl LegPlace<'_> {
    /// Returns the settings of the leg over this audio.
    pub fn settings<A: AudioSource>(self, audio: A) -> LegSettings<A> {
        let live = self.ledger.leg(audio.leg_kind());
        LegSettings { leg: self.leg, audio, call: self.call, live, meters: self.meters.clone() }
    }
}

/// Settings of a leg that is to be started.
#[derive(Debug)]
pub struct LegSettings<A> {
    /// The number that the call gave the leg.
    pub leg: LegId,
    /// Its audio.
    pub audio: A,
    /// Its call.
    pub call: CallLine,
    /// Counts the leg while it is open.
    pub live: LiveCount,
    /// Measures the leg.
    pub meters: Meters,
}

impl<A: AudioSource> LegSettings<A> {
    /// Returns the call's line to the leg, the leg, its audio, and the guard that counts it until its connection is closed. The
    /// leg's ear gives audio at this pace.
    pub(crate) fn open(self, pace: Pace) -> (LegLine, Rc<Leg>, A, Live) {
        let Self { leg, audio, call, live, meters } = self;
        let (line, orders, record) = LegLine::open();
        let shape = LegShape { kind: audio.leg_kind(), pace };
        (line, Leg::new(shape, leg, call, orders, record, meters), audio, live.one_more())
    }
}
