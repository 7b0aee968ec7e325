//! The caller and their switch: what they do, and how the switch's dialplan reacts to the end of a leg.

use cordboard_schema::call::{HangupBy, HangupCause, LegEnd};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::digit::Digit;
use cordboard_schema::event::Fact;
use cordboard_schema::ids::LegId;
use rand::Rng;

use super::world::{Happening, Sender, World};

/// How often a dialplan redials a server that is away.
const REDIALS_MAX: u32 = 15;

/// The caller's side.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Caller {
    /// The switch's leg, from the moment it is dialled.
    pub(crate) leg: Option<LegId>,
    /// Whether the leg has joined.
    pub(crate) is_through: bool,
    pub(crate) speaking: Option<usize>,
    speeches: usize,
    redials: u32,
    /// How many requests of the dialplan are waiting for an answer.
    pub(crate) asking: usize,
    pub(crate) gone: bool,
}

impl Caller {
    /// The server is gone in the middle of everything.
    pub(crate) fn hears_nothing_more(&mut self) {
        *self = Self { speeches: self.speeches, redials: self.redials, gone: self.gone, ..Self::default() };
    }
}

impl World {
    /// The caller does something, or nothing.
    pub(crate) fn caller_acts(&mut self) {
        if self.caller.gone {
            return;
        }
        if self.caller.is_through && self.is_up {
            match self.random.random_range(0..100_u32) {
                0..40 if self.caller.speaking.is_none() => self.caller_speaks(),
                40..70 => self.caller_presses_a_key(),
                70..76 => self.leg_ends(LegEnd::Closed),
                _ if self.goes_wrong(self.faults.breaks) => self.leg_ends(LegEnd::Broken),
                _ => {}
            }
        }
        let pause_ms = match self.random.random_range(0..10_u32) {
            0..6 => self.random.random_range(20..4_000),
            6..9 => self.random.random_range(2_000..12_000),
            _ => self.random.random_range(10_000..40_000),
        };
        self.later(pause_ms, Happening::CallerActs);
    }

    fn caller_speaks(&mut self) {
        let speech = self.caller.speeches;
        self.caller.speeches += 1;
        self.caller.speaking = Some(speech);
        let speech_ms = self.random.random_range(300..6_000);
        self.assistant_hears_speech(speech, speech_ms);
        self.later(speech_ms, Happening::SpeechEnds(speech));
    }

    fn caller_presses_a_key(&mut self) {
        let Some(leg) = self.caller.leg else { return };
        let key = match self.random.random_range(0..10_u32) {
            0..5 => '1',
            5..8 => '#',
            8 => '7',
            _ => ['0', '*'][self.random.random_range(0..2_usize)],
        };
        let digit = Digit::try_from(key).unwrap();
        self.post(Sender::Leg, Fact::Dtmf { leg: Some(leg), digit, duration_ms: None });
    }

    /// The leg ends on the caller's side or on the way. The call gets a report, sometimes late, or never.
    pub(crate) fn leg_ends(&mut self, how: LegEnd) {
        let Some(leg) = self.caller.leg.take() else { return };
        self.caller.is_through = false;
        self.caller.speaking = None;
        let unseen = how == LegEnd::Broken && self.goes_wrong(self.faults.end_unseen);
        if !unseen {
            self.post(Sender::Leg, Fact::LegLeft { leg, how });
        }
        if how == LegEnd::Closed {
            self.caller.gone = true;
        } else {
            let pause_ms = self.random.random_range(0..300);
            self.later(pause_ms, Happening::DialplanAsks);
        }
    }

    /// The dialplan asks for the next step. A server that is away is dialled again.
    pub(crate) fn dialplan_asks(&mut self) {
        if self.caller.gone || self.caller.leg.is_some() {
            return;
        }
        if self.is_up {
            self.caller.asking += 1;
            self.post(Sender::Dialplan, Fact::NextAsked { lacks: false });
        } else {
            self.dialplan_redials();
        }
    }

    pub(crate) fn dialplan_is_answered(&mut self, next: &NextStep) {
        if std::mem::take(&mut self.caller.asking) == 0 {
            return;
        }
        match next {
            NextStep::Again => self.dialplan_redials(),
            NextStep::Hangup | NextStep::Goto(_) => self.caller.gone = true,
        }
    }

    pub(crate) fn dialplan_redials(&mut self) {
        self.caller.redials += 1;
        if self.caller.redials > REDIALS_MAX {
            self.caller.gone = true;
        } else {
            let pause_ms = self.random.random_range(50..2_000);
            self.later(pause_ms, Happening::Dials);
        }
    }

    /// The call is ended from outside.
    pub(crate) fn ended_from_outside(&mut self) {
        let fact = match self.random.random_range(0..3_u32) {
            0 => Fact::Hangup { by: HangupBy::Api, cause: HangupCause("operator".to_owned()) },
            1 => Fact::DrainExpired,
            _ => Fact::ServerStopping,
        };
        self.post(Sender::Registry, fact);
    }
}
