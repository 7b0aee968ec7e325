//! Figures from a call's journal: how quickly its caller was served.

use std::fmt;

/// Formats milliseconds: `412 ms`, from 1 s on `12.3 s`.
#[derive(Clone, Copy, Debug)]
pub(in crate::command) struct Ms(pub(in crate::command) u64);

impl fmt::Display for Ms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("under 1 ms"),
            ms @ 1..1_000 => write!(f, "{ms} ms"),
            ms => write!(f, "{:.1} s", ms as f64 / 1_000.0),
        }
    }
}

/// The figures of one call. All times come from the journal, on one clock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Figures {
    /// From the answer to the assistant's first words.
    pub(super) first_words_ms: Option<u64>,
    /// From the end of each turn of the caller to the assistant's words. A turn ends when the assistant is sure that the caller has finished, which
    /// takes a pause.
    pub(super) replies_ms: Vec<u64>,
    /// From each key to the reaction: words, or the end.
    pub(super) key_reactions_ms: Vec<u64>,
    /// From the caller's speech or key to the assistant's silence, for each barge-in.
    pub(super) barge_ins_ms: Vec<u64>,
    /// From the answer to the end.
    pub(super) duration_ms: Option<u64>,
    /// Cost of the assistants, in millionths of the currency.
    pub(super) cost_micros: u64,
}

/// Formats an amount of money: `0.0123`, with at least two decimals.
#[derive(Clone, Copy, Debug)]
pub(super) struct Money(pub(super) u64);

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = format!("{:06}", self.0 % 1_000_000);
        let (first_two, more) = decimals.split_at(2);
        write!(f, "{}.{first_two}{}", self.0 / 1_000_000, more.trim_end_matches('0'))
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = |name: &str, value: String| writeln!(f, "  {name:<36}{value}");
        if let Some(ms) = self.duration_ms {
            row("duration", Ms(ms).to_string())?;
        }
        if let Some(ms) = self.first_words_ms {
            row("answer to first words", Ms(ms).to_string())?;
        }
        for (name, all_ms) in [
            ("caller's turn to assistant's words", &self.replies_ms),
            ("key to reaction", &self.key_reactions_ms),
            ("interruption to silence", &self.barge_ins_ms),
        ] {
            if let Some(slowest) = all_ms.iter().max() {
                let times = if all_ms.len() == 1 {
                    "once".to_owned()
                } else {
                    format!("{} times, the slowest", all_ms.len())
                };
                row(name, format!("{}  ({times})", Ms(*slowest)))?;
            }
        }
        if self.cost_micros > 0 {
            row("cost", Money(self.cost_micros).to_string())?;
        }
        Ok(())
    }
}
