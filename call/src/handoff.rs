//! A hand-off from the assistant to a person, as a pure machine: for every switch and every target.
//!
//! There are two routes to a person: their phone, which a switch rings, and their desk, where the call is offered. A person with
//! both is asked by both at once. The first answer counts, and a route that fails waits for the other.
//!
//! ```text
//!              checked, the announcement heard,
//!              the caller's profile cached              answered            joined             parted
//! Briefing ──────────────────────────────────────> Ringing ──> Accepted ──────────> Bridged ──────────> Left
//!     │  busy, unregistered, unknown,                 │ busy, declined,  │ gone again, not joined
//!     │  no answer to the check in 2 s                │ nobody in time   │ within 5 s
//!     └───────────────────────────────────────────────┴──────────────────┴──> Failed (typed)
//! ```
//! A profile that is not cached after 2 s is waited for no longer: a person without knowledge of the
//! caller is better than none. A hand-off is asked for once and ends once: bridged, or failed with
//! one reason. Inputs that do not fit a stage change nothing, and every stage but `Bridged` has a
//! deadline of its own. The call's machine carries the steps out (`machine/people.rs`).

mod asked;

pub use asked::{Announcement, HandoffRequest, Look};
use cordboard_schema::dial::DialTarget;
use cordboard_schema::ids::{EffectId, UserId};
use cordboard_schema::limits::PROFILE_WAIT_MS_MAX;
use cordboard_schema::switch::{ExtensionChecked, HandoffFailure};
use cordboard_schema::time::UnixMs;

use crate::{Accepts, DeskPlace, Phone};

/// Time that the switch may take to check whether a phone can be
/// reached, in ms; as long as the profile. It takes milliseconds.
const CHECK_MS_MAX: u64 = PROFILE_WAIT_MS_MAX;
/// Longest announcement by the assistant before the phone rings all the same, in ms.
const ANNOUNCEMENT_MS_MAX: u64 = 10_000;
/// Time beyond the ringing time that the switch may take to report the outcome, in ms.
const RING_GRACE_MS: u64 = 5_000;
/// Time that joining may take, in ms. It takes some 60 ms.
const JOIN_MS_MAX: u64 = 5_000;
/// Time that an agent's audio may take to come after they have accepted at their desk, in ms: their browser may ask them
/// for the microphone.
const AUDIO_MS_MAX: u64 = 10_000;
/// The same of one who has accepted at their desk and whose phone rings until they lift it.
pub const LIFTING_MS_MAX: u64 = 30_000;
/// Time that the two sentences may take by which a person is briefed on the caller, from the request for them, in ms. The caller waits
/// meanwhile.
pub const BRIEFING_MS_MAX: u64 = 15_000;
/// Time that desks have to come back to the next process, in ms, before they are asked for a caller who is back: until then they are asked in
/// vain, and a page tries again every 5 s.
const DESKS_BACK_MS: u64 = 5_000;
/// Time that a caller may wait in queues, in ms. The router answers earlier, by the queues' settings.
const QUEUE_MS_MAX: u64 = 2 * 3_600_000;

/// One hand-off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handoff {
    /// Its number, which the switch repeats in all its reports.
    pub id: EffectId,
    /// The person's name in the organization's list, or their number.
    pub name: String,
    /// The routes by which they are asked.
    pub callee: Callee,
    /// Why, in the words of who asked.
    pub reason: String,
    /// Time that the phone rings or the call is offered, in ms.
    pub ring_ms: u64,
    stage: Stage,
    open: OpenRoutes,
    /// The agent who has accepted at their desk.
    agent: Option<UserId>,
    /// Why the way failed that is not open any more.
    failed: Option<HandoffFailure>,
    phone_turn: PhoneTurn,
    /// The offer is accepted by itself, and the agent has to talk with the caller by then.
    joined_by: Option<UnixMs>,
    /// The process that makes the offer at desks.
    offering: Offering,
    /// Since when it is offered at desks, by whichever process.
    offered_since: Option<UnixMs>,
}

/// The process that makes the offer at desks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Offering {
    /// This one has made it, or will when the stage is there.
    Here,
    /// One that died: no desk has it any more. It is made once more when the caller is back.
    Lost,
    /// This one makes it then: the caller is back.
    Again {
        /// Desks are back by then.
        at: UnixMs,
        /// The caller's profile is cached once more. It may have died with the process.
        is_cached: bool,
    },
}

/// The routes by which somebody is asked: one at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callee {
    /// A switch rings this.
    pub phone: Option<Phone>,
    /// It is offered there.
    pub desk: Option<DeskPlace>,
    /// The party that we have rung by that phone, if the caller's switch can't ring. They are joined with the caller
    /// here when they answer.
    pub joined_here: Option<DialTarget>,
}

impl From<Phone> for Callee {
    fn from(phone: Phone) -> Self {
        Self { phone: Some(phone), desk: None, joined_here: None }
    }
}

/// Routes that may still lead to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OpenRoutes {
    phone: bool,
    desk: bool,
}

/// The turn of the phone of somebody who has a desk, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PhoneTurn {
    /// Beside the desk's offer.
    WithDesk,
    /// Only if no desk takes the offer: an agent who talks on that phone has it rung by the desk's offer.
    Last,
    /// It was to ring last, and a desk has taken the offer: it does not ring, unless that offer dies.
    Forgone,
}

/// One of the routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// The phone.
    Phone,
    /// The desk.
    Desk,
}

/// Stage of a hand-off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The caller hears the announcement, and the phone is checked.
    Briefing {
        /// The switch says that somebody can be reached.
        is_checked: bool,
        /// The announcement was heard out.
        is_announced: bool,
        /// The caller's profile is cached, or waited for no longer.
        is_cached: bool,
        /// When it is waited for no longer.
        cached_by: UnixMs,
        /// When what is missing is waited for no longer.
        until: UnixMs,
    },
    /// The phone rings, or is about to.
    Ringing {
        /// When it is given up although the switch said nothing.
        until: UnixMs,
    },
    /// A person has answered and waits to be joined.
    Accepted {
        /// The agent, if it was at their desk.
        agent: Option<UserId>,
        /// When that is given up.
        until: UnixMs,
    },
    /// Person and caller talk.
    Bridged,
    /// The person has left after that.
    Left,
    /// It ended without a person.
    Failed(HandoffFailure),
}

/// An input of a hand-off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandoffEvent<'a> {
    /// The caller has heard what is about to happen.
    AnnouncementHeard,
    /// The phone was looked at; nothing if the switch can't be asked.
    Checked(Option<&'a ExtensionChecked>),
    /// The caller's profile was cached, or could not be.
    ProfileTold,
    /// A person has answered their phone.
    Accepted,
    /// The call is offered at a desk.
    TakenAtDesk,
    /// An agent has accepted at their desk.
    AcceptedAtDesk(UserId),
    /// The person who takes over is there. The assistant briefs them until this time at the latest.
    Briefed {
        /// When that ends in any case.
        until: UnixMs,
    },
    /// The audio of the agent who has accepted will not come.
    NoAudio(HandoffFailure),
    /// They are joined with the caller.
    Bridged,
    /// Nobody could be reached by this way, or the person is gone again.
    Failed(Route, HandoffFailure),
    /// The switch could not join them.
    NotJoined,
    /// The switch has parted them.
    Parted,
    /// The caller is gone, or goes another way.
    CallerLeft,
    /// The caller goes on without audio of ours: nobody can talk with them here.
    CallerUnheard,
    /// The process died. Its offers stand at no desk any more.
    ProcessDied,
    /// The caller is back, of whom nothing was heard for a while.
    CallerBack,
    /// Time has passed.
    Tick,
}

/// A step that the call carries out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandoffStep {
    /// Cache the caller's profile for the person who is asked.
    Cache,
    /// Look whether the phone can be reached.
    Check,
    /// The profile was not cached in time; it goes on without.
    NotCached,
    /// Ring it.
    Ring,
    /// Offer the call at the desk.
    Offer,
    /// Join the person with the caller.
    Join,
    /// Have this agent's audio join the caller's.
    JoinDesk(UserId),
    /// End the person's leg, or its ringing.
    StopRinging,
    /// Offer the call at no desk any more.
    Withdraw,
    /// This agent, who has accepted, is not waited for any longer.
    LetGo(UserId),
    /// They are joined.
    Bridged,
    /// It has ended without a person.
    Failed(HandoffFailure),
    /// So it has, because the caller is gone or goes another way: they are not to be brought back.
    Cancelled,
    /// The person has left; the caller is there.
    PersonLeft,
}

impl Handoff {
    /// Begins a hand-off that is asked for now.
    pub fn begin(id: EffectId, asked: HandoffRequest, look: Look, now: UnixMs) -> (Self, Vec<HandoffStep>) {
        let HandoffRequest { name, callee, reason, ring_ms, announcement } = asked;
        let is_announced = announcement == Announcement::Made;
        let look = if callee.phone.is_some() { look } else { Look::Needless };
        let (is_checked, until, steps) = match look {
            Look::First => (false, now + CHECK_MS_MAX, vec![HandoffStep::Cache, HandoffStep::Check]),
            Look::Needless => (true, now + ANNOUNCEMENT_MS_MAX, vec![HandoffStep::Cache]),
        };
        let cached_by = now + PROFILE_WAIT_MS_MAX;
        let stage = Stage::Briefing { is_checked, is_announced, is_cached: false, cached_by, until };
        let open = OpenRoutes { phone: callee.phone.is_some(), desk: callee.desk.is_some() };
        let handoff = Self {
            id,
            name,
            callee,
            reason,
            ring_ms,
            stage,
            open,
            agent: None,
            failed: None,
            phone_turn: PhoneTurn::WithDesk,
            joined_by: None,
            offering: Offering::Here,
            offered_since: None,
        };
        (handoff, steps)
    }

    /// Begins one to a desk that waits for nothing: it is offered now and accepted by itself, and an agent talks with the caller by then, or
    /// it has failed.
    pub fn begin_at_once(
        id: EffectId,
        asked: HandoffRequest,
        joined_by: UnixMs,
        now: UnixMs,
    ) -> (Self, Vec<HandoffStep>) {
        let (handoff, mut steps) = Self::begin(id, asked, Look::Needless, now);
        steps.push(HandoffStep::Offer);
        let stage = Stage::Ringing { until: joined_by };
        (Self { stage, joined_by: Some(joined_by), offered_since: Some(now), ..handoff }, steps)
    }

    /// Whether somebody takes the offer, or it is accepted for them.
    pub fn accepts(&self) -> Accepts {
        if self.joined_by.is_some() { Accepts::ByItself } else { Accepts::ByAgent }
    }

    /// The same, where the phone rings only if no desk takes the offer.
    pub fn with_phone_last(self) -> Self {
        let has_both = self.open.phone && self.open.desk;
        let phone_turn = if has_both { PhoneTurn::Last } else { PhoneTurn::WithDesk };
        Self { phone_turn, ..self }
    }

    /// A desk takes the offer: a phone that was to ring for want of one does not.
    fn forgo_last_phone(&mut self) {
        if self.phone_turn == PhoneTurn::Last {
            (self.phone_turn, self.open.phone) = (PhoneTurn::Forgone, false);
        }
    }

    /// The desk that took the offer has it no more: the phone that was forgone for it comes last again.
    fn regain_last_phone(&mut self) {
        if self.phone_turn == PhoneTurn::Forgone {
            (self.phone_turn, self.open.phone) = (PhoneTurn::Last, true);
        }
    }

    /// Whether a switch rings the phone, or is about to.
    pub fn rings_phone(&self) -> bool {
        self.open.phone && self.phone_turn != PhoneTurn::Last
    }

    /// Until when the audio of this agent is waited for, who has accepted.
    pub fn awaits_audio(&mut self, user: UserId, until: UnixMs) {
        if let Stage::Accepted { agent: Some(agent), until: waits } = &mut self.stage
            && *agent == user
        {
            *waits = until;
        }
    }

    /// The stage of the hand-off.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Whether it ended without a person, or the person has left again.
    pub fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Left | Stage::Failed(_))
    }

    /// Whether the call is offered at a desk.
    pub fn is_offered(&self) -> bool {
        matches!(self.stage, Stage::Ringing { .. }) && self.open.desk
    }

    /// Whether the call is offered at a desk, or an agent's audio is about to come.
    pub fn waits_at_desk(&self) -> bool {
        self.is_offered() || matches!(self.stage, Stage::Accepted { agent: Some(_), .. })
    }

    /// Since when it is offered at desks: a caller keeps their turn over the death of a process.
    pub fn offered_since(&self) -> Option<UnixMs> {
        self.offered_since
    }

    /// Whether its offer has died with the process, and is made once more when the caller is back.
    pub fn waits_for_caller(&self) -> bool {
        self.is_lost() && !self.is_over()
    }

    /// Whether its offer has died with the process, and desks are still a route.
    fn is_lost(&self) -> bool {
        self.open.desk && self.offering == Offering::Lost
    }

    /// Whether desks have the offer now, where it is made.
    fn has_offered(&self) -> bool {
        self.open.desk && self.offering == Offering::Here
    }

    /// Whether it was an agent at their desk who took over.
    pub fn is_of_agent(&self) -> bool {
        self.agent.is_some()
    }

    /// Whether we have the audio of whoever took over: they were joined with the caller here, and not by a switch.
    fn is_joined_here(&self) -> bool {
        self.is_of_agent() || self.callee.joined_here.is_some()
    }

    /// The people who were joined with the caller here are in the call no more, and the call sees to its caller: somebody else can be asked.
    pub fn people_here_are_gone(&mut self) {
        if self.stage == Stage::Bridged && self.is_joined_here() {
            self.stage = Stage::Left;
        }
    }

    /// When [`HandoffEvent::Tick`] is due.
    pub fn deadline(&self) -> Option<UnixMs> {
        match self.stage {
            Stage::Briefing { is_checked, is_announced, is_cached, cached_by, until } => {
                // Words that have been given up are waited for no longer.
                let told_by = (!(is_checked && is_announced)).then_some(until);
                told_by.into_iter().chain((!is_cached).then_some(cached_by)).min()
            }
            Stage::Ringing { until } => match self.offering {
                Offering::Again { at, .. } if self.open.desk => Some(at.min(until)),
                Offering::Again { .. } | Offering::Here | Offering::Lost => Some(until),
            },
            Stage::Accepted { until, .. } => Some(until),
            Stage::Bridged | Stage::Left | Stage::Failed(_) => None,
        }
    }

    /// Applies an input. Total: an input that does not fit changes nothing.
    pub fn apply(&mut self, event: &HandoffEvent<'_>, now: UnixMs) -> Vec<HandoffStep> {
        use HandoffEvent as Event;
        match (self.stage, event) {
            (Stage::Bridged, Event::Parted) => {
                self.stage = Stage::Left;
                vec![HandoffStep::PersonLeft]
            }
            (Stage::Bridged | Stage::Left | Stage::Failed(_), _) => Vec::new(),
            (Stage::Briefing { .. } | Stage::Ringing { .. } | Stage::Accepted { .. }, Event::CallerLeft) => {
                self.cancel()
            }
            // One that is accepted by itself begins anew with its caller (`machine/live_answers.rs`).
            (_, Event::ProcessDied) if self.joined_by.is_some() => Vec::new(),
            (_, Event::ProcessDied) => {
                self.process_died(now);
                Vec::new()
            }
            (_, Event::CallerUnheard) => self.desks_are_no_route(now),
            (Stage::Briefing { .. } | Stage::Ringing { .. }, Event::CallerBack) => self.caller_is_back(now),
            (Stage::Briefing { .. }, event) => self.brief(event, now),
            (Stage::Ringing { .. }, Event::Failed(way, failure)) => self.way_failed(*way, *failure, now),
            // The person's leg is gone already.
            (Stage::Accepted { agent: None, .. }, Event::Failed(Route::Phone, failure)) => {
                self.fail(*failure)
            }
            (Stage::Accepted { .. }, Event::Failed(..)) => Vec::new(),
            (Stage::Ringing { .. }, Event::ProfileTold) => {
                if let Offering::Again { is_cached, .. } = &mut self.offering {
                    *is_cached = true;
                }
                Vec::new()
            }
            (Stage::Ringing { .. }, Event::Tick) if self.is_to_offer_again(now) => self.offer_again(now),
            (Stage::Ringing { until }, Event::Tick) if until <= now && self.is_lost() => {
                self.phone_has_rung(now)
            }
            (Stage::Ringing { until } | Stage::Accepted { until, .. }, Event::Tick) if until <= now => {
                self.give_up(HandoffFailure::Timeout)
            }
            (Stage::Ringing { .. }, Event::Accepted) if self.rings_phone() => {
                self.stage = Stage::Accepted { agent: None, until: now + JOIN_MS_MAX };
                let withdraw = self.has_offered().then_some(HandoffStep::Withdraw);
                self.open.desk = false;
                withdraw.into_iter().chain([HandoffStep::Join]).collect()
            }
            (Stage::Ringing { .. }, Event::TakenAtDesk) => {
                self.forgo_last_phone();
                Vec::new()
            }
            (Stage::Ringing { .. }, Event::AcceptedAtDesk(user)) if self.open.desk => {
                let until = self.joined_by.unwrap_or(now + AUDIO_MS_MAX);
                self.offering = Offering::Here;
                self.stage = Stage::Accepted { agent: Some(*user), until };
                self.agent = Some(*user);
                self.forgo_last_phone();
                let hush = std::mem::take(&mut self.open.phone).then_some(HandoffStep::StopRinging);
                hush.into_iter().chain([HandoffStep::JoinDesk(*user)]).collect()
            }
            (Stage::Accepted { agent: Some(_), .. }, Event::NoAudio(failure)) => self.give_up(*failure),
            (Stage::Accepted { agent: None, .. }, Event::NotJoined) => {
                self.give_up(HandoffFailure::Congestion)
            }
            (Stage::Accepted { agent, .. }, Event::Briefed { until }) => {
                // The briefing sees to that end.
                self.stage = Stage::Accepted { agent, until: *until + AUDIO_MS_MAX };
                Vec::new()
            }
            (Stage::Accepted { .. }, Event::Bridged) => {
                self.stage = Stage::Bridged;
                vec![HandoffStep::Bridged]
            }
            (Stage::Ringing { .. } | Stage::Accepted { .. }, _) => Vec::new(),
        }
    }

    fn rings_ms_max(&self) -> u64 {
        let in_queue = matches!(self.callee.desk, Some(DeskPlace::Queue(_)));
        if in_queue { RING_GRACE_MS + QUEUE_MS_MAX } else { self.phone_rings_ms_max() }
    }

    /// The same of the phone alone.
    fn phone_rings_ms_max(&self) -> u64 {
        RING_GRACE_MS + self.ring_ms
    }

    /// Longest time until a person has taken over, or nobody does, in ms.
    pub fn lasts_ms_max(&self) -> u64 {
        let rings = self.rings_ms_max() + if self.phone_turn == PhoneTurn::Last { self.ring_ms } else { 0 };
        let joins = LIFTING_MS_MAX + AUDIO_MS_MAX + BRIEFING_MS_MAX;
        CHECK_MS_MAX + ANNOUNCEMENT_MS_MAX + rings + joins
    }

    fn brief(&mut self, event: &HandoffEvent<'_>, now: UnixMs) -> Vec<HandoffStep> {
        let Stage::Briefing { mut is_checked, mut is_announced, mut is_cached, cached_by, mut until } =
            self.stage
        else {
            return Vec::new();
        };
        let mut steps = Vec::new();
        let (mut lost, mut is_late) = (None, false);
        match event {
            HandoffEvent::AnnouncementHeard => is_announced = true,
            HandoffEvent::ProfileTold => is_cached = true,
            HandoffEvent::Checked(checked) => {
                // Ringing goes by way of the same switch.
                let failure = checked.map_or(Some(HandoffFailure::Congestion), |found| found.state.failure());
                lost = failure.map(|failure| (Route::Phone, failure));
                // The words may take longer than the look.
                (is_checked, until) = (true, now + ANNOUNCEMENT_MS_MAX);
            }
            HandoffEvent::Failed(way, failure) => lost = Some((*way, *failure)),
            HandoffEvent::Tick => {
                if until <= now && !is_checked {
                    lost = Some((Route::Phone, HandoffFailure::Timeout));
                    (is_checked, until) = (true, now + ANNOUNCEMENT_MS_MAX);
                }
                is_announced |= until <= now;
                is_late = cached_by <= now && !is_cached;
            }
            _ => return Vec::new(),
        }
        if let Some((way, failure)) = lost {
            steps.extend(self.way_failed(way, failure, now));
            if self.is_over() {
                return steps;
            }
            is_checked |= way == Route::Phone;
        }
        if is_late {
            is_cached = true;
            steps.push(HandoffStep::NotCached);
        }
        self.stage = Stage::Briefing { is_checked, is_announced, is_cached, cached_by, until };
        if is_checked && is_announced && is_cached {
            steps.extend(self.ring(now));
        }
        steps
    }

    fn ring(&mut self, now: UnixMs) -> Vec<HandoffStep> {
        if self.is_to_offer_again(now) {
            self.offering = Offering::Here;
        }
        self.stage = Stage::Ringing { until: self.rings_until(now) };
        let ring = self.rings_phone().then_some(HandoffStep::Ring);
        let offer = self.has_offered().then_some(HandoffStep::Offer);
        if offer.is_some() {
            self.offered_since = Some(now);
        }
        ring.into_iter().chain(offer).collect()
    }

    /// The process died: no desk has its offer, or is about to have it, and the agent who has accepted it did not come. So nobody has the caller, who
    /// keeps their turn.
    fn process_died(&mut self, now: UnixMs) {
        if let Stage::Accepted { agent: None, until } = &mut self.stage {
            // The switch may have joined the two meanwhile, and says so once a link to it is there again.
            *until = (*until).max(now + JOIN_MS_MAX);
        }
        if !self.open.desk {
            return;
        }
        (self.offering, self.agent) = (Offering::Lost, None);
        self.regain_last_phone();
        if let Stage::Accepted { until, .. } = self.stage {
            self.stage = Stage::Ringing { until };
        }
    }

    /// The caller is back. The offer of another process is made once more when desks are back, too; the profile is there before.
    fn caller_is_back(&mut self, now: UnixMs) -> Vec<HandoffStep> {
        if self.offering != Offering::Lost || !self.open.desk {
            return Vec::new();
        }
        let at = now + DESKS_BACK_MS;
        self.offering = Offering::Again { at, is_cached: false };
        if let Stage::Briefing { is_cached, cached_by, .. } = &mut self.stage {
            // Nothing rings before that.
            (*is_cached, *cached_by) = (false, now + PROFILE_WAIT_MS_MAX);
            self.offering = Offering::Again { at, is_cached: true };
        } else {
            self.stage = Stage::Ringing { until: self.rings_until(now) };
        }
        vec![HandoffStep::Cache]
    }

    fn is_to_offer_again(&self, now: UnixMs) -> bool {
        self.open.desk && matches!(self.offering, Offering::Again { at, .. } if at <= now)
    }

    fn offer_again(&mut self, now: UnixMs) -> Vec<HandoffStep> {
        let is_late = matches!(self.offering, Offering::Again { is_cached: false, .. });
        self.offering = Offering::Here;
        // A busy thread may be late with it.
        self.stage = Stage::Ringing { until: self.rings_until(now) };
        self.offered_since.get_or_insert(now);
        let late = is_late.then_some(HandoffStep::NotCached);
        late.into_iter().chain([HandoffStep::Offer]).collect()
    }

    /// When it rings no longer, if it begins now.
    fn rings_until(&self, now: UnixMs) -> UnixMs {
        match self.offering {
            _ if !self.open.desk => now + self.phone_rings_ms_max(),
            Offering::Here => now + self.rings_ms_max(),
            Offering::Lost if self.rings_phone() => now + self.phone_rings_ms_max(),
            // No call waits as long for its caller: they are back before, or it ends.
            Offering::Lost => now + QUEUE_MS_MAX,
            Offering::Again { at, .. } => at.max(now) + self.rings_ms_max(),
        }
    }

    /// The time of a phone is over while the desks' offer waits for the caller: it rings no longer, and desks alone are left.
    fn phone_has_rung(&mut self, now: UnixMs) -> Vec<HandoffStep> {
        let mut steps = Vec::new();
        if self.rings_phone() {
            steps.push(HandoffStep::StopRinging);
            steps.extend(self.way_failed(Route::Phone, HandoffFailure::Timeout, now));
        }
        self.stage = Stage::Ringing { until: self.rings_until(now) };
        steps
    }

    /// Nobody at a desk can talk with the caller, nor can a person who is rung to be joined with them here. One whom the caller's switch
    /// rings can.
    fn desks_are_no_route(&mut self, now: UnixMs) -> Vec<HandoffStep> {
        let failure = HandoffFailure::Congestion;
        match self.stage {
            _ if self.callee.joined_here.is_some() => self.give_up(failure),
            Stage::Accepted { agent: Some(_), .. } => self.give_up(failure),
            Stage::Accepted { agent: None, .. } => Vec::new(),
            _ => {
                let withdraw = (self.is_offered() && self.has_offered()).then_some(HandoffStep::Withdraw);
                self.regain_last_phone();
                let rest = self.way_failed(Route::Desk, failure, now);
                withdraw.into_iter().chain(rest).collect()
            }
        }
    }

    /// One route leads to nobody. A person who has declined is asked by no other route; else another open one is waited for.
    fn way_failed(&mut self, way: Route, failure: HandoffFailure, now: UnixMs) -> Vec<HandoffStep> {
        let open = match way {
            Route::Phone => &mut self.open.phone,
            Route::Desk => &mut self.open.desk,
        };
        if !std::mem::take(open) {
            return Vec::new();
        }
        let failure = self.failed.map_or(failure, |before| more_telling(before, failure));
        if failure == HandoffFailure::Declined {
            return self.give_up(failure);
        }
        if self.open.phone || self.open.desk {
            self.failed = Some(failure);
            let is_next = self.phone_turn == PhoneTurn::Last && self.open.phone;
            self.phone_turn = PhoneTurn::WithDesk;
            let Stage::Ringing { until } = self.stage else { return Vec::new() };
            if !self.open.desk {
                // The phone alone is waited for as long as a phone rings, whatever a queue may take.
                let phone_until = now + self.phone_rings_ms_max();
                let until = if is_next { phone_until } else { until.min(phone_until) };
                self.stage = Stage::Ringing { until };
            }
            return is_next.then_some(HandoffStep::Ring).into_iter().collect();
        }
        self.fail(failure)
    }

    fn fail(&mut self, failure: HandoffFailure) -> Vec<HandoffStep> {
        self.stage = Stage::Failed(failure);
        vec![HandoffStep::Failed(failure)]
    }

    /// The caller has left it.
    fn cancel(&mut self) -> Vec<HandoffStep> {
        let failure = HandoffFailure::CallerLeft;
        let mut steps = self.give_up(failure);
        steps.retain(|step| *step != HandoffStep::Failed(failure));
        steps.push(HandoffStep::Cancelled);
        steps
    }

    /// The same, where a phone may still ring, the call still be offered, or a person wait.
    fn give_up(&mut self, failure: HandoffFailure) -> Vec<HandoffStep> {
        let (is_rung, agent) = match self.stage {
            Stage::Briefing { .. } => (false, None),
            Stage::Accepted { agent: Some(user), .. } => (false, Some(user)),
            _ => (true, None),
        };
        let mut steps = Vec::new();
        steps.extend((is_rung && self.rings_phone()).then_some(HandoffStep::StopRinging));
        steps.extend((is_rung && self.has_offered()).then_some(HandoffStep::Withdraw));
        steps.extend(agent.map(HandoffStep::LetGo));
        steps.extend(self.fail(failure));
        steps
    }
}

/// The more telling of two reasons why somebody was not reached: they were there, and it rang.
const fn more_telling(one: HandoffFailure, other: HandoffFailure) -> HandoffFailure {
    use HandoffFailure as Failure;
    match (one, other) {
        (_, Failure::Declined) => other,
        (Failure::Declined | Failure::Busy | Failure::NoAnswer, _) => one,
        _ => other,
    }
}

#[cfg(test)]
mod tests;
