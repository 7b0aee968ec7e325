//! What calls cost, and when they may cost no more.

use cordboard_test_support::openai::{Answer, Script};

use crate::stage::{LIMIT, Stage, ms};

#[test]
fn at_the_days_cap_new_calls_are_refused_and_live_ones_go_on() {
    let script = Script::new()
        .greeting(Answer::say("Good day.", 1000.0, ms(600)))
        .turn(Answer::say("At nine.", 700.0, ms(600)))
        .greeting(Answer::say("Too dear.", 1300.0, ms(600)));
    // One answer costs more.
    let stage = Stage::open_with(script, &[("costs.daily_cap", "0.0001")]);
    let first = stage.call();
    first.wait_tone_end(1000.0);
    first.event("charged");

    // The spending is known soon, not at once.
    let second = first.wait("a refusal", || {
        let second = stage.call();
        let refused = second.caller.wait_ended(ms(1500)).is_ok();
        if !refused {
            second.caller.hang_up();
        }
        refused.then_some(second)
    });
    let row = second.ended();
    assert_eq!(row["hangup_cause"], "daily_cap_reached", "{row}");
    assert_eq!(second.next(), "goto people,operator,1");

    first.ask(700.0);
    let connections = stage.provider.connections();
    assert!(connections.iter().all(|of| of.from_client("response.create").count() <= 1));
    first.hang_up();
    stage.provider.wait(0, "the end of the session", LIMIT, |of| of.ended.clone()).unwrap();
    stage.close();
}
