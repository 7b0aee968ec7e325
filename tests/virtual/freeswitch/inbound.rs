//! The inbound link: lost and back again, and one that the switch refuses.

use std::time::Duration;

use cordboard_test_support::freeswitch::{Rule, Strike};
use serde_json::json;
use tokio::time::sleep;

use super::house::{ANSWERS, House, Inbound};
use super::way::Way;
use crate::book::Book;
use crate::suites::handoff::Switchboard;
use crate::world::virtually;

#[test]
fn a_lost_link_comes_back_and_calls_notice_nothing() {
    virtually(async || {
        let house = House::open(Way::Unicast).await;
        let desk = house.somebody(ANSWERS);
        let caller = house.caller().await;
        for (nth, strike) in [Strike::Close, Strike::Reset].iter().enumerate() {
            let lost = house.server.passed();
            assert_eq!(house.switch.strike_inbound(strike), 1);
            house
                .wait("the link after its loss", async || {
                    let pbx = house.pbx().await;
                    (pbx["losses"] == nth + 1 && pbx["is_connected"] == true).then_some(())
                })
                .await;
            // By chance up to a half less than 250 ms, and 500 ms the second time.
            let away = house.server.passed() - lost;
            assert!(away >= Duration::from_millis(125) && away <= Duration::from_millis(520), "{away:?}");
            house.converses(&caller).await;
        }
        assert_eq!(house.events_of(&caller.id, "interrupted").await.len(), 0);
        house.wait_events(&caller.id, "control_attached", 4).await;
        for kind in ["switch_links", "control_links", "legs_freeswitch"] {
            assert_eq!(house.server.open_of(kind).await, Some(1), "{kind}");
        }
        house.ask_of(&caller.id, "handoff", &json!({ "target": desk.name })).await;
        house.event(&caller.id, "handoff_bridged").await;
        caller.phone.hang_up();
        house.assert_ended(&caller.id, "normal_clearing", "caller").await;
        house.server.balanced().await;
        house.close().await;
    });
}

/// The switch is asked again after a minute: until then it is left alone.
#[test]
fn a_wrong_password_is_tried_once_and_the_fix_is_shown() {
    virtually(async || {
        let house = House::open_with(Way::Websocket, Inbound::WrongPassword, &[]).await;
        let fault = house
            .wait("the reason", async || {
                let fault = house.pbx().await["fault"].as_str().unwrap_or_default().to_owned();
                fault.contains("password").then_some(fault)
            })
            .await;
        assert!(fault.contains("event_socket.conf.xml"), "{fault}");
        assert_eq!(house.pbx().await["is_connected"], false);
        // Calls do without it.
        let caller = house.caller().await;
        house.wait_said(&caller.id, "greeting").await;
        caller.phone.hang_up();
        house.assert_ended(&caller.id, "normal_clearing", "caller").await;
        sleep(Duration::from_secs(65).saturating_sub(house.server.passed())).await;
        let sent = house.switch.sent();
        let tries: Vec<_> = sent.iter().filter(|sent| sent.command.word() == "auth").collect();
        assert_eq!(tries.len(), 2);
        assert_eq!(tries[1].at - tries[0].at, Duration::from_secs(60));
        house.forgive(Rule::Password);
        house.close().await;
    });
}
