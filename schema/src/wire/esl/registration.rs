//! Whether a phone is there.

/// The answer to `sofia_contact`. It is about the registration only: a phone in a call is registered, and one that died is
/// until its registration runs out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registration {
    /// It is, at these addresses.
    Registered {
        /// Dial strings of FreeSWITCH, as `sofia/internal/sip:1002@192.0.2.7:5060`.
        contacts: Vec<String>,
    },
    /// It is not; the user may be unknown as well.
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
