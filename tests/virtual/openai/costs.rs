//! Costs of calls, and their limits.

use cordboard_test_support::openai::{Answer, Script};
use tokio::time::timeout;

use super::stage::{Stage, ms};
use crate::world::virtually;

#[test]
fn the_days_cap_refuses_new_calls_and_spares_live_ones() {
    virtually(async || {
        let script = Script::new()
            .greeting(Answer::say("Good day.", 1000.0, ms(600)))
            .turn(Answer::say("At nine.", 700.0, ms(600)))
            .greeting(Answer::say("Too dear.", 1300.0, ms(600)));
        // One answer costs more than that.
        let stage = Stage::open_with(script, &[("costs.daily_cap", "0.0001")]).await;
        let first = stage.call().await;
        first.wait_tone_end(1000.0).await;
        first.event("charged").await;

        // The spending is known soon, not at once.
        let refused = async || {
            let second = stage.call().await;
            let is_refused = timeout(ms(1500), second.caller.until_ended()).await.is_ok();
            if !is_refused {
                second.caller.hang_up();
            }
            is_refused.then_some(second)
        };
        let second = first.wait("a refusal", refused).await;
        let row = second.ended().await;
        assert_eq!(row["hangup_cause"], "daily_cap_reached", "{row}");
        assert_eq!(second.next().await, "goto people,operator,1");

        first.ask(700.0).await;
        let connections = stage.provider.connections();
        assert!(connections.iter().all(|of| of.from_client("response.create").count() <= 1));
        first.hang_up().await;
        stage.provider.wait(0, "the end of the session", |of| of.ended.clone()).await;
        stage.close().await;
    });
}
