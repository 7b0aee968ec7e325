//! Text messages before they are sent: how many parts the network makes of one, templates, and the words by which people opt out.

use serde::{Deserialize, Serialize};

use crate::limits::SMS_TEMPLATE_NAME_CHARS_MAX;
/// Maximum length of a text message, in characters.
pub use crate::limits::TWILIO_SMS_CHARS_MAX as TEXT_CHARS_MAX;

/// Characters of GSM 03.38's basic alphabet, apart from ASCII letters, digits and those that [`is_gsm`] names.
const GSM_BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
/// Characters of its extension, each of which takes two places.
const GSM_EXTENDED: &str = "^{}\\[~]|€\u{c}";

/// Returns the number of parts in which the network sends a text. Up to 160 characters of the GSM alphabet, or 70 others, are one
/// part. In longer texts each part has 153 or 67. A character that takes two places is never split.
pub fn segments(text: &str) -> i64 {
    let is_gsm = text.chars().all(is_gsm);
    let places = |c: char| match is_gsm {
        true if GSM_EXTENDED.contains(c) => 2,
        true => 1,
        false => c.len_utf16(),
    };
    let (single, part) = if is_gsm { (160, 153) } else { (70, 67) };
    if text.chars().map(places).sum::<usize>() <= single {
        return 1;
    }
    let (mut parts, mut used) = (1, 0);
    for c in text.chars() {
        if used + places(c) > part {
            parts += 1;
            used = 0;
        }
        used += places(c);
    }
    parts
}

/// Characters of the longest part.
const PART_CHARS_MAX: usize = 160;

/// The end of a text that was cut.
const CUT: &str = " ...";

/// Returns a text that fits into this many parts: all of it, or its first whole words and dots. A single word that is too long is cut.
pub fn within(text: &str, parts: i64) -> String {
    if segments(text) <= parts {
        return text.to_owned();
    }
    let places = usize::try_from(parts).unwrap_or(1).saturating_mul(PART_CHARS_MAX);
    let begin: Vec<char> = text.chars().take(places.saturating_add(1)).collect();
    let cut = |length: &usize| {
        let kept: String = begin.iter().take(*length).collect();
        format!("{}{CUT}", kept.trim_end())
    };
    let fits = |shortened: &String| segments(shortened) <= parts;
    let is_between = |length: &usize| begin.get(*length).is_some_and(|c| c.is_whitespace());
    let lengths = || (1..begin.len()).rev();
    let at_words = lengths().filter(is_between).map(|length| cut(&length)).find(fits);
    at_words.or_else(|| lengths().map(|length| cut(&length)).find(fits)).unwrap_or_default()
}

fn is_gsm(c: char) -> bool {
    c.is_ascii_alphanumeric() || GSM_BASIC.contains(c) || GSM_EXTENDED.contains(c)
}

/// Words that ask for no more messages, without spaces and hyphens: those that carriers know, then others in German, Spanish, French,
/// Portuguese, Italian, Dutch and Polish. A word that may as well be about an appointment, such as `cancelar`, is none.
const STOP_WORDS: [&str; 31] = [
    "stop",
    "stopall",
    "unsubscribe",
    "cancel",
    "end",
    "quit",
    "revoke",
    "optout",
    "stopp",
    "abmelden",
    "abbestellen",
    "alto",
    "baja",
    "parar",
    "arret",
    "arrêt",
    "arreter",
    "arrêter",
    "desabonner",
    "désabonner",
    "pare",
    "sair",
    "descadastrar",
    "basta",
    "disiscrivi",
    "disiscrivimi",
    "afmelden",
    "uitschrijven",
    "wypisz",
    "rezygnuje",
    "rezygnuję",
];

/// Requests by a message of one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keyword {
    /// No more messages.
    Stop,
    /// Messages again.
    Start,
}

impl Keyword {
    /// Returns the keyword of a message that consists of one, in any case and with any punctuation. `from_provider` is the provider's
    /// own reading.
    pub fn read(from_provider: Option<&str>, body: &str) -> Option<Self> {
        match from_provider {
            Some("STOP") => return Some(Self::Stop),
            Some("START") => return Some(Self::Start),
            _ => {}
        }
        // A question mark stays, so that a question is no request. Phones turn quotation marks into other ones, and a letter may come
        // without its accent, or with the accent as a character of its own.
        let is_kept = |c: &char| c.is_alphanumeric() || *c == '?';
        let word: String = body.chars().filter(is_kept).flat_map(char::to_lowercase).collect();
        match word.as_str() {
            "start" | "unstop" | "yes" => Some(Self::Start),
            word => STOP_WORDS.contains(&word).then_some(Self::Stop),
        }
    }
}

/// A text that a business has written for its assistants to send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SmsTemplate {
    /// Its name, unique among the templates.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 60, example = "confirmation"))]
    pub name: String,
    /// The text. `{business}`, `{name}`, `{service}`, `{appointment}` and `{address}` are replaced with their values; `{{` and
    /// `}}` stand for braces. The appointment's time is written in the first of the business's languages that is English, German, Spanish
    /// or Portuguese; without any, as `2026-12-01 14:30`.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 1600, example = "See you on {appointment}. {business}")
    )]
    pub text: String,
}

/// Values that a template can contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placeholder {
    /// The business's name.
    Business,
    /// The recipient's name.
    Name,
    /// The service of the call's appointment.
    Service,
    /// Time of that appointment, in the business's time zone and language.
    Appointment,
    /// The address.
    Address,
}

impl Placeholder {
    /// All placeholders.
    pub const ALL: [Self; 5] = [Self::Business, Self::Name, Self::Service, Self::Appointment, Self::Address];

    /// Returns the word between the braces.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Business => "business",
            Self::Name => "name",
            Self::Service => "service",
            Self::Appointment => "appointment",
            Self::Address => "address",
        }
    }
}

/// Why a template can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTemplate {
    /// A single brace.
    #[error("has a single brace: write `{{{{` or `}}}}` for a brace")]
    Brace,
    /// The placeholder does not exist.
    #[error(
        "has an unknown placeholder: there are {{business}}, {{name}}, {{service}}, {{appointment}} and {{address}}"
    )]
    Unknown,
    /// The call has no value for it.
    #[error("the {} is not known on this call", .0.as_str())]
    Missing(Placeholder),
}

/// A piece of a template.
enum Piece {
    Text(char),
    Value(Placeholder),
}

fn pieces(text: &str) -> Result<Vec<Piece>, BadTemplate> {
    let (mut pieces, mut rest) = (Vec::new(), text.chars().peekable());
    while let Some(c) = rest.next() {
        match c {
            '{' | '}' if rest.peek() == Some(&c) => {
                rest.next();
                pieces.push(Piece::Text(c));
            }
            '{' => {
                let mut name = String::new();
                loop {
                    match rest.next() {
                        Some('}') => break,
                        Some('{') | None => return Err(BadTemplate::Brace),
                        Some(c) => name.push(c),
                    }
                }
                let known = Placeholder::ALL.into_iter().find(|known| known.as_str() == name.trim());
                pieces.push(Piece::Value(known.ok_or(BadTemplate::Unknown)?));
            }
            '}' => return Err(BadTemplate::Brace),
            c => pieces.push(Piece::Text(c)),
        }
    }
    Ok(pieces)
}

impl SmsTemplate {
    /// Returns the fault of the template, if any, as text that follows its name.
    pub fn fault(&self) -> Option<String> {
        let is_name = (1..=SMS_TEMPLATE_NAME_CHARS_MAX).contains(&self.name.trim().chars().count());
        if !is_name || self.name.chars().any(char::is_control) {
            return Some(format!("must have names of 1 to {SMS_TEMPLATE_NAME_CHARS_MAX} characters"));
        }
        let is_odd = |c: char| c.is_control() && c != '\n';
        let chars = self.text.chars().count();
        if !(1..=TEXT_CHARS_MAX).contains(&chars)
            || self.text.trim().is_empty()
            || self.text.chars().any(is_odd)
        {
            return Some(format!("must have texts of 1 to {TEXT_CHARS_MAX} characters"));
        }
        pieces(&self.text).err().map(|bad| format!("`{}` {bad}", self.name))
    }

    /// Returns the text with the values filled in.
    ///
    /// # Errors
    /// A value is missing: `value` returns none, or an empty one.
    pub fn fill(&self, value: impl Fn(Placeholder) -> Option<String>) -> Result<String, BadTemplate> {
        let mut text = String::new();
        for piece in pieces(&self.text)? {
            match piece {
                Piece::Text(c) => text.push(c),
                Piece::Value(placeholder) => {
                    let known = value(placeholder).filter(|known| !known.trim().is_empty());
                    text.push_str(known.ok_or(BadTemplate::Missing(placeholder))?.trim());
                }
            }
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_words_to_its_parts() {
        assert_eq!(
            within("Missed call\n+4930123, Mon 30 Nov 14:05", 2),
            "Missed call\n+4930123, Mon 30 Nov 14:05"
        );
        for (word, most) in [("wort", 306), ("não", 134)] {
            let text = [word; 200].join(" ");
            let cut = within(&text, 2);
            assert_eq!(segments(&cut), 2);
            assert!(cut.ends_with(&format!(" {word} ...")), "{cut}");
            let chars = cut.chars().count();
            assert!((most - word.chars().count()..=most).contains(&chars), "{chars}: {cut}");
        }
        let word = within(&"x".repeat(1_000), 2);
        assert_eq!((segments(&word), word.len()), (2, 306));
    }

    #[test]
    fn parts_are_counted_as_the_network_counts_them() {
        for (text, parts) in [
            ("x".repeat(160), 1),
            ("x".repeat(161), 2),
            ("x".repeat(306), 2),
            ("x".repeat(307), 3),
            ("€".repeat(80), 1),
            ("€".repeat(81), 2),
            // No part contains half a character.
            (format!("{}€{}", "x".repeat(152), "x".repeat(151)), 2),
            (format!("{}€{}", "x".repeat(152), "x".repeat(152)), 3),
            ("ß".repeat(160), 1),
            ("ę".repeat(70), 1),
            ("ę".repeat(71), 2),
            ("🦊".repeat(35), 1),
            ("🦊".repeat(36), 2),
            // 33 foxes take 66 of 67 places.
            ("🦊".repeat(66), 2),
            ("🦊".repeat(67), 3),
        ] {
            assert_eq!(segments(&text), parts, "{} of {:?}", text.chars().count(), text.chars().next());
        }
    }

    #[test]
    fn keywords_are_whole_messages() {
        for stop in [
            "STOP",
            " stop ",
            "Unsubscribe.",
            "\"QUIT\"",
            "Stop All!",
            "Opt out",
            "OPT-OUT",
            "“Stop”",
            "Stop 🛑",
            "stop,",
        ] {
            assert_eq!(Keyword::read(None, stop), Some(Keyword::Stop), "{stop}");
        }
        for start in ["unstop", "‘Start’", "Yes!"] {
            assert_eq!(Keyword::read(None, start), Some(Keyword::Start), "{start}");
        }
        for words in ["please stop by at 5", "", "stopper", "yes please", "Stop?", "cancelar", "Ende"] {
            assert_eq!(Keyword::read(None, words), None, "{words}");
        }
        assert_eq!(Keyword::read(Some("STOP"), "nada"), Some(Keyword::Stop));
    }

    #[test]
    fn opting_out_is_understood_in_several_languages() {
        for stop in [
            "Stopp",
            "ABMELDEN",
            "¡Alto!",
            "baja",
            "PARAR",
            "Arrêt",
            "ARRE\u{302}T",
            "arreter",
            "Sair.",
            "Rezygnuję",
        ] {
            assert_eq!(Keyword::read(None, stop), Some(Keyword::Stop), "{stop}");
        }
    }

    fn template(text: &str) -> SmsTemplate {
        SmsTemplate { name: "any".to_owned(), text: text.to_owned() }
    }

    #[test]
    fn a_template_is_filled_and_its_values_are_not_expanded() {
        let known = |placeholder| match placeholder {
            Placeholder::Name => Some("Ann {business}".to_owned()),
            Placeholder::Business => Some("Roofs".to_owned()),
            _ => None,
        };
        let text = template("Hello {name}, {{this}} is { business }.").fill(known);
        assert_eq!(text.as_deref(), Ok("Hello Ann {business}, {this} is Roofs."));
        let missing = template("{appointment}").fill(known);
        assert_eq!(missing, Err(BadTemplate::Missing(Placeholder::Appointment)));
    }

    #[test]
    fn unknown_placeholders_and_single_braces_are_refused() {
        for (text, said) in [
            ("{password}", "placeholder"),
            ("{name", "brace"),
            ("name}", "brace"),
            ("", "1 to"),
            ("\u{0}", "1 to"),
        ] {
            assert!(template(text).fault().unwrap().contains(said), "{text}");
        }
        assert!(template(&"x".repeat(1_601)).fault().is_some());
        assert_eq!(template("{name}, {{ok}}\n{service} {address}").fault(), None);
    }
}
