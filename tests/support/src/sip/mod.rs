//! People with telephones of their own: SIP over UDP and RTP (PCMU, or linear PCM at 16 kHz), RFC 4733 digits.
//!
//! A [`SipCall`] is a caller; [`Phones`] are many telephones that are called, each with the behaviour that a test has set. A test reads what they
//! have heard while the call goes on, sample by sample.

mod dialog;
mod message;
mod party;
mod phones;
mod rtp;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

use self::dialog::{Dialog, Shared};
pub use self::phones::{Manner, PhoneCall, PhoneEnd, Phones, Says};
use self::rtp::Media;
use crate::audio::Sound;
use crate::waiting::{TimedOut, wait_until};

/// Why a caller could not call, or a telephone could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum SipError {
    /// An error of one of our sockets.
    #[error("SIP telephone: {0}")]
    Io(#[from] io::Error),
    /// The other side refused.
    #[error("the other side refused: {status} {reason}")]
    Refused {
        /// The SIP status code.
        status: u16,
        /// Its text.
        reason: String,
    },
    /// Nothing arrived in time.
    #[error(transparent)]
    TimedOut(#[from] TimedOut),
}

/// How the caller's voice is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// G.711 mu-law, 8 kHz.
    Pcmu,
    /// Linear PCM at 16 kHz (`L16/16000`): wideband without a codec's losses.
    Linear16k,
}

impl Codec {
    /// Samples a second, in Hz.
    #[must_use]
    pub const fn rate(self) -> u32 {
        match self {
            Self::Pcmu => 8000,
            Self::Linear16k => 16000,
        }
    }
}

/// The side that hung up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HungUpBy {
    /// The caller, here.
    Caller,
    /// The other side.
    OtherSide,
}

/// An answered call. Hung up on drop.
#[derive(Debug)]
pub struct SipCall {
    dialog: Dialog,
    media: Media,
    answered_at: Instant,
}

impl SipCall {
    /// Dials `extension` at the switch and waits for the answer.
    ///
    /// # Errors
    /// The call is refused, or not answered within `limit`.
    pub fn dial(
        switch: SocketAddr,
        extension: &str,
        from_number: &str,
        codec: Codec,
        limit: Duration,
    ) -> Result<Self, SipError> {
        let rtp_socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        let offer = message::offer(rtp_socket.local_addr()?.port(), codec);
        let dialog = Dialog::invite(switch, extension, from_number, &offer)?;
        let shared = Arc::clone(dialog.shared());
        let remote_media = wait_until("an answer to the INVITE", limit, || shared.outcome())??;
        let media = Media::start(rtp_socket, remote_media, codec)?;
        Ok(Self { dialog, media, answered_at: Instant::now() })
    }

    /// When the call was answered.
    #[must_use]
    pub fn answered_at(&self) -> Instant {
        self.answered_at
    }

    /// Says something, after what is still to be said. Returns at once; silence is sent before and after.
    pub fn say(&self, sound: &Sound) {
        self.media.say(&sound.resampled(self.media.codec().rate()).samples);
    }

    /// Waits until everything was said and all keys were pressed.
    ///
    /// # Errors
    /// There is still something to say after `limit`.
    pub fn wait_said(&self, limit: Duration) -> Result<(), TimedOut> {
        wait_until("the end of the caller's speech", limit, || self.media.is_idle().then_some(()))
    }

    /// Presses a key for 100 ms (RFC 4733 `telephone-event`), with a pause of 100 ms after it.
    pub fn press(&self, digit: char) {
        self.media.press(digit);
    }

    /// Everything that was heard since the answer, with gaps in the RTP as silence.
    #[must_use]
    pub fn heard(&self) -> Sound {
        self.media.heard()
    }

    /// The same without those gaps: sound and its order, on a machine that stalls now and then. Lost packets are missing.
    #[must_use]
    pub fn gapless(&self) -> Sound {
        self.media.gapless()
    }

    /// The keys that the other side has sent (RFC 4733), in order.
    #[must_use]
    pub fn keys(&self) -> String {
        self.media.keys()
    }

    /// When the first packet arrived: the beginning of [`SipCall::heard`].
    #[must_use]
    pub fn heard_since(&self) -> Option<Instant> {
        self.media.heard_since()
    }

    /// The longest time without RTP, from the first packet to the last.
    #[must_use]
    pub fn longest_gap(&self) -> Duration {
        self.media.longest_gap()
    }

    /// Sends BYE and waits until it is acknowledged.
    ///
    /// # Errors
    /// The BYE cannot be sent, or is not answered within 5 s.
    pub fn hang_up(&self) -> Result<(), SipError> {
        self.dialog.bye()?;
        self.wait_ended(Duration::from_secs(5)).map(drop)
    }

    /// The side that has hung up, if one has.
    #[must_use]
    pub fn ended(&self) -> Option<HungUpBy> {
        self.dialog.shared().ended()
    }

    /// Waits until the call is over.
    ///
    /// # Errors
    /// It is not after `limit`.
    pub fn wait_ended(&self, limit: Duration) -> Result<HungUpBy, SipError> {
        Ok(wait_until("the end of the call", limit, || self.ended())?)
    }
}

impl Drop for SipCall {
    fn drop(&mut self) {
        if self.ended().is_none() {
            // The switch ends with the test: nobody waits for the answer.
            let _ = self.dialog.bye();
        }
    }
}

type Answer = Result<SocketAddr, SipError>;

impl Shared {
    /// The answer to the INVITE: where the other side expects RTP, or why there is no call.
    fn outcome(&self) -> Option<Answer> {
        self.answer().map(|answer| answer.map_err(|(status, reason)| SipError::Refused { status, reason }))
    }
}
