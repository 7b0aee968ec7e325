//! Our connection to a switch, without its socket: signing in, requests and their answers, signs of life.
//!
//! Replies arrive strictly in the order of the commands, so a queue is enough to match answers.

use std::collections::VecDeque;

use cordboard_schema::limits::SWITCH_QUESTIONS_MAX;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::esl::{ApiCommand, Command, Event, Frame, Notice, Password, Reply};

use super::fault::LinkFault;
use crate::switches::{CONNECT_MS_MAX, LinkLife, Losses, Phase};

/// How long an answer may take, in ms. The switch needs a few ms for any of our requests.
const ANSWER_MS_MAX: u64 = 10_000;
/// How long a connection may be silent before we send the switch a probe, in ms. It sends `HEARTBEAT` every 20 s.
const SILENCE_MS_MAX: u64 = 30_000;
/// How long the answer to that may take, in ms.
const PROBE_MS_MAX: u64 = 5_000;

/// The one step of the opening of a connection: the switch has not accepted our login yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SigningIn;

/// An unanswered command.
#[derive(Debug)]
struct Question<A> {
    awaited: A,
    asked_at: UnixMs,
    until: UnixMs,
}

/// Meaning of a frame, or of the time.
#[derive(Debug)]
pub(super) enum FrameMeaning<A> {
    /// Nothing.
    Nothing,
    /// The switch has accepted our login.
    SignedIn,
    /// The answer to a command.
    Answer {
        /// The purpose of the command.
        awaited: A,
        /// The answer's text.
        text: String,
        /// How long it took, in ms.
        took_ms: u64,
    },
    /// An event on the switch.
    Event(Event),
    /// The connection can't be used any more.
    Lost(LinkFault),
}

/// The state of our connection to a switch; `A` is the purpose of a command.
#[derive(Debug)]
pub(super) struct Link<A> {
    password: Password,
    life: LinkLife<SigningIn, LinkFault>,
    questions: VecDeque<Question<A>>,
}

impl<A> Link<A> {
    /// Starts without a connection; the first is due now.
    pub(super) fn new(password: Password, now: UnixMs) -> Self {
        Self { password, life: LinkLife::new(LinkFault::NotYet, now), questions: VecDeque::new() }
    }

    /// Returns whether the switch has accepted our login.
    pub(super) fn is_up(&self) -> bool {
        self.life.is_up()
    }

    /// Returns why there is no connection, and how often it was lost.
    pub(super) fn losses(&self) -> &Losses<LinkFault> {
        self.life.losses()
    }

    /// Returns the number of unanswered commands.
    pub(super) fn unanswered(&self) -> usize {
        self.questions.len()
    }

    /// Returns when [`Self::tick`] has something to do next.
    pub(super) fn next_deadline(&self) -> Option<UnixMs> {
        let answer = self.questions.iter().map(|question| question.until).min();
        self.life.next_deadline(answer, Some(SILENCE_MS_MAX))
    }

    /// Returns whether a connection is due. If so, it counts as being made from now on.
    pub(super) fn begins_to_connect(&mut self, now: UnixMs) -> bool {
        self.life.begins_to_connect(now)
    }

    /// Notes that the connection is up. The switch speaks first.
    pub(super) fn connected(&mut self, now: UnixMs) {
        self.life.connected(SigningIn, now);
    }

    /// Handles a connection that is gone, or was not made. Returns the purposes of the commands that will not be answered.
    ///
    /// `luck` is a random number from 0 to 1, for the wait until the next try.
    pub(super) fn lost(&mut self, fault: LinkFault, now: UnixMs, luck: f64) -> Vec<A> {
        if !self.life.lost(fault, now, luck) {
            return Vec::new();
        }
        self.questions.drain(..).map(|question| question.awaited).collect()
    }

    /// Sends a command with its purpose. Only while the link is up.
    pub(super) fn ask(&mut self, command: &Command, awaited: A, now: UnixMs) {
        self.ask_within(command, awaited, ANSWER_MS_MAX, now);
    }

    fn ask_within(&mut self, command: &Command, awaited: A, ms_max: u64, now: UnixMs) {
        command.encode(self.life.output());
        self.questions.push_back(Question { awaited, asked_at: now, until: now + ms_max });
    }

    /// Takes the bytes to be written. Each is given once.
    pub(super) fn take_output(&mut self) -> Vec<u8> {
        self.life.take_output()
    }

    /// Handles a frame.
    pub(super) fn received(&mut self, frame: Frame, now: UnixMs) -> FrameMeaning<A> {
        self.life.heard(now);
        match (self.life.phase(), frame) {
            (_, Frame::Rejected(text)) => FrameMeaning::Lost(LinkFault::NotAdmitted(text)),
            (_, Frame::Disconnect(Notice::Final { text, .. })) => FrameMeaning::Lost(LinkFault::Ended(text)),
            (Phase::Opening { .. }, Frame::AuthRequest) => {
                Command::Auth(self.password.clone()).encode(self.life.output());
                FrameMeaning::Nothing
            }
            (Phase::Opening { .. }, Frame::Reply(reply)) => self.admitted(&reply, now),
            (Phase::Up { .. }, Frame::Reply(Reply { text, .. }) | Frame::ApiResponse(text)) => {
                self.answered(text, now)
            }
            (Phase::Up { .. }, Frame::Event(event)) => FrameMeaning::Event(event),
            // A notice of another call, a line of a log, a second request for the password: ignored.
            _ => FrameMeaning::Nothing,
        }
    }

    fn admitted(&mut self, reply: &Reply, now: UnixMs) -> FrameMeaning<A> {
        if reply.answer().failure().is_some() {
            return FrameMeaning::Lost(LinkFault::WrongPassword);
        }
        self.life.is_of_use(now);
        FrameMeaning::SignedIn
    }

    fn answered(&mut self, text: String, now: UnixMs) -> FrameMeaning<A> {
        match self.questions.pop_front() {
            Some(Question { awaited, asked_at, .. }) => {
                FrameMeaning::Answer { awaited, text, took_ms: now.ms_since(asked_at) }
            }
            None => FrameMeaning::Nothing,
        }
    }

    /// Acts on the time that has passed: a switch that does not answer is lost, and a silent one is sent a probe.
    pub(super) fn tick(&mut self, probe: impl FnOnce() -> A, now: UnixMs) -> Option<LinkFault> {
        match self.life.phase() {
            Phase::Connecting { until } | Phase::Opening { until, .. } if until <= now => {
                Some(LinkFault::Silent(CONNECT_MS_MAX))
            }
            Phase::Up { .. } => {
                if self.questions.len() > SWITCH_QUESTIONS_MAX {
                    return Some(LinkFault::Stuck);
                }
                if let Some(late) = self.questions.iter().find(|question| question.until <= now) {
                    return Some(LinkFault::NoAnswer(now.ms_since(late.asked_at)));
                }
                if self.questions.is_empty() && now.ms_since(self.life.heard_at()) >= SILENCE_MS_MAX {
                    self.ask_within(&Command::Api(ApiCommand::Status), probe(), PROBE_MS_MAX, now);
                }
                None
            }
            _ => None,
        }
    }
}
