//! The AMI port of an Asterisk without calls: it records who signs in, and how. Its channels and events are those that the test supplies. It
//! runs as tasks of the current runtime, whose clock may be paused.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::message::Message;
use crate::clock::now;
use crate::loopback::own_address;

/// The first line that Asterisk sends.
const BANNER: &str = "Asterisk Call Manager/11.0.0\r\n";
/// How long Asterisk takes to refuse a login.
const REFUSAL: Duration = Duration::from_secs(1);

/// The header of an answer that a list follows.
const LIST: &str = "EventList: start\r\nMessage: A listing will follow\r\n";
/// How many unread events a connection may have.
const EVENTS_MAX: usize = 64;

/// How the port behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// An Asterisk that has started completely.
    Whole,
    /// One that does not announce that it has started, because the user's `read` classes don't include `system`.
    Unspoken,
    /// One that does not know the user.
    Refusing,
    /// A connection over which nothing comes.
    Mute,
    /// Another program, which sends this first.
    Other(&'static str),
}

/// An action that a program sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acted {
    /// When it was read.
    pub at: Instant,
    /// The action.
    pub action: Message,
}

#[derive(Debug)]
struct Shared {
    manner: Mutex<Manner>,
    accepted: Mutex<Vec<Instant>>,
    acted: Mutex<Vec<Acted>>,
    /// How often all connections were closed.
    cuts: watch::Sender<u32>,
    /// The lines of each channel, as they appear in a list.
    channels: Mutex<Vec<String>>,
    /// Events for every connected client.
    says: broadcast::Sender<String>,
}

/// The port. It is closed on drop.
#[derive(Debug)]
pub struct AmiPort {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

impl AmiPort {
    /// Opens a port on the loopback interface, as tasks of the current runtime.
    ///
    /// # Errors
    /// The system has no free port.
    pub async fn open_here(manner: Manner) -> io::Result<Self> {
        let listener = TcpListener::bind((own_address(), 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            manner: Mutex::new(manner),
            accepted: Mutex::default(),
            acted: Mutex::default(),
            cuts: watch::Sender::new(0),
            channels: Mutex::default(),
            says: broadcast::Sender::new(EVENTS_MAX),
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Ok(Self { address, shared, accepting })
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sets the behaviour from now on.
    pub fn set_manner(&self, manner: Manner) {
        *lock(&self.shared.manner) = manner;
    }

    /// Closes every connection.
    pub fn cut(&self) {
        self.shared.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Sets the channels from now on, each by its lines in a list.
    pub fn has(&self, channels: &[String]) {
        *lock(&self.shared.channels) = channels.to_vec();
    }

    /// Sends an event to every connection, by its lines.
    pub fn say(&self, lines: &str) {
        // The event is lost if nobody is connected.
        let _ = self.shared.says.send(message(lines));
    }

    /// Returns when each connection came.
    #[must_use]
    pub fn accepted(&self) -> Vec<Instant> {
        lock(&self.shared.accepted).clone()
    }

    /// Returns every action so far.
    #[must_use]
    pub fn acted(&self) -> Vec<Acted> {
        lock(&self.shared.acted).clone()
    }
}

impl Drop for AmiPort {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        lock(&shared.accepted).push(now());
        let (shared, mut cuts) = (Arc::clone(&shared), shared.cuts.subscribe());
        tokio::spawn(async move {
            tokio::select! {
                biased;
                _ = cuts.changed() => {}
                _ = serve(stream, &shared) => {}
            }
        });
    }
}

/// Answers until the program disconnects.
async fn serve(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    // The kernel holds a second answer back until the first is acknowledged, 40 ms of real time. By then a paused clock is far ahead.
    stream.set_nodelay(true)?;
    let manner = *lock(&shared.manner);
    match manner {
        Manner::Mute => {}
        Manner::Other(says) => stream.write_all(says.as_bytes()).await?,
        _ => stream.write_all(BANNER.as_bytes()).await?,
    }
    let mut unread: Vec<u8> = Vec::new();
    let mut says = shared.says.subscribe();
    loop {
        let said = tokio::select! {
            biased;
            read = stream.read_buf(&mut unread) => {
                if read? == 0 {
                    return Ok(());
                }
                None
            }
            said = says.recv() => said.ok(),
        };
        if let Some(event) = said {
            stream.write_all(event.as_bytes()).await?;
        }
        while let Some(at) = unread.windows(4).position(|window| window == b"\r\n\r\n") {
            let action = Message::from_text(&String::from_utf8_lossy(&unread[..at]));
            unread.drain(..at + 4);
            lock(&shared.acted).push(Acted { at: now(), action: action.clone() });
            if action.is("Action", "Login") && manner == Manner::Refusing {
                sleep(REFUSAL).await;
            }
            let channels = lock(&shared.channels).clone();
            stream.write_all(answer(&action, manner, &channels).as_bytes()).await?;
            if action.is("Action", "Login") && manner == Manner::Refusing {
                return Ok(());
            }
        }
    }
}

/// Asterisk's answer to an action.
fn answer(action: &Message, manner: Manner, channels: &[String]) -> String {
    let id = action.get("ActionID").unwrap_or_default();
    let response = |kind: &str, more: &str| format!("Response: {kind}\r\nActionID: {id}\r\n{more}\r\n");
    match (action.get("Action").unwrap_or_default(), manner) {
        (_, Manner::Mute | Manner::Other(_)) => String::new(),
        ("Challenge", _) => response("Success", "Challenge: 848210497\r\n"),
        ("Login", Manner::Refusing) => response("Error", "Message: Authentication failed\r\n"),
        ("Login", Manner::Unspoken) => response("Success", "Message: Authentication accepted\r\n"),
        ("Login", _) => {
            let booted = "Event: FullyBooted\r\nPrivilege: system,all\r\nUptime: 25\r\nLastReload: 25\r\nStatus: Fully Booted\r\n\r\n";
            response("Success", "Message: Authentication accepted\r\n") + booted
        }
        ("Ping", _) => response("Success", "Ping: Pong\r\nTimestamp: 1795157717.494749\r\n"),
        ("CoreShowChannels", _) => {
            let row = |lines: &String| message(&format!("Event: CoreShowChannel\nActionID: {id}\n{lines}"));
            let rows: String = channels.iter().map(row).collect();
            response("Success", LIST) + &rows + &end_of_list(id, "CoreShowChannelsComplete")
        }
        ("BridgeList", _) => response("Success", LIST) + &end_of_list(id, "BridgeListComplete"),
        _ => response("Success", ""),
    }
}

/// A message with these lines.
fn message(lines: &str) -> String {
    format!("{}\r\n\r\n", lines.replace('\n', "\r\n"))
}

/// The message that follows a list.
fn end_of_list(id: &str, event: &str) -> String {
    format!("Event: {event}\r\nActionID: {id}\r\nEventList: Complete\r\nListItems: 0\r\n\r\n")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::MessageReader;
    use super::*;

    const CAPTURE: &str =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../captures/asterisk/ami/login-ok.ami2app.bin");

    /// The names of a message's headers, and its kind.
    fn shape(message: &Message) -> (Vec<&str>, Option<&str>) {
        let kind = message.get("Response").or(message.get("Event"));
        (message.headers.iter().map(|(name, _)| name.as_str()).collect(), kind)
    }

    #[test]
    fn it_answers_as_the_capture_does() {
        let bytes = fs::read(CAPTURE).unwrap();
        assert!(bytes.starts_with(BANNER.as_bytes()));
        let read = |bytes: &[u8]| {
            let mut reader = MessageReader::default();
            reader.push(bytes);
            std::iter::from_fn(move || reader.next_message()).collect::<Vec<Message>>()
        };
        let captured = read(&bytes);
        let action = |name: &str| Message {
            headers: vec![("Action".to_owned(), name.to_owned()), ("ActionID".to_owned(), "1".to_owned())],
        };
        let said = BANNER.to_owned()
            + &answer(&action("Login"), Manner::Whole, &[])
            + &answer(&action("Ping"), Manner::Whole, &[]);
        let ours = read(said.as_bytes());
        // Users who may read `security` get an event between them.
        let expected: Vec<&Message> =
            captured.iter().filter(|message| message.event() != "SuccessfulAuth").take(ours.len()).collect();
        assert_eq!(
            ours.iter().map(shape).collect::<Vec<_>>(),
            expected.into_iter().map(shape).collect::<Vec<_>>()
        );
    }
}
