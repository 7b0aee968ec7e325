//! Whether a person can be reached at an extension: three requests, and what their answers mean together.
//!
//! A registration alone says little: a phone in a call has one, and an unknown user and a user without a phone give the same
//! answer. So the directory, the registrations and the channels are requested, all at once.

use cordboard_schema::switch::{ExtensionChecked, ExtensionState};
use cordboard_schema::wire::esl::{
    ApiCommand, BadValue, EslWord, LiveChannel, Registration, live_channels, yes_or_no,
};

/// Subject of a request, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// Whether the directory has the user.
    User,
    /// Whether a phone is registered.
    Phone,
    /// Whether it is in a call.
    Channels,
}

/// State of the check of an extension.
#[derive(Debug)]
pub(super) struct Inquiry {
    user: EslWord,
    domain: EslWord,
    /// `user@domain`.
    address: EslWord,
    exists: Option<bool>,
    is_registered: Option<bool>,
    is_in_call: Option<bool>,
}

/// The meaning of an answer for the check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// Other answers are needed.
    Open,
    /// The state is known.
    Found(ExtensionChecked),
    /// The switch's answer can't be used.
    Unreadable,
}

impl Inquiry {
    /// Starts a check of `user` at `domain`.
    ///
    /// # Errors
    /// One of them can't be in a command.
    pub(super) fn new(user: &str, domain: &str) -> Result<Self, BadValue> {
        let address = EslWord::new(format!("{user}@{domain}"))?;
        let (user, domain) = (EslWord::new(user)?, EslWord::new(domain)?);
        Ok(Self { user, domain, address, exists: None, is_registered: None, is_in_call: None })
    }

    /// Returns the requests.
    pub(super) fn questions(&self) -> [(About, ApiCommand); 3] {
        let Self { user, domain, address, .. } = self;
        let exists = ApiCommand::UserExists { user: user.clone(), domain: domain.clone() };
        let contact = ApiCommand::SofiaContact { address: address.clone() };
        [(About::User, exists), (About::Phone, contact), (About::Channels, ApiCommand::ShowChannels)]
    }

    /// Handles an answer.
    pub(super) fn answered(&mut self, about: About, text: &str) -> Finding {
        let is_understood = match about {
            About::User => {
                self.exists = yes_or_no(text);
                self.exists.is_some()
            }
            About::Phone => {
                let registration = Registration::of(text);
                self.is_registered = registration.map(|found| found != Registration::Unregistered);
                self.is_registered.is_some()
            }
            About::Channels => {
                let channels = live_channels(text).ok();
                let is_its_own = |channel: &LiveChannel| is_of(channel, self.address.as_str());
                self.is_in_call = channels.map(|channels| channels.iter().any(is_its_own));
                self.is_in_call.is_some()
            }
        };
        if is_understood { self.finding() } else { Finding::Unreadable }
    }

    fn finding(&self) -> Finding {
        let (state, found_by) = match (self.exists, self.is_registered, self.is_in_call) {
            (Some(false), _, _) => (ExtensionState::Unknown, "user_exists"),
            (Some(true), Some(false), _) => (ExtensionState::Unregistered, "user_exists, sofia_contact"),
            (Some(true), Some(true), Some(is_in_call)) => {
                let state = if is_in_call { ExtensionState::InCall } else { ExtensionState::Registered };
                (state, "user_exists, sofia_contact, show channels")
            }
            _ => return Finding::Open,
        };
        Finding::Found(ExtensionChecked { state, found_by: found_by.to_owned() })
    }
}

/// Returns whether the channel is that of `address`. A channel that was called has it as `presence_id`, one that called has it as
/// its name. FreeSWITCH could list channels `like` it, but that does not compare `presence_id`, and a called phone is named by its
/// registration.
fn is_of(channel: &LiveChannel, address: &str) -> bool {
    let name = channel.name.rsplit('/').next().unwrap_or_default();
    let name = name.rsplit_once(':').map_or(name, |(name, _port)| name);
    channel.presence_id == address || name == address
}
