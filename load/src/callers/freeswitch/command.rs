//! A server's requests over ESL, as far as the measurement needs them.
//!
//! Source: traffic of a FreeSWITCH (`tests/captures/freeswitch`).

/// Commands, assembled from what was read.
#[derive(Debug, Default)]
pub(super) struct Commands {
    bytes: Vec<u8>,
}

/// One command: its line and its headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Command {
    text: String,
}

impl Commands {
    /// Buffer to which read bytes must be appended.
    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Returns the next whole command; `None` until more was read.
    pub(super) fn next(&mut self) -> Option<Command> {
        let leading = self.bytes.iter().take_while(|byte| **byte == b'\n').count();
        self.bytes.drain(..leading);
        let end = self.bytes.windows(2).position(|pair| pair == b"\n\n")?;
        let text = String::from_utf8_lossy(&self.bytes[..end]).into_owned();
        self.bytes.drain(..end + 2);
        Some(Command { text })
    }
}

impl Command {
    /// Its first word, such as `sendmsg`.
    pub(super) fn word(&self) -> &str {
        self.line().split(' ').next().unwrap_or_default()
    }

    /// The words after the first.
    pub(super) fn arguments(&self) -> &str {
        self.line().split_once(' ').map_or("", |(_, arguments)| arguments)
    }

    /// The value of a header, by its name in any case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let headers = self.text.lines().skip(1).filter_map(|line| line.split_once(':'));
        headers
            .filter(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim_start())
            .next()
    }

    fn line(&self) -> &str {
        self.text.lines().next().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_however_they_come() {
        let bytes =
            b"connect\n\nlinger 10\n\n\nsendmsg\ncall-command: execute\nExecute-App-Name: answer\n\nexit";
        for step in [1, 7, bytes.len()] {
            let (mut commands, mut read) = (Commands::default(), Vec::new());
            for piece in bytes.chunks(step) {
                commands.buffer().extend_from_slice(piece);
                while let Some(command) = commands.next() {
                    read.push(command);
                }
            }
            let words: Vec<&str> = read.iter().map(Command::word).collect();
            assert_eq!(words, ["connect", "linger", "sendmsg"]);
            assert_eq!((read[0].arguments(), read[1].arguments()), ("", "10"));
            assert_eq!(read[2].header("call-command"), Some("execute"));
            assert_eq!(read[2].header("execute-app-name"), Some("answer"));
            assert_eq!(read[2].header("event-lock"), None);
        }
    }
}
