//! The board on which both ends of every call record what they sent and heard, with one clock. It measures, and has no clock, socket or task of its
//! own.
//!
//! A *call* is a caller's connection, a *talk* the provider's connection that serves it. Which talk belongs to which call is learned from the first
//! marker that arrives.

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

/// Frames of a call whose sending is remembered: 10 s, longer than any delay in a working server.
const SENT_KEPT: usize = 512;

/// Nominal interval of frames.
const FRAME: Duration = Duration::from_millis(20);

/// A board, shared by the callers and the provider. All of them run on one thread.
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
    /// The first calls that failed.
    failed: Vec<CallNumber>,
    /// Measurements so far.
    pub(super) measured: Measured,
}

/// Whether events are measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Window {
    /// Calls begin or end.
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
    /// From the provider's first audio of an answer to the caller's reading of its first frame, including the wait for the caller's next tick of 20
    /// ms.
    pub(super) to_caller: Samples,
    /// How far the interval between two frames at the caller is from 20 ms.
    pub(super) spacing: Samples,
    /// From the provider's report that the caller speaks to the last frame of the interrupted answer at the caller.
    pub(super) barge_in: Samples,
    /// From a key's event to the server's first reaction.
    pub(super) key_answered: Samples,
    /// Keys to which the first reaction was a command to the switch; for the others it was one to the provider.
    pub(super) keys_answered_by_switch: u64,
    /// From a webhook's connection to the end of its TwiML.
    pub(super) webhook_answered: Samples,
    /// How late the load itself sent frames.
    pub(super) own_lateness: Samples,
    /// Silence between two frames of one answer.
    pub(super) underruns: u64,
    /// Frames of answers that were skipped.
    pub(super) frames_lost_to_caller: u64,
    /// Callers' frames that never arrived.
    pub(super) frames_lost_to_provider: u64,
    /// Total answer sound that callers got.
    pub(super) heard: Duration,
    /// Answers whose first frame was heard.
    pub(super) answers: u64,
    /// Answers that nobody interrupted and that did not end completely.
    pub(super) answers_cut: u64,
    /// Number of all failures.
    pub(super) failure_count: u64,
    /// The first failures, in words, and the server's log lines about their calls.
    pub(super) failures: Vec<String>,
}

#[derive(Debug)]
struct Call {
    /// Its id at its switch.
    channel: Option<Uuid>,
    sent: Box<[Option<Instant>; SENT_KEPT]>,
    next_sequence: u32,
    /// Set while the provider assumes that the caller speaks.
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
    /// Its sound preserves no markers.
    is_unmarked: bool,
    control: control::Control,
}

#[derive(Debug, Default)]
struct Talk {
    call: Option<CallNumber>,
    /// The caller's next frame.
    expected: Option<u32>,
    answer: Option<Answer>,
    next_sequence: u32,
    closed_at: Option<Instant>,
    /// Whether it serves a call whose sound preserves no markers.
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

    /// Adds a caller.
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

    /// Adds a connection of the provider; `None` if there are more than can be distinguished.
    pub(super) fn add_talk(&mut self) -> Option<TalkNumber> {
        if self.talks.len() >= SOURCES_MAX {
            return None;
        }
        self.talks.push(Talk::default());
        Some(TalkNumber((self.talks.len() - 1) as u16))
    }

    /// Notes that the caller sends their next frame now. Returns its marker, and how loud it is.
    pub(super) fn send_frame(&mut self, call: CallNumber, now: Instant) -> Option<(Marker, Loudness)> {
        let state = self.calls.get_mut(usize::from(call.0))?;
        let sequence = state.next_sequence;
        state.next_sequence += 1;
        state.sent[sequence as usize % SENT_KEPT] = Some(now);
        let loudness = if state.is_speaking { Loudness::Speech } else { Loudness::Quiet };
        Some((Marker { source: call.0, sequence }, loudness))
    }

    /// Notes how late a caller's frame is sent because of the load itself.
    pub(super) fn sent_late(&mut self, by: Duration) {
        if self.window == Window::Open {
            self.measured.own_lateness.record(by);
        }
    }

    /// Notes that the provider has received a caller's frame.
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

    /// Notes that the provider begins an answer of this many frames and sends its first audio now. Returns the number of its first frame.
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

    /// Notes that the provider reports now that the caller speaks.
    pub(super) fn speech_started(&mut self, talk: TalkNumber, now: Instant) {
        let Some(state) = self.talks.get_mut(usize::from(talk.0)) else { return };
        if let Some(answer) = &mut state.answer
            && !answer.is_heard_out()
        {
            answer.interrupted_at = Some(now);
        }
        self.set_speaking(talk, true);
    }

    /// Notes that the provider reports the end of the caller's speech. By now an interrupted answer has been silent for long.
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

    /// Notes that the caller got a frame: one of an answer, or silence.
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

    /// Notes that the caller's switch has nothing more to play.
    pub(super) fn caller_hears_nothing(&mut self, call: CallNumber) {
        if let Some(state) = self.calls.get_mut(usize::from(call.0)) {
            state.silence_since_marker = true;
            state.heard_at = None;
        }
    }

    /// Notes that sound arrived from the server, whatever becomes of it.
    pub(super) fn sound_arrived(&mut self, call: CallNumber, now: Instant) {
        if let Some(state) = self.calls.get_mut(usize::from(call.0)) {
            state.sound_at = Some(now);
        }
    }

    /// Notes that the caller closes now.
    pub(super) fn hang_up(&mut self, call: CallNumber, now: Instant) {
        if let Some(state) = self.calls.get_mut(usize::from(call.0)) {
            state.hung_up_at.get_or_insert(now);
        }
    }

    /// Notes that the server closed the caller's connection.
    pub(super) fn caller_closed(&mut self, call: CallNumber) {
        let state = self.calls.get_mut(usize::from(call.0)).filter(|state| state.hung_up_at.is_none());
        if let Some(state) = state {
            state.is_lost = true;
            self.fail_call(call, "the caller's connection was closed during the call");
        }
    }

    /// Notes that the server closes the provider's connection, or that it broke. `how` describes the failure if the caller is still there. Only the
    /// first report counts.
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

    /// Calls that ended before their caller had heard anything: nothing needs to wait for them.
    pub(super) fn calls_ended_early(&self) -> usize {
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
