//! Reports: figures of calls by days or hours in the business's time zone, grouped by properties of the calls.
//!
//! Only [`CallFacts::shares`] defines how a call is counted. The database stores sums by hour, day and month
//! (`src/store/figures.rs`). A call counts at the time of its beginning.

mod answer;
mod calendar;
mod change;
mod conversation;
mod facts;
mod mailing;
mod queue_talks;
mod queue_waits;
mod spread;
mod sums;
mod tally;

pub use answer::{Report, ReportFigures, ReportKey, ReportPeriod, ReportRow};
pub use calendar::{LocalHour, hours_of, local_day_of, local_month_of};
pub use change::{FigureChange, USUAL_WEEKS, WatchedFigure, changes};
pub use conversation::Conversation;
pub use facts::{AgentFacts, CallFacts, KEY_CHARS_MAX, Share};
pub use mailing::{ReportMail, ReportMailBody, next_sending, week_before};
use serde::{Deserialize, Serialize};
pub use spread::Spread;
pub use sums::Sums;
pub use tally::CallTally;

/// Property by which calls are grouped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Cut {
    /// Not grouped: all calls.
    #[default]
    All,
    /// By our number or extension in the call.
    Number,
    /// By the profile that answered them.
    Profile,
    /// By the profile and its version.
    Version,
    /// By the queue in which callers waited.
    Queue,
    /// By the agent who was offered them.
    Agent,
    /// By the provider of the assistant that answered first.
    Provider,
    /// By the campaign that made them.
    Campaign,
    /// By their topics.
    Topic,
    /// By the values of their profiles' choice fields and yes or no fields.
    Extraction,
}

impl Cut {
    /// All properties.
    pub const ALL: [Self; 10] = [
        Self::All,
        Self::Number,
        Self::Profile,
        Self::Version,
        Self::Queue,
        Self::Agent,
        Self::Provider,
        Self::Campaign,
        Self::Topic,
        Self::Extraction,
    ];

    /// Returns the word that the API and the tables use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Number => "number",
            Self::Profile => "profile",
            Self::Version => "version",
            Self::Queue => "queue",
            Self::Agent => "agent",
            Self::Provider => "provider",
            Self::Campaign => "campaign",
            Self::Topic => "topic",
            Self::Extraction => "extraction",
        }
    }
}

/// Period of a report's row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    /// A day.
    #[default]
    Day,
    /// An hour.
    Hour,
}

impl Grain {
    /// Returns the word that the API and the tables use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Hour => "hour",
        }
    }
}
