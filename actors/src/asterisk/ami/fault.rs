//! Why an Asterisk can't be reached, in words that tell an operator what to do.

use crate::switches::{Fault, Retry, WireFault};

/// Why there is no connection to an Asterisk.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum AmiFault {
    /// The first try is under way.
    #[error("not connected yet")]
    NotYet,
    /// No connection could be made.
    #[error(
        "it can't be reached ({0}): is Asterisk up, and does its `manager.conf` have `enabled = yes` and a `bindaddr` that this machine can reach?"
    )]
    Unreachable(String),
    /// There was no answer to the connection, or no greeting.
    #[error("it did not answer in {0} ms: is there a firewall in between, or another program on that port?")]
    Silent(u64),
    /// The user or the secret is wrong, or our address is not allowed.
    #[error(
        "it refused the user or the secret: set `asterisk.servers.NAME.user` and `.secret` to those of its `manager.conf`, and check `permit` and `deny` there"
    )]
    NotAdmitted,
    /// Its input can't be decoded.
    #[error("{0}")]
    Garbled(String),
    /// It leaves an action unanswered.
    #[error("it left an action unanswered for {0} ms")]
    NoAnswer(u64),
    /// It has stopped reading.
    #[error("it has stopped reading")]
    Stuck,
    /// It is shutting down.
    #[error("Asterisk is shutting down")]
    ShuttingDown,
    /// It closed the connection.
    #[error("it closed the connection")]
    Ended,
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// The actor that runs the connection died, and another one starts.
    #[error("its actor died and is restarted")]
    ActorDied,
}

impl Fault for AmiFault {
    fn retry(&self) -> Retry {
        match self {
            Self::NotAdmitted => Retry::Late,
            Self::ActorDied | Self::NotYet => Retry::AtOnce,
            _ => Retry::Soon,
        }
    }
}

impl From<WireFault> for AmiFault {
    fn from(fault: WireFault) -> Self {
        match fault {
            WireFault::Unreachable(why) => Self::Unreachable(why),
            WireFault::Garbled(why) => Self::Garbled(why),
            WireFault::Ended => Self::Ended,
            WireFault::Broken(why) => Self::Broken(why),
            WireFault::Stuck => Self::Stuck,
            WireFault::ActorDied => Self::ActorDied,
        }
    }
}
