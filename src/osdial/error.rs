//! Why the dialler's database, or a command to its agents, failed. Each text contains the fix.

use std::io::ErrorKind;

use cordboard_schema::limits::{OSDIAL_ANSWER_BYTES_MAX, OSDIAL_ANSWER_ROWS_MAX};
use mysql_async::{DriverError, Error, IoError, ServerError};

use super::text::CannotStore;

/// Maximum characters of the database's message that are repeated.
const SAID_CHARS_MAX: usize = 200;

/// Error of the dialler.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OsdialError {
    /// It did not answer in time.
    #[error(
        "the dialler's database did not answer within {wait_ms} ms: check whether it is overloaded or the connection to it is broken, or raise osdial.timeout_s"
    )]
    TimedOut {
        /// How long we waited.
        wait_ms: u64,
    },
    /// It can't be reached.
    #[error("the dialler's database can't be reached: {0}; start it, or set osdial.database_url to another")]
    Unreachable(String),
    /// The user or the password is wrong.
    #[error(
        "the dialler's database refuses our sign-in: {0}; check user and password in osdial.database_url"
    )]
    NotLetIn(String),
    /// The database does not exist.
    #[error("the dialler's server has no such database: {0}; check the name in osdial.database_url")]
    NoDatabase(String),
    /// A table is missing.
    #[error("a table is missing: {0}; check osdial.table_prefix (vicidial_ for VICIdial)")]
    NoTable(String),
    /// A column is missing, or has another name.
    #[error(
        "a column is missing: {0}; this dialler's schema is not supported: upgrade it to OSdial 3.0 or VICIdial 2.14, or report its version to us"
    )]
    NoColumn(String),
    /// The user lacks a right.
    #[error("the database's user has no right to do this: {said}; have an administrator run {grant}")]
    NoRight {
        /// Message of the database.
        said: String,
        /// The statement that grants the right.
        grant: String,
    },
    /// It is read-only.
    #[error(
        "the dialler's database is read-only ({0}): set osdial.database_url to the one that accepts changes"
    )]
    ReadOnly(String),
    /// It does not support the character set.
    #[error(
        "the dialler's database does not support the character set: {0}; set osdial.charset to latin1 or utf8"
    )]
    NoCharset(String),
    /// Another client holds the rows, and did not release them.
    #[error("the dialler's rows stayed locked: {0}; try again, and check what holds them")]
    Locked(String),
    /// It refused for another reason.
    #[error("the dialler's database refused (error {code}): {said}")]
    Refused {
        /// MySQL's number.
        code: u16,
        /// Its message.
        said: String,
    },
    /// The answer is invalid.
    #[error("an answer of the dialler's database can't be read: {0}")]
    Unreadable(String),
    /// The answer is longer than any dialler's.
    #[error(
        "the dialler's database answered with more than {OSDIAL_ANSWER_ROWS_MAX} rows or {OSDIAL_ANSWER_BYTES_MAX} bytes: check that osdial.database_url names the dialler's own database"
    )]
    TooMuch,
    /// A text that can't be stored.
    #[error(transparent)]
    CannotStore(#[from] CannotStore),
    /// There is no such campaign.
    #[error("the dialler has no campaign {0}")]
    NoCampaign(String),
    /// There is no such remote agent.
    #[error("the dialler has no remote agent whose first user is {0}")]
    NoAgent(String),
    /// There is no such lead.
    #[error("the dialler has no lead {0}")]
    NoLead(u32),
    /// The call is said to be the dialler's, but its tables don't show that a line has it.
    #[error("assistants may not take the dialler's call {key}: {why}")]
    NotGiven {
        /// Its name.
        key: String,
        /// The mismatch.
        why: &'static str,
    },
    /// A call that the dialler's log does not have.
    #[error("the dialler's log has no call {key}: check that its processes run")]
    NotLogged {
        /// Its name.
        key: String,
    },
    /// The remote agent can't be one of ours.
    #[error("{user_start} can't be one of our remote agents: {why}")]
    NotOurs {
        /// Its first user.
        user_start: String,
        /// The reason.
        why: &'static str,
    },
    /// Lines are in a call.
    #[error("these lines are in a call: {}; wait until they are free, nothing was changed", .users.join(", "))]
    InCall {
        /// Their users.
        users: Vec<String>,
    },
    /// Another client has assigned a remote agent to another campaign at the same time.
    #[error(
        "the remote agent of row {remote_agent_id} was changed in the meantime: check it, and try again; nothing was changed"
    )]
    ChangedMeanwhile {
        /// Its row.
        remote_agent_id: u32,
    },
    /// Lines still get calls.
    #[error(
        "these lines are still ready though their agents are inactive: {}; check that the dialler's remote agent process runs, and disable them again", .users.join(", ")
    )]
    StillReady {
        /// Their users.
        users: Vec<String>,
    },
    /// Something failed half way, and could not be undone.
    #[error("{cause}; and these remote agents could not be restored: {}", .left.join(", "))]
    NotUndone {
        /// The failure.
        cause: Box<OsdialError>,
        /// Their names, and the state in which each was left.
        left: Vec<String>,
    },
    /// Its agent API can't be reached, or its answers are not those of the API.
    #[error(
        "the dialler's agent API gives no answer: {0}; check osdial.agent_api_url, and that its web server runs"
    )]
    ApiUnreachable(String),
    /// Its agent API refused.
    #[error("the dialler's agent API refused: {said}; {fix}")]
    ApiRefused {
        /// Its message.
        said: String,
        /// The fix.
        fix: &'static str,
    },
    /// The server is going down.
    #[error("the server is going down")]
    Ending,
}

impl OsdialError {
    /// Converts a driver's error.
    pub(super) fn of(error: &Error) -> Self {
        match error {
            Error::Server(said) => Self::said(said),
            // Bytes that are not a packet, or too large a packet. A failed connection has another kind.
            Error::Io(IoError::Io(fault)) if fault.kind() == ErrorKind::Other => {
                Self::Unreadable(short(&fault.to_string()))
            }
            Error::Io(IoError::Io(fault)) => Self::Unreachable(short(&fault.to_string())),
            Error::Io(fault) => Self::Unreachable(format!("TLS: {}", short(&fault.to_string()))),
            Error::Driver(DriverError::ConnectionClosed | DriverError::PoolDisconnected) => {
                Self::Unreachable("it closed the connection".to_owned())
            }
            Error::Driver(DriverError::CleartextPluginDisabled) => {
                Self::NotLetIn("it asks for the password in clear, which it never gets".to_owned())
            }
            Error::Driver(fault) => Self::Unreadable(short(&fault.to_string())),
            Error::Url(fault) => Self::Unreadable(short(&fault.to_string())),
            Error::Other(fault) => Self::Unreadable(short(&fault.to_string())),
        }
    }

    fn said(error: &ServerError) -> Self {
        let said = short(&error.message);
        match error.code {
            1044 | 1045 | 1698 => Self::NotLetIn(said),
            1049 => Self::NoDatabase(said),
            1146 => Self::NoTable(said),
            1054 => Self::NoColumn(said),
            1142 | 1143 | 1227 => Self::NoRight { grant: grant(&said), said },
            1290 | 1792 | 1836 => Self::ReadOnly(said),
            1115 => Self::NoCharset(said),
            1205 | 1213 => Self::Locked(said),
            // The server goes down, or has closed this connection.
            1053 | 1077 | 1080 | 1152 | 1159 | 1161 | 1927 | 2006 | 2013 | 3169 | 4031 => {
                Self::Unreachable(said)
            }
            code => Self::Refused { code, said },
        }
    }

    /// Whether a part of the answer may still arrive over the connection.
    pub(super) const fn leaves_an_answer(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::TimedOut { .. } | Self::Unreadable(_) | Self::TooMuch)
    }

    /// Whether repeating the statement may succeed now. Our statements can be run twice.
    pub(super) const fn may_be_tried_again(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Locked(_))
    }
}

/// Returns the statement that grants the missing right, from `UPDATE command denied to user 'u'@'h' for table 'db'.'t'`.
fn grant(said: &str) -> String {
    let right = said.split_whitespace().next().unwrap_or("SELECT").trim_end_matches(',');
    let who = between(said, "to user ", " for ").unwrap_or("the user");
    let table =
        said.rsplit_once(" for table ").or_else(|| said.rsplit_once(" in table ")).map(|(_, table)| table);
    let table = table.unwrap_or("the table").replace('\'', "`");
    format!("GRANT {right} ON {table} TO {who}")
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split_once(after).map(|(found, _)| found)
}

/// Returns the beginning of a text, without characters that would break a log line.
pub(super) fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(SAID_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(code: u16, message: &str) -> OsdialError {
        OsdialError::of(&Error::Server(ServerError {
            code,
            message: message.to_owned(),
            state: "HY000".to_owned(),
        }))
    }

    #[test]
    fn a_missing_right_names_the_grant() {
        let said = "UPDATE command denied to user 'cordboard'@'10.0.0.7' for table `osdial`.`osdial_log`";
        let OsdialError::NoRight { grant, .. } = server(1142, said) else { panic!("another error") };
        assert_eq!(grant, "GRANT UPDATE ON `osdial`.`osdial_log` TO 'cordboard'@'10.0.0.7'");
    }

    #[test]
    fn errors_say_the_fix() {
        for (code, fix) in [
            (1045, "password"),
            (1049, "osdial.database_url"),
            (1146, "osdial.table_prefix"),
            (1054, "schema"),
            (1290, "accepts changes"),
            (1115, "osdial.charset"),
        ] {
            let text = server(code, "what it says").to_string();
            assert!(text.contains(fix) && text.contains("what it says"), "{text}");
        }
        // A broken connection is worth a retry, and an invalid packet is not.
        let of_io = |fault: std::io::Error| OsdialError::of(&Error::Io(IoError::Io(fault)));
        assert!(of_io(ErrorKind::ConnectionReset.into()).may_be_tried_again());
        let too_large = of_io(std::io::Error::other("too large"));
        assert!(!too_large.may_be_tried_again() && too_large.leaves_an_answer(), "{too_large}");
        assert!(server(1213, "deadlock").may_be_tried_again() && !server(1054, "x").may_be_tried_again());
    }
}
