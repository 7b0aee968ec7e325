//! What a caller hears next who is talked with turn by turn, over keys and words that their switch understands. Pure.
//!
//! The keys are the profile's DTMF map. Words are looked through for the few wishes that can be met without a model: a person,
//! an extension by its name, a message, once more, goodbye. For all else the caller is told what can be done.

use cordboard_schema::call::{CallPolicy, HangupCause};
use cordboard_schema::digit::{Digit, Digits};
use cordboard_schema::intent::Heard as Spoken;
use cordboard_schema::line::Line;
use cordboard_schema::profile::{AgentProfile, KeyAction};

/// How often a caller may say nothing before they are told goodbye.
const UNHEARD_MAX: u8 = 2;

/// Words that ask for a message to be taken.
const MESSAGE: [&str; 3] = ["message", "voicemail", "mailbox"];
/// Words that ask for the last words once more.
const AGAIN: [&str; 4] = ["repeat", "again", "pardon", "sorry"];
/// Words that end a call.
const GOODBYE: [&str; 4] = ["goodbye", "bye", "ciao", "nothing"];

/// A turn of the caller.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Heard<'a> {
    /// The keys, as the switch wrote them.
    pub(super) keys: Option<&'a str>,
    /// The words.
    pub(super) words: Option<&'a str>,
    /// How often nothing was heard before.
    pub(super) unheard: u8,
    /// What the caller was asked last.
    pub(super) asked: &'a str,
}

/// What follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// These words, and the next turn.
    Ask(String),
    /// These words after nothing was heard, and the next turn.
    AskOnceMore(String),
    /// These words, and a person: the name of an extension or a queue.
    Connect(String, String),
    /// These words, and the caller's message.
    Record(String),
    /// These words, and the end.
    Leave(String, HangupCause),
}

/// What a line is in words, where no assistant words it.
pub(super) const fn words_of(line: Line) -> &'static str {
    match line {
        Line::StillThere => "Are you still there?",
        Line::UnknownKey => "That key does nothing here.",
        Line::MessageIntro => "Please leave your message after the tone.",
        Line::MessageSaved => "Your message is saved. Thank you. Goodbye.",
        Line::Transferring => "One moment, I am connecting you.",
        Line::TransferRefused => "I am sorry, I can't reach that person at the moment.",
        Line::GoodbyeSilence => "I can't hear you, so I hang up now. Goodbye.",
        Line::GoodbyeMaxDuration => "This call has reached its time limit. Goodbye.",
        _ => "Thank you for calling. Goodbye.",
    }
}

/// The first words of a call: the notice, the greeting, and what can be done.
pub(super) fn opening(profile: &AgentProfile) -> String {
    let notice = profile.notice.as_deref().unwrap_or_default();
    let greeting = profile.greeting.as_deref().unwrap_or("Hello, and welcome.");
    sentences([notice, greeting, &offer(profile)])
}

/// What can be done, in a sentence for each.
pub(super) fn offer(profile: &AgentProfile) -> String {
    let sentence = |(keys, action): (&Digits, &KeyAction)| {
        let keys = spoken(keys);
        match action {
            KeyAction::TransferCall { target } | KeyAction::RequestHandoff { target } => {
                let target = target.replace(['_', '-'], " ");
                Some(format!("For {target}, press {keys} or say {target}."))
            }
            KeyAction::TakeMessage => Some(format!("To leave a message, press {keys} or say message.")),
            KeyAction::Say { .. } | KeyAction::Repeat | KeyAction::EndCall => None,
        }
    };
    let all: Vec<String> =
        profile.dtmf_actions.iter().filter_map(|on| sentence((&on.digits, &on.action))).collect();
    all.join(" ")
}

/// What a turn leads to, and what its keys do.
pub(super) fn turn(
    profile: &AgentProfile,
    policy: &CallPolicy,
    heard: &Heard<'_>,
) -> (Option<(Digits, KeyAction)>, Turn) {
    let words = heard.words.filter(|words| !words.trim().is_empty());
    match (heard.keys.filter(|keys| !keys.is_empty()), words) {
        (Some(keys), _) => by_keys(profile, policy, keys, heard.asked),
        (None, Some(words)) => (None, by_words(profile, policy, words, heard.asked)),
        (None, None) if heard.unheard + 1 >= UNHEARD_MAX => {
            (None, Turn::Leave(words_of(Line::GoodbyeSilence).to_owned(), HangupCause::silence()))
        }
        (None, None) => (None, Turn::AskOnceMore(sentences([words_of(Line::StillThere), &offer(profile)]))),
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
    asked: &str,
) -> (Option<(Digits, KeyAction)>, Turn) {
    let Ok(digits) = keys.parse::<Digits>() else { return (None, unknown_key(profile)) };
    let Some(action) = profile.key_action(&digits) else {
        let turn = if digits == Digits::from(Digit::ZERO) { person(profile, policy) } else { None };
        return (None, turn.unwrap_or_else(|| unknown_key(profile)));
    };
    let turn = match action {
        KeyAction::TransferCall { target } | KeyAction::RequestHandoff { target } => {
            connect(policy, target).unwrap_or_else(|| refused(profile))
        }
        KeyAction::TakeMessage => Turn::Record(words_of(Line::MessageIntro).to_owned()),
        KeyAction::Say { text } => Turn::Ask(text.clone()),
        KeyAction::Repeat => Turn::Ask(asked.to_owned()),
        KeyAction::EndCall => leave(),
    };
    (Some((digits, action.clone())), turn)
}

fn by_words(profile: &AgentProfile, policy: &CallPolicy, words: &str, asked: &str) -> Turn {
    let said = plain(words);
    let says = |wanted: &[&str]| wanted.iter().any(|word| holds(&said, word));
    let heard = Spoken::of(words, &profile.language);
    let named = policy.people().find(|name| heard.means(name));
    if let Some(turn) = named.and_then(|name| connect(policy, name)) {
        turn
    } else if profile.handoff_words.asked_by(words, &profile.language).is_some() {
        person(profile, policy).unwrap_or_else(|| refused(profile))
    } else if says(&MESSAGE) {
        Turn::Record(words_of(Line::MessageIntro).to_owned())
    } else if says(&GOODBYE) {
        leave()
    } else if says(&AGAIN) {
        Turn::Ask(asked.to_owned())
    } else {
        Turn::Ask(sentences(["I can't answer that myself.", &offer(profile)]))
    }
}

/// Whom a caller gets who asks for a person.
fn person(profile: &AgentProfile, policy: &CallPolicy) -> Option<Turn> {
    connect(policy, profile.person_for(policy, |said| policy.person(said))?)
}

fn connect(policy: &CallPolicy, target: &str) -> Option<Turn> {
    let name = policy.person(target)?;
    Some(Turn::Connect(words_of(Line::Transferring).to_owned(), name.to_owned()))
}

fn refused(profile: &AgentProfile) -> Turn {
    Turn::Ask(sentences([words_of(Line::TransferRefused), &offer(profile)]))
}

fn unknown_key(profile: &AgentProfile) -> Turn {
    Turn::Ask(sentences([words_of(Line::UnknownKey), &offer(profile)]))
}

fn leave() -> Turn {
    Turn::Leave(words_of(Line::Goodbye).to_owned(), HangupCause::normal_clearing())
}

/// Sentences one behind the other, without those that are empty.
pub(super) fn sentences<const N: usize>(all: [&str; N]) -> String {
    let full: Vec<&str> = all.into_iter().map(str::trim).filter(|text| !text.is_empty()).collect();
    full.join(" ")
}

/// Small letters and digits, a space between words and at both ends.
fn plain(text: &str) -> String {
    let letters = |c: char| if c.is_alphanumeric() { c } else { ' ' };
    let words: String = text.to_lowercase().chars().map(letters).collect();
    format!(" {} ", words.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Whether these words stand there as whole ones.
fn holds(said: &str, words: &str) -> bool {
    let words = words.trim();
    !words.is_empty() && said.contains(&format!(" {words} "))
}

/// Keys as they are said.
fn spoken(digits: &Digits) -> String {
    let key = |digit: &Digit| match char::from(*digit) {
        '*' => "star".to_owned(),
        '#' => "hash".to_owned(),
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

    fn heard(keys: &str, words: &str) -> Turn {
        let heard = Heard { keys: Some(keys), words: Some(words), unheard: 0, asked: "What now?" };
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
    fn the_first_words_are_the_notice_the_greeting_and_what_can_be_done() {
        assert_eq!(
            opening(&usual()),
            "Calls are recorded. Good day. For front desk, press 0 or say front desk. To leave a message, press 1 or say message."
        );
        assert_eq!(opening(&profile(&json!([]))), "Calls are recorded. Good day.");
    }

    #[test]
    fn keys_do_what_the_map_says() {
        assert_eq!(leads_to(&heard("0", "")), "front_desk");
        assert_eq!(leads_to(&heard("1", "")), "records");
        assert_eq!(leads_to(&heard("*", "")), "leaves");
        assert_eq!(heard("#", ""), Turn::Ask("What now?".to_owned()));
        assert_eq!(heard("12", ""), Turn::Ask("We open at nine.".to_owned()));
        for unknown in ["7", "123456789", "x", "0;0"] {
            let Turn::Ask(text) = heard(unknown, "") else { panic!("{unknown}") };
            assert!(text.starts_with("That key does nothing here."), "{text}");
        }
    }

    #[test]
    fn words_ask_for_people_a_message_and_the_end() {
        for (words, place) in [
            ("Can I talk to a HUMAN, please?", "front_desk"),
            ("front desk", "front_desk"),
            ("could I have an operator", "front_desk"),
            ("Sales!", "sales"),
            ("I'd like to leave a message", "records"),
            ("no thanks, bye.", "leaves"),
            ("I want sales please", "sales"),
            ("I don't want sales", "asks"),
            ("my neighbour said talk to a human", "asks"),
            ("what does a wholesales personality cost", "asks"),
            ("🦆", "asks"),
            ("مرحبا", "asks"),
        ] {
            assert_eq!(leads_to(&heard("", words)), place, "{words}");
        }
        assert_eq!(heard("", "Pardon?"), Turn::Ask("What now?".to_owned()));
    }

    #[test]
    fn who_asks_for_a_person_whom_no_key_offers_gets_the_fallback_or_hears_that_there_is_none() {
        let keyless = profile(&json!([]));
        let ask = |heard: &Heard<'_>, policy: &CallPolicy| turn(&keyless, policy, heard).1;
        let (by_key, by_word) = (
            Heard { keys: Some("0"), ..Heard::default() },
            Heard { words: Some("operator"), ..Heard::default() },
        );
        assert_eq!(leads_to(&ask(&by_key, &policy())), "night");
        assert_eq!(leads_to(&ask(&by_word, &policy())), "night");
        let nobody = CallPolicy { fallback_extension: None, ..policy() };
        assert_eq!(leads_to(&ask(&by_key, &nobody)), "asks");
        let Turn::Ask(text) = ask(&by_word, &nobody) else { panic!("connects with nobody") };
        assert!(text.contains("can't reach"), "{text}");
    }

    #[test]
    fn nothing_heard_twice_is_the_end() {
        let silent = |unheard| turn(&usual(), &policy(), &Heard { unheard, ..Heard::default() }).1;
        assert!(matches!(silent(0), Turn::AskOnceMore(text) if text.starts_with("Are you still there?")));
        assert!(matches!(silent(1), Turn::Leave(_, cause) if cause == HangupCause::silence()));
    }

    #[test]
    fn one_key_is_enough_where_no_sequence_is_longer() {
        assert!(!one_key_is_enough(&usual()));
        assert!(one_key_is_enough(&profile(
            &json!([{ "digits": "1", "action": { "action": "take_message" } }])
        )));
    }
}
