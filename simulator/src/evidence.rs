//! What is known of a world when it is over: what everybody heard and was told, and what stands on disk.

use chrono::{DateTime, Utc};
use cordboard_schema::event::JournalEntry;
use cordboard_schema::fold::{Call, TranscriptItem};
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::time::UnixMs;
use cordboard_test_support::openai::Connection;
use serde_json::Value;

use crate::parties::caller::Caller;
use crate::parties::program::Told;
use crate::plan::{Line, Plan};

/// All that is known.
#[derive(Debug)]
pub struct Evidence {
    /// What was to happen.
    pub plan: Plan,
    /// The two organizations.
    pub organizations: [OrganizationId; 2],
    /// Everybody who called.
    pub callers: Vec<Caller>,
    /// Calls as they stand on disk in the end, in the order of their ids.
    pub books: Vec<Book>,
    /// The lives of the server.
    pub lives: Vec<Life>,
    /// Looks at rows in the middle of everything.
    pub looks: Vec<Look>,
    /// Connections to the provider, with the life that they are of.
    pub connections: Vec<(usize, Connection)>,
    /// Programs, with their life and their organization.
    pub programs: Vec<(usize, usize, Told)>,
    /// What panicked.
    pub panics: Vec<String>,
}

/// A call on disk.
#[derive(Clone, Debug, PartialEq)]
pub struct Book {
    /// Its row.
    pub row: Call,
    /// Its transcript.
    pub transcript: Vec<TranscriptItem>,
    /// Its journal.
    pub journal: Vec<JournalEntry>,
}

/// A look at a call's row, while others go on.
#[derive(Clone, Debug)]
pub struct Look {
    /// When, in ms from the beginning of the world.
    pub at_ms: u64,
    /// The row.
    pub row: Call,
    /// Its transcript.
    pub transcript: Vec<TranscriptItem>,
}

/// One life of the server.
#[derive(Clone, Debug)]
pub struct Life {
    /// When it began, in ms from the beginning of the world.
    pub began_ms: u64,
    /// What its calendar said then.
    pub origin: DateTime<Utc>,
    /// Lines of its log, from level warn on.
    pub log: Vec<String>,
    /// What was open in the end, where it was taken down in order.
    pub ledger: Option<Vec<Value>>,
    /// Whether the journal was stored whole, where it was taken down in order.
    pub stored: Option<Result<(), String>>,
    /// What stood on disk when it ended.
    pub left: Vec<Book>,
}

impl Evidence {
    /// The call of a caller; the newest, where there are several.
    #[must_use]
    pub fn book_of(&self, caller: &Caller) -> Option<&Book> {
        self.books.iter().rev().find(|book| is_of(book, caller))
    }

    /// All calls of a caller, the oldest first.
    #[must_use]
    pub fn books_of(&self, caller: &Caller) -> Vec<&Book> {
        self.books.iter().filter(|book| is_of(book, caller)).collect()
    }

    /// Who the caller of a call is.
    #[must_use]
    pub fn caller_of(&self, call: CallId) -> Option<&Caller> {
        let book = self.books.iter().find(|book| book.row.id == call)?;
        self.callers.iter().find(|caller| is_of(book, caller))
    }

    /// The life of each entry of a call's journal.
    #[must_use]
    pub fn lives_of(&self, book: &Book) -> Vec<usize> {
        let is_known = |life: &Life| life.left.iter().any(|left| left.row.id == book.row.id);
        let mut life = self.lives.iter().position(is_known).unwrap_or(self.lives.len().saturating_sub(1));
        let mut lives = Vec::with_capacity(book.journal.len());
        for entry in &book.journal {
            if entry.event.kind() == "server_restarted" {
                life += 1;
            }
            lives.push(life.min(self.lives.len().saturating_sub(1)));
        }
        lives
    }

    /// A moment of the calendar of a life, in ms from the beginning of the world. The actors' clock never steps.
    #[must_use]
    pub fn ms_of(&self, life: usize, at: UnixMs) -> u64 {
        let life = &self.lives[life];
        let origin: UnixMs = life.origin.into();
        life.began_ms + at.ms_since(origin)
    }
}

fn is_of(book: &Book, caller: &Caller) -> bool {
    match caller.line {
        Line::Audiosocket => {
            let name = caller.uuid.to_string();
            book.row.outside_ids.iter().any(|id| id.value == name)
        }
        Line::FirstBrowser | Line::SecondBrowser => {
            caller.web_call.as_deref() == Some(&book.row.id.to_string())
        }
    }
}
