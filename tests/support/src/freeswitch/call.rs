//! One leg of a call, as a test sees it: the person at the phone, and what the switch knows about it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::apps;
use super::audio_stream::StreamOrder;
use super::caller::Heard;
use super::channel::{Channel, Disposition, Held};
use super::faults::Strike;
use super::telephone::{self, KeySource};
use crate::audio::Sound;
use crate::clock::now;
use crate::waiting::{TimedOut, wait_until};

/// How long a key is held by default.
const KEY: Duration = Duration::from_millis(120);
/// How long the connections of a vanished channel are silent: longer than any test.
const SILENT: Duration = Duration::from_secs(3600);

/// A call from a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    pub(super) number: String,
    pub(super) from: (String, String),
    pub(super) actions: Option<Vec<super::dialplan::Action>>,
    pub(super) uuid: Option<String>,
    pub(super) variables: Vec<(String, String)>,
    pub(super) rate: u32,
}

impl Script {
    /// 1001 calls a number of the dialplan.
    #[must_use]
    pub fn to(number: &str) -> Self {
        Self {
            number: number.to_owned(),
            from: ("1001".to_owned(), "Phone 1001".to_owned()),
            actions: None,
            uuid: None,
            variables: Vec::new(),
            rate: 8000,
        }
    }

    /// The caller's number.
    #[must_use]
    pub fn from(mut self, number: &str, name: &str) -> Self {
        self.from = (number.to_owned(), name.to_owned());
        self
    }

    /// Sets the actions of the number, instead of the dialplan's.
    #[must_use]
    pub fn runs(mut self, actions: impl IntoIterator<Item = super::dialplan::Action>) -> Self {
        self.actions = Some(actions.into_iter().collect());
        self
    }

    /// The call's uuid, instead of a random one.
    #[must_use]
    pub fn uuid(mut self, uuid: &str) -> Self {
        self.uuid = Some(uuid.to_owned());
        self
    }

    /// A channel variable from the start.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The codec's rate: 8,000 Hz (PCMU) by default; 16,000 or 48,000 Hz are L16.
    #[must_use]
    pub fn rate(mut self, hz: u32) -> Self {
        self.rate = hz;
        self
    }

    /// A phone without a codec that the switch knows: `answer` fails.
    #[must_use]
    pub fn without_codec(self) -> Self {
        self.variable("rtp_use_codec_string", "none")
    }
}

/// A leg. Clones are the same leg.
#[derive(Debug, Clone)]
pub struct Call {
    pub(super) channel: Arc<Channel>,
}

impl Call {
    /// `Unique-ID`.
    #[must_use]
    pub fn uuid(&self) -> &str {
        &self.channel.uuid
    }

    /// Begins to say something, now or after what is being said.
    pub fn say(&self, sound: &Sound) {
        self.channel.mouth().say(sound);
    }

    /// Falls silent.
    pub fn hush(&self) {
        self.channel.mouth().hush();
    }

    /// When everything will have been said.
    #[must_use]
    pub fn said_at(&self) -> Option<Instant> {
        self.channel.mouth().said_at()
    }

    /// Waits until everything was said.
    ///
    /// # Errors
    /// It is not within `limit`.
    pub fn wait_said(&self, limit: Duration) -> Result<(), TimedOut> {
        let is_said = || self.said_at().is_none_or(|at| at <= now()).then_some(());
        wait_until("the end of the speech", limit, is_said)
    }

    /// Everything that was heard.
    #[must_use]
    pub fn heard(&self) -> Heard {
        self.channel.ear().clone()
    }

    /// Presses a key for 120 ms; the event is sent when it is released.
    pub fn press(&self, digit: char) {
        self.press_for(digit, KEY, KeySource::Rtp);
    }

    /// Presses a key for this long.
    pub fn press_for(&self, digit: char, held: Duration, source: KeySource) {
        let channel = Arc::clone(&self.channel);
        let samples = u32::try_from(held.as_millis() * 8).unwrap_or(u32::MAX);
        self.channel.switch.spawn(async move {
            if channel.switch.settings.pace == super::Pace::Real {
                tokio::time::sleep(held).await;
            }
            telephone::key(&channel, digit, samples, source);
        });
    }

    /// BYE, or CANCEL before the answer.
    pub fn hang_up(&self) {
        let channel = Arc::clone(&self.channel);
        self.channel.switch.spawn(async move { channel.phone_hangs_up().await });
    }

    /// The switch ends the call, with one of its causes, such as `MEDIA_TIMEOUT`.
    pub fn kill(&self, cause: &str) {
        self.channel.hang_up(cause, Disposition::SendBye);
    }

    /// The channel disappears without notice: its connections are up and silent.
    pub fn vanish(&self) {
        self.strike_control(&Strike::Stall(SILENT));
        self.strike_audio(Strike::Stall(SILENT));
        self.channel.state().unicast = None;
        self.channel.switch.lose(&self.channel);
    }

    /// The phone answers; for a leg that the switch called.
    pub fn answer(&self) {
        apps::answer(&self.channel);
        self.channel.nudge();
    }

    /// The phone puts the call on hold: re-INVITE with `sendonly`.
    pub fn hold(&self) {
        self.re_invite(Held::Yes);
    }

    /// The phone takes it back.
    pub fn unhold(&self) {
        self.re_invite(Held::No);
    }

    /// Whether the call is on hold at this phone, whoever asked for it.
    pub fn is_held(&self) -> bool {
        self.channel.state().held == Held::Yes
    }

    fn re_invite(&self, held: Held) {
        let channel = Arc::clone(&self.channel);
        self.channel.switch.spawn(async move {
            channel.tick().await;
            telephone::hold(&channel, held);
        });
    }

    /// The other party of a bridge moves this call to a number: a blind transfer by REFER.
    pub fn refer(&self, number: &str) {
        let (seconds, uuid) = (self.channel.switch.now_us() / 1_000_000, &self.channel.uuid);
        self.channel.set("transfer_source", &format!("{seconds}:{uuid}:bl_xfer:{number}/default/XML"));
        self.channel.state().profile.bridged_us = 0;
        self.channel.go_to_number(number);
    }

    /// Whether the call was answered and is active.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.channel.is_answered()
    }

    /// Why the call ended; `None` while it is active.
    #[must_use]
    pub fn hangup_cause(&self) -> Option<String> {
        self.channel.state().cause.clone()
    }

    /// The side that ended it: `recv_bye` the phone, `send_bye` the switch, and so on.
    #[must_use]
    pub fn disposition(&self) -> Option<&'static str> {
        self.channel.state().disposition.map(Disposition::name)
    }

    /// A channel variable.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<String> {
        self.channel.variable(name)
    }

    /// Digits that the switch sent to this phone.
    #[must_use]
    pub fn digits_sent(&self) -> String {
        self.channel.state().digits_sent.clone()
    }

    /// The other leg of its bridge.
    #[must_use]
    pub fn bridged_to(&self) -> Option<String> {
        let state = self.channel.state();
        state.other_leg.clone().filter(|_| state.bridged)
    }

    /// Whether an audio stream is attached.
    #[must_use]
    pub fn is_streaming(&self) -> bool {
        self.channel.state().stream.is_some()
    }

    /// Whether unicast runs.
    #[must_use]
    pub fn has_unicast(&self) -> bool {
        self.channel.state().unicast.is_some()
    }

    /// Strikes the connections that control this call; returns how many there are.
    pub fn strike_control(&self, strike: &Strike) -> usize {
        self.channel.switch.strike(Some(&self.channel.uuid), strike)
    }

    /// Strikes this call's audio stream; `false` when there is none.
    pub fn strike_audio(&self, strike: Strike) -> bool {
        let stream = self.channel.state().stream.clone();
        stream.is_some_and(|stream| stream.order(StreamOrder::Struck(strike)))
    }

    /// How many connections control this call.
    #[must_use]
    pub fn control_count(&self) -> usize {
        self.channel.switch.connection_numbers(Some(&self.channel.uuid)).len()
    }

    /// Waits until the call is answered.
    ///
    /// # Errors
    /// It is not within `limit`.
    pub fn wait_answered(&self, limit: Duration) -> Result<(), TimedOut> {
        wait_until("the answer", limit, || self.is_answered().then_some(()))
    }

    /// Waits until the call is over, and returns the cause.
    ///
    /// # Errors
    /// It is not within `limit`.
    pub fn wait_over(&self, limit: Duration) -> Result<String, TimedOut> {
        wait_until("the end of the call", limit, || self.hangup_cause())
    }

    /// Waits until this returns a value for what was heard.
    ///
    /// # Errors
    /// It does not within `limit`.
    pub fn wait_heard<T>(
        &self,
        awaited: &str,
        limit: Duration,
        mut look: impl FnMut(&Heard) -> Option<T>,
    ) -> Result<T, TimedOut> {
        wait_until(awaited, limit, || look(&self.channel.ear()))
    }
}
