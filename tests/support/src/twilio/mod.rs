//! Twilio as Cordboard sees it: it signs and sends webhooks, does what their TwiML asks for, opens media streams, and reports the state of
//! calls.
//!
//! It is written from Twilio's documents alone (`tests/captures/twilio`). Each message to it is checked against the strict schema, and whatever
//! breaks a rule is a violation ([`Caller::finish`]).

mod account;
mod agent;
mod document;
mod forms;
mod life;
mod rooms;
mod signature;
mod stream;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

pub use account::{Account, Posted};
pub use agent::Agent;
pub(crate) use forms::{form, form_text};
pub use signature::sign;

use crate::audio::Sound;
use crate::book::LIMIT;
use crate::driving::drive;
use crate::handoff_suite::Party;
use crate::waiting::{TimedOut, wait_until};

/// The sample rate of a stream.
pub const RATE: u32 = 8_000;

/// How late a busy machine may resume a thread.
const BUSY: Duration = Duration::from_millis(300);

/// A caller of a number, from their first ring to their end. Clones are the same caller.
#[derive(Debug, Clone)]
pub struct Caller(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    requested: Notify,
    /// How late the server may be with speech, because of the machine.
    lateness: Duration,
}

/// The state of a caller.
#[derive(Debug, Default)]
struct State {
    /// Pending actions.
    requests: VecDeque<TestRequest>,
    /// Pending sound.
    saying: VecDeque<i16>,
    /// How many milliseconds of the caller's sound get lost on the way.
    losing_ms: u64,
    /// Everything that was heard, including silence: each tick with its time.
    heard: Vec<(Instant, Vec<i16>)>,
    /// The answers of webhooks, in order.
    documents: Vec<String>,
    /// The target of a `<Dial>`.
    went_to: Option<String>,
    /// How the next ones end, in Twilio's words; later ones are answered.
    dials_end: VecDeque<String>,
    /// Whether the call is over, or was redirected.
    is_let_go: bool,
    /// Whether nothing of it remains.
    is_over: bool,
    /// The streams that were opened, including refused ones.
    streams: Vec<Opened>,
    /// The number of `clear`s that arrived.
    clears: u32,
    violations: Vec<String>,
}

/// The result of opening a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opened {
    /// It is, or was, open.
    Stream,
    /// The handshake was answered with this status.
    Refused(u16),
}

/// A request of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
enum TestRequest {
    Press(char),
    HangUp,
    /// Another party redirects the caller by the REST API.
    Redirect,
    /// The server redirects the caller by its REST API: what they do from now on.
    Lead(Lead),
    /// The socket breaks.
    Break,
    /// A malformed message.
    Send(String),
    /// Sends the request once more after a server did not answer.
    AskAgain,
}

/// The next document for a caller whom the server redirects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Lead {
    /// This document.
    Twiml(String),
    /// The answer of this address.
    Url(String),
    /// The call ends.
    End,
}

impl Caller {
    /// Calls the number whose voice webhook is `/twilio/voice`, on a thread of its own. `call` is the call's SID at Twilio.
    #[must_use]
    pub fn dial(account: &Account, call: &str, from: &str, to: &str) -> Self {
        let (caller, life) = Self::begin(BUSY, account, call, (from, to));
        drive(life.run());
        caller
    }

    /// The same as a task of the current runtime, whose clock may be paused.
    #[must_use]
    pub fn dial_here(account: &Account, call: &str, from: &str, to: &str) -> Self {
        let (caller, life) = Self::begin(Duration::ZERO, account, call, (from, to));
        tokio::spawn(life.run());
        caller
    }

    /// Takes a call that the server made, on a thread of its own: its first webhook and its status callback are at these addresses. `parties` are the
    /// number that is shown and the number that is called.
    #[must_use]
    pub fn answer(account: &Account, call: &str, parties: (&str, &str), first: &str, status: &str) -> Self {
        let (caller, life) = Self::begin(BUSY, account, call, parties);
        drive(life.that_was_made(first, status).run());
        caller
    }

    /// The same as a task of the current runtime, whose clock may be paused.
    #[must_use]
    pub fn answer_here(
        account: &Account,
        call: &str,
        parties: (&str, &str),
        first: &str,
        status: &str,
    ) -> Self {
        let (caller, life) = Self::begin(Duration::ZERO, account, call, parties);
        tokio::spawn(life.that_was_made(first, status).run());
        caller
    }

    fn begin(
        lateness: Duration,
        account: &Account,
        call: &str,
        (from, to): (&str, &str),
    ) -> (Self, life::Life) {
        let caller = Self(Arc::new(Shared { state: Mutex::default(), requested: Notify::new(), lateness }));
        let life = life::Life::new(account.clone(), caller.clone(), call, from, to);
        (caller, life)
    }

    /// Opens one more stream of this account, without a token, and drops it.
    pub async fn open_stream(account: &Account, url: &str) -> Opened {
        stream::open(account, url).await.map_or_else(Opened::Refused, |_| Opened::Stream)
    }

    /// Says something, after the sound that still waits. Returns at once.
    pub fn say(&self, sound: &Sound) {
        self.state().saying.extend(sound.resampled(RATE).samples);
    }

    /// Returns whether all of that was said.
    #[must_use]
    pub fn has_said(&self) -> bool {
        self.state().saying.is_empty()
    }

    /// Waits until all of that was said.
    ///
    /// # Errors
    /// It takes longer.
    pub fn wait_said(&self, limit: Duration) -> Result<(), TimedOut> {
        wait_until("the end of the caller's speech", limit, || self.has_said().then_some(()))
    }

    /// Presses a key.
    pub fn press(&self, key: char) {
        self.request(TestRequest::Press(key));
    }

    /// Hangs up: the stream is stopped, and status callbacks report that, twice and in no order.
    pub fn hang_up(&self) {
        self.request(TestRequest::HangUp);
    }

    /// Redirects the caller, as a REST request of another party does.
    pub fn redirect(&self) {
        self.request(TestRequest::Redirect);
    }

    /// The server redirects the caller; false where the call is over.
    pub(crate) fn lead(&self, lead: Lead) -> bool {
        let mut state = self.state();
        if !state.is_over {
            state.requests.push_back(TestRequest::Lead(lead));
            self.0.requested.notify_one();
        }
        !state.is_over
    }

    /// Breaks the stream's socket; Twilio goes on with the next verb.
    pub fn break_stream(&self) {
        self.request(TestRequest::Break);
    }

    /// This much of what the caller says from now on is lost on its way.
    pub fn lose(&self, ms: u64) {
        self.state().losing_ms = ms;
    }

    /// Sends this text over the stream.
    pub fn send(&self, text: &str) {
        self.request(TestRequest::Send(text.to_owned()));
    }

    /// Sends the request once more where the server did not answer.
    pub fn ask_again(&self) {
        self.request(TestRequest::AskAgain);
    }

    /// The next `<Dial>` ends like this, for example `busy`. Others are answered, and end when they have talked.
    pub fn dial_ends(&self, status: &str) {
        self.state().dials_end.push_back(status.to_owned());
    }

    /// Everything that was heard so far.
    #[must_use]
    pub fn heard(&self) -> Sound {
        let state = self.state();
        let samples = state.heard.iter().flat_map(|(_, samples)| samples).copied().collect();
        Sound { rate: RATE, samples }
    }

    /// The same in parts of 20 ms, each with the moment at which it began to be heard.
    #[must_use]
    pub fn frames(&self) -> Vec<(Instant, Vec<i16>)> {
        self.state().heard.clone()
    }

    /// Whether the call is over, or was redirected.
    #[must_use]
    pub fn is_let_go(&self) -> bool {
        self.state().is_let_go
    }

    /// Whether nothing of the call remains, or it was redirected.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let state = self.state();
        state.is_let_go || state.is_over
    }

    /// The target of a `<Dial>`.
    #[must_use]
    pub fn went_to(&self) -> Option<String> {
        self.state().went_to.clone()
    }

    /// The answers of webhooks, in order.
    #[must_use]
    pub fn documents(&self) -> Vec<String> {
        self.state().documents.clone()
    }

    /// The result of each stream.
    #[must_use]
    pub fn streams(&self) -> Vec<Opened> {
        self.state().streams.clone()
    }

    /// The number of `clear`s that arrived.
    #[must_use]
    pub fn clears(&self) -> u32 {
        self.state().clears
    }

    /// The violations so far.
    #[must_use]
    pub fn violations(&self) -> Vec<String> {
        self.state().violations.clone()
    }

    /// Ends a test.
    ///
    /// # Panics
    /// A rule was broken.
    pub fn finish(&self) {
        let violations = self.violations();
        assert!(violations.is_empty(), "{violations:#?}");
    }

    fn request(&self, request: TestRequest) {
        self.state().requests.push_back(request);
        self.0.requested.notify_one();
    }

    /// The next thing that a test asks for.
    async fn next_request(&self) -> TestRequest {
        loop {
            if let Some(request) = self.state().requests.pop_front() {
                return request;
            }
            self.0.requested.notified().await;
        }
    }

    fn broke(&self, rule: impl Into<String>) {
        self.state().violations.push(rule.into());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[allow(clippy::unwrap_used, reason = "a test stops where it fails")]
impl Party for Caller {
    fn say(&self, sound: &Sound) {
        Self::say(self, sound);
    }

    fn wait_said(&self) {
        Self::wait_said(self, LIMIT).unwrap();
    }

    fn press(&self, key: char) {
        Self::press(self, key);
    }

    fn hang_up(&self) {
        Self::hang_up(self);
    }

    fn heard(&self) -> Sound {
        Self::heard(self)
    }

    fn wait_over(&self) {
        wait_until("the end of the caller's leg", LIMIT, || self.is_over().then_some(())).unwrap();
    }
}
