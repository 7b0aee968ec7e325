//! Commands that open a connection: which events are sent, and of which channels.
//!
//! Filters are alternatives, also across headers: the switch's own signs of life, the jobs that we began, and the channels that are
//! named later. So a busy switch sends only events of our calls.

use cordboard_schema::wire::esl::{BadValue, Command, EslValue, EslWord, EventName, Subclass};
use uuid::Uuid;

/// The header that names an event's channel.
const CHANNEL: &str = "Unique-ID";

/// Events of our calls, of the people who are rung, and of the switch itself.
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

/// Returns the filters, then the events: in the other order, every event on the switch would be sent between the two.
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

/// Returns the command that lets a channel's events pass.
pub(super) fn let_through(channel: Uuid) -> Result<Command, BadValue> {
    Ok(Command::Filter { header: EslWord::new(CHANNEL)?, value: EslWord::from(channel).into() })
}

/// Returns the command that ends that.
pub(super) fn shut_out(channel: Uuid) -> Result<Command, BadValue> {
    Ok(Command::FilterDelete { header: EslWord::new(CHANNEL)?, value: Some(EslWord::from(channel).into()) })
}

/// The ids of our background jobs and applications. They share their first half, by which the switch recognizes the jobs that are
/// ours, including those of a lost connection.
#[derive(Debug)]
pub(super) struct JobIds {
    half: u64,
    given: u64,
}

impl JobIds {
    /// Starts with this first half, which is random.
    pub(super) fn new(half: u64) -> Self {
        Self { half, given: 0 }
    }

    /// Returns a new id.
    pub(super) fn next(&mut self) -> Uuid {
        self.given += 1;
        Uuid::from_u64_pair(self.half, self.given)
    }

    /// Returns the pattern that matches all of them, for a filter of the switch.
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
