//! The board on which both ends of every call write what they sent and heard, by one clock. It measures; it has no
//! clock, socket or task of its own.
//!
//! A *call* is a caller's connection, a *talk* the provider's connection that serves it. Which talk belongs to which call
//! is learnt from the first marker that comes through.

mod control;
mod ends;
mod failures;
mod unmarked;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::marker::{Loudness, Marker, SOURCES_MAX};
use super::samples::Samples;
pub(super) use control::{Half, Reaction};
pub(super) use ends::Ends;

/// Frames of a call whose sending is remembered: 10 s, longer than any way through a server that still works.
const SENT_KEPT: usize = 512;

/// Interval of frames that is asked for.
const FRAME: Duration = Duration::from_millis(20);

/// A board as the callers and the provider share it; all of them run on one thread.
pub(super) type SharedBoard = Rc<RefCell<Board>>;

/// Number of a caller's connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CallNumber(pub(super) u16);

/// Number of a provider's connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TalkNumber(pub(super) u16);

/// See the module's description.
#[derive(Debug, Default)]
pub(super) struct Board {
    calls: Vec<Call>,
    talks: Vec<Talk>,
    window: Window,
    /// The first calls that something went wrong with.
    failed: Vec<CallNumber>,
    /// Measurements so far.
    pub(super) measured: Measured,
}

/// Whether what happens is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Window {
    /// Calls come or go.
    #[default]
    Closed,
    /// All calls are up.
    Open,
}

/// Measurements of a board.
#[derive(Debug, Default)]
pub(super) struct Measured {
    /// From a caller's writing of a frame to the provider's reading of it.
    pub(super) to_provider: Samples,
    /// From the provider's first audio of an answer to the caller's reading of its first frame; the wait for the
    /// caller's next tick of 20 ms is part of it.
    pub(super) to_caller: Samples,
    /// How far the interval between two frames at the caller is from 20 ms.
    pub(super) spacing: Samples,
    /// From the provider's word that the caller speaks to the last frame of the interrupted answer at the caller.
    pub(super) barge_in: Samples,
    /// From a key's event to the first thing that the server does about it.
    pub(super) key_answered: Samples,
    /// Keys to which an order to the switch was the first answer; to the others it was one to the provider.
    pub(super) keys_answered_by_switch: u64,
    /// From a webhook's connection to the end of its TwiML.
    pub(super) webhook_answered: Samples,
    /// How late the load itself sent frames.
    pub(super) own_lateness: Samples,
    /// Silence between two frames of one answer.
    pub(super) underruns: u64,
    /// Frames of answers that were passed over.
    pub(super) frames_lost_to_caller: u64,
    /// Callers' frames that never came.
    pub(super) frames_lost_to_provider: u64,
    /// Sound of answers that callers got, of all of them together.
    pub(super) heard: Duration,
    /// Answers whose first frame was heard.
    pub(super) answers: u64,
    /// Answers that nobody interrupted and that were not heard to their end.
    pub(super) answers_cut: u64,
    /// Number of all failures.
    pub(super) failure_count: u64,
    /// First failures, in words, and what the server's log says of their calls.
    pub(super) failures: Vec<String>,
}

#[derive(Debug)]
struct Call {
    /// Its name at its switch.
    channel: Option<Uuid>,
    sent: Box<[Option<Instant>; SENT_KEPT]>,
    next_sequence: u32,
    /// Set while the provider takes the caller to speak.
    is_speaking: bool,
    heard_at: Option<Instant>,
    /// Whether silence came since the last frame of an answer.
    silence_since_marker: bool,
    talk: Option<TalkNumber>,
    /// When the last sound came from the server, heard or not.
    sound_at: Option<Instant>,
    hung_up_at: Option<Instant>,
    /// The server has closed its connection before that.
    is_lost: bool,
    /// Its sound keeps no markers.
    is_unmarked: bool,
    control: control::Control,
}

#[derive(Debug, Default)]
struct Talk {
    call: Option<CallNumber>,
    /// The caller's frame that comes next.
    expected: Option<u32>,
    answer: Option<Answer>,
    next_sequence: u32,
    closed_at: Option<Instant>,
    /// It serves a call whose sound keeps no markers.
    is_unmarked: bool,
}

/// An answer of the provider in one piece.
#[derive(Clone, Copy, Debug)]
struct Answer {
    first: u32,
    frames: u32,
    sent_at: Instant,
    interrupted_at: Option<Instant>,
    /// The last frame that the caller heard, and when.
    heard: Option<(u32, Instant)>,
}

impl Board {
    /// Begins or ends the measured window.
    pub(super) fn set_window(&mut self, window: Window) {
        self.window = window;
    }

    /// A new caller.
    pub(super) fn add_call(&mut self) -> CallNumber {
        self.calls.push(Call {
            channel: None,
            sent: Box::new([None; SENT_KEPT]),
            next_sequence: 0,
            is_speaking: false,
            heard_at: None,
            silence_since_marker: false,
            talk: None,
            sound_at: None,
            hung_up_at: None,
            is_lost: false,
            is_unmarked: false,
            control: control::Control::default(),
        });
        CallNumber((self.calls.len() - 1) as u16)
    }

    /// A new connection of the provider; `None` where there are more than can be distinguished.
    pub(super) fn add_talk(&mut self) -> Option<TalkNumber> {
        if self.talks.len() >= SOURCES_MAX {
            return None;
        }
        self.talks.push(Talk::default());
        Some(TalkNumber((self.talks.len() - 1) as u16))
    }

    /// The caller sends their next frame now: its marker, and how loud it is.
    pub(super) fn send_frame(&mut self, call: CallNumber, now: Instant) -> Option<(Marker, Loudness)> {
        let state = self.calls.get_mut(usize::from(call.0))?;
        let sequence = state.next_sequence;
        state.next_sequence += 1;
        state.sent[sequence as usize % SENT_KEPT] = Some(now);
        let loudness = if state.is_speaking { Loudness::Speech } else { Loudness::Quiet };
        Some((Marker { source: call.0, sequence }, loudness))
    }

    /// A caller's frame goes out so late by the load's own fault.
    pub(super) fn sent_late(&mut self, by: Duration) {
        if self.window == Window::Open {
            self.measured.own_lateness.record(by);
        }
    }

    /// The provider has a caller's frame.
    pub(super) fn provider_heard(&mut self, talk: TalkNumber, marker: Marker, now: Instant) {
        let Some(state) = self.talks.get_mut(usize::from(talk.0)) else { return };
        let Some(call) = self.calls.get_mut(usize::from(marker.source)) else { return };
        if state.call.is_none() {
            state.call = Some(CallNumber(marker.source));
            call.talk = Some(talk);
            call.control.heard_at = Some(now);
        }
        let lost = state.expected.map_or(0, |expected| marker.sequence.saturating_sub(expected));
        state.expected = Some(marker.sequence + 1);
        if self.window == Window::Closed {
            return;
        }
        self.measured.frames_lost_to_provider += u64::from(lost);
        if let Some(sent_at) = call.sent[marker.sequence as usize % SENT_KEPT] {
            self.measured.to_provider.record(now.saturating_duration_since(sent_at));
        }
    }

    /// The provider begins an answer of so many frames and sends its first audio now. Answers the number of its first
    /// frame.
    pub(super) fn begin_answer(&mut self, talk: TalkNumber, frames: u32, now: Instant) -> u32 {
        let Some(state) = self.talks.get_mut(usize::from(talk.0)) else { return 0 };
        let first = state.next_sequence;
        state.next_sequence += frames;
        let answer = Answer { first, frames, sent_at: now, interrupted_at: None, heard: None };
        if let Some(before) = state.answer.replace(answer)
            && self.window == Window::Open
        {
            self.measured.answers_cut += u64::from(before.is_cut());
        }
        first
    }

    /// The provider says now that the caller speaks.
    pub(super) fn speech_started(&mut self, talk: TalkNumber, now: Instant) {
        let Some(state) = self.talks.get_mut(usize::from(talk.0)) else { return };
        if let Some(answer) = &mut state.answer
            && !answer.is_heard_out()
        {
            answer.interrupted_at = Some(now);
        }
        self.set_speaking(talk, true);
    }

    /// The provider says that the caller is done; by now an interrupted answer has been silent for long.
    pub(super) fn speech_stopped(&mut self, talk: TalkNumber) {
        self.set_speaking(talk, false);
        let answer = self.talks.get(usize::from(talk.0)).and_then(|state| state.answer);
        let interrupted = answer.and_then(|answer| answer.interrupted_at.zip(answer.heard));
        if let Some((interrupted_at, (_, heard_at))) = interrupted
            && self.window == Window::Open
        {
            self.measured.barge_in.record(heard_at.saturating_duration_since(interrupted_at));
        }
    }

    /// The caller got a frame: one of an answer, or silence.
    pub(super) fn caller_heard(&mut self, call: CallNumber, marker: Option<Marker>, now: Instant) {
        let is_open = self.window == Window::Open;
        let Some(state) = self.calls.get_mut(usize::from(call.0)) else { return };
        if let Some(before) = state.heard_at.replace(now)
            && is_open
        {
            self.measured.spacing.record(now.saturating_duration_since(before).abs_diff(FRAME));
        }
        let Some(marker) = marker else {
            state.silence_since_marker = true;
            return;
        };
        let was_silent = std::mem::replace(&mut state.silence_since_marker, false);
        state.control.answered_at.get_or_insert(now);
        let Some(talk) = self.talks.get_mut(usize::from(marker.source)) else { return };
        let Some(answer) = talk.answer.as_mut().filter(|answer| answer.has(marker.sequence)) else { return };
        let before = answer.heard.replace((marker.sequence, now));
        if !is_open {
            return;
        }
        self.measured.heard += FRAME;
        match before {
            None => {
                self.measured.answers += 1;
                self.measured.to_caller.record(now.saturating_duration_since(answer.sent_at));
                self.measured.frames_lost_to_caller += u64::from(marker.sequence - answer.first);
            }
            Some((last, _)) => {
                let passed_over = marker.sequence.saturating_sub(last + 1);
                self.measured.frames_lost_to_caller += u64::from(passed_over);
                self.measured.underruns += u64::from(was_silent);
            }
        }
    }

    /// The caller's switch has nothing more to play to them.
    pub(super) fn caller_hears_nothing(&mut self, call: CallNumber) {
        if let Some(state) = self.calls.get_mut(usize::from(call.0)) {
            state.silence_since_marker = true;
            state.heard_at = None;
        }
    }

    /// Sound came from the server, whatever becomes of it.
    pub(super) fn sound_came(&mut self, call: CallNumber, now: Instant) {
        if let Some(state) = self.calls.get_mut(usize::from(call.0)) {
            state.sound_at = Some(now);
        }
    }

    /// The caller closes now.
    pub(super) fn hang_up(&mut self, call: CallNumber, now: Instant) {
        if let Some(state) = self.calls.get_mut(usize::from(call.0)) {
            state.hung_up_at.get_or_insert(now);
        }
    }

    /// The server closed the caller's connection.
    pub(super) fn caller_closed(&mut self, call: CallNumber) {
        let state = self.calls.get_mut(usize::from(call.0)).filter(|state| state.hung_up_at.is_none());
        if let Some(state) = state {
            state.is_lost = true;
            self.fail_call(call, "the caller's connection was closed during the call");
        }
    }

    /// The provider's connection is being closed by the server, or broke; `how` is for the failure that this is while the
    /// caller is there. Only the first word of it counts.
    pub(super) fn talk_closed(&mut self, talk: TalkNumber, now: Instant, how: &str) {
        let Some(state) = self.talks.get_mut(usize::from(talk.0)).filter(|state| state.closed_at.is_none())
        else {
            return;
        };
        state.closed_at = Some(now);
        if state.is_unmarked {
            return self.unmarked_talk_closed(how);
        }
        let Some(call) = state.call else {
            return self
                .fail(format!("a connection to the provider ended before any caller was heard: {how}"));
        };
        if self.calls.get(usize::from(call.0)).is_some_and(|state| state.hung_up_at.is_none()) {
            self.fail_call(call, &format!("its connection to the provider ended: {how}"));
        }
    }

    /// Calls whose caller has been heard by the provider and has heard an answer.
    pub(super) fn calls_up(&self) -> usize {
        self.calls.iter().filter(|call| self.has_answer(call)).count() + self.unmarked_up()
    }

    /// Calls that were over before their caller had heard anything: nobody needs to wait for them.
    pub(super) fn calls_gone(&self) -> usize {
        let is_gone = |call: &&Call| {
            let was_up = if call.is_unmarked { call.sound_at.is_some() } else { self.has_answer(call) };
            !was_up && (call.is_lost || call.hung_up_at.is_some())
        };
        self.calls.iter().filter(is_gone).count()
    }

    /// Whether the caller of a call has heard an answer.
    fn has_answer(&self, call: &Call) -> bool {
        let talk = call.talk.and_then(|talk| self.talks.get(usize::from(talk.0)));
        let answer = talk.and_then(|talk| talk.answer);
        answer.is_some_and(|answer| answer.heard.is_some() || answer.first > 0)
    }

    /// Connections of the provider that are open.
    pub(super) fn talks_open(&self) -> usize {
        self.talks.iter().filter(|talk| talk.closed_at.is_none()).count()
    }

    fn set_speaking(&mut self, talk: TalkNumber, is_speaking: bool) {
        let call = self.talks.get(usize::from(talk.0)).and_then(|state| state.call);
        if let Some(state) = call.and_then(|call| self.calls.get_mut(usize::from(call.0))) {
            state.is_speaking = is_speaking;
        }
    }
}

impl Answer {
    fn has(&self, sequence: u32) -> bool {
        (self.first..self.first + self.frames).contains(&sequence)
    }

    fn is_heard_out(&self) -> bool {
        self.heard.is_some_and(|(last, _)| last + 1 == self.first + self.frames)
    }

    fn is_cut(&self) -> bool {
        self.interrupted_at.is_none() && !self.is_heard_out()
    }
}

#[cfg(test)]
mod tests;
