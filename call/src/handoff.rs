//! A hand-off from the assistant to a person, as a pure machine. It is the same for every switch and every target.
//!
//! There are two routes to a person: their phone, which a switch rings, and their desk, where the call is offered. A person who has both is
//! asked by both at once. The first answer counts. If one route fails, the other is still awaited.
//!
//! ```text
//!              checked, the announcement heard,
//!              the caller's profile cached              answered            joined             parted
//! Briefing ──────────────────────────────────────> Ringing ──> Accepted ──────────> Bridged ──────────> Left
//!     │  busy, unregistered, unknown,                 │ busy, declined,  │ gone again, not joined
//!     │  no answer to the check in 2 s                │ nobody in time   │ within 5 s
//!     └───────────────────────────────────────────────┴──────────────────┴──> Failed (typed)
//! ```
//! If the profile is not cached after 2 s, the hand-off continues without it: a person who knows nothing about the caller is better than
//! none. An agent of a queue who has accepted, and whose audio does not come, ends nothing: the stage is Ringing again, for the queue's next
//! agent. A hand-off begins once and ends once: bridged, or failed with one reason. Inputs that do not fit the stage change nothing. Every
//! stage except `Bridged` has its own deadline. The call's machine carries out the steps (`machine/people.rs`).

mod asked;

pub use asked::{Announcement, HandoffRequest, PhoneCheck};
use cordboard_schema::dial::DialTarget;
use cordboard_schema::ids::{EffectId, UserId};
use cordboard_schema::limits::PROFILE_WAIT_MS_MAX;
use cordboard_schema::switch::{ExtensionChecked, HandoffFailure};
use cordboard_schema::time::UnixMs;

use crate::{Accepts, DeskPlace, Phone};

/// How long the switch may take to check whether a phone can be reached, in ms. The same as for the profile. It usually takes milliseconds.
const CHECK_MS_MAX: u64 = PROFILE_WAIT_MS_MAX;
/// Longest announcement by the assistant, in ms. After that the phone rings all the same.
const ANNOUNCEMENT_MS_MAX: u64 = 10_000;
/// How much longer than the ringing time the switch may take to report the outcome, in ms.
const RING_GRACE_MS: u64 = 5_000;
/// How long joining may take, in ms. It usually takes about 60 ms.
const JOIN_MS_MAX: u64 = 5_000;
/// How long an agent's audio may take to join after they have accepted at their desk, in ms. Their browser may first ask for permission to
/// use the microphone.
const AUDIO_MS_MAX: u64 = 10_000;
/// How long the phone of an agent who has accepted at their desk rings until they lift it, in ms.
pub const LIFTING_MS_MAX: u64 = 30_000;
/// How long the two sentences of a person's briefing may take, from the request for them, in ms. The caller waits meanwhile.
pub const BRIEFING_MS_MAX: u64 = 15_000;
/// How long desks have to reconnect to the next process, in ms, before a caller who is back is offered to them. Until then no desk would
/// see the offer. Pages may take up to 15 s; for those the router lets the caller wait.
const DESKS_BACK_MS: u64 = 5_000;
/// How long a caller may wait in a queue, in ms. The router normally answers earlier, according to the queues' settings.
pub(crate) const QUEUE_MS_MAX: u64 = 2 * 3_600_000;

/// A hand-off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handoff {
    /// Its number, which the switch repeats in every report.
    pub id: EffectId,
    /// The person's name in the organization's list of extensions, or their number.
    pub name: String,
    /// The routes by which they are asked.
    pub callee: Callee,
    /// The reason, in the words of whoever asked for the hand-off.
    pub reason: String,
    /// How long the phone rings or the call is offered, in ms.
    pub ring_ms: u64,
    stage: Stage,
    open: OpenRoutes,
    /// The agent who has accepted at their desk.
    agent: Option<UserId>,
    /// Why the closed route failed.
    failed: Option<HandoffFailure>,
    phone_turn: PhoneTurn,
    /// Set if the offer is accepted automatically: when the agent must be talking with the caller.
    joined_by: Option<UnixMs>,
    /// Which process makes the offer at desks.
    offering: Offering,
    /// Since when the call has been offered at desks, by any process.
    offered_since: Option<UnixMs>,
    /// When desks let the caller in whom an agent passes on.
    let_in: Option<UnixMs>,
}

/// Which process makes the offer at desks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Offering {
    /// This process has made it, or will once the stage is reached.
    Here,
    /// A process that died. No desk has the offer any more. It is made again when the caller is back.
    Lost,
    /// This process makes it again at that time: the caller is back.
    Again {
        /// When desks have reconnected.
        at: UnixMs,
        /// Whether the caller's profile is cached again. The earlier copy may have died with the process.
        is_cached: bool,
    },
}

/// The routes by which a person is asked; at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callee {
    /// The phone that a switch rings.
    pub phone: Option<Phone>,
    /// The desk or queue that the call is offered to.
    pub desk: Option<DeskPlace>,
    /// The number that we ring for that phone if the caller's switch can't ring it. The person who answers is joined with the caller here.
    pub joined_here: Option<DialTarget>,
}

impl From<Phone> for Callee {
    fn from(phone: Phone) -> Self {
        Self { phone: Some(phone), desk: None, joined_here: None }
    }
}

/// Routes that can still reach the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OpenRoutes {
    phone: bool,
    desk: bool,
}

/// When the phone of a person with a desk rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PhoneTurn {
    /// At the same time as the desk's offer.
    WithDesk,
    /// Only if no desk takes the offer: the offer itself already rings the phone of an agent who talks on it.
    Last,
    /// It was to ring last, but a desk has taken the offer. It does not ring unless that offer dies.
    Forgone,
}

/// A route to the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// The phone.
    Phone,
    /// The desk.
    Desk,
}

/// The stage of a hand-off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The caller hears the announcement while the phone is checked.
    Briefing {
        /// The switch has reported that the phone can be reached.
        is_checked: bool,
        /// The announcement was heard to its end.
        is_announced: bool,
        /// The caller's profile is cached, or no longer awaited.
        is_cached: bool,
        /// When the hand-off stops waiting for the profile.
        cached_by: UnixMs,
        /// When the hand-off stops waiting for the check and the announcement.
        until: UnixMs,
    },
    /// The phone rings, or is about to.
    Ringing {
        /// When the hand-off gives up if the switch reports nothing.
        until: UnixMs,
    },
    /// A person has answered and waits to be joined.
    Accepted {
        /// The agent, if the person accepted at a desk.
        agent: Option<UserId>,
        /// When the hand-off gives up waiting for them.
        until: UnixMs,
    },
    /// Person and caller are talking.
    Bridged,
    /// The person has left again.
    Left,
    /// It ended without a person.
    Failed(HandoffFailure),
}

/// An input to a hand-off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandoffEvent<'a> {
    /// The caller has heard the announcement.
    AnnouncementHeard,
    /// The result of checking the phone; `None` if the switch can't be asked.
    Checked(Option<&'a ExtensionChecked>),
    /// The caller's profile was cached, or could not be.
    ProfileReported,
    /// The person has answered their phone.
    Accepted,
    /// The caller has entered a queue.
    EnteredQueue,
    /// A desk shows the offer.
    TakenAtDesk,
    /// An agent has accepted at their desk.
    AcceptedAtDesk(UserId),
    /// The person who takes over is connected. The assistant briefs them until this time at the latest.
    Briefed {
        /// When the briefing ends in any case.
        until: UnixMs,
    },
    /// The audio of the agent who accepted will not come.
    NoAudio(HandoffFailure),
    /// The agent who accepted has hung up before their audio came.
    HungUp,
    /// The person is joined with the caller.
    Bridged,
    /// This route reached nobody, or the person is gone again.
    Failed(Route, HandoffFailure),
    /// The switch could not join them.
    NotJoined,
    /// The switch has ended the connection between person and caller.
    Parted,
    /// The caller is gone, or goes elsewhere.
    CallerLeft,
    /// The caller continues without our audio, so nobody can talk with them here.
    CallerUnheard,
    /// The process died, so no desk has its offers any more.
    ProcessDied,
    /// The caller, of whom nothing was heard for a while, is back.
    CallerBack,
    /// Time has passed.
    Tick,
}

/// A step for the call to carry out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandoffStep {
    /// Cache the caller's profile for the person who is asked.
    Cache,
    /// Check whether the phone can be reached.
    Check,
    /// The profile was not cached in time. The hand-off continues without it.
    NotCached,
    /// Ring the phone.
    Ring,
    /// Offer the call at the desk.
    Offer,
    /// Join the person with the caller.
    Join,
    /// Join this agent's audio with the caller's.
    JoinDesk(UserId),
    /// End the person's leg, or stop its ringing.
    StopRinging,
    /// Withdraw the offer from all desks.
    Withdraw,
    /// Stop waiting for this agent, who has accepted.
    LetGo(UserId),
    /// The same for an agent who has hung up.
    LetGoHungUp(UserId),
    /// They are joined.
    Bridged,
    /// It has ended without a person.
    Failed(HandoffFailure),
    /// It has ended because the caller is gone or goes elsewhere. Don't bring the caller back.
    Cancelled,
    /// The person has left, and the caller is still there.
    PersonLeft,
}

impl Handoff {
    /// Begins a hand-off now.
    pub fn begin(
        id: EffectId,
        asked: HandoffRequest,
        phone_check: PhoneCheck,
        now: UnixMs,
    ) -> (Self, Vec<HandoffStep>) {
        let HandoffRequest { name, callee, reason, ring_ms, announcement } = asked;
        let is_announced = announcement == Announcement::Made;
        let phone_check = if callee.phone.is_some() { phone_check } else { PhoneCheck::Skipped };
        let (is_checked, until, steps) = match phone_check {
            PhoneCheck::First => (false, now + CHECK_MS_MAX, vec![HandoffStep::Cache, HandoffStep::Check]),
            PhoneCheck::Skipped => (true, now + ANNOUNCEMENT_MS_MAX, vec![HandoffStep::Cache]),
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
            let_in: None,
        };
        (handoff, steps)
    }

    /// Begins a hand-off to a desk without waiting for a check or an announcement: the call is offered now and accepted automatically. The
    /// hand-off fails if no agent talks with the caller by `joined_by`.
    pub fn begin_at_once(
        id: EffectId,
        asked: HandoffRequest,
        joined_by: UnixMs,
        now: UnixMs,
    ) -> (Self, Vec<HandoffStep>) {
        let (handoff, mut steps) = Self::begin(id, asked, PhoneCheck::Skipped, now);
        steps.push(HandoffStep::Offer);
        let stage = Stage::Ringing { until: joined_by };
        (Self { stage, joined_by: Some(joined_by), offered_since: Some(now), ..handoff }, steps)
    }

    /// Returns who accepts the offer: an agent, or nobody because it is accepted automatically.
    pub fn accepts(&self) -> Accepts {
        if self.joined_by.is_some() { Accepts::ByItself } else { Accepts::ByAgent }
    }

    /// Returns the hand-off with the phone ringing only if no desk takes the offer.
    pub fn with_phone_last(self) -> Self {
        let has_both = self.open.phone && self.open.desk;
        let phone_turn = if has_both { PhoneTurn::Last } else { PhoneTurn::WithDesk };
        Self { phone_turn, ..self }
    }

    /// A desk has taken the offer, so a phone that would have rung last does not ring.
    fn forgo_last_phone(&mut self) {
        if self.phone_turn == PhoneTurn::Last {
            (self.phone_turn, self.open.phone) = (PhoneTurn::Forgone, false);
        }
    }

    /// The desk that took the offer has lost it, so the phone that was forgone for it rings last again.
    fn regain_last_phone(&mut self) {
        if self.phone_turn == PhoneTurn::Forgone {
            (self.phone_turn, self.open.phone) = (PhoneTurn::Last, true);
        }
    }

    /// Whether a switch rings the phone, or will.
    pub fn rings_phone(&self) -> bool {
        self.open.phone && self.phone_turn != PhoneTurn::Last
    }

    /// Sets until when the hand-off waits for the audio of this agent, who has accepted.
    pub fn awaits_audio(&mut self, user: UserId, until: UnixMs) {
        if let Stage::Accepted { agent: Some(agent), until: waits } = &mut self.stage
            && *agent == user
        {
            *waits = until;
        }
    }

    /// Returns the stage.
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

    /// Whether the call is offered at a desk, or waits for an agent's audio.
    pub fn waits_at_desk(&self) -> bool {
        self.is_offered() || matches!(self.stage, Stage::Accepted { agent: Some(_), .. })
    }

    /// Returns since when the call has been offered at desks. A caller keeps their turn when the process dies.
    pub fn offered_since(&self) -> Option<UnixMs> {
        self.offered_since
    }

    /// Sets when desks let its caller in, whom an agent passes on.
    pub fn was_let_in(&mut self, at: Option<UnixMs>) {
        self.let_in = at;
    }

    /// Returns when desks let its caller in whom an agent passes on; none for other callers.
    pub fn let_in_before_passing_on(&self) -> Option<UnixMs> {
        self.let_in
    }

    /// Returns when desks let its caller in: when they were first offered there, also if agents have passed them on since.
    pub fn let_in(&self) -> Option<UnixMs> {
        self.let_in.or(self.offered_since)
    }

    /// Whether its offer died with the process and will be made again when the caller is back.
    pub fn waits_for_caller(&self) -> bool {
        self.is_lost() && !self.is_over()
    }

    /// Whether its offer died with the process while desks are still a route.
    fn is_lost(&self) -> bool {
        self.open.desk && self.offering == Offering::Lost
    }

    /// Whether desks have its offer now.
    fn has_offered(&self) -> bool {
        self.open.desk && self.offering == Offering::Here
    }

    /// Whether an agent at a desk took over.
    pub fn is_of_agent(&self) -> bool {
        self.agent.is_some()
    }

    /// Whether we have the audio of the person who took over: they were joined with the caller here, not by a switch.
    fn is_joined_here(&self) -> bool {
        self.is_of_agent() || self.callee.joined_here.is_some()
    }

    /// The people who were joined with the caller here have left, and the call looks after its caller: another person can be asked.
    pub fn people_here_are_gone(&mut self) {
        if self.stage == Stage::Bridged && self.is_joined_here() {
            self.stage = Stage::Left;
        }
    }

    /// Returns when [`HandoffEvent::Tick`] is due.
    pub fn deadline(&self) -> Option<UnixMs> {
        match self.stage {
            Stage::Briefing { is_checked, is_announced, is_cached, cached_by, until } => {
                // If the words were given up, only the profile is awaited.
                let announced_by = (!(is_checked && is_announced)).then_some(until);
                announced_by.into_iter().chain((!is_cached).then_some(cached_by)).min()
            }
            Stage::Ringing { until } => match self.offering {
                Offering::Again { at, .. } if self.open.desk => Some(at.min(until)),
                Offering::Again { .. } | Offering::Here | Offering::Lost => Some(until),
            },
            Stage::Accepted { until, .. } => Some(until),
            Stage::Bridged | Stage::Left | Stage::Failed(_) => None,
        }
    }

    /// Applies an input and returns the steps. Total: an input that does not fit changes nothing.
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
            // An offer that is accepted automatically begins again from scratch with its caller (`machine/live_answers.rs`).
            (_, Event::ProcessDied) if self.joined_by.is_some() => Vec::new(),
            (_, Event::ProcessDied) => {
                self.process_died(now);
                Vec::new()
            }
            (_, Event::CallerUnheard) => self.desks_are_no_route(now),
            (Stage::Briefing { .. } | Stage::Ringing { .. }, Event::CallerBack) => self.caller_is_back(now),
            (Stage::Briefing { .. }, event) => self.brief(event, now),
            (Stage::Ringing { .. }, Event::Failed(way, failure)) => self.way_failed(*way, *failure, now),
            // The person's leg is already gone.
            (Stage::Accepted { agent: None, .. }, Event::Failed(Route::Phone, failure)) => {
                self.fail(*failure)
            }
            (Stage::Accepted { .. }, Event::Failed(..)) => Vec::new(),
            (Stage::Ringing { .. }, Event::ProfileReported) => {
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
                self.nobody_came(HandoffFailure::Timeout, now)
            }
            (Stage::Ringing { .. }, Event::Accepted) if self.rings_phone() => {
                self.stage = Stage::Accepted { agent: None, until: now + JOIN_MS_MAX };
                let withdraw = self.has_offered().then_some(HandoffStep::Withdraw);
                self.open.desk = false;
                withdraw.into_iter().chain([HandoffStep::Join]).collect()
            }
            // Each queue of a chain has its own time, and the last one's overflow is for its caller as well.
            (Stage::Ringing { .. }, Event::EnteredQueue)
                if self.is_in_queue() && self.has_offered() && self.joined_by.is_none() =>
            {
                self.stage = Stage::Ringing { until: self.rings_until(now) };
                Vec::new()
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
            (Stage::Accepted { agent: Some(_), .. }, Event::NoAudio(failure)) => {
                self.nobody_came(*failure, now)
            }
            (Stage::Accepted { agent: Some(_), .. }, Event::HungUp) => {
                let steps = self.nobody_came(HandoffFailure::Declined, now);
                let hung_up = |step| match step {
                    HandoffStep::LetGo(user) => HandoffStep::LetGoHungUp(user),
                    step => step,
                };
                steps.into_iter().map(hung_up).collect()
            }
            (Stage::Accepted { agent: None, .. }, Event::NotJoined) => {
                self.give_up(HandoffFailure::Congestion)
            }
            (Stage::Accepted { agent, .. }, Event::Briefed { until }) => {
                // The briefing has its own end.
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

    fn is_in_queue(&self) -> bool {
        matches!(self.callee.desk, Some(DeskPlace::Queue(_)))
    }

    fn rings_ms_max(&self) -> u64 {
        if self.is_in_queue() { RING_GRACE_MS + QUEUE_MS_MAX } else { self.phone_rings_ms_max() }
    }

    /// Like [`Self::rings_ms_max`], for the phone alone.
    fn phone_rings_ms_max(&self) -> u64 {
        RING_GRACE_MS + self.ring_ms
    }

    /// Longest time until a person takes over or the hand-off fails, in ms.
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
            HandoffEvent::ProfileReported => is_cached = true,
            HandoffEvent::Checked(checked) => {
                // Ringing would use the same switch.
                let failure = checked.map_or(Some(HandoffFailure::Congestion), |found| found.state.failure());
                lost = failure.map(|failure| (Route::Phone, failure));
                // The announcement may take longer than the check.
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

    /// The process died. No desk has its offer any more, and an agent who accepted it did not come. So nobody has the caller, who keeps
    /// their turn.
    fn process_died(&mut self, now: UnixMs) {
        if let Stage::Accepted { agent: None, until } = &mut self.stage {
            // The switch may have joined the two meanwhile. It reports that once a link to it is open again.
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

    /// The caller is back. The offer that died is made again once desks have reconnected; the profile is cached before that.
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
        // Offering may be late on a busy thread.
        self.stage = Stage::Ringing { until: self.rings_until(now) };
        self.offered_since.get_or_insert(now);
        let late = is_late.then_some(HandoffStep::NotCached);
        late.into_iter().chain([HandoffStep::Offer]).collect()
    }

    /// Returns when ringing ends, if it begins now.
    fn rings_until(&self, now: UnixMs) -> UnixMs {
        match self.offering {
            _ if !self.open.desk => now + self.phone_rings_ms_max(),
            Offering::Here => now + self.rings_ms_max(),
            Offering::Lost if self.rings_phone() => now + self.phone_rings_ms_max(),
            // No call waits that long for its caller: either they are back before, or the call ends.
            Offering::Lost => now + QUEUE_MS_MAX,
            Offering::Again { at, .. } => at.max(now) + self.rings_ms_max(),
        }
    }

    /// A phone's time is over while the desks' offer waits for the caller. The phone stops ringing, and only desks are left.
    fn phone_has_rung(&mut self, now: UnixMs) -> Vec<HandoffStep> {
        let mut steps = Vec::new();
        if self.rings_phone() {
            steps.push(HandoffStep::StopRinging);
            steps.extend(self.way_failed(Route::Phone, HandoffFailure::Timeout, now));
        }
        self.stage = Stage::Ringing { until: self.rings_until(now) };
        steps
    }

    /// Nobody at a desk can talk with the caller, and a rung person can't be joined with them here. Only a person whom the caller's switch
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

    /// One route has failed. A person who has declined is not asked by the other route. Otherwise the hand-off waits for the other route if
    /// it is open.
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
                // A phone alone is awaited for its ringing time, however long a queue would take.
                let phone_until = now + self.phone_rings_ms_max();
                let until = if is_next { phone_until } else { until.min(phone_until) };
                self.stage = Stage::Ringing { until };
            }
            return is_next.then_some(HandoffStep::Ring).into_iter().collect();
        }
        self.fail(failure)
    }

    /// The person who is awaited does not come. A caller in a queue whose agent has accepted is offered to the next one, and keeps their
    /// turn: what the queue does with callers whom nobody takes is the queue's decision.
    fn nobody_came(&mut self, failure: HandoffFailure, now: UnixMs) -> Vec<HandoffStep> {
        let Stage::Accepted { agent: Some(user), .. } = self.stage else { return self.give_up(failure) };
        if !self.is_in_queue() || self.joined_by.is_some() {
            return self.give_up(failure);
        }
        (self.agent, self.offering) = (None, Offering::Here);
        self.stage = Stage::Ringing { until: self.rings_until(now) };
        vec![HandoffStep::LetGo(user), HandoffStep::Offer]
    }

    fn fail(&mut self, failure: HandoffFailure) -> Vec<HandoffStep> {
        self.stage = Stage::Failed(failure);
        vec![HandoffStep::Failed(failure)]
    }

    /// The caller has left.
    fn cancel(&mut self) -> Vec<HandoffStep> {
        let failure = HandoffFailure::CallerLeft;
        let mut steps = self.give_up(failure);
        steps.retain(|step| *step != HandoffStep::Failed(failure));
        steps.push(HandoffStep::Cancelled);
        steps
    }

    /// Ends the hand-off with this failure: a phone may still ring, an offer may stand, or a person may be waiting.
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

/// Returns which of two failures says more about why a person was not reached: that they were there, or that the phone rang.
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
