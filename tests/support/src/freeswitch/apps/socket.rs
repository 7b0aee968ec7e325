//! `socket`: hands the call to a program, and continues in the dialplan when the program leaves.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::net::{TcpStream, lookup_host};

use super::super::channel::{Channel, Lock, Woken};
use super::super::esl::outbound::{self, Link, Mode, ModePace};

/// `HOST:PORT[|HOST:PORT] [async] [full]`.
pub(super) async fn run(channel: &Arc<Channel>, argument: &str) {
    let mut words = argument.split_whitespace();
    let hosts = words.next().unwrap_or_default();
    let mode = Mode::from_words(words);
    let before = channel.switch.faults().socket_delay;
    tokio::time::sleep(before).await;
    for host in hosts.split('|') {
        let Some(stream) = connect(host).await else { continue };
        channel.set("socket_host", host.split(':').next().unwrap_or_default());
        let link = Arc::new(Link::default());
        let task = outbound::serve(stream, Arc::clone(channel), Arc::clone(&link), mode);
        channel.switch.spawn(task);
        // Nothing happens before `connect`.
        let gone = Arc::clone(&link);
        let ready = || gone.connected.load(Ordering::Acquire) || gone.closed.load(Ordering::Acquire);
        channel.rest(None, Lock::Locked, &ready).await;
        let closed = || link.closed.load(Ordering::Acquire);
        match mode.pace {
            ModePace::Async => {
                let is_let_go = || !channel.is_controlled.load(Ordering::Acquire);
                // A channel that has ended has nothing to clear any more.
                if !closed() {
                    super::park(channel, &is_let_go).await;
                }
            }
            ModePace::Static => {
                // This is not the parked state, and its connection is the first to close.
                if channel.rest(None, Lock::Open, &closed).await == Woken::Gone {
                    link.gone.notified().await;
                }
            }
        }
        return;
    }
}

async fn connect(host: &str) -> Option<TcpStream> {
    let addresses: Vec<SocketAddr> = lookup_host(host).await.ok()?.collect();
    for address in addresses {
        if let Ok(stream) = TcpStream::connect(address).await {
            // Events are small and must not be delayed.
            let _ = stream.set_nodelay(true);
            return Some(stream);
        }
    }
    None
}
