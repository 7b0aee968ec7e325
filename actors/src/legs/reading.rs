//! Reads a leg whose connection brings messages of any kind. Messages that arrived together are heard together.

use std::fmt::Display;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

/// Messages in a row before other tasks get their turn: 1.3 s of audio.
const MESSAGES_IN_A_ROW_MAX: usize = 64;

/// A source of messages.
pub(crate) trait MessageSource {
    /// The type of its messages.
    type Message;

    /// Returns the next message; none once the connection has ended.
    fn next(&mut self) -> impl Future<Output = Option<Self::Message>>;

    /// Returns the next message, if one has arrived. The next turn sees the end of the connection.
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

    /// Handles a message, or the end of the connection (`None`). Returns how reading ended, if it has ended.
    fn take(&mut self, message: Option<Self::Message>) -> Option<Self::End>;

    /// Gives the audio of the messages that came together to the leg's mouth.
    fn speak(&mut self);
}

/// Reads a leg until its connection ends. Returns none if nothing arrives for `silent_max`. After a panic it can be called again
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

/// Unexpected messages. They are skipped and counted, and the first one is logged.
#[derive(Debug)]
pub(crate) struct OddMessages {
    /// Name of their sender, for the log.
    sender: &'static str,
    pub(crate) count: u64,
}

impl OddMessages {
    /// Starts the count for messages of the leg's `sender`.
    pub(crate) const fn of(sender: &'static str) -> Self {
        Self { sender, count: 0 }
    }

    /// Counts a message.
    pub(crate) fn note(&mut self, what: &dyn Display) {
        if self.count == 0 {
            tracing::warn!("skipped a message of the leg's {}: {what}", self.sender);
        }
        self.count += 1;
    }
}
