//! A stream of recognition that reconnects when it is lost in the middle of a call, while the call goes on.
//!
//! The caller's audio is kept until its final words are known, and so is the audio of the gap: the next stream gets both. If a
//! reconnect would meet the same loss, or several attempts have failed, the recognition has failed.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use cordboard_schema::audio::WireFormat;
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::wire::deepgram::{ListenEvent, ListenMessage, settled_ms};
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use super::failures::Part;
use super::recognizer::Recognized;
use crate::assistant::remote::connection::{Connection, Packet};
use crate::assistant::remote::loss::kept_words;
use crate::assistant::remote::secrets::Secrets;
use crate::assistant::remote::{Loss, Retry};

/// Pauses before each attempt to reconnect.
const PAUSES: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(250), Duration::from_millis(500), Duration::from_millis(1_000)];
/// Time that all attempts may take: a caller who speaks gets no answer meanwhile.
const ATTEMPTS_MAX: Duration = Duration::from_secs(4);
/// A stream that was up for this long resets the count of attempts when it is lost.
const UP_MIN: Duration = Duration::from_secs(10);
/// Longest audio that is kept for the next stream, in ms; beyond it the oldest is dropped.
const KEPT_MS_MAX: u64 = 8_000;
/// Time for the final words of the audio that the next stream gets again.
const HEARS_AGAIN_MAX: Duration = Duration::from_millis(1_500);
/// Silence that a stream begins with if there is no audio, in ms: a stream without any audio ends after 10 s.
const FIRST_MS: u32 = 100;

/// Connects to the recognizer.
pub(super) type Dial = Box<dyn Fn() -> LocalBoxFuture<'static, Result<Connection, Loss>>>;

/// A piece of audio, and its position in the stream, in ms.
#[derive(Debug)]
struct Piece {
    from_ms: u64,
    until_ms: u64,
    bytes: Box<[u8]>,
}

/// Audio without final words from the recognizer, oldest first.
#[derive(Debug, Default)]
struct Kept {
    pieces: VecDeque<Piece>,
    /// Audio that was sent to the present stream, in ms.
    sent_ms: u64,
    /// Audio at the beginning of the stream, in ms, that the previous stream gave no final words for and whose words are not all
    /// known yet. 0 if there is none.
    again_ms: u64,
}

impl Kept {
    /// Adds a piece of this length in ms.
    fn push(&mut self, audio: &[u8], ms: u64) {
        let from_ms = self.sent_ms;
        self.sent_ms += ms;
        self.pieces.push_back(Piece { from_ms, until_ms: self.sent_ms, bytes: audio.into() });
        self.settled(self.sent_ms.saturating_sub(KEPT_MS_MAX));
    }

    /// Notes that the words of all audio before this position are final.
    fn settled(&mut self, ms: u64) {
        while self.pieces.front().is_some_and(|piece| piece.until_ms <= ms) {
            self.pieces.pop_front();
        }
    }

    /// Notes final words of all audio before this position. Long speech has some final words before the last ones.
    fn heard(&mut self, ms: u64, ends_speech: bool) {
        self.settled(ms);
        if ends_speech || ms >= self.again_ms {
            self.again_ms = 0;
        }
    }

    /// Starts another stream with the kept audio.
    fn restart(&mut self) {
        let gone = self.pieces.front().map_or(self.sent_ms, |piece| piece.from_ms);
        for piece in &mut self.pieces {
            piece.from_ms -= gone;
            piece.until_ms -= gone;
        }
        self.sent_ms -= gone;
        self.again_ms = self.sent_ms;
    }
}

/// A lost stream, and the attempts to reconnect.
struct Gap {
    cause: Loss,
    since: Instant,
    /// Number of attempts that were started.
    attempts: usize,
    step: Step,
}

enum Step {
    Pause(Pin<Box<Sleep>>),
    Dialling(LocalBoxFuture<'static, Result<Connection, Loss>>),
}

enum State {
    Open(Box<Connection>, Instant),
    Lost(Gap),
}

/// See the module's description.
pub(super) struct Listening {
    dial: Dial,
    format: WireFormat,
    state: State,
    kept: Kept,
    /// Attempts for losses that followed one another too soon.
    attempts: usize,
    /// The final words were requested while no stream was connected.
    is_asked: bool,
    /// It was reconnected because it reported nothing, and has reported nothing since.
    was_silent: bool,
}

impl fmt::Debug for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listening").field("attempts", &self.attempts).finish_non_exhaustive()
    }
}

impl Listening {
    /// Returns a stream of audio in this format, over this connection at first.
    pub(super) fn new(dial: Dial, format: WireFormat, first: Connection) -> Self {
        Self {
            dial,
            format,
            state: State::Open(Box::new(first), Instant::now()),
            kept: Kept::default(),
            attempts: 0,
            is_asked: false,
            was_silent: false,
        }
    }

    /// Returns whether words are still expected of what was said while the stream was lost, or shortly before.
    pub(super) fn awaits_words(&self) -> bool {
        match &self.state {
            State::Lost(_) => true,
            State::Open(_, since) => self.kept.again_ms > 0 && since.elapsed() < HEARS_AGAIN_MAX,
        }
    }

    /// Sends audio of the caller.
    ///
    /// # Errors
    /// The recognition is lost for good.
    pub(super) fn hear(&mut self, audio: &[u8]) -> Result<(), Loss> {
        self.kept.push(audio, self.ms_of(audio));
        let State::Open(connection, _) = &mut self.state else { return Ok(()) };
        let sent = connection.send_audio(Packet::Binary(audio.to_vec().into()));
        sent.or_else(|loss| self.lost(Part::Recognizer.lost(loss)))
    }

    /// Sends a control message.
    ///
    /// # Errors
    /// The recognition is lost for good.
    pub(super) fn control(&mut self, message: ListenMessage) -> Result<(), Loss> {
        let State::Open(connection, _) = &mut self.state else {
            self.is_asked |= message == ListenMessage::Finalize;
            return Ok(());
        };
        let sent = connection.send(message.as_text().to_owned());
        sent.or_else(|loss| self.lost(Part::Recognizer.lost(loss)))
    }

    /// Handles a stream that has reported nothing for too long although words are due: reconnects, once.
    ///
    /// # Errors
    /// The second connection reports nothing, either.
    pub(super) fn stalled(&mut self, loss: Loss) -> Result<(), Loss> {
        if matches!(self.state, State::Lost(_)) {
            // A reconnect is under way already, and finds out whether the service works.
            return Ok(());
        }
        if std::mem::replace(&mut self.was_silent, true) { Err(loss) } else { self.lost(loss) }
    }

    /// Polls the next event.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Recognized, Loss>> {
        loop {
            let gap = match &mut self.state {
                State::Lost(gap) => gap,
                State::Open(connection, _) => {
                    let Poll::Ready(packet) = connection.poll_packet(cx) else { return Poll::Pending };
                    let secrets = connection.secrets().clone();
                    match packet
                        .map_err(|loss| Part::Recognizer.lost(loss))
                        .and_then(|packet| self.read(&packet, &secrets))
                    {
                        Ok(recognized) => return Poll::Ready(Ok(recognized)),
                        Err(loss) => self.lost(loss)?,
                    }
                    continue;
                }
            };
            match &mut gap.step {
                Step::Pause(pause) => {
                    if pause.as_mut().poll(cx).is_pending() {
                        return Poll::Pending;
                    }
                    let left = ATTEMPTS_MAX.saturating_sub(gap.since.elapsed());
                    let dialled = timeout(left, (self.dial)());
                    gap.step = Step::Dialling(
                        async move {
                            dialled.await.unwrap_or_else(|_| {
                                let reason = "no connection in time";
                                Err(Part::Recognizer.loss(ProviderFailure::Unreachable, reason, Retry::Soon))
                            })
                        }
                        .boxed_local(),
                    );
                }
                Step::Dialling(dialling) => match dialling.poll_unpin(cx) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Err(loss)) => gap.failed(&loss)?,
                    Poll::Ready(Ok(connection)) => {
                        let finding = format!(
                            "{}; it was reconnected after {} ms",
                            gap.cause.fault.reason,
                            gap.since.elapsed().as_millis()
                        );
                        self.attempts = gap.attempts;
                        self.resume(connection)?;
                        return Poll::Ready(Ok(Recognized::Reconnected(finding)));
                    }
                },
            }
        }
    }

    fn read(&mut self, packet: &Packet, secrets: &Secrets) -> Result<Recognized, Loss> {
        let Some(text) = packet.text() else { return Ok(Recognized::Rubbish("bytes".to_owned())) };
        match ListenEvent::parse(text) {
            Ok(ListenEvent::Error { code, description }) => {
                let reason = format!("{code} {description}");
                let loss = Part::Recognizer.loss(ProviderFailure::ProviderError, reason.trim(), Retry::Soon);
                Err(secrets.out_of_loss(loss))
            }
            Ok(event) => {
                self.was_silent = false;
                if let Some(ms) = settled_ms(text) {
                    let ends_speech = matches!(event, ListenEvent::Words { speech_final: true, .. });
                    self.kept.heard(ms, ends_speech);
                }
                Ok(Recognized::Event(event))
            }
            Err(error) => Ok(Recognized::Rubbish(secrets.out_of(error.to_string()))),
        }
    }

    /// Handles the loss of the stream: starts to reconnect.
    fn lost(&mut self, cause: Loss) -> Result<(), Loss> {
        if cause.retry == Retry::Never {
            return Err(cause);
        }
        if let State::Open(_, since) = &self.state
            && since.elapsed() >= UP_MIN
        {
            self.attempts = 0;
        }
        let now = Instant::now();
        let mut gap =
            Gap { cause, since: now, attempts: self.attempts, step: Step::Pause(Box::pin(sleep_until(now))) };
        gap.pause()?;
        self.state = State::Lost(gap);
        Ok(())
    }

    /// Takes over a new stream: sends it the speech that the last one reported no words for, and all later speech.
    fn resume(&mut self, mut connection: Connection) -> Result<(), Loss> {
        let failed = |loss| Part::Recognizer.lost(loss);
        self.kept.restart();
        if self.kept.pieces.is_empty() {
            let octet = if self.format.law.is_some() { 0xff } else { 0 };
            let bytes = vec![octet; self.format.rate.samples_in_ms(FIRST_MS) * self.sample_bytes()];
            self.kept.sent_ms = FIRST_MS.into();
            connection.send(Packet::Binary(bytes.into())).map_err(failed)?;
        }
        for piece in &self.kept.pieces {
            connection.send(Packet::Binary(piece.bytes.to_vec().into())).map_err(failed)?;
        }
        if std::mem::take(&mut self.is_asked) {
            connection.send(ListenMessage::Finalize.as_text().to_owned()).map_err(failed)?;
        }
        self.state = State::Open(Box::new(connection), Instant::now());
        Ok(())
    }

    fn sample_bytes(&self) -> usize {
        if self.format.law.is_some() { 1 } else { 2 }
    }

    fn ms_of(&self, audio: &[u8]) -> u64 {
        self.format.rate.ms_of_samples((audio.len() / self.sample_bytes()) as u64)
    }

    /// Closes the stream.
    pub(super) async fn close(self) {
        if let State::Open(mut connection, _) = self.state {
            // No more audio is sent, and no more words are expected.
            let _ = connection.send(ListenMessage::CloseStream.as_text().to_owned());
            (*connection).close().await;
        }
    }
}

impl Gap {
    /// Waits for the next attempt.
    ///
    /// # Errors
    /// All attempts are used up.
    fn pause(&mut self) -> Result<(), Loss> {
        let Some(pause) = PAUSES.get(self.attempts) else { return Err(self.cause.clone()) };
        self.attempts += 1;
        self.step = Step::Pause(Box::pin(sleep_until(Instant::now() + *pause)));
        Ok(())
    }

    /// Handles a failed attempt.
    ///
    /// # Errors
    /// It was the last one; the error is the loss of the stream.
    fn failed(&mut self, loss: &Loss) -> Result<(), Loss> {
        if loss.retry == Retry::Never {
            return Err(loss.clone());
        }
        let is_late = self.since.elapsed() >= ATTEMPTS_MAX;
        let (count, mut cause) = (self.attempts, self.cause.clone());
        cause.fault.reason = kept_words(&format!(
            "{} ({count} attempts to reconnect have failed, the last one: {})",
            cause.fault.reason, loss.fault.reason
        ));
        if is_late || self.pause().is_err() { Err(cause) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(kept: &Kept) -> Vec<u64> {
        kept.pieces.iter().map(|piece| piece.until_ms).collect()
    }

    #[test]
    fn audio_is_kept_until_its_words_are_final() {
        let mut kept = Kept::default();
        for _ in 0..5 {
            kept.push(&[1; 160], 20);
        }
        kept.settled(50);
        assert_eq!(ends(&kept), [60, 80, 100]);
        kept.restart();
        assert_eq!(
            (ends(&kept), kept.sent_ms),
            (vec![20, 40, 60], 60),
            "the next stream counts from its beginning"
        );
        kept.push(&[1; 160], 20);
        assert_eq!(ends(&kept), [20, 40, 60, 80]);
        kept.settled(1_000);
        kept.restart();
        assert_eq!((ends(&kept), kept.sent_ms), (Vec::new(), 0));
    }

    /// The first part of a long sentence would be answered, and the rest would become another turn.
    #[test]
    fn words_from_a_gap_are_awaited_until_complete() {
        for (ends_at, ends_speech) in [(4_000, false), (3_500, true)] {
            let mut kept = Kept::default();
            kept.push(&[1; 160], 1_000);
            kept.settled(1_000);
            for _ in 0..40 {
                kept.push(&[1; 160], 100);
            }
            assert_eq!(kept.again_ms, 0, "no stream was lost");
            kept.restart();
            assert_eq!(kept.again_ms, 4_000);
            kept.push(&[1; 160], 500);
            kept.heard(2_000, false);
            assert_eq!(kept.again_ms, 4_000, "more of it is to come");
            kept.heard(ends_at, ends_speech);
            assert_eq!(kept.again_ms, 0);
        }
        let mut kept = Kept::default();
        kept.push(&[1; 160], 100);
        kept.settled(100);
        kept.restart();
        assert_eq!(kept.again_ms, 0, "no words are owed");
    }

    #[test]
    fn a_long_gap_keeps_the_newest_audio() {
        let mut kept = Kept::default();
        for number in 0..1_000_u32 {
            kept.push(&number.to_le_bytes(), 20);
        }
        assert_eq!(kept.pieces.len() as u64, KEPT_MS_MAX / 20);
        assert_eq!(kept.pieces.back().unwrap().bytes[..], 999_u32.to_le_bytes());
    }
}
