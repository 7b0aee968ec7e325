//! Our calls and the switch's channels, compared: the suite of every switch, over both ways of audio.

use cordboard_test_support::handoff_suite::{Party, Switchboard};
use cordboard_test_support::reconciler_suite as suite;

use crate::house::House;
use crate::way::{Way, for_both_ways};

for_both_ways!(a_call_whose_channel_is_gone_ends_and_a_silent_one_does_not);

fn a_call_whose_channel_is_gone_ends_and_a_silent_one_does_not(way: Way) {
    let house = House::shared(way);
    let [silent, gone] = [(); 2].map(|()| Switchboard::caller(&*house));
    let vanish = || gone.phone.0.vanish();
    suite::a_call_whose_channel_is_gone_ends_and_a_silent_one_does_not(&*house, &gone, &silent, vanish);
    silent.phone.hang_up();
    Switchboard::assert_ended(&*house, &silent, "normal_clearing", "caller");
    house.close();
}
