//! Our calls and the switch's channels, compared.

use std::time::{Duration, Instant};

use cordboard_test_support::book::Book;

use crate::house::House;
use crate::way::{Way, for_both_ways};

for_both_ways!(a_call_whose_channel_is_gone_ends_and_a_silent_one_does_not);

/// How long a call may outlive its channel.
const MISSED_MAX: Duration = Duration::from_secs(10);
/// So long a caller says nothing: two comparisons and more.
const SILENT: Duration = Duration::from_secs(12);

fn a_call_whose_channel_is_gone_ends_and_a_silent_one_does_not(way: Way) {
    let house = House::shared(way);
    let (silent, gone) = (house.caller(), house.caller());
    let since = Instant::now();
    gone.phone.vanish();
    house.assert_ended(&gone, "channel_gone", "switch");
    assert!(since.elapsed() < MISSED_MAX, "{:?}", since.elapsed());
    house.wait("a long silence", || (since.elapsed() > SILENT).then_some(()));
    assert_eq!(house.call(&silent.id)["state"], "live");
    house.converses(&silent);
    silent.phone.hang_up();
    house.assert_ended(&silent, "normal_clearing", "caller");
    house.close();
}
