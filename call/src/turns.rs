//! The next turn of a caller without an assistant, by the keys and words that their switch recognizes. Pure.
//!
//! The keys are the profile's DTMF map. Words are searched for the few requests that need no model: a person, an extension by its name, a
//! message, a repetition, goodbye. For any other request the caller hears what they can ask for.

use cordboard_schema::call::{CallPolicy, HangupCause};
use cordboard_schema::digit::{Digit, Digits};
use cordboard_schema::document::Passage;
use cordboard_schema::intent::ParsedSpeech as Spoken;
use cordboard_schema::line::Line;
use cordboard_schema::profile::{AgentProfile, KeyAction};
use cordboard_schema::sentences::Sentences;

/// How many silent turns there are before the caller hears goodbye.
const UNHEARD_MAX: u8 = 2;

/// Words for a caller, each part with its language: a business's own words are in the language of its profile, ours in a language that we
/// know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Words(Vec<Passage>);

impl Words {
    /// Returns words of a profile, or of something that belongs to it.
    pub(super) fn own(profile: &AgentProfile, text: &str) -> Self {
        Self::default().and(&profile.language, text)
    }

    /// Returns one of our lines.
    pub(super) fn line(profile: &AgentProfile, line: Line) -> Self {
        Self::default().and_ours(profile, |ours| ours.line(line))
    }

    /// Returns the sentence that nobody can be reached.
    pub(super) fn not_connected(profile: &AgentProfile) -> Self {
        Self::default().and_ours(profile, |ours| ours.not_connected)
    }

    /// Returns the words of an earlier document: the text alone, or split by language.
    pub(super) fn of(text: &str, language: &str, passages: &[Passage]) -> Self {
        match passages {
            [] => Self::default().and(language, text),
            passages => Self(passages.to_vec()),
        }
    }

    fn and_ours(self, profile: &AgentProfile, pick: impl Fn(&'static Sentences) -> &'static str) -> Self {
        let ours = Sentences::of(&profile.language);
        self.and(ours.language_for(&profile.language), pick(ours))
    }

    /// Appends these words.
    fn and(mut self, language: &str, text: &str) -> Self {
        let text = text.trim();
        match self.0.last_mut() {
            _ if text.is_empty() => {}
            Some(last) if last.language == language => {
                last.text.push(' ');
                last.text.push_str(text);
            }
            _ => self.0.push(Passage { text: text.to_owned(), language: language.to_owned() }),
        }
        self
    }

    /// Appends what the caller can ask for.
    pub(super) fn and_offer(self, profile: &AgentProfile) -> Self {
        let ours = Sentences::of(&profile.language);
        self.and(ours.language_for(&profile.language), &offer(profile, ours))
    }

    /// Returns the whole text.
    pub(super) fn text(&self) -> String {
        let texts: Vec<&str> = self.0.iter().map(|passage| passage.text.as_str()).collect();
        texts.join(" ")
    }

    /// Returns the text split by language.
    pub(super) fn into_passages(self) -> Vec<Passage> {
        self.0
    }
}

/// A caller's turn.
#[derive(Clone, Debug, Default)]
pub(super) struct CallerTurn<'a> {
    /// The keys, as the switch reports them.
    pub(super) keys: Option<&'a str>,
    /// The spoken words.
    pub(super) words: Option<&'a str>,
    /// How many silent turns there were before this one.
    pub(super) unheard: u8,
    /// The last question to the caller.
    pub(super) asked: Words,
}

/// The step after a turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Say these words, and take the next turn.
    Ask(Words),
    /// Say these words because nothing was heard, and take the next turn.
    AskOnceMore(Words),
    /// Say these words, and connect a person: the name of an extension or a queue.
    Connect(Words, String),
    /// Say these words, and record the caller's message.
    Record(Words),
    /// Say these words, and end the call.
    Leave(Words, HangupCause),
}

/// Returns the first words of a call: the notice, the greeting, and what the caller can ask for.
pub(super) fn opening(profile: &AgentProfile) -> Words {
    let notice = Words::own(profile, profile.notice.as_deref().unwrap_or_default());
    let greeted = match &profile.greeting {
        Some(greeting) => notice.and(&profile.language, greeting),
        None => notice.and_ours(profile, |ours| ours.welcome),
    };
    greeted.and_offer(profile)
}

/// Returns what the caller can ask for, one sentence each.
fn offer(profile: &AgentProfile, ours: &Sentences) -> String {
    let sentence = |(keys, action): (&Digits, &KeyAction)| {
        let keys = spoken(keys, ours);
        match action {
            KeyAction::TransferCall { target } | KeyAction::RequestHandoff { target } => {
                let target = target.replace(['_', '-'], " ");
                Some(ours.reach.replace("{keys}", &keys).replace("{target}", &target))
            }
            KeyAction::TakeMessage => Some(ours.offer_message.replace("{keys}", &keys)),
            KeyAction::Say { .. } | KeyAction::Repeat | KeyAction::DoNotCall | KeyAction::EndCall => None,
        }
    };
    let all: Vec<String> =
        profile.dtmf_actions.iter().filter_map(|on| sentence((&on.digits, &on.action))).collect();
    all.join(" ")
}

/// Returns what follows a turn: the action of its keys, else of its words.
pub(super) fn turn(
    profile: &AgentProfile,
    policy: &CallPolicy,
    heard: &CallerTurn<'_>,
) -> (Option<(Digits, KeyAction)>, Turn) {
    let words = heard.words.filter(|words| !words.trim().is_empty());
    match (heard.keys.filter(|keys| !keys.is_empty()), words) {
        (Some(keys), _) => by_keys(profile, policy, keys, &heard.asked),
        (None, Some(words)) => (None, by_words(profile, policy, words, &heard.asked)),
        (None, None) if heard.unheard + 1 >= UNHEARD_MAX => {
            (None, Turn::Leave(Words::line(profile, Line::GoodbyeSilence), HangupCause::silence()))
        }
        (None, None) => (None, Turn::AskOnceMore(Words::line(profile, Line::StillThere).and_offer(profile))),
    }
}

/// Whether every sequence of the map is one key long.
pub(super) fn one_key_is_enough(profile: &AgentProfile) -> bool {
    profile.dtmf_actions.iter().all(|on| on.digits.as_slice().len() == 1)
}

fn by_keys(
    profile: &AgentProfile,
    policy: &CallPolicy,
    keys: &str,
    asked: &Words,
) -> (Option<(Digits, KeyAction)>, Turn) {
    let Ok(digits) = keys.parse::<Digits>() else { return (None, unknown_key(profile)) };
    let Some(action) = profile.key_action(&digits) else {
        let turn = if digits == Digits::from(Digit::ZERO) { person(profile, policy) } else { None };
        return (None, turn.unwrap_or_else(|| unknown_key(profile)));
    };
    let turn = match action {
        KeyAction::TransferCall { target } | KeyAction::RequestHandoff { target } => {
            connect(profile, policy, target).unwrap_or_else(|| refused(profile))
        }
        KeyAction::TakeMessage => Turn::Record(Words::line(profile, Line::MessageIntro)),
        KeyAction::Say { text } => Turn::Ask(Words::own(profile, text)),
        KeyAction::Repeat => Turn::Ask(asked.clone()),
        KeyAction::DoNotCall => not_called_again(profile),
        KeyAction::EndCall => leave(profile),
    };
    (Some((digits, action.clone())), turn)
}

fn by_words(profile: &AgentProfile, policy: &CallPolicy, words: &str, asked: &Words) -> Turn {
    let said = plain(words);
    let says = |wanted: &[&str]| wanted.iter().any(|word| holds(&said, word));
    let ours = Sentences::of(&profile.language);
    let heard = Spoken::of(words, &profile.language);
    let named = policy.people().find(|name| heard.means(name));
    if let Some(turn) = named.and_then(|name| connect(profile, policy, name)) {
        turn
    } else if profile.handoff_words.asked_by(words, &profile.language).is_some() {
        person(profile, policy).unwrap_or_else(|| refused(profile))
    } else if says(ours.asks_for_message) {
        Turn::Record(Words::line(profile, Line::MessageIntro))
    } else if says(ours.ends) || wants_nothing(&said, ours) {
        leave(profile)
    } else if says(ours.asks_again) {
        Turn::Ask(asked.clone())
    } else {
        Turn::Ask(Words::default().and_ours(profile, |ours| ours.no_answer).and_offer(profile))
    }
}

/// Returns the turn for a caller who asks for a person.
fn person(profile: &AgentProfile, policy: &CallPolicy) -> Option<Turn> {
    connect(profile, policy, profile.person_for(policy, |said| policy.person(said))?)
}

fn connect(profile: &AgentProfile, policy: &CallPolicy, target: &str) -> Option<Turn> {
    let name = policy.person(target)?;
    Some(Turn::Connect(Words::line(profile, Line::Transferring), name.to_owned()))
}

fn refused(profile: &AgentProfile) -> Turn {
    Turn::Ask(Words::line(profile, Line::TransferRefused).and_offer(profile))
}

fn unknown_key(profile: &AgentProfile) -> Turn {
    Turn::Ask(Words::line(profile, Line::UnknownKey).and_offer(profile))
}

/// Returns the end of a call whose caller has asked not to be called again.
pub(super) fn not_called_again(profile: &AgentProfile) -> Turn {
    Turn::Leave(Words::line(profile, Line::NotCalledAgain), HangupCause::normal_clearing())
}

fn leave(profile: &AgentProfile) -> Turn {
    Turn::Leave(Words::line(profile, Line::Goodbye), HangupCause::normal_clearing())
}

/// Returns the text in small letters and digits, with one space between words and at both ends.
fn plain(text: &str) -> String {
    let letters = |c: char| if c.is_alphanumeric() { c } else { ' ' };
    let words: String = text.to_lowercase().chars().map(letters).collect();
    format!(" {} ", words.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Whether the text contains these words as whole words.
fn holds(said: &str, words: &str) -> bool {
    let words = words.trim();
    !words.is_empty() && said.contains(&format!(" {words} "))
}

/// Whether the text says that the caller wants nothing, and nothing more.
fn wants_nothing(said: &str, ours: &Sentences) -> bool {
    let words = said.split_whitespace().filter(|word| !ours.courtesies.contains(word));
    let rest = words.collect::<Vec<_>>().join(" ");
    ours.wants_nothing.contains(&rest.as_str())
}

/// Returns keys as they are spoken.
fn spoken(digits: &Digits, ours: &Sentences) -> String {
    let key = |digit: &Digit| match char::from(*digit) {
        '*' => ours.star.to_owned(),
        '#' => ours.hash.to_owned(),
        key => key.to_string(),
    };
    digits.as_slice().iter().map(key).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn profile(actions: &Value) -> AgentProfile {
        let nobody = "00000000-0000-0000-0000-000000000001";
        let profile = json!({
            "id": nobody, "organization_id": nobody, "name": "sales", "language": "en", "tools": [],
            "voice": null, "speed_percent": 100, "noise_reduction": null, "transcription": true,
            "max_output_tokens": null, "turn_detection": { "type": "semantic_vad", "eagerness": "auto" },
            "greeting": "Good day.", "notice": "Calls are recorded.", "dtmf_actions": actions
        });
        serde_json::from_value(profile).unwrap()
    }

    fn usual() -> AgentProfile {
        profile(&json!([
            { "digits": "0", "action": { "action": "transfer_call", "target": "front_desk" } },
            { "digits": "1", "action": { "action": "take_message" } },
            { "digits": "#", "action": { "action": "repeat" } },
            { "digits": "*", "action": { "action": "end_call" } },
            { "digits": "12", "action": { "action": "say", "text": "We open at nine." } }
        ]))
    }

    fn policy() -> CallPolicy {
        let policy = json!({
            "meet_timeout_ms": 1, "resume_window_ms": 1, "max_duration_ms": 1, "silence_prompt_ms": 1,
            "silence_goodbye_ms": 1, "unannounced": "accept", "fallback_extension": "night",
            "extensions": { "front_desk": "internal,2001,1", "sales": "internal,2002,1", "night": "internal,2003,1" }
        });
        serde_json::from_value(policy).unwrap()
    }

    fn what_now() -> Words {
        Words::default().and("en", "What now?")
    }

    fn heard(keys: &str, words: &str) -> Turn {
        let asked = what_now();
        let heard = CallerTurn { keys: Some(keys), words: Some(words), unheard: 0, asked };
        turn(&usual(), &policy(), &heard).1
    }

    fn leads_to(turn: &Turn) -> &str {
        match turn {
            Turn::Connect(_, extension) => extension,
            Turn::Ask(_) | Turn::AskOnceMore(_) => "asks",
            Turn::Record(_) => "records",
            Turn::Leave(..) => "leaves",
        }
    }

    #[test]
    fn the_opening_is_notice_greeting_and_the_callers_choices() {
        assert_eq!(
            opening(&usual()).text(),
            "Calls are recorded. Good day. For front desk, press 0 or say front desk. To leave a message, press 1 or say message."
        );
        assert_eq!(opening(&profile(&json!([]))).text(), "Calls are recorded. Good day.");
    }

    #[test]
    fn keys_do_what_the_map_says() {
        assert_eq!(leads_to(&heard("0", "")), "front_desk");
        assert_eq!(leads_to(&heard("1", "")), "records");
        assert_eq!(leads_to(&heard("*", "")), "leaves");
        assert_eq!(heard("#", ""), Turn::Ask(what_now()));
        assert_eq!(heard("12", ""), Turn::Ask(Words::default().and("en", "We open at nine.")));
        for unknown in ["7", "123456789", "x", "0;0"] {
            let Turn::Ask(words) = heard(unknown, "") else { panic!("{unknown}") };
            let text = words.text();
            assert!(text.starts_with("That key does nothing here."), "{text}");
        }
    }

    #[test]
    fn spoken_words_ask_for_people_messages_or_the_end() {
        for (words, place) in [
            ("Can I talk to a HUMAN, please?", "front_desk"),
            ("front desk", "front_desk"),
            ("could I have an operator", "front_desk"),
            ("Sales!", "sales"),
            ("I'd like to leave a message", "records"),
            ("no thanks, bye.", "leaves"),
            ("Nothing, thank you.", "leaves"),
            ("I have heard nothing about my order", "asks"),
            ("I want sales please", "sales"),
            ("I don't want sales", "asks"),
            ("my neighbour said talk to a human", "asks"),
            ("what does a wholesales personality cost", "asks"),
            ("🦆", "asks"),
            ("مرحبا", "asks"),
        ] {
            assert_eq!(leads_to(&heard("", words)), place, "{words}");
        }
        assert_eq!(heard("", "Pardon?"), Turn::Ask(what_now()));
    }

    #[test]
    fn callers_who_ask_for_an_unoffered_person_get_the_fallback() {
        let keyless = profile(&json!([]));
        let ask = |heard: &CallerTurn<'_>, policy: &CallPolicy| turn(&keyless, policy, heard).1;
        let (by_key, by_word) = (
            CallerTurn { keys: Some("0"), ..CallerTurn::default() },
            CallerTurn { words: Some("operator"), ..CallerTurn::default() },
        );
        assert_eq!(leads_to(&ask(&by_key, &policy())), "night");
        assert_eq!(leads_to(&ask(&by_word, &policy())), "night");
        let nobody = CallPolicy { fallback_extension: None, ..policy() };
        assert_eq!(leads_to(&ask(&by_key, &nobody)), "asks");
        let Turn::Ask(words) = ask(&by_word, &nobody) else { panic!("connects with nobody") };
        let text = words.text();
        assert!(text.contains("can't reach"), "{text}");
    }

    fn in_language(language: &str) -> AgentProfile {
        AgentProfile { language: language.to_owned(), greeting: None, notice: None, ..usual() }
    }

    fn passage(text: &str, language: &str) -> Passage {
        Passage { text: text.to_owned(), language: language.to_owned() }
    }

    #[test]
    fn callers_are_addressed_in_the_profiles_language() {
        let german = in_language("de-AT");
        let opening = opening(&german).into_passages();
        assert_eq!(
            opening,
            [passage(
                "Guten Tag und herzlich willkommen. Für front desk drücken Sie 0 oder sagen Sie front desk. Um eine Nachricht zu \
                 hinterlassen, drücken Sie 1 oder sagen Sie Nachricht.",
                "de-AT"
            )]
        );
        let after = |keys: &str, words: &str| {
            let heard = CallerTurn { keys: Some(keys), words: Some(words), unheard: 0, asked: what_now() };
            turn(&german, &policy(), &heard).1
        };
        let starts = |turn: Turn| match turn {
            Turn::Ask(words) | Turn::AskOnceMore(words) | Turn::Record(words) => words.text(),
            Turn::Connect(words, _) | Turn::Leave(words, _) => words.text(),
        };
        for (keys, words, begins) in [
            ("7", "", "Diese Taste hat hier keine Funktion."),
            ("", "Was kostet das?", "Das kann ich Ihnen leider nicht selbst beantworten."),
            ("", "Ich will eine Nachricht hinterlassen", "Bitte sprechen Sie Ihre Nachricht"),
            ("", "Können Sie das noch einmal sagen?", "What now?"),
            ("", "Danke, auf Wiederhören", "Vielen Dank für Ihren Anruf."),
            ("", "Nein danke, sonst nichts.", "Vielen Dank für Ihren Anruf."),
            ("", "Ich habe noch nichts bekommen.", "Das kann ich Ihnen leider nicht selbst beantworten."),
            ("", "Mit einem Menschen sprechen, bitte", "Einen Moment, ich verbinde Sie."),
            ("", "", "Sind Sie noch da?"),
        ] {
            let said = starts(after(keys, words));
            assert!(said.starts_with(begins), "{keys}{words}: {said}");
        }
    }

    #[test]
    fn untranslated_words_are_marked_with_their_own_language() {
        let polish = AgentProfile {
            greeting: Some("Dzień dobry.".to_owned()),
            dtmf_actions: usual().dtmf_actions.into_iter().take(1).collect(),
            ..in_language("pl-PL")
        };
        assert_eq!(
            opening(&polish).into_passages(),
            [passage("Dzień dobry.", "pl-PL"), passage("For front desk, press 0 or say front desk.", "en")]
        );
    }

    #[test]
    fn two_silent_turns_end_the_call() {
        let silent = |unheard| turn(&usual(), &policy(), &CallerTurn { unheard, ..CallerTurn::default() }).1;
        assert!(
            matches!(silent(0), Turn::AskOnceMore(words) if words.text().starts_with("Are you still there?"))
        );
        assert!(matches!(silent(1), Turn::Leave(_, cause) if cause == HangupCause::silence()));
    }

    #[test]
    fn one_key_is_enough_if_no_sequence_is_longer() {
        assert!(!one_key_is_enough(&usual()));
        assert!(one_key_is_enough(&profile(
            &json!([{ "digits": "1", "action": { "action": "take_message" } }])
        )));
    }
}
