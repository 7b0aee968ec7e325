//! Supervisors: people who lead agents and assistants, and hear their calls while they last.

use serde::{Deserialize, Serialize};

use crate::ids::UserId;

/// How a supervisor takes part in a call. They hear everybody in each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SupervisionMode {
    /// Nobody hears them.
    Listen,
    /// The call's agents hear them, the caller does not.
    Whisper,
    /// Caller and agents hear them. The assistant listens meanwhile, and answers nothing.
    Barge,
}

impl SupervisionMode {
    /// Its word, as serde writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Listen => "listen",
            Self::Whisper => "whisper",
            Self::Barge => "barge",
        }
    }
}

/// What a supervisor asks of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "wish", rename_all = "snake_case")]
pub enum SupervisorWish {
    /// To take part in this way, from now on.
    Supervise {
        /// How.
        mode: SupervisionMode,
    },
    /// To have the caller in the place of the assistant, or of the agents.
    TakeOver,
    /// That the assistant knows this when it speaks next. The caller does not hear it.
    Hint {
        /// The supervisor's words.
        text: String,
    },
    /// To take part no more.
    Leave,
}

/// Why a supervisor takes part no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SupervisionEnd {
    /// They have left.
    Left,
    /// They have taken the call over, and are an agent of it.
    TookOver,
    /// Their audio was lost and did not come back, or never came.
    AudioLost,
    /// The call has ended.
    CallEnded,
    /// The server was restarted, and with it their audio went.
    ServerRestarted,
}

/// A supervisor who takes part in a call, as its agents are shown them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Supervising {
    /// Who.
    pub user_id: UserId,
    /// How.
    pub mode: SupervisionMode,
}
