//! Keys while the assistant speaks, however the telephone sends them.

use std::time::Duration;

use cordboard_test_support::freeswitch::KeySource;
use tokio::time::sleep;

use super::setup::Setup;
use super::way::{AudioTransport, for_both_ways};
use crate::book::Book;
use crate::hearing::assert_heard;
use crate::suites::handoff::Switchboard;

for_both_ways!(a_key_stops_the_assistant_however_it_was_sent, fifty_keys_a_second_count_in_a_flood);

/// How long a key is held.
const HELD: Duration = Duration::from_millis(120);

async fn a_key_stops_the_assistant_however_it_was_sent(way: AudioTransport) {
    let setup = Setup::open(way).await;
    for source in [KeySource::Rtp, KeySource::Info] {
        let caller = setup.caller().await;
        setup.wait_says(&caller.id, "greeting").await;
        caller.phone.press_for('7', HELD, source);
        setup.event(&caller.id, "barge_in").await;
        let key = setup.event(&caller.id, "dtmf").await;
        assert_eq!((&key["digit"], &key["duration_ms"]), (&"7".into(), &120.into()), "{source:?}");
        let times = async |kind: &str| setup.times_of(&caller.id, kind).await;
        // A switch reports with its next tick that its own playback has stopped.
        let told = if way == AudioTransport::Websocket { Duration::from_millis(20) } else { Duration::ZERO };
        assert_eq!(times("barge_in").await[0], times("dtmf").await[0] + told);
        setup.wait_says(&caller.id, "unknown_key").await;
        caller.phone.press_for('#', HELD, source);
        setup.wait_says(&caller.id, "repeat").await;
        assert_eq!(setup.events_of(&caller.id, "dtmf").await.len(), 2, "{source:?}: each key counts once");
        caller.phone.press_for('*', HELD, source);
        setup.assert_ended(&caller.id, "normal_clearing", "assistant").await;
        assert_heard(&caller.phone.heard().sound(), "goodbye");
    }
    setup.close().await;
}

/// Over the link that the dialplan opens; the same over the server's own link: `modes/audio_alone.rs`.
async fn fifty_keys_a_second_count_in_a_flood(way: AudioTransport) {
    let setup = Setup::open(way).await;
    let caller = setup.caller().await;
    setup.wait_said(&caller.id, "greeting").await;
    (0..200).for_each(|_| caller.phone.press_for('7', HELD, KeySource::Info));
    sleep(Duration::from_secs(2)).await;
    assert_eq!(setup.events_of(&caller.id, "dtmf").await.len(), 50);
    caller.phone.press_for('*', HELD, KeySource::Info);
    setup.assert_ended(&caller.id, "normal_clearing", "assistant").await;
    setup.close().await;
}
