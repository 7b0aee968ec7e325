//! One call that we make at Twilio. Pure: reports of the API and callbacks go in, steps come out.
//!
//! ```text
//! Creating ──201──> Queued ──initiated──> Dialled ──answered──> Answered ──completed──> forgotten
//!     │  ▲             └────────────────────────┴── busy, no-answer, failed, canceled ──> reported, forgotten
//!     │  └── a callback has its SID although nobody knew whether it was made
//!     └── refused ──> reported, forgotten
//! ```
//!
//! The address of its callbacks contains our name for it. So they identify it before the API has answered, and also if the answer
//! was lost. It is never made twice. An account dials one call a second, unless Twilio has granted it more. Calls that were ordered
//! together wait there, and the ringing time of each begins when it is dialled.

use cordboard_schema::call::{HangupBy, HangupCause};
use cordboard_schema::event::Fact;
use cordboard_schema::ids::OutsideId;
use cordboard_schema::outbound::{AnsweredBy, DetectedBy, DialProgress};
use cordboard_schema::switch::{HandoffFailure, SwitchKind, is_declined};
use cordboard_schema::wire::twilio::rest::RestErrorKind;
use cordboard_schema::wire::twilio::{CallSid, CallStatus, StatusEvent, StatusOrder};

use super::retry::RestFault;

/// Step that follows from a report.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::twilio) enum Step {
    /// A fact for the call.
    Report(Fact),
    /// Ends it at Twilio.
    HangUp(CallSid),
    /// Nothing of it is left.
    Forget,
}

/// The progress of a call that we make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::twilio) enum Progress {
    /// It was requested, or it is unknown whether it was made.
    Ordered,
    /// Twilio has it, and dials it when its turn comes.
    Queued,
    /// It is dialled, and may be ringing.
    Dialled,
    /// It was answered.
    Answered,
}

/// A call that we make.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::twilio) struct Placed {
    /// Its SID, once it is known.
    sid: Option<CallSid>,
    order: StatusOrder,
    /// Whether Twilio has begun to dial.
    is_dialled: bool,
    is_answered: bool,
    is_stopped: bool,
    /// Whether Twilio first finds out who has answered; nothing is reported until then.
    detects: bool,
    /// Whether it is to an extension, and not to an outside number.
    is_to_extension: bool,
    /// How long it may ring, plus the time for Twilio to find out who has answered, in ms.
    pub(in crate::twilio) rings_ms: u64,
}

impl Placed {
    /// Returns a call that is being requested, to ring for this long. `detects` says whether Twilio finds out if a mailbox answers.
    pub(in crate::twilio) fn new(timeout_ms: u64, detects: bool) -> Self {
        let detection_ms = if detects { SwitchKind::Twilio.detection_ms_max() } else { 0 };
        Self { detects, rings_ms: timeout_ms + detection_ms, ..Self::default() }
    }

    /// Returns it as a call that Twilio has under this name, if the name is known.
    pub(in crate::twilio) fn known_as(self, sid: Option<CallSid>) -> Self {
        Self { sid, ..self }
    }

    /// Returns it as a call to an extension.
    pub(in crate::twilio) fn for_extension(self, is_to_extension: bool) -> Self {
        Self { is_to_extension, ..self }
    }

    /// Returns its progress.
    pub(in crate::twilio) fn progress(&self) -> Progress {
        match self {
            Self { is_answered: true, .. } => Progress::Answered,
            Self { is_dialled: true, .. } => Progress::Dialled,
            Self { sid: Some(_), .. } => Progress::Queued,
            _ => Progress::Ordered,
        }
    }

    /// Notes that the API has made it.
    pub(in crate::twilio) fn created(&mut self, sid: CallSid) -> Vec<Step> {
        let named = self.named(&sid);
        let sid = self.sid.get_or_insert(sid).clone();
        if self.is_stopped { vec![Step::HangUp(sid), Step::Forget] } else { named.into_iter().collect() }
    }

    /// Returns the report of Twilio's name, if it is news. The next process would ask by it how the call is.
    fn named(&self, sid: &CallSid) -> Option<Step> {
        let report = || Step::Report(Fact::DialAccepted { outside_id: OutsideId::twilio(sid) });
        self.sid.is_none().then(report)
    }

    /// Notes that the API has not made it, or that it is unknown whether it has.
    pub(in crate::twilio) fn not_created(&mut self, fault: &RestFault) -> Vec<Step> {
        if self.sid.is_some() || !fault.did_nothing() {
            // Its callbacks show what happened; without any, its time runs out.
            return Vec::new();
        }
        if self.is_stopped {
            return vec![Step::Forget];
        }
        let cause = Some(HangupCause(format!("twilio_{}", word(fault))));
        vec![Step::Report(Fact::DialFailed { failure: refusal(fault), cause }), Step::Forget]
    }

    /// Handles one of its callbacks.
    pub(in crate::twilio) fn on_status(&mut self, event: &StatusEvent) -> Vec<Step> {
        let named = self.named(&event.call);
        let sid = self.sid.get_or_insert_with(|| event.call.clone()).clone();
        self.is_dialled |= event.status != CallStatus::Queued;
        if self.is_stopped {
            let end = (!event.status.is_terminal()).then_some(Step::HangUp(sid));
            return end.into_iter().chain([Step::Forget]).collect();
        }
        if self.detects && event.status == CallStatus::InProgress && event.answered_by.is_none() {
            return Vec::new();
        }
        if !self.order.accept(event.status, event.sequence) {
            return self.answered_by(event).into_iter().collect();
        }
        let mut steps = Vec::new();
        match event.status {
            // From the next status on, the end comes within the ringing time.
            CallStatus::Queued | CallStatus::Initiated => steps.extend(named),
            CallStatus::Ringing => {
                steps.push(Step::Report(Fact::DialProgress { progress: DialProgress::Ringing }));
            }
            CallStatus::InProgress => steps.extend(self.answered()),
            CallStatus::Completed => {
                steps.extend(self.answered());
                let (by, cause) = (HangupBy::Caller, HangupCause::normal_clearing());
                steps.extend([Step::Report(Fact::Hangup { by, cause }), Step::Forget]);
            }
            CallStatus::Busy | CallStatus::Failed | CallStatus::NoAnswer | CallStatus::Canceled => {
                if !self.is_answered {
                    let cause = Some(HangupCause(event.status.as_str().replace('-', "_")));
                    steps.push(Step::Report(Fact::DialFailed { failure: self.failure(event), cause }));
                }
                steps.push(Step::Forget);
            }
        }
        if self.is_answered {
            // Insert it before all that follows from the end.
            let at = steps.iter().position(|step| matches!(step, Step::Report(Fact::Hangup { .. })));
            let at = at.unwrap_or(steps.len());
            steps.splice(at..at, self.answered_by(event));
        }
        steps
    }

    /// Returns why nobody was reached. The network of an outside number says so of a phone that is switched off or out of reach: a campaign would
    /// take it for a failure of the trunk.
    fn failure(&self, event: &StatusEvent) -> HandoffFailure {
        match failure(event) {
            HandoffFailure::Unavailable if !self.is_to_extension => HandoffFailure::NoAnswer,
            failure => failure,
        }
    }

    fn answered(&mut self) -> Option<Step> {
        (!std::mem::replace(&mut self.is_answered, true)).then_some(Step::Report(Fact::DialAnswered))
    }

    /// Returns the report about who answered, if that was to be found out.
    fn answered_by(&self, event: &StatusEvent) -> Option<Step> {
        let word = event.answered_by.as_deref()?;
        let who = match word {
            "human" => AnsweredBy::Human,
            word if word.starts_with("machine") => AnsweredBy::Machine,
            _ => AnsweredBy::Unknown,
        };
        Some(Step::Report(Fact::AnsweredBy { who, by: DetectedBy::Line }))
    }

    /// Notes that nobody waits for it any more.
    pub(in crate::twilio) fn stopped(&mut self) -> Vec<Step> {
        self.is_stopped = true;
        match &self.sid {
            Some(sid) => vec![Step::HangUp(sid.clone()), Step::Forget],
            // It is ended as soon as its SID is known.
            None => Vec::new(),
        }
    }

    /// Notes that no report came in time.
    pub(in crate::twilio) fn expired(&mut self) -> Vec<Step> {
        let mut steps: Vec<Step> = self.sid.clone().map(Step::HangUp).into_iter().collect();
        if !self.is_stopped && !self.is_answered {
            let cause = Some(HangupCause::dial_timeout());
            steps.push(Step::Report(Fact::DialFailed { failure: HandoffFailure::Timeout, cause }));
        }
        steps.push(Step::Forget);
        steps
    }
}

/// Returns why nobody was reached, from the status of a call that ended unanswered.
pub(super) fn failure(event: &StatusEvent) -> HandoffFailure {
    match (event.status, event.sip_code) {
        (CallStatus::Busy | CallStatus::NoAnswer, Some(status)) if is_declined(status) => {
            HandoffFailure::Declined
        }
        (CallStatus::Busy, _) => HandoffFailure::Busy,
        (CallStatus::NoAnswer, _) => HandoffFailure::NoAnswer,
        (CallStatus::Canceled, _) => HandoffFailure::CallerLeft,
        (_, status) => status.and_then(HandoffFailure::from_sip).unwrap_or(HandoffFailure::Congestion),
    }
}

/// Returns why the API makes no call.
pub(super) fn refusal(fault: &RestFault) -> HandoffFailure {
    match fault {
        RestFault::Refused(error) => match error.kind {
            RestErrorKind::BadNumber => HandoffFailure::BadTarget,
            RestErrorKind::TooMany => HandoffFailure::Congestion,
            // Any other refusal is not about the called number but is ours to fix, for example a caller id that Twilio does not let
            // us show, a country that our account may not call, or a suspended account. Reported otherwise, a campaign would take
            // every number for a wrong one.
            _ => HandoffFailure::Trunk,
        },
        RestFault::Full => HandoffFailure::Congestion,
        _ => HandoffFailure::Trunk,
    }
}

/// Returns the word for a refusal in the journal: with Twilio's error number, if it has one.
fn word(fault: &RestFault) -> String {
    match fault {
        RestFault::Refused(error) => error.code.unwrap_or(error.status.into()).to_string(),
        RestFault::Full => "full".to_owned(),
        _ => "unreachable".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::wire::twilio::rest::RestError;

    use super::*;

    fn sid() -> CallSid {
        "CA22222222222222222222222222222222".parse().unwrap()
    }

    fn event(status: CallStatus, sequence: u64) -> StatusEvent {
        StatusEvent {
            call: sid(),
            parent: None,
            status,
            sequence: Some(sequence),
            duration_s: None,
            sip_code: None,
            error_code: None,
            answered_by: None,
        }
    }

    fn failed(failure: HandoffFailure, cause: &str) -> Vec<Step> {
        let cause = Some(HangupCause(cause.to_owned()));
        vec![Step::Report(Fact::DialFailed { failure, cause }), Step::Forget]
    }

    fn accepted() -> Step {
        Step::Report(Fact::DialAccepted { outside_id: OutsideId::twilio(&sid()) })
    }

    #[test]
    fn twilios_name_of_a_call_is_reported_once() {
        let mut overtaken = Placed::default();
        assert_eq!(overtaken.on_status(&event(CallStatus::Initiated, 0)), [accepted()]);
        assert_eq!(overtaken.created(sid()), []);
        let mut known = Placed::default().known_as(Some(sid()));
        assert_eq!(known.progress(), Progress::Queued);
        assert_eq!(known.on_status(&event(CallStatus::Initiated, 0)), []);
    }

    #[test]
    fn an_answer_is_reported_once_in_any_callback_order() {
        let mut placed = Placed::default();
        assert_eq!(placed.on_status(&event(CallStatus::InProgress, 2)), [Step::Report(Fact::DialAnswered)]);
        assert_eq!(placed.created(sid()), []);
        for late in [event(CallStatus::Ringing, 1), event(CallStatus::InProgress, 2)] {
            assert_eq!(placed.on_status(&late), [], "{late:?}");
        }
        let (by, cause) = (HangupBy::Caller, HangupCause::normal_clearing());
        let end = [Step::Report(Fact::Hangup { by, cause }), Step::Forget];
        assert_eq!(placed.on_status(&event(CallStatus::Completed, 3)), end);
    }

    #[test]
    fn a_call_is_dialled_when_twilio_says_so() {
        let mut placed = Placed::default();
        assert_eq!(placed.progress(), Progress::Ordered);
        assert_eq!(placed.created(sid()), [accepted()]);
        assert_eq!(placed.progress(), Progress::Queued);
        assert_eq!(placed.on_status(&event(CallStatus::Initiated, 0)), []);
        assert_eq!(placed.progress(), Progress::Dialled);
        placed.on_status(&event(CallStatus::InProgress, 2));
        assert_eq!(placed.progress(), Progress::Answered);
        let mut overtaken = Placed::default();
        overtaken.on_status(&event(CallStatus::Ringing, 1));
        overtaken.created(sid());
        assert_eq!(overtaken.progress(), Progress::Dialled, "its callbacks arrived before the API's answer");
    }

    #[test]
    fn every_end_before_the_answer_has_its_reason() {
        let table = [
            (CallStatus::Busy, None, HandoffFailure::Busy, "busy"),
            (CallStatus::NoAnswer, None, HandoffFailure::NoAnswer, "no_answer"),
            (CallStatus::Canceled, None, HandoffFailure::CallerLeft, "canceled"),
            (CallStatus::Failed, None, HandoffFailure::Congestion, "failed"),
            (CallStatus::Failed, Some(404), HandoffFailure::Unallocated, "failed"),
            (CallStatus::Failed, Some(603), HandoffFailure::Declined, "failed"),
            (CallStatus::Failed, Some(402), HandoffFailure::Trunk, "failed"),
            (CallStatus::Failed, Some(403), HandoffFailure::Trunk, "failed"),
            (CallStatus::NoAnswer, Some(603), HandoffFailure::Declined, "no_answer"),
            (CallStatus::Busy, Some(607), HandoffFailure::Declined, "busy"),
        ];
        for (status, sip_code, failure, cause) in table {
            let event = StatusEvent { sip_code, ..event(status, 2) };
            assert_eq!(Placed::default().on_status(&event), failed(failure, cause), "{event:?}");
        }
    }

    /// Otherwise some switched-off phones would pause a campaign as a broken trunk does.
    #[test]
    fn a_phone_out_of_reach_is_no_trunk_failure() {
        for sip_code in [408, 480] {
            let event = StatusEvent { sip_code: Some(sip_code), ..event(CallStatus::Failed, 2) };
            let unanswered = failed(HandoffFailure::NoAnswer, "failed");
            assert_eq!(Placed::default().on_status(&event), unanswered, "{sip_code}");
            let of_extension = failed(HandoffFailure::Unavailable, "failed");
            assert_eq!(Placed::default().for_extension(true).on_status(&event), of_extension, "{sip_code}");
        }
    }

    #[test]
    fn an_answering_machine_is_reported_as_one() {
        for (word, who) in [
            ("human", AnsweredBy::Human),
            ("machine_start", AnsweredBy::Machine),
            ("machine_end_beep", AnsweredBy::Machine),
            ("fax", AnsweredBy::Unknown),
        ] {
            let event =
                StatusEvent { answered_by: Some(word.to_owned()), ..event(CallStatus::InProgress, 2) };
            let expected = [
                Step::Report(Fact::DialAnswered),
                Step::Report(Fact::AnsweredBy { who, by: DetectedBy::Line }),
            ];
            assert_eq!(Placed::default().on_status(&event), expected, "{word}");
        }
    }

    #[test]
    fn detection_delays_the_answer_until_who_answered_is_known() {
        let mut placed = Placed::new(30_000, true);
        assert_eq!(placed.on_status(&event(CallStatus::InProgress, 2)), []);
        let found = StatusEvent {
            answered_by: Some("human".to_owned()),
            sequence: None,
            ..event(CallStatus::InProgress, 0)
        };
        let who = AnsweredBy::Human;
        assert_eq!(
            placed.on_status(&found),
            [Step::Report(Fact::DialAnswered), Step::Report(Fact::AnsweredBy { who, by: DetectedBy::Line })]
        );
    }

    #[test]
    fn a_create_with_unknown_outcome_follows_callbacks_or_times_out() {
        let unknown = RestFault::Unknown("500".to_owned());
        let mut placed = Placed::default();
        assert_eq!(placed.not_created(&unknown), []);
        assert_eq!(placed.on_status(&event(CallStatus::InProgress, 2)), [Step::Report(Fact::DialAnswered)]);
        let mut placed = Placed::default();
        assert_eq!(placed.not_created(&unknown), []);
        assert_eq!(placed.expired(), failed(HandoffFailure::Timeout, &HangupCause::dial_timeout().0));
    }

    #[test]
    fn a_refusal_says_why_no_call_was_made() {
        let refused = |status, code| {
            let body = format!(r#"{{"code":{code},"message":"x","status":{status}}}"#);
            RestFault::Refused(RestError::read(status, None, body.as_bytes()))
        };
        let table = [
            (refused(400, 21211), HandoffFailure::BadTarget, "twilio_21211"),
            // Faults of our own number, our own address, our own account.
            (refused(400, 21215), HandoffFailure::Trunk, "twilio_21215"),
            (refused(400, 21216), HandoffFailure::Trunk, "twilio_21216"),
            (refused(400, 21219), HandoffFailure::Trunk, "twilio_21219"),
            (refused(400, 21212), HandoffFailure::Trunk, "twilio_21212"),
            (refused(400, 21205), HandoffFailure::Trunk, "twilio_21205"),
            (refused(403, 20005), HandoffFailure::Trunk, "twilio_20005"),
            (refused(401, 20003), HandoffFailure::Trunk, "twilio_20003"),
            (refused(429, 20429), HandoffFailure::Congestion, "twilio_20429"),
            (RestFault::Unreachable("no route".to_owned()), HandoffFailure::Trunk, "twilio_unreachable"),
        ];
        for (fault, failure, cause) in table {
            assert_eq!(Placed::default().not_created(&fault), failed(failure, cause), "{fault}");
        }
    }

    #[test]
    fn an_abandoned_call_is_hung_up_once_named() {
        let hung_up = [Step::HangUp(sid()), Step::Forget];
        let mut placed = Placed::default();
        assert_eq!(placed.stopped(), []);
        assert_eq!(placed.clone().created(sid()), hung_up);
        assert_eq!(placed.on_status(&event(CallStatus::Ringing, 1)), hung_up);
        let mut placed = Placed::default();
        placed.created(sid());
        assert_eq!(placed.stopped(), hung_up);
    }
}
