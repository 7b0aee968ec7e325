//! An independent telephone: baresip dials, speaks, presses keys, hangs up and is hung up.

use std::time::Duration;

use cordboard_test_support::asterisk::PackageRoot;
use cordboard_test_support::audio::{Sound, share_heard, silence};
use cordboard_test_support::baresip::Baresip;

use super::setup::Shared;
use cordboard_test_support::book::ms;
use cordboard_test_support::book::{Book, LIMIT, assert_left};
use cordboard_test_support::ear::{assert_heard_out, figure, speech};

const RATE: u32 = 8000;
/// How long after the answer the telephone speaks. The introduction to a message takes 3 s, and then the caller has 8 s for the first word.
const SPEAKS_AFTER: Duration = Duration::from_secs(9);

fn telephone(number: &str, pause: Duration, says: &Sound) -> Baresip {
    let mut spoken = silence(pause, RATE);
    spoken.samples.extend(says.resampled(RATE).samples);
    Baresip::start(&PackageRoot::obtain().unwrap(), number, &spoken).unwrap()
}

#[test]
fn baresip_leaves_a_message_hears_goodbye_and_is_hung_up() {
    let cordboard = Shared::enter();
    let message = speech("message_text");
    let mut phone = telephone("15550140", SPEAKS_AFTER, &message);
    phone.dial(cordboard.setup.asterisk.sip(), &cordboard.way_to("100"), LIMIT).unwrap();
    let id = cordboard.call_from("15550140");
    cordboard.wait_says(&id, "greeting");
    phone.press('1').unwrap();
    cordboard.wait_said(&id, "message_intro");
    phone.wait_said();
    phone.press('#').unwrap();
    cordboard.wait_said(&id, "message_saved");
    phone.press('*').unwrap();
    phone.wait_closed(LIMIT).unwrap();

    let heard = phone.heard(LIMIT).unwrap();
    for line in ["message_intro", "message_saved", "goodbye"] {
        assert_heard_out(&heard, line);
    }
    assert_eq!(cordboard.ended(&id)["hangup_cause"], "normal_clearing");
    let [activity] = &cordboard.activities(&id)[..] else { panic!("{:?}", cordboard.activities(&id)) };
    let span = &activity["audio"];
    let kept = cordboard.caller_part(&id, ms(&span["from_ms"]), ms(&span["to_ms"]));
    let share = share_heard(&kept, &message.resampled(kept.rate)).unwrap();
    figure(&format!("the message holds {:.0} % of the speech", share.heard * 100.0));
    assert!(share.is_all(), "{share:?}");
}

#[test]
fn baresip_interrupts_and_hangs_up() {
    let cordboard = Shared::enter();
    let mut phone = telephone("15550141", Duration::from_secs(2), &speech("interruption"));
    phone.dial(cordboard.setup.asterisk.sip(), &cordboard.way_to("100"), LIMIT).unwrap();
    let id = cordboard.call_from("15550141");
    cordboard.event(&id, "barge_in");
    cordboard.event(&id, "caller_said");
    phone.hang_up().unwrap();
    let row = cordboard.ended(&id);
    assert_left(&row);
    assert_eq!(cordboard.transcript(&id)[0]["interrupted"], true);
}
