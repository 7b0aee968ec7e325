//! Custom tools: requested, run outside the machine, answered.

use crate::script::play;

#[test]
fn a_custom_tools_answer_reaches_the_assistant() {
    insta::assert_snapshot!(play("with stock; talking; tool c1 stock {\"article\":7}; +1s; kept 1"), @"
    2.000 tool_call c1 stock {'article':7}: [stock 1 started], run_custom_tool 1 {'article':7}
    3.000 tool_done 1 done: [stock 1 done], tell c1 done
    ");
}

#[test]
fn a_custom_tool_without_an_answer_times_out() {
    insta::assert_snapshot!(play("with stock; talking; tool c1 stock {}; +8s; kept 1"), @"
     2.000 tool_call c1 stock {}: [stock 1 started], run_custom_tool 1 {}
    10.000 deadline_passed: [stock 1 timed out], tell c1 timed out
    10.000 tool_done 1 done
    ");
}

#[test]
fn custom_tool_arguments_must_be_an_object() {
    insta::assert_snapshot!(play("with stock; talking; tool c1 stock [1]"), @"  2.000 tool_call c1 stock [1]: [stock 1 refused: the arguments must be an object of JSON: invalid type: sequence, expected a map], tell c1 refused: the arguments must be an object of JSON: invalid type: sequence, expected a map");
}

#[test]
fn a_built_in_tool_wins_over_its_custom_namesake() {
    insta::assert_snapshot!(play("with end_call; offering ; talking; tool c1 end_call {}"), @"  2.000 tool_call c1 end_call {}: [end_call 1 refused: there is no tool `end_call` on this call], tell c1 refused: there is no tool `end_call` on this call");
}

#[test]
fn a_model_that_keeps_asking_is_finally_refused() {
    let asked: String = (1..=51).map(|n| format!("; tool c{n} stock {{}}; kept {n}")).collect();
    let played = play(&format!("with stock; talking{asked}"));
    assert_eq!(played.matches("run_custom_tool").count(), 50, "{played}");
    assert!(played.contains("50 requests were made on this call already"), "{played}");
}
