//! People who can be called, and how their telephones behave.

use std::time::Duration;

/// Whether the switch knows where an extension's telephone is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// It is registered.
    Registered,
    /// The extension exists, but its telephone is not registered.
    Unregistered,
}

/// How a telephone behaves when it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phone {
    /// It rings and is answered.
    Answers {
        /// How long it rings.
        after: Duration,
        /// When it hangs up by itself, counted from the answer.
        hangs_up_after: Option<Duration>,
    },
    /// The network plays something before the call is answered, such as an announcement.
    Announces {
        /// How long the announcement lasts.
        after: Duration,
    },
    /// 486.
    Busy,
    /// 603.
    Declines,
    /// 404.
    NotFound,
    /// It rings until the caller gives up.
    Rings,
    /// It sends 100 and nothing more.
    Silent,
    /// It died and is still registered: nothing reads its port.
    Dead,
}

impl Phone {
    /// How an unanswered call to it ends: the cause, DIALSTATUS, and the SIP answer.
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

/// Whether anything was called at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialled {
    /// There was a leg.
    Leg,
    /// The failure was clear before.
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
    /// The failure of a leg.
    pub(super) fn new(cause: &str, status: &str, sip: Option<&'static str>) -> Self {
        Self { cause: cause.to_owned(), status: status.to_owned(), sip, dialled: Dialled::Leg }
    }

    /// A failure that is clear before anything is called; DIALSTATUS is the cause itself.
    pub(super) fn plain(cause: &str) -> Self {
        Self { dialled: Dialled::Nobody, ..Self::new(cause, cause, None) }
    }
}

/// An extension in the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// Its number: `1002`.
    pub number: String,
    /// Whether its telephone is registered.
    pub registration: Registration,
    /// How its telephone behaves.
    pub phone: Phone,
    /// Channel variables of its leg, as an application sets them that runs on the answer.
    pub variables: Vec<(String, String)>,
}

impl Extension {
    /// A registered extension that answers after 300 ms and stays.
    #[must_use]
    pub fn new(number: &str) -> Self {
        Self {
            number: number.to_owned(),
            registration: Registration::Registered,
            phone: Phone::Answers { after: Duration::from_millis(300), hangs_up_after: None },
            variables: Vec::new(),
        }
    }

    /// Adds a variable to its leg.
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

    /// Sets how its telephone behaves.
    #[must_use]
    pub fn phone(mut self, phone: Phone) -> Self {
        self.phone = phone;
        self
    }

    /// Its telephone answers after this time, and stays.
    #[must_use]
    pub fn answers_after(self, after: Duration) -> Self {
        self.phone(Phone::Answers { after, hangs_up_after: None })
    }

    /// The UDP port of its telephone, as contacts show it.
    pub(super) fn port(&self) -> u32 {
        5080 + self.number.parse::<u32>().unwrap_or(0) % 100
    }
}
