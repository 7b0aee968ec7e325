//! A small blocking AMI client: what a test asks of Asterisk, and what Asterisk reports. [`AmiPort`] is the other end, for a program that
//! connects in virtual time.

mod message;
mod port;

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

pub use self::message::{Message, MessageReader};
pub use self::port::{AmiPort, Manner};

/// Asterisk answers within milliseconds; a refused login takes 1 s.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// Why AMI gave no answer, or a bad one.
#[derive(Debug, thiserror::Error)]
pub enum AmiError {
    /// The connection.
    #[error("AMI connection: {0}")]
    Io(#[from] io::Error),
    /// Asterisk answered an action with an error.
    #[error("asterisk refused {action}: {reason}")]
    Refused {
        /// The action.
        action: String,
        /// Asterisk's own words.
        reason: String,
    },
    /// An answer or event did not come in time.
    #[error("AMI: {awaited} did not come within {limit:?}; {seen} messages came, the last ones: {last}")]
    Missing {
        /// The awaited event.
        awaited: String,
        /// How long.
        limit: Duration,
        /// How many messages came in the meantime.
        seen: usize,
        /// The names of the last events.
        last: String,
    },
}

/// Everything that has arrived since the login. It is kept because a test may look for an event that came before the test asked for it.
#[derive(Debug, Default)]
struct Inbox {
    messages: Mutex<Vec<Message>>,
    arrived: Condvar,
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, Vec<Message>> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A position in the stream of messages: what came before it does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(usize);

impl Mark {
    /// The login.
    pub const START: Self = Self(0);
}

/// A logged-in connection. Closed when dropped.
#[derive(Debug)]
pub struct Ami {
    stream: TcpStream,
    inbox: Arc<Inbox>,
    next_action: AtomicU64,
}

/// A call for Asterisk to make. [`Ami::originate`] starts it.
#[derive(Debug, Clone)]
pub struct Originate<'a> {
    /// Dialled channel, for example `Local/100@outside/n`.
    pub channel: &'a str,
    /// The place where the other end of the dialled channel runs once answered: `context,exten,priority`.
    pub place: (&'a str, &'a str),
    /// The caller's number.
    pub caller: &'a str,
    /// Channel variables for `place`.
    pub variables: &'a [(&'a str, &'a str)],
    /// The Uniqueid of the (first) channel: events name the call by it.
    pub channel_id: &'a str,
}

impl Ami {
    /// Connects and logs in.
    ///
    /// # Errors
    /// No connection, or [`AmiError::Refused`] for a wrong secret.
    pub fn connect(address: SocketAddr, user: &str, secret: &str) -> Result<Self, AmiError> {
        let stream = TcpStream::connect_timeout(&address, ANSWER_LIMIT)?;
        stream.set_nodelay(true)?;
        let inbox = Arc::new(Inbox::default());
        let (reading, filled) = (stream.try_clone()?, Arc::clone(&inbox));
        thread::spawn(move || read_all(reading, &filled));

        let ami = Self { stream, inbox, next_action: AtomicU64::new(1) };
        ami.action("Login", &[("Username", user), ("Secret", secret)])?;
        Ok(ami)
    }

    /// Waits until Asterisk accepts calls: it accepts logins some 20 ms earlier.
    ///
    /// # Errors
    /// It did not within `limit`.
    pub fn wait_fully_booted(&self, limit: Duration) -> Result<(), AmiError> {
        self.wait_for(Mark::START, limit, "FullyBooted", |message| message.event() == "FullyBooted").map(drop)
    }

    /// Sends an action and waits for its answer.
    ///
    /// # Errors
    /// [`AmiError::Refused`] when the answer is an error.
    pub fn action(&self, name: &str, headers: &[(&str, &str)]) -> Result<Message, AmiError> {
        let mark = self.mark();
        let id = format!("test-{}", self.next_action.fetch_add(1, Ordering::Relaxed));
        let mut text = format!("Action: {name}\r\nActionID: {id}\r\n");
        for (header, value) in headers {
            text += &format!("{header}: {}\r\n", value.replace(['\r', '\n'], " "));
        }
        text += "\r\n";
        (&self.stream).write_all(text.as_bytes())?;

        let answer = self.wait_for(mark, ANSWER_LIMIT, &format!("the answer to {name}"), |message| {
            message.is("ActionID", &id) && message.get("Response").is_some()
        })?;
        if answer.is("Response", "Error") {
            let reason = answer.get("Message").unwrap_or_default().to_owned();
            return Err(AmiError::Refused { action: name.to_owned(), reason });
        }
        Ok(answer)
    }

    /// Sends an action that answers with a list, and returns its entries.
    ///
    /// # Errors
    /// The action was refused, or the list has no end.
    pub fn list(&self, name: &str, headers: &[(&str, &str)]) -> Result<Vec<Message>, AmiError> {
        let mark = self.mark();
        let answer = self.action(name, headers)?;
        let id = answer.get("ActionID").unwrap_or_default();
        self.wait_for(mark, ANSWER_LIMIT, &format!("the end of the list of {name}"), |message| {
            message.is("ActionID", id) && message.is("EventList", "Complete")
        })?;
        let is_entry = |message: &&Message| {
            message.is("ActionID", id) && message.get("Event").is_some() && message.get("EventList").is_none()
        };
        Ok(self.inbox.lock()[mark.0..].iter().filter(is_entry).cloned().collect())
    }

    /// Returns all channels that exist now.
    ///
    /// # Errors
    /// As [`Ami::list`].
    pub fn channels(&self) -> Result<Vec<Message>, AmiError> {
        self.list("CoreShowChannels", &[])
    }

    /// Starts a call and returns when Asterisk has accepted the request; events report how the call goes on.
    ///
    /// # Errors
    /// Asterisk refuses: the place does not exist, or a header is missing.
    pub fn originate(&self, call: &Originate<'_>) -> Result<(), AmiError> {
        let (context, exten) = call.place;
        let other_id = format!("{}-other", call.channel_id);
        let variables: Vec<String> =
            call.variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut headers = vec![
            ("Channel", call.channel),
            ("Context", context),
            ("Exten", exten),
            ("Priority", "1"),
            ("CallerID", call.caller),
            ("Async", "true"),
            ("ChannelId", call.channel_id),
            ("OtherChannelId", &other_id),
        ];
        headers.extend(variables.iter().map(|variable| ("Variable", variable.as_str())));
        self.action("Originate", &headers).map(drop)
    }

    /// Hangs a channel up, by name or Uniqueid.
    ///
    /// # Errors
    /// There is no such channel (any more).
    pub fn hangup(&self, channel: &str) -> Result<(), AmiError> {
        self.action("Hangup", &[("Channel", channel), ("Cause", "16")]).map(drop)
    }

    /// Presses a key on a channel, as if its telephone had sent it.
    ///
    /// # Errors
    /// There is no such channel.
    pub fn press(&self, channel: &str, digit: char) -> Result<(), AmiError> {
        let digit = digit.to_string();
        self.action("PlayDTMF", &[("Channel", channel), ("Digit", &digit), ("Receive", "true")]).map(drop)
    }

    /// Returns the value of a variable or function of a channel; empty when it is not set.
    ///
    /// # Errors
    /// There is no such channel.
    pub fn variable(&self, channel: &str, name: &str) -> Result<String, AmiError> {
        let answer = self.action("Getvar", &[("Channel", channel), ("Variable", name)])?;
        Ok(answer.get("Value").unwrap_or_default().to_owned())
    }

    /// Returns the current end of the stream.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark(self.inbox.lock().len())
    }

    /// Returns everything that came after `mark`.
    #[must_use]
    pub fn since(&self, mark: Mark) -> Vec<Message> {
        self.inbox.lock()[mark.0..].to_vec()
    }

    /// Waits for a message after `mark` for which `is_it` is true; one that has already arrived counts.
    ///
    /// # Errors
    /// [`AmiError::Missing`] after `limit`.
    pub fn wait_for(
        &self,
        mark: Mark,
        limit: Duration,
        awaited: &str,
        is_it: impl Fn(&Message) -> bool,
    ) -> Result<Message, AmiError> {
        let deadline = Instant::now() + limit;
        let mut messages = self.inbox.lock();
        let mut looked_at = mark.0;
        loop {
            if let Some(found) = messages[looked_at..].iter().find(|message| is_it(message)) {
                return Ok(found.clone());
            }
            looked_at = messages.len();
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(missing(awaited, limit, &messages[mark.0..]));
            }
            messages =
                self.inbox.arrived.wait_timeout(messages, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits for an event `name` with all these headers.
    ///
    /// # Errors
    /// [`AmiError::Missing`] after `limit`.
    pub fn wait_event(
        &self,
        mark: Mark,
        limit: Duration,
        name: &str,
        headers: &[(&str, &str)],
    ) -> Result<Message, AmiError> {
        self.wait_for(mark, limit, &format!("event {name} {headers:?}"), |message| {
            message.event() == name && headers.iter().all(|(header, value)| message.is(header, value))
        })
    }
}

impl Drop for Ami {
    fn drop(&mut self) {
        // The reader thread ends with the connection. An error means that it is closed already.
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

fn missing(awaited: &str, limit: Duration, messages: &[Message]) -> AmiError {
    let last: Vec<&str> = messages.iter().rev().take(12).map(Message::event).collect();
    AmiError::Missing { awaited: awaited.to_owned(), limit, seen: messages.len(), last: last.join(", ") }
}

fn read_all(mut stream: TcpStream, inbox: &Inbox) {
    let mut reader = MessageReader::default();
    let mut buffer = [0; 16 * 1024];
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        reader.push(&buffer[..count]);
        let whole: Vec<Message> = std::iter::from_fn(|| reader.next_message()).collect();
        inbox.lock().extend(whole);
        inbox.arrived.notify_all();
    }
}
