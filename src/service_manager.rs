//! The service manager that has started this process: messages to it (`sd_notify(3)`), and the ports that it has opened for us (`sd_listen_fds(3)`).
//!
//! Without a service manager nothing is sent and no port is taken over.

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

/// How long the end takes in addition to the time for live calls: goodbyes, the journal, recordings. Together they are `TimeoutStopSec` of the unit,
/// if `calls.drain_timeout_s` has its default.
const END_WAIT: Duration = Duration::from_secs(60);

/// The connection for messages to it.
#[derive(Debug)]
pub(crate) struct ServiceManager {
    way: Option<(UnixDatagram, SocketAddr)>,
    /// Without a message for this long, it restarts us.
    patience: Option<Duration>,
}

impl ServiceManager {
    /// Returns the one that the environment of this process names.
    pub(crate) fn of_process() -> Self {
        let way = env::var_os("NOTIFY_SOCKET").filter(|path| !path.is_empty()).and_then(|path| {
            way_to(&path).map_err(|error| warn!(%error, "the service manager can't be notified")).ok()
        });
        let is_ours =
            env::var("WATCHDOG_PID").map_or(true, |process| process.parse() == Ok(std::process::id()));
        let patience = env::var("WATCHDOG_USEC").ok().filter(|_| is_ours);
        let patience = patience.and_then(|text| text.parse().ok()).filter(|micros| *micros > 0);
        Self { way, patience: patience.map(Duration::from_micros) }
    }

    /// Reports that calls are taken.
    pub(crate) fn ready(&self) {
        self.notify("READY=1\nSTATUS=taking calls");
    }

    /// Reports that the server ends once live calls are over, which may take this long. If its unit allows less time, the service manager waits
    /// nevertheless.
    pub(crate) fn stopping(&self, drain: Duration) {
        let end_us = (drain + END_WAIT).as_micros();
        self.notify(&format!(
            "STOPPING=1\nSTATUS=no new calls; live ones may finish\nEXTEND_TIMEOUT_USEC={end_us}"
        ));
    }

    /// Reports repeatedly that all is well, as often as the service manager expects it, and stays silent while it isn't.
    pub(crate) async fn keep_notifying(self: Rc<Self>, is_well: impl AsyncFn() -> bool) {
        let Some(patience) = self.patience else { return };
        loop {
            match timeout(patience / 2, is_well()).await {
                Ok(true) => self.notify("WATCHDOG=1"),
                Ok(false) | Err(_) => {
                    warn!("calls are not handled: the service manager gets no sign of life")
                }
            }
            sleep(patience / 3).await;
        }
    }

    fn notify(&self, state: &str) {
        let Some((socket, address)) = &self.way else { return };
        if let Err(error) = socket.send_to_addr(state.as_bytes(), address) {
            warn!(%error, "the service manager was not notified");
        }
    }
}

fn way_to(path: &OsStr) -> io::Result<(UnixDatagram, SocketAddr)> {
    let socket = UnixDatagram::unbound()?;
    // A service manager that does not read must delay no call.
    socket.set_nonblocking(true)?;
    let address = match path.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        _ => SocketAddr::from_pathname(path)?,
    };
    Ok((socket, address))
}

/// Opened ports, in the service manager's order.
#[derive(Debug)]
pub(crate) struct OpenedPorts(Vec<io::Result<TcpListener>>);

impl OpenedPorts {
    /// Takes the ports that the environment names. This must run before the process has a second thread, because they are removed from the
    /// environment.
    pub(crate) fn of_process() -> Self {
        let mut given = ListenFd::from_env();
        Self((0..given.len()).filter_map(|at| given.take_tcp_listener(at).transpose()).collect())
    }

    /// Keeps them for the listeners at their addresses.
    pub(crate) fn keep(self) {
        let is_port = |port: io::Result<TcpListener>| {
            port.map_err(
                |error| warn!(%error, "the service manager has passed something that is not a TCP port"),
            )
            .ok()
        };
        listening::give(self.0.into_iter().filter_map(is_port).collect());
    }
}

/// Closes the ports without a listener, because clients that connect there would wait forever.
pub(crate) fn close_other_ports() {
    for address in listening::close_rest() {
        warn!(%address, "the service manager has opened a port that no setting names; it is closed");
    }
}
