use std::time::Duration;

use super::path::{Conditions, Path};
use super::peer::Call;
use super::speech::{likeness, speech};
use crate::peer::Peer;
use crate::voice::FRAME_SAMPLES;
use crate::{ConnectionId, Ended, Happening, Quality, Remote, RestartFault, Transport};

const CLEAN: Conditions = Conditions { loss_percent: 0, jitter_ms: 0 };

/// A call in which both sides say the same speech. Returns how similar to it each heard sound is.
fn both_speak(conditions: Conditions, seed: u64) -> (Call, f64, f64) {
    // The duration of a handshake is random; the rest is not.
    let mut call = Call::begin(CLEAN, seed);
    call.connect();
    for _ in 0..50 {
        call.frame(None, None);
    }
    (call.up, call.down) = (Path::new(conditions, seed), Path::new(conditions, seed + 1_000));
    let speech = speech();
    call.heard.clear();
    call.heard_there.clear();
    for frame in speech.chunks_exact(FRAME_SAMPLES) {
        call.frame(Some(frame), Some(frame));
    }
    for _ in 0..50 {
        call.frame(None, None);
    }
    let (up, down) = (likeness(&speech, &call.heard), likeness(&speech, &call.heard_there));
    (call, up, down)
}

#[test]
fn both_sides_hear_each_other_on_a_clean_path() {
    let (call, up, down) = both_speak(CLEAN, 1);
    // The codec alone keeps 0.92 of it.
    assert!(up > 0.88 && down > 0.88, "{up} {down}");
    let quality = call.quality();
    assert_eq!((quality.jitter.lost, quality.jitter.late), (0, 0), "{quality:?}");
    assert_eq!(quality.jitter.wait_ms, 40);
    assert!(quality.bytes_in > 5_000 && quality.bytes_out > 5_000);
}

/// A peer that can't send by UDP connects by TCP, which loses nothing.
#[test]
fn both_sides_hear_each_other_over_tcp() {
    let mut call = Call::begin_with(Transport::Tcp, |offer| offer, CLEAN, 1);
    call.connect();
    for _ in 0..50 {
        call.frame(None, None);
    }
    let speech = speech();
    call.heard.clear();
    call.heard_there.clear();
    for frame in speech.chunks_exact(FRAME_SAMPLES) {
        call.frame(Some(frame), Some(frame));
    }
    for _ in 0..50 {
        call.frame(None, None);
    }
    let (up, down) = (likeness(&speech, &call.heard), likeness(&speech, &call.heard_there));
    assert!(up > 0.88 && down > 0.88, "{up} {down}");
}

/// Losses in percent and jitter in ms, and the least likeness that speech keeps over them.
const PATHS: [(u32, u64, f64); 8] = [
    (0, 30, 0.88),
    (1, 30, 0.88),
    (5, 30, 0.86),
    (10, 30, 0.82),
    (0, 120, 0.80),
    (1, 120, 0.80),
    (5, 120, 0.75),
    (10, 120, 0.75),
];

#[test]
fn speech_is_understood_over_paths_that_lose_and_delay() {
    for (loss_percent, jitter_ms, least) in PATHS {
        for seed in [1, 2] {
            let conditions = Conditions { loss_percent, jitter_ms };
            let (call, up, down) = both_speak(conditions, seed);
            let figures = call.quality();
            assert!(up >= least && down >= least, "{conditions:?} seed {seed}: {up} {down} {figures:?}");
        }
    }
}

#[test]
fn redundancy_replaces_single_losses() {
    let (call, ..) = both_speak(Conditions { loss_percent: 5, jitter_ms: 0 }, 3);
    let jitter = call.quality().jitter;
    assert!(jitter.lost > 0 && jitter.recovered * 2 >= jitter.lost, "{jitter:?}");
}

#[test]
fn at_one_percent_of_loss_sound_waits_60_ms() {
    let mut call = Call::begin(Conditions { loss_percent: 1, jitter_ms: 5 }, 7);
    call.connect();
    let speech = speech();
    for _ in 0..3 {
        for frame in speech.chunks_exact(FRAME_SAMPLES) {
            call.frame(Some(frame), None);
        }
    }
    let jitter = call.quality().jitter;
    assert!(jitter.lost > 0);
    assert!((40..=60).contains(&jitter.wait_ms), "{jitter:?}");
}

#[test]
fn a_calls_quality_has_its_jitter_and_round_trip() {
    let (mut call, ..) = both_speak(Conditions { loss_percent: 10, jitter_ms: 30 }, 5);
    // The peer reports every 5 s.
    for frame in speech().chunks_exact(FRAME_SAMPLES).chain(speech().chunks_exact(FRAME_SAMPLES)) {
        call.frame(Some(frame), Some(frame));
    }
    let quality = call.quality();
    assert!(quality.jitter_in_ms > 1.0, "{quality:?}");
    assert!((20.0..200.0).contains(&quality.round_trip_ms.unwrap()), "{quality:?}");
}

#[test]
fn silence_is_hardly_sent() {
    let mut call = Call::begin(CLEAN, 1);
    call.connect();
    for _ in 0..100 {
        call.frame(None, None);
    }
    let before = call.down.bytes;
    for _ in 0..100 {
        call.frame(None, None);
    }
    let a_second = (call.down.bytes - before) / 2;
    assert!(a_second < 1_000, "{a_second} bytes a second, with the reports of RTCP");
}

#[test]
fn keys_count_once_each() {
    let mut call = Call::begin(Conditions { loss_percent: 10, jitter_ms: 30 }, 11);
    call.connect();
    for event in [1, 1, 11, 0] {
        let now = call.now();
        call.peer.press(now, event).unwrap();
        for _ in 0..10 {
            call.frame(None, None);
        }
    }
    let keys: String = call
        .happened
        .iter()
        .filter_map(|happening| match happening {
            Happening::Key(key) => Some(*key),
            _ => None,
        })
        .collect();
    assert_eq!(keys, "11#0");
}

#[test]
fn texts_go_both_ways_over_the_data_channel() {
    let mut call = Call::begin(CLEAN, 1);
    // Before there is a channel it waits.
    call.hub.send_text(call.id, "ready".to_owned());
    call.connect();
    for _ in 0..50 {
        call.frame(None, None);
    }
    assert_eq!(call.peer.take_texts(), ["ready"]);
    call.peer.send_text("bye").unwrap();
    for _ in 0..10 {
        call.frame(None, None);
    }
    assert!(call.happened.contains(&Happening::Text("bye".to_owned())), "{:?}", call.happened);
}

/// The longest text of a visitor, in a language whose letters have three bytes each.
#[test]
fn long_texts_arrive_up_to_the_limit() {
    let mut call = standing(1);
    let (longest, longer) = ("話".repeat(3_333), "話".repeat(3_334));
    for text in [&longer, &longest] {
        call.peer.send_text(text).unwrap();
    }
    for _ in 0..50 {
        call.frame(None, None);
    }
    assert_eq!(call.happened, [Happening::Connected, Happening::Text(longest)]);
}

/// A transcript for a page that has come back: more than the channel has room for at once.
#[test]
fn texts_without_room_follow_by_themselves() {
    let mut call = Call::begin(CLEAN, 1);
    let texts: Vec<String> = (10..70).map(|number| number.to_string().repeat(2_000)).collect();
    for text in &texts {
        call.hub.send_text(call.id, text.clone());
    }
    call.connect();
    let mut came = call.peer.take_texts();
    for _ in 0..500 {
        call.frame(None, None);
        came.extend(call.peer.take_texts());
    }
    let begin = |texts: &[String]| texts.iter().map(|text| text[..2].to_owned()).collect::<Vec<_>>();
    assert_eq!(begin(&came), begin(&texts));
    assert!(came == texts, "each of them is whole");
}

#[test]
fn a_peer_that_closes_is_gone_at_once() {
    let mut call = Call::begin(CLEAN, 1);
    call.connect();
    // Until its channel is up.
    for _ in 0..50 {
        call.frame(None, None);
    }
    call.peer.close().unwrap();
    for _ in 0..10 {
        call.frame(None, None);
    }
    assert_eq!(call.happened.last(), Some(&Happening::Ended(Ended::Closed)));
    assert_eq!(call.hub.count(), 0);
}

#[test]
fn a_peer_that_falls_silent_is_gone_in_the_end() {
    let mut call = Call::begin(CLEAN, 1);
    call.connect();
    let now = call.now();
    call.hub.tick(now + Duration::from_secs(14));
    assert_eq!(call.hub.count(), 1);
    call.hub.tick(now + Duration::from_secs(16));
    assert_eq!(call.hub.count(), 0);
}

#[test]
fn a_call_continues_from_another_network_after_a_restart() {
    let mut call = Call::begin(CLEAN, 1);
    call.connect();
    let piece = call.peer.restart().unwrap();
    let answer = call.hub.patch(call.id, &piece).unwrap().unwrap();
    assert!(answer.contains("a=ice-ufrag:") && answer.contains("a=ice-pwd:"), "{answer}");
    assert_eq!(call.hub.patch(call.id, "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n"), Ok(None));
    assert_eq!(call.hub.patch(call.id, "a=ice-ufrag:x\r\n"), Err(RestartFault::Refused));
    assert_eq!(call.hub.patch(ConnectionId(99), &piece), Err(RestartFault::Gone));
    assert_eq!(call.happened, [Happening::Connected]);
    // From there it is heard again, and hears.
    let elsewhere = Remote::udp("192.0.2.80:4000".parse().unwrap());
    call.peer.restarted(elsewhere, &answer).unwrap();
    call.from = elsewhere;
    (call.heard, call.heard_there) = (Vec::new(), Vec::new());
    let tone: Vec<i16> = (0..FRAME_SAMPLES).map(|n| if n / 30 % 2 == 0 { 8_000 } else { -8_000 }).collect();
    for _ in 0..100 {
        call.frame(Some(&tone), Some(&tone));
    }
    let loud = |heard: &[i16]| heard.iter().filter(|sample| sample.unsigned_abs() > 2_000).count();
    let (there, here) = (loud(&call.heard), loud(&call.heard_there));
    assert!(there > 20_000 && here > 20_000, "of 48,000 samples {there} and {here} were heard");
    assert_eq!(call.happened, [Happening::Connected]);
}

/// A router restarts, and the peer has another address without knowing it: nothing restarts its ICE.
#[test]
fn another_address_of_the_peer_is_followed_without_a_restart() {
    let mut call = Call::begin(CLEAN, 1);
    call.connect();
    let speech = speech();
    let say = |call: &mut Call, frames: usize| {
        for frame in speech.chunks_exact(FRAME_SAMPLES).cycle().take(frames) {
            call.frame(Some(frame), Some(frame));
        }
    };
    say(&mut call, 100);
    call.from = Remote::udp("192.0.2.80:4000".parse().unwrap());
    say(&mut call, 400);
    (0..50).for_each(|_| call.frame(None, None));
    (call.heard, call.heard_there) = (Vec::new(), Vec::new());
    say(&mut call, speech.len() / FRAME_SAMPLES);
    (0..50).for_each(|_| call.frame(None, None));
    let (here, there) = (likeness(&speech, &call.heard), likeness(&speech, &call.heard_there));
    assert!(here > 0.88 && there > 0.88, "{here} {there}");
    assert_eq!(call.happened, [Happening::Connected]);
}

#[test]
fn an_unanswering_peer_gets_no_more_than_it_sends() {
    let mut call = Call::begin(CLEAN, 1);
    let mut sent = 0;
    let mut got = 0;
    // An attacker who knows the password forges a stranger's address on their checks. The stranger does not answer.
    let stranger = Remote::udp("192.0.2.77:7".parse().unwrap());
    for _ in 0..400 {
        let now = call.now();
        for bytes in call.peer.sends(now) {
            sent += bytes.len();
            call.hub.receive(now, stranger, &bytes);
        }
        call.hub.tick(now);
        while let Some(datagram) = call.hub.next_datagram() {
            assert_eq!(datagram.to, stranger);
            got += datagram.bytes.len();
            assert!(got <= sent, "{got} bytes out for {sent} in");
        }
        call.now_ms += 20;
    }
    assert!(sent > 0 && got > 0);
    assert!(call.happened.is_empty());
}

#[test]
fn connections_that_are_never_made_are_few_and_short() {
    let mut hub = super::peer::hub();
    let now = std::time::Instant::now();
    for _ in 0..20 {
        hub.offer(now, &Peer::there(now, Transport::Udp).offer().unwrap()).unwrap();
    }
    assert_eq!(
        hub.offer(now, &Peer::there(now, Transport::Udp).offer().unwrap()),
        Err(crate::NoConnection::Full)
    );
    hub.tick(now + Duration::from_secs(10));
    assert_eq!(hub.count(), 0);
    assert!(
        hub.offer(now + Duration::from_secs(10), &Peer::there(now, Transport::Udp).offer().unwrap()).is_ok()
    );
}

/// Twenty seconds of speech, both ways.
fn twenty_seconds(call: &mut Call) {
    let speech = speech();
    for frame in speech.chunks_exact(FRAME_SAMPLES).cycle().take(1_000) {
        call.frame(Some(frame), Some(frame));
    }
}

/// A call that has been up for a second, with nothing lost yet.
fn standing(seed: u64) -> Call {
    let mut call = Call::begin(CLEAN, seed);
    call.connect();
    for _ in 0..50 {
        call.frame(None, None);
    }
    assert_eq!(call.quality().jitter.missing, 0);
    call
}

#[test]
fn losses_are_counted_to_the_packet() {
    for (loss_percent, seed) in [(0, 1), (1, 2), (5, 3), (20, 4)] {
        let mut call = standing(seed);
        let before = call.quality();
        call.up = Path::new(Conditions { loss_percent, jitter_ms: 0 }, seed);
        twenty_seconds(&mut call);
        let (lost, sent) = (call.up.packets_lost, call.up.packets);
        // A packet that is lost last is missed when the next one comes.
        call.up = Path::new(CLEAN, seed);
        twenty_seconds(&mut call);
        let after = call.quality();
        assert_eq!(after.jitter.missing, lost, "of {sent}: {after:?}");
        assert_eq!(lost > 0, loss_percent > 0, "{lost} of {sent}");
        let came = |quality: &Quality| quality.jitter.received + quality.jitter.late;
        assert_eq!(came(&after) - came(&before), sent - lost + call.up.packets, "{after:?}");
        assert!(after.jitter.recovered <= after.jitter.lost, "{after:?}");
        let kbps = (after.bytes_in - before.bytes_in) * 8 / 40_000;
        assert!((5..=40).contains(&kbps), "{kbps} kbit/s");
        assert!(after.established_for.as_secs() >= 40 && after.jitter_in_ms_max < 5.0, "{after:?}");
        assert!(after.loss_out.is_some_and(|share| share < 0.01), "what we sent has come: {after:?}");
    }
}

#[test]
fn reordered_packets_are_no_loss() {
    let mut call = standing(1);
    call.up.conditions.jitter_ms = 60;
    twenty_seconds(&mut call);
    // Packets that are under way arrive.
    call.up.conditions.jitter_ms = 0;
    twenty_seconds(&mut call);
    let quality = call.quality();
    assert_eq!(quality.jitter.missing, 0, "{quality:?}");
    assert!(quality.jitter_in_ms_max > 5.0, "{quality:?}");
}

#[test]
fn the_peers_losses_are_in_its_reports() {
    let mut call = standing(5);
    call.down = Path::new(Conditions { loss_percent: 20, jitter_ms: 0 }, 5);
    twenty_seconds(&mut call);
    let quality = call.quality();
    let share = f64::from(quality.loss_out.unwrap());
    assert!((0.05..0.35).contains(&share), "{quality:?}");
    assert_eq!(quality.jitter.missing, 0, "what the peer sent has come: {quality:?}");
}
