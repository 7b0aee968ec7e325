//! Which side ends a call, and how its row describes that.

use std::time::Duration;

use cordboard_test_support::freeswitch::{Action, Script};
use serde_json::json;
use tokio::time::sleep;

use super::setup::Setup;
use super::way::{AudioTransport, for_both_ways};
use crate::book::Book;
use crate::hearing::assert_heard;
use crate::suites::handoff::Switchboard;
use crate::world::virtually;

for_both_ways!(each_side_hangs_up);

async fn each_side_hangs_up(way: AudioTransport) {
    let setup = Setup::open(way).await;
    let by_caller = setup.caller().await;
    let by_program = setup.caller().await;
    let by_key = setup.caller().await;
    let by_switch = setup.caller().await;
    by_caller.phone.hang_up();
    setup.ask_of(&by_program.id, "hangup", &json!({})).await;
    setup.wait_says(&by_key.id, "greeting").await;
    by_key.phone.press('*');
    by_switch.phone.kill("MEDIA_TIMEOUT");

    setup.assert_ended(&by_caller.id, "normal_clearing", "caller").await;
    setup.assert_ended(&by_program.id, "normal_clearing", "api").await;
    assert_eq!(by_program.phone.hangup_cause().as_deref(), Some("NORMAL_CLEARING"));
    assert_eq!(by_program.phone.disposition(), Some("send_bye"));
    setup.assert_ended(&by_switch.id, "media_timeout", "switch").await;
    setup.assert_ended(&by_key.id, "normal_clearing", "assistant").await;
    assert_heard(&by_key.phone.heard().sound(), "goodbye");
    assert_eq!(by_key.phone.hangup_cause().as_deref(), Some("NORMAL_CLEARING"));
    setup.close().await;
}

/// A slow switch: the control connection of the same channel comes when nothing of its call is left.
#[test]
fn control_after_the_end_of_a_call_begins_no_other() {
    for by in ["caller", "switch"] {
        virtually(async || {
            let setup = Setup::open(AudioTransport::Websocket).await;
            let caller = setup.caller().await;
            match by {
                "caller" => caller.phone.hang_up(),
                _ => caller.phone.kill("NORMAL_CLEARING"),
            }
            setup.assert_ended(&caller.id, "normal_clearing", by).await;
            sleep(Duration::from_secs(10)).await;
            let slow = setup.another_switch();
            let late = slow
                .call(Script::to("5000").uuid(caller.phone.uuid()).runs([setup.socket(), Action::park()]));
            setup.wait("the end of the channel", async || late.hangup_cause()).await;
            assert_eq!(setup.calls().await.len(), 1);
            setup.close().await;
        });
    }
}
