//! Calls whose caller may be on this Asterisk: which channel is theirs, and what happens on it.
//!
//! A call is known by the UUID of its AudioSocket connection, a channel by its id in Asterisk. They are matched by any of these, in
//! any order: the dialplan's `UserEvent`, the dialling of an AudioSocket leg, the channel that was named to `/calls/expect`, a list
//! of all channels and their applications, a variable of the channel (`searching.rs`), or an id that we gave the channel ourselves.

use cordboard_schema::call::{HangupBy, HangupCause};
use cordboard_schema::event::{Announcement, Fact};
use cordboard_schema::ids::CallId;
use cordboard_schema::limits::AMI_WORD_BYTES_MAX;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::ami::{
    Action, AmiEvent, AmiValue, Answer, Bridging, CallAnnounced, ChannelLine, Ended, KeyReleased, Message,
    Parked, sent_on, uuid_of_ours,
};
use tracing::debug;
use uuid::Uuid;

use super::channels::dialled_audiosocket;
use super::comparing::NORMAL;
use super::watched::{HeldFrom, ReportedState};
use super::{Asterisk, Awaited};
use crate::messages::{CallLine, ToCall};
use crate::switches::WatchOrder;

/// The variable that is set on the caller's channel, so that an administrator who looks at it on the switch finds the call.
const CALL_OF_CHANNEL: &str = "CORDBOARD_CALL";
/// The variable that says whether a channel is held by the other one of its bridge: 1 or 0.
const IS_HELD: &str = "CHANNEL(onhold)";
/// The number of seconds after which Asterisk ends a channel by itself, whatever has happened to us, unless it had a limit already.
const LAST_GUARD_S: u32 = 86_400;

/// A call that wants reports about its caller's channel.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) call: CallLine,
    pub(super) call_id: CallId,
    pub(super) reported: ReportedState,
    /// The channel, once it is known.
    pub(super) channel: Option<String>,
    /// Whether Asterisk has confirmed that the channel has a time limit.
    is_limited: bool,
    /// How often channels were asked whether one of them belongs to this call.
    pub(super) searches: u32,
    /// The person whom the caller is held from.
    pub(super) held_from: Option<HeldFrom>,
    /// The dialplan's announcement, until the call gets it.
    announced: Option<Announcement>,
}

impl Watched {
    fn is_held_from(&self, person: &str) -> bool {
        self.held_from.as_ref().is_some_and(|held| held.person.as_str() == person)
    }
}

impl Asterisk {
    /// Watches the channel of a call. The order's hold, by the call or by a phone, is from before an actor or process died.
    pub(super) fn watch(&mut self, order: WatchOrder, now: UnixMs) {
        let WatchOrder { channel: audiosocket, call_id, held_from, phone_holds, call } = order;
        let held_from = held_from.map(HeldFrom::found);
        let watched = Watched {
            call,
            call_id,
            reported: ReportedState::nothing(phone_holds),
            channel: None,
            is_limited: false,
            searches: 0,
            held_from,
            announced: None,
        };
        self.unwatch(audiosocket);
        self.watched.insert(audiosocket, watched);
        let announced = self.announced.remove(&audiosocket);
        if let Some(watched) = self.watched.get_mut(&audiosocket) {
            watched.announced = announced;
        }
        self.find(audiosocket, now);
        if self.watched.get(&audiosocket).is_some_and(|watched| watched.channel.is_none()) {
            // If no event named the caller, a list of applications or a variable does.
            self.channels.ask_again();
            self.list_channels(now);
        }
    }

    pub(super) fn unwatch(&mut self, audiosocket: Uuid) {
        if let Some(Watched { channel: Some(channel), .. }) = self.watched.remove(&audiosocket) {
            self.detach(audiosocket, &channel);
        }
    }

    /// Stops reports of a channel to a call, unless another call has the channel by now.
    fn detach(&mut self, audiosocket: Uuid, id: &str) {
        if self.calls_on.get(id) == Some(&audiosocket) {
            self.calls_on.remove(id);
        }
    }

    /// Assigns a channel to this call, and to no other. Returns whether that is new.
    fn has_channel(&mut self, audiosocket: Uuid, id: &str) -> bool {
        let Some(watched) = self.watched.get_mut(&audiosocket) else { return false };
        let before = watched.channel.replace(id.to_owned());
        let is_new = before.as_deref() != Some(id);
        watched.is_limited &= !is_new;
        if let Some(before) = before.filter(|_| is_new) {
            self.detach(audiosocket, &before);
        }
        let other = self.calls_on.insert(id.to_owned(), audiosocket).filter(|other| *other != audiosocket);
        if let Some(other) = other.and_then(|other| self.watched.get_mut(&other)) {
            other.channel = None;
            // Its caller was transferred to us: a new call has them.
            other.reported.is_back().into_iter().for_each(|fact| other.call.fact(fact));
        }
        is_new
    }

    /// Handles a channel that `/calls/expect` has named.
    pub(super) fn channel_is(&mut self, audiosocket: Uuid, unique_id: &str, now: UnixMs) {
        if self.channels.is_caller_of(audiosocket, unique_id) {
            return self.find(audiosocket, now);
        }
        // The channel may have existed before our connection did.
        let is_open = self.watched.get(&audiosocket).is_some_and(|watched| watched.channel.is_none());
        if is_open && self.link.is_up() {
            self.list_channels(now);
        }
    }

    /// Reports its channel to a call, if it is known.
    pub(super) fn find(&mut self, audiosocket: Uuid, now: UnixMs) {
        if self.is_dialling(audiosocket) {
            return;
        }
        let is_over = self.watched.get(&audiosocket).is_none_or(|watched| watched.reported.is_over());
        if is_over || !self.link.is_up() {
            return;
        }
        let Some(id) = self.channels.caller_of(audiosocket).map(str::to_owned) else { return };
        if self.channels.get(&id).is_none() {
            return;
        }
        let is_new = self.has_channel(audiosocket, &id);
        let Some(watched) = self.watched.get_mut(&audiosocket) else { return };
        let Some(channel) = self.channels.get(&id) else { return };
        // We separated a held caller, so the person still counts as their company.
        let held_from = || watched.held_from.as_ref().and_then(|held| held.company(&self.channels));
        let company = self.channels.company(&id).or_else(held_from);
        let is_found = !watched.reported.is_attached();
        if is_found {
            watched.call.tell(ToCall::HeldBy { server: self.settings.name.clone() });
        }
        let announced = watched.announced.take().map(|announcement| Fact::Announced { announcement });
        let facts = watched.reported.found(channel, company);
        announced.into_iter().chain(facts).for_each(|fact| watched.call.fact(fact));
        let (call_id, is_phone_in_doubt) = (watched.call_id, watched.reported.is_phone_in_doubt());
        // The mark or the limit may have been lost with the connection.
        if is_new || (is_found && !watched.is_limited) {
            self.mark(&id, call_id, now);
        }
        if is_phone_in_doubt {
            self.check_phone_hold(audiosocket, &id, now);
        }
    }

    /// Checks a hold by the caller's phone from before the connection was lost or the process died. Asterisk notes a hold at the
    /// channel that is held, the other one of the bridge. Without such a channel it can't be known. The caller then counts as back,
    /// because a caller taken for held is not heard by anybody, and no later event would end that.
    fn check_phone_hold(&mut self, audiosocket: Uuid, id: &str, now: UnixMs) {
        let other = self.channels.bridged_with(id).map(AmiValue::new);
        match (other, AmiValue::new(IS_HELD)) {
            (Some(Ok(other)), Ok(variable)) => {
                let getvar = Action::Getvar { channel: Some(other), variable };
                self.ask(&getvar, Awaited::PhoneHolds { audiosocket }, now);
            }
            _ => self.phone_seen(audiosocket, false),
        }
    }

    pub(super) fn phone_seen(&mut self, audiosocket: Uuid, holds: bool) {
        if let Some(watched) = self.watched.get_mut(&audiosocket) {
            watched.reported.phone_seen(holds).into_iter().for_each(|fact| watched.call.fact(fact));
        }
    }

    /// Marks the caller's channel with the call's id, and asks whether it has a limit.
    fn mark(&mut self, id: &str, call_id: CallId, now: UnixMs) {
        let value = |text: String| AmiValue::new(text);
        let (Ok(channel), Ok(variable), Ok(call)) =
            (value(id.to_owned()), value(CALL_OF_CHANNEL.to_owned()), value(call_id.to_string()))
        else {
            return;
        };
        let setvar = Action::Setvar { channel: channel.clone(), variable, value: call };
        self.ask(&setvar, Awaited::Setting, now);
        let status = Action::Status { channel: Some(channel) };
        self.ask(&status, Awaited::Limit { id: id.to_owned() }, now);
    }

    /// Gives a caller's channel the last guard. A limit from its dialplan (`TIMEOUT(absolute)`), or from an earlier process, is
    /// kept: Asterisk has one for each channel, and ours is longer than any call is meant to be.
    pub(super) fn limit_seen(&mut self, id: &str, answer: &Message, rows: &[Message], now: UnixMs) {
        if rows.iter().filter_map(|row| row.number("TimeToHangup")).any(|at| at > 0) {
            self.limit_is_known(id);
        } else if !Answer::of(answer).is_no_channel()
            && let Ok(channel) = AmiValue::new(id)
        {
            let guard = Action::AbsoluteTimeout { channel, seconds: LAST_GUARD_S };
            self.ask(&guard, Awaited::Guard { id: id.to_owned() }, now);
        }
    }

    /// Handles Asterisk's answer to the last guard: set or refused.
    pub(super) fn guard_answered(&mut self, id: &str, answer: &Message) {
        match Answer::of(answer).failure() {
            Some(why) => {
                debug!(switch = %self.settings.name, id, why, "the switch refused a channel's time limit");
            }
            None => self.limit_is_known(id),
        }
    }

    fn limit_is_known(&mut self, id: &str) {
        if let Some(watched) = self.watched_on(id) {
            watched.is_limited = true;
        }
    }

    /// Reports the state to every call again, once the connection is back and the channels are known.
    pub(super) fn find_all(&mut self, now: UnixMs) {
        for audiosocket in self.watched.keys().copied().collect::<Vec<_>>() {
            self.find(audiosocket, now);
        }
    }

    pub(super) fn watched_lost(&mut self, reason: &str) {
        for watched in self.watched.values_mut() {
            watched.reported.link_lost(reason).into_iter().for_each(|fact| watched.call.fact(fact));
            // The result of the separation no longer matters: the next list shows how they are.
            if let Some(held) = &mut watched.held_from {
                held.is_parted = true;
            }
        }
    }

    /// Reassigns channels once they are known again: a channel that belonged to a call still does, whatever it runs by now.
    pub(super) fn callers_again(&mut self) {
        for (audiosocket, watched) in self.watched.iter().filter(|(_, watched)| !watched.reported.is_over()) {
            if let Some(id) = &watched.channel {
                self.channels.may_be_caller_of(*audiosocket, id);
            }
        }
    }

    /// Handles persons who left their held callers while the connection was down.
    pub(super) fn persons_left_meanwhile(&mut self, now: UnixMs) {
        let persons = self.watched.values().filter_map(|watched| watched.held_from.as_ref());
        let left: Vec<String> = persons
            .map(|held| held.person.as_str())
            .filter(|person| self.channels.get(person).is_none())
            .map(str::to_owned)
            .collect();
        for person in left {
            self.person_left_the_held(&person, now);
        }
    }

    /// Handles an event.
    pub(super) fn happened(&mut self, message: &Message, now: UnixMs) {
        let Some(event) = message.event() else { return };
        match event {
            AmiEvent::UserEvent => self.announced(message, now),
            AmiEvent::DialBegin => {
                if let Some((uuid, caller)) = dialled_audiosocket(message)
                    && self.channels.is_caller_of(uuid, &caller)
                {
                    self.find(uuid, now);
                }
            }
            AmiEvent::BridgeEnter | AmiEvent::BridgeLeave => {
                if let Some(step) = Bridging::of(message) {
                    let changed = self.channels.bridging(&step);
                    changed.iter().for_each(|id| self.company_changed(id));
                }
            }
            AmiEvent::BlindTransfer => {
                if let Some(id) = sent_on(message)
                    && let Some(watched) = self.watched_on(id)
                {
                    watched.reported.is_sent_on();
                }
            }
            AmiEvent::Newchannel | AmiEvent::Newstate => self.channel_seen(message, now),
            AmiEvent::Rename => {
                if let (Some(id), Some(name)) = (message.get("Uniqueid"), message.get("Newname"))
                    && name.len() <= AMI_WORD_BYTES_MAX
                    && let Some(channel) = self.channels.get_mut(id)
                {
                    name.clone_into(&mut channel.name);
                }
            }
            AmiEvent::HangupRequest => {
                if let Some(ended) = Ended::of(message)
                    && let Some(channel) = self.channels.get_mut(ended.channel.unique_id)
                {
                    channel.has_hung_up = true;
                }
            }
            AmiEvent::Hangup => self.channel_ended(message, now),
            AmiEvent::DtmfEnd => {
                if let Some(KeyReleased { channel, digit, duration_ms }) = KeyReleased::of(message) {
                    self.tell(channel.unique_id, Fact::Dtmf { leg: None, digit, duration_ms });
                }
            }
            AmiEvent::ParkedCall => {
                if let Some(parked) = Parked::of(message) {
                    self.tell(parked.unique_id, Fact::Parked { space: parked.space.to_owned() });
                }
            }
            AmiEvent::Hold | AmiEvent::Unhold => {
                if let Some(line) = ChannelLine::of(message) {
                    if let Some(channel) = self.channels.get_mut(line.unique_id) {
                        channel.holds = event == AmiEvent::Hold;
                    }
                    let fact = if event == AmiEvent::Hold { Fact::Held } else { Fact::Unheld };
                    self.tell(line.unique_id, fact);
                }
            }
            _ => {}
        }
    }

    fn channel_seen(&mut self, message: &Message, now: UnixMs) {
        let Some(line) = ChannelLine::of(message) else { return };
        let was_up = self.channels.get(line.unique_id).is_some_and(|channel| channel.is_up);
        self.channels.seen(&line);
        if line.is_up && !was_up {
            self.tell(line.unique_id, Fact::ChannelAnswered);
        }
        self.dialled_channel_seen(&line, now);
        // An earlier process may have dialled it.
        if let Some(uuid) = uuid_of_ours(line.unique_id)
            && self.watched.get(&uuid).is_some_and(|watched| watched.channel.is_none())
        {
            self.find(uuid, now);
        }
    }

    /// Handles an announcement. Anyone can send one, so it counts only for a UUID that a call of ours has, and only while no other
    /// channel has claimed that UUID.
    fn announced(&mut self, message: &Message, now: UnixMs) {
        let Some(CallAnnounced { audiosocket, unique_id: Some(id), from, to, variables }) =
            CallAnnounced::of(message)
        else {
            return;
        };
        if let Some(line) = ChannelLine::of(message) {
            self.channels.seen(&line);
        }
        let is_its_own = self.channels.is_caller_of(audiosocket, &id)
            || self.channels.caller_of(audiosocket) == Some(id.as_str());
        if !is_its_own {
            debug!(switch = %self.settings.name, %audiosocket, id, "an announcement is ignored: its call has another channel");
            return;
        }
        let announcement = Announcement { from, to, variables, ..Announcement::default() };
        match self.watched.get_mut(&audiosocket) {
            Some(watched) if watched.reported.is_attached() => {
                watched.call.fact(Fact::Announced { announcement });
            }
            Some(watched) => {
                watched.announced = Some(announcement);
                self.find(audiosocket, now);
            }
            // The event arrives some ms before the connection that it announces.
            None => self.announced.keep(audiosocket, announcement, now),
        }
    }

    /// Returns the call whose caller has this channel.
    fn watched_on(&mut self, id: &str) -> Option<&mut Watched> {
        self.watched.get_mut(self.calls_on.get(id)?)
    }

    fn tell(&mut self, id: &str, fact: Fact) {
        if let Some(watched) = self.watched_on(id)
            && let Some(fact) = watched.reported.happened(fact)
        {
            watched.call.fact(fact);
        }
    }

    pub(super) fn company_changed(&mut self, id: &str) {
        let company = self.channels.company(id);
        if let Some(company) = &company
            && let Ok(person) = Uuid::parse_str(company)
        {
            self.person_joins(person);
        }
        let Some(watched) = self.watched_on(id) else { return };
        if let Some(held) = &mut watched.held_from {
            // We separated them, so that the caller hears music.
            if company.is_none() {
                held.is_parted = true;
                return;
            }
            if held.is_parted {
                watched.held_from = None;
            }
        }
        if let Some(fact) = watched.reported.company_is(company) {
            watched.call.fact(fact);
        }
    }

    fn channel_ended(&mut self, message: &Message, now: UnixMs) {
        let Some(ended) = Ended::of(message) else { return };
        let id = ended.channel.unique_id;
        let channel = self.channels.ended(id);
        let by_phone = channel.as_ref().is_some_and(|channel| channel.has_hung_up);
        // A phone that we call also ends the channel if it is busy or declines. That is not a goodbye, and the cause shows it.
        let is_refusal = uuid_of_ours(id).is_some() && channel.is_some_and(|channel| !channel.is_up);
        let fact = match by_phone && !is_refusal {
            // The cause of an earlier attempt sticks to the channel of a caller who has just said goodbye.
            true => Fact::Hangup { by: HangupBy::Caller, cause: HangupCause::normal_clearing() },
            false => Fact::Hangup { by: HangupBy::Switch, cause: ended.hangup_cause() },
        };
        if let Some(call) = self.calls_on.get(id).copied() {
            self.held_person_is_let_go(call, now);
        }
        self.tell(id, fact);
        self.person_left_the_held(id, now);
        self.dialled_channel_ended(&ended, by_phone, now);
    }

    /// Returns whether the call of this channel's caller holds them.
    pub(super) fn is_held(&self, id: &str) -> bool {
        let call = self.calls_on.get(id).and_then(|call| self.watched.get(call));
        call.is_some_and(|watched| watched.held_from.is_some())
    }

    /// Returns whether a call holds its caller from this person.
    pub(super) fn is_held_from(&self, id: &str) -> bool {
        self.watched.values().any(|watched| watched.is_held_from(id))
    }

    /// Hangs up the person whom a caller is held from, because the caller leaves or is sent away: nothing would join the two again,
    /// and the person would wait in silence. Returns whether there was such a person.
    pub(super) fn held_person_is_let_go(&mut self, audiosocket: Uuid, now: UnixMs) -> bool {
        let held_from = self.watched.get_mut(&audiosocket).and_then(|watched| watched.held_from.take());
        let Some(HeldFrom { person, .. }) = held_from else { return false };
        self.ask(&Action::Hangup { channel: person, cause: NORMAL }, Awaited::Setting, now);
        true
    }

    /// Handles a person who has left while their caller is held: the caller goes to `hold.back`.
    pub(super) fn person_left_the_held(&mut self, id: &str, now: UnixMs) {
        let Some(watched) = self.watched.values_mut().find(|watched| watched.is_held_from(id)) else {
            return;
        };
        watched.held_from = None;
        watched.reported.company_is(None).into_iter().for_each(|fact| watched.call.fact(fact));
        if let Some(Ok(channel)) = watched.channel.clone().map(AmiValue::new) {
            let target = self.settings.hold.back.clone();
            self.ask(&Action::Redirect { channel, target, extra: None }, Awaited::Setting, now);
        }
    }
}
