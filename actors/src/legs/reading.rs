//! Reading of a leg whose connection brings messages of any kind. Messages that came together are heard together.

use std::fmt::Display;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

/// Messages in a row before others get their turn: 1.3 s of sound.
const MESSAGES_IN_A_ROW_MAX: usize = 64;

/// A source of messages.
pub(crate) trait MessageSource {
    /// The type of its messages.
    type Message;

    /// The next message; none once the connection has ended.
    fn next(&mut self) -> impl Future<Output = Option<Self::Message>>;

    /// The next message, if it is there already. The next turn sees the end of the connection.
    fn next_there(&mut self) -> Option<Self::Message>;
}

impl<M> MessageSource for mpsc::Receiver<M> {
    type Message = M;

    async fn next(&mut self) -> Option<M> {
        self.recv().await
    }

    fn next_there(&mut self) -> Option<M> {
        self.try_recv().ok()
    }
}

/// The receiver of messages.
pub(crate) trait MessageHearing {
    /// The type of its messages.
    type Message;
    /// How reading ended.
    type End;

    /// Takes a message in, or the end of the connection (`None`). Returns the end of reading, if it has ended.
    fn take(&mut self, message: Option<Self::Message>) -> Option<Self::End>;

    /// Gives the audio of the messages that came together to the leg's mouth.
    fn speak(&mut self);
}

/// Reads a leg until its connection ends, or brings nothing for `silent_max`: then the answer is none. After a panic it can be called again
/// with the same `hearing`.
pub(crate) async fn read_messages<H: MessageHearing>(
    hearing: &mut H,
    source: &mut impl MessageSource<Message = H::Message>,
    silent_max: Option<Duration>,
) -> Option<H::End> {
    loop {
        #[cfg(feature = "fault-injection")]
        crate::fault::strike(crate::fault::Fault::PanicInReading);
        let mut message = match silent_max {
            Some(silent_max) => timeout(silent_max, source.next()).await.ok()?,
            None => source.next().await,
        };
        let mut end = None;
        for _ in 0..MESSAGES_IN_A_ROW_MAX {
            end = hearing.take(message);
            if end.is_some() {
                break;
            }
            match source.next_there() {
                Some(next) => message = Some(next),
                None => break,
            }
        }
        hearing.speak();
        if end.is_some() {
            return end;
        }
        tokio::task::consume_budget().await;
    }
}

/// Messages that nobody should send: passed over, counted, and said once.
#[derive(Debug)]
pub(crate) struct OddMessages {
    /// Name of their sender, for the log.
    sender: &'static str,
    pub(crate) count: u64,
}

impl OddMessages {
    /// None yet, of the leg's `sender`.
    pub(crate) const fn of(sender: &'static str) -> Self {
        Self { sender, count: 0 }
    }

    /// One more.
    pub(crate) fn note(&mut self, what: &dyn Display) {
        if self.count == 0 {
            tracing::warn!("passed over a message of the leg's {}: {what}", self.sender);
        }
        self.count += 1;
    }
}
