//! The bounded channel of a line: a limit for messages that may be lost, and room for those that may not.
//!
//! Messages are boxed on their way. A channel allocates 32 places at its beginning, and 64 once that many messages
//! have passed. With unboxed messages, whose largest kinds occur once per call, a call's own line took 12 KB.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TryRecvError;

/// The treatment of a message when its line is full. Each kind of message declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// It waits anyway: it ends something, gives something back, or answers a request. There are no more such
    /// messages than open things.
    Waits,
    /// It is lost, and the line makes sure that nothing goes on as if it had arrived.
    Missed,
    /// It is lost: the sender learns that, or the message would be useless later.
    Lost,
}

/// A message of a line with a bound.
pub(crate) trait Bounded {
    /// The treatment of the message if too many wait before it.
    fn when_full(&self) -> WhenFull;
}

/// Why a message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotTaken {
    /// Too many messages wait: it is lost.
    Full(WhenFull),
    /// The mailbox accepts no more messages.
    Closed,
}

/// The number of waiting messages from which a kind of message is refused.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Bound for [`WhenFull::Missed`].
    pub(crate) missed: usize,
    /// Bound for [`WhenFull::Lost`]: smaller, so that these take no room from the others.
    pub(crate) lost: usize,
}

impl Bounds {
    /// The same bound for both.
    pub(crate) const fn of(max: usize) -> Self {
        Self { missed: max, lost: max }
    }
}

/// The sending end of a line.
pub(crate) struct LineSender<T> {
    messages: mpsc::UnboundedSender<Box<T>>,
    waiting: Arc<AtomicUsize>,
    bounds: Bounds,
}

impl<T> Clone for LineSender<T> {
    fn clone(&self) -> Self {
        Self { messages: self.messages.clone(), waiting: Arc::clone(&self.waiting), bounds: self.bounds }
    }
}

/// The mailbox at the end of a line: its waiting messages, in the order in which they were sent.
pub struct Mailbox<T> {
    messages: mpsc::UnboundedReceiver<Box<T>>,
    waiting: Arc<AtomicUsize>,
}

impl<T> fmt::Debug for LineSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineSender").field("waiting", &self.waiting).field("bounds", &self.bounds).finish()
    }
}

impl<T> fmt::Debug for Mailbox<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailbox").field("waiting", &self.waiting).finish()
    }
}

/// Opens a line and its mailbox.
pub(crate) fn open<T: Bounded>(bounds: Bounds) -> (LineSender<T>, Mailbox<T>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let waiting = Arc::<AtomicUsize>::default();
    (
        LineSender { messages: sender, waiting: Arc::clone(&waiting), bounds },
        Mailbox { messages: receiver, waiting },
    )
}

impl<T: Bounded> LineSender<T> {
    /// Sends a message, if there is room for its kind.
    pub(crate) fn send(&self, message: T) -> Result<(), NotTaken> {
        let when_full = message.when_full();
        let most = match when_full {
            WhenFull::Waits => usize::MAX,
            WhenFull::Missed => self.bounds.missed,
            WhenFull::Lost => self.bounds.lost,
        };
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let is_taken = match before < most {
            true => self.messages.send(Box::new(message)).map_err(|_| NotTaken::Closed),
            false if self.messages.is_closed() => Err(NotTaken::Closed),
            false => Err(NotTaken::Full(when_full)),
        };
        is_taken.inspect_err(|_| {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
        })
    }

    /// Number of waiting messages.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }
}

impl<T> Mailbox<T> {
    /// Takes a message out of its box: it no longer waits.
    fn taken(&self, message: Option<Box<T>>) -> Option<T> {
        let message = *message?;
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        Some(message)
    }

    /// The next message; none once no sender is left.
    pub fn poll_recv(&mut self, task: &mut Context<'_>) -> Poll<Option<T>> {
        self.messages.poll_recv(task).map(|message| self.taken(message))
    }

    /// As [`Self::poll_recv`], but waits.
    pub async fn recv(&mut self) -> Option<T> {
        let message = self.messages.recv().await;
        self.taken(message)
    }

    /// Returns the next message, if one waits.
    ///
    /// # Errors
    /// None waits, or no sender is left.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        let message = *self.messages.try_recv()?;
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        Ok(message)
    }

    /// Accepts no more messages; waiting ones can still be received.
    pub fn close(&mut self) {
        self.messages.close();
    }

    /// Whether no sender is left.
    pub fn is_closed(&self) -> bool {
        self.messages.is_closed()
    }

    /// Whether no message waits.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Message(WhenFull, u8);

    impl Bounded for Message {
        fn when_full(&self) -> WhenFull {
            self.0
        }
    }

    const BOUNDS: Bounds = Bounds { missed: 4, lost: 2 };

    fn all_of(mailbox: &mut Mailbox<Message>) -> Vec<u8> {
        std::iter::from_fn(|| mailbox.try_recv().ok()).map(|Message(_, number)| number).collect()
    }

    #[test]
    fn each_kind_has_its_room_and_keeps_its_order() {
        let (way, mut mailbox) = open(BOUNDS);
        let send = |when_full, number| way.send(Message(when_full, number));
        let sent = [
            send(WhenFull::Lost, 1),
            send(WhenFull::Lost, 2),
            send(WhenFull::Lost, 3),
            send(WhenFull::Missed, 4),
            send(WhenFull::Missed, 5),
            send(WhenFull::Missed, 6),
            send(WhenFull::Waits, 7),
            send(WhenFull::Waits, 8),
        ];
        let refused: Vec<usize> = (0..sent.len()).filter(|at| sent[*at].is_err()).collect();
        assert_eq!(refused, [2, 5]);
        assert_eq!(sent[2], Err(NotTaken::Full(WhenFull::Lost)));
        assert_eq!(sent[5], Err(NotTaken::Full(WhenFull::Missed)));
        assert_eq!(way.waiting(), 6);
        assert_eq!(all_of(&mut mailbox), [1, 2, 4, 5, 7, 8]);
        assert_eq!(way.waiting(), 0);
        send(WhenFull::Lost, 9).unwrap();
        assert_eq!(all_of(&mut mailbox), [9]);
    }

    #[test]
    fn a_closed_mailbox_differs_from_a_full_one() {
        let (way, mut mailbox) = open(BOUNDS);
        let send = |when_full| way.send(Message(when_full, 0));
        (0..4).for_each(|_| send(WhenFull::Missed).unwrap());
        assert_eq!(send(WhenFull::Lost), Err(NotTaken::Full(WhenFull::Lost)));
        mailbox.close();
        for when_full in [WhenFull::Lost, WhenFull::Missed, WhenFull::Waits] {
            assert_eq!(send(when_full), Err(NotTaken::Closed), "{when_full:?}");
        }
        assert_eq!(all_of(&mut mailbox).len(), 4, "earlier messages still wait");
    }
}
