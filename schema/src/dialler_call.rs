//! A call that a dialler has given to one of its lines, and the result that the dialler expects for it: who handled it, and the
//! status of its lead.
//!
//! The call is announced with variables. Those that begin with `dialler.` identify the dialler's call. Those that begin with
//! `lead.` and `campaign.` are facts that an assistant may get (`profile_variables.rs`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::call::HangupBy;
use crate::dialplan::NextStep;
use crate::event::{Announcement, Fact};
use crate::fold::Call;
use crate::ids::CustomToolId;
use crate::limits::{DIALLER_END_WAIT_MS, DIALLER_PASSED_ON_WAIT_MS};
use crate::profile::AgentProfile;
use crate::time::UnixMs;

/// The tool with which an assistant sets the result of the lead. It is a custom tool that only a dialler's calls have.
pub const SET_DISPOSITION: CustomToolId =
    CustomToolId(Uuid::from_u128(0x6469_616c_6c65_7200_8000_6469_7370_6f73));
/// Its name.
pub const SET_DISPOSITION_NAME: &str = "set_disposition";
/// Its only argument.
pub const STATUS: &str = "status";

/// The tool with which an assistant has the dialler transfer the caller. It is a custom tool of calls whose dialler can do so.
pub const PASS_ON: CustomToolId = CustomToolId(Uuid::from_u128(0x6469_616c_6c65_7200_8000_7061_7373_6f6e));
/// Its name.
pub const PASS_ON_NAME: &str = "pass_caller_on";
/// Its only argument.
pub const PLACE: &str = "place";

/// Status of a lead that must not be called again.
pub const NO_CALLS: &str = "DNC";
/// Status of a lead that is to be called back, until the call-back is due.
pub const CALL_BACK_HOLD: &str = "CBHOLD";
/// Status of a call after which its lead is to be called back.
pub const CALL_BACK_AGREED: &str = "CALLBK";

const KEY: &str = "dialler.call";
const SERVER: &str = "dialler.server";
const UNIQUE_ID: &str = "dialler.uniqueid";
const USER: &str = "dialler.user";
const LEAD: &str = "dialler.lead";
const CAMPAIGN: &str = "dialler.campaign";
const USUAL: &str = "dialler.usual_status";

/// A call as its dialler knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiallerCall {
    /// The dialler's key for it, unique among the calls of a year.
    pub key: String,
    /// The dialler's server that dialled it.
    pub server: String,
    /// Its name at that server's switch.
    pub unique_id: String,
    /// The user of the line that received it.
    pub user: String,
    /// The number of the lead that was dialled.
    pub lead_id: u32,
    /// The campaign.
    pub campaign_id: String,
    /// Status of the lead if nobody sets one; none if the dialler's own status stays.
    pub usual_status: Option<String>,
}

impl DiallerCall {
    /// Returns the call that is announced this way; none if no dialler has given it.
    pub fn of(announced: &Announcement) -> Option<Self> {
        let said = |name: &str| announced.variables.get(name).cloned();
        Some(Self {
            key: said(KEY)?,
            server: said(SERVER)?,
            unique_id: said(UNIQUE_ID)?,
            user: said(USER)?,
            lead_id: said(LEAD)?.parse().ok()?,
            campaign_id: said(CAMPAIGN)?,
            usual_status: said(USUAL),
        })
    }

    /// Returns the variables that announce it.
    pub fn variables(&self) -> BTreeMap<String, String> {
        let lead = self.lead_id.to_string();
        let said = [
            (KEY, Some(&self.key)),
            (SERVER, Some(&self.server)),
            (UNIQUE_ID, Some(&self.unique_id)),
            (USER, Some(&self.user)),
            (LEAD, Some(&lead)),
            (CAMPAIGN, Some(&self.campaign_id)),
            (USUAL, self.usual_status.as_ref()),
        ];
        said.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.clone()))).collect()
    }
}

/// The result of a call that is to be reported to a dialler. It is kept from the call's beginning until the dialler has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingResult {
    /// The call.
    pub call: DiallerCall,
    /// The statuses that the assistant may choose.
    pub statuses: Vec<String>,
    /// The status that the assistant has chosen.
    pub chosen: Option<String>,
    /// When the lead is to be called again, if that was agreed on.
    #[serde(default)]
    pub call_back: Option<CallBack>,
    /// Whether the callee has asked not to be called again.
    #[serde(default)]
    pub opted_out: bool,
    /// Whether the dialler itself has transferred the caller, or was asked to: the party who then has the caller writes the
    /// result.
    #[serde(default)]
    pub passed_on: bool,
    /// Whether the dialler has confirmed the transfer. Without that confirmation the dialler's own tables decide, as after a
    /// crash of the server.
    #[serde(default)]
    pub pass_is_confirmed: bool,
    /// End of the call here; none while it is live.
    pub end: Option<EndHere>,
}

/// A call-back that the dialler is to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallBack {
    /// When it is due.
    pub at: UnixMs,
    /// When it was agreed on.
    pub noted_at: UnixMs,
    /// Words for the person who handles that call, in one line; may be empty.
    pub about: String,
}

/// End of a dialler's call here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndHere {
    /// The time.
    pub at: UnixMs,
    /// Whether the caller was connected at all.
    pub was_answered: bool,
    /// Whether the caller ended it.
    pub by_caller: bool,
    /// Whether the switch's dialplan transferred the caller: then the dialler's call goes on.
    pub goes_on: bool,
}

/// State of a request to transfer a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassRequest {
    /// The dialler was asked.
    Asked,
    /// It has confirmed the transfer.
    Done,
    /// It has answered that it did not transfer the caller.
    NotDone,
}

/// State of a call in the dialler's own tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoggedCall {
    /// It has not ended.
    Lives,
    /// It is over.
    Over,
    /// Its caller was transferred.
    PassedOn,
}

/// Next step for a result that a dialler expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultStep {
    /// The dialler has not noticed the end of the call: it would overwrite a result that is written before that.
    WaitForEnd,
    /// It can be written.
    Write,
    /// The dialler's own status stands: the caller was never connected, or the dialler has transferred them itself.
    Nothing,
}

impl PendingResult {
    /// Returns the result to be reported for a call that begins with this fact; none if no dialler has given it.
    pub fn begun(fact: &Fact) -> Option<Self> {
        let Fact::CallStarted { profile, announced: Some(announced), .. } = fact else { return None };
        let call = DiallerCall::of(announced)?;
        Some(Self {
            call,
            statuses: offered_statuses(profile),
            chosen: None,
            call_back: None,
            opted_out: false,
            passed_on: false,
            pass_is_confirmed: false,
            end: None,
        })
    }

    /// Records that the call has ended here.
    pub fn end(&mut self, call: &Call) {
        let Some(at) = call.ended_at else { return };
        self.end = Some(EndHere {
            at,
            was_answered: call.answered_at.is_some(),
            by_caller: call.hangup_by == Some(HangupBy::Caller),
            goes_on: matches!(call.next, NextStep::Goto(_)),
        });
    }

    /// Whether the callee does not want to be called again. Then nothing else counts.
    pub fn wants_no_calls(&self) -> bool {
        self.opted_out || self.chosen.as_deref() == Some(NO_CALLS)
    }

    /// Returns the status of the lead if it is not called back: the chosen one, else the usual one.
    pub fn status(&self) -> Option<&str> {
        let opted_out = self.opted_out.then_some(NO_CALLS);
        opted_out.or(self.chosen.as_deref()).or(self.call.usual_status.as_deref())
    }

    /// Returns the status of the lead.
    pub fn lead_status(&self) -> Option<&str> {
        if self.agreed_call_back().is_some() { Some(CALL_BACK_HOLD) } else { self.status() }
    }

    /// Returns the status of the call, once the dialler knows its call-back.
    pub fn call_status(&self) -> Option<&str> {
        let agreed = self.agreed_call_back().filter(|_| self.chosen.is_none());
        agreed.map(|_| CALL_BACK_AGREED).or(self.status())
    }

    /// Returns the call-back, if the lead may be called again at all.
    pub fn agreed_call_back(&self) -> Option<&CallBack> {
        self.call_back.as_ref().filter(|_| !self.wants_no_calls())
    }

    /// Records the state of a request to transfer the caller.
    pub fn note_pass(&mut self, request: PassRequest) {
        match request {
            PassRequest::Asked if self.end.is_none() => self.passed_on = true,
            // A caller who is gone can't be transferred any more.
            PassRequest::Asked => {}
            PassRequest::Done => (self.passed_on, self.pass_is_confirmed) = (true, true),
            // An earlier transfer that was carried out stays recorded.
            PassRequest::NotDone => self.passed_on = self.pass_is_confirmed,
        }
    }

    /// Whether the dialler was asked to transfer the caller and its answer is not known.
    pub fn has_open_pass(&self) -> bool {
        self.passed_on && !self.pass_is_confirmed
    }

    /// Whether we ended the call, so that the dialler's call has to end, too.
    pub fn is_hung_up_here(&self) -> bool {
        let is_ours = |end: &EndHere| end.was_answered && !end.by_caller && !end.goes_on;
        !self.passed_on && self.end.as_ref().is_some_and(is_ours)
    }

    /// Returns the next step, depending on the call's state in the dialler's tables.
    pub fn step(&self, logged: LoggedCall, now: UnixMs) -> ResultStep {
        let Some(end) = &self.end else { return ResultStep::WaitForEnd };
        let wait_ms = if end.goes_on { DIALLER_PASSED_ON_WAIT_MS } else { DIALLER_END_WAIT_MS };
        let is_passed_on = self.passed_on && (self.pass_is_confirmed || logged == LoggedCall::PassedOn);
        match () {
            () if !end.was_answered || is_passed_on => ResultStep::Nothing,
            () if logged != LoggedCall::Lives || now.ms_since(end.at) >= wait_ms => ResultStep::Write,
            () => ResultStep::WaitForEnd,
        }
    }
}

/// Returns the statuses that the tool of this profile accepts.
fn offered_statuses(profile: &AgentProfile) -> Vec<String> {
    let tool = profile.custom_tools.iter().find(|tool| tool.id == SET_DISPOSITION);
    let statuses = tool.and_then(|tool| tool.parameters.pointer("/properties/status/enum")?.as_array());
    let words = statuses.into_iter().flatten().filter_map(Value::as_str);
    words.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call() -> DiallerCall {
        DiallerCall {
            key: "V0102030405000000002".to_owned(),
            server: "10.0.0.1".to_owned(),
            unique_id: "1400000000.12".to_owned(),
            user: "1001".to_owned(),
            lead_id: 2,
            campaign_id: "007".to_owned(),
            usual_status: Some("XFER".to_owned()),
        }
    }

    fn pending(end: Option<EndHere>) -> PendingResult {
        PendingResult {
            call: call(),
            statuses: Vec::new(),
            chosen: None,
            call_back: None,
            opted_out: false,
            passed_on: false,
            pass_is_confirmed: false,
            end,
        }
    }

    fn end(was_answered: bool, goes_on: bool) -> Option<EndHere> {
        Some(EndHere { at: UnixMs(1_000), was_answered, by_caller: false, goes_on })
    }

    #[test]
    fn a_dialler_call_needs_all_its_required_variables() {
        let mut variables = call().variables();
        let announced = |variables| DiallerCall::of(&Announcement { variables, ..Announcement::default() });
        assert_eq!(announced(variables.clone()), Some(call()));
        variables.remove(USUAL);
        assert_eq!(announced(variables.clone()).unwrap().usual_status, None);
        variables.insert(LEAD.to_owned(), "x".to_owned());
        assert_eq!(announced(variables), None);
        assert_eq!(announced(BTreeMap::new()), None);
    }

    #[test]
    fn a_result_waits_for_the_diallers_end_only_so_long() {
        let later = |ms| UnixMs(1_000) + ms;
        let (lives, over) = (LoggedCall::Lives, LoggedCall::Over);
        assert_eq!(pending(None).step(over, later(0)), ResultStep::WaitForEnd, "the call is live");
        let ended = pending(end(true, false));
        assert_eq!(ended.step(over, later(0)), ResultStep::Write);
        assert_eq!(ended.step(lives, later(DIALLER_END_WAIT_MS - 1)), ResultStep::WaitForEnd);
        assert_eq!(ended.step(lives, later(DIALLER_END_WAIT_MS)), ResultStep::Write);
        let sent_on = pending(end(true, true));
        assert_eq!(
            sent_on.step(lives, later(DIALLER_END_WAIT_MS)),
            ResultStep::WaitForEnd,
            "it goes on there"
        );
        assert_eq!(sent_on.step(lives, later(DIALLER_PASSED_ON_WAIT_MS)), ResultStep::Write);
        assert_eq!(pending(end(false, false)).step(over, later(0)), ResultStep::Nothing);
    }

    #[test]
    fn a_transferred_call_is_neither_written_nor_hung_up() {
        assert!(pending(end(true, false)).is_hung_up_here());
        assert!(!pending(None).is_hung_up_here() && !pending(end(false, false)).is_hung_up_here());
        assert!(!pending(end(true, true)).is_hung_up_here(), "it goes on there");
        let passed_on =
            PendingResult { passed_on: true, pass_is_confirmed: true, ..pending(end(true, false)) };
        assert!(!passed_on.is_hung_up_here() && !passed_on.has_open_pass());
        for logged in [LoggedCall::Lives, LoggedCall::Over, LoggedCall::PassedOn] {
            assert_eq!(passed_on.step(logged, UnixMs(1_000)), ResultStep::Nothing, "{logged:?}");
        }
    }

    #[test]
    fn the_diallers_tables_decide_if_its_answer_is_unknown() {
        let open = PendingResult { passed_on: true, ..pending(end(true, false)) };
        assert!(open.has_open_pass() && !open.is_hung_up_here());
        let step = |logged, ms| open.step(logged, UnixMs(1_000) + ms);
        assert_eq!(step(LoggedCall::PassedOn, 0), ResultStep::Nothing);
        assert_eq!(step(LoggedCall::Over, 0), ResultStep::Write);
        assert_eq!(step(LoggedCall::Lives, DIALLER_END_WAIT_MS - 1), ResultStep::WaitForEnd);
        assert_eq!(step(LoggedCall::Lives, DIALLER_END_WAIT_MS), ResultStep::Write);
    }

    #[test]
    fn the_diallers_confirmation_stays_after_later_requests() {
        use PassRequest::{Asked, Done, NotDone};
        let noted = |end: Option<EndHere>, requests: &[PassRequest]| {
            let mut pending = pending(end);
            requests.iter().for_each(|request| pending.note_pass(*request));
            (pending.passed_on, pending.pass_is_confirmed)
        };
        assert_eq!(noted(None, &[Asked]), (true, false));
        assert_eq!(noted(None, &[Asked, NotDone]), (false, false));
        assert_eq!(noted(None, &[Asked, Done, Asked, NotDone]), (true, true));
        assert_eq!(noted(end(true, false), &[Asked]), (false, false), "the caller is gone");
    }

    #[test]
    fn an_older_servers_pending_result_is_read() {
        let mut kept = serde_json::to_value(pending(None)).unwrap();
        for field in ["passed_on", "pass_is_confirmed", "call_back", "opted_out"] {
            kept.as_object_mut().unwrap().remove(field);
        }
        assert_eq!(serde_json::from_value::<PendingResult>(kept).unwrap(), pending(None));
    }

    #[test]
    fn a_chosen_status_replaces_the_usual_one() {
        let mut pending = pending(None);
        assert_eq!(pending.status(), Some("XFER"));
        pending.chosen = Some("SALE".to_owned());
        assert_eq!(pending.status(), Some("SALE"));
    }

    #[test]
    fn a_call_back_holds_the_lead_unless_calls_are_unwanted() {
        let statuses = |pending: &PendingResult| {
            [pending.lead_status(), pending.call_status(), pending.status()]
                .map(|status| status.unwrap().to_owned())
        };
        let request = CallBack { at: UnixMs(9_000), noted_at: UnixMs(500), about: String::new() };
        let mut pending = PendingResult { call_back: Some(request), ..pending(end(true, false)) };
        assert_eq!(statuses(&pending), ["CBHOLD", "CALLBK", "XFER"]);
        pending.chosen = Some("NI".to_owned());
        assert_eq!(statuses(&pending), ["CBHOLD", "NI", "NI"]);
        pending.chosen = Some("DNC".to_owned());
        assert_eq!(statuses(&pending), ["DNC"; 3]);
        pending.chosen = Some("NI".to_owned());
        pending.opted_out = true;
        assert_eq!(statuses(&pending), ["DNC"; 3]);
        assert!(pending.wants_no_calls() && pending.agreed_call_back().is_none());
    }
}
