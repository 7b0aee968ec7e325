//! The table of leases: whatever happens in whatever order, a port is free or leased, and every lease ends.

use std::collections::BTreeSet;

use cordboard_actors::asterisk::{
    BadRange, JoinRefused, Lease, LeaseRequest, LeaseState, PortLeases, PortRange,
};
use cordboard_schema::time::UnixMs;
use proptest::prelude::*;
use uuid::Uuid;

const FIRST: u16 = 9_100;
const LAST: u16 = 9_107;

/// An event of the table; the numbers select one of the present leases.
#[derive(Clone, Copy, Debug)]
enum Happening {
    Lease { for_uuid: bool, ttl_ms: u64 },
    Join { which: usize, is_right: bool },
    End { which: usize },
    EndAgain { which: usize },
    PassOver,
    TimePasses { ms: u64 },
    GiveUpWaiting,
}

fn happening() -> impl Strategy<Value = Happening> {
    let which = 0..16_usize;
    prop_oneof![
        6 => (any::<bool>(), 1..5_000_u64)
            .prop_map(|(for_uuid, ttl_ms)| Happening::Lease { for_uuid, ttl_ms }),
        4 => (which.clone(), any::<bool>()).prop_map(|(which, is_right)| Happening::Join { which, is_right }),
        3 => which.clone().prop_map(|which| Happening::End { which }),
        2 => which.prop_map(|which| Happening::EndAgain { which }),
        1 => Just(Happening::PassOver),
        2 => (1..3_000_u64).prop_map(|ms| Happening::TimePasses { ms }),
        1 => Just(Happening::GiveUpWaiting),
    ]
}

fn range() -> PortRange {
    PortRange::new(FIRST, LAST).unwrap()
}

fn leased(leases: &PortLeases) -> Vec<Lease> {
    leases.list().cloned().collect()
}

/// No port is lost, and none is in two places.
fn assert_whole(leases: &PortLeases) {
    let mut all: Vec<u16> = leases.free().chain(leased(leases).iter().map(|lease| lease.port)).collect();
    all.sort_unstable();
    assert_eq!(all, (FIRST..=LAST).collect::<Vec<_>>());
}

fn is_waiting(lease: &Lease) -> bool {
    matches!(lease.state, LeaseState::Waiting { .. })
}

proptest! {
    #[test]
    fn no_port_is_leased_twice_or_lost_and_leases_end(
        happenings in proptest::collection::vec(happening(), 1..200),
    ) {
        let mut leases = PortLeases::new(range());
        let mut now = UnixMs(1_000);
        let mut ended: Vec<Lease> = Vec::new();
        let mut granted = BTreeSet::new();
        let uuid = Uuid::from_u128(7);
        for happening in happenings {
            let there = leased(&leases);
            let chosen = |which: usize| (!there.is_empty()).then(|| there[which % there.len()].clone());
            match happening {
                Happening::Lease { for_uuid, ttl_ms } => {
                    let Some(port) = leases.free().next() else {
                        let used_up = leases.used_up();
                        prop_assert_eq!(used_up.in_calls + used_up.waiting, 8);
                        continue;
                    };
                    let wanted = LeaseRequest { uuid: for_uuid.then_some(uuid), ..LeaseRequest::default() };
                    let lease = leases.lease(port, wanted.clone(), now, now + ttl_ms).unwrap();
                    prop_assert!(granted.insert(format!("{:?}", lease.id)), "a number twice");
                    prop_assert!(leases.lease(port, wanted, now, now + ttl_ms).is_none(), "a port twice");
                }
                Happening::Join { which, is_right } => {
                    let Some(lease) = chosen(which) else { continue };
                    let said = if is_right { uuid } else { Uuid::from_u128(8) };
                    let fits = lease.wanted.uuid.is_none_or(|wanted| wanted == said);
                    let joined = leases.join(lease.port, lease.id, said);
                    prop_assert_eq!(joined.is_ok(), is_waiting(&lease) && fits);
                    if is_waiting(&lease) && !fits {
                        prop_assert_eq!(joined, Err(JoinRefused::WrongUuid { wanted: uuid }));
                    }
                }
                Happening::End { which } => {
                    let Some(lease) = chosen(which) else { continue };
                    prop_assert!(leases.end_this(lease.port, lease.id).is_some());
                    prop_assert_eq!(leases.free().last(), Some(lease.port), "it is reused last");
                    ended.push(lease);
                }
                Happening::EndAgain { which } => {
                    // A lease that has ended ends nothing else, whoever has its port now.
                    let Some(lease) = ended.get(which) else { continue };
                    prop_assert!(leases.end_this(lease.port, lease.id).is_none());
                    prop_assert_eq!(leases.join(lease.port, lease.id, uuid), Err(JoinRefused::NotWaited));
                }
                Happening::PassOver => {
                    let Some(port) = leases.free().next() else { continue };
                    leases.pass_over(port);
                    prop_assert_eq!(leases.free().last(), Some(port));
                }
                Happening::TimePasses { ms } => {
                    now = now + ms;
                    let over = leases.expire(now);
                    prop_assert!(over.iter().all(|lease| lease.expires_at().is_some_and(|at| at <= now)));
                    prop_assert!(leases.next_deadline().is_none_or(|at| at > now));
                    ended.extend(over);
                }
                Happening::GiveUpWaiting => {
                    ended.extend(leases.give_up_waiting());
                    prop_assert!(leased(&leases).iter().all(|lease| !is_waiting(lease)));
                }
            }
            assert_whole(&leases);
            let there = leased(&leases);
            let waiting = there.iter().filter(|lease| is_waiting(lease)).count();
            prop_assert_eq!(leases.in_calls_and_waiting(), ((there.len() - waiting) as u32, waiting as u32));
            prop_assert_eq!(leases.next_deadline(), there.iter().filter_map(Lease::expires_at).min());
        }
        // No connections come any more, and the calls end.
        leases.expire(now + 10_000);
        for lease in leased(&leases) {
            prop_assert!(leases.end(lease.port).is_some());
        }
        prop_assert_eq!(leases.free().count(), 8);
        assert_whole(&leases);
    }
}

#[test]
fn a_port_is_reused_only_after_all_others() {
    let mut leases = PortLeases::new(range());
    let mut given = Vec::new();
    for _ in FIRST..=LAST {
        let port = leases.free().next().unwrap();
        leases.lease(port, LeaseRequest::default(), UnixMs(0), UnixMs(1)).unwrap();
        leases.end(port).unwrap();
        given.push(port);
    }
    assert_eq!(given, (FIRST..=LAST).collect::<Vec<_>>());
    assert_eq!(leases.free().next(), Some(FIRST));
}

#[test]
fn a_port_range_is_ordered_bounded_and_without_port_0() {
    assert_eq!(PortRange::new(9_100, 9_199).unwrap().ports(), 100);
    assert_eq!(PortRange::new(9_100, 9_100).unwrap().to_string(), "9100-9100");
    assert_eq!(PortRange::new(0, 10), Err(BadRange::Zero));
    assert_eq!(PortRange::new(10, 9), Err(BadRange::Order { first: 10, last: 9 }));
    assert_eq!(PortRange::new(1, 2_001), Err(BadRange::TooMany { ports: 2_001 }));
    assert_eq!(PortRange::new(1, u16::MAX), Err(BadRange::TooMany { ports: 65_535 }));
}
