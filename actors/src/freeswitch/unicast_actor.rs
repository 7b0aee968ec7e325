//! A call's leg over FreeSWITCH's `unicast`: raw samples both ways over a UDP socket of our own.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::rc::Rc;

use cordboard_schema::call::{LegEnd, LegKind};
use ipnet::IpNet;

use super::unicast_exchange::Exchange;
use crate::late_span::in_span;
use crate::legs::{Leaving, Leg, LegShape, keep_actor, unharmed};
use crate::line::LegLine;
use crate::live_count::{Live, LiveCount};
use crate::media::Pace;
use crate::meters::Meters;
use crate::switches::SocketLeg;

/// Settings that the unicast legs of a node have in common.
#[derive(Clone, Debug)]
pub struct UnicastSettings {
    /// Our address that their sockets are bound to; IPv4, because FreeSWITCH opens no other.
    pub bind: IpAddr,
    /// The address that switches use to reach it, if that is another one (`freeswitch.unicast_advertise_ip`).
    pub advertise: Option<IpAddr>,
    /// Networks that may send, because a unicast has no authentication. If empty, nobody may.
    pub allow: Vec<IpNet>,
    /// Counts legs.
    pub live: LiveCount,
    /// Measures legs.
    pub meters: Meters,
}

/// Binds a socket for one unicast, at a port that the kernel chooses. Returns it with its address as the switch reaches it.
///
/// # Errors
/// Errors of the system; or the address is a wildcard and there is no other one.
pub fn bind_unicast(settings: &UnicastSettings) -> io::Result<(UdpSocket, SocketAddr)> {
    let reached_by = settings.advertise.unwrap_or(settings.bind);
    if reached_by.is_unspecified() {
        let fix = "a switch can't send to a wildcard address: set `freeswitch.unicast_advertise_ip`";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, fix));
    }
    let socket = UdpSocket::bind((settings.bind, 0))?;
    socket.set_nonblocking(true)?;
    let address = SocketAddr::new(reached_by, socket.local_addr()?.port());
    Ok((socket, address))
}

/// The leg of one unicast. It joins the call with the first datagram, whose sender is from then on the only one that is
/// heard. It leaves the call exactly once: as broken if no datagram arrives within 400 ms, or none for 2 s.
///
/// It sends one datagram for each that arrives, of the same length, and no others. So it never sends before the switch is ready,
/// needs no clock, and barge-in takes only as long as one datagram is on its way.
///
/// It owns the socket and the leg's state. It is a task on its call's arbiter. Dropping it, before or while it runs, reports to the
/// call. Its `Exchange` fills the leg's mouth and empties the leg's ear.
///
/// The `LegActor` that it keeps takes the call's orders ([`ToLeg`](crate::messages::ToLeg)): to record, to play digits, to release,
/// to repeat its state. It sends the call [`ToCall::LegJoined`](crate::messages::ToCall::LegJoined) and facts: what was heard, and
/// its end.
#[derive(Debug)]
pub struct UnicastActor {
    leg: Rc<Leg>,
    socket: UdpSocket,
    read_rate: Option<u32>,
    allow: Vec<IpNet>,
    leaving: Leaving,
    /// Dropped last: the leg counts until its socket is closed.
    live: Live,
}

impl UnicastActor {
    /// Starts the leg on the current arbiter, which has to be that of its call.
    pub fn start(unicast: SocketLeg, socket: UdpSocket, settings: &UnicastSettings) -> LegLine {
        let SocketLeg { leg, read_rate, call } = unicast;
        let (line, orders, record) = LegLine::open();
        let shape = LegShape { kind: LegKind::Freeswitch, pace: Pace::Paced };
        let leg = Leg::new(shape, leg, call, orders, record, settings.meters.clone());
        let (allow, live) = (settings.allow.clone(), settings.live.one_more());
        let leaving = Leaving::new(Rc::clone(&leg));
        let actor = Self { leg, socket, read_rate, allow, leaving, live };
        let local = actor.socket.local_addr().ok();
        // A child of the call's span, which need not be entered when this one is.
        let span = tracing::error_span!("leg", leg = %actor.leg.id, ?local);
        actix_rt::spawn(in_span(span, actor.run()));
        line
    }

    /// Exchanges datagrams until the leg ends.
    async fn run(self) {
        let Self { leg, socket, read_rate, allow, leaving, live } = self;
        let socket = match tokio::net::UdpSocket::from_std(socket) {
            Ok(socket) => socket,
            Err(error) => {
                tracing::error!(%error, "the socket can't be registered with the runtime");
                return leaving.tell(LegEnd::Broken);
            }
        };
        let mut exchange = Exchange::new(&leg, &socket, read_rate, allow);
        let how = {
            let exchanging = unharmed(&leg, "exchange", async || exchange.run().await);
            tokio::select! {
                biased;
                how = exchanging => how.unwrap_or(LegEnd::Broken),
                () = leg.released() => LegEnd::Released,
                never = keep_actor(&leg, None) => match never {},
            }
        };
        exchange.end();
        leg.recording.finish();
        leg.count_ear();
        drop(socket);
        leaving.tell(how);
        drop(live);
    }
}
