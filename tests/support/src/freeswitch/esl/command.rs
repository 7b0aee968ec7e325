//! A client's message: a command line, headers, and an optional body.

/// An unfinished command above this size ends the connection: no program of ours sends one.
const COMMAND_BYTES_MAX: usize = 1024 * 1024;

/// One command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The first line, without its line end.
    pub line: String,
    /// The header lines, in their order.
    pub headers: Vec<(String, String)>,
    /// The body, of `content-length` bytes.
    pub body: String,
}

impl Command {
    /// The first word, in lower case.
    #[must_use]
    pub fn word(&self) -> String {
        self.line.split(' ').next().unwrap_or_default().to_ascii_lowercase()
    }

    /// The text after the first word.
    #[must_use]
    pub fn rest(&self) -> &str {
        self.line.split_once(' ').map_or("", |(_, rest)| rest.trim())
    }

    /// A header; names ignore case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// Splits a stream into commands, whatever pieces it arrives in.
#[derive(Debug, Default)]
pub(in crate::freeswitch) struct CommandReader {
    buffer: Vec<u8>,
}

impl CommandReader {
    /// Adds bytes that were read.
    pub(in crate::freeswitch) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Whether it holds more than any command may have.
    pub(in crate::freeswitch) fn overflows(&self) -> bool {
        self.buffer.len() > COMMAND_BYTES_MAX
    }

    /// The next whole command. Empty lines before it are skipped, and CR is not part of a line.
    pub(in crate::freeswitch) fn next_command(&mut self) -> Option<Command> {
        let blank = self.buffer.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        self.buffer.drain(..blank);
        let (mut lines, mut at) = (Vec::new(), 0);
        loop {
            let length = self.buffer[at..].iter().position(|&byte| byte == b'\n')?;
            let line = String::from_utf8_lossy(&self.buffer[at..at + length]);
            let line = line.trim_end_matches('\r').to_owned();
            at += length + 1;
            if line.is_empty() {
                break;
            }
            lines.push(line);
        }
        let headers: Vec<(String, String)> = lines
            .iter()
            .skip(1)
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
            .collect();
        let mut command = Command { line: lines.swap_remove(0), headers, body: String::new() };
        if let Some(length) = command.get("content-length").and_then(|text| text.parse::<usize>().ok()) {
            if self.buffer.len() < at + length {
                return None;
            }
            command.body = String::from_utf8_lossy(&self.buffer[at..at + length]).into_owned();
            at += length;
        }
        self.buffer.drain(..at);
        Some(command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_whole_however_they_were_cut() {
        let text = b"\n\nCONNECT\r\n\r\nsendevent X\ncontent-length: 3\na: b\n\nxyzapi status\n\n";
        let mut reader = CommandReader::default();
        let mut seen = Vec::new();
        for byte in text {
            reader.push(&[*byte]);
            seen.extend(std::iter::from_fn(|| reader.next_command()));
        }
        let lines: Vec<&str> = seen.iter().map(|command| command.line.as_str()).collect();
        assert_eq!(lines, ["CONNECT", "sendevent X", "api status"]);
        assert_eq!((seen[1].body.as_str(), seen[1].get("A")), ("xyz", Some("b")));
        assert_eq!(seen[0].word(), "connect");
    }
}
