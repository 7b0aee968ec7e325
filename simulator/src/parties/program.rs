//! A program at the control socket of one organization: it receives events of calls and transcripts, and sends commands.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};

/// Most commands in its queue.
const WAITING_MAX: usize = 256;

/// A program that is connected.
#[derive(Debug)]
pub struct Program {
    commands: mpsc::Sender<Value>,
    told: Rc<RefCell<ProgramLog>>,
}

/// Messages that a program has sent and received.
#[derive(Clone, Debug, Default)]
pub struct ProgramLog {
    /// Sent commands with their ids, in order.
    pub sent: Vec<Value>,
    /// Answers and events, in order.
    pub messages: Vec<Value>,
    /// Why there is no connection, if so.
    pub ended: Option<String>,
}

impl Program {
    /// Connects, and subscribes to calls and transcripts.
    pub async fn connect(server: SocketAddr, headers: &[String]) -> Option<Self> {
        let socket = open(server, headers).await?;
        let (commands, mut waiting) = mpsc::channel::<Value>(WAITING_MAX);
        let told = Rc::new(RefCell::new(ProgramLog::default()));
        let of_task = Rc::clone(&told);
        let _ = commands.try_send(
            json!({ "command": "subscribe", "topics": ["calls", "transcripts"], "id": "subscribe" }),
        );
        tokio::task::spawn_local(async move {
            let mut socket = socket;
            loop {
                tokio::select! {
                    biased;
                    command = waiting.recv() => {
                        let Some(command) = command else { return };
                        let text = command.to_string();
                        of_task.borrow_mut().sent.push(command);
                        if socket.send(Message::text(text)).await.is_err() {
                            of_task.borrow_mut().ended = Some("takes nothing".to_owned());
                            return;
                        }
                    }
                    message = socket.next() => match message {
                        Some(Ok(Message::Text(text))) => {
                            let message = serde_json::from_str(&text).unwrap_or_default();
                            of_task.borrow_mut().messages.push(message);
                        }
                        Some(Ok(Message::Close(frame))) => {
                            of_task.borrow_mut().ended = Some(format!("closed: {frame:?}"));
                            return;
                        }
                        Some(Ok(_)) => {}
                        Some(Err(_)) | None => {
                            of_task.borrow_mut().ended = Some("gone".to_owned());
                            return;
                        }
                    },
                }
            }
        });
        Some(Self { commands, told })
    }

    /// Queues a command.
    pub fn command(&self, mut command: Value, id: u64) {
        command["id"] = json!(id.to_string());
        // A program with a full queue drops the command.
        let _ = self.commands.try_send(command);
    }

    /// Clears what it has sent and received so far.
    pub fn forget(&self) {
        let mut told = self.told.borrow_mut();
        told.sent.clear();
        told.messages.clear();
    }

    /// Returns the messages so far.
    #[must_use]
    pub fn told(&self) -> ProgramLog {
        self.told.borrow().clone()
    }
}

/// Connects a program that subscribes and never reads; it stays connected as long as the result is kept.
pub async fn never_reads(server: SocketAddr, headers: &[String]) -> Option<Box<dyn std::any::Any>> {
    let mut socket = open(server, headers).await?;
    let command =
        json!({ "command": "subscribe", "topics": ["calls", "transcripts", "metrics", "actors"], "id": "1" });
    socket.send(Message::text(command.to_string())).await.ok()?;
    Some(Box::new(socket))
}

/// Opens a connection to the control socket.
pub(super) async fn open(
    server: SocketAddr,
    headers: &[String],
) -> Option<tokio_tungstenite::WebSocketStream<TcpStream>> {
    let mut request = format!("ws://{server}/ws/control").into_client_request().ok()?;
    for line in headers {
        let (name, value) = line.split_once(": ")?;
        let name: HeaderName = name.parse().ok()?;
        request.headers_mut().insert(name, HeaderValue::from_str(value).ok()?);
    }
    let stream = TcpStream::connect(server).await.ok()?;
    let (socket, _) = client_async(request, stream).await.ok()?;
    Some(socket)
}
