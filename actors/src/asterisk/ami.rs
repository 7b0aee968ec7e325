//! All that we know of an Asterisk, and what we have to do with it: calls whose callers it has, people who are rung,
//! requests. Pure except for the lines to calls: messages, orders and the time go in; bytes and messages to calls come out. The
//! actor for all kinds of switch ([`switches`](crate::switches)) runs it.
//!
//! | file | subject |
//! | --- | --- |
//! | `ami.rs` | its state, and where its input goes |
//! | `ami/link.rs` (pure) | our connection: signing in, actions and answers, signs of life |
//! | `ami/fault.rs` (pure) | why there is no connection |
//! | `ami/channels.rs` (pure) | the switch's channels and bridges, and who is the caller of which connection |
//! | `ami/early.rs` (pure) | announcements that arrive before their calls |
//! | `ami/watching.rs`, `ami/watched.rs` (pure) | calls whose callers it has |
//! | `ami/searching.rs` | calls whose channel is not known |
//! | `ami/acting.rs` | actions that calls order for their callers' channels |
//! | `ami/dialling.rs`, `ami/ringing.rs` (pure), `ami/dial_template.rs` (pure) | people who are rung |
//! | `ami/asking.rs` | whether an extension can be reached, and whether the dialplan has a place |
//! | `ami/comparing.rs` | our calls and the switch's channels, compared |
//!
//! Source: Asterisk's documentation, "Asterisk Manager Interface (AMI)" (docs.asterisk.org), and the observed behaviour of an
//! Asterisk 22 (`tests/captures`).

mod acting;
mod asking;
mod channels;
mod comparing;
mod dial_template;
pub(super) mod dialling;
mod early;
mod fault;
mod link;
#[cfg(test)]
mod link_tests;
#[cfg(test)]
mod properties;
mod ringing;
mod searching;
#[cfg(test)]
mod tests;
mod watched;
mod watching;

use std::collections::{BTreeSet, HashMap};

use cordboard_schema::dialplan::DialplanTarget;
use cordboard_schema::ids::EffectId;
use cordboard_schema::switch::{ActionOutcome, SwitchKind};
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::ami::{Action, Answer, Frame};
use tracing::{debug, info, warn};
use uuid::Uuid;

use self::acting::{Act, Keys, Then};
use self::channels::Channels;
use self::comparing::{Comparing, HoldPlace};
use self::dialling::{Dialled, GRACE_MS};
use self::early::EarlyAnnouncements;
use self::fault::AmiFault;
use self::link::{Answered, FrameMeaning, Link};
use self::watching::Watched;
use super::ami_actor::{AmiCodec, AmiSettings};
use crate::live_count::LiveCount;
use crate::messages::{CallLine, Dial, Phone, SwitchShown};
use crate::switches::{
    ActOrder, ActorStep, AnswerTo, RingOrder, RungPhones, Switch, SwitchLogic, WatchOrder, WireFault,
};

/// Purpose of an action that waits for its answer.
#[derive(Debug)]
enum Awaited {
    /// A setting that only has to succeed.
    Setting,
    /// A sign of life.
    Life,
    /// An action on a channel that its call has ordered.
    Act { act: Act, then: Then },
    /// An originate that was ordered.
    Dialling { channel: Uuid },
    /// A check whether the dialplan has a place.
    Place { effect: EffectId, phone: Phone, call: CallLine },
    /// The state of an extension.
    Extension { device: String, answer_to: AnswerTo },
    /// The list of bridges.
    Bridges,
    /// The list of channels.
    Channels { asked_at: UnixMs },
    /// The AudioSocket connection of a channel.
    Owner { id: String },
    /// The installation that holds a channel, which waits for a call that this one does not have.
    Holder { id: String, place: HoldPlace },
    /// A check whether a channel that the list does not have is gone.
    Missing { id: String },
    /// A check whether the caller's phone still holds the call.
    PhoneHolds { audiosocket: Uuid },
    /// A check whether a caller's channel has a time limit.
    Limit { id: String },
    /// The last guard of a caller's channel, which was ordered.
    Guard { id: String },
}

/// All that we know of an Asterisk.
#[derive(Debug)]
pub(super) struct Asterisk {
    settings: AmiSettings,
    link: Link<PendingAction>,
    channels: Channels,
    /// Whether the channels were listed since the connection is up.
    channels_known: bool,
    /// Calls, by the UUID of the caller's AudioSocket connection.
    watched: HashMap<Uuid, Watched>,
    /// Those of them that have a channel, by the channel's id.
    calls_on: HashMap<String, Uuid>,
    /// Dialplans' announcements of connections that have not arrived yet.
    announced: EarlyAnnouncements,
    /// Phones that are rung, by the name of the person's channel.
    dialled: RungPhones<Dialled>,
    /// Channels to end as soon as there is a connection: an earlier process may have had them rung.
    pending_hang_ups: BTreeSet<Uuid>,
    comparing: Comparing,
    keys: Keys,
    /// The `write` classes that the manager user needs for actions that were refused.
    not_permitted: BTreeSet<&'static str>,
    steps: Vec<ActorStep>,
    /// Returns a new random number from 0 to 1.
    luck: fn() -> f64,
}

/// A sent action: the purpose of its answer, and the permission that it needs.
#[derive(Debug)]
struct PendingAction {
    awaited: Awaited,
    permission: Option<&'static str>,
}

impl Asterisk {
    /// An Asterisk that was not connected to yet. `mark` is a random number, `luck` returns others, from 0 to 1.
    pub(super) fn new(settings: AmiSettings, mark: u32, luck: fn() -> f64, now: UnixMs) -> Self {
        let every_ms =
            settings.compare_every.map(|every| u64::try_from(every.as_millis()).unwrap_or(u64::MAX));
        Self {
            link: Link::new(settings.user.clone(), settings.secret.clone(), mark, now),
            settings,
            channels: Channels::default(),
            channels_known: false,
            watched: HashMap::new(),
            calls_on: HashMap::new(),
            announced: EarlyAnnouncements::default(),
            dialled: RungPhones::new(GRACE_MS),
            pending_hang_ups: BTreeSet::new(),
            comparing: Comparing::new(every_ms, now),
            keys: Keys::default(),
            not_permitted: BTreeSet::new(),
            steps: Vec::new(),
            luck,
        }
    }

    /// Sends an action, if the link is up, and returns its id.
    fn ask(&mut self, action: &Action, awaited: Awaited, now: UnixMs) -> String {
        if !self.link.is_up() {
            return String::new();
        }
        self.settings.meter.asked();
        self.link.ask(action, PendingAction { awaited, permission: action.permission() }, now)
    }

    /// Handles a connection that is ready for use: first of all, lists the bridges and channels.
    fn is_up(&mut self, now: UnixMs) {
        info!(switch = %self.settings.name, address = %self.settings.address, "connected to the switch");
        self.settings.meter.connected();
        // The user may have got more permissions meanwhile.
        self.not_permitted.clear();
        self.ask(&Action::BridgeList, Awaited::Bridges, now);
        self.list_channels(now);
    }

    fn answered(&mut self, answered: Answered<PendingAction>, now: UnixMs) {
        let Answered { awaited: PendingAction { awaited, permission }, answer, rows, is_cut, took_ms } =
            answered;
        self.settings.meter.answered(took_ms);
        if let Some(class) = permission.filter(|_| Answer::of(&answer).is_not_permitted()) {
            self.not_permitted(class);
        }
        match awaited {
            Awaited::Setting => {
                if let Some(why) = Answer::of(&answer).failure() {
                    debug!(switch = %self.settings.name, why, "the switch refused a setting");
                }
            }
            Awaited::Life => {}
            Awaited::Act { act, then } => self.act_answered(act, then, &answer, now),
            Awaited::Dialling { channel } => self.dialling_answered(channel, &answer, now),
            Awaited::Place { effect, phone, call } => self.place_answered(effect, &phone, call, &answer, now),
            Awaited::Extension { device, answer_to } => self.inquiry_answered(&device, answer_to, &answer),
            Awaited::Bridges => self.channels.bridges_listed(&rows),
            Awaited::Channels { asked_at } => {
                self.channels_listed(&answer, (rows.as_slice(), is_cut), asked_at, now);
            }
            Awaited::Owner { id } => self.owner_named(&id, &answer, now),
            Awaited::Holder { id, place } => self.holder_named(&id, place, &answer, now),
            Awaited::Missing { id } => self.missing_answered(&id, &answer, now),
            Awaited::PhoneHolds { audiosocket } => {
                self.phone_seen(audiosocket, answer.text_of("Value") == Some("1"));
            }
            Awaited::Limit { id } => self.limit_seen(&id, &answer, &rows, now),
            Awaited::Guard { id } => self.guard_answered(&id, &answer),
        }
    }

    /// Logs once for each class which permission the user of `manager.conf` is missing.
    fn not_permitted(&mut self, class: &'static str) {
        if self.not_permitted.insert(class) {
            warn!(switch = %self.settings.name, "the manager user is missing `write = {class}`: {}", self.remedy());
        }
    }

    /// Returns the remedy. Asterisk gives a session its permissions when it signs in, and a reload does not change them.
    fn remedy(&self) -> String {
        let classes: Vec<&str> = self.not_permitted.iter().copied().collect();
        format!(
            "add {} to `write` of the user in its `manager.conf`, then `manager reload`, and `manager kick session` with our \
             session's number in `manager show connected`: it keeps its permissions until it signs in again",
            classes.join(", ")
        )
    }

    /// Handles a connection that is gone, or was not made: every call that depends on it is notified.
    fn lose(&mut self, fault: AmiFault, now: UnixMs) {
        let was_up = self.link.is_up();
        self.link.losses().say(&fault, was_up, &self.settings.name, &self.settings.address);
        self.steps.push(ActorStep::Disconnect);
        let reason = format!("the link to the switch {} is gone: {fault}", self.settings.name);
        let unanswered = self.link.lost(fault, now, (self.luck)());
        if was_up {
            self.settings.meter.lost();
        }
        self.channels = Channels::default();
        self.channels_known = false;
        self.comparing.lost();
        self.watched_lost(&reason);
        for PendingAction { awaited, .. } in unanswered {
            match awaited {
                // After the report of the loss: orders that a call can repeat then wait for the next connection.
                Awaited::Act { act, .. } => act.done(ActionOutcome::Unknown),
                Awaited::Place { effect, call, .. } => {
                    AnswerTo::Transfer { effect, exists: None, call }.say(None);
                }
                Awaited::Extension { answer_to, .. } => answer_to.say(None),
                // The phones that are rung are looked for when the connection is back; the other actions changed nothing.
                _ => {}
            }
        }
        self.keys_lost();
        self.dialled_lost(now);
    }

    fn heard(&mut self, heard: FrameMeaning<PendingAction>, now: UnixMs) {
        match heard {
            FrameMeaning::Nothing => {}
            FrameMeaning::Up => self.is_up(now),
            FrameMeaning::Answer(answered) => self.answered(*answered, now),
            FrameMeaning::Event(message) => {
                self.settings.meter.event_came(now);
                self.happened(&message, now);
                self.dialling_happened(&message, now);
            }
            FrameMeaning::Lost(fault) => self.lose(fault, now),
        }
    }
}

impl Switch for Asterisk {
    fn place_call(&mut self, dial: Dial, now: UnixMs) {
        self.dial(dial, now);
    }

    fn cancel_call(&mut self, channel: Uuid, now: UnixMs) {
        self.stop_ringing(channel, now);
    }

    fn shown(&self) -> SwitchShown {
        let figures = self.settings.meter.figures();
        let remedy = (!self.not_permitted.is_empty()).then(|| self.remedy());
        SwitchShown {
            name: self.settings.name.clone(),
            kind: SwitchKind::Asterisk,
            address: self.settings.address.clone(),
            is_connected: self.link.is_up(),
            fault: self.link.losses().fault().map(ToString::to_string).or(remedy),
            channels: self.channels_known.then(|| self.channels.len() as u64),
            calls: self.watched.values().filter(|watched| watched.reported.is_attached()).count(),
            losses: self.link.losses().count(),
            events: figures.events,
            last_event_at: figures.last_event_at,
        }
    }

    fn ring_phone(&mut self, order: RingOrder, now: UnixMs) {
        self.ring(order, now);
    }

    fn watch_channel(&mut self, order: WatchOrder, now: UnixMs) {
        self.watch(order, now);
    }

    fn unwatch_channel(&mut self, channel: Uuid, _: UnixMs) {
        self.unwatch(channel);
    }

    fn act_on_channel(&mut self, order: ActOrder, now: UnixMs) {
        let ActOrder { channel, effect, action, call } = order;
        self.act(Act { audiosocket: channel, effect, call }, &action, now);
    }

    fn check_extension(&mut self, phone: &Phone, answer_to: AnswerTo, now: UnixMs) {
        self.inquire(phone, answer_to, now);
    }

    fn check_place(
        &mut self,
        effect: EffectId,
        place: &DialplanTarget,
        phone: &Phone,
        call: CallLine,
        now: UnixMs,
    ) {
        self.ask_about_place(effect, place, phone.clone(), call, now);
    }

    fn channel_named(&mut self, channel: Uuid, unique_id: &str, now: UnixMs) {
        self.channel_is(channel, unique_id, now);
    }
}

impl SwitchLogic for Asterisk {
    type Codec = AmiCodec;

    fn name(&self) -> &str {
        &self.settings.name
    }

    fn address(&self) -> &str {
        &self.settings.address
    }

    fn live(&self) -> &LiveCount {
        &self.settings.live
    }

    fn connected(&mut self, now: UnixMs) {
        self.link.connected(now);
    }

    fn received(&mut self, frame: Frame, now: UnixMs) {
        let heard = self.link.received(frame, now);
        self.heard(heard, now);
    }

    fn lost(&mut self, fault: WireFault, now: UnixMs) {
        self.lose(fault.into(), now);
    }

    fn tick(&mut self, now: UnixMs) {
        if self.link.begins_to_connect(now) {
            self.steps.push(ActorStep::Connect);
        }
        let probe = || PendingAction { awaited: Awaited::Life, permission: None };
        let heard = self.link.tick(probe, now);
        self.heard(heard, now);
        self.dialled_expired(now);
        self.announced.forget_old(now);
        if self.link.is_up() {
            self.compare_if_due(now);
        }
    }

    fn next_deadline(&self) -> Option<UnixMs> {
        let comparison = self.link.is_up().then(|| self.comparing.next_at());
        let deadlines = [self.link.next_deadline(), comparison, self.dialled_deadline()];
        deadlines.into_iter().flatten().min()
    }

    fn next_step(&mut self) -> Option<ActorStep> {
        (!self.steps.is_empty()).then(|| self.steps.remove(0))
    }

    fn take_output(&mut self) -> Vec<u8> {
        self.settings.meter.unanswered(self.link.unanswered());
        self.link.take_output()
    }
}
