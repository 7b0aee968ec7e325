//! Commands that open a connection: which events come, and of whom.
//!
//! Filters are alternatives, also across headers: the switch's own signs of life, the jobs that
//! we began, and the channels that are named later. So a busy switch tells us of our calls and of nothing else.

use cordboard_schema::wire::esl::{BadValue, Command, EslValue, EslWord, EventName, Subclass};
use uuid::Uuid;

/// The header that names an event's channel.
const CHANNEL: &str = "Unique-ID";

/// Events of our calls, of the people who are rung and of the switch itself.
const EVENTS: [EventName; 19] = [
    EventName::Heartbeat,
    EventName::Shutdown,
    EventName::BackgroundJob,
    EventName::ChannelCreate,
    EventName::ChannelProgress,
    EventName::ChannelProgressMedia,
    EventName::ChannelAnswer,
    EventName::ChannelPark,
    EventName::ChannelBridge,
    EventName::ChannelUnbridge,
    EventName::ChannelHold,
    EventName::ChannelUnhold,
    EventName::ChannelExecute,
    EventName::ChannelExecuteComplete,
    EventName::ChannelHangup,
    EventName::ChannelHangupComplete,
    EventName::Dtmf,
    EventName::PlaybackStart,
    EventName::PlaybackStop,
];

const SUBCLASSES: [Subclass; 5] = [
    Subclass::AudioStreamConnect,
    Subclass::AudioStreamDisconnect,
    Subclass::AudioStreamError,
    Subclass::AudioStreamJson,
    Subclass::AudioStreamPlay,
];

/// The filters, then the events: between them everything on the switch would come.
pub(super) fn opening(jobs: &JobIds) -> Result<[Command; 4], BadValue> {
    let header = |name: &str, value: String| -> Result<Command, BadValue> {
        Ok(Command::Filter { header: EslWord::new(name)?, value: EslValue::new(value)? })
    };
    Ok([
        header("Event-Name", EventName::Heartbeat.as_str().to_owned())?,
        header("Event-Name", EventName::Shutdown.as_str().to_owned())?,
        header("Job-UUID", jobs.pattern())?,
        Command::Subscribe { events: EVENTS.to_vec(), subclasses: SUBCLASSES.to_vec() },
    ])
}

/// Lets a channel's events through.
pub(super) fn let_through(channel: Uuid) -> Result<Command, BadValue> {
    Ok(Command::Filter { header: EslWord::new(CHANNEL)?, value: EslWord::from(channel).into() })
}

/// Takes that back.
pub(super) fn shut_out(channel: Uuid) -> Result<Command, BadValue> {
    Ok(Command::FilterDelete { header: EslWord::new(CHANNEL)?, value: Some(EslWord::from(channel).into()) })
}

/// The ids of our background jobs and applications. They have the same first half, by which the switch finds the jobs that
/// are ours, also those of a connection that was lost.
#[derive(Debug)]
pub(super) struct JobIds {
    half: u64,
    given: u64,
}

impl JobIds {
    /// Ids that begin with this half, which is one of chance.
    pub(super) fn new(half: u64) -> Self {
        Self { half, given: 0 }
    }

    /// One that was not given before.
    pub(super) fn next(&mut self) -> Uuid {
        self.given += 1;
        Uuid::from_u64_pair(self.half, self.given)
    }

    /// The pattern that all of them match, as a filter of the switch takes it.
    fn pattern(&self) -> String {
        let id = Uuid::from_u64_pair(self.half, 0).to_string();
        format!("/^{}/", &id[..19])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filters_come_before_the_events() {
        let mut bytes = Vec::new();
        for command in opening(&JobIds::new(0x0011_2233_4455_6677)).unwrap() {
            command.encode(&mut bytes);
        }
        let text = String::from_utf8(bytes).unwrap();
        let filters = "filter Event-Name HEARTBEAT\n\nfilter Event-Name SHUTDOWN\n\n\
                       filter Job-UUID /^00112233-4455-6677-/\n\nevent plain HEARTBEAT SHUTDOWN BACKGROUND_JOB ";
        assert!(text.starts_with(filters), "{text}");
        assert!(text.ends_with(" CUSTOM mod_audio_stream::connect mod_audio_stream::disconnect mod_audio_stream::error mod_audio_stream::json mod_audio_stream::play\n\n"), "{text}");
    }

    #[test]
    fn every_job_has_its_own_id_that_the_filter_passes() {
        let mut jobs = JobIds::new(7);
        let (first, second) = (jobs.next(), jobs.next());
        assert_ne!(first, second);
        let beginning = jobs.pattern();
        let beginning = beginning.trim_start_matches("/^").trim_end_matches('/');
        assert!(first.to_string().starts_with(beginning) && second.to_string().starts_with(beginning));
    }
}
