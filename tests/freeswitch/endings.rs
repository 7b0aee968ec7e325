//! Who ends a call, and what the row says of it.

use cordboard_test_support::book::{Book, LIMIT};
use cordboard_test_support::ear::assert_heard_out;
use serde_json::json;

use crate::house::House;
use crate::way::{Way, for_both_ways};

for_both_ways!(each_side_hangs_up);

fn each_side_hangs_up(way: Way) {
    let house = House::shared(way);
    let [by_caller, by_program, by_key, by_switch] = [(); 4].map(|()| house.caller());
    by_caller.phone.hang_up();
    house.ask_of(&by_program, "hangup", &json!({}));
    house.wait_says(&by_key.id, "greeting");
    by_key.phone.press('*');
    by_switch.phone.kill("MEDIA_TIMEOUT");

    house.assert_ended(&by_caller, "normal_clearing", "caller");
    house.assert_ended(&by_program, "normal_clearing", "api");
    assert_eq!(by_program.phone.wait_over(LIMIT).unwrap(), "NORMAL_CLEARING");
    assert_eq!(by_program.phone.disposition(), Some("send_bye"));
    house.assert_ended(&by_switch, "media_timeout", "switch");
    house.assert_ended(&by_key, "normal_clearing", "assistant");
    assert_heard_out(&by_key.heard(), "goodbye");
    assert_eq!(by_key.phone.wait_over(LIMIT).unwrap(), "NORMAL_CLEARING");
    house.close();
}
