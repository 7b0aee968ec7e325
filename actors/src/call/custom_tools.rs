//! Makes the requests of custom tools.

use cordboard_schema::event::Fact;
use cordboard_schema::ids::{CustomToolId, EffectId};
use cordboard_schema::tool::ToolOutcome;
use serde_json::{Map, Value};
use tracing::Instrument;

use super::live_call::LiveCall;
use crate::messages::RunCustomTool;

impl LiveCall {
    /// The request may do something that can't be undone: it waits until its decision is on disk, and is never repeated.
    pub(super) fn run_custom_tool(
        &self,
        effect: EffectId,
        tool: CustomToolId,
        arguments: Map<String, Value>,
    ) {
        let (committed, line) = (self.committed(), self.line.clone());
        let runner = self.neighbours.custom_tools.clone();
        let (organization_id, call_id) = (self.identity.organization_id, self.identity.call_id);
        let running = async move {
            let outcome = match committed.await {
                Ok(()) => {
                    let run = RunCustomTool { organization_id, call_id, tool, arguments };
                    let ended = || ToolOutcome::failed("the server is going down");
                    runner.send(run).await.unwrap_or_else(|_| ended())
                }
                Err(fault) => ToolOutcome::failed(fault.to_string()),
            };
            line.fact(Fact::ToolDone { effect, outcome, written: None });
        };
        actix_rt::spawn(running.instrument(self.span.clone()));
    }
}
