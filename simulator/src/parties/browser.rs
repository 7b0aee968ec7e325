//! A browser on `/ws/audio`, as `docs/web-audio.md` specifies, as a task next to the server.

use std::cell::{Ref, RefCell};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use cordboard_test_support::audio::Sound;
use cordboard_test_support::audiosocket::TimedFrame;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use super::page::PageSeen;

/// Rate of a browser's sound, in Hz.
pub const RATE: u32 = 16_000;
const TICK: Duration = Duration::from_millis(20);
const SAMPLES: usize = RATE as usize / 50;
/// Time limit for the server's half of a goodbye.
const GOODBYE_LIMIT: Duration = Duration::from_secs(2);

type Socket = WebSocketStream<TcpStream>;

/// A visitor who talks in a browser.
#[derive(Debug)]
pub struct Browser {
    state: Rc<RefCell<State>>,
    over: Rc<Notify>,
}

#[derive(Debug)]
struct State {
    began: Instant,
    requests: VecDeque<Request>,
    saying: VecDeque<i16>,
    page: PageSeen,
    over_at: Option<Instant>,
}

#[derive(Debug)]
enum Request {
    Send(Value),
    HangUp,
}

/// Sound that is queued for playout.
enum Queued {
    Samples(VecDeque<i16>),
    Mark(String),
}

impl Browser {
    /// Opens the socket and sends hello; `whose` is `token` or `resume` with its value. None if the server refuses.
    pub async fn connect(address: SocketAddr, whose: (&str, &str)) -> Option<Self> {
        let stream = TcpStream::connect(address).await.ok()?;
        let _ = stream.set_nodelay(true);
        let opening = client_async(format!("ws://{address}/ws/audio"), stream);
        let (mut socket, _) = timeout(Duration::from_secs(20), opening).await.ok()?.ok()?;
        let hello = json!({ "type": "hello", "version": 1, whose.0: whose.1, "rate": RATE });
        socket.send(Message::text(hello.to_string())).await.ok()?;
        let state = Rc::new(RefCell::new(State {
            began: Instant::now(),
            requests: VecDeque::new(),
            saying: VecDeque::new(),
            page: PageSeen::default(),
            over_at: None,
        }));
        let over = Rc::new(Notify::new());
        let (of_task, ended) = (Rc::clone(&state), Rc::clone(&over));
        tokio::task::spawn_local(async move {
            live(socket, &of_task).await;
            of_task.borrow_mut().over_at = Some(Instant::now());
            ended.notify_waiters();
        });
        Some(Self { state, over })
    }

    /// Returns when the connection was established.
    #[must_use]
    pub fn began(&self) -> Instant {
        self.state.borrow().began
    }

    /// Queues something to say.
    pub fn say(&self, sound: &Sound) {
        self.state.borrow_mut().saying.extend(sound.resampled(RATE).samples);
    }

    /// Presses a key.
    pub fn press(&self, key: char) {
        let message = json!({ "type": "dtmf", "digit": key.to_string() });
        self.state.borrow_mut().requests.push_back(Request::Send(message));
    }

    /// Says goodbye.
    pub fn hang_up(&self) {
        self.state.borrow_mut().requests.push_back(Request::HangUp);
    }

    /// Returns the sound and texts that have reached the page.
    pub fn page(&self) -> Ref<'_, PageSeen> {
        Ref::map(self.state.borrow(), |state| &state.page)
    }

    /// Returns when the connection ended, if it has.
    #[must_use]
    pub fn over_at(&self) -> Option<Instant> {
        self.state.borrow().over_at
    }

    /// Waits for the end.
    pub async fn until_over(&self) {
        let mut over = std::pin::pin!(self.over.notified());
        over.as_mut().enable();
        if self.over_at().is_none() {
            over.await;
        }
    }
}

async fn live(mut socket: Socket, state: &RefCell<State>) {
    let mut queue: VecDeque<Queued> = VecDeque::new();
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            message = socket.next() => match message {
                Some(Ok(Message::Text(text))) => take(&text, state, &mut queue),
                Some(Ok(Message::Binary(bytes))) => {
                    if bytes.is_empty() || !bytes.len().is_multiple_of(2) {
                        state.borrow_mut().page.violations.push(format!("sound of {} bytes", bytes.len()));
                    }
                    let samples = bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]]));
                    queue.push_back(Queued::Samples(samples.collect()));
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {}
            },
            _ = ticks.tick() => {
                for name in play(state, &mut queue) {
                    let mark = json!({ "type": "mark", "name": name });
                    if socket.send(Message::text(mark.to_string())).await.is_err() {
                        return;
                    }
                }
                if !speak(&mut socket, state).await {
                    return;
                }
            }
        }
    }
}

fn take(text: &str, state: &RefCell<State>, queue: &mut VecDeque<Queued>) {
    let message: Value = serde_json::from_str(text).unwrap_or_default();
    match message["type"].as_str() {
        Some("mark") => {
            queue.push_back(Queued::Mark(message["name"].as_str().unwrap_or_default().to_owned()))
        }
        Some("clear") => queue.clear(),
        _ => {
            let mut state = state.borrow_mut();
            let at = state.began.elapsed();
            state.page.take(text, message, at);
        }
    }
}

/// Plays 20 ms; returns the marks that were reached.
fn play(state: &RefCell<State>, queue: &mut VecDeque<Queued>) -> Vec<String> {
    let (mut heard, mut marks) = (Vec::with_capacity(SAMPLES), Vec::new());
    loop {
        match queue.front_mut() {
            Some(Queued::Mark(name)) => {
                marks.push(std::mem::take(name));
                queue.pop_front();
            }
            Some(Queued::Samples(samples)) if heard.len() < SAMPLES => {
                let count = samples.len().min(SAMPLES - heard.len());
                heard.extend(samples.drain(..count));
                if samples.is_empty() {
                    queue.pop_front();
                }
            }
            _ => break,
        }
    }
    heard.resize(SAMPLES, 0);
    let mut state = state.borrow_mut();
    if state.page.ready.is_some() {
        let at = state.began.elapsed();
        state.page.heard.push(TimedFrame { at, rate: RATE, samples: heard });
    }
    marks
}

/// Sends 20 ms of speech or silence, and carries out requests; returns false at the end.
async fn speak(socket: &mut Socket, state: &RefCell<State>) -> bool {
    let (sound, requests) = {
        let mut state = state.borrow_mut();
        // Sound is sent once the server is ready for it.
        if state.page.ready.is_none() {
            return true;
        }
        let count = state.saying.len().min(SAMPLES);
        let mut samples: Vec<i16> = state.saying.drain(..count).collect();
        samples.resize(SAMPLES, 0);
        let sound: Vec<u8> = samples.into_iter().flat_map(i16::to_le_bytes).collect();
        (sound, std::mem::take(&mut state.requests))
    };
    if socket.send(Message::binary(sound)).await.is_err() {
        return false;
    }
    for request in requests {
        match request {
            Request::Send(message) => {
                if socket.send(Message::text(message.to_string())).await.is_err() {
                    return false;
                }
            }
            Request::HangUp => {
                let _ = socket.send(Message::text(json!({ "type": "bye" }).to_string())).await;
                let _ =
                    timeout(GOODBYE_LIMIT, async { while let Some(Ok(_)) = socket.next().await {} }).await;
                return false;
            }
        }
    }
    true
}
