//! Callers whom a switch serves by documents that we answer, without audio of ours: Twilio's TwiML. The switch's questions about
//! such a call, and the instructions that it gets.

use serde::{Deserialize, Serialize};

use crate::call::HangupCause;
use crate::dial::DialTarget;
use crate::did::Instead;
use crate::ids::EffectId;
use crate::switch::HandoffFailure;

/// Why a caller is not connected with an assistant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TurnedAway {
    /// The number does not accept calls from this caller.
    Blocked,
    /// The business is closed.
    Closed,
    /// There is no capacity for the call.
    NoCapacity,
    /// The day's spending cap is reached.
    DailyCap,
}

impl TurnedAway {
    /// Returns the cause that the call ends with.
    pub fn cause(self) -> HangupCause {
        match self {
            Self::Blocked => HangupCause::blocked(),
            Self::Closed => HangupCause::closed(),
            Self::NoCapacity => HangupCause::no_capacity(),
            Self::DailyCap => HangupCause::daily_cap(),
        }
    }
}

/// A switch's question about a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum DocumentQuestion {
    /// The caller is not connected: what do they get?
    TurnedAway {
        /// The reason.
        why: TurnedAway,
        /// What the number is set to do instead.
        instead: Instead,
    },
    /// A conversation in turns begins: what does the caller hear first?
    Begun,
    /// A turn of the caller; both fields are none if nothing was heard.
    Heard {
        /// The keys that they pressed, as the switch wrote them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        keys: Option<String>,
        /// Their words, as the switch understood them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<String>,
    },
    /// The caller is to be connected with this extension: whom does the switch dial?
    Transfer {
        /// Its name or its number, as it was requested.
        extension: String,
    },
    /// Dialling has ended: what now?
    Dialled {
        /// Why nobody was reached; none if they talked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failure: Option<HandoffFailure>,
    },
    /// The caller's message was recorded: what now?
    Recorded,
}

/// Words that a switch says, in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Passage {
    /// The words.
    pub text: String,
    /// BCP 47 tag of the language that they are in, as `de`.
    pub language: String,
}

/// Instructions to a switch for a caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DocumentStep {
    /// Reject the call.
    Reject {
        /// Whether the caller hears busy; otherwise they hear that nobody is there.
        busy: bool,
    },
    /// Say these words, and end the call.
    Say {
        /// The words.
        text: String,
        /// The same words by language; empty in a journal of an older version.
        #[serde(default)]
        passages: Vec<Passage>,
    },
    /// Say these words, then record what the caller says.
    Record {
        /// The words.
        text: String,
        /// The same words by language; empty in a journal of an older version.
        #[serde(default)]
        passages: Vec<Passage>,
    },
    /// Say these words, and report the caller's response.
    Ask {
        /// The words.
        text: String,
        /// The same words by language; empty in a journal of an older version.
        #[serde(default)]
        passages: Vec<Passage>,
        /// The language that the caller speaks, such as `en`.
        language: String,
        /// Whether one key is a complete answer: no further keys are awaited.
        one_key: bool,
    },
    /// Say these words, then ask whom to dial for this extension.
    Transfer {
        /// The words.
        text: String,
        /// The same words by language; empty in a journal of an older version.
        #[serde(default)]
        passages: Vec<Passage>,
        /// Its name.
        extension: String,
    },
    /// Dial a party, and report the result.
    Dial {
        /// The party.
        target: DialTarget,
    },
    /// Connect the caller with the room in which the person of a hand-off joins them.
    Room {
        /// The hand-off.
        handoff: EffectId,
    },
    /// Connect the caller with the assistant.
    Stream,
    /// End the call.
    HangUp,
}
