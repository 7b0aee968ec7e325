//! Phones that are rung, for a hand-off or for a call that we make: the actions for it, and the reports to their calls.

use cordboard_schema::dialplan::DialplanTarget;
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::ami::{
    Action, AmiEvent, AmiValue, Answer, BadAmiValue, ChannelLine, Destination, DialEnded, Ended, Message,
    Originate, Originated, hangup_cause, uuid_of_ours,
};
use tracing::{debug, info};
use uuid::Uuid;

pub use super::dial_template::{BadTemplate, DialTemplate};
use super::ringing::{Ringing, Stage};
use super::{Asterisk, Awaited};
use crate::messages::{CallLine, Dial, DialledFor, Phone};
use crate::switches::{Becomes, RingOrder, RingPurpose, RingingReport, Turn, own_variables};

/// How much longer than it may ring a phone is waited for, in ms.
const GRACE_MS: u64 = 5_000;

/// How much longer still, in ms, somebody is kept of whom nobody can say what became: the connection may never come back.
const DOUBT_MS_MAX: u64 = 600_000;

/// How long, in seconds, somebody who answered waits for the caller. The call bridges them at once, or hangs up; this is for
/// the case that there is nobody left who could.
const WAITS_S_MAX: u64 = 30;

/// The cause by which a ring is taken back.
const CANCELLED: u16 = 16;

/// A phone that is rung for a call.
#[derive(Debug)]
pub(super) struct Dialled {
    wanted_for: RingPurpose,
    call: CallLine,
    ringing: Ringing,
    /// The id of the originate.
    action_id: String,
    until: UnixMs,
    /// The connection was lost then: what became of it since may have been said to nobody.
    in_doubt_since: Option<UnixMs>,
}

impl Dialled {
    fn tell(&self, told: RingingReport) {
        let cause = self.ringing.cause().map(hangup_cause);
        self.wanted_for.fact(told, cause).into_iter().for_each(|fact| self.call.fact(fact));
    }

    /// Somebody who talks, or waits to, is nobody's to give up, and neither is who may do so by now: that is seen when the
    /// connection is back.
    fn deadline(&self) -> Option<UnixMs> {
        let given_up = self.in_doubt_since.map(|since| self.until.max(since) + DOUBT_MS_MAX);
        match self.ringing.stage {
            Stage::Calling | Stage::Rings | Stage::Stopped => Some(given_up.unwrap_or(self.until)),
            Stage::Failing { until } => Some(until),
            Stage::Answered | Stage::Joined => given_up,
        }
    }

    /// The doubt is settled: all that there is to know is known. The time that it had may have passed while nobody could look.
    fn doubt_ends(&mut self, now: UnixMs) {
        self.in_doubt_since = None;
        self.until = self.until.max(now + GRACE_MS);
    }
}

impl Asterisk {
    /// Rings a phone, or says at once why not.
    pub(super) fn ring(&mut self, order: RingOrder, now: UnixMs) {
        let RingOrder { handoff, channel, phone, caller_number, timeout_ms, call } = order;
        let until = now + timeout_ms + GRACE_MS;
        let mut dialled = Dialled {
            wanted_for: RingPurpose::Handoff(handoff),
            call,
            ringing: Ringing::begin(),
            action_id: String::new(),
            until,
            in_doubt_since: None,
        };
        if let Some(rung) = self.dialled.get(&channel).filter(|rung| rung.ringing.stage != Stage::Stopped) {
            // A call that lives again asks for it once more: there is one channel of that name, and it is on its way.
            return rung.ringing.again().into_iter().for_each(|told| dialled.tell(told));
        }
        if !self.link.is_up() {
            return dialled.tell(RingingReport::Failed(HandoffFailure::Trunk));
        }
        let Some(dial) = self.dial_string(&phone) else {
            return dialled.tell(RingingReport::Failed(HandoffFailure::Trunk));
        };
        let originate = match originate(channel, dial, caller_number.as_deref(), timeout_ms) {
            Ok(originate) => originate,
            Err(error) => {
                info!(switch = %self.settings.name, %error, "the number can't be rung");
                return dialled.tell(RingingReport::Failed(HandoffFailure::BadTarget));
            }
        };
        let action = Action::Originate(Box::new(originate));
        dialled.action_id = self.ask(&action, Awaited::Dialling { channel }, now);
        self.dialled.insert(channel, dialled);
    }

    /// Makes a call, or says at once why not. Never done twice for a channel.
    pub(super) fn dial(&mut self, dial: Dial, now: UnixMs) {
        if self.dialled.contains_key(&dial.channel) {
            return;
        }
        let mut dialled = Dialled {
            wanted_for: RingPurpose::Us(dial.wanted_for),
            call: dial.call.clone(),
            ringing: Ringing::begin(),
            action_id: String::new(),
            until: now + dial.timeout_ms + GRACE_MS,
            in_doubt_since: None,
        };
        if !self.link.is_up() {
            return dialled.tell(RingingReport::Failed(HandoffFailure::Trunk));
        }
        let Some(dial_string) = self.dial_string(&Phone::of(&dial.target, None)) else {
            return dialled.tell(RingingReport::Failed(HandoffFailure::Trunk));
        };
        match originate_call(&dial, dial_string, self.settings.answered.clone()) {
            Ok(originate) => {
                let (action, channel) = (Action::Originate(Box::new(originate)), dial.channel);
                dialled.action_id = self.ask(&action, Awaited::Dialling { channel }, now);
                self.dialled.insert(channel, dialled);
            }
            Err(error) => {
                info!(switch = %self.settings.name, %error, "the number can't be called");
                dialled.tell(RingingReport::Failed(HandoffFailure::BadTarget));
            }
        }
    }

    /// How a phone is rung; none where it is outside and there is no line there.
    fn dial_string(&self, phone: &Phone) -> Option<String> {
        let template = match phone.outside() {
            None => Some(&self.settings.dial),
            Some(_) => self.settings.trunk.as_ref(),
        };
        template.map(|template| template.dial(phone.number()))
    }

    /// Whether a call of ours is still being made to this phone: until it is answered its dialling tells all there is.
    pub(super) fn is_dialling(&self, channel: Uuid) -> bool {
        self.dialled
            .get(&channel)
            .is_some_and(|dialled| dialled.wanted_for == RingPurpose::Us(DialledFor::Call))
    }

    /// Nobody waits for the person any more. What is not there yet is ended when it comes up.
    pub(super) fn stop_ringing(&mut self, channel: Uuid, now: UnixMs) {
        let is_up = self.link.is_up();
        if let Some(dialled) = self.dialled.get_mut(&channel) {
            dialled.ringing.stage = Stage::Stopped;
            dialled.until = now + GRACE_MS;
            if !is_up {
                // Nobody can be told to hang it up: that is done when the connection is back.
                dialled.in_doubt_since = dialled.in_doubt_since.or(Some(now));
            }
        }
        self.hang_up_dialled(channel, now);
    }

    /// The originate was taken, or refused.
    pub(super) fn dialling_answered(&mut self, channel: Uuid, answer: &Message, now: UnixMs) {
        let answer = Answer::of(answer);
        let Some(why) = answer.failure() else { return };
        info!(switch = %self.settings.name, why, "the switch refused to dial");
        let failure =
            if answer.is_not_permitted() { HandoffFailure::Trunk } else { HandoffFailure::BadTarget };
        self.turn(channel, |ringing| ringing.refused(failure), now);
    }

    /// The originate has ended: every program hears of everybody's.
    pub(super) fn originate_ended(&mut self, message: &Message, now: UnixMs) {
        let Some(Originated { action_id, is_answered, has_timed_out }) = Originated::of(message) else {
            return;
        };
        let is_its = |(_, dialled): &(&Uuid, &Dialled)| dialled.action_id == action_id;
        if let Some(channel) = self.dialled.iter().find(is_its).map(|(channel, _)| *channel) {
            self.turn(channel, |ringing| ringing.originated(is_answered, has_timed_out, now), now);
        }
    }

    /// An event about dialling.
    pub(super) fn dialling_happened(&mut self, message: &Message, now: UnixMs) {
        match message.event() {
            Some(AmiEvent::OriginateResponse) => self.originate_ended(message, now),
            Some(AmiEvent::DialState) => {
                if message.get("DialStatus") == Some("PROGRESS")
                    && let Some(channel) = message.get("DestUniqueid").and_then(uuid_of_ours)
                {
                    self.turn(channel, Ringing::early_media, now);
                }
            }
            Some(AmiEvent::DialEnd) => {
                if let Some(DialEnded { unique_id, status }) = DialEnded::of(message)
                    && let Some(channel) = uuid_of_ours(unique_id)
                {
                    self.turn(channel, |ringing| ringing.dial_ended(status), now);
                }
            }
            _ => {}
        }
    }

    pub(super) fn dialled_channel_seen(&mut self, line: &ChannelLine<'_>, now: UnixMs) {
        if let Some(channel) = uuid_of_ours(line.unique_id) {
            self.turn(channel, |ringing| ringing.seen(line.is_ringing), now);
        }
    }

    pub(super) fn dialled_channel_ended(&mut self, ended: &Ended<'_>, by_phone: bool, now: UnixMs) {
        if let Some(channel) = uuid_of_ours(ended.channel.unique_id) {
            self.turn(channel, |ringing| ringing.ended(ended.cause, by_phone, now), now);
        }
    }

    pub(super) fn dialled_channel_missing(&mut self, id: &str, now: UnixMs) {
        if let Some(channel) = uuid_of_ours(id) {
            self.turn(channel, |ringing| ringing.missing(now), now);
        }
    }

    /// The person is being joined with the caller. Whom we call is joined with our audio, which may be reported before the answer.
    pub(super) fn person_joins(&mut self, channel: Uuid) {
        if let Some(dialled) = self.dialled.get_mut(&channel)
            && matches!(dialled.wanted_for, RingPurpose::Handoff(_))
        {
            dialled.ringing.joined();
        }
    }

    /// The connection is gone: what becomes of those who are rung is found out later.
    pub(super) fn dialled_lost(&mut self, now: UnixMs) {
        for dialled in self.dialled.values_mut() {
            dialled.in_doubt_since = dialled.in_doubt_since.or(Some(now));
        }
    }

    /// The channels are known: what became of those who were rung when the connection was lost. A list says nothing of the
    /// others, whose channels may be younger than it.
    pub(super) fn dialled_again(&mut self, now: UnixMs) {
        let mut in_doubt = Vec::new();
        for (channel, dialled) in &mut self.dialled {
            if dialled.in_doubt_since.is_some() {
                dialled.doubt_ends(now);
                in_doubt.push(*channel);
            }
        }
        for channel in in_doubt {
            let found = self.channels.get(AmiValue::channel_of_ours(channel).as_str());
            match found.map(|found| found.is_up) {
                Some(true) => self.turn(channel, Ringing::found_answered, now),
                // One that nobody waits for any more is hung up.
                Some(false) => self.turn(channel, |ringing| ringing.seen(false), now),
                None => self.turn(channel, Ringing::not_found_again, now),
            }
        }
    }

    /// The switch does not say which channels it has: of those who were rung when the connection was lost only what comes from
    /// now on tells, in the time that is left to them. Who has answered may talk for long without a word: they stay in doubt.
    pub(super) fn dialled_unlisted(&mut self, now: UnixMs) {
        let mut stopped = Vec::new();
        for (channel, dialled) in &mut self.dialled {
            let stage = dialled.ringing.stage;
            if dialled.in_doubt_since.is_some() && !matches!(stage, Stage::Answered | Stage::Joined) {
                dialled.doubt_ends(now);
                if stage == Stage::Stopped {
                    stopped.push(*channel);
                }
            }
        }
        for channel in stopped {
            self.hang_up_dialled(channel, now);
        }
    }

    pub(super) fn dialled_expired(&mut self, now: UnixMs) {
        let is_late = |dialled: &Dialled| dialled.deadline().is_some_and(|until| until <= now);
        let late: Vec<(Uuid, bool)> = self
            .dialled
            .iter()
            .filter(|(_, dialled)| is_late(dialled))
            .map(|(channel, dialled)| (*channel, dialled.in_doubt_since.is_some()))
            .collect();
        for (channel, is_in_doubt) in late {
            let expire = |ringing: &mut Ringing| match is_in_doubt {
                true => ringing.given_up(),
                false => ringing.expired(),
            };
            self.turn(channel, expire, now);
        }
    }

    pub(super) fn dialled_deadline(&self) -> Option<UnixMs> {
        self.dialled.values().filter_map(Dialled::deadline).min()
    }

    fn turn(&mut self, channel: Uuid, step: impl FnOnce(&mut Ringing) -> Turn<RingingReport>, now: UnixMs) {
        let Some(dialled) = self.dialled.get_mut(&channel) else { return };
        let Turn { told, becomes } = step(&mut dialled.ringing);
        if let Some(told) = told {
            debug!(switch = %self.settings.name, %channel, ?told, "of a phone that is rung");
            dialled.tell(told);
            if (dialled.wanted_for, told) == (RingPurpose::Us(DialledFor::Call), RingingReport::Answered) {
                // From now on it is the caller's channel as any other.
                self.dialled.remove(&channel);
                return self.find(channel, now);
            }
        }
        match becomes {
            Becomes::Kept => {}
            Becomes::HungUp => {
                dialled.ringing.stage = Stage::Stopped;
                dialled.until = now + GRACE_MS;
                self.hang_up_dialled(channel, now);
            }
            Becomes::Gone => {
                self.dialled.remove(&channel);
            }
        }
    }

    /// Ends a channel that was dialled: now, or once there is a connection.
    pub(super) fn hang_up_dialled(&mut self, channel: Uuid, now: UnixMs) {
        if !self.link.is_up() {
            self.owed_hang_ups.insert(channel);
            return;
        }
        let channel = AmiValue::channel_of_ours(channel);
        self.ask(&Action::Hangup { channel, cause: CANCELLED }, Awaited::Setting, now);
    }
}

/// A call that we make. Whoever answers goes to the dialplan, which connects them to us under the name of the channel.
fn originate_call(
    dial: &Dial,
    dial_string: String,
    answered: DialplanTarget,
) -> Result<Originate, BadAmiValue> {
    let mut variables = vec![(AmiValue::new("CORDBOARD_UUID")?, AmiValue::from(dial.channel))];
    if dial.detects_mailbox {
        variables.push((AmiValue::new("CORDBOARD_DETECT")?, AmiValue::new("yes")?));
    }
    for (name, value) in own_variables(&dial.variables).filter(|(_, value)| !value.is_empty()) {
        variables.push((AmiValue::new(name)?, AmiValue::new(value)?));
    }
    let caller_id = dial.from.as_ref().map(|from| AmiValue::new(format!("<{from}>"))).transpose()?;
    Ok(Originate {
        dial: AmiValue::new(dial_string)?,
        channel_id: AmiValue::channel_of_ours(dial.channel),
        onward: Destination::Dialplan(answered),
        caller_id,
        timeout_ms: dial.timeout_ms,
        with_early_media: false,
        variables,
    })
}

/// The call to a person. A caller's number that can't be in it is not shown.
fn originate(
    channel: Uuid,
    dial: String,
    caller_number: Option<&str>,
    timeout_ms: u64,
) -> Result<Originate, BadAmiValue> {
    let shown = |number: &&str| {
        !number.is_empty() && number.chars().all(|c| c.is_ascii_alphanumeric() || "+*#-._ ".contains(c))
    };
    let caller_id = caller_number.filter(shown).and_then(|number| AmiValue::new(format!("<{number}>")).ok());
    Ok(Originate {
        dial: AmiValue::new(dial)?,
        channel_id: AmiValue::channel_of_ours(channel),
        onward: Destination::Application { name: "Wait", data: AmiValue::from(WAITS_S_MAX) },
        caller_id,
        timeout_ms,
        with_early_media: false,
        variables: Vec::new(),
    })
}
