//! Function calls: each call of a model gets exactly one output, and all outputs of an answer are sent together.

use std::collections::VecDeque;

use cordboard_schema::limits::{PROVIDER_ARGUMENTS_BYTES_MAX, PROVIDER_CALLS_WAITING_MAX};
use cordboard_schema::tool::ToolOutcome;
use cordboard_schema::wire::openai::{ClientEvent, NewItem, OutputItem, OutputItemKind};
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::act::{Act, LinkId};
use super::{Session, Want};
use crate::assistant::remote::memory::Called;
use crate::assistant::remote::words::{asks_people, tools_still_run};
use crate::messages::Attention;
use crate::tools::answer::answer;

/// Function calls that one answer may contain; more are answered with a refusal.
const CALLS_MAX: usize = 16;

pub(super) fn call_item(call: &Called) -> NewItem {
    let Called { call_id, name, arguments, .. } = call.clone();
    NewItem::FunctionCall { call_id, name, arguments }
}

pub(super) fn output_item(call: &Called) -> NewItem {
    NewItem::FunctionCallOutput { call_id: call.call_id.clone(), output: call.output.clone() }
}

/// The calls of one answer, until all of them have an output.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Batch {
    /// The connection whose session knows the calls.
    link: Option<LinkId>,
    calls: Vec<Call>,
}

impl Batch {
    /// Returns whether all calls without an output are calls to people.
    pub(super) fn asks_people_only(&self) -> bool {
        let asks = |call: &Call| asks_people(&call.name);
        self.calls.iter().filter(|call| call.output.is_none()).all(asks)
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Call {
    /// The server's id.
    call_id: String,
    /// The id under which the call knows it.
    tool_call: String,
    name: String,
    arguments: String,
    output: Option<String>,
}

/// The pending batches, oldest first.
pub(super) type Batches = VecDeque<Batch>;

impl Session {
    /// Requests the tools that a complete answer calls, in its order.
    pub(super) fn call_functions(&mut self, items: Vec<OutputItem>) {
        let has_room = self.batches.len() < PROVIDER_CALLS_WAITING_MAX;
        let mut calls: Vec<Call> = Vec::new();
        for item in items {
            let OutputItemKind::FunctionCall { call_id, name, arguments } = item.kind else { continue };
            if calls.iter().any(|call| call.call_id == call_id) {
                continue;
            }
            let parsed = parse_arguments(&arguments);
            let arguments = kept_arguments(arguments);
            let output = match &parsed {
                _ if !has_room => Some(failure_output("too many calls at once: wait for the earlier ones")),
                _ if calls.len() >= CALLS_MAX => Some(failure_output("too many functions in one answer")),
                Ok(_) => None,
                Err(reason) => Some(failure_output(reason)),
            };
            let tool_call = self.name_call(&call_id);
            if let (Ok(arguments), None) = (parsed, &output) {
                let (tool_call, name) = (tool_call.clone(), name.clone());
                self.acts.push(Act::CallTool { tool_call, name, arguments });
            }
            calls.push(Call { call_id, tool_call, name, arguments, output });
        }
        if calls.is_empty() {
            return;
        }
        let batch = Batch { link: self.links.live_id(), calls };
        if has_room {
            self.batches.push_back(batch);
            self.answer_batches();
        } else {
            let why = "function calls of the provider are refused: too many earlier ones still run";
            self.acts.push(Act::Warn(why.to_owned()));
            self.answer_batch(batch);
        }
    }

    /// Returns the id under which the call will know a function call: the server's id, or a variant of it if it was used before,
    /// because the call runs no id twice. A server may number the function calls of each answer, or of each session, alike.
    fn name_call(&mut self, call_id: &str) -> String {
        let more = (2_u32..).map(|number| format!("{call_id}@{number}"));
        let mut names = std::iter::once(call_id.to_owned()).chain(more);
        let name = names.find(|name| !self.call_names.contains(name)).unwrap_or_default();
        self.call_names.keep(&name);
        name
    }

    /// Answers function calls of an answer that was interrupted or broke off: none of them runs, but a call without an output may
    /// stall later turns. No answer is requested: the caller who interrupted this one is heard instead, and one that broke off is
    /// requested again.
    pub(super) fn decline_functions(&mut self, items: Vec<OutputItem>) {
        let mut declined: Vec<String> = Vec::new();
        for item in items {
            let OutputItemKind::FunctionCall { call_id, name, arguments } = item.kind else { continue };
            if declined.contains(&call_id) {
                continue;
            }
            declined.push(call_id.clone());
            let output = failure_output("this was not done: the answer was cut off");
            let called = Called { call_id, name, arguments: kept_arguments(arguments), output };
            self.send(ClientEvent::ItemCreate { item: output_item(&called) });
            self.memory.called(called);
        }
    }

    /// Takes the outcome of a tool from the call.
    pub(super) fn tool_ended(&mut self, tool_call: &str, outcome: &ToolOutcome) {
        let mut calls = self.batches.iter_mut().flat_map(|batch| &mut batch.calls);
        if let Some(call) = calls.find(|call| call.tool_call == tool_call && call.output.is_none()) {
            call.output = Some(answer(outcome).to_string());
        }
        self.answer_batches();
    }

    /// Returns what a new session is told of calls that it gets only once all of their batch have ended; `None` if there are none.
    pub(super) fn calls_under_way(&self) -> Option<String> {
        let is_running = |batch: &&Batch| batch.calls.iter().any(|call| call.output.is_none());
        let calls = self.batches.iter().filter(is_running).flat_map(|batch| &batch.calls);
        let names: Vec<&str> = calls.map(|call| call.name.as_str()).collect();
        (!names.is_empty()).then(|| tools_still_run(&names))
    }

    /// Answers the batches whose calls have all ended. None waits for an earlier one, which may ring a person for minutes.
    pub(super) fn answer_batches(&mut self) {
        while self.links.live_id().is_some() {
            let is_whole = |batch: &Batch| batch.calls.iter().all(|call| call.output.is_some());
            let place = self.batches.iter().position(is_whole);
            let Some(batch) = place.and_then(|place| self.batches.remove(place)) else { return };
            self.answer_batch(batch);
        }
    }

    /// Sends the outputs of an answer's function calls, then requests an answer to them.
    fn answer_batch(&mut self, batch: Batch) {
        // A new session does not know calls that were still running when it got the conversation.
        let is_new_session = batch.link != self.links.live_id();
        for Call { call_id, name, arguments, output, .. } in batch.calls {
            let output = output.unwrap_or_default();
            let called = Called { call_id, name, arguments, output };
            if is_new_session {
                self.send(ClientEvent::ItemCreate { item: call_item(&called) });
            }
            self.send(ClientEvent::ItemCreate { item: output_item(&called) });
            self.memory.called(called);
        }
        if self.attention == Attention::Converse && !self.wants.contains(&Want::Answer) {
            self.wants.push_back(Want::Answer);
        }
    }
}

/// Parses a model's arguments; an empty text is an empty object.
fn parse_arguments(text: &str) -> Result<Value, String> {
    if text.len() > PROVIDER_ARGUMENTS_BYTES_MAX {
        return Err(format!("the arguments have more than {PROVIDER_ARGUMENTS_BYTES_MAX} bytes"));
    }
    if text.trim().is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_str(text).map_err(|error| format!("the arguments are not JSON: {error}"))
}

/// Returns arguments as they are kept for a new session, which need not read very long ones and may refuse invalid JSON.
fn kept_arguments(arguments: String) -> String {
    let is_kept = arguments.len() <= PROVIDER_ARGUMENTS_BYTES_MAX
        && serde_json::from_str::<IgnoredAny>(&arguments).is_ok();
    if is_kept { arguments } else { "{}".to_owned() }
}

fn failure_output(reason: &str) -> String {
    json!({ "error": reason }).to_string()
}
