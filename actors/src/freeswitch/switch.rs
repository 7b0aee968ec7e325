//! All that we know of a switch, and what we have to do with it: calls that want reports about their channels, people who
//! are rung, requests. Pure except for the lines to calls: frames, orders and the time go in; bytes, messages to calls and
//! [`ActorStep`]s come out. The actor for all kinds of switch ([`switches`](crate::switches)) carries them out.
//!
//! | file | subject |
//! | --- | --- |
//! | `switch.rs` | its state, and where its input goes |
//! | `switch/link.rs` (pure) | our connection: signing in, requests and answers, signs of life |
//! | `switch/fault.rs` (pure) | why there is no connection |
//! | `switch/opening.rs` (pure) | which events are requested |
//! | `switch/watching.rs`, `switch/watched.rs` (pure) | channels that calls want reports about |
//! | `switch/acting.rs` | actions that calls order for their channels |
//! | `switch/playing.rs` | audio that channels are given to play |
//! | `switch/calling.rs`, `switch/ringing.rs` (pure) | people who are rung |
//! | `switch/party.rs` (pure) | why a party was not reached: an extension, or a number over the trunk |
//! | `switch/dialling.rs` | calls that we make |
//! | `switch/asking.rs`, `switch/extension.rs` (pure) | whether an extension can be reached |
//! | `switch/comparing.rs`, `switch/reconciler.rs` (pure) | our calls and the switch's channels, compared |

mod acting;
mod asking;
mod calling;
mod comparing;
mod dialling;
mod extension;
mod fault;
mod link;
mod opening;
mod party;
mod playing;
#[cfg(test)]
mod properties;
mod reconciler;
mod ringing;
#[cfg(test)]
mod tests;
mod watched;
mod watching;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use cordboard_schema::limits::SWITCH_BODY_BYTES_MAX;
use cordboard_schema::switch::SwitchKind;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::esl::{
    ApiAnswer, ApiCommand, Bridge, Command, Event, EventName, Frame, Heartbeat, JobDone,
};
use tracing::{debug, error, info};
use uuid::Uuid;

use self::acting::Act;
use self::asking::Asker;
use self::calling::{GRACE_MS, Person};
use self::dialling::Dialling;
use self::extension::About;
use self::fault::LinkFault;
use self::link::{FrameMeaning, Link};
use self::opening::JobIds;
use self::party::Party;
use self::reconciler::Reconciler;
use self::watched::{ChannelState, DumpPurpose};
use self::watching::Watched;
use super::pending::Pending;
use super::switch_actor::SwitchSettings;
use crate::freeswitch::switch_actor::EslCodec;
use crate::live_count::LiveCount;
use crate::messages::{Dial, Listening, Phone, SwitchShown, Unmatched};
use crate::switches::{
    ActOrder, ActorStep, AnswerTo, RingOrder, RingPurpose, RungPhones, Switch, SwitchLogic, WatchOrder,
    WireFault,
};

/// Purpose of a command that waits for its answer.
#[derive(Debug)]
enum Awaited {
    /// A setting that only has to succeed.
    Setting,
    /// A sign of life.
    Life,
    /// The domain of the switch.
    Domain,
    /// The state of a channel that a call wants reports about.
    Watched { channel: Uuid, purpose: DumpPurpose },
    /// The channel of a person who was being rung when the connection was lost.
    Person { channel: Uuid },
    /// A call to a person that was ordered.
    Calling { channel: Uuid },
    /// A call of ours that was ordered.
    Dialling { channel: Uuid },
    /// The channel of a call that was being made when the connection was lost.
    Dialled { channel: Uuid },
    /// A command of an action that a call ordered.
    Act,
    /// Whether the switch sends a channel's events.
    LetThrough { channel: Uuid },
    /// Whether the switch has accepted a chunk of audio for a channel.
    Chunk { channel: Uuid, chunk: u64 },
    /// The answer to a request about an extension.
    Extension { inquiry: u64, about: About },
    /// The list of channels.
    Channels { asked_at: UnixMs },
    /// A check whether the channel of a call that was not in the list is gone.
    Missing { channel: Uuid },
    /// A check whether a channel without a call waits for us.
    Stray { channel: Uuid },
    /// The transfer of such a channel to us.
    TakenUp { channel: Uuid },
}

/// All that we know of a switch.
#[derive(Debug)]
pub(super) struct Freeswitch {
    settings: SwitchSettings,
    link: Link<Awaited>,
    jobs: JobIds,
    /// The SIP domain that the switch uses if none is named.
    domain: Option<String>,
    /// Its number of channels, as last reported.
    channels: Option<u64>,
    watched: BTreeMap<Uuid, Watched>,
    /// People who are rung, by their channel.
    rings: RungPhones<Person>,
    /// Calls that we make, by the channel of the called party.
    diallings: RungPhones<Dialling>,
    /// Channels to end as soon as there is a connection: an earlier process may have had them rung.
    pending_hang_ups: BTreeSet<Uuid>,
    pending: Pending<Act>,
    inquiries: BTreeMap<u64, Asker>,
    next_inquiry: u64,
    reconciler: Reconciler,
    steps: VecDeque<ActorStep>,
    /// Returns a new random number from 0 to 1.
    luck: fn() -> f64,
}

impl Freeswitch {
    /// A switch that was not connected to yet. `half` is a random number, `luck` returns others, from 0 to 1.
    pub(super) fn new(settings: SwitchSettings, half: u64, luck: fn() -> f64, now: UnixMs) -> Self {
        let every_ms =
            settings.compare_every.map(|every| u64::try_from(every.as_millis()).unwrap_or(u64::MAX));
        Self {
            link: Link::new(settings.password.clone(), now),
            settings,
            jobs: JobIds::new(half),
            domain: None,
            channels: None,
            watched: BTreeMap::new(),
            rings: RungPhones::new(GRACE_MS),
            diallings: RungPhones::new(GRACE_MS),
            pending_hang_ups: BTreeSet::new(),
            pending: Pending::default(),
            inquiries: BTreeMap::new(),
            next_inquiry: 0,
            reconciler: Reconciler::new(every_ms, now),
            steps: VecDeque::new(),
            luck,
        }
    }

    /// Handles a connection that is gone, or was not made: every call that depends on it is notified.
    fn lose(&mut self, fault: LinkFault, now: UnixMs) {
        let was_up = self.link.is_up();
        self.link.losses().say(&fault, was_up, &self.settings.name, &self.settings.address);
        self.steps.push_back(ActorStep::Disconnect);
        let reason = format!("the link to the switch {} is gone: {fault}", self.settings.name);
        // The requests among them that matter are reported below, by their own parts; the others changed nothing.
        drop(self.link.lost(fault, now, (self.luck)()));
        if was_up {
            self.settings.meter.lost();
        }
        self.domain = None;
        self.channels = None;
        self.playing_lost(now);
        self.watched_lost(&reason);
        self.acts_lost();
        self.inquiries_lost();
    }

    fn ask(&mut self, command: &Command, awaited: Awaited, now: UnixMs) {
        if self.link.is_up() {
            self.settings.meter.asked();
            self.link.ask(command, awaited, now);
        }
    }

    /// Handles a connection that is signed in: requests of the previous one are made again.
    fn signed_in(&mut self, now: UnixMs) {
        info!(switch = %self.settings.name, address = %self.settings.address, "connected to the switch");
        self.settings.meter.connected();
        match opening::opening(&self.jobs) {
            Ok(commands) => commands.iter().for_each(|command| self.ask(command, Awaited::Setting, now)),
            Err(error) => error!(%error, "the events of a switch can't be requested"),
        }
        self.ask(&Command::Api(ApiCommand::DefaultDomain), Awaited::Domain, now);
        self.watch_again(now);
        self.ring_again(now);
        self.dial_again(now);
        std::mem::take(&mut self.pending_hang_ups).into_iter().for_each(|channel| self.hang_up(channel, now));
    }

    fn answered(&mut self, awaited: Awaited, text: &str, now: UnixMs) {
        let answer = ApiAnswer::of(text);
        match awaited {
            Awaited::Setting => {
                if let Some(why) = answer.failure() {
                    debug!(switch = %self.settings.name, why, "the switch refused a setting");
                }
            }
            Awaited::Life => {}
            Awaited::Domain => self.domain = domain_in(answer),
            Awaited::Watched { channel, purpose } => {
                self.watched_found(channel, &ChannelState::of(text), purpose)
            }
            Awaited::Person { channel } => self.person_found(channel, &ChannelState::of(text), now),
            Awaited::Calling { channel } => {
                if answer.failure().is_some() {
                    self.person_called(channel, answer, now);
                }
            }
            Awaited::Dialling { channel } => {
                if answer.failure().is_some() {
                    self.dialled_done(channel, answer, now);
                }
            }
            Awaited::Dialled { channel } => self.dialled_found(channel, &ChannelState::of(text), now),
            Awaited::Act => self.act_answered(answer, now),
            Awaited::LetThrough { channel } => self.let_through_answered(channel, answer),
            Awaited::Chunk { channel, chunk } => self.chunk_answered(channel, chunk, answer, now),
            Awaited::Extension { inquiry, about } => self.inquiry_answered(inquiry, about, text),
            Awaited::Channels { asked_at } => self.channels_listed(text, asked_at, now),
            Awaited::Missing { channel } => self.missing_answered(channel, text),
            Awaited::Stray { channel } => self.stray_found(channel, &ChannelState::of(text), now),
            Awaited::TakenUp { channel } => self.taken_up(channel, answer),
        }
    }

    fn happened(&mut self, event: &Event, now: UnixMs) {
        self.settings.meter.event_came(now);
        match event.name() {
            Some(EventName::Heartbeat) => {
                self.channels = Heartbeat::of(event).map(|heartbeat| heartbeat.sessions.into());
            }
            Some(EventName::Shutdown) => info!(switch = %self.settings.name, "the switch is shutting down"),
            Some(EventName::BackgroundJob) => {
                if let Some(job) = JobDone::of(event) {
                    self.job_done(&job, now);
                    self.dialling_job_done(&job, now);
                }
                self.act_happened(event);
            }
            _ => {
                if let Some(bridge) = Bridge::of(event) {
                    self.people_joined(&bridge);
                }
                if let Some(channel) = event.unique_id().and_then(|channel| Uuid::parse_str(channel).ok()) {
                    // The call first, because a hang-up has to reach it quickly.
                    self.watched_happened(channel, event, now);
                    self.act_happened(event);
                    self.person_happened(channel, event, now);
                    self.dialled_happened(channel, event, now);
                }
            }
        }
    }
}

impl Switch for Freeswitch {
    fn place_call(&mut self, dial: Dial, now: UnixMs) {
        self.dial(dial, now);
    }

    fn cancel_call(&mut self, channel: Uuid, now: UnixMs) {
        self.stop_dialling(channel, now);
    }

    fn shown(&self) -> SwitchShown {
        let figures = self.settings.meter.figures();
        SwitchShown {
            name: self.settings.name.clone(),
            kind: SwitchKind::Freeswitch,
            address: self.settings.address.clone(),
            is_connected: self.link.is_up(),
            fault: self.link.losses().fault().map(ToString::to_string),
            channels: self.channels,
            calls: self.watched.len(),
            losses: self.link.losses().count(),
            events: figures.events,
            last_event_at: figures.last_event_at,
        }
    }

    fn ring_phone(&mut self, order: RingOrder, now: UnixMs) {
        let RingOrder { handoff, channel, phone, caller_number, timeout_ms, call } = order;
        let person = Person::begin(Party::of(&phone));
        let ring = self.rings.begin(RingPurpose::Handoff(handoff), call, person, now + timeout_ms);
        self.ring(channel, ring, &phone, caller_number, timeout_ms, now);
    }

    fn stop_phone(&mut self, channel: Uuid, now: UnixMs) {
        self.stop_ringing(channel, now);
    }

    /// A FreeSWITCH uses the same name for a channel as we do.
    fn watch_channel(&mut self, order: WatchOrder, now: UnixMs) {
        let WatchOrder { channel, call, .. } = order;
        self.dialled_is_watched(channel, now);
        self.watch(channel, call, now);
    }

    fn unwatch_channel(&mut self, channel: Uuid, now: UnixMs) {
        self.unwatch(channel, now);
    }

    fn act_on_channel(&mut self, order: ActOrder, now: UnixMs) {
        let ActOrder { channel, effect, action, call } = order;
        self.act(Act { channel, effect, call }, &action, now);
    }

    /// Only the phone can be checked. Whether the place in the dialplan exists shows at the end of the channel.
    fn check_extension(&mut self, phone: &Phone, answer_to: AnswerTo, now: UnixMs) {
        self.inquire(phone, answer_to, now);
    }

    fn listen_to_channel(&mut self, channel: Uuid, listening: Listening, now: UnixMs) {
        self.listen(channel, listening, now);
    }

    fn take_sound_of(&mut self, channel: Uuid) {
        self.take_sound(channel);
    }
}

impl SwitchLogic for Freeswitch {
    type Codec = EslCodec;

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
        match self.link.received(frame, now) {
            FrameMeaning::Nothing => {}
            FrameMeaning::SignedIn => self.signed_in(now),
            FrameMeaning::Answer { awaited, text, took_ms } => {
                self.settings.meter.answered(took_ms);
                self.answered(awaited, &text, now);
            }
            FrameMeaning::Event(event) => self.happened(&event, now),
            FrameMeaning::Lost(fault) => self.lose(fault, now),
        }
    }

    fn lost(&mut self, fault: WireFault, now: UnixMs) {
        self.lose(fault.into(), now);
    }

    fn tick(&mut self, now: UnixMs) {
        if self.link.begins_to_connect(now) {
            self.steps.push_back(ActorStep::Connect);
        }
        if let Some(fault) = self.link.tick(|| Awaited::Life, now) {
            self.lose(fault, now);
        }
        self.acts_expired(now);
        self.inquiries_expired(now);
        self.rings_expired(now);
        self.diallings_expired(now);
        self.playing_expired(now);
        if self.link.is_up() && self.reconciler.begins(now) {
            self.ask(&Command::Api(ApiCommand::ShowChannels), Awaited::Channels { asked_at: now }, now);
        }
    }

    fn next_deadline(&self) -> Option<UnixMs> {
        let comparison = self.reconciler.next_at().filter(|_| self.link.is_up());
        let deadlines = [
            self.link.next_deadline(),
            comparison,
            self.acts_deadline(),
            self.playing_deadline(),
            self.inquiries_deadline(),
            self.rings.deadline(),
            self.diallings.deadline(),
        ];
        deadlines.into_iter().flatten().min()
    }

    fn compared(&mut self, unmatched: Unmatched, now: UnixMs) {
        self.check_unmatched(unmatched, now);
    }

    fn next_step(&mut self) -> Option<ActorStep> {
        self.steps.pop_front()
    }

    fn take_output(&mut self) -> Vec<u8> {
        self.settings.meter.unanswered(self.link.unanswered());
        self.link.take_output()
    }
}

/// Returns the domain, if the switch's answer is a valid one.
fn domain_in(answer: ApiAnswer<'_>) -> Option<String> {
    let ApiAnswer::Bare(domain) = answer else { return None };
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.');
    (!domain.is_empty() && domain.chars().all(is_plain)).then(|| domain.to_owned())
}

const _: () = assert!(SWITCH_BODY_BYTES_MAX <= u32::MAX as usize / 3, "an event's places are 32 bits");
