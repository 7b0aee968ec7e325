//! Custom tools: the organization's own HTTP requests. The machine decides that one is made. The program around it
//! makes it, and its end comes back as `tool_done`.

use cordboard_schema::custom_tool::OfferedTool;
use cordboard_schema::event::Decision;
use cordboard_schema::limits::CUSTOM_TOOL_RUNS_MAX;
use cordboard_schema::time::UnixMs;
use serde_json::{Map, Value};

use super::tools::{Asker, Ran};
use super::{Effect, Effects, Machine, note};
use crate::tools::custom;

/// Milliseconds beyond a custom tool's own time that its record and its way there and back may take.
const WAY_MS: u64 = 3_000;

/// A custom tool that an assistant may have, with its arguments.
pub(super) type Wanted = (OfferedTool, Map<String, Value>);

impl Machine {
    /// A model's request, if it names a custom tool of the profile.
    pub(super) fn custom_tool(&self, name: &str, arguments: &Value) -> Option<Result<Wanted, String>> {
        let tool = custom::usable(&self.profile.custom_tools).find(|tool| tool.name == name)?;
        if self.tools.has_run_enough_custom() {
            return Some(Err(format!("{CUSTOM_TOOL_RUNS_MAX} requests were made on this call already")));
        }
        Some(custom::arguments(arguments).map(|arguments| (tool.clone(), arguments)))
    }

    /// Has the request made, once that is on record.
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
