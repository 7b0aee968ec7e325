//! Custom tools: HTTP requests that the organization has defined. The machine decides that a request is made. The program around it makes
//! the request, and its result comes back as `tool_done`.

use cordboard_schema::custom_tool::OfferedTool;
use cordboard_schema::event::Decision;
use cordboard_schema::limits::CUSTOM_TOOL_RUNS_MAX;
use cordboard_schema::time::UnixMs;
use serde_json::{Map, Value};

use super::tools::{Asker, Ran};
use super::{Effect, Effects, Machine, note};
use crate::tools::custom;

/// How much longer than its own timeout a custom tool may take to be recorded and reported, in ms.
const WAY_MS: u64 = 3_000;

/// A custom tool that the assistant may use, with its arguments.
pub(super) type Wanted = (OfferedTool, Map<String, Value>);

impl Machine {
    /// Parses a model's request, if it names a custom tool of the profile.
    pub(super) fn custom_tool(&self, name: &str, arguments: &Value) -> Option<Result<Wanted, String>> {
        let tool = custom::usable(&self.profile.custom_tools).find(|tool| tool.name == name)?;
        if self.tools.has_run_enough_custom() {
            return Some(Err(format!("{CUSTOM_TOOL_RUNS_MAX} requests were made on this call already")));
        }
        Some(custom::arguments(arguments).map(|arguments| (tool.clone(), arguments)))
    }

    /// Starts the request once it is on record.
    pub(super) fn start_custom_tool(
        &mut self,
        (tool, arguments): Wanted,
        asker: Asker,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let effect = self.number_effect();
        fx.push(note(Decision::CustomToolStarted {
            effect,
            tool: tool.name.clone(),
            origin: asker.origin.clone(),
        }));
        let lasts_ms = u64::from(tool.timeout_ms) + WAY_MS;
        self.tools.starts(effect, Ran::Custom(tool.name), asker, now, lasts_ms);
        fx.push(Effect::RunCustomTool { effect, tool: tool.id, arguments });
    }
}
