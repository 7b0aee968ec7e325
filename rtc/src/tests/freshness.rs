//! A peer is asked repeatedly whether it still consents to what is sent to it (RFC 7675).

use std::time::Duration;

use super::path::Conditions;
use super::peer::{Call, settings};
use super::speech::{likeness, speech};
use super::takeover::answer_of;
use crate::stun::{answered, is_request};
use crate::voice::FRAME_SAMPLES;
use crate::{Ended, Happening, HubSettings, Transport};

const CLEAN: Conditions = Conditions { loss_percent: 0, jitter_ms: 0 };

/// Both sides speak for this long, with an action before each frame.
fn speak(call: &mut Call, seconds: usize, mut attack: impl FnMut(&mut Call)) {
    let speech = speech();
    for frame in speech.chunks_exact(FRAME_SAMPLES).cycle().take(seconds * 50) {
        attack(call);
        call.frame(Some(frame), Some(frame));
    }
}

/// Each side hears what the other says.
fn assert_both_hear(call: &mut Call) {
    (call.heard, call.heard_there) = (Vec::new(), Vec::new());
    let speech = speech();
    for frame in speech.chunks_exact(FRAME_SAMPLES).map(Some).chain([None; 50]) {
        call.frame(frame, frame);
    }
    let (here, there) = (likeness(&speech, &call.heard), likeness(&speech, &call.heard_there));
    assert!(here > 0.88 && there > 0.88, "{here} {there}");
}

/// A call whose peer's answers are lost from now on. The last one is half a second old at most.
fn unanswered() -> Call {
    let mut call = Call::begin(CLEAN, 1);
    call.connect();
    let asked = call.asked.len();
    while call.asked.len() == asked {
        call.frame(None, None);
    }
    for _ in 0..10 {
        call.frame(None, None);
    }
    call.is_withheld = |bytes| answered(bytes).is_some();
    call
}

#[test]
fn an_answering_peer_is_asked_every_four_to_six_seconds() {
    let mut call = Call::begin(CLEAN, 1);
    call.connect();
    call.asked.clear();
    for _ in 0..70 * 50 {
        call.frame(None, None);
    }
    let pauses: Vec<u64> = call.asked.windows(2).map(|two| two[1].0 - two[0].0).collect();
    assert!((10..=17).contains(&pauses.len()), "{pauses:?}");
    assert!(pauses.iter().all(|pause| (4_000..=6_000).contains(pause)), "{pauses:?}");
    assert!(pauses.iter().any(|pause| *pause != pauses[0]), "chance decides: {pauses:?}");
    assert_both_hear(&mut call);
    assert_eq!(call.happened, [Happening::Connected]);
}

/// Its sound and its checks arrive as before.
#[test]
fn a_peer_that_stops_answering_gets_nothing_after_thirty_seconds() {
    let mut call = unanswered();
    speak(&mut call, 23, |_| {});
    let (bytes, heard_there) = (call.down.bytes, call.heard_there.len());
    speak(&mut call, 6, |_| {});
    assert!(call.down.bytes > bytes + 5_000, "{} bytes in six seconds", call.down.bytes - bytes);
    assert!(call.heard_there[heard_there..].iter().any(|sample| sample.unsigned_abs() > 500));
    speak(&mut call, 2, |_| {});
    let bytes = call.down.bytes;
    speak(&mut call, 10, |_| {});
    assert_eq!(call.down.bytes, bytes);
    assert_eq!(call.happened, [Happening::Connected]);
    // From then on it counts as silent.
    speak(&mut call, 6, |_| {});
    assert_eq!(call.happened, [Happening::Connected, Happening::Ended(Ended::Silent)]);
    assert_eq!(call.down.bytes, bytes);
}

#[test]
fn a_peer_that_was_lost_comes_back_by_a_restart() {
    let mut call = unanswered();
    speak(&mut call, 32, |_| {});
    call.is_withheld = |_| false;
    let bytes = call.down.bytes;
    speak(&mut call, 3, |_| {});
    assert_eq!(call.down.bytes, bytes, "the same credentials do not bring it back");
    let piece = call.peer.restart().unwrap();
    let answer = call.hub.patch(call.id, &piece).unwrap().unwrap();
    call.peer.restarted(call.from, &answer).unwrap();
    speak(&mut call, 4, |_| {});
    for _ in 0..50 {
        call.frame(None, None);
    }
    assert_both_hear(&mut call);
    assert_eq!(call.happened, [Happening::Connected]);
}

/// A Firefox whose microphone has ended sends no sound, and its checks may be 6 s apart.
#[test]
fn a_quiet_peer_stays_for_as_long_as_it_answers() {
    let settings = HubSettings { silent_for: Duration::from_secs(5), ..settings() };
    let mut call = Call::begin_under(settings, Transport::Udp, |offer| offer, CLEAN, 1);
    call.connect();
    for _ in 0..50 {
        call.frame(None, None);
    }
    // Nothing else of it comes.
    call.is_withheld = |bytes| answered(bytes).is_none();
    for _ in 0..8 * 50 {
        call.frame(None, None);
    }
    assert_eq!(call.happened, [Happening::Connected]);
    call.is_withheld = |_| true;
    for _ in 0..6 * 50 {
        call.frame(None, None);
    }
    assert_eq!(call.happened, [Happening::Connected, Happening::Ended(Ended::Silent)]);
}

/// The peer has gone. An attacker with its address replays its last check, and answers ours as well as they can without its password.
#[test]
fn answers_without_the_peers_password_keep_nothing_up() {
    let mut call = unanswered();
    let overheard = |_| {
        call.now_ms += 20;
        let now = call.now();
        call.peer.sends(now).into_iter().find(|bytes| is_request(bytes))
    };
    let question = (0..500).find_map(overheard).unwrap();
    call.is_withheld = |_| true;
    call.asked.clear();
    let mut forged = 0;
    let mut attack = |call: &mut Call| {
        let (now, from) = (call.now(), call.from);
        call.hub.receive(now, from, &question);
        while let Some((_, asked)) = call.asked.get(forged) {
            for password in [None, Some(""), Some("the attacker does not know the password")] {
                call.hub.receive(now, from, &answer_of(asked, password, from.at));
            }
            forged += 1;
        }
    };
    // A peer that is silent is gone after 15 s. These are its checks.
    speak(&mut call, 19, &mut attack);
    assert_eq!(call.happened, [Happening::Connected]);
    speak(&mut call, 12, &mut attack);
    let bytes = call.down.bytes;
    speak(&mut call, 10, &mut attack);
    assert_eq!(call.down.bytes, bytes);
    speak(&mut call, 6, &mut attack);
    assert_eq!(call.happened, [Happening::Connected, Happening::Ended(Ended::Silent)]);
    assert!(forged > 3, "{forged} questions were answered so");
}
