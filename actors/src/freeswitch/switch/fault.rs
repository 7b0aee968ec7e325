//! Why a switch can't be reached, in words that tell an operator what to do.

use cordboard_schema::wire::esl::EslError;

/// Why there is no connection to a switch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LinkFault {
    /// The first try is under way.
    #[error("not connected yet")]
    NotYet,
    /// No connection.
    #[error("it can't be reached ({0}): is FreeSWITCH up, and does its `mod_event_socket` listen there?")]
    Unreachable(String),
    /// Nothing answered the connection, or the one that answered said nothing.
    #[error("it did not answer in {0} ms: is a firewall between, or another program on that port?")]
    Silent(u64),
    /// The password is another one.
    #[error(
        "it refused the password: set `freeswitch.servers.NAME.password` to the one of its `event_socket.conf.xml`"
    )]
    WrongPassword,
    /// Our address is not in its list.
    #[error(
        "it refused our address ({0}): add it to the list that `apply-inbound-acl` of its `event_socket.conf.xml` names"
    )]
    NotAdmitted(String),
    /// What it sends is not understood.
    #[error("{0}")]
    Garbled(#[from] EslError),
    /// It leaves a question unanswered.
    #[error("it left a question unanswered for {0} ms")]
    NoAnswer(u64),
    /// It takes nothing any more.
    #[error("it does not take what is sent to it")]
    Stuck,
    /// It has ended the connection, in these words.
    #[error("it ended the connection: {0}")]
    Ended(String),
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// What looks after the connection died, and begins anew.
    #[error("its actor died and begins anew")]
    ActorDied,
}

/// When it is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Retry {
    /// Now: nothing speaks against it.
    AtOnce,
    /// As soon as a switch that starts anew may be there.
    Soon,
    /// Late: only a person can change it, and a switch that is asked again and again locks us out.
    Late,
}

impl LinkFault {
    pub(super) const fn retry(&self) -> Retry {
        match self {
            Self::WrongPassword | Self::NotAdmitted(_) => Retry::Late,
            Self::ActorDied | Self::NotYet => Retry::AtOnce,
            _ => Retry::Soon,
        }
    }
}
