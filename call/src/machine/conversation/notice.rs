//! The state of the profile's notice in the call.

use cordboard_schema::line::Line;

/// How often a call tries to say it.
const TRIES_MAX: u8 = 3;

/// The state of the notice in the call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::machine) struct Notice {
    /// It was heard to its end.
    given: bool,
    /// It is being said.
    on: bool,
    /// Number of attempts.
    tries: u8,
    /// The line that follows it.
    then: Option<Line>,
}

impl Notice {
    /// It is being said from now on.
    pub(in crate::machine) fn begins(&mut self) {
        self.on = true;
        self.is_said_again();
    }

    /// It was cut short and is said again.
    pub(in crate::machine) fn is_said_again(&mut self) {
        self.tries += 1;
    }

    /// It is no longer being said.
    pub(in crate::machine) fn stops(&mut self) {
        self.on = false;
    }

    /// It was heard to its end.
    pub(in crate::machine) fn is_given(&mut self) {
        self.given = true;
    }

    /// This line follows it.
    pub(in crate::machine) fn follow_with(&mut self, line: Line) {
        self.then = Some(line);
    }

    /// Whether it still has to be said.
    pub(in crate::machine) fn is_due(&self) -> bool {
        !self.given && self.tries < TRIES_MAX
    }

    pub(in crate::machine) fn is_on(&self) -> bool {
        self.on
    }

    /// Returns the line that follows it.
    pub(in crate::machine) fn next_line(&self) -> Line {
        self.then.unwrap_or(Line::Greeting)
    }
}
