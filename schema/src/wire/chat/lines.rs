//! Server-sent events from bytes: the data of each `data:` line, wherever the bytes are split.
//!
//! Chat completions put one JSON text into one line, so no event has several lines. Comments, other fields and empty lines are
//! skipped. A line that is longer than the bound is read and discarded.

/// Bytes of one line that are kept: a fragment of an answer has some hundreds.
pub const LINE_BYTES_MAX: usize = 256 * 1024;

/// Assembles lines.
#[derive(Clone, Debug, Default)]
pub struct EventLines {
    line: Vec<u8>,
    /// Whether the line is too long: the rest of it is left out.
    is_too_long: bool,
}

impl EventLines {
    /// Takes in bytes and returns the data of the lines that they complete; invalid UTF-8 is replaced.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut data = Vec::new();
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            self.add(&rest[..end]);
            data.extend(self.take_line());
            rest = &rest[end + 1..];
        }
        self.add(rest);
        data
    }

    /// Ends the stream and returns the data of a last line without a line break.
    pub fn finish(&mut self) -> Option<String> {
        self.take_line()
    }

    fn add(&mut self, bytes: &[u8]) {
        if self.line.len() + bytes.len() > LINE_BYTES_MAX {
            self.is_too_long = true;
            self.line = Vec::new();
        }
        if !self.is_too_long {
            self.line.extend_from_slice(bytes);
        }
    }

    fn take_line(&mut self) -> Option<String> {
        let line = std::mem::take(&mut self.line);
        if std::mem::take(&mut self.is_too_long) {
            return None;
        }
        let value = line.strip_prefix(b"data:")?;
        let value = value.strip_prefix(b" ").unwrap_or(value);
        (!value.is_empty()).then(|| String::from_utf8_lossy(value).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_whole_wherever_they_are_split() {
        let stream =
            ": hello\r\n\r\ndata: {\"a\":\"ü\"}\r\n\r\nevent: x\nid: 7\ndata:two\n\ndata: [DONE]\n\n"
                .as_bytes();
        for cut in 1..stream.len() {
            let mut lines = EventLines::default();
            let data: Vec<String> = stream.chunks(cut).flat_map(|piece| lines.push(piece)).collect();
            assert_eq!(data, ["{\"a\":\"ü\"}", "two", "[DONE]"], "cut at {cut}");
            assert_eq!(lines.finish(), None);
        }
    }

    #[test]
    fn a_last_line_without_an_end_is_one() {
        let mut lines = EventLines::default();
        assert_eq!(lines.push(b"data: a\ndata: b"), ["a"]);
        assert_eq!(lines.finish().as_deref(), Some("b"));
    }

    #[test]
    fn a_line_of_ten_megabytes_is_read_and_discarded() {
        let mut lines = EventLines::default();
        let piece = vec![b'x'; 64 * 1024];
        assert_eq!(lines.push(b"data: "), Vec::<String>::new());
        for _ in 0..160 {
            assert_eq!(lines.push(&piece), Vec::<String>::new());
            assert!(lines.line.len() <= LINE_BYTES_MAX);
        }
        assert_eq!(lines.push(b"\ndata: on\n"), ["on"]);
    }

    #[test]
    fn a_line_longer_than_the_bound_is_discarded() {
        for (bytes, is_read) in [(LINE_BYTES_MAX, true), (LINE_BYTES_MAX + 1, false)] {
            let line = format!("data:{}", "x".repeat(bytes - "data:".len()));
            let (begin, end) = line.as_bytes().split_at(bytes / 2);
            let mut lines = EventLines::default();
            assert_eq!(lines.push(begin), Vec::<String>::new());
            assert_eq!(lines.push(end), Vec::<String>::new());
            assert_eq!(lines.push(b"\n").len(), usize::from(is_read), "{bytes} bytes");
        }
    }
}
