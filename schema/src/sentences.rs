//! Sentences that callers hear where no assistant words them, and the words by which they answer them, in each language that is known
//! here. A language that is not has English ones: its users document that too.

mod catalogue;

use crate::intent::primary;
use crate::line::Line;
use catalogue::ALL;

/// The sentences of a language.
#[derive(Debug)]
pub struct Sentences {
    /// The language, as `en`.
    pub tag: &'static str,
    /// Welcome, if the profile has no greeting.
    pub welcome: &'static str,
    /// Sentence for a caller who says nothing.
    pub still_there: &'static str,
    /// Sentence for a caller who presses a key that has no meaning.
    pub unknown_key: &'static str,
    /// To who asks for what only an assistant could answer.
    pub no_answer: &'static str,
    /// Before the tone.
    pub leave_message: &'static str,
    /// Behind a message, and the end.
    pub message_saved: &'static str,
    /// Sentence for a caller who is connected.
    pub transferring: &'static str,
    /// Sentence for a caller who could not be connected, and is still there.
    pub transfer_refused: &'static str,
    /// Sentence for a caller who could not be connected, and is released.
    pub nobody_there: &'static str,
    /// The end.
    pub goodbye: &'static str,
    /// The end of who says nothing.
    pub goodbye_silence: &'static str,
    /// The end of a call that has lasted the longest.
    pub goodbye_max_duration: &'static str,
    /// The end of who has asked not to be called again.
    pub not_called_again: &'static str,
    /// Sentence that says how a person is reached, with `{target}` and `{keys}` in it.
    pub reach: &'static str,
    /// Sentence that says how a message is left, with `{keys}` in it.
    pub offer_message: &'static str,
    /// The key `*`.
    pub star: &'static str,
    /// The key `#`.
    pub hash: &'static str,
    /// Words that ask for a message to be taken. The first is the one that `offer_message` names.
    pub asks_for_message: &'static [&'static str],
    /// Words that ask for the last words once more.
    pub asks_again: &'static [&'static str],
    /// Words that end a call.
    pub ends: &'static [&'static str],
    /// Words that end it where nothing but courtesies is beside them: behind "I heard" they tell of something.
    pub wants_nothing: &'static [&'static str],
    /// Words that may be beside these.
    pub courtesies: &'static [&'static str],
}

impl Sentences {
    /// Those of the language of this tag, as `de` or `de-AT`; English ones where it is not known.
    pub fn of(language: &str) -> &'static Self {
        let tag = primary(language);
        ALL.iter().find(|sentences| sentences.tag == tag).unwrap_or(&ALL[0])
    }

    /// The language that they are in, for who speaks this one: the same tag if it is known here.
    pub fn language_for<'l>(&self, language: &'l str) -> &'l str {
        if primary(language) == self.tag { language } else { self.tag }
    }

    /// A line of a call.
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
    fn every_language_of_asking_for_people_has_its_sentences() {
        let known: Vec<&str> = crate::intent::languages().collect();
        assert!(known.len() >= 7, "{known:?}");
        for tag in known {
            assert_eq!(Sentences::of(tag).tag, tag);
        }
    }

    #[test]
    fn no_sentence_is_another_languages() {
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
                        all.nobody_there,
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
    fn placeholders_have_their_place_and_the_named_word_is_understood() {
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
                assert_eq!(*word, word.to_lowercase(), "words are compared in small letters");
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
