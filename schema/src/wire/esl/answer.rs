//! The answer of a command.

use crate::switch::HandoffFailure;
use crate::wire::peer_words::shown;

/// Output of an API command, or text of a reply. The switch has no uniform mark of success: the requester knows whether
/// [`Bare`](ApiAnswer::Bare) is a success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiAnswer<'a> {
    /// `+OK` and what follows it.
    Ok(&'a str),
    /// `-ERR` (or `-ERROR`) and what follows it, often a hangup cause.
    Failed(&'a str),
    /// `-USAGE` or `USAGE`: the command's arguments weren't understood, or its object is gone.
    Usage(&'a str),
    /// Anything else: `true`, a variable's value, JSON, a table.
    Bare(&'a str),
}

impl<'a> ApiAnswer<'a> {
    /// Reads an answer; surrounding white space is ignored.
    pub fn of(text: &'a str) -> Self {
        let text = text.trim();
        let after = |prefix: &str| {
            let rest = text.strip_prefix(prefix)?;
            Some(rest.strip_prefix(':').unwrap_or(rest).trim_start())
        };
        None.or_else(|| after("+OK").map(Self::Ok))
            .or_else(|| after("-ERROR").or_else(|| after("-ERR")).map(Self::Failed))
            .or_else(|| after("-USAGE").or_else(|| after("USAGE")).map(Self::Usage))
            .unwrap_or(Self::Bare(text))
    }

    /// Returns the result of an originate, from its answer or from the output of its job: the channel that answered, or the
    /// reason why nobody did. Usage means that the dial string wasn't understood; it isn't an answer of the called party.
    ///
    /// # Errors
    /// Nobody was reached.
    pub fn originated(self) -> Result<&'a str, HandoffFailure> {
        match self {
            Self::Ok(channel) => Ok(channel),
            Self::Failed(cause) => Err(HandoffFailure::from_freeswitch(cause)),
            Self::Usage(_) | Self::Bare(_) => Err(HandoffFailure::BadTarget),
        }
    }

    /// Returns the error, if there is one, cut to the length that is shown.
    pub fn failure(self) -> Option<&'a str> {
        match self {
            Self::Failed(text) | Self::Usage(text) => Some(shown(text)),
            Self::Ok(_) | Self::Bare(_) => None,
        }
    }
}

/// Reads the answer to `uuid_exists` and `user_exists`; `None` if it is neither `true` nor `false`.
pub fn yes_or_no(text: &str) -> Option<bool> {
    text.trim().parse().ok()
}
