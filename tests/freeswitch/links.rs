//! The control link is cut in the middle of a call.

use std::thread;
use std::time::{Duration, Instant};

use cordboard_test_support::book::Book;
use cordboard_test_support::ear::{assert_heard_out, figure, share_of};
use cordboard_test_support::freeswitch::{Action, Script, Strike};
use serde_json::{Value, json};

use crate::house::{Caller, House, Inbound};
use crate::way::Way;

/// What reaches a caller at once.
const PACKET: Duration = Duration::from_millis(20);

/// How much of the greeting, which lasts for 8 s, was heard when the link is cut.
const INTO_THE_GREETING: Duration = Duration::from_secs(2);

/// A caller who hears the greeting, and whose control link is cut in the middle of it.
fn cut(house: &House, strike: &Strike) -> Caller {
    let caller = house.caller();
    cut_after(house, &caller, strike, INTO_THE_GREETING);
    caller
}

fn cut_after(house: &House, caller: &Caller, strike: &Strike, heard: Duration) {
    caller.wait_sound(caller.phone.heard().since, heard);
    assert_eq!(caller.phone.strike_control(strike), 1);
    house.event(&caller.id, "control_lost");
}

/// The dialplan connects again after 2 s.
fn wait_control_is_back(house: &House, caller: &Caller) {
    let is_outbound = |event: &&Value| event["link"]["via"] == "outbound";
    house.wait("control by the dialplan's next socket", || {
        let attached = house.events_of(&caller.id, "control_attached");
        (attached.iter().filter(is_outbound).count() == 2).then_some(())
    });
    assert_eq!(caller.phone.control_count(), 1);
}

/// The switch plays the greeting in pieces of 200 ms. In whichever tenth of one the link is cut, nobody misses a word.
#[test]
fn audio_goes_on_until_control_is_back() {
    let house = House::shared(Way::Websocket);
    let callers: Vec<Caller> = (0..10).map(|_| house.caller()).collect();
    thread::scope(|scope| {
        for (tenth, caller) in callers.iter().enumerate() {
            let strike = if tenth % 2 == 0 { Strike::Close } else { Strike::Reset };
            let heard = INTO_THE_GREETING + PACKET * u32::try_from(tenth).unwrap();
            let house = &house;
            scope.spawn(move || {
                cut_after(house, caller, &strike, heard);
                house.wait_said(&caller.id, "greeting");
                assert_heard_out(&caller.heard(), "greeting");
                let late_ms = share_of(&caller.phone.heard().sound(), "greeting").drift_ms;
                figure(&format!("pauses of {late_ms:.0} ms in all while control changed hands twice"));
                wait_control_is_back(house, caller);
                assert_eq!(house.controls_of(caller), json!([2]), "the first is gone");
                assert_eq!(house.events_of(&caller.id, "interrupted").len(), 0);
                assert_eq!(house.events_of(&caller.id, "leg_joined").len(), 1, "the audio that stood stays");
                house.ask_of(caller, "hangup", &json!({}));
                house.assert_ended(caller, "normal_clearing", "api");
            });
        }
    });
    house.close();
}

#[test]
fn commands_go_by_the_inbound_link_meanwhile() {
    let house = House::shared(Way::Websocket);
    let (held, ended) = (cut(&house, &Strike::Close), cut(&house, &Strike::Reset));
    house.ask_of(&ended, "hangup", &json!({}));
    house.ask_of(&held, "hold", &Value::Null);
    house.assert_ended(&ended, "normal_clearing", "api");
    let began = Instant::now();
    house.event(&held.id, "hold_began");
    held.wait_sound(began, Duration::from_millis(600));
    house.ask_of(&held, "unhold", &Value::Null);
    house.wait_said(&held.id, "welcome_back");
    wait_control_is_back(&house, &held);
    house.converses(&held);
    held.phone.hang_up();
    house.assert_ended(&held, "normal_clearing", "caller");
    house.close();
}

#[test]
fn a_unicast_ends_with_its_stay_and_begins_in_the_next() {
    let house = House::shared(Way::Unicast);
    let callers = [Strike::Close, Strike::Reset].map(|strike| cut(&house, &strike));
    for caller in &callers {
        wait_control_is_back(&house, caller);
        house.wait_said(&caller.id, "welcome_back");
        assert_heard_out(&caller.heard(), "welcome_back");
        house.converses(caller);
        caller.phone.hang_up();
        house.assert_ended(caller, "normal_clearing", "caller");
    }
    house.close();
}

#[test]
fn without_an_inbound_link_a_call_can_do_less_until_control_is_back() {
    let house = House::open_with(Way::Websocket, Inbound::None);
    let caller = cut(&house, &Strike::Close);
    let told = house.wait_events(&caller, "capabilities_changed", 3);
    let can = |nth: usize, what: &str| {
        told[nth]["capabilities"].as_array().unwrap().iter().any(|capability| capability == what)
    };
    let of = |nth: usize| ["converse", "hold", "transfer_blind", "play"].map(|what| can(nth, what));
    assert_eq!(of(told.len() - 3), [true; 4], "{told:?}");
    assert_eq!(of(told.len() - 2), [true, true, false, false], "{told:?}");
    assert_eq!(of(told.len() - 1), [true; 4], "{told:?}");
    caller.phone.hang_up();
    house.assert_ended(&caller, "normal_clearing", "caller");
    house.close();
}

#[test]
fn a_caller_who_leaves_while_control_is_away_has_left() {
    let house = House::shared(Way::Websocket);
    let caller = house.dial(Script::to("5000"), vec![house.socket(), Action::park()]);
    house.wait_says(&caller.id, "greeting");
    assert_eq!(caller.phone.strike_control(&Strike::Reset), 1);
    house.event(&caller.id, "control_lost");
    caller.phone.hang_up();
    house.assert_ended(&caller, "normal_clearing", "caller");
    house.close();
}
