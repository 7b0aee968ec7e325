//! Audit entries of actions on calls: by the API, on control sockets, at desks.
//!
//! A change of rows writes its entry in the same transaction. A command to a live call changes no rows: its entry is queued once the call has the
//! command. Words, digits and values may be secrets, so the entry only has their number. Agents' actions on their own audio in their own call, such
//! as hold or mute, are only in the call's journal.

use cordboard_actors::messages::Command;
use cordboard_schema::agent::AgentRequest;
use cordboard_schema::ids::CallId;
use cordboard_schema::supervision::SupervisorRequest;

use super::WebState;
use super::caller::Caller;

/// An audit entry about a command to a call: what was done, and details.
type AuditLine = (&'static str, String);

/// Writes a command that a call has received into the audit log.
pub(super) fn log_command(state: &WebState, caller: &Caller, call_id: CallId, audit_line: Option<AuditLine>) {
    if let Some((action, detail)) = audit_line {
        state.store.audit(caller.did(action, call_id, detail));
    }
}

/// Audit entry of a command; `None` for one that is only in the call's journal.
pub(super) fn audit_line(command: &Command) -> Option<AuditLine> {
    let plain = |action| Some((action, String::new()));
    match command {
        Command::Say(text) => Some(("call.said", format!("{} characters", text.chars().count()))),
        Command::SendDtmf(digits) => Some(("call.dtmf_sent", format!("{} digits", digits.len()))),
        Command::Hold => plain("call.held"),
        Command::Unhold => plain("call.unheld"),
        Command::Park => plain("call.parked"),
        Command::SetVariables(variables) => {
            let names: Vec<&str> = variables.keys().map(String::as_str).collect();
            Some(("call.variables_set", names.join(", ")))
        }
        Command::Transfer(target) => Some(("call.transferred", format!("to {target}"))),
        Command::Handoff(target) => Some(("call.handed_off", format!("to {target}"))),
        Command::OfSupervisor { request, .. } => Some(match request {
            SupervisorRequest::Supervise { mode, .. } => ("call.supervised", mode.as_str().to_owned()),
            SupervisorRequest::TakeOver => ("call.taken_over", String::new()),
            SupervisorRequest::Hint { text } => {
                ("call.hinted", format!("{} characters", text.chars().count()))
            }
            SupervisorRequest::Leave | SupervisorRequest::Bound { .. } => {
                ("call.supervision_ended", String::new())
            }
        }),
        Command::OfAgent { request, .. } => match request {
            AgentRequest::HangUp => plain("call.hung_up"),
            AgentRequest::SendDtmf { digits } => {
                Some(("call.dtmf_sent", format!("{} digits", digits.as_slice().len())))
            }
            AgentRequest::HandBack { .. } => plain("call.handed_back"),
            AgentRequest::Transfer { target, .. } => Some(("call.transferred", format!("to {target}"))),
            AgentRequest::Consult { target, .. } => Some(("call.consulted", format!("with {target}"))),
            AgentRequest::JoinConsult => plain("call.consult_joined"),
            AgentRequest::CompleteConsult => plain("call.consult_completed"),
            AgentRequest::CancelConsult => plain("call.consult_cancelled"),
            // The agent's own audio, in their own call: it is in the call's journal (`agent_requests`).
            AgentRequest::Hold
            | AgentRequest::Unhold
            | AgentRequest::Mute
            | AgentRequest::Unmute
            | AgentRequest::TalkNow => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::digit::Digit;
    use cordboard_schema::ids::UserId;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn audit_entries_hold_no_words_digits_or_values() {
        let digits = "4711".chars().map(|digit| Digit::try_from(digit).unwrap()).collect();
        let variables = [("pin".to_owned(), "4711".to_owned())].into_iter().collect();
        for (command, action, detail) in [
            (Command::Say("the code is 4711".to_owned()), "call.said", "16 characters"),
            (Command::SendDtmf(digits), "call.dtmf_sent", "4 digits"),
            (Command::SetVariables(variables), "call.variables_set", "pin"),
            (Command::Transfer("sales".to_owned()), "call.transferred", "to sales"),
        ] {
            assert_eq!(audit_line(&command), Some((action, detail.to_owned())));
        }
    }

    #[test]
    fn agents_actions_on_their_own_audio_are_not_audited() {
        let of = |request| audit_line(&Command::OfAgent { user_id: UserId(Uuid::now_v7()), request });
        assert_eq!(of(AgentRequest::Mute), None);
        assert_eq!(of(AgentRequest::Hold), None);
        assert_eq!(of(AgentRequest::HangUp), Some(("call.hung_up", String::new())));
        let note = "my mother's maiden name".to_owned();
        assert_eq!(of(AgentRequest::HandBack { note }), Some(("call.handed_back", String::new())));
    }
}
