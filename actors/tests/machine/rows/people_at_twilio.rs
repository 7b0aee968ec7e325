//! People who take callers of Twilio's over: by the account, in a room.

use crate::script::play;

#[test]
fn somebody_is_rung_without_a_look_and_the_stream_ends_as_the_caller_is_led_to_them() {
    insta::assert_snapshot!(play("twilio; reaching people; talking; inbound; handoff operator; rings 1; accepted 1; closed; done 2; bridged"), @"");
}

#[test]
fn a_caller_whose_person_leaves_first_is_led_out_of_the_room_and_goes_on() {
    insta::assert_snapshot!(play("returning; twilio; reaching people; talking; inbound; handoff operator; accepted 1; closed; done 2; bridged; +30s; unbridged; +300ms; next; connected; ready"), @"");
}

#[test]
fn a_caller_whose_person_leaves_first_is_let_go_where_the_profile_says_so() {
    insta::assert_snapshot!(play("twilio; reaching people; talking; inbound; handoff operator; accepted 1; closed; done 2; bridged; +30s; unbridged; +300ms; next"), @"");
}

#[test]
fn a_caller_who_is_out_of_the_room_before_that_is_told_is_not_led_out_of_it() {
    insta::assert_snapshot!(play("returning; twilio; reaching people; talking; inbound; handoff operator; accepted 1; closed; done 2; bridged; +30s; next; unbridged; connected"), @"");
}

#[test]
fn a_busy_person_leaves_the_caller_where_they_are() {
    insta::assert_snapshot!(play("twilio; reaching people; talking; inbound; tool c1 request_handoff {\"target\":\"operator\",\"reason\":\"a bill\"}; unreached 1 busy"), @"");
}

#[test]
fn a_redirect_that_fails_leaves_the_caller_on_their_stream() {
    insta::assert_snapshot!(play("twilio; reaching people; talking; inbound; tool c1 request_handoff {\"target\":\"operator\",\"reason\":\"a bill\"}; accepted 1; fails 2"), @"");
}

#[test]
fn a_redirect_of_which_nobody_knows_is_given_up_in_time() {
    insta::assert_snapshot!(play("twilio; reaching people; talking; inbound; tool c1 request_handoff {\"target\":\"operator\",\"reason\":\"a bill\"}; accepted 1; unknown 2; +6s"), @"");
}

#[test]
fn a_caller_who_hangs_up_while_it_rings_takes_the_ringing_with_them() {
    insta::assert_snapshot!(play("twilio; reaching people; talking; inbound; handoff operator; rings 1; closed; bye"), @"");
}

#[test]
fn a_transfer_goes_by_the_account_and_by_the_question_where_that_fails() {
    insta::assert_snapshot!(play("twilio; reaching people; talking; inbound; transfer operator; says 2 transferring; +2s; played 2; fails 1; closed; next"), @"");
}

#[test]
fn without_the_account_nobody_can_be_rung() {
    insta::assert_snapshot!(play("twilio; reaching people; talking; inbound; lost inbound; inbound"), @"");
}

#[test]
fn without_a_number_to_show_nobody_is_rung() {
    insta::assert_snapshot!(play("twilio; talking; inbound"), @"");
}

#[test]
fn who_goes_on_talking_while_the_server_goes_is_not_hung_up() {
    insta::assert_snapshot!(play("twilio; reaching people; talking; inbound; handoff operator; accepted 1; closed; done 2; bridged; stopping"), @"");
}

#[test]
fn a_process_that_dies_leaves_caller_and_person_together() {
    insta::assert_snapshot!(play("twilio; reaching people; talking; inbound; handoff operator; accepted 1; closed; done 2; bridged; restarted; dead 2s; inbound; +40s; unbridged; +300ms"), @"");
}
