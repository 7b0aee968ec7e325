//! A background job that is done.

use super::answer::ApiAnswer;
use super::event::Event;
use super::event_name::EventName;

/// Output of a `bgapi`, of `BACKGROUND_JOB`.
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

    /// Meaning of the output. Of an originate: `+OK` and the channel, or `-ERR` and the cause by its FreeSWITCH name.
    pub fn answer(&self) -> ApiAnswer<'_> {
        ApiAnswer::of(&self.output)
    }
}
