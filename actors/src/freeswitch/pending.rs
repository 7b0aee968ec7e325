//! Unsettled requests to channels: which reply or event settles which request. Pure.
//!
//! Replies arrive strictly in the order of the commands, one for each, whatever comes between them. So a connection has one
//! [`Pending`], whether it serves one channel or all. `+OK` alone never means success: each request's [`DoneSign`] says what does.
//! Source: traffic of a FreeSWITCH (`tests/captures/freeswitch`).

use std::collections::VecDeque;

use cordboard_schema::limits::{ESL_ACTIONS_MAX, ESL_UNANSWERED_MAX};
use cordboard_schema::switch::ActionOutcome;
use cordboard_schema::wire::esl::{
    ApiAnswer, AudioStreamEvent, Bridge, Event, EventName, ExecuteComplete, Hangup, JobDone, PlaybackResult,
};
use uuid::Uuid;

use super::commands::{Asking, DoneSign, PARKED_AFTER_MS};

/// FreeSWITCH's answer to `uuid_hold off` about a channel that is not on hold. About one that does not exist, it reports success.
const NOT_HELD: &str = "Operation failed";

/// The requests under way on one connection. `K` is the requester's key of a request. Times are milliseconds of any clock that only
/// goes forward, always the same one.
#[derive(Debug)]
pub struct Pending<K> {
    /// For each command without a reply, in order: the request that it belongs to, if any.
    unanswered: VecDeque<Option<Uuid>>,
    asked: Vec<PendingRequest<K>>,
}

/// A settled request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled<K> {
    /// The requester's key.
    pub key: K,
    /// The id that it was made with.
    pub id: Uuid,
    /// Its outcome.
    pub outcome: ActionOutcome,
}

/// There is no room for another request: earlier ones are unanswered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many commands to FreeSWITCH are unanswered")]
pub struct TooManyRequests;

#[derive(Debug)]
struct PendingRequest<K> {
    key: K,
    id: Uuid,
    channel: Uuid,
    sign: DoneSign,
    /// Number of replies that have not arrived.
    replies: usize,
    deadline_ms: u64,
    at_deadline: AtDeadline,
}

#[derive(Clone, Copy, Debug)]
enum AtDeadline {
    Unknown,
    Done,
}

impl<K> Default for Pending<K> {
    fn default() -> Self {
        Self { unanswered: VecDeque::new(), asked: Vec::new() }
    }
}

impl<K> Pending<K> {
    /// Adds a request whose commands are about to be written. At most [`ESL_ACTIONS_MAX`] requests of one channel may be under way
    /// at once.
    ///
    /// # Errors
    /// There is no room; the commands must not be written.
    pub fn ask(
        &mut self,
        key: K,
        channel: Uuid,
        id: Uuid,
        asking: &Asking,
        now_ms: u64,
    ) -> Result<(), TooManyRequests> {
        let Asking { commands, sign, time_limit_ms } = asking;
        let of_channel = self.asked.iter().filter(|asked| asked.channel == channel).count();
        if of_channel >= ESL_ACTIONS_MAX || self.unanswered.len() + commands.len() > ESL_UNANSWERED_MAX {
            return Err(TooManyRequests);
        }
        self.unanswered.extend(commands.iter().map(|_| Some(id)));
        self.asked.push(PendingRequest {
            key,
            id,
            channel,
            sign: sign.clone(),
            replies: commands.len(),
            deadline_ms: now_ms + time_limit_ms,
            at_deadline: AtDeadline::Unknown,
        });
        Ok(())
    }

    /// Notes that this many commands are about to be written whose replies settle nothing.
    pub fn expect_replies(&mut self, count: usize) {
        self.unanswered.extend(std::iter::repeat_n(None, count));
    }

    /// Returns the number of commands without a reply.
    pub fn unanswered(&self) -> usize {
        self.unanswered.len()
    }

    /// Returns whether a request is under way that moves the channel or ends it, which would be lost if the connection were closed
    /// now.
    pub fn is_moving(&self) -> bool {
        self.asked.iter().any(|asked| !matches!(asked.sign, DoneSign::Played | DoneSign::Began(_)))
    }

    /// Handles the next reply, of any kind. One that belongs to none of our commands settles nothing.
    pub fn replied(&mut self, answer: ApiAnswer<'_>, now_ms: u64) -> Option<Settled<K>> {
        let id = self.unanswered.pop_front()??;
        let at = self.asked.iter().position(|asked| asked.id == id)?;
        if let Some(reason) = answer.failure() {
            return Some(self.settle(at, failed(reason)));
        }
        let asked = &mut self.asked[at];
        asked.replies = asked.replies.saturating_sub(1);
        match (&asked.sign, asked.replies) {
            (DoneSign::Reply, 0) => Some(self.settle(at, ActionOutcome::Done)),
            (DoneSign::Parked, 0) => {
                asked.deadline_ms = now_ms + PARKED_AFTER_MS;
                asked.at_deadline = AtDeadline::Done;
                None
            }
            _ => None,
        }
    }

    /// Handles an event of any channel.
    pub fn happened(&mut self, event: &Event) -> Vec<Settled<K>> {
        match event.name() {
            Some(EventName::BackgroundJob) => {
                JobDone::of(event).map_or_else(Vec::new, |job| self.job_done(&job))
            }
            Some(name) => {
                let channel = event.unique_id().and_then(|channel| Uuid::parse_str(channel).ok());
                channel.map_or_else(Vec::new, |channel| self.happened_to(channel, name, event))
            }
            None => Vec::new(),
        }
    }

    fn happened_to(&mut self, channel: Uuid, name: EventName, event: &Event) -> Vec<Settled<K>> {
        match name {
            EventName::ChannelHangup | EventName::ChannelHangupComplete if Hangup::of(event).is_some() => {
                self.hung_up(channel)
            }
            EventName::ChannelExecuteComplete => ExecuteComplete::of(event)
                .map_or_else(Vec::new, |end| self.application_ended(channel, &end, event)),
            EventName::ChannelBridge => {
                let bridge = Bridge::of(event);
                let other =
                    bridge.and_then(|bridge| Uuid::parse_str(bridge.other_than(&channel.to_string())).ok());
                self.settle_all(|asked| {
                    let is_met =
                        asked.channel == channel && other.map(DoneSign::Bridged) == Some(asked.sign.clone());
                    is_met.then_some(ActionOutcome::Done)
                })
            }
            EventName::PlaybackStart => {
                let file = event.get("Playback-File-Path").unwrap_or_default();
                self.settle_all(|asked| {
                    let begins = matches!(&asked.sign, DoneSign::Began(music) if music == file);
                    (asked.channel == channel && begins).then_some(ActionOutcome::Done)
                })
            }
            EventName::Custom => {
                let outcome = match AudioStreamEvent::of(event) {
                    Some(Ok(AudioStreamEvent::Connected)) => ActionOutcome::Done,
                    Some(Ok(AudioStreamEvent::Failed { text, .. })) => failed(&text),
                    _ => return Vec::new(),
                };
                self.settle_all(|asked| {
                    let is_met = asked.channel == channel && asked.sign == DoneSign::StreamOpened;
                    is_met.then(|| outcome.clone())
                })
            }
            _ => Vec::new(),
        }
    }

    /// Handles the output of a job. Its failure is the request's; its success only if the request has no other sign.
    fn job_done(&mut self, job: &JobDone) -> Vec<Settled<K>> {
        let Ok(id) = Uuid::parse_str(&job.job) else { return Vec::new() };
        let answer = job.answer();
        let failure = answer.failure().map(failed);
        let was_not_held = answer == ApiAnswer::Failed(NOT_HELD);
        self.settle_all(|asked| match (&failure, &asked.sign) {
            _ if asked.id != id => None,
            (Some(_), DoneSign::Unheld) if was_not_held => Some(ActionOutcome::Done),
            (Some(failure), _) => Some(failure.clone()),
            (None, DoneSign::Job | DoneSign::Unheld) => Some(ActionOutcome::Done),
            (None, _) => None,
        })
    }

    fn application_ended(&mut self, channel: Uuid, end: &ExecuteComplete, event: &Event) -> Vec<Settled<K>> {
        let id = end.application_id.as_deref().and_then(|id| Uuid::parse_str(id).ok());
        // An application that parks a channel again ends the `socket` of its dialplan, or the previous `park`.
        let was_waiting = matches!(end.application.as_str(), "socket" | "park");
        self.settle_all(|asked| match &asked.sign {
            DoneSign::Parked if asked.channel == channel && was_waiting => Some(ActionOutcome::Done),
            DoneSign::Answered if Some(asked.id) == id => Some(match event.get("Answer-State") {
                Some("answered") | None => ActionOutcome::Done,
                Some(state) => failed(&format!("the channel is {state} instead of answered")),
            }),
            DoneSign::Played | DoneSign::Began(_) if Some(asked.id) == id => {
                Some(match PlaybackResult::of(end) {
                    Some(PlaybackResult::Played) => ActionOutcome::Done,
                    Some(PlaybackResult::NotFound) => failed("FreeSWITCH has no such file"),
                    Some(PlaybackResult::CallLeft) => failed("the channel went away while it was played"),
                    None => {
                        failed(end.response.as_deref().unwrap_or("FreeSWITCH did not report how it ended"))
                    }
                })
            }
            _ => None,
        })
    }

    /// Settles all playback on a channel, because it was stopped. A playback that had not begun gets no event of its own.
    pub fn playback_stopped(&mut self, channel: Uuid) -> Vec<Settled<K>> {
        self.settle_all(|asked| {
            let plays = matches!(asked.sign, DoneSign::Played | DoneSign::Began(_));
            (asked.channel == channel && plays).then(|| failed("stopped before it was played to its end"))
        })
    }

    /// Handles a channel that has hung up: requests that end it are done, all others have failed.
    pub fn hung_up(&mut self, channel: Uuid) -> Vec<Settled<K>> {
        self.settle_all(|asked| match asked.sign {
            _ if asked.channel != channel => None,
            DoneSign::HungUp => Some(ActionOutcome::Done),
            _ => Some(failed("the channel has hung up")),
        })
    }

    /// Handles the loss of the connection: the outcome of all open requests is unknown. No more replies arrive.
    pub fn lost(&mut self) -> Vec<Settled<K>> {
        self.unanswered.clear();
        self.settle_all(|_| Some(ActionOutcome::Unknown))
    }

    /// Returns when [`Self::expire`] is to be called.
    pub fn next_deadline_ms(&self) -> Option<u64> {
        self.asked.iter().map(|asked| asked.deadline_ms).min()
    }

    /// Settles requests that have taken too long.
    pub fn expire(&mut self, now_ms: u64) -> Vec<Settled<K>> {
        self.settle_all(|asked| {
            (asked.deadline_ms <= now_ms).then_some(match asked.at_deadline {
                AtDeadline::Done => ActionOutcome::Done,
                AtDeadline::Unknown => ActionOutcome::Unknown,
            })
        })
    }

    fn settle(&mut self, at: usize, outcome: ActionOutcome) -> Settled<K> {
        let PendingRequest { key, id, .. } = self.asked.remove(at);
        Settled { key, id, outcome }
    }

    /// Settles every request that `outcome` returns an outcome for, the oldest first.
    fn settle_all(
        &mut self,
        outcome: impl Fn(&PendingRequest<K>) -> Option<ActionOutcome>,
    ) -> Vec<Settled<K>> {
        let mut settled = Vec::new();
        let mut at = 0;
        while at < self.asked.len() {
            match outcome(&self.asked[at]) {
                Some(outcome) => settled.push(self.settle(at, outcome)),
                None => at += 1,
            }
        }
        settled
    }
}

fn failed(reason: &str) -> ActionOutcome {
    ActionOutcome::Failed { reason: reason.to_owned() }
}
