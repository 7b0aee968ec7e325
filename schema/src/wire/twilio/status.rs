//! A call's status, and the order of its callbacks.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{BadForm, CallSid, FormFields};

/// Status of a Twilio call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallStatus {
    /// Waiting to be dialled.
    Queued,
    /// Being dialled.
    Initiated,
    /// Ringing.
    Ringing,
    /// Answered.
    InProgress,
    /// Over, after it was answered.
    Completed,
    /// The other side was busy.
    Busy,
    /// Couldn't be made, or was lost.
    Failed,
    /// Nobody answered.
    NoAnswer,
    /// Ended by us before it was answered.
    Canceled,
}

/// A word that isn't a known status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the call's status is unknown")]
pub struct UnknownStatus;

impl CallStatus {
    /// All statuses, in the order in which a call may go through them.
    pub const ALL: [Self; 9] = [
        Self::Queued,
        Self::Initiated,
        Self::Ringing,
        Self::InProgress,
        Self::Completed,
        Self::Busy,
        Self::Failed,
        Self::NoAnswer,
        Self::Canceled,
    ];

    /// Returns Twilio's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Initiated => "initiated",
            Self::Ringing => "ringing",
            Self::InProgress => "in-progress",
            Self::Completed => "completed",
            Self::Busy => "busy",
            Self::Failed => "failed",
            Self::NoAnswer => "no-answer",
            Self::Canceled => "canceled",
        }
    }

    /// Whether the call is over: no status follows.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Busy | Self::Failed | Self::NoAnswer | Self::Canceled)
    }

    /// Whether the call goes on and was not answered yet.
    pub const fn is_before_answer(self) -> bool {
        matches!(self, Self::Queued | Self::Initiated | Self::Ringing)
    }

    /// Returns the rank of the call's progress, for callbacks without a number.
    const fn rank(self) -> u64 {
        match self {
            Self::Queued => 0,
            Self::Initiated => 1,
            Self::Ringing => 2,
            Self::InProgress => 3,
            Self::Completed | Self::Busy | Self::Failed | Self::NoAnswer | Self::Canceled => 4,
        }
    }
}

impl FromStr for CallStatus {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or(UnknownStatus)
    }
}

/// A status callback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusEvent {
    /// The call.
    pub call: CallSid,
    /// The call for which this leg was dialled, if it was.
    pub parent: Option<CallSid>,
    /// Status of the call.
    pub status: CallStatus,
    /// Its number among the callbacks of the call, from 0.
    pub sequence: Option<u64>,
    /// Seconds for which the call was answered, if it is over.
    pub duration_s: Option<u64>,
    /// SIP response code of the other side, as 486.
    pub sip_code: Option<u16>,
    /// Twilio's error code.
    pub error_code: Option<u32>,
    /// The party that answered, if detection was requested: `human`, `machine_start`, `fax`, `unknown` and others.
    pub answered_by: Option<String>,
}

impl StatusEvent {
    /// Returns the status of a call, of which nothing else is known.
    pub fn of(call: CallSid, status: CallStatus) -> Self {
        Self {
            call,
            parent: None,
            status,
            sequence: None,
            duration_s: None,
            sip_code: None,
            error_code: None,
            answered_by: None,
        }
    }

    /// Reads the webhook.
    ///
    /// # Errors
    /// It names no call, or no known status.
    pub fn read(form: &FormFields) -> Result<Self, BadForm> {
        Ok(Self {
            call: form.call()?,
            parent: form.names.parent.clone(),
            status: form.must("CallStatus")?,
            sequence: form.read_as("SequenceNumber")?,
            duration_s: form.read_as("CallDuration")?,
            sip_code: form.read_as("SipResponseCode")?,
            error_code: form.read_as("ErrorCode")?,
            answered_by: form.get("AnsweredBy")?.map(str::to_owned),
        })
    }
}

/// Filter for new callbacks of one call: they may come late, twice, and in any order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StatusOrder {
    newest: Option<(CallStatus, Option<u64>)>,
}

impl StatusOrder {
    /// Returns the newest status.
    pub fn newest(self) -> Option<CallStatus> {
        self.newest.map(|(status, _)| status)
    }

    /// Takes a callback and returns whether it is new. A callback isn't new after the end of the call, and if it is older than the
    /// latest one or repeats it. The end is accepted whatever its number.
    pub fn accept(&mut self, status: CallStatus, sequence: Option<u64>) -> bool {
        let news = match self.newest {
            None => true,
            Some((known, _)) if known.is_terminal() => false,
            Some(_) if status.is_terminal() => true,
            Some((known, known_sequence)) => match (known_sequence, sequence) {
                (Some(known), Some(sequence)) => sequence > known,
                _ => status.rank() > known.rank(),
            },
        };
        if news {
            self.newest = Some((status, sequence));
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_word() {
        for status in CallStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(status));
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
        assert_eq!("answered".parse::<CallStatus>(), Err(UnknownStatus));
    }

    #[test]
    fn late_and_repeated_callbacks_report_each_change_once() {
        let mut order = StatusOrder::default();
        assert!(order.accept(CallStatus::Ringing, Some(1)));
        assert!(!order.accept(CallStatus::Initiated, Some(0)), "it is older");
        assert!(!order.accept(CallStatus::Ringing, Some(1)), "it is known");
        assert!(order.accept(CallStatus::InProgress, Some(2)));
        assert!(order.accept(CallStatus::Completed, Some(3)));
        assert!(!order.accept(CallStatus::InProgress, Some(4)), "the call is over");
        assert!(!order.accept(CallStatus::Completed, Some(3)));
        assert_eq!(order.newest(), Some(CallStatus::Completed));
    }

    #[test]
    fn without_numbers_a_call_only_progresses() {
        let mut order = StatusOrder::default();
        assert!(order.accept(CallStatus::InProgress, None));
        assert!(!order.accept(CallStatus::Ringing, Some(9)));
        assert!(order.accept(CallStatus::Failed, None));
        let all = [CallStatus::Queued, CallStatus::Initiated, CallStatus::Ringing, CallStatus::InProgress];
        for (at, known) in all.into_iter().enumerate() {
            for (other_at, other) in all.into_iter().enumerate() {
                let mut order = StatusOrder::default();
                order.accept(known, None);
                assert_eq!(
                    order.accept(other, None),
                    other_at > at,
                    "{} behind {}",
                    other.as_str(),
                    known.as_str()
                );
            }
        }
    }

    #[test]
    fn a_number_takes_precedence_over_a_status() {
        let mut order = StatusOrder::default();
        assert!(order.accept(CallStatus::Ringing, Some(5)));
        assert!(!order.accept(CallStatus::InProgress, Some(4)));
        assert!(order.accept(CallStatus::Initiated, Some(6)));
    }
}
