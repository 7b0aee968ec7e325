//! Talking: the greeting, an answer, an interruption, a recording of both.

use std::time::Duration;

use cordboard_test_support::audio::Span;
use cordboard_test_support::book::{Book, Channel, ms, text};
use cordboard_test_support::ear::{assert_heard_out, figure, share_of, speech, words};

use crate::kind::{Kind, for_every_kind};
use crate::stage::Stage;

/// How far the journal may be from what the caller heard, in ms: frames are under way, and pieces of a prompt are 400 ms.
const HEARD_MS_OFF_MAX: f64 = 500.0;

for_every_kind!(
    the_greeting_is_heard_out_and_recorded,
    the_caller_is_answered,
    the_assistant_stops_where_the_caller_speaks,
);

fn the_greeting_is_heard_out_and_recorded(kind: Kind) {
    let stage = Stage::open(kind);
    let call = stage.call();
    stage.wait_said(&call.id, "greeting");
    call.line.hang_up();
    let row = stage.ended(&call.id);
    assert_eq!(row["leg_kind"], kind.leg_kind());
    assert_eq!((&row["hangup_cause"], &row["hangup_by"]), (&"normal_clearing".into(), &"caller".into()));
    assert_heard_out(&call.line.heard(), "greeting");
    assert_heard_out(&stage.finished_recording(&call.id, Channel::CallersEar), "greeting");
    stage.close();
}

fn the_caller_is_answered(kind: Kind) {
    let stage = Stage::open(kind);
    let call = stage.call();
    stage.wait_said(&call.id, "greeting");
    let said = speech("message_text");
    call.line.say(&said);
    call.line.wait_said();
    stage.wait("an answer", || (stage.events_of(&call.id, "item_started").len() > 1).then_some(()));
    call.line.hang_up();
    stage.ended(&call.id);
    let transcript = stage.transcript(&call.id);
    let who: Vec<String> = transcript.iter().map(|line| text(&line["role"])).collect();
    assert_eq!(who[..2], ["assistant", "caller"], "{transcript:?}");
    let recorded = stage.finished_recording(&call.id, Channel::Caller);
    let share =
        cordboard_test_support::audio::share_heard(&recorded, &said.resampled(recorded.rate)).unwrap();
    figure(&format!("{:.0} % of the caller's words are recorded", share.heard * 100.0));
    assert!(share.is_all(), "{share:?}");
    stage.close();
}

fn the_assistant_stops_where_the_caller_speaks(kind: Kind) {
    let stage = Stage::open(kind);
    let call = stage.call();
    stage.wait_says(&call.id, "greeting");
    // Into the middle of the greeting, which lasts for 8 s.
    call.line.wait_heard(Duration::from_secs(2));
    call.line.say(&speech("interruption"));
    let barge_in = stage.event(&call.id, "barge_in");
    call.line.wait_said();
    stage.wait("a reply", || (stage.events_of(&call.id, "item_started").len() > 1).then_some(()));
    call.line.hang_up();

    let heard = call.line.heard();
    let greeting = share_of(&heard, "greeting");
    let end = heard.length();
    let from_then_on = heard.part(Span { start: greeting.until, end });
    let stopped = greeting.until + from_then_on.silences(Duration::from_millis(200))[0].start;
    let heard_ms = ms(&barge_in["heard_ms"]);
    let off_ms = (stopped - greeting.at).as_secs_f64() * 1000.0 - heard_ms as f64;
    figure(&format!("journal: {heard_ms} ms heard, {off_ms:+.0} ms at the caller"));
    assert!(off_ms.abs() < HEARD_MS_OFF_MAX);
    let said = &stage.transcript(&call.id)[0];
    let (cut, whole) = (text(&said["text"]), words("greeting"));
    assert!(said["interrupted"] == true, "{said}");
    assert!(whole.starts_with(&cut) && !cut.is_empty() && cut.len() < whole.len(), "{cut:?}");
    stage.close();
}
