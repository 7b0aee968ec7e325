//! Callers who need a person, by the business's own rules.

use crate::script::play;

#[test]
fn people_are_asked_in_order_until_one_takes_over() {
    insta::assert_snapshot!(play("twilio; reaching people; admitting +1555*; escalating operator,+15550100002; offering escalate_to_human; talking; inbound; tool c1 escalate_to_human {\"reason\":\"water\",\"urgency\":\"emergency\"}; unreached 1 busy; accepted 2; closed; done 3; bridged"), @"");
}

#[test]
fn where_nobody_takes_over_the_assistant_learns_why_and_what_to_offer() {
    insta::assert_snapshot!(play("twilio; reaching people; escalating operator,operator; offering escalate_to_human; talking; inbound; tool c1 escalate_to_human {\"reason\":\"water\",\"urgency\":\"emergency\"}; unreached 1 busy; unreached 2 no_answer"), @"");
}

#[test]
fn outside_of_the_hours_nobody_is_asked() {
    insta::assert_snapshot!(play("twilio; reaching people; escalating in hours operator; offering escalate_to_human; talking; inbound; tool c1 escalate_to_human {\"reason\":\"water\",\"urgency\":\"emergency\"}"), @"");
}

#[test]
fn a_number_that_the_policy_does_not_admit_is_never_dialled() {
    insta::assert_snapshot!(play("twilio; reaching people; escalating +49900123; offering escalate_to_human; talking; inbound; tool c1 escalate_to_human {\"reason\":\"water\",\"urgency\":\"emergency\"}"), @"");
}

#[test]
fn no_more_are_asked_than_a_call_may_dial() {
    insta::assert_snapshot!(play("twilio; reaching people; dialling 1; escalating operator,operator; offering escalate_to_human; talking; inbound; tool c1 escalate_to_human {\"reason\":\"water\",\"urgency\":\"emergency\"}; unreached 1 busy"), @"");
}

#[test]
fn a_caller_who_leaves_is_nobody_elses() {
    insta::assert_snapshot!(play("twilio; reaching people; escalating operator,operator; offering escalate_to_human; talking; inbound; tool c1 escalate_to_human {\"reason\":\"water\",\"urgency\":\"emergency\"}; rings 1; bye"), @"");
}

#[test]
fn a_business_without_rules_offers_no_such_tool() {
    insta::assert_snapshot!(play("twilio; reaching people; offering escalate_to_human; talking; inbound; tool c1 escalate_to_human {\"reason\":\"water\",\"urgency\":\"emergency\"}"), @"");
}

#[test]
fn callers_of_an_asterisk_have_it_too() {
    insta::assert_snapshot!(play("asterisk; admitting +1555*; escalating +15550100002,operator; offering escalate_to_human; talking; inbound; tool c1 escalate_to_human {\"reason\":\"water\",\"urgency\":\"emergency\"}; free 1; accepted 1"), @"");
}
