//! Twilio's reports about calls: an incoming call, or the end of a verb.
//!
//! Fields that aren't used here are skipped. Every text is bounded.

use std::collections::BTreeMap;

use super::{AccountSid, BadForm, CallSid, CallStatus, FormFields, RecordingSid, StreamSid};
use crate::call::Direction;
use crate::limits::TWILIO_PARTY_CHARS_MAX;
use crate::phone::WITHHELD;
use crate::switch::{HandoffFailure, is_declined};

/// Returns a number or an address, truncated and without control characters.
pub(super) fn party(text: &str) -> String {
    text.trim().chars().filter(|c| !c.is_control()).take(TWILIO_PARTY_CHARS_MAX).collect()
}

/// The caller, as Twilio reports them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A number, or an address as `sip:1001@example.com`.
    Known(String),
    /// The caller withholds their number.
    Anonymous,
}

impl Caller {
    /// Reads the field. Some networks spell `anonymous` or `restricted` with the digits of a keypad. A SIP telephone that
    /// withholds its number sends `sip:anonymous@anonymous.invalid` (RFC 3323).
    pub fn of(text: &str) -> Self {
        let text = party(text);
        let hidden = ["anonymous", "restricted", "unknown", "unavailable", "private", "blocked"];
        let address = text.strip_prefix("sip:").or_else(|| text.strip_prefix("sips:"));
        let user = address.map_or(text.as_str(), |address| address.split('@').next().unwrap_or_default());
        let is_hidden = hidden.iter().any(|word| user.eq_ignore_ascii_case(word));
        let is_spelled = text.strip_prefix('+').is_some_and(|digits| WITHHELD.contains(&digits));
        if text.is_empty() || is_hidden || is_spelled { Self::Anonymous } else { Self::Known(text) }
    }

    /// Returns the number or address, unless it is withheld.
    pub fn shown(&self) -> Option<&str> {
        match self {
            Self::Known(text) => Some(text),
            Self::Anonymous => None,
        }
    }
}

/// A request for TwiML: for an incoming call, after the end of a verb, or because the document asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoiceRequest {
    /// The call.
    pub call: CallSid,
    /// The account that it belongs to.
    pub account: AccountSid,
    /// The caller; for a call that we made, our own number.
    pub from: Caller,
    /// The called party, a number or an address.
    pub to: String,
    /// Status of the call, if the word is known.
    pub status: Option<CallStatus>,
    /// Direction of the call.
    pub direction: Direction,
    /// The party that forwarded their call to us, if the network reports it.
    pub forwarded_from: Option<String>,
    /// The caller's name, if it was requested.
    pub caller_name: Option<String>,
    /// The network's attestation of the caller's number.
    pub verified: Option<String>,
    /// The party that answered a call that we made, if detection was requested.
    pub answered_by: Option<String>,
    /// A SIP caller's own headers, by name without `SipHeader_`.
    pub sip_headers: BTreeMap<String, String>,
}

const SIP_HEADER: &str = "SipHeader_";

impl VoiceRequest {
    /// Reads the webhook.
    ///
    /// # Errors
    /// It names no call, no account or no called party.
    pub fn read(form: &FormFields) -> Result<Self, BadForm> {
        let headers = form.fields().filter_map(|(name, values)| {
            Some((party(name.strip_prefix(SIP_HEADER)?), party(values.first()?)))
        });
        Ok(Self {
            call: form.call()?,
            account: form.account()?,
            from: Caller::of(form.get("From")?.unwrap_or_default()),
            to: party(form.need("To")?),
            status: form.get("CallStatus")?.and_then(|word| word.parse().ok()),
            direction: match form.get("Direction")? {
                Some("outbound-api" | "outbound-dial") => Direction::Outbound,
                _ => Direction::Inbound,
            },
            forwarded_from: form.get("ForwardedFrom")?.map(party),
            caller_name: form.get("CallerName")?.map(party),
            verified: form.get("StirVerstat")?.map(party),
            answered_by: form.get("AnsweredBy")?.map(party),
            sip_headers: headers.collect(),
        })
    }
}

/// Outcome of a `<Dial>`. An unknown word counts as an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialOutcome {
    /// They talked.
    Completed,
    /// The other side was busy.
    Busy,
    /// Nobody answered.
    NoAnswer,
    /// It could not be dialled.
    Failed,
    /// The caller left before the answer.
    Canceled,
    /// It ended in a way that has no name here.
    Ended,
}

impl DialOutcome {
    /// Returns why nobody was reached; none if they talked. `sip_code` is the SIP response code of the other side, if known.
    pub fn failure(self, sip_code: Option<u16>) -> Option<HandoffFailure> {
        Some(match (self, sip_code) {
            (Self::Completed | Self::Ended, _) => return None,
            (Self::Canceled, _) => HandoffFailure::CallerLeft,
            (Self::Busy | Self::NoAnswer, Some(status)) if is_declined(status) => HandoffFailure::Declined,
            (Self::Busy, _) => HandoffFailure::Busy,
            (Self::NoAnswer, _) => HandoffFailure::NoAnswer,
            // An extension's registrar answers so if it knows no phone.
            (Self::Failed, Some(480)) => HandoffFailure::Unregistered,
            (Self::Failed, Some(status)) => {
                HandoffFailure::from_sip(status).unwrap_or(HandoffFailure::Unavailable)
            }
            (Self::Failed, None) => HandoffFailure::Unavailable,
        })
    }
}

/// The end of a `<Dial>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialEnded {
    /// The call of the `<Dial>`.
    pub call: CallSid,
    /// Outcome of the `<Dial>`.
    pub outcome: DialOutcome,
    /// The leg that was dialled.
    pub dialled: Option<CallSid>,
    /// Seconds of conversation.
    pub duration_s: Option<u64>,
    /// Whether they were joined.
    pub bridged: bool,
    /// SIP response code of the other side, as 486.
    pub sip_code: Option<u16>,
}

impl DialEnded {
    /// Returns why nobody was reached; none if they talked.
    pub fn failure(&self) -> Option<HandoffFailure> {
        self.outcome.failure(self.sip_code).filter(|_| !self.bridged)
    }

    /// Reads the webhook.
    ///
    /// # Errors
    /// It names no call.
    pub fn read(form: &FormFields) -> Result<Self, BadForm> {
        Ok(Self {
            call: form.call()?,
            outcome: match form.get("DialCallStatus")? {
                Some("completed") => DialOutcome::Completed,
                Some("busy") => DialOutcome::Busy,
                Some("no-answer") => DialOutcome::NoAnswer,
                Some("failed") => DialOutcome::Failed,
                Some("canceled") => DialOutcome::Canceled,
                _ => DialOutcome::Ended,
            },
            dialled: form.names.dialled.clone(),
            duration_s: form.read_as("DialCallDuration")?,
            bridged: form.says("DialBridged")?,
            sip_code: form.read_as("DialSipResponseCode")?,
        })
    }
}

/// Input of a `<Gather>`.
#[derive(Clone, Debug, PartialEq)]
pub struct Gathered {
    /// The call.
    pub call: CallSid,
    /// The pressed keys; none if there were none.
    pub digits: Option<String>,
    /// The recognized words.
    pub speech: Option<String>,
    /// Confidence of the words, from 0 to 1.
    pub confidence: Option<f64>,
}

impl Gathered {
    /// Reads the webhook.
    ///
    /// # Errors
    /// It names no call, or its confidence isn't a number.
    pub fn read(form: &FormFields) -> Result<Self, BadForm> {
        Ok(Self {
            call: form.call()?,
            digits: form.get("Digits")?.map(party),
            speech: form.get("SpeechResult")?.map(|words| words.trim().to_owned()),
            confidence: form.read_as::<f64>("Confidence")?.filter(|sure| sure.is_finite()),
        })
    }
}

/// Event of a stream, as its status callback reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamEventKind {
    /// The stream began.
    Started,
    /// The stream ended.
    Stopped,
    /// The stream failed, for this reason.
    Failed(String),
    /// Any other event, by its name.
    Other(String),
}

/// The status callback of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamEvent {
    /// The call.
    pub call: CallSid,
    /// The stream.
    pub stream: StreamSid,
    /// The event.
    pub kind: StreamEventKind,
}

impl StreamEvent {
    /// Reads the webhook.
    ///
    /// # Errors
    /// It names no call, no stream or no event.
    pub fn read(form: &FormFields) -> Result<Self, BadForm> {
        let kind = match form.need("StreamEvent")? {
            "stream-started" => StreamEventKind::Started,
            "stream-stopped" => StreamEventKind::Stopped,
            "stream-error" => StreamEventKind::Failed(party(form.get("StreamError")?.unwrap_or_default())),
            other => StreamEventKind::Other(party(other)),
        };
        Ok(Self { call: form.call()?, stream: form.stream()?, kind })
    }
}

/// Status of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordingStatus {
    /// It is running.
    InProgress,
    /// It can be fetched.
    Completed,
    /// There was nothing to record.
    Absent,
    /// It failed.
    Failed,
}

/// The status callback of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingEvent {
    /// The recording.
    pub recording: RecordingSid,
    /// The call, if the recording belongs to one.
    pub call: Option<CallSid>,
    /// Status of the recording.
    pub status: RecordingStatus,
    /// URL of the recording, without the format's extension.
    pub url: Option<String>,
    /// Its length in seconds.
    pub duration_s: Option<u64>,
    /// 1, or 2 if each side has a channel of its own.
    pub channels: Option<u8>,
}

impl RecordingEvent {
    /// Reads the webhook.
    ///
    /// # Errors
    /// It names no recording, or no known status.
    pub fn read(form: &FormFields) -> Result<Self, BadForm> {
        const FIELD: &str = "RecordingStatus";
        let status = match form.need(FIELD)? {
            "in-progress" => RecordingStatus::InProgress,
            "completed" => RecordingStatus::Completed,
            "absent" => RecordingStatus::Absent,
            "failed" => RecordingStatus::Failed,
            _ => return Err(BadForm::Unreadable { field: FIELD }),
        };
        Ok(Self {
            recording: form.recording()?,
            call: form.names.call.clone(),
            status,
            url: form.get("RecordingUrl")?.map(str::to_owned),
            duration_s: form.read_as("RecordingDuration")?,
            channels: form.read_as("RecordingChannels")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dial_that_reached_nobody_has_a_reason() {
        use HandoffFailure::{Busy, CallerLeft, Declined, NoAnswer, Trunk, Unavailable, Unregistered};
        let call = "CA00000000000000000000000000000001";
        let ended = |more: &[(&str, &str)]| {
            let fields = [("CallSid", call)].into_iter().chain(more.iter().copied());
            DialEnded::read(&FormFields::read(fields.collect(), "").unwrap()).unwrap().failure()
        };
        for (status, failure) in [
            ("completed", None),
            ("busy", Some(Busy)),
            ("no-answer", Some(NoAnswer)),
            ("failed", Some(Unavailable)),
            ("canceled", Some(CallerLeft)),
        ] {
            assert_eq!(ended(&[("DialCallStatus", status)]), failure, "{status}");
        }
        for (status, failure) in
            [("402", Trunk), ("403", Trunk), ("480", Unregistered), ("500", Unavailable), ("603", Declined)]
        {
            let ended = ended(&[("DialCallStatus", "failed"), ("DialSipResponseCode", status)]);
            assert_eq!(ended, Some(failure), "{status}");
        }
        for (word, status) in [("busy", "603"), ("no-answer", "607")] {
            let ended = ended(&[("DialCallStatus", word), ("DialSipResponseCode", status)]);
            assert_eq!(ended, Some(Declined), "{word}, {status}");
        }
        assert_eq!(ended(&[("DialCallStatus", "failed"), ("DialBridged", "true")]), None);
        assert_eq!(ended(&[]), None, "an unknown word counts as an end");
    }
}
