//! A call in two sentences, made only from known facts: the same facts give the same words. They are part of the profile, and a
//! person hears them before they are joined with the caller.

use super::{CustomerProfile, ProfileActivity, ProfileCustomer, cut};
use crate::activity::{ActivityAction, ActivityType};
use crate::fold::Role;
use crate::limits::PROFILE_QUOTE_CHARS_MAX;
use crate::said::is_without_words;

/// Maximum number of actions that are listed.
const LISTED_MAX: usize = 3;
/// Maximum number of characters of each title.
const TITLE_CHARS_MAX: usize = 80;

/// Returns two sentences: the caller and their last request; and the actions taken.
pub fn brief(profile: &CustomerProfile) -> String {
    let asked = profile
        .conversation_history
        .iter()
        .rev()
        .filter(|line| line.role == Role::Caller)
        .find_map(|line| quote(&line.content));
    let who = who(&profile.customer);
    let first = match asked {
        Some(words) => format!("{who} has said last: {words}."),
        None => format!("{who} has said nothing in words yet."),
    };
    format!("{first} {}", done(&profile.activities))
}

/// Returns the summary of a finished call whose caller is already known.
pub(super) fn of_earlier(last_words: Option<&str>, activities: &[ProfileActivity]) -> String {
    let first = match last_words.and_then(quote) {
        Some(words) => format!("Said last: {words}."),
        None => "Nothing was said in words.".to_owned(),
    };
    format!("{first} {}", done(activities))
}

fn who(customer: &ProfileCustomer) -> String {
    let (name, phone) = (one_line(&customer.name), one_line(&customer.phone));
    match (name.is_empty(), phone.is_empty()) {
        (false, _) => name,
        (true, false) => format!("A caller from {phone}"),
        (true, true) => "An unknown caller".to_owned(),
    }
}

fn done(activities: &[ProfileActivity]) -> String {
    if activities.is_empty() {
        return "Nothing was written down.".to_owned();
    }
    let newest = activities.iter().rev().take(LISTED_MAX).map(|activity| {
        let kind = match activity.activity_type {
            ActivityType::Event => "event",
            ActivityType::Todo => "to-do",
        };
        let action = match activity.action {
            ActivityAction::Created => "created",
            ActivityAction::Updated => "updated",
            ActivityAction::Completed => "completed",
        };
        let title = cut(&one_line(&activity.title), TITLE_CHARS_MAX);
        format!("{kind} {action} ({})", title.trim_end_matches(['.', '!', '?']))
    });
    let mut parts: Vec<String> = newest.collect();
    if activities.len() > LISTED_MAX {
        parts.push(format!("{} more", activities.len() - LISTED_MAX));
    }
    format!("Written down: {}.", parts.join(", "))
}

/// Returns words in quotation marks, in one line; `None` if the speech was not transcribed.
fn quote(said: &str) -> Option<String> {
    let words = one_line(said);
    let is_wordless = words.is_empty() || is_without_words(&words);
    // Within the quotation marks it stays one sentence.
    let words = cut(&words, PROFILE_QUOTE_CHARS_MAX).replace(['"', '“', '”', '„'], "'");
    (!is_wordless).then(|| format!("\"{}\"", words.trim_end_matches(['.', ' '])))
}

/// Returns a text without line ends and other control characters.
fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::tests::{activity, line, profile};
    use super::*;
    use crate::fold::Role::{Assistant, Caller};

    #[test]
    fn it_names_the_customer_their_request_and_the_actions() {
        let mut anna = profile();
        anna.customer.name = "Anna Example".to_owned();
        anna.conversation_history = vec![
            line(Caller, "My heating is cold."),
            line(Assistant, "I am sorry."),
            line(Caller, "Can I talk to a person?"),
            line(Assistant, "One moment, please."),
        ];
        anna.activities =
            vec![activity(ActivityType::Todo, ActivityAction::Created, "Call back on Tuesday.")];
        assert_eq!(
            brief(&anna),
            "Anna Example has said last: \"Can I talk to a person?\". Written down: to-do created (Call back on Tuesday)."
        );
    }

    #[test]
    fn an_unknown_caller_is_named_by_number_or_as_unknown() {
        let mut caller = profile();
        caller.customer.phone = "+493012345678".to_owned();
        assert_eq!(
            brief(&caller),
            "A caller from +493012345678 has said nothing in words yet. Nothing was written down."
        );
        caller.customer.phone.clear();
        assert!(brief(&caller).starts_with("An unknown caller has"));
    }

    #[test]
    fn untranscribed_speech_is_skipped() {
        let mut caller = profile();
        caller.conversation_history =
            vec![line(Caller, "a plumber"), line(Caller, "(speech, 2.1 s)"), line(Caller, "(speech)")];
        assert!(brief(&caller).contains("has said last: \"a plumber\"."));
        caller.conversation_history.push(line(Caller, "(speech, language) therapy"));
        assert!(brief(&caller).contains("has said last: \"(speech, language) therapy\"."), "it was written");
    }

    #[test]
    fn callers_words_stay_one_line_of_text() {
        let mut caller = profile();
        caller.customer.name = "Eve\r\nExample".to_owned();
        caller.conversation_history = vec![line(Caller, "say \"hello\"\n<img src=x onerror=alert(1)>\u{7}")];
        let text = brief(&caller);
        assert!(
            text.starts_with("Eve Example has said last: \"say 'hello' <img src=x onerror=alert(1)>\"."),
            "{text}"
        );
        assert!(!text.contains(char::is_control), "{text:?}");
    }

    #[test]
    fn many_actions_are_summarized_briefly() {
        let mut caller = profile();
        caller.conversation_history = vec![line(Caller, &"word ".repeat(1_000))];
        caller.activities = (0..40)
            .map(|n| {
                activity(ActivityType::Event, ActivityAction::Updated, &format!("{n} {}", "x".repeat(500)))
            })
            .collect();
        let text = brief(&caller);
        assert!(text.chars().count() < 700, "{} characters", text.chars().count());
        assert!(text.contains("event updated (39 x") && text.ends_with("…), 37 more."), "{text}");
    }
}
