//! AMI messages and how they are cut out of a byte stream: `Name: value` lines up to an empty line.

/// One message: an answer or an event, headers in the order they came. Names can repeat (`Output`, `Variable`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// Name and value of every header; a line without `: ` has its whole text as the name.
    pub headers: Vec<(String, String)>,
}

impl Message {
    /// The first value of a header; names compare without case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Whether a header has exactly this value.
    #[must_use]
    pub fn is(&self, name: &str, value: &str) -> bool {
        self.get(name) == Some(value)
    }

    /// The event's name, empty for an answer to an action.
    #[must_use]
    pub fn event(&self) -> &str {
        self.get("Event").unwrap_or_default()
    }

    pub(super) fn from_text(text: &str) -> Self {
        let header = |line: &str| match line.split_once(':') {
            Some((name, value)) => (name.to_owned(), value.strip_prefix(' ').unwrap_or(value).to_owned()),
            None => (line.to_owned(), String::new()),
        };
        Self { headers: text.split("\r\n").map(header).collect() }
    }
}

/// Collects bytes as they come and gives whole messages.
#[derive(Debug, Default)]
pub struct MessageReader {
    unread: Vec<u8>,
    banner_seen: bool,
}

impl MessageReader {
    /// Takes bytes from the connection, cut anywhere.
    pub fn push(&mut self, bytes: &[u8]) {
        self.unread.extend_from_slice(bytes);
    }

    /// The next whole message. The greeting line that a connection starts with is skipped.
    pub fn next_message(&mut self) -> Option<Message> {
        if !self.banner_seen {
            self.take_until(b"\r\n")?;
            self.banner_seen = true;
        }
        let text = self.take_until(b"\r\n\r\n")?;
        Some(Message::from_text(&text))
    }

    fn take_until(&mut self, end: &[u8]) -> Option<String> {
        let at = self.unread.windows(end.len()).position(|window| window == end)?;
        let text = String::from_utf8_lossy(&self.unread[..at]).into_owned();
        self.unread.drain(..at + end.len());
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const CAPTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../captures/asterisk/ami");
    const SCENARIOS: [&str; 5] = ["login-ok", "errors", "command", "status-lists", "local-digits-to-ai"];

    /// `4.4 -> @105` above a message, or `4.5 -- a phone answered`: a time and a direction.
    fn is_heading(line: &str) -> bool {
        let mut words = line.split_whitespace();
        words.next().is_some_and(|time| time.parse::<f64>().is_ok())
            && words.next().is_some_and(|direction| ["->", "<-", "--"].contains(&direction))
    }

    /// The lines that a timeline shows for each message of Asterisk, in order.
    fn lines_of_timeline(timeline: &str) -> Vec<Vec<&str>> {
        let mut messages: Vec<Vec<&str>> = Vec::new();
        let mut from_asterisk = false;
        for line in timeline.lines().filter(|line| !line.starts_with('#')) {
            if is_heading(line) {
                from_asterisk = line.contains(" -> @");
                if from_asterisk {
                    messages.push(Vec::new());
                }
            } else if from_asterisk && let Some(text) = line.strip_prefix("    ") {
                messages.last_mut().unwrap().push(text);
            }
        }
        messages
    }

    fn read_all(bytes: &[u8], chunk: usize) -> Vec<Message> {
        let mut reader = MessageReader::default();
        let mut messages = Vec::new();
        for piece in bytes.chunks(chunk) {
            reader.push(piece);
            messages.extend(std::iter::from_fn(|| reader.next_message()));
        }
        messages
    }

    #[test]
    fn captures_are_read_as_their_timelines_list_them() {
        for scenario in SCENARIOS {
            let bytes = fs::read(format!("{CAPTURES}/{scenario}.ami2app.bin")).unwrap();
            let timeline = fs::read_to_string(format!("{CAPTURES}/{scenario}.txt")).unwrap();
            let told: Vec<Message> = lines_of_timeline(&timeline)
                .into_iter()
                .filter(|lines| !lines[0].starts_with("Asterisk Call Manager/"))
                .map(|lines| Message::from_text(&lines.join("\r\n")))
                .collect();
            assert!(told.len() > 3, "{scenario}: {told:?}");
            for chunk in [1, 7, bytes.len()] {
                assert_eq!(read_all(&bytes, chunk), told, "{scenario} in pieces of {chunk}");
            }
        }
    }
}
