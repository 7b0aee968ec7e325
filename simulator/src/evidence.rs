//! Evidence of a finished world: everything that each party heard and received, and the records on disk.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Instant;

use chrono::{DateTime, Utc};
use cordboard_schema::activity::Activity;
use cordboard_schema::appointment::Appointment;
use cordboard_schema::event::{Event, JournalEntry};
use cordboard_schema::fold::{Call, TranscriptItem};
use cordboard_schema::ids::{CallId, OrganizationId, UserId};
use cordboard_schema::lead::Lead;
use cordboard_schema::message::Message;
use cordboard_schema::time::UnixMs;
use cordboard_test_support::audio::Sound;
use cordboard_test_support::gemini;
use cordboard_test_support::openai::Connection;
use cordboard_test_support::receiver::Received;
use cordboard_test_support::smtp::Taken;
use serde_json::Value;

use crate::parties::caller::{Caller, Story, call_sid};
use crate::parties::desk;
use crate::parties::follower::FollowerLog;
use crate::parties::program::ProgramLog;
use crate::parties::records::RecordLog;
use crate::parties::supervisor::{RightChange, SupervisorLog};
use crate::parties::switchboard::SwitchLog;
use crate::parties::twilio::TwilioLog;
use crate::plan::{Line, Plan};
use crate::sound::content;

/// A number on the do-not-call list of an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppressed {
    /// The organization.
    pub organization: OrganizationId,
    /// The number.
    pub number: String,
    /// The call on which the caller asked for it.
    pub call: Option<CallId>,
}

/// All evidence of a world.
#[derive(Debug)]
pub struct Evidence {
    /// The plan that was played.
    pub plan: Plan,
    /// The two organizations.
    pub organizations: [OrganizationId; 2],
    /// All callers.
    pub callers: Vec<Caller>,
    /// Calls on disk at the end, ordered by id.
    pub books: Vec<Book>,
    /// Events and to-dos on disk at the end.
    pub activities: Vec<Activity>,
    /// Leads on disk at the end.
    pub leads: Vec<Lead>,
    /// The do-not-call lists on disk at the end.
    pub suppressed: Vec<Suppressed>,
    /// Appointments on disk at the end.
    pub appointments: Vec<Appointment>,
    /// Text messages on disk at the end.
    pub messages: Vec<Message>,
    /// Sound that callers were played, from the recordings on disk at the end. Only of worlds in which the disk had trouble.
    pub recordings: BTreeMap<CallId, Sound>,
    /// Lengths of the recordings on disk at the end, in ms.
    pub recorded_ms: BTreeMap<CallId, u64>,
    /// The lives of the server.
    pub lives: Vec<Life>,
    /// Reads of calls' rows while the world went on.
    pub looks: Vec<Look>,
    /// Reads of the figures of both organizations.
    pub figures: Vec<FiguresLook>,
    /// Connections to the provider, each with its life.
    pub connections: Vec<(usize, Connection)>,
    /// Connections to the second voice of a chain.
    pub second_connections: Vec<(usize, gemini::Connection)>,
    /// Programs, each with its life and its organization.
    pub programs: Vec<(usize, usize, ProgramLog)>,
    /// Programs and pages that only follow calls, in the order of the plan.
    pub followers: Vec<FollowerLog>,
    /// Desks, each with its life and its agent.
    pub desks: Vec<(usize, usize, desk::DeskLog)>,
    /// The agents' users, by their indices.
    pub agent_users: Vec<UserId>,
    /// Supervisors, each with their life and their index.
    pub supervisors: Vec<(usize, usize, SupervisorLog)>,
    /// The supervisors' users, by their indices.
    pub supervisor_users: Vec<UserId>,
    /// Changes of the supervisors' rights, in order.
    pub rights: Vec<RightChange>,
    /// The FreeSWITCH of each life, where there is one.
    pub switches: Vec<SwitchLog>,
    /// Calls and text messages that were ordered at Twilio, in all lives.
    pub twilio: TwilioLog,
    /// Webhook requests that arrived, in all lives.
    pub told_by_webhook: Vec<Received>,
    /// Records that programs wrote over the HTTP API, in all lives.
    pub records: Vec<RecordLog>,
    /// Mails, in all lives.
    pub mails: Mails,
    /// Reads of the Redis while calls go on.
    pub cache: Vec<CacheLook>,
    /// Panics.
    pub panics: Vec<String>,
}

impl Evidence {
    /// Returns all evidence about a caller as lines: their connections, and the journals of their calls. For a number that no caller has, returns the
    /// messages that programs got.
    #[must_use]
    pub fn shown(&self, number: u32) -> String {
        let mut text = String::new();
        let Some(caller) = self.callers.iter().find(|caller| caller.number == number) else {
            for (life, organization, told) in &self.programs {
                for message in &told.messages {
                    let _ = writeln!(text, "life {life}, program of organization {organization}: {message}");
                }
            }
            return text;
        };
        for story in &caller.stories {
            let (began, end, ended, hurt) = (story.began_ms, story.end, story.ended_ms, story.was_hurt);
            let _ = writeln!(
                text,
                "{:?} from {began} ms, {end:?} at {ended:?}, next {:?}, hurt {hurt}",
                caller.line, story.next
            );
            for run in story
                .frames
                .chunk_by(|one, next| content(&one.samples, story.rate) == content(&next.samples, story.rate))
            {
                let (at, what) = (began + run[0].at.as_millis() as u64, content(&run[0].samples, story.rate));
                let _ = writeln!(text, "    {at:>7} ms: {:>6} ms {what:?}", run.len() * 20);
            }
        }
        for book in self.books_of(caller) {
            let _ = writeln!(text, "call {} of {}", book.row.id, book.row.organization_id);
            for (entry, life) in book.journal.iter().zip(self.lives_of(book)) {
                let mut said = serde_json::to_string(&entry.event).unwrap_or_default();
                said.truncate((0..=40_000).rev().find(|at| said.is_char_boundary(*at)).unwrap_or_default());
                let _ = writeln!(text, "    {:>7} ms: {said}", self.ms_of(life, entry.at));
            }
        }
        text
    }
}

/// A read of the Redis for a live call.
#[derive(Clone, Copy, Debug)]
pub struct CacheLook {
    /// Time of the read, in ms from the beginning of the world.
    pub at_ms: u64,
    /// The call.
    pub call: CallId,
    /// Whether the Redis has the call.
    pub is_there: bool,
}

/// Mails, and the people who should get one.
#[derive(Clone, Debug, Default)]
pub struct Mails {
    /// Addresses of the people who were invited.
    pub invited: Vec<String>,
    /// Mails that the mail server accepted.
    pub taken: Vec<Taken>,
    /// Deliveries of notices at the end, as the API lists them.
    pub notices: Vec<Value>,
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

/// A read of a call's row while other calls go on.
#[derive(Clone, Debug)]
pub struct Look {
    /// Time of the read, in ms from the beginning of the world.
    pub at_ms: u64,
    /// The row.
    pub row: Call,
    /// Its transcript.
    pub transcript: Vec<TranscriptItem>,
}

/// A read of an organization's figures.
#[derive(Clone, Debug)]
pub struct FiguresLook {
    /// Time of the read, in ms from the beginning of the world.
    pub at_ms: u64,
    /// The organization.
    pub organization: OrganizationId,
    /// The organization's report by hours and agents, as the API shows it; null if the API refused it.
    pub report: Value,
    /// The organization's calls on disk at that moment, each with the place of the newest entry in its journal.
    pub written: BTreeMap<CallId, u64>,
    /// After everyone has left: whether all changes were counted in time. None before that.
    pub is_counted: Option<bool>,
}

/// One life of the server.
#[derive(Clone, Debug)]
pub struct Life {
    /// Its beginning, in ms from the beginning of the world.
    pub began_ms: u64,
    /// Its beginning by the clock of its thread.
    pub began: Instant,
    /// Its end, in ms from the beginning of the world.
    pub ended_ms: u64,
    /// The calendar time of its beginning.
    pub origin: DateTime<Utc>,
    /// Lines of its log, from level warn.
    pub log: Vec<String>,
    /// Resources that were open at the end, if it was shut down in order.
    pub ledger: Option<Vec<Value>>,
    /// Spans of calls, legs and assistants that a task still held after all of them were over, if it was shut down in order.
    pub spans: Option<u64>,
    /// Whether the whole journal was stored, if it was shut down in order.
    pub stored: Option<Result<(), String>>,
    /// Records on disk when it ended.
    pub left: Vec<Book>,
}

impl Evidence {
    /// Returns a caller's call; the newest, if there are several.
    #[must_use]
    pub fn book_of(&self, caller: &Caller) -> Option<&Book> {
        self.books.iter().rev().find(|book| is_of(book, caller))
    }

    /// Returns all calls of a caller, the oldest first.
    #[must_use]
    pub fn books_of(&self, caller: &Caller) -> Vec<&Book> {
        self.books.iter().filter(|book| is_of(book, caller)).collect()
    }

    /// Returns the caller of a call.
    #[must_use]
    pub fn caller_of(&self, call: CallId) -> Option<&Caller> {
        let book = self.books.iter().find(|book| book.row.id == call)?;
        self.callers.iter().find(|caller| is_of(book, caller))
    }

    /// Returns when the first trouble of a caller's connection began, in ms from the beginning of the world. Connections over a FreeSWITCH are not
    /// judged in worlds in which servers die.
    #[must_use]
    pub fn sound_until(&self, caller: &Caller, story: &Story) -> u64 {
        let is_over_switch = caller.line == Line::Freeswitch;
        if !story.was_hurt {
            u64::MAX
        } else if is_over_switch && self.plan.happenings.iter().any(|timed| timed.what.ends_a_life()) {
            0
        } else {
            self.plan.first_ms(|what| what.may_hurt(caller.number, caller.line))
        }
    }

    /// Returns the same, or when a supervisor first wants to speak with the caller, if that is earlier: from then on the caller is not alone with the
    /// assistant, and the assistant need not answer.
    #[must_use]
    pub fn owed_until(&self, caller: &Caller, story: &Story) -> u64 {
        self.sound_until(caller, story).min(self.plan.barged_ms(caller.number))
    }

    /// Returns the life of each entry of a call's journal.
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

    /// Returns the events of a call's journal, each with its life and its time, in ms from the beginning of the world.
    pub fn entries<'a>(&'a self, book: &'a Book) -> impl Iterator<Item = (&'a Event, usize, u64)> {
        let entries = book.journal.iter().zip(self.lives_of(book));
        entries.map(move |(entry, life)| (&entry.event, life, self.ms_of(life, entry.at)))
    }

    /// Converts a calendar time of a life to ms from the beginning of the world. The actors' clock never steps.
    #[must_use]
    pub fn ms_of(&self, life: usize, at: UnixMs) -> u64 {
        let life = &self.lives[life];
        let origin: UnixMs = life.origin.into();
        life.began_ms + at.ms_since(origin)
    }

    /// Converts a moment that a party noted in a life to ms from the beginning of the world.
    #[must_use]
    pub fn ms_of_moment(&self, life: usize, at: Instant) -> u64 {
        let life = &self.lives[life];
        life.began_ms + at.saturating_duration_since(life.began).as_millis() as u64
    }
}

fn is_of(book: &Book, caller: &Caller) -> bool {
    match caller.line {
        Line::Audiosocket | Line::Freeswitch => {
            let name = caller.uuid.to_string();
            book.row.outside_ids.iter().any(|id| id.value == name)
        }
        Line::Twilio => {
            let name = call_sid(caller.uuid);
            book.row.outside_ids.iter().any(|id| id.value == name)
        }
        Line::FirstBrowser | Line::SecondBrowser | Line::FirstWebrtc | Line::SecondWebrtc => {
            caller.web_call.as_deref() == Some(&book.row.id.to_string())
        }
    }
}
