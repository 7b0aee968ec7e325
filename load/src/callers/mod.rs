//! The callers, through one switch or another.

mod audiosocket;
mod browsers;
mod frame;
mod freeswitch;
mod pacing;
pub(super) mod twilio;

use std::io;

use super::board::{CallNumber, SharedBoard};
use super::contender::CallerKind;
use super::subject::Ports;
use audiosocket::AudiosocketCallers;
use browsers::Visitors;
pub(super) use freeswitch::Arrival;
use freeswitch::Freeswitch;
use twilio::TwilioCallers;

/// All callers of a measurement. Within a `LocalSet`.
#[derive(Debug)]
pub(super) enum Callers {
    /// Of an Asterisk.
    Audiosocket(AudiosocketCallers),
    /// Of a FreeSWITCH.
    Freeswitch(Freeswitch),
    /// Of a Twilio account.
    Twilio(TwilioCallers),
    /// Of a talk link.
    Browsers(Visitors),
}

impl Callers {
    /// Makes up to this many callers for the server at these ports, who connect this way. None calls yet.
    ///
    /// # Errors
    /// A sentence: the server has no such port.
    pub(super) async fn of(
        way: CallerKind,
        (ports, calls): (Ports, u16),
        board: SharedBoard,
    ) -> Result<Self, String> {
        match way {
            CallerKind::Audiosocket => {
                Ok(Self::Audiosocket(AudiosocketCallers::of(ports.audiosocket, board)))
            }
            CallerKind::Freeswitch(_) => match (ports.esl, ports.audio_stream) {
                (Some(control), Some(stream)) => Ok(Self::Freeswitch(Freeswitch::of(control, stream, board))),
                _ => Err("the server does not listen for FreeSWITCH; is it an older one?".to_owned()),
            },
            CallerKind::Twilio => match ports.http {
                Some(http) => Ok(Self::Twilio(TwilioCallers::of(http, board))),
                None => Err("the server has no HTTP that Twilio could call".to_owned()),
            },
            CallerKind::Web | CallerKind::Webrtc => match ports.http {
                Some(http) => Ok(Self::Browsers(Visitors::of(way, (http, calls), board).await?)),
                None => Err("the server has no HTTP that a browser could reach".to_owned()),
            },
        }
    }

    /// Starts one more call. Its frames are sent from a random moment of the next 20 ms on, unless its switch waits for the server.
    ///
    /// # Errors
    /// Fails if the server does not take the call.
    pub(super) async fn call(&self) -> io::Result<CallNumber> {
        match self {
            Self::Audiosocket(callers) => callers.call().await,
            Self::Twilio(callers) => callers.call().await,
            Self::Browsers(visitors) => visitors.call().await,
            Self::Freeswitch(switch) => Ok(switch.call(Arrival::ControlFirst { stream_late: None })),
        }
    }

    /// Hangs up.
    pub(super) fn hang_up(&self, call: CallNumber) {
        match self {
            Self::Audiosocket(callers) => callers.hang_up(call),
            Self::Twilio(callers) => callers.hang_up(call),
            Self::Browsers(visitors) => visitors.hang_up(call),
            Self::Freeswitch(switch) => switch.hang_up(call),
        }
    }

    /// Presses `#`, for which the built-in profile repeats its last words. Only FreeSWITCH reports keys here.
    pub(super) fn press_key(&self, call: CallNumber) {
        if let Self::Freeswitch(switch) = self {
            switch.press_key(call);
        }
    }
}
