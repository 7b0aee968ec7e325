//! One call on a board, reported second by second.

use super::*;

/// A board with one call that is up and measured, and the moment it began.
struct Stage {
    board: Board,
    call: CallNumber,
    talk: TalkNumber,
    began: Instant,
}

impl Stage {
    fn new() -> Self {
        let mut board = Board::default();
        let call = board.add_call();
        let talk = board.add_talk().unwrap();
        let mut stage = Self { board, call, talk, began: Instant::now() };
        stage.say(0, 1);
        stage.board.set_window(Window::Open);
        stage
    }

    fn at(&self, ms: u64) -> Instant {
        self.began + Duration::from_millis(ms)
    }

    /// The caller says one frame, which takes this time to the provider.
    fn say(&mut self, at_ms: u64, way_ms: u64) {
        let (marker, _) = self.board.send_frame(self.call, self.at(at_ms)).unwrap();
        self.board.provider_heard(self.talk, marker, self.at(at_ms + way_ms));
    }

    /// The caller hears a frame of an answer, or silence.
    fn hear(&mut self, at_ms: u64, sequence: Option<u32>) {
        let marker = sequence.map(|sequence| Marker { source: self.talk.0, sequence });
        self.board.caller_heard(self.call, marker, self.at(at_ms));
    }

    fn answer(&mut self, at_ms: u64, frames: u32) -> u32 {
        self.board.begin_answer(self.talk, frames, self.at(at_ms))
    }
}

#[test]
fn a_frame_is_timed_from_mouth_to_provider() {
    let mut stage = Stage::new();
    stage.say(20, 3);
    let spread = stage.board.measured.to_provider.spread();
    assert_eq!((spread.count, spread.max_ms), (1, 3.0));
    assert_eq!(stage.board.measured.frames_lost_to_provider, 0);
}

#[test]
fn refused_calls_are_not_waited_for() {
    let mut stage = Stage::new();
    let refused = stage.board.add_call();
    let counts = |board: &Board| (board.calls_up(), board.calls_ended_early());
    assert_eq!(counts(&stage.board), (0, 0));
    stage.board.caller_closed(refused);
    assert_eq!(counts(&stage.board), (0, 1));
    let first = stage.answer(100, 3);
    stage.hear(110, Some(first));
    stage.board.caller_closed(stage.call);
    assert_eq!(counts(&stage.board), (1, 1), "a call that was up before it was lost does not count");
}

#[test]
fn frames_that_never_came_are_counted() {
    let mut stage = Stage::new();
    stage.board.send_frame(stage.call, stage.at(20)).unwrap();
    stage.board.send_frame(stage.call, stage.at(40)).unwrap();
    stage.say(60, 1);
    assert_eq!(stage.board.measured.frames_lost_to_provider, 2);
}

#[test]
fn the_first_frame_times_an_answer_and_others_its_rhythm() {
    let mut stage = Stage::new();
    stage.hear(90, None);
    let first = stage.answer(100, 3);
    stage.hear(110, Some(first));
    stage.hear(133, Some(first + 1));
    stage.hear(150, Some(first + 2));
    let measured = &stage.board.measured;
    assert_eq!(measured.to_caller.spread().max_ms, 10.0);
    let spacing = measured.spacing.spread();
    assert_eq!((spacing.count, spacing.p50_ms, spacing.max_ms), (3, 3.0, 3.0));
    assert_eq!((measured.answers, measured.underruns, measured.frames_lost_to_caller), (1, 0, 0));
}

#[test]
fn silent_gaps_in_answers_are_underruns_and_skips_are_losses() {
    let mut stage = Stage::new();
    let first = stage.answer(0, 5);
    stage.hear(20, Some(first));
    stage.hear(40, None);
    stage.hear(60, None);
    stage.hear(80, Some(first + 1));
    stage.hear(100, Some(first + 3));
    stage.hear(120, Some(first + 4));
    stage.hear(140, None);
    assert_eq!(stage.board.measured.underruns, 1);
    assert_eq!(stage.board.measured.frames_lost_to_caller, 1);
    stage.answer(500, 2);
    assert_eq!(stage.board.measured.answers_cut, 0);
}

#[test]
fn a_barge_in_is_timed_to_the_last_frame_heard() {
    let mut stage = Stage::new();
    let first = stage.answer(0, 50);
    stage.hear(20, Some(first));
    stage.board.speech_started(stage.talk, stage.at(25));
    let (_, loudness) = stage.board.send_frame(stage.call, stage.at(30)).unwrap();
    assert_eq!(loudness, Loudness::Speech);
    stage.hear(40, Some(first + 1));
    stage.hear(60, None);
    stage.board.speech_stopped(stage.talk);
    let spread = stage.board.measured.barge_in.spread();
    assert_eq!((spread.count, spread.max_ms), (1, 15.0));
    stage.answer(900, 2);
    assert_eq!(stage.board.measured.answers_cut, 0);
    let (_, loudness) = stage.board.send_frame(stage.call, stage.at(910)).unwrap();
    assert_eq!(loudness, Loudness::Quiet);
}

#[test]
fn missing_ends_are_cuts_but_later_turns_interrupt_nothing() {
    let mut stage = Stage::new();
    let first = stage.answer(0, 2);
    stage.hear(20, Some(first));
    stage.hear(40, Some(first + 1));
    stage.board.speech_started(stage.talk, stage.at(600));
    stage.board.speech_stopped(stage.talk);
    assert_eq!(stage.board.measured.barge_in.spread().count, 0);

    let second = stage.answer(1_000, 2);
    stage.hear(1_020, Some(second));
    stage.answer(2_000, 2);
    assert_eq!(stage.board.measured.answers_cut, 1);
}

#[test]
fn a_hang_up_is_timed_to_the_providers_end() {
    let mut stage = Stage::new();
    stage.board.hang_up(stage.call, stage.at(1_000));
    stage.board.caller_closed(stage.call);
    stage.board.talk_closed(stage.talk, stage.at(1_004), "closed");
    stage.board.talk_closed(stage.talk, stage.at(1_009), "closed");
    let ends = stage.board.take_ends();
    assert_eq!((ends.provider_closed.spread().count, ends.provider_closed.spread().max_ms), (1, 4.0));
    assert_eq!(stage.board.take_ends().provider_closed.spread().count, 0, "an end counts once");
    assert_eq!((stage.board.measured.failure_count, stage.board.talks_open()), (0, 0));
}

#[test]
fn a_connection_that_ends_by_itself_is_a_failure() {
    let mut stage = Stage::new();
    stage.board.talk_closed(stage.talk, stage.at(10), "reset");
    stage.board.caller_closed(stage.call);
    let failures = &stage.board.measured.failures;
    assert_eq!(failures[0], "call 0: its connection to the provider ended: reset");
    assert_eq!(failures[1], "call 0: the caller's connection was closed during the call");
}

#[test]
fn nothing_is_measured_while_calls_come_and_go() {
    let mut stage = Stage::new();
    stage.board.set_window(Window::Closed);
    stage.say(20, 3);
    let first = stage.answer(100, 3);
    assert_eq!(stage.board.calls_up(), 0);
    stage.hear(110, Some(first));
    stage.hear(150, Some(first + 2));
    assert_eq!(stage.board.calls_up(), 1);
    let measured = &stage.board.measured;
    let counts = [&measured.to_provider, &measured.to_caller, &measured.spacing].map(|it| it.spread().count);
    assert_eq!((counts, measured.frames_lost_to_caller), ([0; 3], 0));
}

#[test]
fn a_hang_up_lasts_until_both_sound_and_provider_end() {
    let mut stage = Stage::new();
    stage.board.sound_arrived(stage.call, stage.at(990));
    stage.board.hang_up(stage.call, stage.at(1_000));
    stage.board.talk_closed(stage.talk, stage.at(1_004), "closed");
    stage.board.sound_arrived(stage.call, stage.at(1_007));
    let ends = stage.board.take_ends();
    assert_eq!((ends.sound_stopped.spread().max_ms, ends.both.spread().max_ms), (7.0, 7.0));

    let mut stage = Stage::new();
    stage.board.sound_arrived(stage.call, stage.at(990));
    stage.board.hang_up(stage.call, stage.at(1_000));
    assert_eq!(stage.board.take_ends().both.spread().count, 0, "the provider is still there");
    assert!(!stage.board.is_over(stage.call));
    stage.board.talk_closed(stage.talk, stage.at(1_004), "closed");
    assert!(stage.board.is_over(stage.call));
    let ends = stage.board.take_ends();
    assert_eq!((ends.sound_stopped.spread().max_ms, ends.both.spread().max_ms), (0.0, 4.0));
}

#[test]
fn a_key_is_answered_by_whatever_the_server_does_first() {
    let mut stage = Stage::new();
    stage.board.provider_asked(stage.talk, stage.at(5));
    stage.board.key_pressed(stage.call, stage.at(10));
    assert_eq!(stage.board.keys_open(), 1);
    stage.board.key_answered(stage.call, Reaction::Break, stage.at(12));
    stage.board.provider_asked(stage.talk, stage.at(13));
    stage.board.key_pressed(stage.call, stage.at(20));
    stage.board.provider_asked(stage.talk, stage.at(21));
    let measured = &stage.board.measured;
    let spread = measured.key_answered.spread();
    assert_eq!((spread.count, spread.p50_ms, spread.max_ms), (2, 1.0, 2.0));
    assert_eq!((measured.keys_answered_by_switch, stage.board.keys_open()), (1, 0));
}

#[test]
fn talk_is_timed_from_the_moment_both_halves_have_come() {
    let mut stage = Stage::new();
    let call = stage.board.add_call();
    let talk = stage.board.add_talk().unwrap();
    stage.board.control_opened(call, stage.at(100));
    assert!(stage.board.meetings(&[call]).heard.spread().count == 0);
    stage.board.half_arrived(call, Half::Audio, stage.at(300));
    stage.board.half_arrived(call, Half::Audio, stage.at(900));
    let (marker, _) = stage.board.send_frame(call, stage.at(305)).unwrap();
    stage.board.provider_heard(talk, marker, stage.at(320));
    let first = stage.board.begin_answer(talk, 5, stage.at(330));
    stage.board.caller_heard(call, Some(Marker { source: talk.0, sequence: first }), stage.at(350));
    let meetings = stage.board.meetings(&[call]);
    assert_eq!((meetings.heard.spread().max_ms, meetings.answered.spread().max_ms), (20.0, 50.0));
    assert_eq!(stage.board.controls_open(), 1);
    stage.board.control_closed(call);
    assert_eq!(stage.board.controls_open(), 0);
}

#[test]
fn nothing_to_play_is_neither_an_interval_nor_sound() {
    let mut stage = Stage::new();
    let first = stage.answer(0, 4);
    stage.hear(20, Some(first));
    stage.board.caller_hears_nothing(stage.call);
    stage.hear(420, Some(first + 1));
    assert_eq!(stage.board.measured.spacing.spread().count, 0);
    assert_eq!(stage.board.measured.underruns, 1);
}
