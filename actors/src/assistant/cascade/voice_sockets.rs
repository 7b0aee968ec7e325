//! Speech by ElevenLabs' WebSocket (`stream-input`): one socket for each answer, which takes its sentences as they are written.
//!
//! Each answer has its own socket, and not a context of `multi-stream-input`, for three reasons: only the close of a socket shows
//! that all sound of an answer has arrived; an interrupted answer ends with its socket, so late sound needs no sorting; and no
//! limit on contexts can be reached. The cost is a connection for each answer. The next one is opened ahead, while an answer is
//! spoken or the caller speaks, so that no answer waits for it.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use cordboard_schema::audio::{Frame, WireFormat};
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::wire::elevenlabs::stream_input::{
    Letter, SoundedWord, SpeechEvent, SpeechMessage, SpeechWords, by_words, pairs,
};
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use tokio::time::{Instant, Sleep, sleep, sleep_until, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use url::Url;

use super::failures::{Part, VOICE_REFUSALS, voice_loss};
use super::settings::ServiceSettings;
use super::turns::Spoken;
use crate::assistant::remote::connection::Connection;
use crate::assistant::remote::place::{self, Place};
use crate::assistant::remote::{Loss, Retry, TargetError};
use crate::live_count::LiveCount;
use crate::outside_access::OutsideAccess;

/// Attempts at an answer, as long as none of its sound has arrived.
const ATTEMPTS: u32 = 2;
/// Pause between two attempts.
const RETRY_AFTER: Duration = Duration::from_millis(100);
/// A socket that was open this long without being used is replaced immediately: the server closes idle ones.
const IDLE_MIN: Duration = Duration::from_secs(10);
/// Messages of one answer that may be unusable.
const BAD_EVENTS_MAX: u32 = 20;
/// The longest message, in bytes: a long sentence of linear sound at 24 kHz in base64, with the times of its letters.
const MESSAGE_BYTES_MAX: usize = 4 << 20;
/// Timeout of a voice's first answer when it is only checked.
const CHECK_TIMEOUT: Duration = Duration::from_millis(3_000);

/// Address and key of the voices.
#[derive(Clone)]
pub(super) struct VoicePlace {
    place: Place,
    base: Url,
    key: Option<String>,
    model: String,
    way: OutsideAccess,
}

/// Leaves the key out.
impl fmt::Debug for VoicePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VoicePlace").field("place", &self.place).finish_non_exhaustive()
    }
}

/// Settings of the speech on a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct VoiceManner {
    pub(super) voice: String,
    pub(super) sound: WireFormat,
    /// Speed of speech in percent; `None` is the default speed.
    pub(super) speed_percent: Option<u16>,
}

impl VoicePlace {
    /// Returns the place of these settings. `names` are the names of the settings of address and key, for errors.
    ///
    /// # Errors
    /// [`TargetError`].
    pub(super) fn new(
        settings: &ServiceSettings,
        names: [&'static str; 2],
        way: OutsideAccess,
    ) -> Result<Self, TargetError> {
        let [url_name, key_name] = names;
        let base = place::socket_url(&settings.base_url, "").ok_or(TargetError::BadUrl(url_name))?;
        let key = settings.key.clone();
        let place = Place::of(&base, key.iter().cloned().collect()).ok_or(TargetError::BadUrl(url_name))?;
        let request = place::request(&base).ok_or(TargetError::BadUrl(url_name))?;
        let request = match &key {
            Some(key) => request.with_header("xi-api-key", key.clone()),
            None => request,
        };
        request.into_client_request().map_err(|_| TargetError::BadHeader(key_name))?;
        Ok(Self { place, base, key, model: settings.model.clone(), way })
    }

    /// Connects, and sends the settings of the speech.
    ///
    /// # Errors
    /// The step that failed, and whether a retry is worthwhile.
    pub(super) async fn dial(self: Arc<Self>, manner: VoiceManner) -> Result<Connection, Loss> {
        let opened = self.open(&manner).await;
        let mut connection = opened.map_err(|loss| Part::Speech.lost(loss))?;
        let begin = SpeechMessage::Begin { speed_percent: manner.speed_percent };
        connection.send(begin.to_text()).map_err(|loss| Part::Speech.lost(loss))?;
        Ok(connection)
    }

    async fn open(&self, manner: &VoiceManner) -> Result<Connection, Loss> {
        let unknown = || {
            Loss::new(ProviderFailure::UnknownModel, "the voice can't be part of an address", Retry::Never)
        };
        let mut url = self.base.clone();
        let mut path = url.path_segments_mut().map_err(|()| unknown())?;
        path.pop_if_empty().extend(["v1", "text-to-speech", &manner.voice, "stream-input"]);
        drop(path);
        url.query_pairs_mut().extend_pairs(pairs(&self.model, manner.sound));
        let request = place::request(&url).ok_or_else(unknown)?;
        let request = match &self.key {
            Some(key) => request.with_header("xi-api-key", key.clone()),
            None => request,
        };
        // Only one connection of a call is counted, that of its recognizer.
        let bounds = (VOICE_REFUSALS, MESSAGE_BYTES_MAX);
        self.place.open(&self.way, request, bounds, LiveCount::new().one_more()).await
    }

    /// Connects to a voice without saying anything, and closes the connection: checks whether it is reachable and accepts the
    /// key.
    ///
    /// # Errors
    /// The fault that a call would meet.
    pub(super) async fn check(self: Arc<Self>, manner: VoiceManner) -> Result<(), Loss> {
        let sound = manner.sound;
        let mut connection = self.dial(manner).await?;
        connection.send(SpeechMessage::End.to_text()).map_err(|loss| Part::Speech.lost(loss))?;
        let said = async {
            loop {
                let packet = std::future::poll_fn(|cx| connection.poll_packet(cx)).await;
                let packet = packet.map_err(|loss| Part::Speech.lost(loss))?;
                match packet.text().map(|text| SpeechEvent::parse(text, sound)) {
                    Some(Ok(SpeechEvent::Failed { code, description })) => {
                        let loss = voice_loss(&code, &description);
                        return Err(connection.secrets().out_of_loss(loss));
                    }
                    Some(Ok(SpeechEvent::Final | SpeechEvent::Sound { .. })) => return Ok(()),
                    _ => {}
                }
            }
        };
        let said = timeout(CHECK_TIMEOUT, said).await.unwrap_or_else(|_| Err(stalled(CHECK_TIMEOUT)));
        match said {
            // Some close the connection instead of sending an event.
            Err(Loss { fault, .. }) if fault.failure == ProviderFailure::Disconnected => Ok(()),
            said => {
                connection.close().await;
                said
            }
        }
    }
}

fn stalled(time: Duration) -> Loss {
    let reason = format!("nothing came within {} ms", time.as_millis());
    Part::Speech.loss(ProviderFailure::Stalled, &reason, Retry::Soon)
}

type Dialling = LocalBoxFuture<'static, Result<Connection, Loss>>;

enum Socket {
    Dialling(Dialling),
    Open(Box<Connection>),
}

/// The answer that is being spoken.
struct Speaking {
    id: u64,
    socket: Socket,
    /// Messages that were sent or wait to be sent. All of them are sent again if the socket is lost before its first sound.
    messages: Vec<SpeechMessage>,
    /// Number of messages that were sent.
    sent: usize,
    has_sound: bool,
    /// Something was sent, and nothing has arrived since.
    is_sound_due: bool,
    attempt: u32,
    bad_events: u32,
    /// When something has to arrive at the latest.
    alarm: Pin<Box<Sleep>>,
}

/// See the module's description.
pub(super) struct VoiceSockets {
    place: Arc<VoicePlace>,
    manner: VoiceManner,
    /// Longest silence of the service.
    silence: Duration,
    /// The socket of the next answer, and since when it connects or is connected.
    next: Option<(Socket, Instant)>,
    speaking: Option<Speaking>,
    ready: VecDeque<(u64, Spoken)>,
    /// Sockets that are closing.
    closing: FuturesUnordered<LocalBoxFuture<'static, ()>>,
}

impl VoiceSockets {
    /// Returns the sockets of a call; the first answer uses this one.
    pub(super) fn new(
        (place, manner): (Arc<VoicePlace>, VoiceManner),
        first: Connection,
        silence: Duration,
    ) -> Self {
        Self {
            place,
            manner,
            silence,
            next: Some((Socket::Open(Box::new(first)), Instant::now())),
            speaking: None,
            ready: VecDeque::new(),
            closing: FuturesUnordered::new(),
        }
    }

    fn dial(&self) -> Dialling {
        Arc::clone(&self.place).dial(self.manner.clone()).boxed_local()
    }

    /// Speaks more words of an answer.
    pub(super) fn speak(&mut self, id: u64, words: &str, is_last: bool) {
        // A message without words would end the answer at the server.
        let message = SpeechWords::new(words).map(|words| match is_last {
            true => SpeechMessage::Flush(words),
            false => SpeechMessage::Words(words),
        });
        if self.speaking.as_ref().is_none_or(|speaking| speaking.id != id) {
            self.stop();
            let (socket, _) =
                self.next.take().unwrap_or_else(|| (Socket::Dialling(self.dial()), Instant::now()));
            self.speaking = Some(Speaking {
                id,
                socket,
                messages: Vec::new(),
                sent: 0,
                has_sound: false,
                is_sound_due: false,
                attempt: 1,
                bad_events: 0,
                alarm: Box::pin(sleep_until(Instant::now() + self.silence)),
            });
            self.next = Some((Socket::Dialling(self.dial()), Instant::now()));
        }
        if let Some(speaking) = &mut self.speaking {
            speaking.messages.extend(message);
            if is_last {
                speaking.messages.push(SpeechMessage::End);
            }
        }
    }

    /// Ends the words of the answer.
    pub(super) fn end(&mut self) {
        if let Some(speaking) = &mut self.speaking {
            speaking.messages.push(SpeechMessage::End);
        }
    }

    /// Stops speaking.
    pub(super) fn stop(&mut self) {
        self.ready.clear();
        if let Some(Speaking { socket: Socket::Open(connection), .. }) = self.speaking.take() {
            self.closing.push(connection.close().boxed_local());
        }
    }

    /// Polls the next output of an answer (sound, end or failure), with the answer's number.
    ///
    /// # Errors
    /// The voice can't speak at all.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(u64, Spoken), Loss>> {
        while let Poll::Ready(Some(())) = self.closing.poll_next_unpin(cx) {}
        self.poll_next_socket(cx)?;
        loop {
            if let Some(spoken) = self.ready.pop_front() {
                return Poll::Ready(Ok(spoken));
            }
            let Some(speaking) = &mut self.speaking else { return Poll::Pending };
            let id = speaking.id;
            match speaking.poll(cx, self.manner.sound, self.silence) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(spoken)) => {
                    let is_whole = spoken.contains(&Spoken::Whole);
                    self.ready.extend(spoken.into_iter().map(|spoken| (id, spoken)));
                    if is_whole
                        && let Some(Speaking { socket: Socket::Open(open), .. }) = self.speaking.take()
                    {
                        self.closing.push(open.close().boxed_local());
                    }
                }
                Poll::Ready(Err(loss)) => {
                    let may_again =
                        loss.retry == Retry::Soon && !speaking.has_sound && speaking.attempt < ATTEMPTS;
                    if !may_again {
                        self.speaking = None;
                        return Poll::Ready(Ok((id, Spoken::Failed(loss))));
                    }
                    speaking.attempt += 1;
                    (speaking.sent, speaking.is_sound_due) = (0, false);
                    let dial = Arc::clone(&self.place).dial(self.manner.clone());
                    speaking.socket = Socket::Dialling(
                        async move {
                            sleep(RETRY_AFTER).await;
                            dial.await
                        }
                        .boxed_local(),
                    );
                }
            }
        }
    }

    /// Polls the socket of the next answer.
    fn poll_next_socket(&mut self, cx: &mut Context<'_>) -> Result<(), Loss> {
        loop {
            let Some((socket, since)) = &mut self.next else { return Ok(()) };
            let since = *since;
            let lost = match socket {
                Socket::Dialling(dialling) => match dialling.poll_unpin(cx) {
                    Poll::Pending => return Ok(()),
                    Poll::Ready(Ok(connection)) => {
                        *socket = Socket::Open(Box::new(connection));
                        continue;
                    }
                    Poll::Ready(Err(loss)) => loss,
                },
                Socket::Open(connection) => match connection.poll_packet(cx) {
                    Poll::Pending => return Ok(()),
                    Poll::Ready(Err(loss)) => Part::Speech.lost(loss),
                    // Nothing was requested, so that only a refusal can arrive.
                    Poll::Ready(Ok(packet)) => {
                        match packet.text().map(|text| SpeechEvent::parse(text, self.manner.sound)) {
                            Some(Ok(SpeechEvent::Failed { code, description })) => {
                                connection.secrets().out_of_loss(voice_loss(&code, &description))
                            }
                            _ => continue,
                        }
                    }
                },
            };
            if lost.retry == Retry::Never {
                return Err(lost);
            }
            let idled = since.elapsed() >= IDLE_MIN;
            // A socket that was closed immediately is not replaced until it is needed.
            self.next = idled.then(|| (Socket::Dialling(self.dial()), Instant::now()));
        }
    }

    /// Closes all sockets.
    pub(super) async fn close(mut self) {
        self.stop();
        if let Some((Socket::Open(connection), _)) = self.next.take() {
            self.closing.push(connection.close().boxed_local());
        }
        while self.closing.next().await.is_some() {}
    }
}

impl Speaking {
    /// Sends what waits, and reads what has arrived.
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        sound: WireFormat,
        silence: Duration,
    ) -> Poll<Result<Vec<Spoken>, Loss>> {
        loop {
            let connection = match &mut self.socket {
                Socket::Open(connection) => connection,
                Socket::Dialling(dialling) => {
                    let Poll::Ready(dialled) = dialling.poll_unpin(cx) else { return Poll::Pending };
                    self.socket = Socket::Open(Box::new(dialled?));
                    continue;
                }
            };
            while let Some(message) = self.messages.get(self.sent) {
                connection.send(message.to_text()).map_err(|loss| Part::Speech.lost(loss))?;
                self.sent += 1;
                self.is_sound_due = true;
                self.alarm.as_mut().reset(Instant::now() + silence);
            }
            let Poll::Ready(packet) = connection.poll_packet(cx) else {
                // A slow model may leave nothing due between two sentences.
                if self.is_sound_due && self.alarm.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(Err(stalled(silence)));
                }
                return Poll::Pending;
            };
            let packet = packet.map_err(|loss| Part::Speech.lost(loss))?;
            let event = packet.text().map(|text| SpeechEvent::parse(text, sound));
            match event {
                Some(Ok(SpeechEvent::Sound { frame, letters, is_final })) => {
                    let mut spoken = self.sound(frame, &letters, silence)?;
                    if is_final {
                        spoken.push(Spoken::Whole);
                    }
                    return Poll::Ready(Ok(spoken));
                }
                Some(Ok(SpeechEvent::Final)) => return Poll::Ready(Ok(vec![Spoken::Whole])),
                Some(Ok(SpeechEvent::Failed { code, description })) => {
                    let loss = voice_loss(&code, &description);
                    return Poll::Ready(Err(connection.secrets().out_of_loss(loss)));
                }
                Some(Ok(SpeechEvent::Other)) => {}
                Some(Err(error)) => {
                    let what = connection.secrets().out_of(error.to_string());
                    self.bad_event(&what)?;
                }
                None => self.bad_event("bytes")?,
            }
        }
    }

    /// Takes sound: returns it by words, and notes when more has to arrive at the latest.
    fn sound(&mut self, frame: Frame, letters: &[Letter], silence: Duration) -> Result<Vec<Spoken>, Loss> {
        if !std::mem::replace(&mut self.has_sound, true)
            && let Some(file) = file_that_begins(&frame)
        {
            let reason = format!("the speech arrives as {file}, which was not requested");
            return Err(misunderstood(&reason));
        }
        self.is_sound_due = self.messages.get(..self.sent).and_then(<[_]>::last) == Some(&SpeechMessage::End);
        self.alarm.as_mut().reset(Instant::now() + silence);
        let word = |word: SoundedWord| Spoken::Sound { frame: word.frame, characters: word.characters };
        Ok(by_words(frame, letters).into_iter().map(word).collect())
    }

    /// Handles a message that can't be understood: it is ignored as long as that is rare.
    fn bad_event(&mut self, what: &str) -> Result<(), Loss> {
        self.bad_events += 1;
        if self.bad_events > BAD_EVENTS_MAX { Err(misunderstood(what)) } else { Ok(()) }
    }
}

fn misunderstood(reason: &str) -> Loss {
    Part::Speech.loss(ProviderFailure::BadProtocol, reason, Retry::Never)
}

/// Returns the kind of file that sound begins as. Played as samples, a file would be noise.
fn file_that_begins(frame: &Frame) -> Option<&'static str> {
    let first: Vec<u8> = match frame {
        Frame::G711 { bytes, .. } => bytes.iter().take(4).copied().collect(),
        Frame::Pcm { samples, .. } => {
            samples.iter().take(2).flat_map(|sample| sample.to_le_bytes()).collect()
        }
    };
    let kinds = [(&b"ID3"[..], "MP3"), (b"RIFF", "WAV"), (b"OggS", "Ogg"), (b"fLaC", "FLAC")];
    kinds.into_iter().find(|(magic, _)| first.starts_with(magic)).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(base_url: &str, key: Option<&str>) -> Result<VoicePlace, TargetError> {
        let settings = ServiceSettings {
            key: key.map(str::to_owned),
            base_url: base_url.to_owned(),
            model: "eleven_flash_v2_5".to_owned(),
        };
        VoicePlace::new(&settings, ["url", "key"], OutsideAccess::anywhere().unwrap())
    }

    #[test]
    fn unusable_addresses_and_keys_are_found_before_any_call() {
        assert!(made("https://api.elevenlabs.io", Some("xi-1")).is_ok());
        assert_eq!(made("ftp://x", None).unwrap_err(), TargetError::BadUrl("url"));
        assert_eq!(made("https://x", Some("a\r\nb")).unwrap_err(), TargetError::BadHeader("key"));
        assert!(!format!("{:?}", made("https://x", Some("xi-1")).unwrap()).contains("xi-1"));
    }

    #[test]
    fn an_audio_file_is_distinguished_from_samples() {
        let octets =
            |bytes: &[u8]| Frame::G711 { law: cordboard_schema::audio::Law::Mu, bytes: bytes.into() };
        assert_eq!(file_that_begins(&octets(b"ID3\x04")), Some("MP3"));
        assert_eq!(file_that_begins(&octets(&[0xff; 80])), None);
        let samples = Frame::pcm(cordboard_schema::audio::SampleRate::HZ_16000, vec![0x4952, 0x4646]);
        assert_eq!(file_that_begins(&samples), Some("WAV"));
    }
}
