//! A browser's audio at `/ws/audio`: silence or one loud tone every 20 ms, and when the other side was first heard to be loud.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval};
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::detach;

const TICK: Duration = Duration::from_millis(20);
const RATE_HZ: u32 = 16_000;
const SAMPLES: usize = 320;
/// A square wave of 500 Hz at nearly full scale, and the mean from which it counts: no assistant and no music is that loud.
const LOUD: i16 = 28_000;
const LOUD_FROM: i32 = 20_000;
const HALF_WAVE: usize = 16;

type Socket = WebSocketStream<TcpStream>;

/// A person who talks in a browser: a visitor, or an agent.
#[derive(Debug)]
pub(super) struct Talker {
    shared: Rc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    is_speaking: Cell<bool>,
    outgoing: RefCell<Vec<String>>,
    is_leaving: Cell<bool>,
    loud_since: Cell<Option<Instant>>,
    is_over: Cell<bool>,
    /// Notified when there is something to send.
    changed: Notify,
    /// Notified when something was heard, or the connection ended.
    heard: Notify,
}

impl Talker {
    /// Connects, and waits until sound flows both ways.
    ///
    /// # Errors
    /// Fails if the server refuses.
    pub(super) async fn connect(at: SocketAddr, token: &str) -> Result<Self, String> {
        let failed = |error: &dyn std::fmt::Display| format!("the audio of a browser: {error}");
        let stream = TcpStream::connect(at).await.map_err(|error| failed(&error))?;
        stream.set_nodelay(true).map_err(|error| failed(&error))?;
        let connected = client_async(format!("ws://{at}/ws/audio"), stream).await;
        let (mut socket, _) = connected.map_err(|error| failed(&error))?;
        let hello = json!({ "type": "hello", "version": 1, "token": token, "rate": RATE_HZ });
        socket.send(Message::text(hello.to_string())).await.map_err(|error| failed(&error))?;
        let first = socket.next().await.ok_or("the audio of a browser ended before it began")?;
        let first = first.map_err(|error| failed(&error))?;
        let first: Value = serde_json::from_str(first.to_text().unwrap_or_default()).unwrap_or_default();
        if first["type"] != "ready" {
            return Err(failed(&first));
        }
        let shared = Rc::new(Shared::default());
        let (sink, stream) = socket.split();
        detach(speak(sink, Rc::clone(&shared)));
        detach(listen(stream, Rc::clone(&shared)));
        Ok(Self { shared })
    }

    /// Presses a key.
    pub(super) fn press(&self, digit: char) {
        self.shared.outgoing.borrow_mut().push(json!({ "type": "dtmf", "digit": digit }).to_string());
        self.shared.changed.notify_one();
    }

    /// Sends the loud tone from now on.
    pub(super) fn speak(&self) {
        self.shared.is_speaking.set(true);
    }

    /// Waits until the other side is heard to be loud.
    pub(super) async fn first_loud(&self) -> Instant {
        loop {
            let heard = self.shared.heard.notified();
            if let Some(at) = self.shared.loud_since.get() {
                return at;
            }
            heard.await;
        }
    }

    /// Waits until the server has ended it.
    pub(super) async fn ended(&self) {
        loop {
            let heard = self.shared.heard.notified();
            if self.shared.is_over.get() {
                return;
            }
            heard.await;
        }
    }

    /// Leaves properly.
    pub(super) fn hang_up(&self) {
        self.shared.outgoing.borrow_mut().push(json!({ "type": "bye" }).to_string());
        self.shared.changed.notify_one();
    }
}

impl Drop for Talker {
    fn drop(&mut self) {
        self.shared.is_leaving.set(true);
        self.shared.changed.notify_one();
    }
}

async fn speak(mut sink: SplitSink<Socket, Message>, shared: Rc<Shared>) {
    let (silence, loud) = (Bytes::from(vec![0; SAMPLES * 2]), loud());
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    loop {
        let is_tick = tokio::select! {
            _ = ticks.tick() => true,
            () = shared.changed.notified() => false,
        };
        let mut out: Vec<Message> = shared.outgoing.take().into_iter().map(Message::text).collect();
        if is_tick {
            let sound = if shared.is_speaking.get() { &loud } else { &silence };
            out.push(Message::Binary(sound.clone()));
        }
        for message in out {
            if sink.send(message).await.is_err() {
                return;
            }
        }
        if shared.is_leaving.get() {
            // The other side has been notified.
            let _ = sink.close().await;
            return;
        }
    }
}

async fn listen(mut stream: SplitStream<Socket>, shared: Rc<Shared>) {
    while let Some(Ok(message)) = stream.next().await {
        match message {
            Message::Binary(sound) if shared.loud_since.get().is_none() && is_loud(&sound) => {
                shared.loud_since.set(Some(Instant::now()));
                shared.heard.notify_waiters();
            }
            Message::Text(text) => {
                let event: Value = serde_json::from_str(&text).unwrap_or_default();
                if event["type"] == "mark" {
                    // Sound that was sent before counts as played: there is no loudspeaker here.
                    shared.outgoing.borrow_mut().push(text.to_string());
                    shared.changed.notify_one();
                }
            }
            _ => {}
        }
    }
    shared.is_over.set(true);
    shared.heard.notify_waiters();
}

fn loud() -> Bytes {
    let samples = (0..SAMPLES).map(|at| if (at / HALF_WAVE).is_multiple_of(2) { LOUD } else { -LOUD });
    samples.flat_map(i16::to_le_bytes).collect::<Vec<u8>>().into()
}

/// Whether the mean of the sound is that of the tone.
fn is_loud(sound: &[u8]) -> bool {
    let samples = sound.as_chunks::<2>().0;
    let sum: i64 = samples.iter().map(|sample| i64::from(i16::from_le_bytes(*sample).unsigned_abs())).sum();
    !samples.is_empty() && sum / samples.len() as i64 >= i64::from(LOUD_FROM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_tone_is_loud() {
        assert!(is_loud(&loud()));
        assert!(!is_loud(&[0; 640]) && !is_loud(&[]));
        let music: Vec<u8> = (0..320).flat_map(|at: i16| (at * 20).to_le_bytes()).collect();
        assert!(!is_loud(&music));
    }
}
