//! The text in the dialler's tables: which characters stored bytes mean, and which bytes a text is stored as.
//!
//! Columns are latin1 and contain what many kinds of clients have sent: UTF-8 bytes (which the dialler itself writes and reads), windows-1252 bytes,
//! UTF-8 that was encoded twice, all of them cut at the column's end. So values are read as bytes and decoded here.

use crate::config::OsdialCharset;

/// How many extra encodings of a text are recognized.
const DECODED_AGAIN_MAX: u32 = 2;

/// The characters of windows-1252's bytes 0x80 to 0x9F, from WHATWG. MySQL's `latin1` is the same.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// How stored bytes were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// UTF-8, including ASCII: what the dialler writes.
    Utf8,
    /// UTF-8 whose last character was cut.
    CutUtf8,
    /// windows-1252.
    Windows1252,
    /// UTF-8 that was encoded once or twice more.
    EncodedTwice,
    /// UTF-8 with control characters U+0080 to U+009F, which were characters of windows-1252.
    Controls,
}

/// Decodes stored bytes. Returns the text and its origin. `width` is the column's length in bytes: a text that fills it may be cut.
///
/// Bytes after pure ASCII that begin a character without ending it are a cut character only if the column is full. Otherwise they are windows-1252,
/// such as the last letter of `André`.
pub(super) fn decode(stored: &[u8], width: usize) -> (String, Origin) {
    let (mut text, mut origin) = match std::str::from_utf8(stored) {
        Ok(text) => (text.to_owned(), Origin::Utf8),
        Err(fault) => match without_cut_end(stored, &fault) {
            Some(text) if !text.is_ascii() || stored.len() >= width => (text.to_owned(), Origin::CutUtf8),
            _ => (stored.iter().copied().map(of_byte).collect(), Origin::Windows1252),
        },
    };
    if origin != Origin::Windows1252 {
        for _ in 0..DECODED_AGAIN_MAX {
            let Some(once) = decoded_again(&text) else { break };
            (text, origin) = (once, Origin::EncodedTwice);
        }
        if text.contains(is_control) {
            text = text.chars().map(|c| if is_control(c) { of_byte(low_byte(c)) } else { c }).collect();
            if origin == Origin::Utf8 {
                origin = Origin::Controls;
            }
        }
    }
    (text, origin)
}

/// Returns the text of an id or a code, like [`decode`], if its origin does not matter.
pub(super) fn read(stored: &[u8]) -> String {
    decode(stored, usize::MAX).0
}

/// A text that can't be stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` can't be stored in the dialler's database: {why}")]
pub struct CannotStore {
    /// The column.
    pub field: String,
    /// The reason, and what can be done.
    pub why: String,
}

/// Returns the bytes that the dialler itself would store for a text in a column of `width`: UTF-8, cut between characters. In a latin1 table the
/// width counts bytes, otherwise characters.
///
/// # Errors
/// Fails if the table can't store a character.
pub(super) fn encode(
    field: &str,
    text: &str,
    width: usize,
    charset: OsdialCharset,
) -> Result<Vec<u8>, CannotStore> {
    let cannot = |why: String| CannotStore { field: field.to_owned(), why };
    if text.contains('\0') {
        return Err(cannot("it contains the character U+0000; leave it out".to_owned()));
    }
    let long = text.chars().find(|c| charset == OsdialCharset::Utf8 && c.len_utf8() > 3);
    if let Some(long) = long {
        let code = u32::from(long);
        return Err(cannot(format!(
            "a utf8 table stores characters of at most 3 bytes, and the text contains U+{code:04X}; leave that out"
        )));
    }
    let mut kept = String::new();
    for (number, c) in text.chars().enumerate() {
        let fits = match charset {
            OsdialCharset::Latin1 => kept.len() + c.len_utf8() <= width,
            OsdialCharset::Utf8 | OsdialCharset::Utf8mb4 => number < width,
        };
        if !fits {
            break;
        }
        kept.push(c);
    }
    Ok(kept.into_bytes())
}

/// Returns UTF-8 without a character that its end has cut; none if something else is wrong with it.
fn without_cut_end<'a>(bytes: &'a [u8], fault: &std::str::Utf8Error) -> Option<&'a str> {
    let whole = bytes.get(..fault.valid_up_to())?;
    fault.error_len().is_none().then(|| std::str::from_utf8(whole).ok()).flatten()
}

/// Decodes a text whose characters are the bytes of UTF-8; none if they are not, or are plain ASCII.
fn decoded_again(text: &str) -> Option<String> {
    let bytes: Vec<u8> = text.chars().map(to_byte).collect::<Option<_>>()?;
    let once = match std::str::from_utf8(&bytes) {
        Ok(once) => once,
        Err(fault) => without_cut_end(&bytes, &fault)?,
    };
    (!once.is_ascii()).then(|| once.to_owned())
}

fn is_control(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{9f}')
}

/// Returns the character of a byte in windows-1252.
fn of_byte(byte: u8) -> char {
    let mapped = byte.checked_sub(0x80).and_then(|at| WINDOWS_1252.get(usize::from(at)));
    mapped.copied().unwrap_or(char::from(byte))
}

/// Returns the byte of a character in windows-1252; none if it has none.
fn to_byte(c: char) -> Option<u8> {
    if let Some(at) = WINDOWS_1252.iter().position(|mapped| *mapped == c) {
        return u8::try_from(at + 0x80).ok();
    }
    (!is_control(c)).then(|| u8::try_from(c).ok()).flatten()
}

/// Returns the low byte of a character below U+0100.
fn low_byte(c: char) -> u8 {
    u8::try_from(c).unwrap_or(b'?')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }

    fn read_of(stored: &str, width: usize) -> (String, Origin) {
        decode(&hex(stored), width)
    }

    /// One row for each way in which old and new diallers have stored text.
    #[test]
    fn every_kind_of_row_is_read_right() {
        for (stored, text, origin) in [
            ("416E6E", "Ann", Origin::Utf8),
            ("4AC3BC7267656E", "Jürgen", Origin::Utf8),
            ("4AFC7267656E", "Jürgen", Origin::Windows1252),
            ("4AC383C2BC7267656E", "Jürgen", Origin::EncodedTwice),
            ("C3816E67656C", "Ángel", Origin::Utf8),
            ("C39D", "Ý", Origin::Utf8),
            ("E2809D", "”", Origin::Utf8),
            ("E5B1B1E794B0", "山田", Origin::Utf8),
            (
                "61E5A4AAE9838EE5A4AAE9838EE5A4AAE9838EE5A4AAE9838EE5A4AAE983",
                "a太郎太郎太郎太郎太",
                Origin::CutUtf8,
            ),
            ("F09F9880", "😀", Origin::Utf8),
            ("3F756B61737A", "?ukasz", Origin::Utf8),
            ("C28020C29378C294", "€ “x”", Origin::Controls),
            ("C383C2BCC383C2BCC383C2BCC383C2BCC383C2BCC383C2BCC383C2BCC383", "üüüüüüü", Origin::EncodedTwice),
            ("", "", Origin::Utf8),
        ] {
            assert_eq!(read_of(stored, 30), (text.to_owned(), origin), "{stored}");
        }
    }

    #[test]
    fn a_last_letter_in_windows_1252_is_not_cut() {
        assert_eq!(decode(b"Andr\xe9", 30), ("André".to_owned(), Origin::Windows1252));
        let mut full = vec![b'a'; 29];
        full.push(0xc3);
        assert_eq!(decode(&full, 30), ("a".repeat(29), Origin::CutUtf8));
        assert_eq!(decode(&full, 100).1, Origin::Windows1252);
    }

    #[test]
    fn names_that_are_right_stay_as_they_are() {
        for name in ["Société", "André", "É", "Łukasz", "Ñandú", "ß", "Zoë", "Ÿ", "€ 5", "naïve café", "Ærø"]
        {
            assert_eq!(decode(name.as_bytes(), 100), (name.to_owned(), Origin::Utf8));
        }
    }

    #[test]
    fn thrice_encoded_text_is_read_too() {
        let again = |text: &str| text.bytes().map(of_byte).collect::<String>();
        let thrice = again(&again("Jürgen"));
        assert_eq!(decode(thrice.as_bytes(), 100).0, "Jürgen");
    }

    #[test]
    fn written_utf_8_ends_with_a_whole_character() {
        let stored = |text: &str, width| encode("first_name", text, width, OsdialCharset::Latin1).unwrap();
        assert_eq!(stored("Jürgen", 30), hex("4AC3BC7267656E"));
        assert_eq!(stored("Łukasz 山田 😀", 30), "Łukasz 山田 😀".as_bytes());
        assert_eq!(stored("aü", 2), b"a");
        let wide = encode("first_name", "üüü", 2, OsdialCharset::Utf8mb4).unwrap();
        assert_eq!(wide, "üü".as_bytes());
    }

    #[test]
    fn an_unstorable_text_names_its_field() {
        let fault = encode("first_name", "x😀", 30, OsdialCharset::Utf8).unwrap_err();
        assert_eq!(fault.field, "first_name");
        assert!(fault.to_string().contains("first_name") && fault.why.contains("U+1F600"), "{fault}");
        assert!(encode("city", "a\0b", 30, OsdialCharset::Latin1).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_can_not_be_read(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..60)) {
            let _ = decode(&bytes, 30);
        }

        #[test]
        fn every_byte_of_windows_1252_has_its_character_and_back(byte in proptest::num::u8::ANY) {
            proptest::prop_assert_eq!(to_byte(of_byte(byte)), Some(byte));
        }
    }
}
