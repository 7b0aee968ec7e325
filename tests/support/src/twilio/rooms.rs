//! Conferences: who is in which, and their callbacks. Callbacks go to the address that came with the first participant, each twice, and an older
//! one after a newer one.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::{Account, Posted};

/// All rooms of this process, by the server to which they belong: worlds in virtual time use the same names again.
static ROOMS: LazyLock<Mutex<Rooms>> = LazyLock::new(Mutex::default);

type Rooms = HashMap<(SocketAddr, String), Room>;

#[derive(Debug, Default)]
struct Room {
    callback: String,
    sequence: u64,
    /// Calls by label.
    members: BTreeMap<String, String>,
    has_ended: bool,
    ended: Arc<Notify>,
    /// The last report.
    newest: Option<Vec<(String, String)>>,
}

fn rooms() -> MutexGuard<'static, Rooms> {
    ROOMS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn of(account: &Account, room: &str) -> (SocketAddr, String) {
    (account.http, room.to_owned())
}

/// Whether a room existed and is over.
pub(super) fn has_ended(account: &Account, room: &str) -> bool {
    rooms().get(&of(account, room)).is_some_and(|room| room.has_ended)
}

/// Waits for the end of a room with participants.
pub(super) async fn until_ended(account: &Account, room: &str) {
    let ended = rooms().get(&of(account, room)).map(|room| Arc::clone(&room.ended));
    let Some(ended) = ended else { return };
    loop {
        let told = ended.notified();
        tokio::pin!(told);
        told.as_mut().enable();
        if has_ended(account, room) {
            return;
        }
        told.await;
    }
}

/// The members of a room, by their labels.
pub(super) fn members(account: &Account, room: &str) -> Vec<String> {
    rooms().get(&of(account, room)).map(|room| room.members.keys().cloned().collect()).unwrap_or_default()
}

/// A participant enters. `callback` came with them; it counts where they are the first.
pub(super) async fn enter(
    account: &Account,
    name: &str,
    (label, call): (&str, &str),
    callback: &str,
) -> Vec<String> {
    let (callback, told) = {
        let mut all = rooms();
        let room = all.entry(of(account, name)).or_default();
        if room.callback.is_empty() || room.has_ended {
            *room = Room { callback: callback.to_owned(), ..Room::default() };
        }
        room.members.insert(label.to_owned(), call.to_owned());
        let mut told = vec![room.event(name, "participant-join", Some((label, call)))];
        if room.members.len() == 2 {
            told.push(room.event(name, "conference-start", None));
        }
        (room.callback.clone(), told)
    };
    tell(account, &callback, &told).await
}

/// A participant leaves. The room is over where it ends with them, or is empty.
pub(super) async fn leave(account: &Account, name: &str, label: &str, ends: bool) -> Vec<String> {
    let (callback, told) = {
        let mut all = rooms();
        let Some(room) = all.get_mut(&of(account, name)) else { return Vec::new() };
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
            room.ended.notify_waiters();
        }
        // Late, after newer ones.
        told.extend(older);
        (room.callback.clone(), told)
    };
    tell(account, &callback, &told).await
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

/// Sends each event twice; returns the answers that are wrong.
async fn tell(account: &Account, url: &str, events: &[Vec<(String, String)>]) -> Vec<String> {
    let mut wrong = Vec::new();
    if url.is_empty() {
        return wrong;
    }
    let path = url.strip_prefix(&account.public_base).unwrap_or(url);
    for event in events.iter().flat_map(|event| [event, event]) {
        match account.post(path, event).await {
            Some(Posted { status: 200..=299, .. }) | None => {}
            Some(Posted { status, body, .. }) => {
                wrong.push(format!("{path} was answered with {status}: {body}"));
            }
        }
    }
    wrong
}
