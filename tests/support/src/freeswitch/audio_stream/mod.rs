//! The community's `mod_audio_stream`: a WebSocket client for each call that streams.

mod address;
mod handshake;
mod message;

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

pub(super) use self::address::Address;
use self::handshake::Failure;
use super::channel::{Channel, Held};
use super::faults::Strike;
use super::settings::{Pace, TICK};
use crate::clock::now;

/// How long `stop` waits for the server to close TCP.
const CLOSING: Duration = Duration::from_secs(1);
/// The time from the upgrade to the first frames.
const FIRST_FRAMES: Duration = Duration::from_millis(40);

type Socket = WebSocketStream<TcpStream>;

/// A request of the API to a running stream.
#[derive(Debug)]
pub(super) enum StreamOrder {
    SendText(String),
    Pause,
    Resume,
    /// With a last text, and a sender for the one who waits for the end.
    Stop(Option<String>, oneshot::Sender<()>),
    /// A test breaks the connection.
    Struck(Strike),
}

/// The stream of a call.
#[derive(Debug, Clone)]
pub(super) struct StreamLine {
    orders: mpsc::UnboundedSender<StreamOrder>,
}

impl StreamLine {
    /// Sends an order; `false` when the stream has ended.
    pub(super) fn order(&self, order: StreamOrder) -> bool {
        self.orders.send(order).is_ok()
    }

    /// Ends the stream, and waits until the module detaches: that may take long, as on the real switch.
    pub(super) async fn stop(&self, text: Option<String>) {
        let (done, ended) = oneshot::channel();
        if self.order(StreamOrder::Stop(text, done)) {
            // A stream that has ended meanwhile drops the order.
            let _ = ended.await;
        }
    }
}

/// Attaches a stream to a call; events report how it goes on.
pub(super) fn start(channel: &Arc<Channel>, address: Address, rate: u32, metadata: &str) {
    let (orders, taken) = mpsc::unbounded_channel();
    channel.state().stream = Some(StreamLine { orders });
    let frame_ms = channel.variable("STREAM_BUFFER_SIZE").and_then(|text| text.parse().ok());
    let stream = Stream {
        channel: Arc::clone(channel),
        orders: taken,
        rate,
        frame: Duration::from_millis(frame_ms.unwrap_or(20).clamp(20, 1000)),
        files: 0,
        written: Vec::new(),
    };
    let metadata = metadata.to_owned();
    channel.switch.spawn(stream.run(address, metadata));
}

/// Whether frames are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    Running,
    Paused,
}

/// How a stream ended.
#[derive(Debug)]
enum End {
    /// It was stopped; the one who stopped it may wait.
    Stopped(Option<oneshot::Sender<()>>),
    /// The server sent CLOSE.
    ByServer,
    /// TCP closed without a CLOSE.
    Dropped,
}

struct Stream {
    channel: Arc<Channel>,
    orders: mpsc::UnboundedReceiver<StreamOrder>,
    /// The rate in Hz.
    rate: u32,
    /// How much sound a frame holds.
    frame: Duration,
    /// How many files were written.
    files: u32,
    written: Vec<std::path::PathBuf>,
}

impl Stream {
    async fn run(mut self, address: Address, metadata: String) {
        sleep(self.channel.switch.faults().stream_delay).await;
        let extra = self.channel.variable("STREAM_EXTRA_HEADERS");
        let mut socket = match handshake::connect(&address, extra.as_deref()).await {
            Ok(socket) => socket,
            Err(failure) => return self.failed(&failure),
        };
        self.tell("connect", &json!({ "status": "connected" }).to_string());
        if !metadata.is_empty() && socket.send(Message::text(metadata)).await.is_err() {
            return self.failed(&Failure::dropped());
        }
        match self.flow(&mut socket).await {
            End::Stopped(waiting) => {
                self.detach();
                // At a call's end nobody waits.
                let _ = waiting.map(|waiting| waiting.send(()));
            }
            End::Dropped => self.failed(&Failure::dropped()),
            End::ByServer => self.closed_by_server(&mut socket).await,
        }
    }

    fn tell(&self, subclass: &str, body: &str) {
        self.channel.tell_custom(&format!("mod_audio_stream::{subclass}"), body);
    }

    /// The stream has ended by itself; it may be started again.
    fn failed(&mut self, failure: &Failure) {
        self.detach();
        let message = json!({ "code": failure.code, "error": failure.text });
        self.tell("error", &json!({ "status": "error", "message": message }).to_string());
    }

    fn detach(&mut self) {
        self.channel.state().stream = None;
        for file in self.written.drain(..) {
            // A test may have removed it.
            let _ = std::fs::remove_file(file);
        }
    }

    /// Streams until something ends it.
    async fn flow(&mut self, socket: &mut Socket) -> End {
        let mut flow = Flow::Running;
        let start = now();
        let lead = if self.channel.switch.settings.pace == Pace::Real { FIRST_FRAMES } else { TICK };
        // The frame that leaves at `due` holds what was said before it.
        let mut due = start + self.frame.max(lead);
        let mut from = start;
        loop {
            tokio::select! {
                biased;
                () = sleep_until(due.into()) => {
                    while from + self.frame <= due {
                        if self.send_frame(socket, from, flow).await.is_err() {
                            return End::Dropped;
                        }
                        from += self.frame;
                    }
                    due += self.frame;
                }
                order = self.orders.recv() => match order {
                    Some(StreamOrder::SendText(text)) => {
                        if socket.send(Message::text(text)).await.is_err() {
                            return End::Dropped;
                        }
                    }
                    Some(StreamOrder::Pause) => flow = Flow::Paused,
                    Some(StreamOrder::Resume) => flow = Flow::Running,
                    Some(StreamOrder::Stop(text, waiting)) => {
                        stop(socket, text).await;
                        return End::Stopped(Some(waiting));
                    }
                    Some(StreamOrder::Struck(strike)) => {
                        if let Some(end) = struck(socket, strike).await {
                            return end;
                        }
                    }
                    None => return End::Stopped(None),
                },
                message = socket.next() => match message {
                    Some(Ok(Message::Text(text))) => self.received(&text),
                    Some(Ok(Message::Close(frame))) => {
                        self.told_close(frame);
                        return End::ByServer;
                    }
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return End::Dropped,
                },
            }
        }
    }

    async fn send_frame(&self, socket: &mut Socket, from: Instant, flow: Flow) -> Result<(), ()> {
        if flow == Flow::Paused || self.channel.state().held == Held::Yes {
            return Ok(());
        }
        let count = crate::audio::samples_in(self.frame, self.rate);
        let voice = self.channel.mouth().frame(from, self.rate, count);
        let bytes: Vec<u8> = voice.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        socket.send(Message::binary(bytes)).await.map_err(drop)
    }

    /// Handles a text from the server: something to play, or something that the module does not understand.
    fn received(&mut self, text: &str) {
        let folder = &self.channel.switch.settings.temporary;
        match message::play(text, folder, &self.channel.uuid, self.files) {
            Some((path, body)) => {
                self.files += 1;
                self.written.push(path);
                self.tell("play", &body);
            }
            None => self.tell("json", text),
        }
    }

    fn told_close(&self, frame: Option<CloseFrame>) {
        let (code, reason) =
            frame.map_or((1005, String::new()), |frame| (u16::from(frame.code), frame.reason.to_string()));
        let message = json!({ "code": code, "reason": reason });
        self.tell("disconnect", &json!({ "status": "disconnected", "message": message }).to_string());
    }

    /// The module stays attached until `stop`, and then waits without a limit for TCP to close.
    async fn closed_by_server(&mut self, socket: &mut Socket) {
        // The answer to CLOSE goes out with the next read.
        let mut gone = false;
        loop {
            tokio::select! {
                biased;
                message = socket.next(), if !gone => gone = !matches!(message, Some(Ok(_))),
                order = self.orders.recv() => {
                    let waiting = match order {
                        Some(StreamOrder::Stop(_, waiting)) => Some(waiting),
                        Some(_) => continue,
                        None => None,
                    };
                    while !gone {
                        gone = !matches!(socket.next().await, Some(Ok(_)));
                    }
                    self.detach();
                    // At a call's end nobody waits.
                    let _ = waiting.map(|waiting| waiting.send(()));
                    return;
                }
            }
        }
    }
}

/// Sends CLOSE 1000, and waits up to 1 s for the server to close TCP.
async fn stop(socket: &mut Socket, text: Option<String>) {
    if let Some(text) = text {
        // The server may have closed already.
        let _ = socket.send(Message::text(text)).await;
    }
    let frame = CloseFrame { code: CloseCode::Normal, reason: "Normal closure".into() };
    if socket.close(Some(frame)).await.is_ok() {
        let drain = async { while let Some(Ok(_)) = socket.next().await {} };
        let _ = timeout(CLOSING, drain).await;
    }
}

async fn struck(socket: &mut Socket, strike: Strike) -> Option<End> {
    match strike {
        Strike::Close => {
            // Without a CLOSE frame, like a process that died.
            let _ = tokio::io::AsyncWriteExt::shutdown(socket.get_mut()).await;
            Some(End::Dropped)
        }
        Strike::Reset => {
            let _ = socket.get_ref().set_zero_linger();
            Some(End::Dropped)
        }
        Strike::Inject(bytes) => {
            let _ = tokio::io::AsyncWriteExt::write_all(socket.get_mut(), &bytes).await;
            None
        }
        Strike::Stall(time) => {
            sleep(time).await;
            None
        }
    }
}
