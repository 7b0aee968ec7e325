//! One running call: the headset, the session and its connections, in one task.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::audio::Frame;
use cordboard_schema::time::UnixMs;
use futures_util::future::LocalBoxFuture;
use tokio::time::{Instant, Sleep, sleep_until, timeout};
use tracing::warn;

use super::act::Act;
use super::lines::{Happening, Lines};
use super::link::Link;
use super::loss::{LinkId, Loss, kept_words};
use super::secrets::Secrets;
use super::uplink::Uplink;
use crate::assistant::headset::{Headset, Input, Utterance};
use crate::assistant::provider::ProviderFault;
use crate::assistant::sounds::{Prompt, SoundSet};
use crate::clock::Clock;
use crate::messages::AssistantOrder;

/// Time to wait for the caller's last words, and for the usage of an answer that was ended, when the call is over.
const LAST_WORDS_WAIT: Duration = Duration::from_millis(700);
/// Time without audio in the middle of speech, in ms, after which a caller's line counts as silent: a telephone with voice
/// detection stops sending instead of sending silence. Longer than the jitter of a network.
const LINE_SILENT_MS: u64 = 200;
/// Longest silence that a provider is sent for such a line, in ms: no provider waits longer for the end of a sentence.
const LINE_SILENT_MS_MAX: u64 = 10_000;
/// Findings of a call that are logged for the operator: a provider may warn with every message.
const FINDINGS_MAX: u32 = 16;
/// Wait when there is no deadline: too long to matter.
const NO_DEADLINE: Duration = Duration::from_secs(3_600);

/// A conversation with a provider, as a pure machine: events go in, acts come out.
pub(in crate::assistant) trait Conversation {
    /// A message of the provider's wire.
    type Message;

    /// Link to the provider.
    type Link: Link;

    /// Returns the message as it is sent.
    fn packed(message: Self::Message) -> Sent<Self>;

    /// Returns the message with this audio of the caller.
    fn audio(audio: &[u8]) -> Sent<Self>;

    /// Takes the acts that wait to be carried out, in order. No act is returned twice.
    fn take_acts(&mut self) -> Vec<Act<Self::Message>>;

    /// Returns when [`tick`](Self::tick) is due at the latest.
    fn next_deadline(&self) -> Option<UnixMs>;

    /// Returns whether words of the caller are still due, or, once the call is over, the provider's report of usage.
    fn has_words_due(&self) -> bool;

    /// Takes an order of the call.
    fn order(&mut self, order: AssistantOrder, now: UnixMs);

    /// Takes a piece of the caller's audio. Returns what is sent to the provider for it.
    fn caller(&mut self, frame: &Frame, now: UnixMs) -> Audible;

    /// Returns whether the caller speaks, or has spoken and the provider may still listen for the end of it.
    fn awaits_end_of_speech(&self) -> bool;

    /// Takes silence that replaces missing audio of the caller's line. Returns what is sent to the provider for it.
    fn line_silent(&mut self, silence: &Frame, now: UnixMs) -> Audible {
        self.caller(silence, now)
    }

    /// Notes that a connection is established.
    fn connected(&mut self, link: LinkId, now: UnixMs);

    /// Handles a connection that was lost, or could not be made.
    fn lost(&mut self, link: LinkId, loss: Loss, now: UnixMs);

    /// Handles a message of the provider.
    ///
    /// # Errors
    /// It can't be understood; the reason in words.
    fn heard(&mut self, link: LinkId, came: Came<Self>, now: UnixMs) -> Result<(), String>;

    /// Advances the time.
    fn tick(&mut self, now: UnixMs);

    /// Notes that the call is over: the provider may get a goodbye.
    fn goodbye(&mut self) {}

    /// Notes that the call is over, and that nothing more is awaited.
    fn last_words(&mut self) {}
}

/// A message to a provider for a piece of the caller's audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::assistant) enum Audible {
    /// The audio.
    Caller,
    /// Silence of the same length.
    Silence,
    /// Nothing.
    Nothing,
}

/// Outgoing messages of a conversation.
type Sent<C> = <<C as Conversation>::Link as Link>::Sent;
/// Incoming messages of a conversation.
type Came<C> = <<C as Conversation>::Link as Link>::Came;

/// A function that makes links to a provider.
pub(in crate::assistant) type Dial<L> = Box<dyn Fn() -> LocalBoxFuture<'static, Result<L, Loss>>>;

/// See the module's description.
pub(in crate::assistant) struct Service<C: Conversation> {
    headset: Headset,
    session: C,
    dial: Dial<C::Link>,
    lines: Lines<C::Link>,
    /// Secrets of the newest connection.
    secrets: Secrets,
    uplink: Uplink,
    /// The connection that the caller's audio is sent to.
    hears: Option<LinkId>,
    /// When the caller's line last brought audio.
    line_heard_at: UnixMs,
    /// When to check whether the line has fallen silent.
    line_due: Option<UnixMs>,
    prompts: Arc<SoundSet<Prompt>>,
    clock: Clock,
    /// The utterance that is not complete.
    open: Option<Utterance>,
    /// Wakes the session at its deadline.
    alarm: Pin<Box<Sleep>>,
    alarm_at: Option<UnixMs>,
    bad_events: u64,
    findings: u32,
}

impl<C: Conversation> Service<C> {
    /// Returns the service of a session, which sends audio in pieces of `append_ms`.
    pub(in crate::assistant) fn new(
        headset: Headset,
        prompts: Arc<SoundSet<Prompt>>,
        (dial, append_ms): (Dial<C::Link>, u32),
        session: impl FnOnce(&Headset, UnixMs) -> C,
    ) -> Self {
        let clock = Clock::system();
        let now = clock.now();
        Self {
            session: session(&headset, now),
            headset,
            dial,
            lines: Lines::default(),
            secrets: Secrets::default(),
            uplink: Uplink::new(append_ms),
            hears: None,
            line_heard_at: now,
            line_due: None,
            prompts,
            clock,
            open: None,
            alarm: Box::pin(sleep_until(Instant::now() + NO_DEADLINE)),
            alarm_at: None,
            bad_events: 0,
            findings: 0,
        }
    }

    /// Serves the call to its end. Boxed: a task reserves room for its argument twice, and this is the largest part of a call.
    ///
    /// # Errors
    /// It can't go on.
    pub(in crate::assistant) async fn serve(mut self: Box<Self>) -> Result<(), ProviderFault> {
        loop {
            self.act()?;
            self.set_alarm();
            tokio::select! {
                biased;
                input = self.headset.next() => match input {
                    Input::Order(AssistantOrder::Stop) => break,
                    Input::Order(order) => self.session.order(order, self.clock.now()),
                    Input::Caller(frame) => self.hear(&frame),
                },
                happening = self.lines.next() => self.happened(happening),
                () = self.alarm.as_mut() => {
                    // A timer that has fired stays ready until it is set again, and nothing may be due.
                    self.alarm_at = None;
                    self.alarm.as_mut().reset(Instant::now() + NO_DEADLINE);
                    self.session.tick(self.clock.now());
                    self.mind_line();
                }
            }
        }
        self.session.goodbye();
        self.report_last_words();
        let _ = timeout(LAST_WORDS_WAIT, self.hear_last_words()).await;
        self.session.last_words();
        self.report_last_words();
        // Boxed: the future contains a connection more than once, and the task would reserve that room for as long as the call
        // lasts.
        Box::pin(std::mem::take(&mut self.lines).close()).await;
        Ok(())
    }

    fn set_alarm(&mut self) {
        let deadline = self.session.next_deadline().into_iter().chain(self.line_due).min();
        if deadline != self.alarm_at {
            self.alarm_at = deadline;
            let wait = deadline
                .map_or(NO_DEADLINE, |deadline| Duration::from_millis(deadline.ms_since(self.clock.now())));
            self.alarm.as_mut().reset(Instant::now() + wait);
        }
    }

    fn hear(&mut self, frame: &Frame) {
        let now = self.clock.now();
        let audible = self.session.caller(frame, now);
        self.bring(frame, audible);
        self.line_heard_at = now;
        if self.line_due.is_none() && self.session.awaits_end_of_speech() {
            self.line_due = Some(now + LINE_SILENT_MS);
        }
    }

    /// Passes silence to the session when the line brings nothing in the middle of speech: otherwise no turn would ever end.
    fn mind_line(&mut self) {
        let now = self.clock.now();
        if self.line_due.take_if(|due| *due <= now).is_none() {
            return;
        }
        let silent_ms = now.ms_since(self.line_heard_at);
        let is_awaited = self.session.awaits_end_of_speech() && self.headset.is_heard();
        if !is_awaited || silent_ms >= LINE_SILENT_MS_MAX {
            // The next piece of audio sets the time of the next check.
            return;
        }
        if silent_ms < LINE_SILENT_MS {
            self.line_due = Some(self.line_heard_at + LINE_SILENT_MS);
            return;
        }
        let rate = self.headset.hears_at();
        let silence = Frame::pcm(rate, vec![0; rate.samples_in_ms(LINE_SILENT_MS as u32)]);
        let audible = self.session.line_silent(&silence, now);
        self.bring(&silence, audible);
        self.line_due = Some(now + LINE_SILENT_MS);
    }

    /// Sends a piece of the caller's audio on its way.
    fn bring(&mut self, frame: &Frame, audible: Audible) {
        match audible {
            Audible::Caller => self.uplink.push(frame),
            Audible::Silence => self.uplink.push_silence(frame),
            Audible::Nothing => return,
        }
        let Some(link) = self.hears else { return };
        let Some(connection) = self.lines.find(link) else { return };
        if let Some(packet) = self.uplink.take_message(C::audio)
            && let Err(loss) = connection.send_audio(packet)
        {
            self.lines.take(link);
            self.session.lost(link, loss, self.clock.now());
        }
    }

    fn happened(&mut self, happening: Happening<Came<C>>) {
        let now = self.clock.now();
        match happening {
            Happening::Connected(link) => {
                if let Some(connection) = self.lines.find(link) {
                    self.secrets = connection.secrets();
                }
                self.session.connected(link, now);
            }
            Happening::Lost(link, loss) => self.session.lost(link, loss, now),
            Happening::Heard(link, came) => {
                if let Err(error) = self.session.heard(link, came, now) {
                    self.bad_events += 1;
                    if self.bad_events == 1 {
                        // The error may repeat what arrived, of any length.
                        let error = self.secrets.out_of(kept_words(&error));
                        warn!(error, "the provider sent an unknown event, which is ignored");
                    }
                }
            }
        }
    }

    /// Carries out the session's acts.
    fn act(&mut self) -> Result<(), ProviderFault> {
        loop {
            let mut lost = None;
            for act in self.session.take_acts() {
                lost = self.carry_out(act)?.or(lost);
            }
            let Some((link, loss)) = lost else { return Ok(()) };
            self.lines.take(link);
            self.session.lost(link, loss, self.clock.now());
        }
    }

    /// Carries out one act. Returns the connection that broke at it, if one did.
    fn carry_out(&mut self, act: Act<C::Message>) -> Result<Option<(LinkId, Loss)>, ProviderFault> {
        match act {
            Act::Connect(link) => self.lines.dial(link, (self.dial)()),
            Act::Send(link, message) => {
                let sent = self.lines.find(link).map(|connection| connection.send(C::packed(*message)));
                if let Some(Err(loss)) = sent {
                    return Ok(Some((link, loss)));
                }
            }
            Act::Hear(link, format) => {
                self.hears = Some(link);
                self.uplink.set_format(format);
            }
            Act::Close(link) => {
                if let Some(connection) = self.lines.take(link) {
                    actix_rt::spawn(connection.close());
                }
            }
            Act::Ready => self.headset.ready(),
            Act::KnownAs(name) => self.headset.known_as(name),
            Act::Interrupted(fault) => {
                let fault = self.secrets.out_of_fault(fault);
                warn!(failure = %fault.failure, reason = %fault, "the provider failed and is retried");
                self.headset.interrupted(&fault);
            }
            Act::Restored { attempts, away_ms } => self.headset.restored(attempts, away_ms),
            Act::Begin { item, line } => {
                let utterance = self.headset.begin(line);
                debug_assert_eq!(utterance.item(), item);
                self.open = Some(utterance);
            }
            Act::Speak(frame) => self.speak(frame),
            Act::Play(prompt) => self.play(prompt),
            Act::Complete(text) => {
                if let Some(utterance) = self.open.take() {
                    self.headset.complete(utterance, text);
                }
            }
            Act::CompleteCut { text, heard_ms } => {
                if let Some(utterance) = self.open.take() {
                    self.headset.complete_cut(utterance, text, heard_ms);
                }
            }
            Act::SpeechStarted => self.headset.speech_started(),
            Act::SpeechStopped(speech_ms) => self.headset.speech_stopped(speech_ms),
            Act::Transcript(text) => self.headset.transcript(text),
            Act::CallTool { tool_call, name, arguments } => {
                self.headset.call_tool(tool_call, name, arguments);
            }
            Act::Used { model, source, usage } => self.headset.used(&model, &source, usage),
            Act::RoundTrip(took) => self.headset.round_trip(took),
            Act::Warn(finding) => self.warn_operator(finding),
            Act::Fail(fault) => return Err(self.secrets.out_of_fault(fault)),
        }
        Ok(None)
    }

    fn warn_operator(&mut self, finding: String) {
        self.findings = self.findings.saturating_add(1);
        if self.findings <= FINDINGS_MAX {
            warn!("{}", self.secrets.out_of(finding));
        }
        if self.findings == FINDINGS_MAX {
            warn!("further findings of this call are not logged");
        }
    }

    fn speak(&mut self, frame: Frame) {
        if let Some(utterance) = &mut self.open {
            self.headset.speak(utterance, frame);
        }
    }

    fn play(&mut self, prompt: Prompt) {
        let rate = self.headset.speaks_best_at();
        let samples = self.prompts.get(prompt).pcm(rate);
        for piece in samples.chunks(rate.samples_per_frame()) {
            self.speak(Frame::pcm(rate, piece));
        }
    }

    /// Waits for the caller's last words after the end of the call.
    async fn hear_last_words(&mut self) {
        while self.session.has_words_due() && !self.lines.is_empty() {
            let happening = self.lines.next().await;
            self.happened(happening);
            self.report_last_words();
        }
    }

    fn report_last_words(&mut self) {
        for act in self.session.take_acts() {
            match act {
                Act::Transcript(text) => self.headset.transcript(text),
                Act::Used { model, source, usage } => self.headset.used(&model, &source, usage),
                Act::Send(link, message) => {
                    // Nobody misses a connection that is lost now.
                    let connection = self.lines.find(link);
                    let _ = connection.map(|connection| connection.send(C::packed(*message)));
                }
                _ => {}
            }
        }
    }
}
