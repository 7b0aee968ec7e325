//! The service manager that has started this process: messages to it (`sd_notify(3)`), and the ports that it has opened for us
//! (`sd_listen_fds(3)`).
//!
//! Without a service manager nothing is sent and no port is given.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::rc::Rc;
use std::time::Duration;

use cordboard_actors::listening;
use listenfd::ListenFd;
use tokio::time::{sleep, timeout};
use tracing::warn;

/// How long the end takes beside the time that live calls may go on: goodbyes, the journal, recordings. Both together are `TimeoutStopSec` of the
/// unit, where `calls.drain_timeout_s` is the usual one.
const END_WAIT: Duration = Duration::from_secs(60);

/// The way messages reach it.
#[derive(Debug)]
pub(crate) struct ServiceManager {
    way: Option<(UnixDatagram, SocketAddr)>,
    /// After this long without a word it starts us anew.
    patience: Option<Duration>,
}

impl ServiceManager {
    /// The one that the environment of this process names.
    pub(crate) fn of_process() -> Self {
        let way = env::var_os("NOTIFY_SOCKET").filter(|path| !path.is_empty()).and_then(|path| {
            way_to(&path).map_err(|error| warn!(%error, "the service manager can't be told how we are")).ok()
        });
        let is_ours =
            env::var("WATCHDOG_PID").map_or(true, |process| process.parse() == Ok(std::process::id()));
        let patience = env::var("WATCHDOG_USEC").ok().filter(|_| is_ours);
        let patience = patience.and_then(|text| text.parse().ok()).filter(|micros| *micros > 0);
        Self { way, patience: patience.map(Duration::from_micros) }
    }

    /// Tells that calls are taken.
    pub(crate) fn ready(&self) {
        self.tell("READY=1\nSTATUS=taking calls");
    }

    /// Tells that the server goes down, once live calls are over, which may take so long: where its unit has less time for an end, it waits
    /// for this one all the same.
    pub(crate) fn stopping(&self, drain: Duration) {
        let end_us = (drain + END_WAIT).as_micros();
        self.tell(&format!(
            "STOPPING=1\nSTATUS=no new calls; live ones are led to their ends\nEXTEND_TIMEOUT_USEC={end_us}"
        ));
    }

    /// Tells again and again that all is well, as often as it wants to hear it, and leaves it untold while it isn't.
    pub(crate) async fn keep_telling(self: Rc<Self>, is_well: impl AsyncFn() -> bool) {
        let Some(patience) = self.patience else { return };
        loop {
            match timeout(patience / 2, is_well()).await {
                Ok(true) => self.tell("WATCHDOG=1"),
                Ok(false) | Err(_) => {
                    warn!("calls are not looked after: the service manager is not told that all is well")
                }
            }
            sleep(patience / 3).await;
        }
    }

    fn tell(&self, state: &str) {
        let Some((socket, address)) = &self.way else { return };
        if let Err(error) = socket.send_to_addr(state.as_bytes(), address) {
            warn!(%error, "the service manager was not told how we are");
        }
    }
}

fn way_to(path: &OsStr) -> io::Result<(UnixDatagram, SocketAddr)> {
    let socket = UnixDatagram::unbound()?;
    // A manager that does not read keeps no call waiting.
    socket.set_nonblocking(true)?;
    let address = match path.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        _ => SocketAddr::from_pathname(path)?,
    };
    Ok((socket, address))
}

/// Opened ports, in its order.
#[derive(Debug)]
pub(crate) struct OpenedPorts(Vec<io::Result<TcpListener>>);

impl OpenedPorts {
    /// Those that the environment names. They are taken before the process has a second thread, because they leave the
    /// environment with it.
    pub(crate) fn of_process() -> Self {
        let mut given = ListenFd::from_env();
        Self((0..given.len()).filter_map(|at| given.take_tcp_listener(at).transpose()).collect())
    }

    /// Keeps them for whoever listens at their addresses.
    pub(crate) fn keep(self) {
        let is_port = |port: io::Result<TcpListener>| {
            port.map_err(|error| warn!(%error, "the service manager has given something that is no TCP port"))
                .ok()
        };
        listening::give(self.0.into_iter().filter_map(is_port).collect());
    }
}

/// Closes the ports that nobody listens at: who connects there would wait for ever.
pub(crate) fn close_other_ports() {
    for address in listening::close_rest() {
        warn!(%address, "the service manager has opened a port that no setting names; it is closed");
    }
}
