//! Our connection to an Asterisk, without its socket: signing in, actions and their answers, signs of life.
//!
//! ```text
//! Down ──> Connecting ──connected──> Greeting ──banner──> SigningIn ──challenge, login──> Booting ──FullyBooted──> Up
//!   ^                                                                                      └── 10 s without it ──┘
//!   └──────────────── lost, refused, silent ─────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! After a restart Asterisk accepts logins before it is ready, so we wait for its `FullyBooted`. A user without `system` in `read`
//! does not get that event, so the wait has a limit. Answers arrive in any order: only the id of an action says what its answer
//! belongs to. Our ids are never the same as another program's, because everyone gets the event of an originate's end.

use std::collections::BTreeMap;

use cordboard_schema::limits::{AMI_ACTIONS_MAX, AMI_LIST_BYTES_MAX, AMI_LIST_ROWS_MAX};
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::ami::{Action, AmiEvent, AmiValue, Answer, Frame, Message, Secret};

use super::fault::AmiFault;
use crate::switches::{CONNECT_MS_MAX, LinkLife, Losses, Phase};

/// How long an Asterisk that has accepted our login may take to report that it has started completely, in ms.
const BOOT_MS_MAX: u64 = 10_000;
/// How long an answer may take, in ms. Asterisk answers the actions of one connection one after the other.
const ANSWER_MS_MAX: u64 = 10_000;
/// How long a connection may be silent before we send Asterisk a ping, in ms. Asterisk sends no pings itself.
const SILENCE_MS_MAX: u64 = 15_000;
/// How long the answer to that may take, in ms.
const PROBE_MS_MAX: u64 = 5_000;

/// A step of the opening of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Waiting for Asterisk, which speaks first.
    Greeting,
    /// A challenge was requested, or answered.
    SigningIn,
    /// Signed in; Asterisk may still be starting.
    Booting,
}

/// An action whose answer is not complete.
#[derive(Debug)]
struct PendingAnswer<A> {
    awaited: A,
    asked_at: UnixMs,
    until: UnixMs,
    /// The answer, if a list follows it.
    list: Option<Message>,
    rows: Vec<Message>,
    rows_bytes: usize,
    /// Whether rows were dropped.
    is_cut: bool,
}

/// A complete answer.
#[derive(Debug)]
pub(super) struct Answered<A> {
    /// The purpose of the action.
    pub(super) awaited: A,
    /// Asterisk's answer.
    pub(super) answer: Message,
    /// The list that followed it.
    pub(super) rows: Vec<Message>,
    /// Whether the list was longer than the limit of what is kept.
    pub(super) is_cut: bool,
    /// How long it took, in ms.
    pub(super) took_ms: u64,
}

/// Meaning of a frame.
#[derive(Debug)]
pub(super) enum FrameMeaning<A> {
    /// Nothing.
    Nothing,
    /// The connection is ready for use.
    Up,
    /// The answer to an action.
    Answer(Box<Answered<A>>),
    /// An event on the switch.
    Event(Message),
    /// The connection can't be used any more.
    Lost(AmiFault),
}

/// The state of our connection to an Asterisk; `A` is the purpose of an action.
#[derive(Debug)]
pub(super) struct Link<A> {
    user: AmiValue,
    secret: Secret,
    life: LinkLife<Step, AmiFault>,
    /// The prefix of our ids.
    mark: String,
    numbered: u64,
    /// Actions by the number in their id, so oldest first.
    asked: BTreeMap<u64, PendingAnswer<A>>,
    /// Size of the rows of all incomplete lists.
    rows_bytes: usize,
}

/// The number of the actions that request the challenge and log in, and of no other.
const SIGN_IN: u64 = 0;

impl<A> Link<A> {
    /// Starts without a connection; the first is due now. `mark` is a random number.
    pub(super) fn new(user: AmiValue, secret: Secret, mark: u32, now: UnixMs) -> Self {
        Self {
            user,
            secret,
            life: LinkLife::new(AmiFault::NotYet, now),
            mark: format!("cordboard-{mark:08x}-"),
            numbered: SIGN_IN,
            asked: BTreeMap::new(),
            rows_bytes: 0,
        }
    }

    /// Returns whether actions can be sent.
    pub(super) fn is_up(&self) -> bool {
        self.life.is_up()
    }

    /// Returns why there is no connection, and how often it was lost.
    pub(super) fn losses(&self) -> &Losses<AmiFault> {
        self.life.losses()
    }

    /// Returns the number of actions without a complete answer.
    pub(super) fn unanswered(&self) -> usize {
        self.asked.len()
    }

    /// Returns when [`Self::tick`] has something to do next.
    pub(super) fn next_deadline(&self) -> Option<UnixMs> {
        self.life.next_deadline(self.asked.values().map(|asked| asked.until).min(), Some(SILENCE_MS_MAX))
    }

    /// Returns whether a connection is due. If so, it counts as being made from now on.
    pub(super) fn begins_to_connect(&mut self, now: UnixMs) -> bool {
        self.life.begins_to_connect(now)
    }

    /// Notes that the connection is up.
    pub(super) fn connected(&mut self, now: UnixMs) {
        self.life.connected(Step::Greeting, now);
    }

    /// Handles a connection that is gone, or was not made. Returns the purposes of the actions that will not be answered.
    ///
    /// `luck` is a random number from 0 to 1, for the wait until the next try.
    pub(super) fn lost(&mut self, fault: AmiFault, now: UnixMs, luck: f64) -> Vec<A> {
        if !self.life.lost(fault, now, luck) {
            return Vec::new();
        }
        self.rows_bytes = 0;
        std::mem::take(&mut self.asked).into_values().map(|asked| asked.awaited).collect()
    }

    /// Sends an action with its purpose, and returns its id. Only while the link is up.
    pub(super) fn ask(&mut self, action: &Action, awaited: A, now: UnixMs) -> String {
        self.ask_within(action, awaited, ANSWER_MS_MAX, now)
    }

    fn ask_within(&mut self, action: &Action, awaited: A, ms_max: u64, now: UnixMs) -> String {
        self.numbered += 1;
        let id = self.id(self.numbered);
        action.encode(&id, self.life.output());
        let asked = PendingAnswer {
            awaited,
            asked_at: now,
            until: now + ms_max,
            list: None,
            rows: Vec::new(),
            rows_bytes: 0,
            is_cut: false,
        };
        self.asked.insert(self.numbered, asked);
        id
    }

    fn id(&self, number: u64) -> String {
        format!("{}{number}", self.mark)
    }

    /// Returns the number in an id of ours.
    fn number_in(&self, id: &str) -> Option<u64> {
        id.strip_prefix(self.mark.as_str())?.parse().ok()
    }

    /// Returns whether an action of this id is ours.
    pub(super) fn is_ours(&self, id: &str) -> bool {
        self.number_in(id).is_some()
    }

    /// Takes the bytes to be written. Each is given once.
    pub(super) fn take_output(&mut self) -> Vec<u8> {
        self.life.take_output()
    }

    /// Handles a frame from Asterisk.
    pub(super) fn received(&mut self, frame: Frame, now: UnixMs) -> FrameMeaning<A> {
        self.life.heard(now);
        match (self.life.phase(), frame) {
            (Phase::Opening { step: Step::Greeting, until }, Frame::Banner(_)) => {
                Action::Challenge.encode(&self.id(SIGN_IN), self.life.output());
                self.life.enter(Step::SigningIn, until);
                FrameMeaning::Nothing
            }
            (_, Frame::Banner(_)) => FrameMeaning::Nothing,
            (_, Frame::Message(message)) if message.event() == Some(AmiEvent::Shutdown) => {
                FrameMeaning::Lost(AmiFault::ShuttingDown)
            }
            (Phase::Opening { step: Step::SigningIn, .. }, Frame::Message(message)) => {
                self.signing_in(&message, now)
            }
            (Phase::Opening { step: Step::Booting, .. }, Frame::Message(message))
                if message.event() == Some(AmiEvent::FullyBooted) =>
            {
                self.is_of_use(now)
            }
            (Phase::Up { .. }, Frame::Message(message)) => self.heard(message, now),
            _ => FrameMeaning::Nothing,
        }
    }

    fn signing_in(&mut self, message: &Message, now: UnixMs) -> FrameMeaning<A> {
        if message.action_id().and_then(|id| self.number_in(id)) != Some(SIGN_IN) {
            return FrameMeaning::Nothing;
        }
        match (message.get("Challenge"), Answer::of(message)) {
            (Some(challenge), Answer::Success) => {
                let login = Action::Login { user: self.user.clone(), key: self.secret.key_for(challenge) };
                login.encode(&self.id(SIGN_IN), self.life.output());
            }
            (None, Answer::Success) => self.life.enter(Step::Booting, now + BOOT_MS_MAX),
            _ => return FrameMeaning::Lost(AmiFault::NotAdmitted),
        }
        FrameMeaning::Nothing
    }

    fn is_of_use(&mut self, now: UnixMs) -> FrameMeaning<A> {
        self.life.is_of_use(now);
        FrameMeaning::Up
    }

    /// Handles a message. A list may follow an answer, row by row; its rows have the action's id. So does the event of an
    /// originate's end.
    fn heard(&mut self, message: Message, now: UnixMs) -> FrameMeaning<A> {
        let number = message.action_id().and_then(|id| self.number_in(id));
        let Some(number) = number.filter(|_| message.event() != Some(AmiEvent::OriginateResponse)) else {
            return if message.is_answer() { FrameMeaning::Nothing } else { FrameMeaning::Event(message) };
        };
        let Some(asked) = self.asked.get_mut(&number) else { return FrameMeaning::Nothing };
        let is_answer = message.is_answer();
        match (is_answer, asked.list.is_some()) {
            (true, _) if Answer::of(&message) == Answer::List => {
                asked.list = Some(message);
                return FrameMeaning::Nothing;
            }
            (false, true) if message.ends_list() => {}
            (false, true) => {
                let bytes = message.memory_bytes();
                if asked.rows.len() < AMI_LIST_ROWS_MAX && self.rows_bytes + bytes <= AMI_LIST_BYTES_MAX {
                    self.rows_bytes += bytes;
                    asked.rows_bytes += bytes;
                    asked.rows.push(message);
                } else {
                    asked.is_cut = true;
                }
                return FrameMeaning::Nothing;
            }
            (true, _) => asked.list = Some(message),
            (false, false) => return FrameMeaning::Event(message),
        }
        let Some(PendingAnswer { awaited, asked_at, list: Some(answer), rows, rows_bytes, is_cut, .. }) =
            self.asked.remove(&number)
        else {
            return FrameMeaning::Nothing;
        };
        self.rows_bytes -= rows_bytes;
        let took_ms = now.ms_since(asked_at);
        FrameMeaning::Answer(Box::new(Answered { awaited, answer, rows, is_cut, took_ms }))
    }

    /// Acts on the time that has passed. An Asterisk that does not answer is lost, a silent one is sent a ping, and one that does
    /// not report that it has started is used as it is.
    pub(super) fn tick(&mut self, probe: impl FnOnce() -> A, now: UnixMs) -> FrameMeaning<A> {
        match self.life.phase() {
            Phase::Opening { step: Step::Booting, until } if until <= now => self.is_of_use(now),
            Phase::Connecting { until } | Phase::Opening { until, .. } if until <= now => {
                FrameMeaning::Lost(AmiFault::Silent(CONNECT_MS_MAX))
            }
            Phase::Up { .. } => {
                if self.asked.len() > AMI_ACTIONS_MAX {
                    return FrameMeaning::Lost(AmiFault::Stuck);
                }
                if let Some(late) = self.asked.values().find(|asked| asked.until <= now) {
                    return FrameMeaning::Lost(AmiFault::NoAnswer(now.ms_since(late.asked_at)));
                }
                if self.asked.is_empty() && now.ms_since(self.life.heard_at()) >= SILENCE_MS_MAX {
                    self.ask_within(&Action::Ping, probe(), PROBE_MS_MAX, now);
                }
                FrameMeaning::Nothing
            }
            _ => FrameMeaning::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::wire::ami::Decoder;

    use super::*;

    const NOW: UnixMs = UnixMs(1_000_000);

    fn message(text: &str) -> Frame {
        let bytes = format!("Asterisk Call Manager/1\r\n{}\r\n\r\n", text.replace('\n', "\r\n"));
        let (mut decoder, mut input) = (Decoder::new(), bytes.as_bytes());
        decoder.decode(&mut input).unwrap();
        decoder.decode(&mut input).unwrap().unwrap()
    }

    #[test]
    fn endless_lists_use_bounded_memory_that_is_freed() {
        let value = |text: &str| AmiValue::new(text).unwrap();
        let mut link = Link::new(value("user"), Secret::new("secret").unwrap(), 1, NOW);
        let up = |link: &mut Link<()>| {
            link.begins_to_connect(NOW + 600_000);
            link.connected(NOW);
            link.is_of_use(NOW);
        };
        up(&mut link);
        let long = "x".repeat(200_000);
        let begin = |link: &mut Link<()>| {
            let ids = [(), ()].map(|()| link.ask(&Action::CoreShowChannels, (), NOW));
            for id in &ids {
                let begins = message(&format!("Response: Success\nActionID: {id}\nEventList: start"));
                assert!(matches!(link.received(begins, NOW), FrameMeaning::Nothing));
                let row = message(&format!("Event: CoreShowChannel\nActionID: {id}\nExten: {long}"));
                for _ in 0..400 {
                    assert!(matches!(link.received(row.clone(), NOW), FrameMeaning::Nothing));
                }
            }
            ids
        };
        let ids = begin(&mut link);
        let kept = link.rows_bytes;
        assert!((AMI_LIST_BYTES_MAX / 2..=AMI_LIST_BYTES_MAX).contains(&kept), "{kept}");
        for id in ids {
            let ends = format!("Event: CoreShowChannelsComplete\nActionID: {id}\nEventList: Complete");
            assert!(matches!(link.received(message(&ends), NOW), FrameMeaning::Answer(_)));
        }
        assert_eq!(link.rows_bytes, 0);
        begin(&mut link);
        assert_eq!(link.lost(AmiFault::ShuttingDown, NOW, 0.0).len(), 2);
        assert_eq!(link.rows_bytes, 0);
    }
}
