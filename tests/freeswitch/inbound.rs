//! The inbound link: lost and back again, and one that the switch refuses.

use std::time::Duration;

use cordboard_test_support::book::Book;
use cordboard_test_support::freeswitch::{Phone, Rule, Strike};
use serde_json::json;

use crate::house::{House, Inbound};
use crate::way::Way;

#[test]
fn a_lost_link_comes_back_and_calls_notice_nothing() {
    let house = House::open(Way::Unicast);
    let desk = house.person(Phone::Answers { after: Duration::from_millis(300), hangs_up_after: None });
    let caller = house.caller();
    for (nth, strike) in [Strike::Close, Strike::Reset].iter().enumerate() {
        assert_eq!(house.switch.strike_inbound(strike), 1);
        house.wait("the link after its loss", || {
            let pbx = house.pbx();
            (pbx["losses"] == nth + 1 && pbx["is_connected"] == true).then_some(())
        });
        house.converses(&caller);
    }
    assert_eq!(house.events_of(&caller.id, "interrupted").len(), 0);
    house.wait_events(&caller, "control_attached", 4);
    for kind in ["switch_links", "control_links", "legs_freeswitch"] {
        assert_eq!(house.server().open_of(kind).unwrap(), Some(1), "{kind}");
    }
    house.ask_of(&caller, "handoff", &json!({ "target": desk.name }));
    house.event(&caller.id, "handoff_bridged");
    caller.phone.hang_up();
    house.assert_ended(&caller, "normal_clearing", "caller");
    house.server().wait_balanced(Duration::from_secs(10)).unwrap();
    house.close();
}

#[test]
fn a_wrong_password_is_tried_once_and_the_fix_is_shown() {
    let house = House::open_with(Way::Websocket, Inbound::WrongPassword);
    let pbx = house.wait("the refusal", || Some(house.pbx()).filter(|pbx| pbx["fault"].is_string()));
    let fault = house.wait("the reason", || {
        let fault = house.pbx()["fault"].as_str().unwrap_or_default().to_owned();
        fault.contains("password").then_some(fault)
    });
    assert!(fault.contains("event_socket.conf.xml"), "{fault}");
    assert_eq!(pbx["is_connected"], false);
    // Calls do without it; and in all that time the switch is left alone.
    let caller = house.caller();
    caller.wait_sound(caller.phone.heard().since, Duration::from_secs(3));
    let tries = house.switch.sent().iter().filter(|sent| sent.command.word() == "auth").count();
    assert_eq!(tries, 1);
    caller.phone.hang_up();
    house.assert_ended(&caller, "normal_clearing", "caller");
    let violations = house.switch.take_violations();
    assert!(violations.iter().all(|violation| violation.rule == Rule::Password), "{violations:?}");
    house.close();
}
