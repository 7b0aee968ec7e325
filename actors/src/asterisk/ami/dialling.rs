//! Phones that are rung, for a hand-off or for a call that we make: the actions, and the reports to their calls.

use cordboard_schema::call::HangupCause;
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
use crate::messages::{Dial, DialledFor, Phone};
use crate::switches::{
    ChannelOutcome, RingOrder, RingPurpose, RingingReport, Rung, RungPhone, Turn, own_variables,
};

/// How much longer than its ringing time to wait for a phone, in ms.
pub(super) const GRACE_MS: u64 = 5_000;

/// How much longer to keep a phone whose state is unknown, in ms, because the connection may never come back.
const DOUBT_MS_MAX: u64 = 600_000;

/// How long a person who answered waits for the caller, in seconds. The call bridges them at once or hangs up; this limit is for
/// when nothing is left that could.
const WAITS_S_MAX: u64 = 30;

/// The cause with which ringing is cancelled.
const CANCELLED: u16 = 16;

/// The variable that names the context in which Asterisk looks for the number to which a phone forwards its call (SIP 302), and a
/// context that does not exist. Asterisk would ring that number on a channel that does not have our id, so nobody could be joined with
/// the person there.
const NO_FORWARDING: (&str, &str) = ("FORWARD_CONTEXT", "cordboard-no-forwarding");

/// A phone that is rung for a call.
#[derive(Debug)]
pub(super) struct Dialled {
    ringing: Ringing,
    /// The id of the originate action.
    action_id: String,
    /// When the connection was lost; events since then may have been missed.
    in_doubt_since: Option<UnixMs>,
}

impl Dialled {
    /// Starts a phone that is to be rung.
    fn begin(ringing: Ringing) -> Self {
        Self { ringing, action_id: String::new(), in_doubt_since: None }
    }
}

impl RungPhone for Dialled {
    fn stop(&mut self) {
        self.ringing.stage = Stage::Stopped;
    }

    fn is_stopped(&self) -> bool {
        self.ringing.stage == Stage::Stopped
    }

    fn again(&self) -> Option<RingingReport> {
        self.ringing.again()
    }

    /// A person who talks, or waits to, is not given up. Neither is one who may be talking by now: that shows when the connection
    /// is back.
    fn deadline(&self, until: UnixMs) -> Option<UnixMs> {
        let given_up = self.in_doubt_since.map(|since| until.max(since) + DOUBT_MS_MAX);
        match self.ringing.stage {
            Stage::Calling | Stage::Rings | Stage::Stopped => Some(given_up.unwrap_or(until)),
            Stage::Failing { until } => Some(until),
            Stage::Answered | Stage::Joined => given_up,
        }
    }

    fn cause(&self) -> Option<HangupCause> {
        self.ringing.cause().map(hangup_cause)
    }
}

impl Rung<Dialled> {
    /// Ends the doubt, because all that can be known is known. The phone's time may have ended while nothing could be checked, so
    /// it gets a little more.
    fn doubt_ends(&mut self, now: UnixMs) {
        self.phone.in_doubt_since = None;
        self.until = self.until.max(now + GRACE_MS);
    }
}

impl Asterisk {
    /// Rings a phone, or reports at once why not.
    pub(super) fn ring(&mut self, order: RingOrder, now: UnixMs) {
        let RingOrder { handoff, channel, phone, caller_number, timeout_ms, call } = order;
        let purpose = RingPurpose::Handoff(handoff);
        let ringing = Ringing::of(&phone);
        let mut dialled = self.dialled.begin(purpose, call, Dialled::begin(ringing), now + timeout_ms);
        if self.dialled.rings_already(channel, &dialled) {
            return;
        }
        if !self.link.is_up() {
            return dialled.tell(channel, RingingReport::Failed(HandoffFailure::Trunk));
        }
        let Some(dial) = self.dial_string(&phone) else {
            return dialled.tell(channel, RingingReport::Failed(HandoffFailure::Trunk));
        };
        let originate = match originate(channel, dial, caller_number.as_deref(), timeout_ms) {
            Ok(originate) => originate,
            Err(error) => {
                info!(switch = %self.settings.name, %error, "the number can't be rung");
                return dialled.tell(channel, RingingReport::Failed(HandoffFailure::BadTarget));
            }
        };
        let action = Action::Originate(Box::new(originate));
        dialled.phone.action_id = self.ask(&action, Awaited::Dialling { channel }, now);
        self.dialled.insert(channel, dialled);
    }

    /// Makes a call, or reports at once why not. Never done twice for a channel.
    pub(super) fn dial(&mut self, dial: Dial, now: UnixMs) {
        let channel = dial.channel;
        if self.dialled.has(channel) {
            return;
        }
        let (purpose, call) = (RingPurpose::Us(dial.wanted_for), dial.call.clone());
        let phone = Phone::of(&dial.target, None);
        let ringing = Ringing::of(&phone);
        let mut dialled = self.dialled.begin(purpose, call, Dialled::begin(ringing), now + dial.timeout_ms);
        if !self.link.is_up() {
            return dialled.tell(channel, RingingReport::Failed(HandoffFailure::Trunk));
        }
        let Some(dial_string) = self.dial_string(&phone) else {
            return dialled.tell(channel, RingingReport::Failed(HandoffFailure::Trunk));
        };
        match originate_call(&dial, dial_string, self.settings.answered.clone()) {
            Ok(originate) => {
                let action = Action::Originate(Box::new(originate));
                dialled.phone.action_id = self.ask(&action, Awaited::Dialling { channel }, now);
                self.dialled.insert(channel, dialled);
            }
            Err(error) => {
                info!(switch = %self.settings.name, %error, "the number can't be called");
                dialled.tell(channel, RingingReport::Failed(HandoffFailure::BadTarget));
            }
        }
    }

    /// Returns the dial string of a phone; none for an outside number if there is no trunk.
    fn dial_string(&self, phone: &Phone) -> Option<String> {
        let template = match phone.outside() {
            None => Some(&self.settings.dial),
            Some(_) => self.settings.trunk.as_ref(),
        };
        template.map(|template| template.dial(phone.number()))
    }

    /// Returns whether a call of ours is still being made to this phone. Until it is answered, only the dialling reports on it.
    pub(super) fn is_dialling(&self, channel: Uuid) -> bool {
        let purpose = self.dialled.get(channel).map(|dialled| dialled.purpose);
        purpose == Some(RingPurpose::Us(DialledFor::Call))
    }

    /// Stops ringing, because nobody waits for the person any more. A channel that does not exist yet is ended when it appears.
    pub(super) fn stop_ringing(&mut self, channel: Uuid, now: UnixMs) {
        let is_up = self.link.is_up();
        if let Some(Rung { phone: dialled, .. }) = self.dialled.stop(channel, now)
            && !is_up
        {
            // It can't be hung up without a connection; that is done when the connection is back.
            dialled.in_doubt_since = dialled.in_doubt_since.or(Some(now));
        }
        self.hang_up_dialled(channel, now);
    }

    /// Handles Asterisk's answer to the originate: accepted or refused.
    pub(super) fn dialling_answered(&mut self, channel: Uuid, answer: &Message, now: UnixMs) {
        let Some(why) = Answer::of(answer).failure() else { return };
        info!(switch = %self.settings.name, why, "the switch refused to dial");
        // Asterisk has not looked at the number yet: either the dialplan has no place for people who answer, or our user may not
        // originate.
        self.turn(channel, |ringing| ringing.refused(HandoffFailure::Trunk), now);
    }

    /// Handles the end of an originate. Asterisk reports those of all programs to everyone.
    ///
    /// A channel of ours that has answered without our id was made by a forwarding that [`NO_FORWARDING`] does not prevent, because
    /// its address has a technology (`redirect_method` in `pjsip.conf`). No call can use that channel.
    pub(super) fn originate_ended(&mut self, message: &Message, now: UnixMs) {
        let Some(Originated { action_id, unique_id, is_answered, has_timed_out }) = Originated::of(message)
        else {
            return;
        };
        let is_useless = |id: &&str| is_answered && uuid_of_ours(id).is_none();
        let forwarded = unique_id.filter(is_useless).filter(|_| self.link.is_ours(action_id));
        if let Some(id) = forwarded
            && let Ok(channel) = AmiValue::new(id)
        {
            info!(switch = %self.settings.name, id, "a phone has forwarded its call, and the channel is hung up");
            self.ask(&Action::Hangup { channel, cause: CANCELLED }, Awaited::Setting, now);
        }
        let is_answered = is_answered && forwarded.is_none();
        if let Some(channel) = self.dialled.find(|dialled| dialled.action_id == action_id) {
            self.turn(channel, |ringing| ringing.originated(is_answered, has_timed_out, now), now);
        }
    }

    /// Handles an event about dialling.
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
            let ends = |ringing: &mut Ringing| {
                ringing.ends_with(ended.sip_status);
                ringing.ended(ended.cause, by_phone, now)
            };
            self.turn(channel, ends, now);
        }
    }

    pub(super) fn dialled_channel_missing(&mut self, id: &str, now: UnixMs) {
        if let Some(channel) = uuid_of_ours(id) {
            self.turn(channel, |ringing| ringing.missing(now), now);
        }
    }

    /// Notes that the person is being joined with the caller. Only for hand-offs: a person whom we call is joined with our audio,
    /// which may be reported before the answer.
    pub(super) fn person_joins(&mut self, channel: Uuid) {
        if let Some(dialled) = self.dialled.get_mut(channel)
            && matches!(dialled.purpose, RingPurpose::Handoff(_))
        {
            dialled.phone.ringing.joined();
        }
    }

    /// Notes that the connection is gone: the state of phones that are rung is checked later.
    pub(super) fn dialled_lost(&mut self, now: UnixMs) {
        for (_, Rung { phone: dialled, .. }) in self.dialled.iter_mut() {
            dialled.in_doubt_since = dialled.in_doubt_since.or(Some(now));
        }
    }

    /// Checks the phones that were rung when the connection was lost, against the complete list of channels. Phones rung since then
    /// are left alone, because their channels may be newer than the list.
    pub(super) fn dialled_again(&mut self, now: UnixMs) {
        self.dialled_found(now);
        let mut missing = Vec::new();
        for (channel, dialled) in self.dialled.iter_mut() {
            if dialled.phone.in_doubt_since.is_some() {
                dialled.doubt_ends(now);
                missing.push(channel);
            }
        }
        for channel in missing {
            self.turn(channel, Ringing::not_found_again, now);
        }
    }

    /// Handles those phones whose channels are known.
    fn dialled_found(&mut self, now: UnixMs) {
        let mut found = Vec::new();
        for (channel, dialled) in self.dialled.iter_mut() {
            if dialled.phone.in_doubt_since.is_some()
                && let Some(known) = self.channels.get(AmiValue::channel_of_ours(channel).as_str())
            {
                dialled.doubt_ends(now);
                found.push((channel, known.is_up));
            }
        }
        for (channel, is_up) in found {
            match is_up {
                true => self.turn(channel, Ringing::found_answered, now),
                // This hangs up a phone that nobody waits for any more.
                false => self.turn(channel, |ringing| ringing.seen(false), now),
            }
        }
    }

    /// Does the same without a list, or with an incomplete one. A phone that was rung when the connection was lost, and whose
    /// channel was not seen since, has only its remaining time for new events. Phones that were answered may talk for long without
    /// an event, so they stay in doubt. Phones that nobody waits for any more are to be hung up.
    pub(super) fn dialled_unlisted(&mut self, now: UnixMs) {
        self.dialled_found(now);
        for (channel, dialled) in self.dialled.iter_mut() {
            let stage = dialled.phone.ringing.stage;
            if dialled.phone.in_doubt_since.is_some() && !matches!(stage, Stage::Answered | Stage::Joined) {
                dialled.doubt_ends(now);
                if stage == Stage::Stopped {
                    self.pending_hang_ups.insert(channel);
                }
            }
        }
    }

    pub(super) fn dialled_expired(&mut self, now: UnixMs) {
        for channel in self.dialled.late(now) {
            let in_doubt_since = self.dialled.get(channel).and_then(|dialled| dialled.phone.in_doubt_since);
            let is_in_doubt = in_doubt_since.is_some();
            let expire = |ringing: &mut Ringing| match is_in_doubt {
                true => ringing.given_up(),
                false => ringing.expired(),
            };
            self.turn(channel, expire, now);
        }
    }

    pub(super) fn dialled_deadline(&self) -> Option<UnixMs> {
        self.dialled.deadline()
    }

    fn turn(&mut self, channel: Uuid, step: impl FnOnce(&mut Ringing) -> Turn<RingingReport>, now: UnixMs) {
        let Some(purpose) = self.dialled.get(channel).map(|dialled| dialled.purpose) else { return };
        let turn = self.dialled.turn(channel, |dialled| step(&mut dialled.ringing), now);
        let Some(Turn { report, outcome }) = turn else { return };
        if let Some(report) = report {
            debug!(switch = %self.settings.name, %channel, ?report, "of a phone that is rung");
            if (purpose, report) == (RingPurpose::Us(DialledFor::Call), RingingReport::Answered) {
                // From now on it is like any caller's channel.
                self.dialled.remove(channel);
                return self.find(channel, now);
            }
        }
        if outcome == ChannelOutcome::HungUp {
            self.hang_up_dialled(channel, now);
        }
    }

    /// Hangs up the channels that could not be hung up while the connection was down.
    pub(super) fn hang_up_pending(&mut self, now: UnixMs) {
        std::mem::take(&mut self.pending_hang_ups)
            .into_iter()
            .for_each(|channel| self.hang_up_dialled(channel, now));
    }

    /// Hangs up a channel that was dialled: now, or once there is a connection.
    pub(super) fn hang_up_dialled(&mut self, channel: Uuid, now: UnixMs) {
        if !self.link.is_up() {
            self.pending_hang_ups.insert(channel);
            return;
        }
        let channel = AmiValue::channel_of_ours(channel);
        self.ask(&Action::Hangup { channel, cause: CANCELLED }, Awaited::Setting, now);
    }
}

/// Returns the action that makes a call. A party who answers goes to the dialplan, which connects them to us under the name of the
/// channel.
fn originate_call(
    dial: &Dial,
    dial_string: String,
    answered: DialplanTarget,
) -> Result<Originate, BadAmiValue> {
    let mut variables =
        vec![(AmiValue::new("CORDBOARD_UUID")?, AmiValue::from(dial.channel)), no_forwarding()?];
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

/// Returns the action that calls a person. A caller's number that can't be put into it is not shown.
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
        variables: vec![no_forwarding()?],
    })
}

fn no_forwarding() -> Result<(AmiValue, AmiValue), BadAmiValue> {
    let (name, context) = NO_FORWARDING;
    Ok((AmiValue::new(name)?, AmiValue::new(context)?))
}
