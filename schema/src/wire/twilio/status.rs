//! A call's status, and the order of its callbacks.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{BadForm, CallSid, FormFields};

/// Status of a Twilio call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallStatus {
    /// Waits for its turn to be dialled.
    Queued,
    /// Is being dialled.
    Initiated,
    /// Rings.
    Ringing,
    /// Answered.
    InProgress,
    /// Answered, and over.
    Completed,
    /// The other side was busy.
    Busy,
    /// Could not be made, or was lost.
    Failed,
    /// Nobody answered.
    NoAnswer,
    /// Ended by us before it was answered.
    Canceled,
}

/// A word that is no status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the call's status is none that is known")]
pub struct UnknownStatus;

impl CallStatus {
    /// Every status, in the order in which a call may pass them.
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

    /// The word that Twilio uses.
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

    /// Rank of the call's progress, for callbacks that carry no number.
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
    /// The leg of which it is one, if it is one that was dialled for another.
    pub parent: Option<CallSid>,
    /// Status of the call.
    pub status: CallStatus,
    /// Its place among the callbacks of the call, from 0.
    pub sequence: Option<u64>,
    /// Seconds that the call had been answered for, if it is over.
    pub duration_s: Option<u64>,
    /// SIP response code of the far side, as 486.
    pub sip_code: Option<u16>,
    /// Twilio's own number for what went wrong.
    pub error_code: Option<u32>,
    /// The party that answered, if detection was asked for: `human`, `machine_start`, `fax`, `unknown` and others.
    pub answered_by: Option<String>,
}

impl StatusEvent {
    /// Reads the webhook.
    ///
    /// # Errors
    /// It names no call, or no status that is known.
    pub fn read(told: &FormFields) -> Result<Self, BadForm> {
        Ok(Self {
            call: told.call()?,
            parent: told.names.parent.clone(),
            status: told.must("CallStatus")?,
            sequence: told.read_as("SequenceNumber")?,
            duration_s: told.read_as("CallDuration")?,
            sip_code: told.read_as("SipResponseCode")?,
            error_code: told.read_as("ErrorCode")?,
            answered_by: told.get("AnsweredBy")?.map(str::to_owned),
        })
    }
}

/// Filter for new callbacks of one call: they come late, twice, and in any order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StatusOrder {
    newest: Option<(CallStatus, Option<u64>)>,
}

impl StatusOrder {
    /// The newest status.
    pub fn newest(self) -> Option<CallStatus> {
        self.newest.map(|(status, _)| status)
    }

    /// Takes a callback; false if it is none of the newest state: after the end, older than the known one, or a repetition. The
    /// end is taken whatever its number.
    pub fn takes(&mut self, status: CallStatus, sequence: Option<u64>) -> bool {
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
    fn callbacks_out_of_order_and_repeated_tell_each_news_once() {
        let mut order = StatusOrder::default();
        assert!(order.takes(CallStatus::Ringing, Some(1)));
        assert!(!order.takes(CallStatus::Initiated, Some(0)), "it is older");
        assert!(!order.takes(CallStatus::Ringing, Some(1)), "it is known");
        assert!(order.takes(CallStatus::InProgress, Some(2)));
        assert!(order.takes(CallStatus::Completed, Some(3)));
        assert!(!order.takes(CallStatus::InProgress, Some(4)), "the call is over");
        assert!(!order.takes(CallStatus::Completed, Some(3)));
        assert_eq!(order.newest(), Some(CallStatus::Completed));
    }

    #[test]
    fn without_numbers_a_call_only_goes_on() {
        let mut order = StatusOrder::default();
        assert!(order.takes(CallStatus::InProgress, None));
        assert!(!order.takes(CallStatus::Ringing, Some(9)));
        assert!(order.takes(CallStatus::Failed, None));
        let all = [CallStatus::Queued, CallStatus::Initiated, CallStatus::Ringing, CallStatus::InProgress];
        for (at, known) in all.into_iter().enumerate() {
            for (other_at, other) in all.into_iter().enumerate() {
                let mut order = StatusOrder::default();
                order.takes(known, None);
                assert_eq!(
                    order.takes(other, None),
                    other_at > at,
                    "{} behind {}",
                    other.as_str(),
                    known.as_str()
                );
            }
        }
    }

    #[test]
    fn a_number_says_more_than_a_word() {
        let mut order = StatusOrder::default();
        assert!(order.takes(CallStatus::Ringing, Some(5)));
        assert!(!order.takes(CallStatus::InProgress, Some(4)));
        assert!(order.takes(CallStatus::Initiated, Some(6)));
    }
}
