//! The text of an uploaded CSV file, in any common character encoding and with any separator.

use std::borrow::Cow;

use chardetng::EncodingDetector;
use csv::ByteRecord;
use encoding_rs::{BIG5, Encoding, GB18030, GBK, ISO_2022_JP, SHIFT_JIS, UTF_8};

use super::csv_file::delimiter;
use super::csv_formulas::as_it_was;

/// Characters that may separate cells.
const SEPARATORS: &[u8] = b",;\t|";

/// A file in an encoding whose separators are those of ASCII, with uniform line ends.
pub(super) struct CsvText {
    pub(super) text: Vec<u8>,
    /// Encoding of cells that are not UTF-8. A file into which rows of another program were pasted has both.
    pub(super) cells: &'static Encoding,
    /// Characters that may separate its cells.
    pub(super) separators: &'static [u8],
}

impl CsvText {
    /// Reads a file, whose encoding is detected.
    pub(super) fn of(file: &[u8]) -> Self {
        if let Some((encoding, length)) = Encoding::for_bom(file) {
            let (text, _) = encoding.decode_without_bom_handling(file.get(length..).unwrap_or_default());
            return Self::whole(text.as_bytes());
        }
        if std::str::from_utf8(file).is_ok() {
            return Self::whole(file);
        }
        let mut detector = EncodingDetector::new();
        detector.feed(file, true);
        Self::in_encoding(file, detector.guess(None, false))
    }

    /// Reads a file in this encoding, which is not UTF-8.
    fn in_encoding(file: &[u8], encoding: &'static Encoding) -> Self {
        let whole = |bytes| encoding.decode_without_bom_handling(bytes).0;
        if encoding == ISO_2022_JP {
            return Self::whole(whole(file).as_bytes());
        }
        // Characters of these encodings may end in the byte of `|`.
        let is_in_characters = [BIG5, GB18030, GBK, SHIFT_JIS].contains(&encoding);
        let head = file.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
        if is_in_characters && delimiter(whole(head).as_bytes(), SEPARATORS) == b'|' {
            return Self::whole(whole(file).as_bytes());
        }
        let separators: &'static [u8] = if is_in_characters { b",;\t" } else { SEPARATORS };
        Self { text: lines(file), cells: encoding, separators }
    }

    fn whole(text: &[u8]) -> Self {
        Self { text: lines(text), cells: UTF_8, separators: SEPARATORS }
    }
}

fn lines(bytes: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(bytes.len() + 1);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'\r' if bytes.get(at + 1) == Some(&b'\n') => {}
            b'\r' => lines.push(b'\n'),
            byte => lines.push(*byte),
        }
    }
    if !lines.ends_with(b"\n") {
        lines.push(b'\n');
    }
    lines
}

/// The names of the columns in a file's first row.
pub(super) fn column_names(head: &ByteRecord, encoding: &'static Encoding) -> Vec<String> {
    head.iter().map(|name| cell(name, encoding).trim().to_owned()).collect()
}

/// The text of a cell below the first row, without blanks around it. A cell that an export has escaped is restored.
pub(super) fn cell_text(bytes: &[u8], encoding: &'static Encoding) -> String {
    as_it_was(cell(bytes, encoding).trim()).into_owned()
}

fn cell<'a>(bytes: &'a [u8], encoding: &'static Encoding) -> Cow<'a, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => encoding.decode_without_bom_handling(bytes).0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_inside_multibyte_characters_are_ignored() {
        // Each character ends in the byte of `|`.
        for (encoding, word) in [(SHIFT_JIS, "ポポ"), (GBK, "億億"), (BIG5, "咽咽")] {
            assert!(encoding.encode(word).0.ends_with(b"|"), "{word}");
            let barred = format!("phone|{word}\n1|{word}\n");
            let decoded = CsvText::in_encoding(&encoding.encode(&barred).0, encoding);
            assert_eq!(decoded.text, barred.as_bytes(), "{}", encoding.name());
            let (bytes, ..) = encoding.encode("phone,ポ\n");
            let CsvText { cells, separators, .. } = CsvText::in_encoding(&bytes, encoding);
            assert_eq!((cells, separators.contains(&b'|')), (encoding, false));
        }
    }
}
