//! Server-sent events out of bytes: the data of each `data:` line, whatever way the bytes were cut.
//!
//! Chat completions put one JSON text into one line, so no event has several. Comments, other fields and empty lines are passed
//! over; a line that is longer than anybody needs is read and forgotten.

/// Bytes of one line that are kept: a fragment of an answer has some hundreds.
pub const LINE_BYTES_MAX: usize = 256 * 1024;

/// Puts lines together.
#[derive(Clone, Debug, Default)]
pub struct EventLines {
    line: Vec<u8>,
    /// The line is too long: the rest of it is left out.
    is_too_long: bool,
}

impl EventLines {
    /// Takes in bytes. Gives the data of the lines that are whole with them; text that is not UTF-8 is repaired.
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

    /// The stream has ended: gives the data of a last line without an end.
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
    fn lines_are_whole_whatever_way_they_are_cut() {
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
    fn ten_megabytes_in_a_line_are_read_and_forgotten() {
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
    fn a_line_has_so_many_bytes_at_most() {
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
