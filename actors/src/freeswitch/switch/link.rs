//! Our connection to a switch, without its socket: signing in, questions and their answers, signs of life.
//!
//! Replies come strictly in the order of the commands, so a queue is all that knows which
//! answer belongs to what.

use std::collections::VecDeque;

use cordboard_schema::limits::SWITCH_QUESTIONS_MAX;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::esl::{ApiCommand, Command, Event, Frame, Notice, Password, Reply};

use super::fault::LinkFault;
use crate::switches::{CONNECT_MS_MAX, LinkLife, Losses, Phase};

/// How long an answer may take, in ms. All that is asked takes the switch a few ms.
const ANSWER_MS_MAX: u64 = 10_000;
/// How long nothing at all may come before the switch is asked whether it is there, in ms. It sends `HEARTBEAT` every 20 s.
const SILENCE_MS_MAX: u64 = 30_000;
/// How long it may take to answer that, in ms.
const PROBE_MS_MAX: u64 = 5_000;

/// The one step of the opening of a connection: the switch has not let us in yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SigningIn;

/// A command that has not been answered.
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
    /// The switch has let us in.
    SignedIn,
    /// The answer to a question.
    Answer {
        /// The question.
        awaited: A,
        /// The answer's text.
        text: String,
        /// How long it took, in ms.
        took_ms: u64,
    },
    /// Something happened on the switch.
    Event(Event),
    /// The connection is of no use any more.
    Lost(LinkFault),
}

/// The state of our connection to a switch; `A` is what an answer is awaited for.
#[derive(Debug)]
pub(super) struct Link<A> {
    password: Password,
    life: LinkLife<SigningIn, LinkFault>,
    questions: VecDeque<Question<A>>,
}

impl<A> Link<A> {
    /// No connection yet; the first is due now.
    pub(super) fn new(password: Password, now: UnixMs) -> Self {
        Self { password, life: LinkLife::new(LinkFault::NotYet, now), questions: VecDeque::new() }
    }

    /// Whether the switch has let us in.
    pub(super) fn is_up(&self) -> bool {
        self.life.is_up()
    }

    /// Why not, and how often it was lost.
    pub(super) fn losses(&self) -> &Losses<LinkFault> {
        self.life.losses()
    }

    /// Questions without an answer.
    pub(super) fn unanswered(&self) -> usize {
        self.questions.len()
    }

    /// When [`Self::tick`] has something to do next.
    pub(super) fn next_deadline(&self) -> Option<UnixMs> {
        let answer = self.questions.iter().map(|question| question.until).min();
        self.life.next_deadline(answer, Some(SILENCE_MS_MAX))
    }

    /// Whether a connection is due. It counts as under way from then on.
    pub(super) fn begins_to_connect(&mut self, now: UnixMs) -> bool {
        self.life.begins_to_connect(now)
    }

    /// The connection is up. The switch speaks first.
    pub(super) fn connected(&mut self, now: UnixMs) {
        self.life.connected(SigningIn, now);
    }

    /// The connection is gone, or did not come about. Gives back what is not going to be answered.
    ///
    /// `luck` is a number from 0 to 1, for the wait until the next try.
    pub(super) fn lost(&mut self, fault: LinkFault, now: UnixMs, luck: f64) -> Vec<A> {
        if !self.life.lost(fault, now, luck) {
            return Vec::new();
        }
        self.questions.drain(..).map(|question| question.awaited).collect()
    }

    /// Sends a command whose answer is awaited for `awaited`. Only while the link is up.
    pub(super) fn ask(&mut self, command: &Command, awaited: A, now: UnixMs) {
        self.ask_within(command, awaited, ANSWER_MS_MAX, now);
    }

    fn ask_within(&mut self, command: &Command, awaited: A, ms_max: u64, now: UnixMs) {
        command.encode(self.life.output());
        self.questions.push_back(Question { awaited, asked_at: now, until: now + ms_max });
    }

    /// Bytes to write, once.
    pub(super) fn take_output(&mut self) -> Vec<u8> {
        self.life.take_output()
    }

    /// Takes a frame in.
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
            // A notice of somebody's call, a line of a log, a second request for the password: nothing to us.
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

    /// Takes the time in: a switch that does not answer is lost, one that is silent is asked.
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
