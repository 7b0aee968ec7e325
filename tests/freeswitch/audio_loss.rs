//! The audio half is lost in the middle of a call, and comes back.

use cordboard_test_support::book::Book;
use cordboard_test_support::ear::assert_heard_out;
use cordboard_test_support::freeswitch::Strike;

use crate::house::House;
use crate::way::Way;

#[test]
fn a_lost_stream_is_started_again_and_the_caller_is_welcomed_back() {
    let house = House::shared(Way::Websocket);
    let callers = [Strike::Close, Strike::Reset].map(|strike| {
        let caller = house.caller();
        house.wait_says(&caller.id, "greeting");
        assert!(caller.phone.strike_audio(strike));
        caller
    });
    for caller in &callers {
        house.wait_said(&caller.id, "welcome_back");
        assert_heard_out(&caller.heard(), "welcome_back");
        assert!(caller.phone.is_streaming());
        house.converses(caller);
        assert_eq!(house.events_of(&caller.id, "control_lost").len(), 0, "the other half stood");
        caller.phone.hang_up();
        house.assert_ended(caller, "normal_clearing", "caller");
        assert_eq!(house.events_of(&caller.id, "leg_joined").len(), 2);
    }
    house.close();
}
