//! The cost of a call's assistants.

use cordboard_schema::event::Fact;
use cordboard_schema::usage::TokenUsage;

use crate::script::{call_after, fact_of, play};

#[test]
fn an_answer_is_charged_once() {
    insta::assert_snapshot!(play("priced; talking; used r1; twice; used r2"), @"
    2.000 usage r1: [charged 64000]
    2.000 usage r1
    2.000 usage r2: [charged 64000]
    ");
    insta::assert_snapshot!(play("priced; talking; used r1; used r2; used r1"), @"
    2.000 usage r1: [charged 64000]
    2.000 usage r2: [charged 64000]
    2.000 usage r1
    ");
}

#[test]
fn another_assistant_may_use_the_same_answer_id() {
    insta::assert_snapshot!(play("priced; talking; used r1; failed; ready; used r1"), @"
    2.000 usage r1: [charged 64000]
    2.000 assistant_failed 2: unplug 1->2, unplug 2->1, stop, [assistant_replaced by 3 configured: other], start_assistant 3, plug 1->3, plug 3->1
    2.000 assistant_ready 3
    2.000 usage r1: [charged 64000]
    ");
}

#[test]
fn a_model_without_a_price_costs_nothing() {
    insta::assert_snapshot!(play("priced; talking; used r1 ears; used r2 voice-2026-01-31; used r3 voice-mini"), @"
    2.000 usage r1
    2.000 usage r2: [charged 64000]
    2.000 usage r3
    ");
}

#[test]
fn the_last_usage_report_is_awaited() {
    insta::assert_snapshot!(play("priced; talking; closed; +1s; used r1; to the end"), @"
    2.000 leg_left 1 closed: unplug 1->2, unplug 2->1, [ended normal_clearing by caller, next 'hangup'], stop
    3.000 usage r1: [charged 64000]
    3.200 deadline_passed
    ");
}

#[test]
fn a_free_call_awaits_no_usage_report() {
    assert!(call_after("talking; closed").machine.is_over());
    assert!(!call_after("priced; talking; closed").machine.is_over());
    assert!(call_after("priced; connected; closed").machine.is_over(), "nobody was there to cost anything");
}

#[test]
fn a_calls_row_has_its_total_cost() {
    let call = call_after("priced; talking; used r1; used r2; closed; used r3");
    assert_eq!(call.row().cost_micros, 3 * 64_000);
}

#[test]
fn each_answer_without_an_id_is_charged() {
    let mut call = call_after("priced; talking");
    for _ in 0..2 {
        let Fact::Usage { leg, model, usage, .. } = fact_of(&call, "used r1") else { panic!("another fact") };
        let _ = call.tell(Fact::Usage { leg, model, source: String::new(), usage });
    }
    assert_eq!(call.row().cost_micros, 2 * 64_000);
}

#[test]
fn an_answer_without_usage_is_not_charged() {
    let mut call = call_after("priced; talking");
    let Fact::Usage { leg, model, source, .. } = fact_of(&call, "used r9") else { panic!("another fact") };
    let effects = call.tell(Fact::Usage { leg, model, source, usage: TokenUsage::default() });
    assert!(effects.is_empty(), "{effects:?}");
}
