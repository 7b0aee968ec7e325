//! `unicast`: the raw sound of a parked call, by UDP, and the ways in which it kills a switch.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use tokio::net::{UdpSocket, lookup_host};
use tokio::sync::oneshot;
use tokio::time::sleep_until;

use super::caller::Source;
use super::channel::{Channel, Held, Progress};
use super::esl::command::Command;
use super::referee::Rule;
use super::settings::TICK;
use crate::clock::now;

/// A larger datagram is cut off here.
const DATAGRAM_BYTES_MAX: usize = 8192;

/// The parameters of `sendmsg`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UnicastOrder {
    local: String,
    remote: String,
}

impl UnicastOrder {
    /// Reads the headers, with FreeSWITCH's own defaults.
    pub(super) fn from_command(command: &Command) -> Self {
        let address = |side: &str, port: &str| {
            let ip = command.get(&format!("{side}-ip")).unwrap_or("127.0.0.1");
            let port = command.get(&format!("{side}-port")).unwrap_or(port);
            format!("{ip}:{}", port.parse::<u64>().unwrap_or(0) % 65_536)
        };
        Self { local: address("local", "8025"), remote: address("remote", "8026") }
    }
}

/// A running unicast. It ends on drop.
#[derive(Debug)]
pub(super) struct UnicastLine {
    _alive: oneshot::Sender<()>,
}

/// Starts it, if the call is in a state for it. No answer reports the result.
pub(super) async fn start(channel: &Arc<Channel>, order: &UnicastOrder) {
    let referee = channel.switch.referee();
    let (spent, usable) = {
        let mut state = channel.state();
        if state.progress < Progress::Early {
            drop(state);
            referee.against(Rule::UnicastBeforeMedia, format!("{}: this kills the switch", channel.uuid));
            channel.switch.die();
            return;
        }
        let spent = std::mem::replace(&mut state.unicast_spent, true);
        (spent, state.parked && !state.bridged && state.prompts.is_empty())
    };
    if spent {
        referee.against(Rule::UnicastTwice, format!("{}: twice in one stay", channel.uuid));
        return;
    }
    if !usable {
        referee.against(Rule::UnicastNotParked, format!("{}: in a bridge or during a prompt", channel.uuid));
        return;
    }
    let Some((socket, remote)) = open(order).await else { return };
    let (alive, ended) = oneshot::channel();
    channel.state().unicast = Some(UnicastLine { _alive: alive });
    channel.switch.spawn(run(Arc::clone(channel), socket, remote, ended));
}

async fn open(order: &UnicastOrder) -> Option<(UdpSocket, SocketAddr)> {
    let socket = UdpSocket::bind(&order.local).await.ok()?;
    let remote = lookup_host(&order.remote).await.ok()?.next()?;
    Some((socket, remote))
}

/// The effects of a program's datagrams on a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Towards {
    Caller,
    /// An empty datagram arrived: nothing is heard any more.
    Nobody,
}

async fn run(channel: Arc<Channel>, socket: UdpSocket, remote: SocketAddr, mut ended: oneshot::Receiver<()>) {
    let packet = usize::try_from(channel.rate / 50).unwrap_or(160);
    let (mut send_at, mut play_at) = (now() + TICK, now());
    let mut towards = Towards::Caller;
    let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
    loop {
        tokio::select! {
            biased;
            _ = &mut ended => return,
            () = sleep_until(send_at.into()) => {
                let (parked, held) = {
                    let state = channel.state();
                    (state.parked, state.held)
                };
                if parked {
                    let silence = vec![0; packet];
                    let voice = channel.mouth().frame(send_at - TICK, channel.rate, packet);
                    let voice = if held == Held::Yes { silence } else { voice };
                    let bytes: Vec<u8> = voice.iter().flat_map(|sample| sample.to_le_bytes()).collect();
                    // ICMP reports a closed port of the program: FreeSWITCH goes on all the same.
                    let _ = socket.send_to(&bytes, remote).await;
                }
                send_at += TICK;
            }
            received = receive(&socket, &mut buffer, play_at) => {
                let Some((length, had_waited)) = received else { continue };
                // One datagram for each packet time. The rest waits in the kernel's buffer, and a late read does not make the queue longer.
                play_at = if had_waited { play_at } else { now() } + TICK;
                take(&channel, &buffer[..length], packet, &mut towards);
            }
        }
    }
}

/// The length of the next datagram, and whether it was there before its time.
async fn receive(socket: &UdpSocket, buffer: &mut [u8], not_before: Instant) -> Option<(usize, bool)> {
    sleep_until(not_before.into()).await;
    if let Ok((length, _)) = socket.try_recv_from(buffer) {
        return Some((length, true));
    }
    socket.recv_from(buffer).await.ok().map(|(length, _)| (length, false))
}

fn take(channel: &Channel, datagram: &[u8], packet: usize, towards: &mut Towards) {
    let referee = channel.switch.referee();
    if datagram.is_empty() {
        *towards = Towards::Nobody;
        referee.against(Rule::UnicastEmpty, format!("{}: an empty datagram", channel.uuid));
        return;
    }
    if datagram.len() != packet * 2 {
        let how = format!("{}: {} bytes instead of {}", channel.uuid, datagram.len(), packet * 2);
        referee.against(Rule::UnicastLength, how);
    }
    if *towards == Towards::Caller {
        let mut samples: Vec<i16> =
            datagram.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
        // A short one takes a whole packet.
        samples.resize(samples.len().max(packet), 0);
        channel.play(&samples, Source::Unicast);
    }
}
