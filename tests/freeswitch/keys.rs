//! Keys while the assistant speaks, however the telephone sends them.

use std::time::Duration;

use cordboard_test_support::book::Book;
use cordboard_test_support::ear::assert_heard_out;
use cordboard_test_support::freeswitch::KeySource;

use crate::house::House;
use crate::way::{Way, for_both_ways};

for_both_ways!(a_key_stops_the_assistant_however_it_was_sent);

fn a_key_stops_the_assistant_however_it_was_sent(way: Way) {
    let house = House::shared(way);
    let callers = [KeySource::Rtp, KeySource::Info].map(|source| (house.caller(), source));
    for (caller, source) in &callers {
        house.wait_says(&caller.id, "greeting");
        caller.phone.press_for('7', Duration::from_millis(120), *source);
        house.event(&caller.id, "barge_in");
        let key = house.event(&caller.id, "dtmf");
        assert_eq!((&key["digit"], &key["duration_ms"]), (&"7".into(), &120.into()), "{source:?}");
        house.wait_says(&caller.id, "unknown_key");
        caller.phone.press_for('#', Duration::from_millis(120), *source);
    }
    for (caller, source) in &callers {
        house.wait_says(&caller.id, "repeat");
        assert_eq!(house.events_of(&caller.id, "dtmf").len(), 2, "{source:?}: each key counts once");
        caller.phone.press_for('*', Duration::from_millis(120), *source);
        house.assert_ended(caller, "normal_clearing", "assistant");
        assert_heard_out(&caller.heard(), "goodbye");
    }
    house.close();
}
