//! A FreeSWITCH in a plan: how it carries sound, the telephones that it rings, and what happens over it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A FreeSWITCH.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwitchPlan {
    /// How the sound of its calls comes.
    pub audio: SwitchAudio,
    /// Telephones of people to whom callers can be handed, the extensions `phone0`, `phone1` and so on.
    pub phones: Vec<PhonePlan>,
}

/// How the sound of a FreeSWITCH's calls comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SwitchAudio {
    /// By the community's `mod_audio_stream`.
    Websocket,
    /// By the core's `unicast`.
    Unicast,
}

/// Behaviour of a telephone that a FreeSWITCH rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phone", rename_all = "snake_case")]
pub enum PhonePlan {
    /// It is answered.
    Answers {
        /// Time that it rings, in ms.
        after_ms: u64,
        /// When it hangs up by itself, in ms from the answer; never where none is said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        leaves_after_ms: Option<u64>,
    },
    /// It is in a call.
    Busy,
    /// It declines.
    Declines,
    /// It rings until somebody gives up.
    Rings,
    /// It is registered, and does not answer the network.
    Dead,
}

/// The way of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderRoute {
    /// The HTTP API.
    Http,
    /// The control socket.
    ControlSocket,
}

/// The first number of people who are called, as callers have numbers: whoever is called by an order has the order's number behind it.
pub const CALLED: u32 = 1_160;

/// Something that happens at a FreeSWITCH, or over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum SwitchAct {
    /// A program has a caller joined with who answers a telephone. The server joins callers of AudioSocket, with sound that the switch
    /// carries.
    RingsPhone {
        /// The caller.
        caller: u32,
        /// The telephone's index.
        phone: usize,
    },
    /// A program of the first organization has somebody called.
    Orders {
        /// The order's number; no other order of the world has it.
        order: u32,
        /// The way of the order.
        over: OrderRoute,
        /// It is sent twice, under one key.
        is_repeated: bool,
        /// The telephone that is called.
        phone: PhonePlan,
        /// A mailbox answers: the order wants no such, or leaves it a message.
        is_mailbox: bool,
        /// A mailbox is left a message behind its tone.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        leaves_message: bool,
    },
    /// The server's connection to the switch, by which all its calls are looked at, is reset.
    LinkBreaks,
    /// Nothing gets through on it for a while.
    LinkStalls {
        /// Duration, in ms.
        ms: u64,
    },
    /// Words of the switch on its control connections come late for a while.
    RepliesLate {
        /// So late, in ms.
        by_ms: u64,
        /// Duration, in ms.
        ms: u64,
    },
    /// Its process is killed, and is started again.
    Leaves {
        /// Time until it is back, in ms.
        ms: u64,
    },
    /// It is taken down in order, and is back at once.
    IsRestarted,
    /// The control connection of a caller's call is reset.
    ControlBreaks {
        /// The caller.
        caller: u32,
    },
    /// Nothing gets through on it for a while.
    ControlStalls {
        /// The caller.
        caller: u32,
        /// Duration, in ms.
        ms: u64,
    },
    /// The audio stream of a caller's call is reset; `unicast` has none.
    AudioBreaks {
        /// The caller.
        caller: u32,
    },
    /// Nothing gets through on it for a while.
    AudioStalls {
        /// The caller.
        caller: u32,
        /// Duration, in ms.
        ms: u64,
    },
}

impl SwitchAct {
    /// The caller whom it is about.
    #[must_use]
    pub fn caller(self) -> Option<u32> {
        match self {
            Self::RingsPhone { caller, .. }
            | Self::ControlBreaks { caller }
            | Self::ControlStalls { caller, .. }
            | Self::AudioBreaks { caller }
            | Self::AudioStalls { caller, .. } => Some(caller),
            Self::Orders { .. }
            | Self::LinkBreaks
            | Self::LinkStalls { .. }
            | Self::RepliesLate { .. }
            | Self::Leaves { .. }
            | Self::IsRestarted => None,
        }
    }

    /// Whether something goes wrong.
    #[must_use]
    pub fn is_trouble(self) -> bool {
        !matches!(self, Self::RingsPhone { .. } | Self::Orders { .. })
    }
}

/// In a line.
impl fmt::Display for SwitchPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a FreeSWITCH with {:?} and the telephones {:?}", self.audio, self.phones)
    }
}
