//! Consecutive ports for servers that are given a range.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::waiting::{TimedOut, wait_until};

/// How long a free range is searched for.
const LIMIT: Duration = Duration::from_secs(10);

/// The ports that this process has handed out. The server that is to have them may not listen yet.
static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());

/// Returns this many consecutive TCP ports on 127.0.0.1 that are free at the moment, outside the range that the kernel uses (from 32768 on). A
/// process gets no port twice.
///
/// # Errors
/// There are none.
pub fn free_ports(count: u16) -> Result<Range<u16>, TimedOut> {
    let is_free = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
    wait_until("free ports in a row", LIMIT, || {
        let first = rand::random_range(20_000..30_000_u16);
        let ports = first..first + count;
        let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = given.range(ports.clone()).next().is_none();
        (is_new && ports.clone().all(is_free)).then(|| {
            given.extend(ports.clone());
            ports
        })
    })
}
