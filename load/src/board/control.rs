//! A board's data about calls under control of the switch: when their halves arrived, and how keys were answered.

use std::time::Instant;

use super::{Board, CallNumber, TalkNumber};
use crate::samples::Samples;

/// A half of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Half {
    /// The connection by which it is controlled.
    Control,
    /// Its sound.
    Audio,
}

/// A server's first reaction to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Reaction {
    /// It tells the switch to stop the prompt.
    Break,
    /// It sends the provider a request.
    Provider,
}

/// Data of one call.
#[derive(Debug, Default)]
pub(super) struct Control {
    control_at: Option<Instant>,
    audio_at: Option<Instant>,
    is_open: bool,
    /// When the provider heard the caller first.
    pub(super) heard_at: Option<Instant>,
    /// When the caller heard an answer first.
    pub(super) answered_at: Option<Instant>,
    key_at: Option<Instant>,
}

/// Calls whose both halves arrived, each measured from the arrival of the second.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Meetings {
    /// To the provider's first frame from the caller.
    pub(in super::super) heard: Samples,
    /// To the first sound of an answer at the caller.
    pub(in super::super) answered: Samples,
}

impl Board {
    /// Notes that the server has accepted a call's control connection.
    pub(in super::super) fn control_opened(&mut self, call: CallNumber, now: Instant) {
        self.half_arrived(call, Half::Control, now);
        if let Some(state) = self.calls.get_mut(usize::from(call.0)) {
            state.control.is_open = true;
        }
    }

    /// Notes that the connection is over.
    pub(in super::super) fn control_closed(&mut self, call: CallNumber) {
        if let Some(state) = self.calls.get_mut(usize::from(call.0)) {
            state.control.is_open = false;
        }
    }

    /// Control connections that are open.
    pub(in super::super) fn controls_open(&self) -> usize {
        self.calls.iter().filter(|call| call.control.is_open).count()
    }

    /// Notes that a half of a call is there. Only its first arrival counts.
    pub(in super::super) fn half_arrived(&mut self, call: CallNumber, half: Half, now: Instant) {
        if let Some(state) = self.calls.get_mut(usize::from(call.0)) {
            match half {
                Half::Control => state.control.control_at.get_or_insert(now),
                Half::Audio => state.control.audio_at.get_or_insert(now),
            };
        }
    }

    /// The meetings of these calls.
    pub(in super::super) fn meetings(&self, calls: &[CallNumber]) -> Meetings {
        let mut meetings = Meetings::default();
        let states = calls.iter().filter_map(|call| self.calls.get(usize::from(call.0)));
        for Control { control_at, audio_at, heard_at, answered_at, .. } in states.map(|call| &call.control) {
            let Some((control_at, audio_at)) = control_at.zip(*audio_at) else { continue };
            let met_at = control_at.max(audio_at);
            for (samples, at) in [(&mut meetings.heard, heard_at), (&mut meetings.answered, answered_at)] {
                if let Some(at) = at {
                    samples.record(at.saturating_duration_since(met_at));
                }
            }
        }
        meetings
    }

    /// Whether both halves of a call arrived, the provider heard its caller, and the caller an answer.
    pub(in super::super) fn has_met(&self, call: CallNumber) -> bool {
        self.calls.get(usize::from(call.0)).is_some_and(|state| {
            let Control { control_at, audio_at, heard_at, answered_at, .. } = state.control;
            [control_at, audio_at, heard_at, answered_at].iter().all(Option::is_some)
        })
    }

    /// Whether a call's caller is hearing an answer.
    pub(in super::super) fn is_hearing(&self, call: CallNumber) -> bool {
        let talk = self.calls.get(usize::from(call.0)).and_then(|state| state.talk);
        let answer = talk.and_then(|talk| self.talks.get(usize::from(talk.0))?.answer);
        answer.is_some_and(|answer| {
            answer.heard.is_some() && answer.interrupted_at.is_none() && !answer.is_heard_out()
        })
    }

    /// Notes that a caller presses a key. Its event is sent now.
    pub(in super::super) fn key_pressed(&mut self, call: CallNumber, now: Instant) {
        if let Some(state) = self.calls.get_mut(usize::from(call.0)) {
            state.control.key_at = Some(now);
        }
    }

    /// Notes an action of the server that a key may have caused. The first one is the reaction.
    pub(in super::super) fn key_answered(&mut self, call: CallNumber, by: Reaction, now: Instant) {
        let key_at = self.calls.get_mut(usize::from(call.0)).and_then(|state| state.control.key_at.take());
        if let Some(key_at) = key_at {
            self.measured.key_answered.record(now.saturating_duration_since(key_at));
            self.measured.keys_answered_by_switch += u64::from(by == Reaction::Break);
        }
    }

    /// Notes that the server sends the provider something other than the caller's audio.
    pub(in super::super) fn provider_asked(&mut self, talk: TalkNumber, now: Instant) {
        if let Some(call) = self.talks.get(usize::from(talk.0)).and_then(|talk| talk.call) {
            self.key_answered(call, Reaction::Provider, now);
        }
    }

    /// Keys without a reaction so far.
    pub(in super::super) fn keys_open(&self) -> usize {
        self.calls.iter().filter(|call| call.control.key_at.is_some()).count()
    }
}
