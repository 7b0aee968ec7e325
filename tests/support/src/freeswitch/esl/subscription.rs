//! `event`, `myevents`, `nixevent`, `filter`: which events a connection gets.

use std::collections::HashSet;

use super::event::{Event, Format};

/// The events that FreeSWITCH knows by name. `event` ignores all others.
const KNOWN: [&str; 44] = [
    "ALL",
    "CUSTOM",
    "CHANNEL_CREATE",
    "CHANNEL_DESTROY",
    "CHANNEL_STATE",
    "CHANNEL_CALLSTATE",
    "CHANNEL_ANSWER",
    "CHANNEL_HANGUP",
    "CHANNEL_HANGUP_COMPLETE",
    "CHANNEL_EXECUTE",
    "CHANNEL_EXECUTE_COMPLETE",
    "CHANNEL_HOLD",
    "CHANNEL_UNHOLD",
    "CHANNEL_BRIDGE",
    "CHANNEL_UNBRIDGE",
    "CHANNEL_PROGRESS",
    "CHANNEL_PROGRESS_MEDIA",
    "CHANNEL_OUTGOING",
    "CHANNEL_PARK",
    "CHANNEL_UNPARK",
    "CHANNEL_APPLICATION",
    "CHANNEL_ORIGINATE",
    "CHANNEL_UUID",
    "API",
    "LOG",
    "HEARTBEAT",
    "DTMF",
    "TALK",
    "NOTALK",
    "SHUTDOWN",
    "RELOADXML",
    "BACKGROUND_JOB",
    "PLAYBACK_START",
    "PLAYBACK_STOP",
    "RECORD_START",
    "RECORD_STOP",
    "MEDIA_BUG_START",
    "MEDIA_BUG_STOP",
    "PRESENCE_IN",
    "MESSAGE",
    "CODEC",
    "SESSION_HEARTBEAT",
    "CALL_UPDATE",
    "MODULE_LOAD",
];

/// The events that `myevents` sends about the own call.
const MINE: [&str; 14] = [
    "CHANNEL_PARK",
    "CHANNEL_UNPARK",
    "CHANNEL_EXECUTE",
    "CHANNEL_EXECUTE_COMPLETE",
    "CHANNEL_PROGRESS",
    "CHANNEL_PROGRESS_MEDIA",
    "CHANNEL_ANSWER",
    "CHANNEL_BRIDGE",
    "CHANNEL_UNBRIDGE",
    "CHANNEL_STATE",
    "CHANNEL_HANGUP",
    "CHANNEL_HANGUP_COMPLETE",
    "DTMF",
    "CHANNEL_CALLSTATE",
];

/// The subscription of one connection.
#[derive(Debug, Default)]
pub(super) struct Subscription {
    pub(super) format: Format,
    names: HashSet<String>,
    subclasses: HashSet<String>,
    filters: Vec<(String, String)>,
    /// The call of `myevents`.
    pub(super) mine: Option<String>,
}

/// The result of the words of `event`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// Something was subscribed to.
    Enabled,
    /// None of the words is an event.
    Nothing,
}

impl Subscription {
    /// Adds the words of `event`; words that are not events are added to `strangers`.
    pub(super) fn add<'a>(
        &mut self,
        words: impl Iterator<Item = &'a str>,
        strangers: &mut Vec<&'a str>,
    ) -> Heard {
        let (mut heard, mut custom) = (Heard::Nothing, false);
        for word in words {
            if custom {
                self.subclasses.insert(word.to_owned());
                if KNOWN.contains(&word) {
                    // An event's name after CUSTOM is a subclass that is never sent.
                    strangers.push(word);
                }
                continue;
            }
            let name = word.to_ascii_uppercase();
            if !KNOWN.contains(&name.as_str()) {
                strangers.push(word);
                continue;
            }
            custom = name == "CUSTOM";
            heard = Heard::Enabled;
            self.names.insert(name);
        }
        heard
    }

    /// Removes the words of `nixevent`.
    pub(super) fn nix<'a>(&mut self, words: impl Iterator<Item = &'a str>) {
        for word in words {
            self.names.remove(&word.to_ascii_uppercase());
            self.subclasses.remove(word);
        }
    }

    /// `noevents`.
    pub(super) fn clear(&mut self) {
        self.names.clear();
        self.subclasses.clear();
        self.mine = None;
    }

    /// Whether events of other calls are sent, too.
    pub(super) fn hears_strangers(&self) -> bool {
        !self.names.is_empty() && self.filters.is_empty()
    }

    pub(super) fn add_filter(&mut self, header: &str, value: &str) {
        self.filters.push((header.to_owned(), value.to_owned()));
    }

    /// `filter delete`; without a value every filter of the header, `all` for all headers.
    pub(super) fn delete_filter(&mut self, header: &str, value: &str) {
        self.filters.retain(|(known, wanted)| {
            let same = header == "all" || known.eq_ignore_ascii_case(header);
            !(same && (value.is_empty() || wanted == value))
        });
    }

    /// Whether an event is sent. Filters are combined by OR, whatever header they test.
    pub(super) fn wants(&self, event: &Event) -> bool {
        let name = event.name();
        let own = self.mine.as_deref().is_some_and(|uuid| event.get("Unique-ID") == Some(uuid));
        let mine = own && MINE.contains(&name);
        let named = match name {
            "CUSTOM" => {
                let subclass = event.get("Event-Subclass").unwrap_or_default();
                self.names.contains("ALL") || self.subclasses.contains(subclass)
            }
            _ => self.names.contains("ALL") || self.names.contains(name),
        };
        if !mine && !named {
            return false;
        }
        self.filters.is_empty()
            || self
                .filters
                .iter()
                .any(|(header, wanted)| event.get(header).is_some_and(|value| matches(value, wanted)))
    }
}

/// A plain value, or `/expression/` of plain letters with `^` and `$` at its ends: the captures have no other form.
fn matches(value: &str, wanted: &str) -> bool {
    let Some(expression) = wanted.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) else {
        return value.eq_ignore_ascii_case(wanted);
    };
    match (expression.strip_prefix('^'), expression.strip_suffix('$')) {
        (Some(_), Some(_)) => value == expression.trim_matches(['^', '$']),
        (Some(start), None) => value.starts_with(start),
        (None, Some(end)) => value.ends_with(end),
        (None, None) => value.contains(expression),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, uuid: &str) -> Event {
        Event::default().with("Event-Name", name).with("Unique-ID", uuid)
    }

    #[test]
    fn words_after_custom_are_subclasses() {
        let mut wanted = Subscription::default();
        let mut strangers = Vec::new();
        wanted.add("CUSTOM x::y CHANNEL_ANSWER".split(' '), &mut strangers);
        assert!(!wanted.wants(&event("CHANNEL_ANSWER", "u")));
        assert_eq!(strangers, ["CHANNEL_ANSWER"]);
        assert_eq!(wanted.add("BOGUS".split(' '), &mut Vec::new()), Heard::Nothing);
    }

    #[test]
    fn filters_are_alternatives() {
        let mut wanted = Subscription::default();
        wanted.add("ALL".split(' '), &mut Vec::new());
        wanted.add_filter("Unique-ID", "a");
        wanted.add_filter("Event-Name", "/^DT/");
        assert!(wanted.wants(&event("CHANNEL_ANSWER", "a")));
        assert!(wanted.wants(&event("DTMF", "b")));
        assert!(!wanted.wants(&event("CHANNEL_ANSWER", "b")));
        wanted.delete_filter("all", "");
        assert!(wanted.wants(&event("CHANNEL_ANSWER", "b")));
    }

    #[test]
    fn myevents_sends_the_own_calls_events_and_no_prompts() {
        let wanted = Subscription { mine: Some("a".to_owned()), ..Subscription::default() };
        assert!(wanted.wants(&event("CHANNEL_HANGUP", "a")));
        assert!(!wanted.wants(&event("CHANNEL_HANGUP", "b")));
        assert!(!wanted.wants(&event("PLAYBACK_STOP", "a")));
    }
}
