//! One line of a timeline: when, who, what. It is coloured for a terminal and folded at its width.

use std::fmt::Write as _;

/// Widest line, in characters.
const COLUMNS: usize = 100;

/// Characters before the text of a row: time, who, and the gaps between them.
const TEXT_COLUMN: usize = 23;

const DIM: &str = "\x1b[2m";
const RESET: &str = "\x1b[0m";

/// Whether lines are coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::command) enum Paint {
    /// Plain text.
    Plain,
    /// ANSI colours.
    Ansi,
}

/// Source of a line: the word in the second column, and its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Voice {
    Caller,
    Assistant,
    Key,
    BargeIn,
    Tool,
    Call,
    Fault,
}

impl Voice {
    const fn label(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Assistant => "assistant",
            Self::Key => "key",
            Self::BargeIn => "barge-in",
            Self::Tool => "tool",
            Self::Call => "call",
            Self::Fault => "fault",
        }
    }

    const fn colour(self) -> &'static str {
        match self {
            Self::Caller => "\x1b[36m",
            Self::Assistant => "\x1b[32m",
            Self::Key => "\x1b[33m",
            Self::BargeIn => "\x1b[35m",
            Self::Tool => "\x1b[34m",
            Self::Call => "\x1b[1m",
            Self::Fault => "\x1b[1;31m",
        }
    }
}

/// One line of a timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Milliseconds since the answer; none before it.
    pub(super) at_ms: Option<u64>,
    pub(super) voice: Voice,
    pub(super) text: String,
    /// A figure that belongs to it.
    pub(super) aside: Option<String>,
}

impl Row {
    /// Returns the row for a terminal, with a line end.
    pub(super) fn painted(&self, paint: Paint) -> String {
        let (colour, dim, reset) = match paint {
            Paint::Plain => ("", "", ""),
            Paint::Ansi => (self.voice.colour(), DIM, RESET),
        };
        let time = self.at_ms.map_or_else(|| "-".to_owned(), clock);
        let mut painted = format!("{dim}{time:>10}{reset}  {colour}{:<9}{reset}  ", self.voice.label());
        let words = folded(&printable(&self.text), COLUMNS - TEXT_COLUMN);
        let indent = " ".repeat(TEXT_COLUMN);
        let mut column = 0;
        for (number, line) in words.iter().enumerate() {
            if number > 0 {
                let _ = write!(painted, "\n{indent}");
            }
            painted.push_str(line);
            column = TEXT_COLUMN + line.chars().count();
        }
        if let Some(aside) = &self.aside {
            // Two spaces before it, and its parentheses.
            let gap = if column + 4 + aside.chars().count() <= COLUMNS {
                "  ".to_owned()
            } else {
                format!("\n{indent}")
            };
            let _ = write!(painted, "{gap}{dim}({aside}){reset}");
        }
        painted.push('\n');
        painted
    }
}

/// Formats minutes, seconds and milliseconds, as `0:07.120`.
fn clock(ms: u64) -> String {
    format!("{}:{:02}.{:03}", ms / 60_000, ms / 1_000 % 60, ms % 1_000)
}

/// Removes characters that could control a terminal: callers, models and dialplans wrote the text.
fn printable(text: &str) -> String {
    let is_steering = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if is_steering(c) { ' ' } else { c }).collect()
}

/// Splits the text into lines of at most `width` characters, between words. A word longer than a line is cut.
fn folded(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        let letters: Vec<char> = word.chars().collect();
        for piece in letters.chunks(width) {
            if used > 0 && used + 1 + piece.len() > width {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            line.extend(piece);
            used += piece.len();
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str, aside: Option<&str>) -> Row {
        Row {
            at_ms: Some(67_120),
            voice: Voice::Caller,
            text: text.to_owned(),
            aside: aside.map(str::to_owned),
        }
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let long = "word ".repeat(60) + &"x".repeat(200);
        for text in [long.as_str(), "short", "", &"y".repeat(77)] {
            let painted = row(text, Some("120 ms after the end of the caller's turn")).painted(Paint::Plain);
            for line in painted.lines() {
                assert!(line.chars().count() <= COLUMNS, "{line}");
            }
            let letters = |text: &str| text.chars().filter(|c| "wordxy".contains(*c)).count();
            assert!(letters(&painted) >= letters(text), "{painted}");
        }
    }

    #[test]
    fn foreign_text_cannot_control_the_terminal() {
        let painted = row("\x1b[2J\x07hi\u{202e}there\r\nyou", None).painted(Paint::Plain);
        assert_eq!(painted, "  1:07.120  caller     [2J hi there you\n");
    }

    #[test]
    fn colours_do_not_change_the_text() {
        let plain = row("hello", Some("12 ms")).painted(Paint::Plain);
        let painted = row("hello", Some("12 ms")).painted(Paint::Ansi);
        let mut stripped = painted.clone();
        for code in [DIM, RESET, Voice::Caller.colour()] {
            stripped = stripped.replace(code, "");
        }
        assert_eq!(stripped, plain);
        assert_ne!(painted, plain);
    }
}
