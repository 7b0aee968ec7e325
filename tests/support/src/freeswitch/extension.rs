//! People who can be called, and what their telephones do.

use std::time::Duration;

/// Whether the switch knows where an extension's telephone is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// It is registered.
    Registered,
    /// The extension exists, its telephone is not registered.
    Unregistered,
}

/// Behaviour of a telephone when it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phone {
    /// It rings and is answered.
    Answers {
        /// How long it rings.
        after: Duration,
        /// When it hangs up by itself, counted from the answer.
        hangs_up_after: Option<Duration>,
    },
    /// The network plays something before it is answered, as an announcement.
    Announces {
        /// How long it does.
        after: Duration,
    },
    /// 486.
    Busy,
    /// 603.
    Declines,
    /// 404.
    NotFound,
    /// It rings until somebody gives up.
    Rings,
    /// It says 100 and nothing more.
    Silent,
    /// It died and is still registered: nobody reads its port.
    Dead,
}

impl Phone {
    /// How a call to it ends that is not answered: the cause, DIALSTATUS, and the SIP answer.
    pub(super) fn failure(self) -> Option<Failure> {
        match self {
            Self::Busy => Some(Failure::new("USER_BUSY", "BUSY", Some("sip:486"))),
            Self::Declines => Some(Failure::new("CALL_REJECTED", "DONTCALL", Some("sip:603"))),
            Self::NotFound => Some(Failure::new("UNALLOCATED_NUMBER", "UNALLOCATED_NUMBER", Some("sip:404"))),
            Self::Dead => {
                Some(Failure::new("NORMAL_TEMPORARY_FAILURE", "NORMAL_TEMPORARY_FAILURE", Some("sip:503")))
            }
            Self::Answers { .. } | Self::Announces { .. } | Self::Rings | Self::Silent => None,
        }
    }
}

/// Whether somebody was called at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialled {
    /// There was a leg.
    Leg,
    /// It was clear before.
    Nobody,
}

/// Why nobody answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// `originate_disposition`.
    pub(super) cause: String,
    /// `DIALSTATUS`.
    pub(super) status: String,
    /// `last_bridge_proto_specific_hangup_cause`.
    pub(super) sip: Option<&'static str>,
    pub(super) dialled: Dialled,
}

impl Failure {
    /// Failure of a leg.
    pub(super) fn new(cause: &str, status: &str, sip: Option<&'static str>) -> Self {
        Self { cause: cause.to_owned(), status: status.to_owned(), sip, dialled: Dialled::Leg }
    }

    /// One that is clear before anybody is called; DIALSTATUS is the cause itself.
    pub(super) fn plain(cause: &str) -> Self {
        Self { dialled: Dialled::Nobody, ..Self::new(cause, cause, None) }
    }
}

/// An extension of the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// Its number: `1002`.
    pub number: String,
    /// Whether its telephone is registered.
    pub registration: Registration,
    /// Behaviour of its telephone.
    pub phone: Phone,
    /// Channel variables of its leg, as an application that runs on the answer leaves them.
    pub variables: Vec<(String, String)>,
}

impl Extension {
    /// A registered one that answers after 300 ms and stays.
    #[must_use]
    pub fn new(number: &str) -> Self {
        Self {
            number: number.to_owned(),
            registration: Registration::Registered,
            phone: Phone::Answers { after: Duration::from_millis(300), hangs_up_after: None },
            variables: Vec::new(),
        }
    }

    /// Its leg has one more variable.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Its telephone is not registered.
    #[must_use]
    pub fn unregistered(mut self) -> Self {
        self.registration = Registration::Unregistered;
        self
    }

    /// Its telephone does this.
    #[must_use]
    pub fn phone(mut self, phone: Phone) -> Self {
        self.phone = phone;
        self
    }

    /// It is answered after so long, and stays.
    #[must_use]
    pub fn answers_after(self, after: Duration) -> Self {
        self.phone(Phone::Answers { after, hangs_up_after: None })
    }

    /// The UDP port of its telephone, as contacts show it.
    pub(super) fn port(&self) -> u32 {
        5080 + self.number.parse::<u32>().unwrap_or(0) % 100
    }
}
