//! Whether a phone is registered.

/// The answer to `sofia_contact`. It is about the registration only: a phone in a call is registered, and a dead phone is
/// registered until its registration expires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registration {
    /// The phone is registered at these addresses.
    Registered {
        /// Dial strings of FreeSWITCH, as `sofia/internal/sip:1002@192.0.2.7:5060`.
        contacts: Vec<String>,
    },
    /// The phone isn't registered, or its user is unknown.
    Unregistered,
}

impl Registration {
    /// Reads the answer; `None` if it is neither.
    pub fn of(text: &str) -> Option<Self> {
        match text.trim() {
            "error/user_not_registered" => Some(Self::Unregistered),
            contacts if contacts.starts_with("sofia/") => {
                let contacts = contacts.split(',').map(str::to_owned).collect();
                Some(Self::Registered { contacts })
            }
            _ => None,
        }
    }
}
