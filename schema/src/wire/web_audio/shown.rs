//! What a visitor's page shows of their call: the party with whom they talk, and the words of both sides. Visitors see nothing
//! else of a call: no tool, no whisper, no note, no customer record.

use serde::{Deserialize, Serialize};

use crate::event::{Decision, Event, PlayedEnd};
use crate::limits::WEB_AUDIO_LINE_CHARS_MAX;
use crate::said::is_without_words;

/// Where a caller is in their call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stand", rename_all = "snake_case")]
pub enum CallerStatus {
    /// With the assistant.
    #[default]
    Assistant,
    /// On hold: they hear music, and nobody hears them.
    Hold,
    /// A person is being rung for them, or is about to talk with them.
    Ringing,
    /// Waiting for a person.
    Queue {
        /// Their position, from 1, if the queue announces it.
        #[serde(skip_serializing_if = "Option::is_none")]
        position: Option<u32>,
    },
    /// With a person.
    Person,
}

/// Speaker of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// The visitor whose page it is.
    Visitor,
    /// The assistant.
    Assistant,
}

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownLine {
    /// Its number in the call, from 1: a repeated number is the same line.
    pub number: u64,
    /// The speaker.
    pub by: Speaker,
    /// The words, as far as they were heard.
    pub text: String,
}

impl ShownLine {
    /// Returns the line that this event adds to the page, if any.
    pub fn of(event: &Event, number: u64) -> Option<Self> {
        let (by, text, is_cut) = match event {
            // If nothing recognizes words, the text in brackets says that somebody has spoken. The visitor already knows that.
            Event::Decision(Decision::CallerSaid { text }) if !is_without_words(text) => {
                (Speaker::Visitor, text, false)
            }
            Event::Decision(Decision::AssistantSaid { text, end, .. }) => {
                (Speaker::Assistant, text, *end == PlayedEnd::Cleared)
            }
            _ => return None,
        };
        let mut shown: String = text.trim().chars().take(WEB_AUDIO_LINE_CHARS_MAX).collect();
        if shown.is_empty() {
            return None;
        }
        if is_cut || text.chars().count() > WEB_AUDIO_LINE_CHARS_MAX {
            shown.push_str(" …");
        }
        Some(Self { number, by, text: shown })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::ItemId;

    fn said(text: &str, end: PlayedEnd) -> Event {
        Event::Decision(Decision::AssistantSaid { item: ItemId(1), text: text.to_owned(), heard_ms: 1, end })
    }

    #[test]
    fn words_of_both_sides_are_shown_and_nothing_else() {
        let caller = |text: &str| Event::Decision(Decision::CallerSaid { text: text.to_owned() });
        let line = |event: &Event| ShownLine::of(event, 7).map(|line| (line.by, line.text));
        assert_eq!(line(&caller("Hello")), Some((Speaker::Visitor, "Hello".to_owned())));
        assert_eq!(line(&caller("(speech, 2.1 s)")), None);
        assert_eq!(line(&caller("(speech)")), None);
        let therapy = "(speech, language) therapy for my son?";
        assert_eq!(line(&caller(therapy)), Some((Speaker::Visitor, therapy.to_owned())), "it was written");
        assert_eq!(line(&caller("(hm)")), Some((Speaker::Visitor, "(hm)".to_owned())), "it was written");
        assert_eq!(
            line(&said("Good morning", PlayedEnd::Finished)),
            Some((Speaker::Assistant, "Good morning".to_owned()))
        );
        assert_eq!(
            line(&said("I can", PlayedEnd::Cleared)),
            Some((Speaker::Assistant, "I can …".to_owned()))
        );
        assert_eq!(line(&said("", PlayedEnd::Cleared)), None);
        let whisper =
            Decision::Whispered { user_id: None, item: ItemId(1), text: "a secret".to_owned(), heard_ms: 1 };
        assert_eq!(line(&Event::Decision(whisper)), None);
        let long = line(&said(&"x".repeat(100_000), PlayedEnd::Finished)).unwrap().1;
        assert_eq!(long.chars().count(), WEB_AUDIO_LINE_CHARS_MAX + 2);
        let longest = "x".repeat(WEB_AUDIO_LINE_CHARS_MAX);
        assert_eq!(line(&said(&longest, PlayedEnd::Finished)), Some((Speaker::Assistant, longest)));
    }

    #[test]
    fn a_callers_state_is_written_as_the_page_reads_it() {
        let written = |stand: CallerStatus| serde_json::to_string(&stand).unwrap();
        assert_eq!(written(CallerStatus::Queue { position: Some(2) }), r#"{"stand":"queue","position":2}"#);
        assert_eq!(written(CallerStatus::Queue { position: None }), r#"{"stand":"queue"}"#);
        assert_eq!(written(CallerStatus::Person), r#"{"stand":"person"}"#);
    }
}
