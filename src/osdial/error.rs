//! Why the dialler's database, or a command to its agents, did not do what was asked. Each text says the fix.

use std::io::ErrorKind;

use cordboard_schema::limits::{OSDIAL_ANSWER_BYTES_MAX, OSDIAL_ANSWER_ROWS_MAX};
use mysql_async::{DriverError, Error, IoError, ServerError};

use super::text::CannotStore;

/// Characters of what the database says that are repeated.
const SAID_CHARS_MAX: usize = 200;

/// Error of the dialler.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OsdialError {
    /// It did not answer in time.
    #[error(
        "the dialler's database did not answer within {wait_ms} ms: see whether it is overloaded or the way to it is cut, or raise osdial.timeout_s"
    )]
    TimedOut {
        /// How long it was waited for.
        wait_ms: u64,
    },
    /// It can't be reached.
    #[error("the dialler's database can't be reached: {0}; start it, or set osdial.database_url to another")]
    Away(String),
    /// The user or the password is wrong.
    #[error("the dialler's database lets us not in: {0}; see user and password in osdial.database_url")]
    NotLetIn(String),
    /// The database has no such name.
    #[error("the dialler's server has no such database: {0}; see the name in osdial.database_url")]
    NoDatabase(String),
    /// A table is missing.
    #[error("a table is missing: {0}; see osdial.table_prefix (vicidial_ for VICIdial)")]
    NoTable(String),
    /// A column is missing, or has another name.
    #[error(
        "a column is missing: {0}; this dialler's schema is another one than ours: bring it to OSdial 3.0 or VICIdial 2.14, or tell us its version"
    )]
    NoColumn(String),
    /// The user lacks a right.
    #[error("the database's user has no right to do this: {said}; have an administrator run {grant}")]
    NoRight {
        /// Message of the database.
        said: String,
        /// The statement that gives the right.
        grant: String,
    },
    /// It takes no changes.
    #[error(
        "the dialler's database takes no changes ({0}): point osdial.database_url at the one that is written to"
    )]
    ReadOnly(String),
    /// It knows no such character set.
    #[error("the dialler's database knows no such character set: {0}; set osdial.charset to latin1 or utf8")]
    NoCharset(String),
    /// Somebody holds the rows, and went on doing so.
    #[error("the dialler's rows stayed locked: {0}; try again, and see what holds them")]
    Locked(String),
    /// It said no for another reason.
    #[error("the dialler's database refused (error {code}): {said}")]
    Refused {
        /// MySQL's number.
        code: u16,
        /// Its message.
        said: String,
    },
    /// An answer that is none.
    #[error("an answer of the dialler's database can't be read: {0}")]
    Unreadable(String),
    /// An answer without an end, or of a length that no dialler's has.
    #[error(
        "the dialler's database answered with more than {OSDIAL_ANSWER_ROWS_MAX} rows or {OSDIAL_ANSWER_BYTES_MAX} bytes: see that osdial.database_url names the dialler's own"
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
    /// A call that is said to be the dialler's, and of which its tables do not say that a line has it.
    #[error("assistants may not take the dialler's call {key}: {why}")]
    NotGiven {
        /// Its name.
        key: String,
        /// The mismatch.
        why: &'static str,
    },
    /// A call that the dialler's log does not have.
    #[error("the dialler's log has no call {key}: see that its processes run")]
    NotLogged {
        /// Its name.
        key: String,
    },
    /// A remote agent that is none of ours.
    #[error("{user_start} can't be a remote agent of ours: {why}")]
    NotOurs {
        /// Its first user.
        user_start: String,
        /// Why not.
        why: &'static str,
    },
    /// Lines are in a call.
    #[error("these lines are in a call: {}; wait until they are free, nothing was changed", .users.join(", "))]
    InCall {
        /// Their users.
        users: Vec<String>,
    },
    /// Somebody else has given a remote agent to another campaign at the same time.
    #[error(
        "the remote agent of row {remote_agent_id} was changed meanwhile: look at it, and ask again; nothing was changed"
    )]
    ChangedMeanwhile {
        /// Its row.
        remote_agent_id: u32,
    },
    /// Lines are still given calls.
    #[error(
        "these lines are still ready though their agents are inactive: {}; see that the dialler's remote agent process runs, and disable them again", .users.join(", ")
    )]
    StillReady {
        /// Their users.
        users: Vec<String>,
    },
    /// Something failed half way, and what was done could not be taken back.
    #[error("{cause}; and these remote agents could not be put back as they were: {}", .left.join(", "))]
    NotUndone {
        /// The failure.
        cause: Box<OsdialError>,
        /// Their names, and the state in which each was left.
        left: Vec<String>,
    },
    /// Its agent API can't be reached, or does not answer as one.
    #[error(
        "the dialler's agent API gives no answer: {0}; see osdial.agent_api_url, and that its web server runs"
    )]
    ApiAway(String),
    /// Its agent API refused.
    #[error("the dialler's agent API refused: {said}; {fix}")]
    ApiRefused {
        /// Its message.
        said: String,
        /// The fix.
        fix: &'static str,
    },
    /// The server goes down.
    #[error("the server is going down")]
    Ending,
}

impl OsdialError {
    /// Meaning of a driver's error; `user_of` names the user, for the grant.
    pub(super) fn of(error: &Error) -> Self {
        match error {
            Error::Server(said) => Self::said(said),
            // Bytes that are no packet, or too large a one. A connection that fails has another kind.
            Error::Io(IoError::Io(fault)) if fault.kind() == ErrorKind::Other => {
                Self::Unreadable(short(&fault.to_string()))
            }
            Error::Io(IoError::Io(fault)) => Self::Away(short(&fault.to_string())),
            Error::Io(fault) => Self::Away(format!("TLS: {}", short(&fault.to_string()))),
            Error::Driver(DriverError::ConnectionClosed | DriverError::PoolDisconnected) => {
                Self::Away("it closed the connection".to_owned())
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
            // The server goes down, or has ended this connection.
            1053 | 1077 | 1080 | 1152 | 1159 | 1161 | 1927 | 2006 | 2013 | 3169 | 4031 => Self::Away(said),
            code => Self::Refused { code, said },
        }
    }

    /// Whether something of the answer may still come over the connection.
    pub(super) const fn leaves_an_answer(&self) -> bool {
        matches!(self, Self::Away(_) | Self::TimedOut { .. } | Self::Unreadable(_) | Self::TooMuch)
    }

    /// Whether the same statement may succeed now: our statements can be carried out twice.
    pub(super) const fn may_be_tried_again(&self) -> bool {
        matches!(self, Self::Away(_) | Self::Locked(_))
    }
}

/// The statement that gives the right which is missing, by `UPDATE command denied to user 'u'@'h' for table 'db'.'t'`.
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

/// The beginning of a text, without what would break a log's line.
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
            (1290, "written to"),
            (1115, "osdial.charset"),
        ] {
            let told = server(code, "what it says").to_string();
            assert!(told.contains(fix) && told.contains("what it says"), "{told}");
        }
        // A connection that broke is worth another try, and what is no packet is not.
        let of_io = |fault: std::io::Error| OsdialError::of(&Error::Io(IoError::Io(fault)));
        assert!(of_io(ErrorKind::ConnectionReset.into()).may_be_tried_again());
        let too_large = of_io(std::io::Error::other("too large"));
        assert!(!too_large.may_be_tried_again() && too_large.leaves_an_answer(), "{too_large}");
        assert!(server(1213, "deadlock").may_be_tried_again() && !server(1054, "x").may_be_tried_again());
    }
}
