//! An ICE restart in WHIP's form: a `PATCH` with the peer's new credentials as a piece of SDP (RFC 9725, section 4.3.2; RFC 8840).

use crate::offer::credentials;

/// Why a connection can't be restarted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestartFault {
    /// No such connection is up.
    #[error("there is no such connection any more: begin another one with a new offer")]
    Gone,
    /// The piece is not accepted.
    #[error(
        "the connection does not take these credentials: send a=ice-ufrag and a=ice-pwd of a restart (RFC 8839)"
    )]
    Refused,
}

/// Request of a `PATCH`.
pub(crate) enum Patch {
    /// The peer has new credentials.
    Restart { ufrag: String, password: String },
    /// Candidates of the peer. A server that has only host candidates learns them from incoming checks.
    Candidates,
}

impl Patch {
    /// Parses a piece of SDP from a peer whose current credentials are these.
    pub(crate) fn read(fragment: &str, known_ufrag: &str) -> Result<Self, RestartFault> {
        match credentials(fragment) {
            Some((ufrag, password)) if ufrag != known_ufrag => Ok(Self::Restart { ufrag, password }),
            None if fragment.contains("a=ice-ufrag:") => Err(RestartFault::Refused),
            _ => Ok(Self::Candidates),
        }
    }
}

/// Returns the offer with these credentials instead of its own.
pub(crate) fn with_credentials(offer: &str, ufrag: &str, password: &str) -> String {
    let mut text = String::with_capacity(offer.len());
    for line in offer.lines() {
        let line = line.trim_end();
        if line.starts_with("a=ice-ufrag:") {
            text.push_str("a=ice-ufrag:");
            text.push_str(ufrag);
        } else if line.starts_with("a=ice-pwd:") {
            text.push_str("a=ice-pwd:");
            text.push_str(password);
        } else {
            text.push_str(line);
        }
        text.push_str("\r\n");
    }
    text
}
