//! Ports that are leased to one call each, over real sockets; the test is the registry and the call.

use std::any::Any;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use cordboard_actors::asterisk::{
    AudioConnection, AudioPortsActor, AudioPortsSettings, Lease, LeaseRequest, LeaseState, PortFigures,
    PortMeter, PortRange,
};
use cordboard_actors::ledger::Ledger;
use cordboard_actors::legs::AnnouncedCaller;
use cordboard_actors::line::{PendingRequest, RegistryMailbox};
use cordboard_actors::messages::{
    AudioArrived, ClosePorts, EndLease, LeasePort, ListLeases, NoSuchLease, PortLine, PortRefused,
    RegistryLine, ToRegistry,
};
use cordboard_schema::event::Announcement;
use cordboard_schema::wire::audiosocket::encode_uuid;
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::asterisk::{Asterisk, UUID};
use crate::stage::{soon, until};

/// Longer than any test.
const LONG_MS: u64 = 3_600_000;

struct Ports {
    line: PortLine,
    registry: RegistryMailbox,
    meter: PortMeter,
    ledger: Ledger,
}

/// This many free ports in a row.
fn free_range(ports: u16) -> PortRange {
    for _ in 0..1_000 {
        let first = rand::random_range(20_000..30_000_u16);
        let range = first..first + ports;
        if range.clone().all(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()) {
            return PortRange::new(first, range.end - 1).unwrap();
        }
    }
    panic!("this machine does not have {ports} free ports in a row");
}

impl Ports {
    fn open(ports: u16) -> Self {
        Self::open_at(free_range(ports))
    }

    fn open_at(range: PortRange) -> Self {
        Self::open_to("127.0.0.0/8", range)
    }

    fn open_to(allow: &str, range: PortRange) -> Self {
        let (meter, ledger) = (PortMeter::default(), Ledger::default());
        let settings = AudioPortsSettings {
            ip: Ipv4Addr::LOCALHOST.into(),
            range,
            allow: vec![allow.parse().unwrap()],
            meter: meter.clone(),
            ledger: ledger.clone(),
        };
        let (line, registry) = RegistryLine::open();
        Self { line: AudioPortsActor::start(settings, line), registry, meter, ledger }
    }

    async fn lease(&self, wanted: LeaseRequest, ttl_ms: u64) -> Result<Lease, PortRefused> {
        soon("a lease", self.line.ask(LeasePort { wanted, ttl_ms })).await.unwrap()
    }

    async fn lease_for(&self, uuid: Uuid) -> Lease {
        self.lease(LeaseRequest { uuid: Some(uuid), ..LeaseRequest::default() }, LONG_MS).await.unwrap()
    }

    async fn list(&self) -> Vec<Lease> {
        soon("the list", self.line.ask(ListLeases)).await.unwrap()
    }

    async fn wait_free(&self) {
        until("the end of every lease", || self.ledger.audio_ports.now() == 0).await;
        assert_eq!(self.list().await, []);
    }

    async fn next_message(&mut self) -> ToRegistry {
        soon("a message to the registry", self.registry.recv()).await.unwrap()
    }

    async fn arrival(&mut self) -> AudioConnection {
        match self.next_message().await {
            ToRegistry::AudioArrived(PendingRequest { request: AudioArrived(audio), .. }) => {
                *(audio as Box<dyn Any>).downcast().unwrap()
            }
            other => panic!("no arrival but {other:?}"),
        }
    }

    fn figures(&self) -> PortFigures {
        self.meter.figures()
    }
}

fn at(lease: &Lease) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, lease.port).into()
}

async fn is_closed(lease: &Lease) -> bool {
    soon("an answer to connect", TcpStream::connect(at(lease))).await.is_err()
}

#[actix::test]
async fn a_leased_port_takes_one_connection_and_is_free_afterwards() {
    let mut ports = Ports::open(4);
    let announcement =
        Announcement { from: Some("100".to_owned()), to: Some("200".to_owned()), ..Default::default() };
    let wanted = LeaseRequest {
        uuid: Some(UUID),
        profile: Some("sales".to_owned()),
        announcement: Some(announcement.clone()),
    };
    let lease = ports.lease(wanted, LONG_MS).await.unwrap();
    assert_eq!(ports.figures(), PortFigures { free: 3, waiting: 1, ..Default::default() });
    let _asterisk = Asterisk::connect(at(&lease)).await;
    let connection = ports.arrival().await;
    assert_eq!(connection.uuid, UUID);
    // The announcement names the caller, so that the audio is not a stranger's.
    let caller = AnnouncedCaller { announcement, profile: Some("sales".to_owned()) };
    assert_eq!(connection.caller.as_deref(), Some(&caller));
    assert_eq!(ports.list().await[0].state, LeaseState::Joined { uuid: UUID });
    assert!(is_closed(&lease).await, "a second connection came in");
    assert_eq!(ports.ledger.audio_ports.now(), 1);

    drop(connection);
    ports.wait_free().await;
    let figures = ports.figures();
    assert_eq!((figures.free, figures.in_calls, figures.over, figures.connections.arrived), (4, 0, 1, 1));
    assert_ne!(ports.lease_for(UUID).await.port, lease.port, "a port is not reused at once");
}

#[actix::test]
async fn a_wrong_uuid_is_released_and_the_right_one_taken() {
    let mut ports = Ports::open(1);
    let lease = ports.lease_for(Uuid::from_u128(1)).await;
    let mut stranger = Asterisk::connect(at(&lease)).await;
    assert!(stranger.is_released().await);
    assert_eq!(ports.figures().wrong_uuid, 1);
    let mut asterisk = Asterisk::connect_silently(at(&lease)).await;
    let mut hello = Vec::new();
    encode_uuid(Uuid::from_u128(1), &mut hello);
    asterisk.send(&hello).await;
    assert_eq!(ports.arrival().await.uuid, Uuid::from_u128(1));
}

#[actix::test]
async fn without_a_uuid_the_first_to_announce_itself_is_taken() {
    let mut ports = Ports::open(1);
    let lease = ports.lease(LeaseRequest::default(), LONG_MS).await.unwrap();
    let silent = Asterisk::connect_silently(at(&lease)).await;
    let _first = Asterisk::connect(at(&lease)).await;
    assert_eq!(ports.arrival().await.uuid, UUID);
    // A connection that has sent nothing yet is closed with the port.
    let mut silent = silent;
    let _ = silent.ends().await;
    assert!(is_closed(&lease).await);
    until("the end of handshakes", || ports.ledger.handshakes.now() == 0).await;
}

#[actix::test]
async fn an_unused_port_is_freed_in_time() {
    let ports = Ports::open(2);
    let lease = ports.lease(LeaseRequest::default(), 30).await.unwrap();
    let stays = ports.lease_for(UUID).await;
    until("the lease's end", || ports.figures().expired == 1).await;
    assert!(is_closed(&lease).await);
    let left: Vec<u16> = ports.list().await.iter().map(|lease| lease.port).collect();
    assert_eq!(left, [stays.port]);
    assert!(!is_closed(&stays).await);
}

#[actix::test]
async fn ports_in_use_are_skipped_and_exhaustion_is_explained() {
    let range = free_range(3);
    let first: u16 = range.to_string().split_once('-').unwrap().0.parse().unwrap();
    let foreign = TcpListener::bind((Ipv4Addr::LOCALHOST, first)).unwrap();
    let mut ports = Ports::open_at(range);
    let lease = ports.lease_for(UUID).await;
    assert_eq!(lease.port, first + 1);
    let _asterisk = Asterisk::connect(at(&lease)).await;
    let _connection = ports.arrival().await;
    ports.lease(LeaseRequest::default(), LONG_MS).await.unwrap();

    let refused = ports.lease(LeaseRequest::default(), LONG_MS).await.unwrap_err();
    let PortRefused::UsedUp(used_up) = refused else { panic!("{refused}") };
    assert_eq!((used_up.in_calls, used_up.waiting, used_up.elsewhere), (1, 1, 1));
    for word in ["all 3 ports", "raise audiosocket.port_range", "1 by calls", "1 wait", "1 are held by other"]
    {
        assert!(refused.to_string().contains(word), "{refused}");
    }
    assert_eq!(ports.figures().used_up, 1);

    drop(foreign);
    assert_eq!(ports.lease(LeaseRequest::default(), LONG_MS).await.unwrap().port, first);
}

#[actix::test]
async fn a_returned_port_keeps_its_call_and_serves_the_next() {
    let mut ports = Ports::open(1);
    let lease = ports.lease_for(UUID).await;
    let mut asterisk = Asterisk::connect(at(&lease)).await;
    let connection = ports.arrival().await;
    let end = |port| ports.line.ask(EndLease { port, lease: None });
    assert_eq!(soon("the end", end(lease.port)).await, Some(Ok(())));
    assert_eq!(soon("the end", end(lease.port)).await, Some(Err(NoSuchLease)));
    assert_eq!(soon("the end", end(1)).await, Some(Err(NoSuchLease)));

    let next = ports.lease(LeaseRequest::default(), LONG_MS).await.unwrap();
    assert_eq!(next.port, lease.port);
    asterisk.send(&[0x10, 0, 2, 1, 1]).await;
    drop(connection);
    // The end of the first call does not end the second one's port.
    let left = ports.list().await;
    assert_eq!((left.len(), left[0].id), (1, next.id));
    assert!(!is_closed(&next).await);
}

#[actix::test]
async fn an_expired_lease_does_not_end_the_next() {
    let ports = Ports::open(1);
    let expired = ports.lease(LeaseRequest::default(), 30).await.unwrap();
    until("the lease's end", || ports.figures().expired == 1).await;
    let next = ports.lease_for(UUID).await;
    assert_eq!(next.port, expired.port);
    let end = |lease: &Lease| ports.line.ask(EndLease { port: lease.port, lease: Some(lease.id) });
    assert_eq!(soon("the end", end(&expired)).await, Some(Err(NoSuchLease)));
    assert!(!is_closed(&next).await);
    assert_eq!(soon("the end", end(&next)).await, Some(Ok(())));
    assert_eq!(ports.list().await, []);
}

#[actix::test]
async fn shutdown_closes_waiting_ports_and_leases_no_more() {
    let mut ports = Ports::open(2);
    let waits = ports.lease(LeaseRequest::default(), LONG_MS).await.unwrap();
    let lease = ports.lease_for(UUID).await;
    let _asterisk = Asterisk::connect(at(&lease)).await;
    let _connection = ports.arrival().await;
    soon("the closing", ports.line.ask(ClosePorts)).await.unwrap();
    assert!(is_closed(&waits).await);
    assert_eq!(ports.list().await.len(), 1, "the call goes on");
    assert_eq!(ports.lease(LeaseRequest::default(), LONG_MS).await, Err(PortRefused::GoingDown));
}

#[actix::test]
async fn noise_does_not_use_up_a_lease() {
    let mut ports = Ports::open(1);
    let lease = ports.lease(LeaseRequest::default(), LONG_MS).await.unwrap();
    for noise in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[1, 0], &[0, 0, 0]] {
        let mut stranger = Asterisk::connect_silently(at(&lease)).await;
        stranger.send(noise).await;
        drop(stranger);
    }
    let strangers = || {
        let seen = ports.figures().connections;
        seen.closed_early + seen.not_asterisk == 3
    };
    until("three strangers", strangers).await;
    let _asterisk = Asterisk::connect(at(&lease)).await;
    assert_eq!(ports.arrival().await.uuid, UUID);
}

#[actix::test]
async fn connections_outside_allowed_networks_are_closed_and_the_lease_stays() {
    let ports = Ports::open_to("192.0.2.0/24", free_range(1));
    let lease = ports.lease_for(UUID).await;
    let mut stranger = Asterisk::connect_silently(at(&lease)).await;
    stranger.ends().await.unwrap();
    let figures = ports.figures();
    assert_eq!((figures.connections.not_allowed, figures.waiting), (1, 1));
    assert!(ports.registry.is_empty());
}

#[cfg(feature = "fault-injection")]
#[actix::test]
async fn a_dying_actor_loses_no_lease_connection_or_end() {
    use cordboard_actors::fault::{Fault, arm};

    let mut ports = Ports::open(2);
    let lease = ports.lease_for(UUID).await;
    let expires = ports.lease(LeaseRequest::default(), 300).await.unwrap();
    arm(Fault::PanicInPorts);
    assert_eq!(soon("no answer", ports.line.ask(ListLeases)).await, None);
    assert_eq!(ports.list().await.len(), 2);

    // It dies at the connection itself, and at the port that is given back.
    arm(Fault::PanicInPorts);
    let _asterisk = Asterisk::connect(at(&lease)).await;
    let connection = ports.arrival().await;
    assert!(is_closed(&lease).await);
    arm(Fault::PanicInPorts);
    drop(connection);
    until("the end of the lease", || ports.figures().over == 1).await;
    until("the end of the other", || ports.figures().expired == 1).await;
    assert!(is_closed(&expires).await);
    ports.wait_free().await;
    assert_eq!(ports.figures().free, 2);
}
