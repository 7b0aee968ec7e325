//! The provider for measurements: a WebSocket server that speaks the OpenAI Realtime protocol. It understands no speech: it recognizes frames by
//! their markers, and answers at the pace of a real provider.
//!
//! ```text
//! Provider           the listener
//!   talk             one connection: the socket and the clock
//!     Conversation   what is said and when (pure)
//!       wire         events as text
//! ```

mod conversation;
mod wire;

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::{sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, accept_async_with_config};

use super::board::{SharedBoard, TalkNumber};
use conversation::Conversation;

/// How long a client may take to upgrade its connection.
const UPGRADE_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a client may take to receive an event.
const PATIENCE: Duration = Duration::from_secs(5);

/// Bytes read at once: some ten frames of a caller.
const READ_BYTES: usize = 4_096;

/// A listening provider. Dropping it closes its port; connections continue until their clients close them.
#[derive(Debug)]
pub(super) struct Provider {
    /// Address at which it listens.
    pub(super) address: SocketAddr,
    task: JoinHandle<()>,
}

impl Provider {
    /// Listens, and records all events on the board. Within a `LocalSet`.
    ///
    /// # Errors
    /// The system's error.
    pub(super) async fn listen(on: SocketAddr, board: SharedBoard) -> io::Result<Self> {
        let listener = TcpListener::bind(on).await?;
        let address = listener.local_addr()?;
        let task = spawn_local(accept(listener, board));
        Ok(Self { address, task })
    }

    /// The base URL for a server that uses it.
    pub(super) fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, board: SharedBoard) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                spawn_local(serve(stream, Rc::clone(&board)));
            }
            Err(error) => {
                board.borrow_mut().fail(format!("the provider can't take a connection: {error}"));
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// One connection, from its upgrade to its end.
async fn serve(stream: TcpStream, board: SharedBoard) {
    // Without it, pieces of audio may be delayed by each other, which the measurement would show.
    let _ = stream.set_nodelay(true);
    let config = WebSocketConfig::default().read_buffer_size(READ_BYTES);
    let socket = match timeout(UPGRADE_TIMEOUT, accept_async_with_config(stream, Some(config))).await {
        Ok(Ok(socket)) => socket,
        Ok(Err(error)) => return board.borrow_mut().fail(format!("the provider's upgrade failed: {error}")),
        Err(_) => return board.borrow_mut().fail("the provider's upgrade took too long".to_owned()),
    };
    let talk = board.borrow_mut().add_talk();
    let Some(talk) = talk else {
        return board.borrow_mut().fail("more provider connections than can be distinguished".to_owned());
    };
    let ended = converse(socket, talk, Rc::clone(&board)).await;
    board.borrow_mut().talk_closed(talk, Instant::now(), &ended);
}

/// Runs the conversation to its end. Returns how it ended.
async fn converse(mut socket: WebSocketStream<TcpStream>, talk: TalkNumber, board: SharedBoard) -> String {
    let (mut conversation, created) = Conversation::new(talk, Rc::clone(&board), unix_s());
    let mut events = vec![created];
    loop {
        if let Err(why) = send(&mut socket, events).await {
            return why;
        }
        let due = conversation.next_at();
        events = tokio::select! {
            received = socket.next() => match received {
                Some(Ok(Message::Text(text))) => match conversation.receive(&text, Instant::now()) {
                    Ok(events) => events,
                    Err(why) => return why,
                },
                // The end is timed by its first sign.
                Some(Ok(Message::Close(_))) => {
                    board.borrow_mut().talk_closed(talk, Instant::now(), "closed by the server");
                    // Reading further sends the answer to the close frame.
                    while let Ok(Some(Ok(_))) = timeout(PATIENCE, socket.next()).await {}
                    return "closed by the server".to_owned();
                }
                Some(Ok(_)) => Vec::new(),
                Some(Err(error)) => return error.to_string(),
                None => return "closed by the server".to_owned(),
            },
            () = sleep_until(due.unwrap_or_else(Instant::now).into()), if due.is_some() => {
                conversation.tick(Instant::now())
            }
        };
    }
}

/// Sends events in one write if the kernel accepts them whole.
async fn send(socket: &mut WebSocketStream<TcpStream>, events: Vec<String>) -> Result<(), String> {
    if events.is_empty() {
        return Ok(());
    }
    let sending = async {
        for event in events {
            socket.feed(Message::text(event)).await?;
        }
        socket.flush().await
    };
    match timeout(PATIENCE, sending).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(format!("an event can't be sent: {error}")),
        Err(_) => Err(format!("the server has read nothing for {} s", PATIENCE.as_secs())),
    }
}

fn unix_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
