//! All that we know of a switch and of what we have to do with it: calls that want to hear of their channels, people who
//! are rung, questions. Pure but for the lines to calls: frames, orders and the time go in, bytes, words to calls and
//! [`ActorStep`]s come out. The actor of every kind of switch ([`switches`](crate::switches)) carries them out.
//!
//! | file | subject |
//! | --- | --- |
//! | `switch.rs` | what a switch is; what comes in |
//! | `switch/link.rs` (pure) | our connection: signing in, questions and answers, signs of life |
//! | `switch/fault.rs` (pure) | why there is none |
//! | `switch/opening.rs` (pure) | which events come |
//! | `switch/watching.rs`, `switch/watched.rs` (pure) | channels that calls want to hear of |
//! | `switch/acting.rs` | what calls have their channels do |
//! | `switch/playing.rs` | sound that channels are given to play |
//! | `switch/calling.rs`, `switch/ringing.rs` (pure) | people who are rung |
//! | `switch/dialling.rs` | calls that we make |
//! | `switch/asking.rs`, `switch/extension.rs` (pure) | whether somebody can be reached |
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
use self::reconciler::Reconciler;
use self::watched::{ChannelState, Look};
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

/// Question that an answer is awaited for.
#[derive(Debug)]
enum Awaited {
    /// Only that it worked.
    Setting,
    /// A sign of life.
    Life,
    /// The domain of the switch.
    Domain,
    /// A channel that a call wants to hear of.
    Watched { channel: Uuid, look: Look },
    /// The channel of a person who was being rung when the connection was lost.
    Person { channel: Uuid },
    /// Whether a person is being called.
    Calling { channel: Uuid },
    /// Whether a call of ours is being made.
    Dialling { channel: Uuid },
    /// The channel of one that was being made when the connection was lost.
    Dialled { channel: Uuid },
    /// One of the commands of what a call has its channel do.
    Act,
    /// Whether it sends a channel's events.
    LetThrough { channel: Uuid },
    /// Whether the switch has a chunk of sound that a channel is to play.
    Chunk { channel: Uuid, chunk: u64 },
    /// Result of a question about an extension.
    Extension { inquiry: u64, about: About },
    /// The list of channels.
    Channels { asked_at: UnixMs },
    /// Whether the channel of a call is gone that was not in the list.
    Missing { channel: Uuid },
    /// Whether a channel that no call has waits for us.
    Stray { channel: Uuid },
    /// Whether such a one was sent to us.
    TakenUp { channel: Uuid },
}

/// Our knowledge of a switch.
#[derive(Debug)]
pub(super) struct Freeswitch {
    settings: SwitchSettings,
    link: Link<Awaited>,
    jobs: JobIds,
    /// The SIP domain that it takes where none is named.
    domain: Option<String>,
    /// How many channels it has, as it said last.
    channels: Option<u64>,
    watched: BTreeMap<Uuid, Watched>,
    /// By the person's channel.
    rings: RungPhones<Person>,
    /// By the channel of who is called.
    diallings: RungPhones<Dialling>,
    /// Channels that are ended as soon as there is a connection: a process before may have had them rung.
    owed_hang_ups: BTreeSet<Uuid>,
    pending: Pending<Act>,
    inquiries: BTreeMap<u64, Asker>,
    next_inquiry: u64,
    reconciler: Reconciler,
    steps: VecDeque<ActorStep>,
    /// A number from 0 to 1, anew each time.
    luck: fn() -> f64,
}

impl Freeswitch {
    /// A switch that was not connected to yet. `half` is a number of chance, `luck` gives others, from 0 to 1.
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
            owed_hang_ups: BTreeSet::new(),
            pending: Pending::default(),
            inquiries: BTreeMap::new(),
            next_inquiry: 0,
            reconciler: Reconciler::new(every_ms, now),
            steps: VecDeque::new(),
            luck,
        }
    }

    /// The connection is gone, or did not come about: all who rely on it are notified.
    fn lose(&mut self, fault: LinkFault, now: UnixMs) {
        let was_up = self.link.is_up();
        self.link.losses().say(&fault, was_up, &self.settings.name, &self.settings.address);
        self.steps.push_back(ActorStep::Disconnect);
        let reason = format!("the link to the switch {} is gone: {fault}", self.settings.name);
        // Of those questions some are reported by who asked them, below; the answers of the others changed nothing.
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

    /// The connection is there: what was asked of the one before it is asked again.
    fn signed_in(&mut self, now: UnixMs) {
        info!(switch = %self.settings.name, address = %self.settings.address, "connected to the switch");
        self.settings.meter.connected();
        match opening::opening(&self.jobs) {
            Ok(commands) => commands.iter().for_each(|command| self.ask(command, Awaited::Setting, now)),
            Err(error) => error!(%error, "the events of a switch can't be asked for"),
        }
        self.ask(&Command::Api(ApiCommand::DefaultDomain), Awaited::Domain, now);
        self.watch_again(now);
        self.ring_again(now);
        self.dial_again(now);
        std::mem::take(&mut self.owed_hang_ups).into_iter().for_each(|channel| self.hang_up(channel, now));
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
            Awaited::Watched { channel, look } => self.watched_found(channel, &ChannelState::of(text), look),
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
            Awaited::Missing { channel } => self.missing_looked_for(channel, text),
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
            Some(EventName::Shutdown) => info!(switch = %self.settings.name, "the switch is going down"),
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
                    // The call first: its hang-up is what everybody waits for.
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
        let ring = self.rings.begin(RingPurpose::Handoff(handoff), call, Person::begin(), now + timeout_ms);
        self.ring(channel, ring, &phone, caller_number, timeout_ms, now);
    }

    fn stop_phone(&mut self, channel: Uuid, now: UnixMs) {
        self.stop_ringing(channel, now);
    }

    /// A FreeSWITCH knows a channel by the name that we know.
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

    /// Of a place in its dialplan nothing can be asked but this: what is wrong with the place, the channel's end tells.
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
        self.look_for(unmatched, now);
    }

    fn next_step(&mut self) -> Option<ActorStep> {
        self.steps.pop_front()
    }

    fn take_output(&mut self) -> Vec<u8> {
        self.settings.meter.unanswered(self.link.unanswered());
        self.link.take_output()
    }
}

/// The domain, where what the switch said is a plain one.
fn domain_in(answer: ApiAnswer<'_>) -> Option<String> {
    let ApiAnswer::Bare(domain) = answer else { return None };
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.');
    (!domain.is_empty() && domain.chars().all(is_plain)).then(|| domain.to_owned())
}

const _: () = assert!(SWITCH_BODY_BYTES_MAX <= u32::MAX as usize / 3, "an event's places are 32 bits");
