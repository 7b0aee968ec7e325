//! The switch is started again. (A server that is killed, and a switch that goes on: `tests/freeswitch`.)

use std::time::Duration;

use super::setup::Setup;
use super::way::{AudioTransport, for_both_ways};
use crate::book::Book;
use crate::suites::handoff::{Party, Switchboard};

for_both_ways!(a_switch_that_is_started_again_takes_calls_as_before);

async fn a_switch_that_is_started_again_takes_calls_as_before(way: AudioTransport) {
    let setup = Setup::open(way).await;
    let callers = [setup.caller().await, setup.caller().await];
    let stopped = setup.server.passed();
    setup.switch.restart();
    for caller in &callers {
        setup.assert_ended(&caller.id, "system_shutdown", "switch").await;
        assert!(caller.phone.is_over());
        assert_eq!(caller.phone.hangup_cause().as_deref(), Some("SYSTEM_SHUTDOWN"));
        assert_eq!(setup.times_of(&caller.id, "ended").await, [stopped + Duration::from_millis(20)]);
    }
    setup
        .wait("the switch", async || {
            let pbx = setup.pbx().await;
            (pbx["is_connected"] == true && pbx["losses"] == 1).then_some(())
        })
        .await;
    let away = setup.server.passed() - stopped;
    assert!(away <= Duration::from_millis(300), "{away:?}");
    let caller = setup.caller().await;
    setup.converses(&caller).await;
    caller.phone.hang_up();
    setup.assert_ended(&caller.id, "normal_clearing", "caller").await;
    setup.close().await;
}
