//! A FreeSWITCH in a plan: how it carries sound, the telephones that it rings, and what happens at it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A FreeSWITCH.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwitchPlan {
    /// How it carries the sound of calls.
    pub audio: SwitchAudio,
    /// Telephones to which callers can be handed off, with the extensions `phone0`, `phone1` and so on.
    pub phones: Vec<PhonePlan>,
}

/// How a FreeSWITCH carries the sound of calls.
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
        /// When it hangs up, in ms from the answer; never if none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        leaves_after_ms: Option<u64>,
    },
    /// It is in a call.
    Busy,
    /// It declines.
    Declines,
    /// It rings until the ringing is given up.
    Rings,
    /// It is registered, but does not answer the network.
    Dead,
}

/// How an order is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderRoute {
    /// The HTTP API.
    Http,
    /// The control socket.
    ControlSocket,
}

/// The first number of called parties. They have numbers as callers do: this number plus the order's number.
pub const CALLED: u32 = 1_160;

/// An event at or over a FreeSWITCH.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum SwitchAct {
    /// A program has a caller joined with the party who answers a telephone. The server joins AudioSocket callers itself, with sound that the switch
    /// carries.
    RingsPhone {
        /// The caller.
        caller: u32,
        /// The telephone's index.
        phone: usize,
    },
    /// A program of the first organization orders a call.
    Orders {
        /// The order's number, unique in the world.
        order: u32,
        /// How the order is sent.
        over: OrderRoute,
        /// Whether it is sent twice, under one key.
        is_repeated: bool,
        /// The telephone that is called.
        phone: PhonePlan,
        /// Whether a mailbox answers: the order refuses mailboxes, or leaves a message.
        is_mailbox: bool,
        /// Whether a message is left after the mailbox's beep.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        leaves_message: bool,
    },
    /// The server's connection to the switch, over which it monitors all its calls, is reset.
    LinkBreaks,
    /// Nothing gets through on this connection for a while.
    LinkStalls {
        /// Duration, in ms.
        ms: u64,
    },
    /// The switch's messages on its control connections are late for a while.
    RepliesLate {
        /// Delay, in ms.
        by_ms: u64,
        /// Duration, in ms.
        ms: u64,
    },
    /// Its process is killed, and started again.
    Leaves {
        /// Time until it is back, in ms.
        ms: u64,
    },
    /// It is shut down in order, and back at once.
    IsRestarted,
    /// The control connection of a caller's call is reset.
    ControlBreaks {
        /// The caller.
        caller: u32,
    },
    /// Nothing gets through on the control connection of a caller's call for a while.
    ControlStalls {
        /// The caller.
        caller: u32,
        /// Duration, in ms.
        ms: u64,
    },
    /// The audio stream of a caller's call is reset; `unicast` has no stream.
    AudioBreaks {
        /// The caller.
        caller: u32,
    },
    /// Nothing gets through on the audio stream of a caller's call for a while.
    AudioStalls {
        /// The caller.
        caller: u32,
        /// Duration, in ms.
        ms: u64,
    },
}

impl SwitchAct {
    /// Returns the caller concerned.
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

    /// Whether it is trouble.
    #[must_use]
    pub fn is_trouble(self) -> bool {
        !matches!(self, Self::RingsPhone { .. } | Self::Orders { .. })
    }
}

/// One line.
impl fmt::Display for SwitchPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a FreeSWITCH with {:?} and the telephones {:?}", self.audio, self.phones)
    }
}
