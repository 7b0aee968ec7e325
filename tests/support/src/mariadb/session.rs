//! A lasting connection to a MariaDB, by its own command line program.

#![allow(clippy::panic, reason = "a test stops where it fails")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::{MariaDbError, Schema};

/// Text that is printed after each answer.
const END: &str = "--the-end-of-an-answer--";

/// A connection. Errors are on standard error.
#[derive(Debug)]
pub struct Session {
    schema: Schema,
    child: Child,
    stdin: ChildStdin,
    lines: BufReader<ChildStdout>,
}

impl Session {
    pub(super) fn open(mut client: Command, schema: Schema) -> Result<Self, MariaDbError> {
        let nothing = || MariaDbError::Failed { step: "mariadb", reason: "it has no pipes".to_owned() };
        let mut child =
            client.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn()?;
        let stdin = child.stdin.take().ok_or_else(nothing)?;
        let lines = BufReader::new(child.stdout.take().ok_or_else(nothing)?);
        Ok(Self { schema, child, stdin, lines })
    }

    /// The dialler whose tables its database has.
    #[must_use]
    pub const fn schema(&self) -> Schema {
        self.schema
    }

    /// Returns the rows of a statement; the text `NULL` stands for no value.
    ///
    /// # Panics
    /// The server is unreachable.
    pub fn rows(&mut self, sql: &str) -> Vec<Vec<String>> {
        self.try_rows(sql).unwrap_or_else(|| panic!("the session ended at {sql}"))
    }

    /// The same; `None` where the server is unreachable. The session has then ended.
    pub fn try_rows(&mut self, sql: &str) -> Option<Vec<Vec<String>>> {
        writeln!(self.stdin, "{};\nSELECT '{END}';", self.schema.statement(sql)).ok()?;
        self.stdin.flush().ok()?;
        let mut rows = Vec::new();
        loop {
            let mut line = String::new();
            if self.lines.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let line = line.trim_end_matches('\n');
            if line == END {
                return Some(rows);
            }
            rows.push(line.split('\t').map(str::to_owned).collect());
        }
    }

    /// Changes rows, and returns how many.
    ///
    /// # Panics
    /// As [`Session::rows`].
    pub fn change(&mut self, sql: &str) -> u64 {
        self.try_change(sql).unwrap_or_else(|| panic!("it failed: {sql}"))
    }

    /// The same; `None` where the statement fails, as happens to one of two that lock each other's rows.
    pub fn try_change(&mut self, sql: &str) -> Option<u64> {
        let told = self.try_rows(&format!("{sql};\nSELECT ROW_COUNT()"))?;
        told.first()?.first()?.parse().ok()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // An error means that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
