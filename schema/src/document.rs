//! Callers whom a switch serves by documents that we answer, without sound of ours: Twilio's TwiML. The switch's questions
//! about such a call, and its instructions.

use serde::{Deserialize, Serialize};

use crate::call::HangupCause;
use crate::dial::DialTarget;
use crate::did::Instead;
use crate::ids::EffectId;
use crate::switch::HandoffFailure;

/// Why a caller is not put through to an assistant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TurnedAway {
    /// The number does not take calls of them.
    Blocked,
    /// The business is closed.
    Closed,
    /// There is no room for a call.
    NoCapacity,
    /// The day's spending cap is reached.
    DailyCap,
}

impl TurnedAway {
    /// The cause that the call ends with.
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
    /// The caller is not put through: what do they get?
    TurnedAway {
        /// Why not.
        why: TurnedAway,
        /// Treatment by the number.
        instead: Instead,
    },
    /// The caller is to be talked with turn by turn: what do they hear first?
    Begun,
    /// A turn of the caller; neither where nothing was heard.
    Heard {
        /// The keys that they pressed, as the switch wrote them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        keys: Option<String>,
        /// Their words, as the switch understood them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<String>,
    },
    /// The caller is to be connected with this extension: with whom is that?
    Transfer {
        /// Its name or its number, as it was asked for.
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
    /// Not to answer the call.
    Reject {
        /// The caller hears that it is busy; else that nobody is there.
        busy: bool,
    },
    /// To say these words, and end the call.
    Say {
        /// The words.
        text: String,
        /// The same words by their languages; none in a journal of a version that knew of none.
        #[serde(default)]
        passages: Vec<Passage>,
    },
    /// To say these words, and record what the caller says then.
    Record {
        /// The words.
        text: String,
        /// The same words by their languages; none in a journal of a version that knew of none.
        #[serde(default)]
        passages: Vec<Passage>,
    },
    /// To say these words, and report the caller's reaction.
    Ask {
        /// The words.
        text: String,
        /// The same words by their languages; none in a journal of a version that knew of none.
        #[serde(default)]
        passages: Vec<Passage>,
        /// The language that the caller speaks, as `en`.
        language: String,
        /// One key is an answer: further ones are not waited for.
        one_key: bool,
    },
    /// To say these words, and ask who is behind this extension.
    Transfer {
        /// The words.
        text: String,
        /// The same words by their languages; none in a journal of a version that knew of none.
        #[serde(default)]
        passages: Vec<Passage>,
        /// Its name.
        extension: String,
    },
    /// To dial somebody, and report the result.
    Dial {
        /// The party.
        target: DialTarget,
    },
    /// To lead the caller into the room where the person of a hand-off comes to them.
    Room {
        /// The hand-off.
        handoff: EffectId,
    },
    /// To bring the caller to the assistant.
    Stream,
    /// To end the call.
    HangUp,
}
