//! Messages over a control link that no FreeSWITCH sends.

use std::time::Duration;

use cordboard_test_support::freeswitch::Strike;
use serde_json::Value;

use super::stage::{Caller, Inbound, Stage, stage};
use crate::book::Book;
use crate::hearing::assert_heard;
use crate::world::Entry;

/// The size of a header that a control link may have, and of one that it may not.
const LARGE_HEADER: usize = 100_000;
const HUGE_HEADER: usize = 400_000;
/// Another caller's channel.
const OTHER: &str = "00000000-0000-4000-8000-00000000beef";

/// The entries of one kind about the link that the dialplan opened.
async fn of_outbound(stage: &Stage, caller: &Caller, kind: &str) -> Vec<Entry> {
    let mut entries = stage.entries_of(&caller.id, kind).await;
    entries.retain(|entry| entry.event["link"] != "inbound");
    entries
}

/// An event of the call itself whose outer length is not a number.
fn broken_length() -> Strike {
    Strike::Inject(b"Content-Length: many\nContent-Type: text/event-plain\n\nEvent-Name: DTMF\n\n".to_vec())
}

/// An event whose outer length is more than any client accepts.
fn endless_length() -> Strike {
    Strike::event("Event-Name: DTMF\n\n", 2_000_000_000)
}

#[test]
fn garbage_between_frames_and_other_calls_events_are_ignored() {
    stage("dual", Inbound::None, &[], async |stage| {
        let caller = stage.greeted().await;
        let inner = format!("Event-Name: DTMF\nUnique-ID: {OTHER}\nDTMF-Digit: *\n\n");
        let strikes = [
            Strike::foreign_event("CHANNEL_HANGUP", OTHER),
            Strike::foreign_event("CHANNEL_HANGUP_COMPLETE", OTHER),
            Strike::foreign_event("CHANNEL_BRIDGE", OTHER),
            Strike::event(&inner, inner.len()),
            // Its last bytes look like a frame of their own.
            Strike::event(&inner, inner.len() - 6),
            Strike::event("", 0),
            Strike::garbage(),
            Strike::huge_header(LARGE_HEADER),
        ];
        for strike in &strikes {
            assert_eq!(caller.phone.strike_control(strike), 1, "{strike:?}");
        }
        stage.wait_said(&caller.id, "greeting").await;
        assert_heard(&caller.heard(), "greeting");
        assert_eq!(stage.events_of(&caller.id, "control_lost").await, Vec::<Value>::new());
        let keys = stage.events_of(&caller.id, "dtmf").await;
        assert_eq!(keys, Vec::<Value>::new(), "the key was another caller's");
        // Control works as before.
        caller.phone.press('*');
        assert_eq!(stage.over(&caller).await, "NORMAL_CLEARING");
        stage.assert_ended(&caller, "normal_clearing", "assistant").await;
    });
}

#[test]
fn an_unreadable_link_is_closed_and_the_dialplan_opens_another() {
    for strike in [Strike::huge_header(HUGE_HEADER), broken_length(), endless_length()] {
        stage("dual", Inbound::None, &[], async |stage| {
            let caller = stage.greeted().await;
            let struck = stage.server.passed();
            assert_eq!(caller.phone.strike_control(&strike), 1);
            let attached = async || {
                let attached = of_outbound(stage, &caller, "control_attached").await;
                (attached.len() == 2).then_some(attached)
            };
            let attached = stage.wait("control once more", attached).await;
            let lost = of_outbound(stage, &caller, "control_lost").await;
            assert_eq!(lost.iter().map(|entry| entry.at).collect::<Vec<_>>(), [struck]);
            // The server waits for the rest of what it may send before it closes it, and the dialplan waits 2 s before its next try.
            assert_eq!(attached[1].at - struck, Duration::from_millis(2_180));
            caller.phone.press('*');
            assert_eq!(stage.over(&caller).await, "NORMAL_CLEARING");
            stage.assert_ended(&caller, "normal_clearing", "assistant").await;
            stage.forgive_gibberish();
        });
    }
}

#[test]
fn our_own_connection_controls_a_call_with_an_unreadable_link() {
    stage("dual", Inbound::Configured, &[], async |stage| {
        let caller = stage.greeted().await;
        assert_eq!(caller.phone.strike_control(&Strike::huge_header(HUGE_HEADER)), 1);
        stage
            .wait("the loss of control", async || of_outbound(stage, &caller, "control_lost").await.pop())
            .await;
        stage.end(&caller).await;
        assert_eq!(stage.over(&caller).await, "NORMAL_CLEARING");
        assert_eq!(stage.ended(&caller.id).await["hangup_cause"], "normal_clearing");
        stage.forgive_gibberish();
    });
}

#[test]
fn a_length_that_swallows_what_follows_costs_no_call() {
    stage("dual", Inbound::Configured, &[], async |stage| {
        let caller = stage.greeted().await;
        // The frames that come next are mistaken for its body.
        let inner = "Event-Name: CHANNEL_DATA\n\n";
        assert_eq!(caller.phone.strike_control(&Strike::event(inner, inner.len() + 700)), 1);
        // Nothing is known about a piece of sound whose end event was swallowed: the greeting may count as cut there.
        stage.event(&caller.id, "played_until").await;
        assert_eq!(caller.phone.hangup_cause(), None, "the caller is still there");
        stage.end(&caller).await;
        stage.over(&caller).await;
        assert_eq!(stage.ended(&caller.id).await["hangup_cause"], "normal_clearing");
        stage.forgive_gibberish();
    });
}

#[test]
fn our_own_connection_returns_after_garbage_unnoticed_by_calls() {
    stage("dual", Inbound::Configured, &[], async |stage| {
        let caller = stage.greeted().await;
        assert_eq!(stage.switch.strike_inbound(&Strike::garbage()), 1);
        assert_eq!(stage.switch.strike_inbound(&Strike::huge_header(HUGE_HEADER)), 1);
        stage.wait_figure("cordboard_switch_losses_total{switch=\"pbx1\"}", 1).await;
        stage.wait_figure("cordboard_switch_connected{switch=\"pbx1\"}", 1).await;
        stage.wait_said(&caller.id, "greeting").await;
        assert_heard(&caller.heard(), "greeting");
        caller.phone.hang_up();
        assert_eq!(stage.ending(&caller.id).await.1, "caller");
    });
}
