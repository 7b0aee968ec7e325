//! A person whom the server has called into a conference: the test decides what happens to their phone.

use super::{Account, Posted, rooms};
use crate::twilio_rest::Came;

/// A person's leg, from the request that made it.
#[derive(Debug)]
pub struct Agent {
    account: Account,
    call: String,
    room: String,
    to: String,
    from: String,
    label: String,
    status: String,
    callback: String,
}

impl Agent {
    /// The person of an accepted request to `.../Participants.json`.
    ///
    /// # Panics
    /// It was not one.
    #[must_use]
    pub fn of(account: &Account, came: &Came) -> Self {
        let field = |name: &str| came.get(name).unwrap_or_default().to_owned();
        let room = came.path.trim_start_matches("/Conferences/").trim_end_matches("/Participants.json");
        assert_ne!(room, came.path, "{} adds no participant to a conference", came.path);
        Self {
            account: account.clone(),
            call: came.sid.clone().unwrap_or_default(),
            room: room.to_owned(),
            to: field("To"),
            from: field("From"),
            label: field("Label"),
            status: field("StatusCallback"),
            callback: field("ConferenceStatusCallback"),
        }
    }

    /// The SID of their leg.
    #[must_use]
    pub fn call(&self) -> &str {
        &self.call
    }

    /// Their room.
    #[must_use]
    pub fn room(&self) -> &str {
        &self.room
    }

    /// The members of their room.
    #[must_use]
    pub fn with(&self) -> Vec<String> {
        rooms::members(&self.account, &self.room)
    }

    /// Whether their room existed and is over.
    #[must_use]
    pub fn has_room_ended(&self) -> bool {
        rooms::has_ended(&self.account, &self.room)
    }

    /// Their phone rings.
    pub async fn rings(&self) {
        self.tell("ringing", 1).await;
    }

    /// They answer, and wait in the room. That is reported twice; the ringing is reported after it.
    pub async fn answers(&self) {
        self.tell("in-progress", 2).await;
        self.tell("in-progress", 2).await;
        self.tell("ringing", 1).await;
        let wrong = rooms::enter(&self.account, &self.room, (&self.label, &self.call), &self.callback).await;
        assert_eq!(wrong, [""; 0]);
    }

    /// Their call ends like this instead: `busy`, `no-answer`, `failed`, `canceled`. That is reported twice, and the ringing after it.
    pub async fn comes_to(&self, status: &str) {
        self.tell(status, 2).await;
        self.tell(status, 2).await;
        self.tell("ringing", 1).await;
    }

    /// They hang up.
    pub async fn leaves(&self) {
        let wrong = rooms::leave(&self.account, &self.room, &self.label, false).await;
        assert_eq!(wrong, [""; 0]);
        self.tell("completed", 3).await;
    }

    async fn tell(&self, status: &str, sequence: u32) {
        let mut fields = Account::fields(&self.call, &self.from, &self.to, status);
        fields.push(("SequenceNumber".to_owned(), sequence.to_string()));
        let path = self.status.strip_prefix(&self.account.public_base).unwrap_or(&self.status);
        let posted = self.account.post(path, &fields).await;
        assert!(matches!(posted, Some(Posted { status: 204, .. })), "{path}: {posted:?}");
    }
}
