//! The caller speaks into what the assistant says.

use std::time::{Duration, Instant};

use cordboard_test_support::audio::Span;

use super::house::Shared;
use cordboard_test_support::book::{Book, LIMIT};
use cordboard_test_support::book::{ms, text};
use cordboard_test_support::ear::{figure, share_of, speech, words};

/// Speech is noticed after 240 ms of it; frames, Asterisk and a busy machine take the rest.
const STOPS_MAX: Duration = Duration::from_millis(1500);
/// How far the journal may be from what the caller heard, in ms: frames are under way, and pieces of a prompt are 400 ms.
const HEARD_MS_OFF_MAX: f64 = 500.0;

#[test]
fn the_assistant_stops_and_its_words_end_where_the_caller_cut_them() {
    let cordboard = Shared::enter();
    let call = cordboard.dial("100", "+15550110");
    let id = cordboard.call_from("+15550110");
    cordboard.wait_says(&id, "greeting");
    // Into the middle of the greeting, which lasts for 8 s.
    cordboard.wait("2 s of greeting", || (call.heard().length() > Duration::from_secs(2)).then_some(()));
    let interruption = speech("interruption");
    let spoke_at = Instant::now() + interruption.first_sound().unwrap();
    call.say(&interruption);
    let barge_in = cordboard.event(&id, "barge_in");
    call.wait_said(LIMIT).unwrap();
    // The reply comes behind the caller's words.
    cordboard.wait("a reply", || (cordboard.events_of(&id, "item_started").len() > 1).then_some(()));
    call.hang_up().unwrap();

    let heard = call.heard();
    let greeting = share_of(&heard, "greeting");
    let end = heard.length();
    let from_then_on = heard.part(Span { start: greeting.until, end });
    let stopped = greeting.until + from_then_on.silences(Duration::from_millis(200))[0].start;
    let latency = (call.heard_since().unwrap() + stopped).saturating_duration_since(spoke_at);
    figure(&format!("the assistant fell silent {} ms after the caller's first sound", latency.as_millis()));
    assert!(latency < STOPS_MAX, "{latency:?}");

    let heard_ms = ms(&barge_in["heard_ms"]);
    let off_ms = (stopped - greeting.at).as_secs_f64() * 1000.0 - heard_ms as f64;
    figure(&format!("journal: {heard_ms} ms heard, {off_ms:+.0} ms at the caller"));
    assert!(off_ms.abs() < HEARD_MS_OFF_MAX);

    let transcript = cordboard.transcript(&id);
    let said = &transcript[0];
    let (cut, whole) = (text(&said["text"]), words("greeting"));
    assert!(said["role"] == "assistant" && said["interrupted"] == true, "{said}");
    assert!(whole.starts_with(&cut) && !cut.is_empty() && cut.len() < whole.len(), "{cut:?}");
    assert_eq!(transcript[1]["role"], "caller");
}
