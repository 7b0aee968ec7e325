//! People whose phones are rung: the commands, and the reports to their calls.
//!
//! People who have answered are parked. The switch then bridges a hand-off's person with the caller. An agent's or a third party's
//! phone whose audio joins the call here stays parked, because the switch sends its audio from there.

use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::esl::{
    Answered, ApiAnswer, ApiCommand, BadValue, Bridge, Command, DialText, EslWord, Event, EventName, JobDone,
    Originate,
};
use tracing::{debug, info};
use uuid::Uuid;

use super::party::{Party, refusal_of};
use super::ringing::Stage;
use super::watched::ChannelState;
use super::{Awaited, Freeswitch, opening};
use crate::freeswitch::commands::PORT_OF_CHANNEL;
use crate::messages::{Arrival, CallLine, DialledFor, ParkedChannel, Phone, ToCall};
use crate::switches::{ChannelOutcome, RingPurpose, RingingReport, Rung, RungPhone, Turn};

/// How much longer than its ringing time to wait for a phone, in ms: the switch counts whole seconds.
pub(super) const GRACE_MS: u64 = 10_000;

/// How long a person who answered waits for the caller, in seconds. The call bridges them at once or hangs up; this limit is for
/// when nothing is left that could. A phone that joins the call here stays parked for the whole conversation. If its server dies,
/// the next comparison finds it (`reconciler.rs`).
const PARKED_S_MAX: &str = "30";

/// Hang-up cause of the person's channel.
const CANCELLED: &str = "ORIGINATOR_CANCEL";

/// A person who is rung.
#[derive(Debug)]
pub(super) struct Person {
    stage: Stage,
    /// The sample rate of the phone's codec, as the switch reported it.
    read_rate: Option<u32>,
    /// The job that calls the person.
    job: Option<Uuid>,
    /// How they are reached.
    party: Party,
    /// The status of the SIP answer that refused the call, if the channel has ended with one.
    refused_with: Option<u16>,
}

impl Person {
    /// Starts a person who is to be called.
    pub(super) const fn begin(party: Party) -> Self {
        Self { stage: Stage::Calling, read_rate: None, job: None, party, refused_with: None }
    }

    /// Handles the result of the job that calls the person.
    fn job_done(&mut self, answer: ApiAnswer<'_>) -> Turn<RingingReport> {
        let (party, refused_with) = (self.party, self.refused_with);
        self.stage.job_done(answer, |failure| party.failure(answer, failure, refused_with))
    }

    /// Handles an event of the person's channel.
    fn happened(&mut self, event: &Event) -> Turn<RingingReport> {
        let read_rate = event.variable("read_rate").and_then(|rate| rate.parse().ok());
        self.read_rate = read_rate.or(self.read_rate);
        if event.name() == Some(EventName::ChannelHangup) {
            self.refused_with = refusal_of(event);
        }
        self.stage.happened(event)
    }
}

impl RungPhone for Person {
    fn stop(&mut self) {
        self.stage = Stage::Stopped;
    }

    fn is_stopped(&self) -> bool {
        self.stage == Stage::Stopped
    }

    fn again(&self) -> Option<RingingReport> {
        self.stage.again()
    }

    /// A person who talks, or waits to, is not given up.
    fn deadline(&self, until: UnixMs) -> Option<UnixMs> {
        let is_given_up = match self.stage {
            Stage::Calling | Stage::Rings | Stage::Ended(_) | Stage::Stopped => true,
            Stage::Answered | Stage::Joined => false,
        };
        is_given_up.then_some(until)
    }

    /// People whose audio joins the call here stay parked, and their audio is requested.
    fn report_more(&self, channel: Uuid, purpose: RingPurpose, report: RingingReport, call: &CallLine) {
        if let (RingPurpose::Us(DialledFor::Phone(ringing)), RingingReport::Answered) = (purpose, report) {
            let channel = ParkedChannel { uuid: channel, read_rate: self.read_rate };
            call.tell(ToCall::AudioArrived(Arrival::Parked { ringing, channel }));
        }
    }
}

impl Freeswitch {
    /// Rings a phone, or reports at once why not.
    pub(super) fn ring(
        &mut self,
        channel: Uuid,
        mut ring: Rung<Person>,
        phone: &Phone,
        caller_number: Option<String>,
        timeout_ms: u64,
        now: UnixMs,
    ) {
        if self.rings.rings_already(channel, &ring) {
            return;
        }
        if !self.link.is_up() {
            return ring.tell(channel, RingingReport::Failed(HandoffFailure::Trunk));
        }
        let target = self.dial_string(phone);
        let originate = target
            .and_then(|target| {
                let parked = self.variables_of_parked(ring.purpose)?;
                Ok(originate(channel, target, caller_number, timeout_ms, parked)?)
            })
            .inspect_err(|error| info!(switch = %self.settings.name, %error, "the phone can't be rung"));
        let originate = match originate {
            Ok(originate) => originate,
            Err(error) => return ring.tell(channel, RingingReport::Failed(error.failure())),
        };
        let job = self.jobs.next();
        ring.phone.job = Some(job);
        self.rings.insert(channel, ring);
        self.hear_of_called(channel, now);
        let command = Command::BackgroundApi { command: ApiCommand::Originate(originate), job: job.into() };
        self.ask(&command, Awaited::Calling { channel }, now);
    }

    /// Returns the variables of a channel that is parked once it is answered, by its purpose.
    fn variables_of_parked(&self, purpose: RingPurpose) -> Result<Vec<(DialText, DialText)>, BadValue> {
        let text = |text: &str| DialText::new(text);
        match purpose {
            RingPurpose::Handoff(_) => Ok(vec![
                (text("hangup_after_bridge")?, text("true")?),
                (text("park_timeout")?, text(PARKED_S_MAX)?),
            ]),
            RingPurpose::Us(_) => match &self.settings.our_address {
                Some(port) => Ok(vec![(text(PORT_OF_CHANNEL)?, port.clone())]),
                None => Ok(Vec::new()),
            },
        }
    }

    /// Stops ringing, because nobody waits for the person any more. An earlier actor may have forgotten the person. A channel that
    /// does not exist yet is ended when it appears.
    pub(super) fn stop_ringing(&mut self, channel: Uuid, now: UnixMs) {
        self.rings.stop(channel, now);
        self.hang_up(channel, now);
    }

    /// Handles the answer to the job that calls a person.
    pub(super) fn person_called(&mut self, channel: Uuid, answer: ApiAnswer<'_>, now: UnixMs) {
        let turn = self.rings.turn(channel, |person| person.job_done(answer), now);
        self.follow(channel, turn, now);
    }

    pub(super) fn job_done(&mut self, job: &JobDone, now: UnixMs) {
        let Ok(id) = Uuid::parse_str(&job.job) else { return };
        if let Some(channel) = self.rings.find(|person| person.job == Some(id)) {
            self.person_called(channel, job.answer(), now);
        }
    }

    pub(super) fn person_happened(&mut self, channel: Uuid, event: &Event, now: UnixMs) {
        let turn = self.rings.turn(channel, |person| person.happened(event), now);
        self.follow(channel, turn, now);
    }

    /// Handles two channels that are bridged; one of them may be a person's.
    pub(super) fn people_joined(&mut self, bridge: &Bridge) {
        for channel in [&bridge.a, &bridge.b] {
            if let Ok(channel) = Uuid::parse_str(channel) {
                self.person_joins(channel);
            }
        }
    }

    /// Notes that the person is being joined with the caller: from now on the bridge reports what happens to them.
    pub(super) fn person_joins(&mut self, channel: Uuid) {
        if let Some(ring) = self.rings.get_mut(channel) {
            ring.phone.stage.joined();
        }
    }

    /// Checks all people again, because the connection is back.
    pub(super) fn ring_again(&mut self, now: UnixMs) {
        for channel in self.rings.channels() {
            self.hear_of_called(channel, now);
            let dump = ApiCommand::Dump { channel: channel.into() };
            self.ask(&Command::Api(dump), Awaited::Person { channel }, now);
        }
    }

    pub(super) fn person_found(&mut self, channel: Uuid, found: &ChannelState, now: UnixMs) {
        match found {
            ChannelState::There(dump) => self.turn(channel, |stage| stage.found_again(Some(dump)), now),
            ChannelState::Gone => self.turn(channel, |stage| stage.found_again(None), now),
            ChannelState::Unreadable => {}
        }
    }

    pub(super) fn rings_expired(&mut self, now: UnixMs) {
        for channel in self.rings.late(now) {
            self.turn(channel, Stage::expired, now);
        }
    }

    fn turn(&mut self, channel: Uuid, step: impl FnOnce(&mut Stage) -> Turn<RingingReport>, now: UnixMs) {
        let turn = self.rings.turn(channel, |person| step(&mut person.stage), now);
        self.follow(channel, turn, now);
    }

    /// Does what follows for the channel of a called person.
    pub(super) fn follow(&mut self, channel: Uuid, turn: Option<Turn<RingingReport>>, now: UnixMs) {
        let Some(Turn { report, outcome }) = turn else { return };
        if let Some(report) = report {
            debug!(switch = %self.settings.name, %channel, ?report, "of a person who is called");
        }
        match outcome {
            ChannelOutcome::Kept => {}
            ChannelOutcome::HungUp => self.hang_up(channel, now),
            ChannelOutcome::Gone => {
                if let Ok(command) = opening::shut_out(channel) {
                    self.ask(&command, Awaited::Setting, now);
                }
            }
        }
    }

    /// Requests the events of a called person's channel.
    pub(super) fn hear_of_called(&mut self, channel: Uuid, now: UnixMs) {
        if let Ok(command) = opening::let_through(channel) {
            self.ask(&command, Awaited::Setting, now);
        }
    }

    /// Ends a channel: now, or once there is a connection.
    pub(super) fn hang_up(&mut self, channel: Uuid, now: UnixMs) {
        if !self.link.is_up() {
            self.pending_hang_ups.insert(channel);
        } else if let Ok(cause) = EslWord::new(CANCELLED) {
            let kill = ApiCommand::Kill { channel: channel.into(), cause };
            self.ask(&Command::Api(kill), Awaited::Setting, now);
        }
    }
}

/// Returns the call to `target`, who is parked with these variables. A caller's number that can't be put into it is not shown.
fn originate(
    channel: Uuid,
    target: DialText,
    caller_number: Option<String>,
    timeout_ms: u64,
    parked: Vec<(DialText, DialText)>,
) -> Result<Originate, BadValue> {
    let text = |text: &str| DialText::new(text);
    let mut variables = vec![(text("ignore_early_media")?, text("true")?)];
    variables.extend(parked);
    if let Some(shown) = caller_number.and_then(|shown| DialText::new(shown).ok()) {
        variables.push((text("origination_caller_id_number")?, shown));
    }
    let timeout_s = u32::try_from(timeout_ms.div_ceil(1_000)).unwrap_or(u32::MAX).max(1);
    let answered = Answered::Park;
    Ok(Originate { channel: channel.into(), timeout_s, variables, target, answered })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the report of a person whose channel ends with this SIP status, and whose job answers this.
    fn reported(party: Party, status: &str, answer: &str) -> Option<RingingReport> {
        let mut person = Person::begin(party);
        let ended = format!(
            "Event-Name: CHANNEL_HANGUP\nUnique-ID: v\nvariable_sip_invite_failure_status: {status}\n\n"
        );
        assert_eq!(person.happened(&Event::plain(ended.as_bytes())).report, None);
        person.job_done(ApiAnswer::of(answer)).report
    }

    /// Otherwise the assistant would say that the person declines, or that there is no such number.
    #[test]
    fn a_person_outside_fails_as_a_call_to_them() {
        for (party, status, answer, failure) in [
            (Party::Outside, "403", "-ERR CALL_REJECTED", HandoffFailure::Trunk),
            (Party::Outside, "603", "-ERR CALL_REJECTED", HandoffFailure::Declined),
            (Party::Outside, "480", "-ERR SUBSCRIBER_ABSENT", HandoffFailure::NoAnswer),
            (Party::Outside, "", "-ERR INVALID_PROFILE", HandoffFailure::Trunk),
            (Party::Extension, "403", "-ERR CALL_REJECTED", HandoffFailure::Declined),
            (Party::Extension, "", "-ERR SUBSCRIBER_ABSENT", HandoffFailure::Unallocated),
        ] {
            let report = reported(party, status, answer);
            assert_eq!(report, Some(RingingReport::Failed(failure)), "{party:?} {status} {answer}");
        }
    }
}
