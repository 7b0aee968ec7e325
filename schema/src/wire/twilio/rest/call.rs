//! Making, redirecting and ending calls.

use super::{RestForm, RestRequest};
use crate::limits::{TWILIO_DETECTION_S_MAX, TWIML_INLINE_CHARS_MAX};
use crate::wire::twilio::CallSid;

/// Instructions for a leg, once it is answered or redirected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallInstructions {
    /// The answer of this URL to a `POST`.
    Url(String),
    /// This TwiML.
    Twiml(String),
}

impl CallInstructions {
    /// Returns the document itself as instructions, if it is short enough.
    pub fn inline(twiml: String) -> Option<Self> {
        (twiml.chars().count() <= TWIML_INLINE_CHARS_MAX).then_some(Self::Twiml(twiml))
    }

    fn put(&self, form: RestForm) -> RestForm {
        match self {
            Self::Url(url) => form.with("Url", url).with("Method", "POST"),
            Self::Twiml(twiml) => form.with("Twiml", twiml),
        }
    }
}

/// Detection of answering machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MachineDetection {
    /// As soon as it is certain.
    Enable,
    /// At the end of the mailbox's greeting.
    DetectMessageEnd,
}

/// Makes a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateCall {
    /// The called party: a number, or a `sip:` address.
    pub to: String,
    /// The displayed caller number.
    pub from: String,
    /// Instructions for the leg once it is answered.
    pub instructions: CallInstructions,
    /// URL that gets every change of its status.
    pub status_callback: Option<String>,
    /// Ring time in seconds.
    pub timeout_s: Option<u32>,
    /// Maximum duration in seconds.
    pub time_limit_s: Option<u32>,
    /// Whether to detect machines.
    pub machine_detection: Option<MachineDetection>,
}

/// Events for which status callbacks are requested.
pub(super) const STATUS_EVENTS: [&str; 4] = ["initiated", "ringing", "answered", "completed"];

impl CreateCall {
    /// Returns the request.
    pub fn request(&self) -> RestRequest {
        let form = RestForm::default().with("To", &self.to).with("From", &self.from);
        let mut form = self
            .instructions
            .put(form)
            .number("Timeout", self.timeout_s)
            .number("TimeLimit", self.time_limit_s)
            .maybe(
                "MachineDetection",
                self.machine_detection.map(|how| match how {
                    MachineDetection::Enable => "Enable",
                    MachineDetection::DetectMessageEnd => "DetectMessageEnd",
                }),
            )
            .number("MachineDetectionTimeout", self.machine_detection.map(|_| TWILIO_DETECTION_S_MAX));
        if let Some(url) = &self.status_callback {
            form = form.with("StatusCallback", url).list("StatusCallbackEvent", &STATUS_EVENTS);
        }
        RestRequest::create("/Calls.json".to_owned(), form)
    }
}

/// Ways to end a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallEnd {
    /// In any state.
    Completed,
    /// Only if it hasn't been answered.
    Canceled,
}

/// A change of a live call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpdateCall {
    /// It follows other instructions from now on.
    Redirect(CallInstructions),
    /// It ends.
    End(CallEnd),
}

impl UpdateCall {
    /// Returns the request.
    pub fn request(&self, call: &CallSid) -> RestRequest {
        let form = RestForm::default();
        let form = match self {
            Self::Redirect(instructions) => instructions.put(form),
            Self::End(CallEnd::Completed) => form.with("Status", "completed"),
            Self::End(CallEnd::Canceled) => form.with("Status", "canceled"),
        };
        RestRequest::change(format!("/Calls/{call}.json"), form)
    }
}
