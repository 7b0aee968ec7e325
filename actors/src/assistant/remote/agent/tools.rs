//! Tool calls of the agent: each is answered once, as soon as it has ended, whatever else runs. One that runs for longer than the agent
//! waits is answered before, and its end is reported as a fact.

use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::{ToolName, ToolOutcome};
use serde_json::{Value, json};

use super::Session;
use super::answer::Answer;
use super::dialect::{Dialect, ModelToolRequest, ToolAnswer};
use crate::assistant::remote::LinkId;
use crate::assistant::remote::act::Act;
use crate::assistant::remote::asked_ids::AskedIds;
use crate::assistant::remote::loss::shortened;
use crate::assistant::remote::memory::Called;
use crate::assistant::remote::words::{TOOL_ENDED, asks_people, tools_still_run};
use crate::tools::answer::answer;

/// Tools that may run at a time; more are answered with a refusal.
const CALLS_MAX: usize = 16;
/// Bytes of the id of a request that is run, and of a name.
const NAME_BYTES_MAX: usize = 256;
/// Longest id in bytes that can be answered; above [`NAME_BYTES_MAX`] the answer is a refusal.
const ANSWERED_ID_BYTES_MAX: usize = 4 * 1024;
/// Bytes of the parameters of one request.
const PARAMETERS_BYTES_MAX: usize = 64 * 1024;
/// Time that a request waits for the words that were spoken before it, in ms: its effect may end the conversation.
const WORDS_FIRST_MS_MAX: u64 = 1_000;
/// Time that a request for words waits for the other tools that were called together with one that has ended, in ms. The agent
/// waits for all of them, and would mistake the request for another turn of the conversation.
const OTHER_TOOLS_FIRST_MS_MAX: u64 = 500;

/// The running tools, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tools {
    calls: Vec<Call>,
    /// The ids of the present conversation's requests.
    known: AskedIds,
    /// Number of times that the call was asked to hang up.
    hangups: u32,
    /// Number of requests without an id.
    unnamed: u32,
    /// Until then a request for words waits for the tools that still run.
    others_first_until: Option<UnixMs>,
}

#[derive(Clone, Debug, PartialEq)]
struct Call {
    /// The provider's id.
    id: String,
    /// The id under which the call knows it: another conversation may number its requests alike.
    tool_call: String,
    name: String,
    arguments: Value,
    /// The connection whose conversation knows it.
    link: Option<LinkId>,
    /// When it is passed to the call at the latest; earlier if the words before it have begun.
    held_until: Option<UnixMs>,
    /// It represents the agent's own hanging up, and nobody has requested it.
    is_hangup: bool,
    /// The agent does not want it any more: it is not answered.
    is_withdrawn: bool,
    /// Since when the agent waits for its result; none for its own hanging up, and once it was answered that the tool still runs.
    awaited_since: Option<UnixMs>,
}

impl Call {
    /// Returns whether the conversation on this connection waits for its result.
    fn is_awaited_on(&self, link: Option<LinkId>) -> bool {
        let is_wanted = self.awaited_since.is_some() && !self.is_withdrawn;
        is_wanted && link.is_some() && self.link == link
    }
}

/// Returns the answer to a tool that still runs.
fn still_runs(name: &str) -> Value {
    let what = if asks_people(name) { "still ringing: nobody has answered yet" } else { "still running" };
    json!({ "result": format!("{what}. Tell the caller that it takes a little longer. Do not call it again: you are told its end.") })
}

impl Tools {
    pub(super) fn is_empty(&self) -> bool {
        self.calls.iter().all(|call| call.is_hangup || call.is_withdrawn)
    }

    /// Returns whether all of them are calls to people.
    pub(super) fn ask_people_only(&self) -> bool {
        self.calls.iter().all(|call| asks_people(&call.name))
    }

    /// Returns a running tool call with this name and these arguments that was withdrawn.
    fn withdrawn_mut(&mut self, name: &str, arguments: &Value) -> Option<&mut Call> {
        let is_it = |call: &&mut Call| call.is_withdrawn && call.name == name && call.arguments == *arguments;
        self.calls.iter_mut().find(is_it)
    }

    fn is_known(&mut self, id: &str) -> bool {
        let is_known = self.known.contains(id);
        if !is_known {
            self.known.keep(id);
        }
        is_known
    }
}

impl<D: Dialect> Session<D> {
    /// Takes a tool call of the agent.
    pub(super) fn tool_asked(&mut self, ModelToolRequest { id, name, arguments }: ModelToolRequest) {
        self.links.note_speech();
        // The caller's words come before the action that they ask for.
        self.report_pieces();
        self.answer_due_since = None;
        self.hearing.stop_awaiting_answer();
        if id.len() > ANSWERED_ID_BYTES_MAX {
            self.acts.push(Act::Warn("a tool call is ignored: its id is too long".to_owned()));
            if self.hears_caller() {
                // An agent that waits for its answer would be silent for ever.
                self.answer_due_since = Some(self.now);
            }
            return;
        }
        // Two requests without an id need not be the same, and the agent waits for the end of each.
        if !id.is_empty() && self.tools.is_known(&id) {
            return;
        }
        let arguments = if arguments.is_null() { json!({}) } else { arguments };
        if self.continues_withdrawn(&id, &name, &arguments) {
            return;
        }
        match self.why_tool_refused(&id, &name, &arguments) {
            Some(reason) => self.refuse_tool(id, &name, reason),
            None => self.run_tool(id, name, arguments),
        }
    }

    /// Takes a request for a tool call that was withdrawn and is still running: it is not run twice, and its outcome answers this
    /// request. Returns whether there is one.
    fn continues_withdrawn(&mut self, id: &str, name: &str, arguments: &Value) -> bool {
        let (now, link) = (self.now, self.links.live_id());
        if id.len() > NAME_BYTES_MAX || !self.hears_caller() {
            return false;
        }
        let Some(call) = self.tools.withdrawn_mut(name, arguments) else { return false };
        (call.id, call.link, call.is_withdrawn) = (id.to_owned(), link, false);
        call.awaited_since = Some(now);
        true
    }

    /// Returns why a tool is not run.
    fn why_tool_refused(&self, id: &str, name: &str, arguments: &Value) -> Option<&'static str> {
        // A session that outlives its connection may repeat a request.
        let is_same = |call: &Call| call.id == id && call.name == name && call.arguments == *arguments;
        if id.len() > NAME_BYTES_MAX {
            Some("the request's id is too long")
        } else if name.len() > NAME_BYTES_MAX {
            Some("there is no tool of such a name")
        } else if self.tools.calls.len() >= CALLS_MAX {
            Some("too many tools at once")
        } else if !self.hears_caller() {
            Some("the caller can't be served at the moment")
        } else if !arguments.is_object() {
            Some("the parameters are no object")
        } else if arguments.to_string().len() > PARAMETERS_BYTES_MAX {
            Some("the parameters are too long")
        } else if self.tools.calls.iter().any(is_same) {
            Some("the same request runs already: wait for what you are told of its end")
        } else {
            None
        }
    }

    /// Answers a request for a tool that is not run.
    fn refuse_tool(&mut self, id: String, name: &str, reason: &str) {
        let output = json!({ "error": reason });
        let name = if name.len() > NAME_BYTES_MAX { shortened(name) } else { name.to_owned() };
        self.answer_tool(ToolAnswer { id, name, output, is_error: true });
        if self.hears_caller() && self.tools.calls.is_empty() {
            // Nothing else ends its silence: its answer to the caller is due.
            self.answer_due_since = Some(self.now);
        }
    }

    /// Passes a request on to the call, once the words before it have begun.
    fn run_tool(&mut self, id: String, name: String, arguments: Value) {
        let link = self.links.live_id();
        let held_until = Some(self.now + WORDS_FIRST_MS_MAX);
        let named = if id.is_empty() {
            self.tools.unnamed += 1;
            format!("without-an-id-{}", self.tools.unnamed)
        } else {
            id.clone()
        };
        let tool_call = match self.links.conversation() {
            number @ 2.. => format!("{named}@{number}"),
            _ => named,
        };
        self.tools.calls.push(Call {
            id,
            tool_call,
            name,
            arguments,
            link,
            held_until,
            is_hangup: false,
            is_withdrawn: false,
            awaited_since: Some(self.now),
        });
        self.release_tools();
    }

    fn answer_tool(&mut self, answer: ToolAnswer) {
        self.dialect.answer_tool(answer).into_iter().for_each(|message| self.send(message));
    }

    /// Handles requests that the agent withdraws: those that the call has not seen are dropped, and none is answered.
    pub(super) fn tools_withdrawn(&mut self, ids: &[String]) {
        let link = self.links.live_id();
        self.tools.calls.retain_mut(|call| {
            let is_meant = call.link == link && ids.contains(&call.id) && !call.is_hangup;
            call.is_withdrawn |= is_meant;
            !is_meant || call.held_until.is_none()
        });
    }

    /// Passes requests to the call whose preceding words have begun, or won't begin.
    pub(super) fn release_tools(&mut self) {
        let waits = self.answer.as_ref().is_some_and(Answer::is_due);
        let now = self.now;
        for call in &mut self.tools.calls {
            if call.held_until.is_some_and(|until| !waits || until <= now) {
                call.held_until = None;
                let (tool_call, name) = (call.tool_call.clone(), call.name.clone());
                let arguments = call.arguments.clone();
                self.acts.push(Act::CallTool { tool_call, name, arguments });
            }
        }
    }

    /// Returns until when results of tools that the agent called together are missing.
    pub(super) fn awaits_other_tools(&self) -> Option<UnixMs> {
        let until = self.tools.others_first_until.filter(|until| *until > self.now)?;
        self.awaits_more_tools().then_some(until)
    }

    /// Returns whether the agent answers only once it has got the result of another tool. It knows nothing of tools that an
    /// earlier conversation called.
    fn awaits_more_tools(&self) -> bool {
        let link = self.links.live_id();
        self.can.awaits_all_tools && self.tools.calls.iter().any(|call| call.is_awaited_on(link))
    }

    pub(super) fn tools_deadline(&self) -> Option<UnixMs> {
        let link = self.links.live_id();
        let answered_at = |call: &Call| {
            let since = call.awaited_since.filter(|_| call.is_awaited_on(link))?;
            Some(since + self.can.tool_wait_ms?)
        };
        self.tools.calls.iter().flat_map(|call| [call.held_until, answered_at(call)]).flatten().min()
    }

    /// Answers tools that run for as long as the agent waits: it would ignore their results.
    pub(super) fn answer_long_tools(&mut self) {
        let Some(wait_ms) = self.can.tool_wait_ms else { return };
        let (link, now) = (self.links.live_id(), self.now);
        let mut answers = Vec::new();
        for call in self.tools.calls.iter_mut().filter(|call| call.is_awaited_on(link)) {
            if call.awaited_since.take_if(|since| *since + wait_ms <= now).is_some() {
                let (id, name, output) = (call.id.clone(), call.name.clone(), still_runs(&call.name));
                answers.push(ToolAnswer { id, name, output, is_error: false });
            }
        }
        if !answers.is_empty() && self.hears_caller() {
            self.answer_due_since = Some(now);
        }
        answers.into_iter().for_each(|answer| self.answer_tool(answer));
    }

    /// Handles an agent that has hung up: asks the call to do so, as by the tool `end_call`.
    pub(super) fn hang_up(&mut self) {
        self.tools.hangups += 1;
        let id = format!("agent-ended-{}", self.tools.hangups);
        let (name, arguments) = (ToolName::EndCall.as_str().to_owned(), json!({}));
        self.acts.push(Act::CallTool {
            tool_call: id.clone(),
            name: name.clone(),
            arguments: arguments.clone(),
        });
        self.tools.calls.push(Call {
            tool_call: id.clone(),
            id,
            name,
            arguments,
            link: None,
            held_until: None,
            is_hangup: true,
            is_withdrawn: false,
            awaited_since: None,
        });
    }

    /// Takes the outcome of a tool from the call.
    pub(super) fn tool_ended(&mut self, tool_call: &str, outcome: &ToolOutcome) {
        let Some(at) = self.tools.calls.iter().position(|call| call.tool_call == tool_call) else { return };
        let call = self.tools.calls.remove(at);
        let is_error = !matches!(outcome, ToolOutcome::Done { .. });
        if !is_error && !call.is_hangup {
            self.holds_by(&call.name);
        }
        if call.is_hangup {
            if is_error {
                self.call_again();
            }
            return;
        }
        let output = answer(outcome);
        let is_awaited = call.is_awaited_on(self.links.live_id());
        let called = Called {
            call_id: call.tool_call,
            name: call.name.clone(),
            arguments: call.arguments.to_string(),
            output: output.to_string(),
        };
        if call.is_withdrawn {
            self.notify_agent(&format!(
                "{TOOL_ENDED}{} that you had withdrawn has ended all the same: {output}",
                call.name
            ));
        } else if is_awaited {
            self.answer_tool(ToolAnswer { id: call.id, name: call.name, output, is_error });
            if self.awaits_more_tools() {
                self.tools.others_first_until = Some(self.now + OTHER_TOOLS_FIRST_MS_MAX);
            } else {
                self.tools.others_first_until = None;
                if self.hears_caller() {
                    self.answer_due_since = Some(self.now);
                }
            }
        } else {
            // The conversation that called it is lost, or was answered that it still runs: the present one gets the result, and says
            // something about it.
            let Called { name, arguments, .. } = &called;
            let text = format!("{TOOL_ENDED}{name} that you called with {arguments} has ended: {output}");
            self.notify_agent(&text);
            if self.hears_caller() {
                self.want(super::Ask::Continue);
            }
        }
        self.memory.called(called);
    }

    /// Notes that a tool has put the caller on hold, or has taken them back.
    fn holds_by(&mut self, name: &str) {
        if name == ToolName::HoldCall.as_str() {
            self.has_put_on_hold = true;
        } else if name == ToolName::UnholdCall.as_str() {
            self.has_put_on_hold = false;
        }
    }

    /// Handles the loss of the connection: requests that the call has not seen are dropped, because nobody waits for them.
    pub(super) fn tools_lost(&mut self) {
        // Another conversation may number its requests alike.
        self.tools.known.clear();
        self.tools.others_first_until = None;
        self.tools.calls.retain(|call| call.held_until.is_none());
    }

    /// Informs a new conversation of the tools that still run.
    pub(super) fn report_lost_tools(&mut self) {
        let run = self.tools.calls.iter().filter(|call| !call.is_withdrawn);
        let names: Vec<&str> = run.map(|call| call.name.as_str()).collect();
        if !names.is_empty() {
            self.notify_agent(&tools_still_run(&names));
        }
    }
}
