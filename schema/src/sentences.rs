//! Sentences that callers hear when no assistant words them, and the words with which callers answer them, in each supported
//! language. For all other languages the English ones are used.

mod catalogue;

use crate::intent::primary;
use crate::line::Line;
use catalogue::ALL;

/// The sentences of a language.
#[derive(Debug)]
pub struct Sentences {
    /// The language, such as `en`.
    pub tag: &'static str,
    /// Welcome, if the profile has no greeting.
    pub welcome: &'static str,
    /// Sentence for a caller who says nothing.
    pub still_there: &'static str,
    /// Sentence for a caller who presses a key without an action.
    pub unknown_key: &'static str,
    /// Sentence for a caller who asks for something that only an assistant could answer.
    pub no_answer: &'static str,
    /// Sentence before the tone.
    pub leave_message: &'static str,
    /// Sentence after a message, before the call ends.
    pub message_saved: &'static str,
    /// Sentence for a caller who is connected.
    pub transferring: &'static str,
    /// Sentence for a caller who could not be connected, and is still there.
    pub transfer_refused: &'static str,
    /// Sentence for a caller who could not be connected, before the call ends.
    pub not_connected: &'static str,
    /// Goodbye.
    pub goodbye: &'static str,
    /// Goodbye to a caller who was silent.
    pub goodbye_silence: &'static str,
    /// Goodbye at the maximum duration of a call.
    pub goodbye_max_duration: &'static str,
    /// Goodbye to a party who has asked not to be called again.
    pub not_called_again: &'static str,
    /// Sentence that says how a person is reached. It contains `{target}` and `{keys}`.
    pub reach: &'static str,
    /// Sentence that says how to leave a message. It contains `{keys}`.
    pub offer_message: &'static str,
    /// The key `*`.
    pub star: &'static str,
    /// The key `#`.
    pub hash: &'static str,
    /// Words that ask to leave a message. The first is the one that `offer_message` names.
    pub asks_for_message: &'static [&'static str],
    /// Words that ask to repeat the last sentence.
    pub asks_again: &'static [&'static str],
    /// Words that end a call.
    pub ends: &'static [&'static str],
    /// Words that end a call if only courtesies are around them. After "I heard", for example, they are part of a story.
    pub wants_nothing: &'static [&'static str],
    /// Words that may be around these.
    pub courtesies: &'static [&'static str],
}

impl Sentences {
    /// Returns the sentences of this tag's language, such as `de` or `de-AT`; English ones if the language is not supported.
    pub fn of(language: &str) -> &'static Self {
        let tag = primary(language);
        ALL.iter().find(|sentences| sentences.tag == tag).unwrap_or(&ALL[0])
    }

    /// Returns the language of the sentences for a caller who speaks this one: the same tag if the language is supported.
    pub fn language_for<'l>(&self, language: &'l str) -> &'l str {
        if primary(language) == self.tag { language } else { self.tag }
    }

    /// Returns a line of a call.
    pub fn line(&self, line: Line) -> &'static str {
        match line {
            Line::StillThere => self.still_there,
            Line::UnknownKey => self.unknown_key,
            Line::MessageIntro => self.leave_message,
            Line::MessageSaved => self.message_saved,
            Line::Transferring => self.transferring,
            Line::TransferRefused => self.transfer_refused,
            Line::GoodbyeSilence => self.goodbye_silence,
            Line::GoodbyeMaxDuration => self.goodbye_max_duration,
            Line::NotCalledAgain => self.not_called_again,
            _ => self.goodbye,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_handoff_language_has_sentences() {
        let known: Vec<&str> = crate::intent::languages().collect();
        assert!(known.len() >= 7, "{known:?}");
        for tag in known {
            assert_eq!(Sentences::of(tag).tag, tag);
        }
    }

    #[test]
    fn no_two_languages_share_a_sentence() {
        for (at, one) in ALL.iter().enumerate() {
            for other in &ALL[at + 1..] {
                let of = |all: &Sentences| {
                    [
                        all.welcome,
                        all.still_there,
                        all.unknown_key,
                        all.no_answer,
                        all.leave_message,
                        all.message_saved,
                        all.transferring,
                        all.transfer_refused,
                        all.not_connected,
                        all.goodbye,
                        all.goodbye_silence,
                        all.goodbye_max_duration,
                        all.not_called_again,
                        all.reach,
                        all.offer_message,
                    ]
                };
                for (words, others) in of(one).into_iter().zip(of(other)) {
                    assert_ne!(words, others, "{} and {}", one.tag, other.tag);
                }
            }
        }
    }

    #[test]
    fn sentences_have_their_placeholders_and_name_an_understood_word() {
        for all in &ALL {
            assert_eq!(all.reach.matches("{target}").count(), 2, "{}", all.tag);
            assert_eq!(
                (all.reach.matches("{keys}").count(), all.offer_message.matches("{keys}").count()),
                (1, 1)
            );
            let word = all.asks_for_message[0];
            assert!(all.offer_message.to_lowercase().contains(word), "{word} in {}", all.offer_message);
            let ends = all.ends.iter().chain(all.wants_nothing).chain(all.courtesies);
            for word in all.asks_for_message.iter().chain(all.asks_again).chain(ends) {
                assert_eq!(*word, word.to_lowercase(), "words are compared in lower case");
            }
        }
    }

    #[test]
    fn a_tags_region_is_kept_and_unknown_tags_are_english() {
        let german = Sentences::of("de-AT");
        assert_eq!((german.tag, german.language_for("de-AT")), ("de", "de-AT"));
        let unknown = Sentences::of("tr-TR");
        assert_eq!((unknown.tag, unknown.language_for("tr-TR")), ("en", "en"));
    }
}
