//! A test's handle of one call at a telephone.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::line::Line;
use super::{PhoneEnd, Says, Wire};
use crate::audio::Sound;
use crate::sip::rtp::Media;
use crate::sip::{Codec, SipError};
use crate::waiting::{TimedOut, wait_until};

/// How long the switch may take to answer a request.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// A call to a telephone. It goes on when this is dropped: it belongs to its [`super::Phones`].
#[derive(Debug, Clone)]
pub struct PhoneCall {
    pub(super) wire: Arc<Wire>,
    pub(super) line: Arc<Line>,
}

impl PhoneCall {
    /// The number that was called.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.line.number
    }

    /// The caller's number, as the telephone shows it.
    #[must_use]
    pub fn caller(&self) -> &str {
        self.line.caller()
    }

    /// The caller's name, as the telephone shows it; empty without one.
    #[must_use]
    pub fn caller_name(&self) -> &str {
        self.line.caller_name()
    }

    /// When its INVITE arrived.
    #[must_use]
    pub fn came_at(&self) -> Instant {
        self.line.came_at
    }

    /// When it was picked up, if it was.
    #[must_use]
    pub fn answered_at(&self) -> Option<Instant> {
        self.line.answered_at()
    }

    /// Waits until it is picked up and the switch knows it; a call that has already ended again counts too.
    ///
    /// # Errors
    /// It is not after `limit`.
    pub fn wait_answered(&self, limit: Duration) -> Result<(), TimedOut> {
        wait_until("the answer at a telephone", limit, || self.line.is_acknowledged().then_some(()))
    }

    /// Picks up a telephone that still rings, and says this.
    ///
    /// # Errors
    /// The switch does not accept the answer.
    pub fn answer(&self, says: &Says) -> Result<(), SipError> {
        self.line.pick_up(&self.wire, says)?;
        Ok(self.wait_answered(ANSWER_LIMIT)?)
    }

    /// Hangs up and waits until the switch knows it; a telephone that still rings declines the call (603).
    ///
    /// # Errors
    /// The switch does not answer.
    pub fn hang_up(&self) -> Result<(), SipError> {
        if self.ended().is_some() {
            return Ok(());
        }
        if self.answered_at().is_none() {
            return Ok(self.line.refuse(&self.wire, "603 Decline")?);
        }
        self.wait_answered(ANSWER_LIMIT)?;
        self.line.bye(&self.wire)?;
        self.wait_ended(ANSWER_LIMIT)?;
        Ok(())
    }

    /// Puts the other side on hold (a re-INVITE with `sendonly`): it hears the switch's music, and nothing from here.
    ///
    /// # Errors
    /// The switch refuses, or does not answer.
    pub fn hold(&self) -> Result<(), SipError> {
        self.set_hold(true)
    }

    /// Talks to the other side again (a re-INVITE with `sendrecv`).
    ///
    /// # Errors
    /// As [`PhoneCall::hold`].
    pub fn unhold(&self) -> Result<(), SipError> {
        self.set_hold(false)
    }

    fn set_hold(&self, is_holding: bool) -> Result<(), SipError> {
        self.wait_answered(ANSWER_LIMIT)?;
        let sequence = self.line.hold(&self.wire, is_holding)?;
        let answer = || self.line.reply(sequence);
        match wait_until("an answer to a re-INVITE", ANSWER_LIMIT, answer)? {
            (200..300, _) => Ok(()),
            (status, reason) => Err(SipError::Refused { status, reason }),
        }
    }

    /// Presses a key for 100 ms (RFC 4733 `telephone-event`), with a pause of 100 ms after it. Does nothing without sound.
    pub fn press(&self, digit: char) {
        self.line.with_media(|media| media.press(digit));
    }

    /// Says this once, instead of the repeated sound.
    pub fn say(&self, sound: &Sound) {
        let sound = sound.resampled(Codec::Pcmu.rate());
        self.line.with_media(|media| media.say(&sound.samples));
    }

    /// Waits until all keys were pressed and everything was said that is said once.
    ///
    /// # Errors
    /// It is not after `limit`.
    pub fn wait_said(&self, limit: Duration) -> Result<(), TimedOut> {
        let is_idle = || self.line.with_media(Media::is_idle).unwrap_or(true);
        wait_until("the end of a telephone's speech", limit, || is_idle().then_some(()))
    }

    /// Everything that was heard so far, with gaps in the RTP as silence; it remains when the call is over.
    #[must_use]
    pub fn heard(&self) -> Sound {
        self.sound(Media::heard)
    }

    /// The same without those gaps: sound and its order, on a machine that stalls now and then. Lost packets are missing.
    #[must_use]
    pub fn gapless(&self) -> Sound {
        self.sound(Media::gapless)
    }

    fn sound(&self, of: impl FnOnce(&Media) -> Sound) -> Sound {
        let nothing = || Sound { rate: Codec::Pcmu.rate(), samples: Vec::new() };
        self.line.with_media(of).unwrap_or_else(nothing)
    }

    /// The keys that the other side has sent (RFC 4733), in order.
    #[must_use]
    pub fn keys(&self) -> String {
        self.line.with_media(Media::keys).unwrap_or_default()
    }

    /// When the first packet arrived: the beginning of [`PhoneCall::heard`].
    #[must_use]
    pub fn heard_since(&self) -> Option<Instant> {
        self.line.with_media(Media::heard_since).flatten()
    }

    /// How the call ended, if it has.
    #[must_use]
    pub fn ended(&self) -> Option<PhoneEnd> {
        self.line.ended()
    }

    /// Waits until the call is over.
    ///
    /// # Errors
    /// It is not after `limit`.
    pub fn wait_ended(&self, limit: Duration) -> Result<PhoneEnd, TimedOut> {
        wait_until("the end of a telephone's call", limit, || self.ended())
    }
}
