//! The switch is started again. (A server that is killed, and a switch that goes on: `tests/freeswitch`.)

use std::time::Duration;

use super::house::House;
use super::way::{Way, for_both_ways};
use crate::book::Book;
use crate::suites::handoff::{Party, Switchboard};

for_both_ways!(a_switch_that_is_started_again_takes_calls_as_before);

async fn a_switch_that_is_started_again_takes_calls_as_before(way: Way) {
    let house = House::open(way).await;
    let callers = [house.caller().await, house.caller().await];
    let stopped = house.server.passed();
    house.switch.restart();
    for caller in &callers {
        house.assert_ended(&caller.id, "system_shutdown", "switch").await;
        assert!(caller.phone.is_over());
        assert_eq!(caller.phone.hangup_cause().as_deref(), Some("SYSTEM_SHUTDOWN"));
        assert_eq!(house.times_of(&caller.id, "ended").await, [stopped + Duration::from_millis(20)]);
    }
    house
        .wait("the switch", async || {
            let pbx = house.pbx().await;
            (pbx["is_connected"] == true && pbx["losses"] == 1).then_some(())
        })
        .await;
    let away = house.server.passed() - stopped;
    assert!(away <= Duration::from_millis(300), "{away:?}");
    let caller = house.caller().await;
    house.converses(&caller).await;
    caller.phone.hang_up();
    house.assert_ended(&caller.id, "normal_clearing", "caller").await;
    house.close().await;
}
