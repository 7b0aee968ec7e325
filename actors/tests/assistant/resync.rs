//! A call with a new actor asks its assistant for its state; and an assistant whose actor dies reports that.

use cordboard_actors::assistant::{Headset, Input, Provider, ProviderFault};
use cordboard_actors::messages::AssistantOrder;
use cordboard_schema::line::Line;
use cordboard_schema::tool::ToolOutcome;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use serde_json::Value;

use crate::stage::{Stage, on_paused_time};

/// Connects, speaks once, hears the caller once, and requests two tools.
struct Busy;

impl Provider for Busy {
    fn name(&self) -> &'static str {
        "busy"
    }

    fn run(self: Box<Self>, mut headset: Headset) -> LocalBoxFuture<'static, Result<(), ProviderFault>> {
        async move {
            headset.ready();
            let utterance = headset.begin(Some(Line::Greeting));
            headset.complete(utterance, "Hello.");
            headset.speech_started();
            headset.speech_stopped(700);
            for tool_call in ["c1", "c2"] {
                headset.call_tool(tool_call.to_owned(), "end_call".to_owned(), Value::Null);
            }
            loop {
                match headset.next().await {
                    Input::Order(AssistantOrder::Stop) => return Ok(()),
                    Input::Order(AssistantOrder::Resync) => {
                        return Err(ProviderFault::new(Default::default(), "no business of a provider"));
                    }
                    _ => {}
                }
            }
        }
        .boxed_local()
    }
}

#[test]
fn open_state_is_repeated_but_answered_requests_are_not() {
    on_paused_time(async {
        let mut stage = Stage::with(Busy);
        stage.settle().await;
        let first = stage.reports();
        assert_eq!(first.len(), 7, "{first:?}");
        let outcome = ToolOutcome::TimedOut;
        stage.order(AssistantOrder::ToolResult { tool_call: "c1".to_owned(), outcome });
        stage.order(AssistantOrder::Resync);
        stage.settle().await;
        let ready_to_speech_stopped =
            ["ready: busy", "item 1: Some(Greeting)", "complete 1: 0 ms, Hello.", "speech stopped"];
        assert_eq!(stage.reports(), [&ready_to_speech_stopped[..], &["tool_call"]].concat());
        stage.order(AssistantOrder::Stop);
        stage.settle().await;
        assert_eq!(stage.reports(), [""; 0]);
    });
}

#[cfg(feature = "fault-injection")]
#[test]
fn a_dying_actor_reports_it_and_ends_its_provider() {
    on_paused_time(async {
        let mut stage = Stage::with(Busy);
        stage.settle().await;
        stage.reports();
        cordboard_actors::fault::arm(cordboard_actors::fault::Fault::PanicInAssistant);
        stage.order(AssistantOrder::Say(Line::Repeat));
        stage.settle().await;
        assert_eq!(stage.reports(), ["failed: the assistant's actor died"]);
        assert_eq!(stage.live.now(), 0);
    });
}
