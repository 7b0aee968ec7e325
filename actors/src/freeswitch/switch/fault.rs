//! Why a switch can't be reached, in words that tell an operator what to do.

use crate::switches::{Fault, Retry, WireFault};

/// Why there is no connection to a switch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LinkFault {
    /// The first try is under way.
    #[error("not connected yet")]
    NotYet,
    /// No connection could be made.
    #[error("it can't be reached ({0}): is FreeSWITCH up, and does its `mod_event_socket` listen there?")]
    Unreachable(String),
    /// There was no answer to the connection, or no greeting.
    #[error("it did not answer in {0} ms: is there a firewall in between, or another program on that port?")]
    Silent(u64),
    /// The password is wrong.
    #[error(
        "it refused the password: set `freeswitch.servers.NAME.password` to the one of its `event_socket.conf.xml`"
    )]
    WrongPassword,
    /// Our address is not in its list.
    #[error(
        "it refused our address ({0}): add it to the list that `apply-inbound-acl` of its `event_socket.conf.xml` names"
    )]
    NotAdmitted(String),
    /// Its messages can't be decoded.
    #[error("{0}")]
    Garbled(String),
    /// It leaves a request unanswered.
    #[error("it left a command unanswered for {0} ms")]
    NoAnswer(u64),
    /// It has stopped reading.
    #[error("it has stopped reading")]
    Stuck,
    /// It closed the connection, for this reason.
    #[error("it closed the connection: {0}")]
    Ended(String),
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// The actor that runs the connection died, and another one starts.
    #[error("its actor died and is restarted")]
    ActorDied,
}

impl Fault for LinkFault {
    fn retry(&self) -> Retry {
        match self {
            Self::WrongPassword | Self::NotAdmitted(_) => Retry::Late,
            Self::ActorDied | Self::NotYet => Retry::AtOnce,
            _ => Retry::Soon,
        }
    }
}

impl From<WireFault> for LinkFault {
    fn from(fault: WireFault) -> Self {
        match fault {
            WireFault::Unreachable(why) => Self::Unreachable(why),
            WireFault::Garbled(why) => Self::Garbled(why),
            WireFault::Ended => Self::Ended("without a reason".to_owned()),
            WireFault::Broken(why) => Self::Broken(why),
            WireFault::Stuck => Self::Stuck,
            WireFault::ActorDied => Self::ActorDied,
        }
    }
}
