//! Conferences: who is in which, and what its callbacks tell. They go to the address that came with the first participant, each
//! twice, and an older one behind a newer one.

use std::collections::{BTreeMap, HashMap};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use super::{Account, Posted};

/// All rooms of this process; their names are unique.
static ROOMS: LazyLock<Mutex<HashMap<String, Room>>> = LazyLock::new(Mutex::default);

#[derive(Debug, Default)]
struct Room {
    callback: String,
    sequence: u64,
    /// Calls by label.
    members: BTreeMap<String, String>,
    has_ended: bool,
    /// What was told last.
    newest: Option<Vec<(String, String)>>,
}

fn rooms() -> MutexGuard<'static, HashMap<String, Room>> {
    ROOMS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a room was there and is over.
#[must_use]
pub fn has_ended(room: &str) -> bool {
    rooms().get(room).is_some_and(|room| room.has_ended)
}

/// Who is in a room, by what they are called there.
#[must_use]
pub fn members(room: &str) -> Vec<String> {
    rooms().get(room).map(|room| room.members.keys().cloned().collect()).unwrap_or_default()
}

/// Somebody enters. `callback` is what came with them; it counts where they are the first.
pub(super) fn enter(
    account: &Account,
    name: &str,
    (label, call): (&str, &str),
    callback: &str,
) -> Vec<String> {
    let mut all = rooms();
    let room = all.entry(name.to_owned()).or_default();
    if room.callback.is_empty() || room.has_ended {
        *room = Room { callback: callback.to_owned(), ..Room::default() };
    }
    room.members.insert(label.to_owned(), call.to_owned());
    let mut told = vec![room.event(name, "participant-join", Some((label, call)))];
    if room.members.len() == 2 {
        told.push(room.event(name, "conference-start", None));
    }
    let callback = room.callback.clone();
    drop(all);
    tell(account, &callback, &told)
}

/// Somebody leaves. The room is over where it ends with them, or is empty.
pub(super) fn leave(account: &Account, name: &str, label: &str, ends: bool) -> Vec<String> {
    let mut all = rooms();
    let Some(room) = all.get_mut(name) else { return Vec::new() };
    let Some(call) = room.members.remove(label) else { return Vec::new() };
    let older = room.newest.take();
    let mut told = vec![room.event(name, "participant-leave", Some((label, &call)))];
    if ends || room.members.is_empty() {
        for (label, call) in std::mem::take(&mut room.members) {
            told.push(room.event(name, "participant-leave", Some((&label, &call))));
        }
        let mut over = room.event(name, "conference-end", None);
        over.push(("CallSidEndingConference".to_owned(), call));
        told.push(over);
        room.has_ended = true;
    }
    // Late, behind what is newer.
    told.extend(older);
    let callback = room.callback.clone();
    drop(all);
    tell(account, &callback, &told)
}

impl Room {
    fn event(&mut self, name: &str, event: &str, who: Option<(&str, &str)>) -> Vec<(String, String)> {
        self.sequence += 1;
        let digits: String = name.chars().filter(char::is_ascii_hexdigit).take(32).collect();
        let fields = [
            ("AccountSid", Account::SID.to_owned()),
            ("ConferenceSid", format!("CF{digits:0>32}")),
            ("FriendlyName", name.to_owned()),
            ("StatusCallbackEvent", event.to_owned()),
            ("SequenceNumber", self.sequence.to_string()),
            ("Timestamp", "Fri, 20 Nov 2026 06:42:00 +0000".to_owned()),
        ];
        let mut fields: Vec<(String, String)> =
            fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        if let Some((label, call)) = who {
            fields.push(("ParticipantLabel".to_owned(), label.to_owned()));
            fields.push(("CallSid".to_owned(), call.to_owned()));
            fields.push(("Muted".to_owned(), "false".to_owned()));
            fields.push(("Hold".to_owned(), "false".to_owned()));
        }
        self.newest = Some(fields.clone());
        fields
    }
}

/// Tells each twice; what was answered otherwise than it should be.
fn tell(account: &Account, url: &str, events: &[Vec<(String, String)>]) -> Vec<String> {
    if url.is_empty() {
        return Vec::new();
    }
    let path = url.strip_prefix(&account.public_base).unwrap_or(url);
    let twice = events.iter().flat_map(|event| [event, event]);
    twice
        .filter_map(|event| match account.post(path, event) {
            Some(Posted { status: 200..=299, .. }) | None => None,
            Some(Posted { status, body, .. }) => Some(format!("{path} was answered with {status}: {body}")),
        })
        .collect()
}
