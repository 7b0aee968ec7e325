//! The audio half is lost in the middle of a call, and comes back.

use std::time::Duration;

use cordboard_test_support::freeswitch::Strike;
use tokio::time::sleep;

use super::setup::Setup;
use super::way::AudioTransport;
use crate::book::Book;
use crate::hearing::assert_heard;
use crate::suites::handoff::Switchboard;
use crate::world::virtually;

/// How long after the loss of its audio a call counts as interrupted.
const SETTLES: Duration = Duration::from_millis(300);

#[test]
fn a_lost_stream_is_restarted_and_the_caller_welcomed_back() {
    virtually(async || {
        let setup = Setup::open(AudioTransport::Websocket).await;
        for strike in [Strike::Close, Strike::Reset] {
            let caller = setup.caller().await;
            setup.wait_says(&caller.id, "greeting").await;
            sleep(Duration::from_secs(2)).await;
            let struck = setup.server.passed();
            assert!(caller.phone.strike_audio(strike));
            setup.wait_said(&caller.id, "welcome_back").await;
            assert_heard(&caller.phone.heard().sound(), "welcome_back");
            assert!(caller.phone.is_streaming());
            let times = async |kind: &str| setup.times_of(&caller.id, kind).await;
            // A hang-up closes the audio, too, so the server waits for that.
            assert_eq!(times("interrupted").await, [struck + SETTLES]);
            setup.converses(&caller).await;
            assert_eq!(setup.events_of(&caller.id, "control_lost").await.len(), 0, "the other half was up");
            caller.phone.hang_up();
            setup.assert_ended(&caller.id, "normal_clearing", "caller").await;
            assert_eq!(setup.events_of(&caller.id, "leg_joined").await.len(), 2);
        }
        setup.close().await;
    });
}
