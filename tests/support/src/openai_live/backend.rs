//! Delegated tasks: responses of the model's backend, which calls functions and goes on once it has all outputs.

use std::collections::HashMap;

use serde_json::{Value, json};

/// The state of a function call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FunctionState {
    Open,
    Answered,
}

/// See the module's description.
#[derive(Debug, Default)]
pub(super) struct Backend {
    number: usize,
    delegations: usize,
    calls: usize,
    functions: HashMap<String, FunctionState>,
    /// Functions whose outputs the backend has not used yet.
    waiting: usize,
}

impl Backend {
    /// The backend of the connection with this number.
    pub(super) fn new(number: usize) -> Self {
        Self { number, ..Self::default() }
    }

    /// The functions without an output.
    pub(super) fn unanswered(&self) -> Vec<String> {
        let open = self.functions.iter().filter(|(_, asked)| **asked == FunctionState::Open);
        open.map(|(id, _)| id.clone()).collect()
    }

    /// The model delegates, and the backend calls these functions at once. Returns the events of that.
    pub(super) fn delegate(&mut self, calls: &[(String, String)], offset_ms: u64) -> Vec<Value> {
        self.delegations += 1;
        let delegation = format!("dlg_{}_{}", self.number, self.delegations);
        let response = format!("resp_{}_{}", self.number, self.delegations);
        let mut events = vec![json!({ "type": "session.delegation.created", "offset_ms": offset_ms,
            "delegation": { "id": delegation, "type": "delegation", "target": "responses", "response_id": response } })];
        let mut nested = vec![
            json!({ "type": "response.created", "response": { "id": response, "status": "in_progress" } }),
        ];
        for (at, (name, arguments)) in calls.iter().enumerate() {
            self.calls += 1;
            let id = format!("call_{}_{}", self.number, self.calls);
            let item = json!({ "type": "function_call", "id": format!("fc_{id}"), "call_id": id, "name": name,
                "arguments": arguments, "status": "completed" });
            nested.push(json!({ "type": "response.output_item.done", "output_index": at, "item": item }));
            self.functions.insert(id, FunctionState::Open);
        }
        nested.push(over(&response));
        events.extend(nested.into_iter().map(|event| of(&delegation, &event)));
        events
    }

    /// Adds the output of a function.
    ///
    /// # Errors
    /// It was not called, or it was answered before.
    pub(super) fn returned(&mut self, call_id: &str) -> Result<(), String> {
        match self.functions.get_mut(call_id) {
            None => Err(format!("an output of {call_id}, which was not called")),
            Some(FunctionState::Answered) => Err(format!("{call_id} was answered twice")),
            Some(asked) => {
                *asked = FunctionState::Answered;
                self.waiting += 1;
                Ok(())
            }
        }
    }

    /// Lets the backend go on. Returns the events of its next response.
    ///
    /// # Errors
    /// It waits for something, or for nothing.
    pub(super) fn go_on(&mut self) -> Result<Vec<Value>, String> {
        if std::mem::take(&mut self.waiting) == 0 {
            return Err("a response was asked for, and there is nothing to go on with".to_owned());
        }
        let open = self.unanswered();
        if !open.is_empty() {
            return Err(format!("a response was requested while {open:?} are open"));
        }
        let response = format!("resp_{}_{}_next", self.number, self.delegations);
        let delegation = format!("dlg_{}_{}", self.number, self.delegations);
        let created =
            json!({ "type": "response.created", "response": { "id": response, "status": "in_progress" } });
        Ok(vec![of(&delegation, &created), of(&delegation, &over(&response))])
    }
}

fn of(delegation: &str, event: &Value) -> Value {
    json!({ "type": "response.event", "delegation_id": delegation, "event": event })
}

fn over(response: &str) -> Value {
    json!({ "type": "response.completed", "response": { "id": response, "status": "completed", "model": "gpt-4.1-mini",
        "usage": { "input_tokens": 900, "input_tokens_details": { "cached_tokens": 300 }, "output_tokens": 40,
            "output_tokens_details": { "reasoning_tokens": 0 }, "total_tokens": 940 } } })
}
