//! The control link is cut in the middle of a call.

use std::time::Duration;

use cordboard_test_support::ear::share_of;
use cordboard_test_support::freeswitch::{Action, Script, Strike};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::holds::hears_music;
use super::setup::{Callee, Inbound, Setup};
use super::way::AudioTransport;
use crate::book::Book;
use crate::hearing::assert_heard;
use crate::suites::handoff::Switchboard;
use crate::world::virtually;

/// The length of sound that reaches a caller at once.
const PACKET: Duration = Duration::from_millis(20);
/// How much of the greeting, which lasts for 8 s, was heard when the link is cut.
const INTO_THE_GREETING: Duration = Duration::from_secs(2);
/// Longer than an accidental press.
const A_WHILE: Duration = Duration::from_secs(4);
/// How long the dialplan waits before it connects again.
const AGAIN: Duration = Duration::from_secs(2);

/// A caller who hears the greeting, and whose control link is cut in the middle of it.
async fn cut(setup: &Setup, strike: &Strike) -> Callee {
    let caller = setup.caller().await;
    setup.wait_says(&caller.id, "greeting").await;
    sleep(INTO_THE_GREETING).await;
    cut_now(setup, &caller, strike).await;
    caller
}

async fn cut_now(setup: &Setup, caller: &Callee, strike: &Strike) {
    let cut = setup.server.passed();
    assert_eq!(caller.phone.strike_control(strike), 1);
    setup.event(&caller.id, "control_lost").await;
    assert_eq!(setup.times_of(&caller.id, "control_lost").await, [cut], "it is noticed at once");
}

/// Waits until the dialplan's next socket has restored control; returns how long that took.
async fn wait_control_is_back(setup: &Setup, caller: &Callee) -> Duration {
    let outbound = async || {
        let mut attached = setup.entries_of(&caller.id, "control_attached").await;
        attached.retain(|entry| entry.event["link"]["via"] == "outbound");
        (attached.len() == 2).then_some(attached)
    };
    let attached = setup.wait("control by the dialplan's next socket", outbound).await;
    let lost = setup.times_of(&caller.id, "control_lost").await[0];
    assert_eq!(caller.phone.control_count(), 1);
    attached[1].at - lost
}

/// The switch plays the greeting in pieces of 200 ms. In whichever tenth of a piece the link is cut, the caller misses no word.
#[test]
fn audio_goes_on_until_control_is_back() {
    virtually(async || {
        let setup = Setup::open(AudioTransport::Websocket).await;
        let mut pauses = Vec::new();
        for tenth in 0..10 {
            let dialled = setup.server.passed();
            let caller = setup.caller().await;
            let strike = if tenth % 2 == 0 { Strike::Close } else { Strike::Reset };
            setup.wait_says(&caller.id, "greeting").await;
            sleep(INTO_THE_GREETING + PACKET * tenth).await;
            cut_now(&setup, &caller, &strike).await;
            setup.wait_said(&caller.id, "greeting").await;
            let share = share_of(&caller.phone.heard().sound(), "greeting");
            // A pause tears the piece of the greeting that it falls into, and no other.
            assert!(share.missed <= 1, "{share:?}");
            pauses.push(share.drift_ms.round());
            // The dialplan's pause lasts until nothing plays within it any more.
            let back = wait_control_is_back(&setup, &caller).await;
            let lost = setup.times_of(&caller.id, "control_lost").await[0] - dialled;
            assert!((lost + back).abs_diff(share.until) <= 2 * PACKET, "{back:?} after {lost:?}, {share:?}");
            assert_eq!(setup.controls_of(&caller.id).await, json!([2]), "the first is gone");
            assert_eq!(setup.events_of(&caller.id, "interrupted").await.len(), 0);
            assert_eq!(
                setup.events_of(&caller.id, "leg_joined").await.len(),
                1,
                "the audio that was up stays up"
            );
            setup.ask_of(&caller.id, "hangup", &json!({})).await;
            setup.assert_ended(&caller.id, "normal_clearing", "api").await;
        }
        // In one tenth a reset takes along what was just handed over: three packets until it is handed over again.
        assert_eq!(pauses, [0.0, 0.0, 0.0, 60.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        setup.close().await;
    });
}

#[test]
fn commands_use_the_inbound_link_meanwhile() {
    virtually(async || {
        let setup = Setup::open(AudioTransport::Websocket).await;
        let ended = cut(&setup, &Strike::Reset).await;
        let asked = setup.server.passed();
        setup.ask_of(&ended.id, "hangup", &json!({})).await;
        setup.assert_ended(&ended.id, "normal_clearing", "api").await;
        assert_eq!(setup.times_of(&ended.id, "ended").await, [asked]);

        let held = cut(&setup, &Strike::Close).await;
        setup.ask_of(&held.id, "hold", &Value::Null).await;
        setup.event(&held.id, "hold_began").await;
        hears_music(&held, AudioTransport::Websocket).await;
        setup.ask_of(&held.id, "unhold", &Value::Null).await;
        setup.wait_said(&held.id, "welcome_back").await;
        wait_control_is_back(&setup, &held).await;
        setup.converses(&held).await;
        held.phone.hang_up();
        setup.assert_ended(&held.id, "normal_clearing", "caller").await;
        setup.close().await;
    });
}

#[test]
fn unicasts_end_with_their_stay_and_restart_in_the_next() {
    virtually(async || {
        let setup = Setup::open(AudioTransport::Unicast).await;
        for strike in [Strike::Close, Strike::Reset] {
            let caller = cut(&setup, &strike).await;
            assert_eq!(wait_control_is_back(&setup, &caller).await, AGAIN + PACKET);
            setup.wait_said(&caller.id, "welcome_back").await;
            assert_heard(&caller.phone.heard().sound(), "welcome_back");
            setup.converses(&caller).await;
            caller.phone.hang_up();
            setup.assert_ended(&caller.id, "normal_clearing", "caller").await;
        }
        setup.close().await;
    });
}

#[test]
fn without_an_inbound_link_calls_do_less_until_control_returns() {
    virtually(async || {
        let setup = Setup::open_with(AudioTransport::Websocket, Inbound::None, &[]).await;
        let caller = cut(&setup, &Strike::Close).await;
        let told = setup.wait_events(&caller.id, "capabilities_changed", 3).await;
        let can = |nth: usize, what: &str| {
            told[nth]["capabilities"].as_array().unwrap().iter().any(|capability| capability == what)
        };
        let of = |nth: usize| ["converse", "hold", "transfer_blind", "play"].map(|what| can(nth, what));
        assert_eq!(of(told.len() - 3), [true; 4], "{told:?}");
        assert_eq!(of(told.len() - 2), [true, true, false, false], "{told:?}");
        assert_eq!(of(told.len() - 1), [true; 4], "{told:?}");
        caller.phone.hang_up();
        setup.assert_ended(&caller.id, "normal_clearing", "caller").await;
        setup.close().await;
    });
}

/// Nothing reports what their telephone does until control is back. Then the switch reports its state.
#[test]
fn restored_control_reports_whether_a_telephone_holds() {
    virtually(async || {
        let setup = Setup::open_with(AudioTransport::Websocket, Inbound::None, &[]).await;
        let released = setup.caller().await;
        setup.wait_said(&released.id, "greeting").await;
        released.phone.hold();
        setup.event(&released.id, "hold_began").await;
        sleep(A_WHILE).await;
        cut_now(&setup, &released, &Strike::Close).await;
        released.phone.unhold();
        wait_control_is_back(&setup, &released).await;
        setup.event(&released.id, "hold_ended").await;
        setup.wait_said(&released.id, "welcome_back").await;
        assert_heard(&released.phone.heard().sound(), "welcome_back");
        setup.converses(&released).await;
        released.phone.hang_up();
        setup.assert_ended(&released.id, "normal_clearing", "caller").await;

        let holds = setup.caller().await;
        setup.wait_said(&holds.id, "greeting").await;
        cut_now(&setup, &holds, &Strike::Reset).await;
        holds.phone.hold();
        wait_control_is_back(&setup, &holds).await;
        setup.event(&holds.id, "hold_began").await;
        sleep(A_WHILE).await;
        holds.phone.unhold();
        setup.wait_said(&holds.id, "welcome_back").await;
        setup.converses(&holds).await;
        holds.phone.hang_up();
        setup.assert_ended(&holds.id, "normal_clearing", "caller").await;
        setup.close().await;
    });
}

#[test]
fn a_caller_who_leaves_while_control_is_lost_has_left() {
    virtually(async || {
        let setup = Setup::open(AudioTransport::Websocket).await;
        let caller = setup.dial(Script::to("5000"), vec![setup.socket(), Action::park()]).await;
        setup.wait_says(&caller.id, "greeting").await;
        cut_now(&setup, &caller, &Strike::Reset).await;
        let left = setup.server.passed();
        caller.phone.hang_up();
        setup.assert_ended(&caller.id, "normal_clearing", "caller").await;
        assert_eq!(setup.times_of(&caller.id, "ended").await, [left + PACKET]);
        setup.close().await;
    });
}
