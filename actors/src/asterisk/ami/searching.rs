//! Calls whose channel neither an event nor a list has named. The answered channels that may be theirs are asked for the variable
//! in which a dialplan keeps the UUID of its connection. So a call is under control even if its dialplan announces nothing, or if
//! the manager user may not list channels.

use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::ami::{Action, AmiValue, Answer, Message};
use uuid::Uuid;

use super::watching::Watched;
use super::{Asterisk, Awaited};

/// How often channels are asked for a call. At the second time, one comparison later, its dialplan has set the variable. A call of
/// another switch is never found here.
const SEARCHES_MAX: u32 = 2;
/// How many channels are asked at once. Those not asked yet come first, the newest before the others, because a call that has just
/// begun has one of them.
const CHANNELS_MAX: usize = 64;
/// How long a channel is not asked again, in ms: less than the interval of comparisons.
const ASKED_AGAIN_MS: u64 = 4_000;

impl Watched {
    fn is_missed(&self) -> bool {
        self.channel.is_none() && !self.reported.is_over()
    }

    fn is_searched_for(&self) -> bool {
        self.is_missed() && self.searches < SEARCHES_MAX
    }
}

impl Asterisk {
    /// Returns whether the channel of a held caller is being searched for: it may be any channel in the hold places.
    pub(super) fn is_held_caller_searched_for(&self) -> bool {
        self.watched.values().any(|watched| watched.held_from.is_some() && watched.is_searched_for())
    }

    /// Searches for the channels of calls that have none after a list, or after a list was refused.
    pub(super) fn search(&mut self, now: UnixMs) {
        if !self.watched.values().any(Watched::is_searched_for) {
            return;
        }
        let may_be_asked =
            |asked_at: Option<UnixMs>| asked_at.is_none_or(|at| now.ms_since(at) >= ASKED_AGAIN_MS);
        let unclaimed = self.channels.unclaimed().into_iter();
        let asked: Vec<String> = unclaimed
            .filter(|(_, channel)| may_be_asked(channel.asked_at))
            .take(CHANNELS_MAX)
            .map(|(id, channel)| {
                channel.asked_at = Some(now);
                id.clone()
            })
            .collect();
        if !asked.is_empty() {
            let searched_for = self.watched.values_mut().filter(|watched| watched.is_searched_for());
            searched_for.for_each(|watched| watched.searches += 1);
        }
        for id in asked {
            if let Ok(channel) = AmiValue::new(id.clone()) {
                let variable = self.settings.uuid_variable.clone();
                self.ask(&Action::Getvar { channel: Some(channel), variable }, Awaited::Owner { id }, now);
            }
        }
    }

    /// Handles a channel's answer that names its connection. It counts for a call that has no channel.
    pub(super) fn owner_named(&mut self, id: &str, answer: &Message, now: UnixMs) {
        let value = answer.text_of("Value").filter(|_| Answer::of(answer) == Answer::Success);
        let Some(audiosocket) = value.and_then(|value| Uuid::try_parse(value).ok()) else { return };
        if self.watched.get(&audiosocket).is_some_and(Watched::is_missed) {
            self.channels.may_be_caller_of(audiosocket, id);
            self.find(audiosocket, now);
        }
    }
}
