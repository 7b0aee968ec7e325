//! A background job that is done.

use super::answer::ApiAnswer;
use super::event::Event;
use super::event_name::EventName;

/// What a `bgapi` printed, of `BACKGROUND_JOB`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobDone {
    /// The job's id.
    pub job: String,
    /// The command's first word.
    pub command: String,
    /// What it printed.
    pub output: String,
}

impl JobDone {
    /// Reads the event; `None` for any other.
    pub fn of(event: &Event) -> Option<Self> {
        if event.name() != Some(EventName::BackgroundJob) {
            return None;
        }
        Some(Self {
            job: event.text_of("Job-UUID")?.to_owned(),
            command: event.get("Job-Command").unwrap_or_default().to_owned(),
            output: event.body().unwrap_or_default().to_owned(),
        })
    }

    /// What the output says. Of an originate: `+OK` and the channel, or `-ERR` and the cause by its FreeSWITCH name.
    pub fn answer(&self) -> ApiAnswer<'_> {
        ApiAnswer::of(&self.output)
    }
}
