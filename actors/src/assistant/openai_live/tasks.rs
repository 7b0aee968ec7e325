//! Tasks that the model has delegated to its backend: the functions that the backend called, and the moment when it can continue.
//!
//! A backend's response calls functions and ends. Once each of them is answered, and the response is over, it is told to
//! continue, once.

use std::collections::HashSet;

use cordboard_schema::wire::openai_live::ClientMessage;

use crate::assistant::remote::asked_ids::AskedIds;

/// Responses that may be pending at a time; the oldest is forgotten.
const RESPONSES_MAX: usize = 16;
/// Functions that one response may call.
const CALLS_MAX: usize = 64;

/// Classification of a function call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// It will be answered.
    Taken,
    /// It has no id, or arrived before.
    Known,
    /// Its response has made too many calls.
    TooMany,
}

/// See the module's description.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tasks {
    responses: Vec<Response>,
    /// Ids of answered and refused calls. A repeated one is not run again, so nothing may wait for it.
    answered: AskedIds,
}

/// Calls that one delegation's newest response waits for.
#[derive(Clone, Debug, PartialEq)]
struct Response {
    delegation: Option<String>,
    /// Unanswered calls, by their ids.
    open: HashSet<String>,
    /// Number of calls so far.
    calls: usize,
    is_over: bool,
}

impl Tasks {
    /// Takes a function call of the backend.
    pub(super) fn asked(&mut self, delegation: Option<&str>, call_id: &str) -> Asked {
        let is_open = self.responses.iter().any(|response| response.open.contains(call_id));
        if call_id.is_empty() || is_open || self.answered.contains(call_id) {
            return Asked::Known;
        }
        let response = match self.find(delegation) {
            Some(at) => &mut self.responses[at],
            None => {
                if self.responses.len() == RESPONSES_MAX {
                    self.responses.remove(0);
                }
                self.responses.push(Response {
                    delegation: delegation.map(str::to_owned),
                    open: HashSet::new(),
                    calls: 0,
                    is_over: false,
                });
                let newest = self.responses.len() - 1;
                &mut self.responses[newest]
            }
        };
        if response.calls == CALLS_MAX {
            self.answered.keep(call_id);
            return Asked::TooMany;
        }
        response.calls += 1;
        response.open.insert(call_id.to_owned());
        Asked::Taken
    }

    /// Notes that a response is over. Returns the order to continue, if all its calls are answered.
    pub(super) fn over(&mut self, delegation: Option<&str>) -> Option<ClientMessage> {
        let at = self.find(delegation)?;
        self.responses[at].is_over = true;
        self.go_on(at)
    }

    /// Notes that a function call is answered. Returns the order to continue, if it was the last one of an ended response.
    pub(super) fn answered(&mut self, call_id: &str) -> Option<ClientMessage> {
        let at = self.responses.iter_mut().position(|response| response.open.remove(call_id))?;
        self.answered.keep(call_id);
        self.go_on(at)
    }

    fn find(&self, delegation: Option<&str>) -> Option<usize> {
        self.responses.iter().position(|response| response.delegation.as_deref() == delegation)
    }

    fn go_on(&mut self, at: usize) -> Option<ClientMessage> {
        let response = &self.responses[at];
        let has_all = response.is_over && response.open.is_empty();
        has_all.then(|| {
            self.responses.remove(at);
            ClientMessage::CreateResponse
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backend_continues_once_all_its_requests_are_answered() {
        let mut tasks = Tasks::default();
        let go_on = Some(ClientMessage::CreateResponse);
        assert_eq!(["a", "b"].map(|id| tasks.asked(Some("d1"), id)), [Asked::Taken; 2]);
        assert_eq!(tasks.asked(Some("d1"), "a"), Asked::Known);
        assert_eq!(tasks.answered("a"), None);
        assert_eq!(tasks.over(Some("d1")), None, "b is not answered yet");
        assert_eq!(tasks.answered("b"), go_on);
        assert_eq!(tasks.answered("b"), None);
        assert_eq!(tasks.over(Some("d1")), None, "a response without calls");
        // Answers may arrive before the response is over.
        assert_eq!([tasks.asked(None, "c"), tasks.asked(Some("d2"), "d")], [Asked::Taken; 2]);
        assert_eq!(tasks.answered("c"), None);
        assert_eq!(tasks.over(None), go_on);
        assert_eq!((tasks.over(Some("d2")), tasks.answered("d")), (None, go_on));
        assert!(tasks.responses.is_empty());
    }

    #[test]
    fn a_request_too_many_is_refused_once() {
        let mut tasks = Tasks::default();
        for number in 0..CALLS_MAX {
            assert_eq!(tasks.asked(None, &number.to_string()), Asked::Taken);
        }
        assert_eq!(tasks.asked(None, "more"), Asked::TooMany);
        assert_eq!(tasks.asked(None, "more"), Asked::Known);
    }

    #[test]
    fn a_repeated_request_is_not_awaited() {
        let mut tasks = Tasks::default();
        let go_on = Some(ClientMessage::CreateResponse);
        assert_eq!(tasks.asked(None, "a"), Asked::Taken);
        assert_eq!(tasks.answered("a"), None);
        assert_eq!(tasks.asked(None, "a"), Asked::Known, "it was answered");
        assert_eq!(tasks.over(None), go_on);
        assert_eq!(tasks.asked(None, "a"), Asked::Known, "also after its response");
        assert_eq!(tasks.asked(None, "b"), Asked::Taken);
        assert_eq!((tasks.over(None), tasks.answered("b")), (None, go_on));
        assert!(tasks.responses.is_empty());
    }
}
