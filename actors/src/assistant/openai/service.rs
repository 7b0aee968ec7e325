//! One call served: the headset, the session and its connections, in one task.

use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use cordboard_schema::audio::Frame;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::openai::ServerEvent;
use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, poll_fn};
use tokio::time::{Instant, Sleep, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tracing::warn;

use super::connection::{Connection, Target};
use super::session::{Act, LinkId, Loss, Plan, Session, specify};
use super::settings::OpenAiSettings;
use super::uplink::Uplink;
use super::watch::{Spoken, Watch};
use crate::assistant::headset::{Headset, Input, Utterance};
use crate::assistant::provider::ProviderFault;
use crate::assistant::sounds::{Prompt, SoundSet, is_spoken_in};
use crate::clock::Clock;
use crate::messages::AssistantOrder;
use crate::world;

/// How long the words of what the caller said last are waited for when the call is over.
const LAST_WORDS_WAIT: Duration = Duration::from_millis(700);
/// Without a deadline the session is asked again so late that it does not matter.
const NO_DEADLINE: Duration = Duration::from_secs(3_600);

/// See the module's description.
pub(super) struct Service {
    headset: Headset,
    session: Session,
    lines: Lines,
    uplink: Uplink,
    watch: Watch,
    /// The connection that hears the caller.
    hears: Option<LinkId>,
    prompts: Arc<SoundSet<Prompt>>,
    clock: Clock,
    /// The utterance that is not complete.
    open: Option<Utterance>,
    /// Wakes the session at its deadline.
    alarm: Pin<Box<Sleep>>,
    alarm_at: Option<UnixMs>,
    bad_events: u64,
}

/// The connections of a call, those that are being made too.
struct Lines {
    target: Arc<Target>,
    dialing: Vec<(LinkId, LocalBoxFuture<'static, Result<Connection, Loss>>)>,
    standing: Vec<(LinkId, Connection)>,
}

/// What happens on a connection.
enum Happening {
    Connected(LinkId),
    Text(LinkId, Utf8Bytes),
    Lost(LinkId, Loss),
}

impl Lines {
    fn dial(&mut self, link: LinkId) {
        let dialing = Arc::clone(&self.target).dial().boxed_local();
        self.dialing.push((link, dialing));
    }

    fn find(&mut self, link: LinkId) -> Option<&mut Connection> {
        self.standing.iter_mut().find(|(id, _)| *id == link).map(|(_, connection)| connection)
    }

    /// Takes a connection out, or ends the attempt to make it.
    fn take(&mut self, link: LinkId) -> Option<Connection> {
        self.dialing.retain(|(id, _)| *id != link);
        let at = self.standing.iter().position(|(id, _)| *id == link)?;
        Some(self.standing.swap_remove(at).1)
    }

    /// What happens next. Cancel safe.
    async fn next(&mut self) -> Happening {
        poll_fn(|cx| {
            for at in 0..self.dialing.len() {
                let (link, dialing) = &mut self.dialing[at];
                let link = *link;
                if let Poll::Ready(dialed) = dialing.as_mut().poll(cx) {
                    drop(self.dialing.swap_remove(at));
                    return Poll::Ready(match dialed {
                        Ok(connection) => {
                            self.standing.push((link, connection));
                            Happening::Connected(link)
                        }
                        Err(loss) => Happening::Lost(link, loss),
                    });
                }
            }
            for at in 0..self.standing.len() {
                let (link, connection) = &mut self.standing[at];
                let link = *link;
                if let Poll::Ready(heard) = connection.poll_text(cx) {
                    return Poll::Ready(match heard {
                        Ok(text) => Happening::Text(link, text),
                        Err(loss) => {
                            self.standing.swap_remove(at);
                            Happening::Lost(link, loss)
                        }
                    });
                }
            }
            Poll::Pending
        })
        .await
    }
}

impl Service {
    pub(super) fn new(
        headset: Headset,
        settings: &OpenAiSettings,
        target: Arc<Target>,
        prompts: Arc<SoundSet<Prompt>>,
    ) -> Self {
        let clock = Clock::system();
        let one_moment = prompts.get(Prompt::OneMoment);
        let plan = Plan {
            profile: Arc::clone(headset.profile()),
            tools: headset.tools().iter().map(specify).collect(),
            history: headset.history().to_vec(),
            entrance: headset.entrance(),
            first_item: headset.next_item(),
            caller_rate: headset.speaks_best_at(),
            audio: settings.audio,
            dialect: settings.dialect,
            model: settings.model.clone(),
            transcription_model: settings.transcription_model.clone(),
            stall_timeout_ms: u64::try_from(settings.stall_timeout.as_millis()).unwrap_or(u64::MAX),
            one_moment: is_spoken_in(&headset.profile().language)
                .then(|| (one_moment.text().to_owned(), one_moment.duration_ms())),
            seed: world::random(),
        };
        Self {
            session: Session::new(plan, clock.now()),
            headset,
            lines: Lines { target, dialing: Vec::new(), standing: Vec::new() },
            uplink: Uplink::new(settings.append_ms),
            watch: Watch::default(),
            hears: None,
            prompts,
            clock,
            open: None,
            alarm: Box::pin(sleep_until(Instant::now() + NO_DEADLINE)),
            alarm_at: None,
            bad_events: 0,
        }
    }

    pub(super) async fn serve(mut self) -> Result<(), ProviderFault> {
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
                    self.alarm_at = None;
                    self.session.tick(self.clock.now());
                }
            }
        }
        let _ = timeout(LAST_WORDS_WAIT, self.hear_last_words()).await;
        for (_, connection) in self.lines.standing {
            connection.close().await;
        }
        Ok(())
    }

    fn set_alarm(&mut self) {
        let deadline = self.session.next_deadline();
        if deadline != self.alarm_at {
            self.alarm_at = deadline;
            let wait = deadline
                .map_or(NO_DEADLINE, |deadline| Duration::from_millis(deadline.ms_since(self.clock.now())));
            self.alarm.as_mut().reset(Instant::now() + wait);
        }
    }

    fn hear(&mut self, frame: &Frame) {
        self.uplink.push(frame);
        if let Some(Spoken { began_ms_ago, ended_ms_ago }) = self.watch.push(frame) {
            let now = self.clock.now();
            self.session.caller_spoke(now - began_ms_ago, now - ended_ms_ago, now);
        }
        let Some(link) = self.hears else { return };
        let Some(connection) = self.lines.find(link) else { return };
        if let Some(text) = self.uplink.take_message()
            && let Err(loss) = connection.send_audio(text)
        {
            self.lines.take(link);
            self.session.lost(link, loss, self.clock.now());
        }
    }

    fn happened(&mut self, happening: Happening) {
        let now = self.clock.now();
        match happening {
            Happening::Connected(link) => self.session.connected(link, now),
            Happening::Lost(link, loss) => self.session.lost(link, loss, now),
            Happening::Text(link, text) => match ServerEvent::parse(&text) {
                Ok(event) => self.session.event(link, event, now),
                Err(error) => {
                    self.bad_events += 1;
                    if self.bad_events == 1 {
                        warn!(%error, "the provider sent what is no event; it is left out");
                    }
                }
            },
        }
    }

    /// Does what the session wants.
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

    /// Does one thing. Gives the connection that it broke at, if one did.
    fn carry_out(&mut self, act: Act) -> Result<Option<(LinkId, Loss)>, ProviderFault> {
        match act {
            Act::Connect(link) => self.lines.dial(link),
            Act::Send(link, message) => {
                let sent = self.lines.find(link).map(|connection| connection.send(message.to_text()));
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
            Act::Interrupted(fault) => {
                warn!(failure = %fault.failure, reason = %fault, "the provider fails and is tried again");
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
            Act::SpeechStarted => self.headset.speech_started(),
            Act::SpeechStopped(speech_ms) => self.headset.speech_stopped(speech_ms),
            Act::Transcript(text) => self.headset.transcript(text),
            Act::CallTool { tool_call, name, arguments } => {
                self.headset.call_tool(tool_call, name, arguments);
            }
            Act::Used { model, source, usage } => self.headset.used(&model, &source, usage),
            Act::Warn(finding) => warn!("{finding}"),
            Act::Fail(fault) => return Err(fault),
        }
        Ok(None)
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

    /// The call is over, and the words of what the caller said last may be on their way.
    async fn hear_last_words(&mut self) {
        while self.session.words_owed() && !self.lines.standing.is_empty() {
            let happening = self.lines.next().await;
            self.happened(happening);
            for act in self.session.take_acts() {
                match act {
                    Act::Transcript(text) => self.headset.transcript(text),
                    Act::Used { model, source, usage } => self.headset.used(&model, &source, usage),
                    _ => {}
                }
            }
        }
    }
}
