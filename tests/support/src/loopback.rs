//! Loopback addresses that stand-ins have for themselves.

use std::net::Ipv4Addr;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

/// Returns a loopback address that no other stand-in of this process has, and probably none of another process. A server that dials a stand-in
/// that has stopped then does not reach the next test's stand-in, to which the kernel gave the same port.
#[must_use]
pub fn own_address() -> Ipv4Addr {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    let [.., high, low] = GIVEN.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    // Linux has 127.0.0.0/8. 127.0.x.y is left to everything that listens on 127.0.0.1, and 127.255.x.y contains the broadcast address.
    let of_process = (process::id() % 254 + 1) as u8;
    Ipv4Addr::new(127, of_process, high, low)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn each_address_can_be_listened_on() {
        let given: BTreeSet<Ipv4Addr> = (0..100).map(|_| own_address()).collect();
        assert_eq!(given.len(), 100);
        for address in given {
            TcpListener::bind((address, 0)).unwrap();
        }
    }
}
