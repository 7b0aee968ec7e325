//! A finished background job.

use super::answer::ApiAnswer;
use super::event::Event;
use super::event_name::EventName;

/// Output of a `bgapi` (`BACKGROUND_JOB`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobDone {
    /// The job's id.
    pub job: String,
    /// The command's first word.
    pub command: String,
    /// The output.
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

    /// Returns the meaning of the output. For an originate: `+OK` and the channel, or `-ERR` and FreeSWITCH's name of the cause.
    pub fn answer(&self) -> ApiAnswer<'_> {
        ApiAnswer::of(&self.output)
    }
}
