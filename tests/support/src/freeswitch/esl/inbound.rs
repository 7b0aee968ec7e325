//! The inbound end: clients connect to the switch and authenticate.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use super::super::faults::{Beat, Door};
use super::super::switch::Switch;
use super::connection::{Connection, Role};
use super::reply;
use crate::clock::now;

/// How long a mute switch sends nothing to a client.
const MUTE: Duration = Duration::from_secs(3600);

/// Accepts clients; with the door `Refused` nothing listens.
pub(in crate::freeswitch) async fn listen(switch: Arc<Switch>, address: SocketAddr, first: TcpListener) {
    let mut faults = switch.watch_faults();
    let mut listener = Some(first);
    loop {
        if faults.borrow_and_update().door == Door::Refused {
            listener = None;
            if faults.changed().await.is_err() {
                return;
            }
            continue;
        }
        let Some(bound) = &listener else {
            // A port that was ours a moment ago may not be free at once.
            match TcpListener::bind(address).await {
                Ok(bound) => listener = Some(bound),
                Err(_) => sleep(Duration::from_millis(10)).await,
            }
            continue;
        };
        tokio::select! {
            biased;
            changed = faults.changed() => {
                if changed.is_err() {
                    return;
                }
            }
            accepted = bound.accept() => {
                if let Ok((stream, _)) = accepted {
                    // It may have changed while this waited.
                    let door = switch.faults().door;
                    switch.spawn(receive(Arc::clone(&switch), stream, door));
                }
            }
        }
    }
}

async fn receive(switch: Arc<Switch>, mut stream: TcpStream, door: Door) {
    // Events are small and must not be delayed.
    let _ = stream.set_nodelay(true);
    match door {
        Door::Closed | Door::Refused => return,
        Door::Mute => return sleep(MUTE).await,
        Door::Rude => {
            let mut frames = reply::rude();
            frames.extend(reply::farewell(None));
            // The client may have disconnected; it was being refused anyway.
            let _ = stream.write_all(&frames).await;
            let _ = stream.shutdown().await;
            return;
        }
        Door::Open => {}
    }
    let until = now() + switch.settings.auth_limit;
    let mut connection = Connection::new(&switch, stream, Role::Stranger(until));
    if connection.write(&reply::auth_request()).await.is_ok() {
        connection.run().await;
    } else {
        switch.disconnect(connection.number);
    }
}

/// Sends HEARTBEAT for ever.
pub(in crate::freeswitch) async fn beat(switch: Arc<Switch>) {
    loop {
        sleep(switch.settings.heartbeat).await;
        if switch.faults().beat == Beat::Silent {
            continue;
        }
        let up = switch.uptime();
        let event = switch
            .event("HEARTBEAT")
            .with("Event-Info", "System Ready")
            .with("Up-Time", format!("0 years, 0 days, 0 hours, 0 minutes, {} seconds", up.as_secs()))
            .with("FreeSWITCH-Version", "1.11.3-dev+git~20260821T141014Z~cc93a683ca~64bit")
            .with("Uptime-msec", up.as_millis().to_string())
            .with("Session-Count", switch.channels().len().to_string())
            .with("Max-Sessions", "1000")
            .with("Session-Per-Sec", "30")
            .with("Session-Since-Startup", switch.sessions().to_string())
            .with("Idle-CPU", "87.266667");
        switch.emit(event);
    }
}
