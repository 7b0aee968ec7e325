//! One control connection of a call, from its opening to its end: frames, orders and the time go in, commands and messages to
//! the call come out. Pure.
//!
//! ```text
//!                         released, all requests are done
//!  Open ──> Releasing ────────────────────────────────────────────> Leaving ──> Over
//!    │          │ └── the channel is elsewhere ──> Behind ─ hang-up ─> ▲         ▲
//!    └──────────┴── hang-up ──> Ended ── the record of the call came ──┘         │
//!                                 └──────── 2 s, FIN, broken, stalled ───────────┘
//! ```
//! A connection can't be left while its channel is parked elsewhere, for example after a transfer or at a newer connection. When
//! any one of a channel's connections is left, FreeSWITCH ends the application that parks the channel (`CF_CONTROLLED`), and hangs
//! it up if nothing follows.
//!
//! After each change the caller of these functions takes the output: [`take_commands`](ChannelControl::take_commands),
//! [`take_words`](ChannelControl::take_words).

use cordboard_schema::event::Fact;
use cordboard_schema::ids::{CallId, EffectId};
use cordboard_schema::limits::{ESL_FAREWELL_MS_MAX, ESL_LINGER_MS_MAX, ESL_UNANSWERED_MAX};
use cordboard_schema::switch::{ActionOutcome, ControlId, ControlLink};
use cordboard_schema::wire::esl::{
    ApiAnswer, AudioStreamEvent, Command, DialText, EslValue, EslWord, Event, EventName, Frame, Notice,
};
use tracing::{debug, warn};
use uuid::Uuid;

use super::chunk_replies::ChunkReplies;
use super::commands::{Asking, Over, ask, play_chunk};
use super::control_opening::{header, opening};
use super::last_reports::LastReports;
use super::pending::{Pending, Settled};
use super::playback_queue::{PlaybackAct, PlaybackQueue, playback_id};
use super::translation::{news_of, notice_of_end};
use crate::messages::{ChannelAction, PlaybackEvent, ToControl};

/// The purpose of a control connection.
#[derive(Clone, Debug)]
pub struct ControlOf {
    /// The channel.
    pub channel: Uuid,
    /// The connection's number in its call.
    pub control: ControlId,
    /// The call, for the channel's variables `cordboard_call` and `cordboard_port`.
    pub call: Option<CallId>,
    /// Hold music: a file or stream that the switch can play endlessly.
    pub music: EslValue,
    /// The address of our event socket's port, for channels that come back because their dialplan can't send them on.
    pub way_back: Option<DialText>,
}

/// A message to the call.
#[derive(Clone, Debug, PartialEq)]
pub enum Word {
    /// A fact.
    Fact(Fact),
    /// An event of the chunks that the call's leg has sent.
    Playback(PlaybackEvent),
}

/// A control connection's state. Times are milliseconds since it was opened.
#[derive(Debug)]
pub struct ChannelControl {
    of: ControlOf,
    stage: Stage,
    pending: Pending<EffectId>,
    queue: PlaybackQueue,
    replies: ChunkReplies,
    standing: LastReports,
    /// Number of requests that were given an id.
    asked: u64,
    /// Jobs whose events pass the filter.
    jobs: Vec<Uuid>,
    commands: Vec<u8>,
    words: Vec<Word>,
    strangers: u64,
    odd_frames: u64,
    /// Why the connection is over, unless its channel or FreeSWITCH ended it.
    own_reason: Option<&'static str>,
    /// Whether the channel has left the `socket` application of this connection.
    has_moved_on: bool,
    has_said_lost: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Open,
    /// The call has released it; its requests to the switch are still being done.
    Releasing {
        until_ms: u64,
    },
    /// The call has released it, and the channel is where leaving would harm it.
    Parted {
        until_ms: u64,
    },
    /// The channel has hung up; the record of the call may follow.
    Ended {
        until_ms: u64,
    },
    /// `exit` was sent.
    Leaving {
        until_ms: u64,
    },
    Over,
}

impl ChannelControl {
    /// Starts a connection whose `connect` was answered. Its first commands are those of the opening.
    pub fn open(of: ControlOf) -> Self {
        let mut control = Self {
            of,
            stage: Stage::Open,
            pending: Pending::default(),
            queue: PlaybackQueue::default(),
            replies: ChunkReplies::after_opening(0),
            standing: LastReports::default(),
            asked: 0,
            jobs: Vec::new(),
            commands: Vec::new(),
            words: Vec::new(),
            strangers: 0,
            odd_frames: 0,
            own_reason: None,
            has_moved_on: false,
            has_said_lost: false,
        };
        for command in opening(&control.of) {
            control.write(&command);
        }
        control.replies = ChunkReplies::after_opening(control.pending.unanswered());
        control
    }

    /// Takes the bytes to be written, in one piece.
    pub fn take_commands(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.commands)
    }

    /// Takes the messages to the call, in order.
    pub fn take_words(&mut self) -> Vec<Word> {
        std::mem::take(&mut self.words)
    }

    /// Returns whether the connection is finished and is to be closed.
    pub fn is_over(&self) -> bool {
        self.stage == Stage::Over
    }

    /// Returns how many events of other channels were dropped.
    pub fn strangers(&self) -> u64 {
        self.strangers
    }

    /// Handles a frame from the switch.
    pub fn frame(&mut self, frame: &Frame, now_ms: u64) {
        if self.has_said_lost {
            return self.frame_after_parting(frame, now_ms);
        }
        match frame {
            Frame::Event(event) => self.event(event, now_ms),
            Frame::Reply(reply) => self.replied(reply.answer(), now_ms),
            Frame::ApiResponse(text) => self.replied(ApiAnswer::of(text), now_ms),
            Frame::Disconnect(Notice::Linger { .. }) => self.gone(now_ms),
            Frame::Disconnect(Notice::Final { text, .. }) => {
                if !matches!(self.stage, Stage::Leaving { .. }) {
                    debug!(text, "FreeSWITCH is closing the control connection");
                    self.hung_up(notice_of_end(), now_ms);
                }
                self.stage = Stage::Over;
            }
            Frame::AuthRequest | Frame::ChannelData(_) | Frame::Rejected(_) | Frame::Other { .. } => {
                self.note_odd("a frame of another kind of connection");
            }
        }
    }

    /// Handles an order of the call.
    pub fn order(&mut self, order: ToControl, now_ms: u64) {
        match order {
            ToControl::Act { effect, action } => self.act(effect, &action, now_ms),
            ToControl::TakeSound => {
                self.replies.want();
                self.begin_to_play();
            }
            ToControl::Resync => self.words.extend(self.standing.again().into_iter().map(Word::Fact)),
            ToControl::Release => self.release(now_ms),
            ToControl::Replaced => {
                // The newer connection may arrive before the event that reports it.
                self.has_moved_on = true;
                self.release(now_ms);
            }
        }
    }

    /// Releases the connection, which the call no longer needs: it is left once the requests are done.
    pub fn release(&mut self, now_ms: u64) {
        if self.stage == Stage::Open {
            self.own_reason = Some("released by the call");
            self.stage = Stage::Releasing { until_ms: now_ms + ESL_FAREWELL_MS_MAX };
            self.leave_if_done(now_ms);
        }
    }

    /// Returns when [`Self::expire`] is to be called.
    pub fn next_deadline_ms(&self) -> Option<u64> {
        let stage = match self.stage {
            Stage::Open | Stage::Over => None,
            Stage::Releasing { until_ms }
            | Stage::Parted { until_ms }
            | Stage::Ended { until_ms }
            | Stage::Leaving { until_ms } => Some(until_ms),
        };
        [stage, self.pending.next_deadline_ms(), self.queue.next_deadline_ms()].into_iter().flatten().min()
    }

    /// Ends requests that have taken too long.
    pub fn expire(&mut self, now_ms: u64) {
        let late = self.pending.expire(now_ms);
        self.settled(late);
        self.queue.expire(now_ms);
        self.play();
        match self.stage {
            Stage::Releasing { until_ms } if until_ms <= now_ms => self.part(now_ms),
            Stage::Parted { until_ms } | Stage::Ended { until_ms } if until_ms <= now_ms => {
                self.leave(now_ms)
            }
            Stage::Leaving { until_ms } if until_ms <= now_ms => self.stage = Stage::Over,
            _ => self.leave_if_done(now_ms),
        }
    }

    /// Handles the loss of the connection: sends the last messages to the call, once. `unheard` was ordered and not handled.
    pub fn lost(&mut self, reason: &str, unheard: Vec<ToControl>, now_ms: u64) {
        self.stage = Stage::Over;
        self.last_words(reason, unheard, now_ms);
    }

    fn last_words(&mut self, reason: &str, unheard: Vec<ToControl>, now_ms: u64) {
        if std::mem::replace(&mut self.has_said_lost, true) {
            return;
        }
        self.queue.abandon();
        self.play();
        let unknown = self.pending.lost();
        self.settled(unknown);
        for order in unheard {
            self.order(order, now_ms);
        }
        let reason = match self.own_reason {
            _ if self.standing.has_hung_up() => "the channel has hung up",
            own => own.unwrap_or(reason),
        };
        let link = ControlLink::Outbound { control: self.of.control };
        self.say(Fact::ControlLost { link, reason: reason.to_owned() });
        debug!(strangers = self.strangers, odd_frames = self.odd_frames, reason, "the control link is gone");
    }

    fn act(&mut self, effect: EffectId, action: &ChannelAction, now_ms: u64) {
        if !matches!(self.stage, Stage::Open | Stage::Releasing { .. }) {
            return self.failed(effect, "the control link is gone");
        }
        self.asked += 1;
        let of_link = [self.of.control.0.to_be_bytes(), self.asked.to_be_bytes()].concat();
        let id = Uuid::new_v5(&self.of.channel, &of_link);
        let (music, way_back) = (&self.of.music, self.of.way_back.as_ref());
        let asking = match ask(action, self.of.channel, Over::Outbound, id, music, way_back) {
            Ok(asking) => self.with_job_let_through(asking, id),
            Err(error) => return self.failed(effect, &error.to_string()),
        };
        if let Err(error) = self.pending.ask(effect, self.of.channel, id, &asking, now_ms) {
            self.jobs.retain(|job| *job != id);
            return self.failed(effect, &error.to_string());
        }
        for command in &asking.commands {
            self.write_expected(command);
        }
        if let ChannelAction::StopPlayback { next_chunk, given_by } = action {
            let stopped = self.pending.playback_stopped(self.of.channel);
            self.settled(stopped);
            self.queue.stop(*next_chunk, *given_by, now_ms);
            self.play();
        }
    }

    /// Lets the output of a background job pass. The filter on the channel hides it; an additional filter passes this job's.
    fn with_job_let_through(&mut self, mut asking: Asking, id: Uuid) -> Asking {
        let has_job = asking.commands.iter().any(|command| matches!(command, Command::BackgroundApi { .. }));
        if let Some(header) = header("Job-UUID").filter(|_| has_job) {
            asking.commands.insert(0, Command::Filter { header, value: EslWord::from(id).into() });
            self.jobs.push(id);
        }
        asking
    }

    fn replied(&mut self, answer: ApiAnswer<'_>, now_ms: u64) {
        if let Some(chunk) = self.replies.came()
            && answer.failure().is_none()
        {
            self.queue.taken(chunk);
        }
        self.begin_to_play();
        let settled = self.pending.replied(answer, now_ms);
        self.settled(settled);
        self.leave_if_done(now_ms);
    }

    fn begin_to_play(&mut self) {
        if self.replies.begins() {
            self.words.push(Word::Playback(PlaybackEvent::Handed));
        }
    }

    fn event(&mut self, event: &Event, now_ms: u64) {
        let owner = event.unique_id().map(|id| Uuid::parse_str(id).ok());
        let name = event.name();
        let is_ours = owner.map_or(name == Some(EventName::BackgroundJob), |id| id == Some(self.of.channel));
        if !is_ours {
            if self.strangers == 0 {
                debug!(?event, "an event of another channel was dropped");
            }
            self.strangers += 1;
            return;
        }
        if name == Some(EventName::ChannelExecuteComplete) && event.get("Application") == Some("socket") {
            self.has_moved_on = true;
        }
        // The call first, because a hang-up has to reach it quickly.
        match news_of(event, self.of.channel) {
            Some(fact @ Fact::Hangup { .. }) => self.hung_up(fact, now_ms),
            Some(fact) => self.say(fact),
            None => {}
        }
        let settled = self.pending.happened(event);
        self.settled(settled);
        if name == Some(EventName::Custom) {
            self.stream_event(event, now_ms);
        }
        self.queue.happened(event, now_ms);
        self.play();
        if name == Some(EventName::ChannelHangupComplete) {
            self.record(event);
            self.leave(now_ms);
        }
        self.leave_if_done(now_ms);
    }

    fn stream_event(&mut self, event: &Event, now_ms: u64) {
        match AudioStreamEvent::of(event) {
            Some(Ok(AudioStreamEvent::Play(piece))) => {
                if let Err(error) = self.queue.piece_came(piece, now_ms) {
                    self.note_odd(&error.to_string());
                }
            }
            Some(Ok(AudioStreamEvent::Failed { code, text })) => {
                warn!(code, text, "the audio WebSocket failed")
            }
            Some(Ok(AudioStreamEvent::Text(_))) => {
                self.note_odd("audio that the audio module did not accept")
            }
            Some(Ok(AudioStreamEvent::Connected | AudioStreamEvent::Disconnected { .. })) | None => {}
            Some(Err(error)) => self.note_odd(&error.to_string()),
        }
    }

    fn play(&mut self) {
        for act in self.queue.take_acts() {
            match act {
                PlaybackAct::Play { chunk, file } => {
                    if let Some(id) = playback_id(chunk) {
                        self.write(&play_chunk(self.of.channel, Over::Outbound, file, id));
                        self.replies.asked(chunk, self.pending.unanswered());
                    }
                }
                PlaybackAct::Report(event) => self.words.push(Word::Playback(event)),
            }
        }
    }

    /// Handles the end of the channel. The notice of it may overtake the event with the reason.
    fn gone(&mut self, now_ms: u64) {
        if !self.standing.has_hung_up() {
            self.say(Fact::ChannelGone);
            self.ends(now_ms);
        }
    }

    fn hung_up(&mut self, fact: Fact, now_ms: u64) {
        if self.standing.has_hung_up() {
            return;
        }
        self.say(fact);
        let settled = self.pending.hung_up(self.of.channel);
        self.settled(settled);
        self.queue = PlaybackQueue::default();
        self.ends(now_ms);
    }

    fn ends(&mut self, now_ms: u64) {
        if matches!(self.stage, Stage::Open | Stage::Releasing { .. }) {
            self.stage = Stage::Ended { until_ms: now_ms + ESL_FAREWELL_MS_MAX };
        }
    }

    /// Logs the record of the call that the switch keeps.
    fn record(&self, event: &Event) {
        let cause = event.get("Hangup-Cause").unwrap_or_default();
        let billed_s = event.variable("billsec").unwrap_or_default();
        let disposition = event.variable("sip_hangup_disposition").unwrap_or_default();
        debug!(cause, billed_s, disposition, "the channel has ended");
    }

    fn leave_if_done(&mut self, now_ms: u64) {
        if matches!(self.stage, Stage::Releasing { .. }) && !self.pending.is_moving() {
            self.part(now_ms);
        }
    }

    fn part(&mut self, now_ms: u64) {
        if !self.has_moved_on {
            return self.leave(now_ms);
        }
        self.stage = Stage::Parted { until_ms: now_ms + ESL_LINGER_MS_MAX };
        self.last_words("released by the call", Vec::new(), now_ms);
    }

    /// Handles a frame in `Parted`: the call no longer wants reports about the channel, so only its end matters.
    fn frame_after_parting(&mut self, frame: &Frame, now_ms: u64) {
        match frame {
            Frame::Event(event) if event.name() == Some(EventName::ChannelHangupComplete) => {
                self.leave(now_ms)
            }
            Frame::Disconnect(Notice::Linger { .. }) => self.leave(now_ms),
            Frame::Disconnect(Notice::Final { .. }) => self.stage = Stage::Over,
            _ => {}
        }
    }

    fn leave(&mut self, now_ms: u64) {
        if !matches!(self.stage, Stage::Leaving { .. } | Stage::Over) {
            self.write(&Command::Exit);
            self.stage = Stage::Leaving { until_ms: now_ms + ESL_FAREWELL_MS_MAX };
        }
    }

    fn settled(&mut self, settled: impl IntoIterator<Item = Settled<EffectId>>) {
        for Settled { key: effect, id, outcome } in settled {
            if let Some(at) = self.jobs.iter().position(|job| *job == id) {
                self.jobs.swap_remove(at);
                if let Some(header) = header("Job-UUID").filter(|_| self.stage == Stage::Open) {
                    self.write(&Command::FilterDelete { header, value: Some(EslWord::from(id).into()) });
                }
            }
            self.say(Fact::ActionDone { effect, outcome });
        }
    }

    fn failed(&mut self, effect: EffectId, reason: &str) {
        self.say(Fact::ActionDone { effect, outcome: ActionOutcome::Failed { reason: reason.to_owned() } });
    }

    fn say(&mut self, fact: Fact) {
        self.standing.note(&fact);
        self.words.push(Word::Fact(fact));
    }

    /// Writes a command whose reply settles no request.
    fn write(&mut self, command: &Command) {
        if self.pending.unanswered() >= ESL_UNANSWERED_MAX {
            self.own_reason = Some("FreeSWITCH no longer answers commands");
            self.stage = Stage::Over;
            return;
        }
        self.pending.expect_replies(1);
        self.write_expected(command);
    }

    fn write_expected(&mut self, command: &Command) {
        command.encode(&mut self.commands);
    }

    /// Notes a message that no FreeSWITCH sends here: it is skipped, and the first one is logged.
    fn note_odd(&mut self, what: &str) {
        if self.odd_frames == 0 {
            warn!(what, "skipped an unexpected message on a control connection");
        }
        self.odd_frames += 1;
    }
}
