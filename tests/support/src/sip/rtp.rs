//! The sound of one call: a packet each 20 ms on an absolute clock, and everything that arrives.

mod packets;

use std::collections::VecDeque;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

pub(crate) use self::packets::{Packets, TICK, Tick, key_ticks, sound_ticks};
use super::Codec;
use super::message::{LINEAR_16K, PCMU};
use crate::audio::g711::from_mulaw;
use crate::audio::{Sound, samples_in};
use crate::priority;

const HEADER_BYTES: usize = 12;
/// A jump in time stamps above this is not a gap but a new clock.
const LONGEST_GAP: Duration = Duration::from_secs(60);

/// A packet that arrived.
#[derive(Debug)]
struct Packet {
    at: Instant,
    source: u32,
    timestamp: u32,
    samples: Vec<i16>,
}

#[derive(Debug)]
struct Shared {
    socket: UdpSocket,
    codec: Codec,
    to_send: Mutex<VecDeque<Tick>>,
    /// The sound while nothing is queued; silence while it is empty.
    refrain: Mutex<VecDeque<Tick>>,
    received: Mutex<Vec<Packet>>,
    /// The keys that arrived, each with the time stamp of all its packets.
    keys: Mutex<Vec<(u32, char)>>,
    stop: AtomicBool,
}

/// The media of one call. Its threads end on drop.
#[derive(Debug)]
pub(super) struct Media {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Media {
    pub(super) fn start(socket: UdpSocket, remote: SocketAddr, codec: Codec) -> io::Result<Self> {
        socket.connect(remote)?;
        socket.set_read_timeout(Some(TICK))?;
        let shared = Arc::new(Shared {
            socket,
            codec,
            to_send: Mutex::default(),
            refrain: Mutex::default(),
            received: Mutex::default(),
            keys: Mutex::default(),
            stop: AtomicBool::new(false),
        });
        let run = |work: fn(&Shared)| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                priority::raise();
                work(&shared);
            })
        };
        let threads = vec![run(Shared::send_all), run(Shared::receive_all)];
        Ok(Self { shared, threads })
    }

    pub(super) fn codec(&self) -> Codec {
        self.shared.codec
    }

    pub(super) fn say(&self, samples: &[i16]) {
        lock(&self.shared.to_send).extend(sound_ticks(samples, self.shared.codec));
    }

    /// Repeats this from now on, whenever nothing is queued.
    pub(super) fn repeat(&self, samples: &[i16]) {
        *lock(&self.shared.refrain) = sound_ticks(samples, self.shared.codec).into();
    }

    /// Sends and receives nothing any more; what was heard remains.
    pub(super) fn stop(&self) {
        self.shared.stop.store(true, Ordering::Relaxed);
    }

    pub(super) fn press(&self, digit: char) {
        lock(&self.shared.to_send).extend(key_ticks(digit, self.shared.codec));
    }

    pub(super) fn is_idle(&self) -> bool {
        lock(&self.shared.to_send).is_empty()
    }

    /// The packets at their time stamps; a new source or clock is placed where it arrived.
    pub(super) fn heard(&self) -> Sound {
        let rate = self.shared.codec.rate();
        let mut samples: Vec<i16> = Vec::new();
        let received = lock(&self.shared.received);
        let mut last: Option<&Packet> = None;
        for packet in received.iter() {
            if let Some(last) = last {
                let step = packet.timestamp.wrapping_sub(last.timestamp) as usize;
                let same_clock = packet.source == last.source && step <= samples_in(LONGEST_GAP, rate);
                let step = if same_clock { step } else { samples_in(packet.at - last.at, rate) };
                let gap = step.saturating_sub(last.samples.len());
                samples.resize(samples.len() + gap, 0);
            }
            samples.extend(&packet.samples);
            last = Some(packet);
        }
        Sound { rate, samples }
    }

    /// The same, packet after packet: a time in which the switch sent nothing leaves no silence.
    pub(super) fn gapless(&self) -> Sound {
        let received = lock(&self.shared.received);
        let samples = received.iter().flat_map(|packet| packet.samples.iter().copied()).collect();
        Sound { rate: self.shared.codec.rate(), samples }
    }

    /// The keys that the other side has sent as events, in order.
    pub(super) fn keys(&self) -> String {
        lock(&self.shared.keys).iter().map(|(_, key)| *key).collect()
    }

    pub(super) fn heard_since(&self) -> Option<Instant> {
        lock(&self.shared.received).first().map(|packet| packet.at)
    }

    pub(super) fn longest_gap(&self) -> Duration {
        let received = lock(&self.shared.received);
        received.windows(2).map(|pair| pair[1].at - pair[0].at).max().unwrap_or_default()
    }
}

impl Drop for Media {
    fn drop(&mut self) {
        self.stop();
        for thread in self.threads.drain(..) {
            // A panic in the thread is reported where it happened.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn send_all(&self) {
        let mut packets = Packets::new(self.codec);
        let silence = vec![0; samples_in(TICK, self.codec.rate())];
        let mut next = Instant::now();
        while !self.stop.load(Ordering::Relaxed) {
            let said = lock(&self.to_send).pop_front().or_else(|| next_in_turn(&mut lock(&self.refrain)));
            let tick = said.unwrap_or_else(|| Tick::Sound(silence.clone()));
            for packet in packets.of_tick(&tick) {
                // Nothing listens any more once the other side has hung up.
                let _ = self.socket.send(&packet);
            }
            next += TICK;
            thread::sleep(next.saturating_duration_since(Instant::now()));
        }
    }

    fn receive_all(&self) {
        let mut buffer = [0; 2048];
        while !self.stop.load(Ordering::Relaxed) {
            // A timeout is the moment to check `stop`; a refused port only means that the call is over.
            let Ok(count) = self.socket.recv(&mut buffer) else { continue };
            if let Some(key) = packets::key_in(&buffer[..count]) {
                let mut keys = lock(&self.keys);
                if keys.last() != Some(&key) {
                    keys.push(key);
                }
            } else if let Some(packet) = read_packet(&buffer[..count]) {
                lock(&self.received).push(packet);
            }
        }
    }
}

/// The next tick of an endless sound.
fn next_in_turn(refrain: &mut VecDeque<Tick>) -> Option<Tick> {
    let tick = refrain.front().cloned();
    if !refrain.is_empty() {
        refrain.rotate_left(1);
    }
    tick
}

/// Reads a packet with sound in it; digits that come back are not heard.
fn read_packet(bytes: &[u8]) -> Option<Packet> {
    let (header, payload) = bytes.split_at_checked(HEADER_BYTES)?;
    let word = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    let samples = match header[1] & 0x7F {
        PCMU => payload.iter().map(|&byte| from_mulaw(byte)).collect(),
        LINEAR_16K => payload.chunks_exact(2).map(|pair| i16::from_be_bytes([pair[0], pair[1]])).collect(),
        _ => return None,
    };
    Some(Packet { at: Instant::now(), source: word(8), timestamp: word(4), samples })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
