//! Our connection to an Asterisk, without its socket: signing in, actions and their answers, signs of life.
//!
//! ```text
//! Down ──> Connecting ──stands──> Greeting ──banner──> SigningIn ──challenge, login──> Booting ──FullyBooted──> Up
//!   ^                                                                                   └── 10 s without it ──┘
//!   └──────────────── lost, refused, silent ──────────────────────────────────────────────────────────────────┘
//! ```
//!
//! After a restart Asterisk takes logins before it is ready, so its word is waited for; a user whose `read` lacks `system`
//! is not reported, so not without end. Answers come in any order: the id of an action alone says what its answer belongs to, and
//! ids are never the same as another program's, because everybody hears of an originate's end.

use std::collections::BTreeMap;

use cordboard_schema::limits::{AMI_ACTIONS_MAX, AMI_LIST_BYTES_MAX, AMI_LIST_ROWS_MAX};
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::ami::{Action, AmiEvent, AmiValue, Answer, Frame, Message, Secret};

use super::fault::AmiFault;
use crate::switches::{CONNECT_MS_MAX, LinkLife, Losses, Phase};

/// How long an Asterisk that has let us in may take to say that it has started whole, in ms.
const BOOT_MS_MAX: u64 = 10_000;
/// How long an answer may take, in ms. Those of one connection are given one after the other.
const ANSWER_MS_MAX: u64 = 10_000;
/// How long nothing at all may come before Asterisk is asked whether it is there, in ms. It says nothing by itself.
const SILENCE_MS_MAX: u64 = 15_000;
/// How long it may take to answer that, in ms.
const PROBE_MS_MAX: u64 = 5_000;

/// A step of the opening of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Asterisk speaks first.
    Greeting,
    /// A challenge was asked for, or answered.
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
    /// The answer, where a list follows it.
    list: Option<Message>,
    rows: Vec<Message>,
    rows_bytes: usize,
    /// Rows were passed over.
    is_cut: bool,
}

/// A complete answer.
#[derive(Debug)]
pub(super) struct Answered<A> {
    /// The question.
    pub(super) awaited: A,
    /// Asterisk's answer.
    pub(super) answer: Message,
    /// The list behind it.
    pub(super) rows: Vec<Message>,
    /// The list was longer than what is kept of one.
    pub(super) is_cut: bool,
    /// How long it took, in ms.
    pub(super) took_ms: u64,
}

/// Meaning of a frame.
#[derive(Debug)]
pub(super) enum FrameMeaning<A> {
    /// Nothing.
    Nothing,
    /// The connection is of use from now on.
    Up,
    /// The answer to an action.
    Answer(Box<Answered<A>>),
    /// Something happened on the switch.
    Event(Message),
    /// The connection is of no use any more.
    Lost(AmiFault),
}

/// The state of our connection to an Asterisk; `A` is what an answer is awaited for.
#[derive(Debug)]
pub(super) struct Link<A> {
    user: AmiValue,
    secret: Secret,
    life: LinkLife<Step, AmiFault>,
    /// How our ids begin.
    mark: String,
    numbered: u64,
    /// By the number in the action's id, so oldest first.
    asked: BTreeMap<u64, PendingAnswer<A>>,
    /// Of the entries of all lists that have not ended.
    rows_bytes: usize,
}

/// The number of the action that asks for the challenge, and of the login: of no other.
const SIGN_IN: u64 = 0;

impl<A> Link<A> {
    /// No connection yet; the first is due now. `mark` is a number of chance.
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

    /// Whether it can be asked for something.
    pub(super) fn is_up(&self) -> bool {
        self.life.is_up()
    }

    /// Why not, and how often it was lost.
    pub(super) fn losses(&self) -> &Losses<AmiFault> {
        self.life.losses()
    }

    /// Actions without a complete answer.
    pub(super) fn unanswered(&self) -> usize {
        self.asked.len()
    }

    /// When [`Self::tick`] has something to do next.
    pub(super) fn next_deadline(&self) -> Option<UnixMs> {
        self.life.next_deadline(self.asked.values().map(|asked| asked.until).min(), Some(SILENCE_MS_MAX))
    }

    /// Whether a connection is due. It counts as under way from then on.
    pub(super) fn begins_to_connect(&mut self, now: UnixMs) -> bool {
        self.life.begins_to_connect(now)
    }

    /// The connection is up.
    pub(super) fn connected(&mut self, now: UnixMs) {
        self.life.connected(Step::Greeting, now);
    }

    /// The connection is gone, or did not come about. Gives back what is not going to be answered.
    ///
    /// `luck` is a number from 0 to 1, for the wait until the next try.
    pub(super) fn lost(&mut self, fault: AmiFault, now: UnixMs, luck: f64) -> Vec<A> {
        if !self.life.lost(fault, now, luck) {
            return Vec::new();
        }
        self.rows_bytes = 0;
        std::mem::take(&mut self.asked).into_values().map(|asked| asked.awaited).collect()
    }

    /// Sends an action whose answer is awaited for `awaited`, and says its id. Only while the link is up.
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

    /// The number in an id of ours.
    fn number_in(&self, id: &str) -> Option<u64> {
        id.strip_prefix(self.mark.as_str())?.parse().ok()
    }

    /// Bytes that are to be written. Each is given once.
    pub(super) fn take_output(&mut self) -> Vec<u8> {
        self.life.take_output()
    }

    /// Takes a frame in.
    pub(super) fn received(&mut self, frame: Frame, now: UnixMs) -> FrameMeaning<A> {
        self.life.heard(now);
        match (self.life.phase(), frame) {
            (Phase::Opening { step: Step::Greeting, until }, Frame::Banner(_)) => {
                Action::Challenge.encode(&self.id(SIGN_IN), self.life.output());
                self.life.goes_on(Step::SigningIn, until);
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
            (None, Answer::Success) => self.life.goes_on(Step::Booting, now + BOOT_MS_MAX),
            _ => return FrameMeaning::Lost(AmiFault::NotAdmitted),
        }
        FrameMeaning::Nothing
    }

    fn is_of_use(&mut self, now: UnixMs) -> FrameMeaning<A> {
        self.life.is_of_use(now);
        FrameMeaning::Up
    }

    /// A list may answer, entry by entry: what belongs to it has the action's id. So has an originate's end.
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

    /// Takes the time in: an Asterisk that does not answer is lost, one that is silent is asked, one that does not say that
    /// it has started is taken as it is.
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
    fn endless_lists_fill_a_bounded_memory_that_is_freed_again() {
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
