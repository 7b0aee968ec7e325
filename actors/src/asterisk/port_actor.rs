//! `AudioPortsActor`: leases ports of a range, each to one call, and takes them back.
//!
//! ```text
//! API ── LeasePort ──> AudioPortsActor ── opens ──> a leased port ── Arrived ──> AudioPortsActor ── AudioArrived ──> registry
//!                           ▲                                                     with a PortHold          │
//!                           └────────────────────── Released, wherever the hold is dropped ────────── the call
//! ```
//!
//! All of its state is one value, which moves from an actor that died to the next one: every lease, the open ports and the messages
//! in the mailbox.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context as Task, Poll};
use std::time::Duration;

use cordboard_schema::time::UnixMs;
use ipnet::IpNet;
use tokio::time::{Instant, Sleep};
use tracing::{debug, error, warn};

use super::leased_port::{OpenPort, PortAccess};
use super::listener::ListenerHandle;
use super::port_leases::{JoinRefused, Lease, LeaseId, LeaseRequest, PortLeases};
use super::port_meter::{LeaseEnd, PortMeter};
use super::refuse;
use crate::clock::Clock;
use crate::keeper::{Restartable, TurnEnd, keep};
use crate::ledger::Ledger;
use crate::legs::AnnouncedCaller;
use crate::line::{PendingRequest, PortLine, PortMailbox, RegistryLine};
use crate::listening::{LineAMinute, PortRange};
use crate::live_count::{Live, LiveCount};
use crate::messages::{
    AudioArrived, ClosePorts, EndLease, LeasePort, ListLeases, NoSuchLease, PortArrival, PortHold,
    PortRefused, ToPorts,
};

/// The range of ports to lease, and the networks that may connect to them.
#[derive(Clone, Debug)]
pub struct AudioPortsSettings {
    /// Address that the ports are opened on.
    pub ip: IpAddr,
    /// The ports.
    pub range: PortRange,
    /// Networks that may connect. If empty, nobody may.
    pub allow: Vec<IpNet>,
    /// Measures them.
    pub meter: PortMeter,
    /// Counts leases and handshakes.
    pub ledger: Ledger,
}

impl AudioPortsActor {
    /// Starts the actor on the current arbiter, for as long as that runs. Not on an arbiter of calls.
    pub fn start(settings: AudioPortsSettings, registry: RegistryLine) -> PortLine {
        let (line, mailbox) = PortLine::open();
        keep(Self::new(settings, registry, line.clone(), mailbox));
        line
    }
}

impl Restartable for AudioPortsActor {
    const TURNS: usize = 64;

    fn take_turn(&mut self, task: &mut Task<'_>) -> Poll<TurnEnd> {
        if self.take_in(task) { Poll::Ready(TurnEnd::Taken) } else { Poll::Pending }
    }

    /// The next actor knows every lease.
    fn died(&mut self, deaths: u32) {
        let leases = self.leases.list().count();
        error!(deaths, leases, "the actor of leased ports died and is restarted");
    }
}

/// The resources of a lease besides its entry in the table.
struct LeaseOwner {
    /// Open until the connection has arrived.
    door: Option<ListenerHandle>,
    _live: Live,
}

/// The actor of leased ports: the leases, with all that it needs to run. It takes [`ToPorts`], and sends [`AudioArrived`] to the
/// registry.
pub struct AudioPortsActor {
    leases: PortLeases,
    held: BTreeMap<u16, LeaseOwner>,
    /// Events that must not be lost if the actor dies of one: connections, and returned ports.
    events: VecDeque<Happened>,
    ip: IpAddr,
    keeping: PortAccess,
    meter: PortMeter,
    live: LiveCount,
    registry: RegistryLine,
    mailbox: PortMailbox,
    clock: Clock,
    alarm: Pin<Box<Sleep>>,
    /// Time of the alarm.
    alarm_at: Option<UnixMs>,
    /// Limits the log lines about requests that found no free port.
    about_used_up: LineAMinute,
    /// Limits the log lines about refused connections, which anybody can make.
    about_refused: LineAMinute,
    is_closed: bool,
}

/// An event of a lease that nobody would send again.
enum Happened {
    Arrived(Box<PortArrival>),
    Released(u16, LeaseId),
}

impl AudioPortsActor {
    fn new(
        settings: AudioPortsSettings,
        registry: RegistryLine,
        line: PortLine,
        mailbox: PortMailbox,
    ) -> Self {
        let AudioPortsSettings { ip, range, allow, meter, ledger } = settings;
        let keeping =
            PortAccess { allow, counters: meter.connections(), live: ledger.handshakes.clone(), line };
        let station = Self {
            leases: PortLeases::new(range),
            held: BTreeMap::new(),
            events: VecDeque::new(),
            ip,
            keeping,
            meter,
            live: ledger.audio_ports.clone(),
            registry,
            mailbox,
            clock: Clock::system(),
            alarm: Box::pin(tokio::time::sleep(Duration::ZERO)),
            alarm_at: None,
            about_used_up: LineAMinute::default(),
            about_refused: LineAMinute::default(),
            is_closed: false,
        };
        station.measure();
        station
    }

    /// Handles one message and the alarm. Returns whether there was any.
    fn take_in(&mut self, task: &mut Task<'_>) -> bool {
        // Events that an actor left when it died.
        let mut has_any = !self.events.is_empty();
        self.catch_up();
        if let Poll::Ready(Some(message)) = self.mailbox.poll_recv(task) {
            has_any = true;
            self.take(message);
        }
        if self.alarm_at.is_some() && self.alarm.as_mut().poll(task).is_ready() {
            has_any = true;
            self.alarm_at = None;
            for lease in self.leases.expire(self.clock.now()) {
                debug!(port = lease.port, "no connection came to a leased port: it is free again");
                self.let_go(lease.port, LeaseEnd::Expired);
            }
        }
        if has_any {
            self.set_alarm();
            self.measure();
        }
        has_any
    }

    fn take(&mut self, message: ToPorts) {
        let request = match message {
            ToPorts::Arrived(arrival) => {
                self.events.push_back(Happened::Arrived(arrival));
                None
            }
            ToPorts::Released(port, lease) => {
                self.events.push_back(Happened::Released(port, lease));
                None
            }
            request => Some(request),
        };
        #[cfg(feature = "fault-injection")]
        crate::fault::strike(crate::fault::Fault::PanicInPorts);
        self.catch_up();
        if let Some(request) = request {
            self.answer(request);
        }
    }

    /// Handles the events of leases.
    fn catch_up(&mut self) {
        while let Some(event) = self.events.pop_front() {
            match event {
                Happened::Arrived(arrival) => self.arrived(*arrival),
                Happened::Released(port, id) => {
                    if self.leases.end_this(port, id).is_some() {
                        self.let_go(port, LeaseEnd::Over);
                    }
                }
            }
        }
    }

    /// Answers a request. A requester that has stopped waiting misses only the answer; a port that nobody learned of comes back
    /// after its time.
    fn answer(&mut self, request: ToPorts) {
        match request {
            ToPorts::Lease(PendingRequest { request: LeasePort { wanted, ttl_ms }, reply }) => {
                if reply.is_closed() {
                    return;
                }
                let _ = reply.send(self.lease(wanted, ttl_ms));
            }
            ToPorts::End(PendingRequest { request: EndLease { port, lease }, reply }) => {
                let ended = match lease {
                    Some(id) => self.leases.end_this(port, id),
                    None => self.leases.end(port),
                };
                let ended = ended.ok_or(NoSuchLease);
                if ended.is_ok() {
                    self.let_go(port, LeaseEnd::GivenBack);
                }
                let _ = reply.send(ended.map(drop));
            }
            ToPorts::List(PendingRequest { request: ListLeases, reply }) => {
                let _ = reply.send(self.leases.list().cloned().collect());
            }
            ToPorts::Close(PendingRequest { request: ClosePorts, reply }) => {
                self.is_closed = true;
                for lease in self.leases.give_up_waiting() {
                    self.let_go(lease.port, LeaseEnd::GivenBack);
                }
                let _ = reply.send(());
            }
            ToPorts::Arrived(_) | ToPorts::Released(..) => {}
        }
    }

    /// Leases the port that was free for the longest, skipping those that another program has.
    fn lease(&mut self, wanted: LeaseRequest, ttl_ms: u64) -> Result<Lease, PortRefused> {
        if self.is_closed {
            return Err(PortRefused::GoingDown);
        }
        let now = self.clock.now();
        let mut foreign = Vec::new();
        let free: Vec<u16> = self.leases.free().collect();
        let opened = free.into_iter().find_map(|port| {
            let open = OpenPort::open(SocketAddr::new(self.ip, port));
            open.inspect_err(|error| foreign.push((port, error.to_string()))).ok().map(|open| (port, open))
        });
        for (port, _) in &foreign {
            self.leases.pass_over(*port);
        }
        if let Some((port, cause)) = foreign.first() {
            let ports = foreign.len();
            warn!(
                port,
                ports, cause, "ports of audiosocket.port_range can't be opened: the next one is taken"
            );
        }
        let leased = opened.and_then(|(port, open)| {
            let lease = self.leases.lease(port, wanted, now, now + ttl_ms)?;
            let door = Some(open.serve(port, lease.id, self.keeping.clone()));
            self.held.insert(port, LeaseOwner { door, _live: self.live.one_more() });
            Some(lease)
        });
        leased.ok_or_else(|| self.used_up())
    }

    /// Logs that there are no free ports, at most once a minute.
    fn used_up(&self) -> PortRefused {
        let used_up = self.leases.used_up();
        self.meter.used_up();
        if self.about_used_up.again().is_some() {
            error!("{used_up}");
        }
        used_up.into()
    }

    /// Handles a connection to a leased port that has sent its UUID. The expected one closes the port, and goes to its call.
    fn arrived(&mut self, PortArrival { port, lease, mut connection }: PortArrival) {
        let uuid = connection.uuid;
        let wanted = match self.leases.join(port, lease, uuid) {
            Ok(wanted) => wanted,
            Err(cause) => {
                if let JoinRefused::WrongUuid { .. } = cause {
                    self.meter.wrong_uuid();
                }
                let peer = connection.peer;
                if let Some(left_out) = self.about_refused.again() {
                    warn!(port, %peer, %uuid, %cause, left_out, "a connection to a leased port was refused");
                }
                return refuse(connection);
            }
        };
        if let Some(held) = self.held.get_mut(&port) {
            held.door = None;
        }
        let profile = wanted.profile;
        connection.caller =
            wanted.announcement.map(|announcement| Box::new(AnnouncedCaller { announcement, profile }));
        connection.port = Some(PortHold { port, lease, line: self.keeping.line.clone() });
        drop(self.registry.ask(AudioArrived(Box::new(connection))));
    }

    /// Handles the end of a lease: its port closes if it is open.
    fn let_go(&mut self, port: u16, how: LeaseEnd) {
        self.held.remove(&port);
        self.meter.ended(how);
    }

    fn set_alarm(&mut self) {
        let next = self.leases.next_deadline();
        if next != self.alarm_at {
            if let Some(at) = next {
                let wait = Duration::from_millis(at.ms_since(self.clock.now()));
                self.alarm.as_mut().reset(Instant::now() + wait);
            }
            self.alarm_at = next;
        }
    }

    fn measure(&self) {
        let (in_calls, waiting) = self.leases.in_calls_and_waiting();
        let free = u32::try_from(self.leases.free().count()).unwrap_or(u32::MAX);
        self.meter.set(free, waiting, in_calls);
    }
}
