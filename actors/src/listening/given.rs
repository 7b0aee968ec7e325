//! Ports that a service manager has opened for this process (socket activation). The manager keeps them open while the process
//! restarts, so connections meanwhile wait in the kernel instead of being refused.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The ports that no part of the server has taken yet. A process-wide variable, like the environment that they come with.
static GIVEN: Mutex<Vec<TcpListener>> = Mutex::new(Vec::new());

fn given() -> MutexGuard<'static, Vec<TcpListener>> {
    GIVEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Stores these ports for the parts of the server that listen there.
pub fn give(ports: Vec<TcpListener>) {
    given().extend(ports);
}

/// Takes the port of exactly this address, if it was passed on and not taken yet.
pub fn take_given(address: SocketAddr) -> Option<TcpListener> {
    let mut given = given();
    let at = given.iter().position(|port| port.local_addr().is_ok_and(|its| its == address))?;
    Some(given.swap_remove(at))
}

/// Returns a port with the same number that was passed on and not taken: it prevents listening on this address.
pub fn given_with_same_port(address: SocketAddr) -> Option<SocketAddr> {
    given().iter().filter_map(|port| port.local_addr().ok()).find(|its| its.port() == address.port())
}

/// Closes the ports that were not taken, and returns their addresses.
pub fn close_rest() -> Vec<SocketAddr> {
    given().drain(..).filter_map(|port| port.local_addr().ok()).collect()
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn given_ports_are_taken_once_by_address_or_closed() {
        let open = || TcpListener::bind("127.0.0.1:0").unwrap();
        let (one, other) = (open(), open());
        let [first, second] = [&one, &other].map(|port| port.local_addr().unwrap());
        give(vec![one, other]);
        assert!(take_given("127.0.0.1:1".parse().unwrap()).is_none());
        let taken = take_given(first).unwrap();
        assert_eq!(taken.local_addr().unwrap(), first);
        assert!(take_given(first).is_none());
        let elsewhere = SocketAddr::new("0.0.0.0".parse().unwrap(), second.port());
        assert_eq!(given_with_same_port(elsewhere), Some(second));
        assert!(close_rest().contains(&second));
        assert_eq!(given_with_same_port(elsewhere), None);
        assert!(TcpStream::connect(second).is_err());
    }
}
