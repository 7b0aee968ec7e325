use std::collections::{BTreeMap, BTreeSet};

use cordboard_call::Accepts;
use cordboard_schema::agent::{Activity, Agent, AgentAudio, Intent, MISSED_A_CALL};
use cordboard_schema::ids::{DeskId, EffectId, OfferId, OrganizationId};
use cordboard_schema::queue::{Overflow, QueueMember, Strategy as Asking};
use uuid::Uuid;

use super::super::waiting::{Target, WaitingRequest};
use super::*;

const ADA: UserId = UserId(Uuid::from_u128(1));
const BEN: UserId = UserId(Uuid::from_u128(2));
const CYN: UserId = UserId(Uuid::from_u128(3));
const SALES: QueueId = QueueId(Uuid::from_u128(11));
const HELP: QueueId = QueueId(Uuid::from_u128(12));
const HOUSE: OrganizationId = OrganizationId(Uuid::from_u128(99));
/// No wait in a test has more deadlines.
const TICKS_MAX: usize = 10_000;

fn agent(user_id: UserId, name: &str, skills: &[&str]) -> Agent {
    let skills = skills.iter().map(|skill| (*skill).to_owned()).collect();
    let extension = Some(name.to_lowercase());
    let audio = AgentAudio::Browser;
    Agent { organization_id: HOUSE, user_id, name: name.to_owned(), extension, audio, skills, calls_max: 1 }
}

fn queue(id: QueueId, name: &str, members: &[(UserId, u8)]) -> Queue {
    let members = members.iter().map(|&(user_id, tier)| QueueMember { user_id, tier }).collect();
    Queue {
        id,
        organization_id: HOUSE,
        name: name.to_owned(),
        title: String::new(),
        strategy: Asking::LongestIdle,
        ring_s: 20,
        skills: BTreeSet::new(),
        members,
        priority: 5,
        max_wait_s: 300,
        max_waiting: 3,
        overflow: Overflow::Message,
        in_hours_only: false,
        tells_position: true,
        wrap_up_s: 60,
        wrap_up_required: false,
    }
}

/// A floor in a test: the time, and the last output of its machine.
struct Stage {
    floor: FloorMachine,
    now: UnixMs,
}

fn wanted(call: u128, target: Target, reason: &str) -> WaitingRequest {
    let (accepts, reason) = (Accepts::ByAgent, reason.to_owned());
    let (since, let_in) = (None, None);
    WaitingRequest {
        request: request(call),
        target,
        by: None,
        reason,
        ring_ms: 15_000,
        accepts,
        since,
        let_in,
    }
}

impl Stage {
    fn of(queues: Vec<Queue>) -> Self {
        let agents = vec![agent(ADA, "Ada", &["billing"]), agent(BEN, "Ben", &[]), agent(CYN, "Cyn", &[])];
        let mut stage = Self { floor: FloorMachine::default(), now: UnixMs(1_000_000) };
        stage.tell(FloorInput::Known(Floor { organization_id: HOUSE, agents, queues, hours: None }));
        stage
    }

    fn tell(&mut self, input: FloorInput) -> Vec<FloorEffect> {
        self.floor.apply(input, self.now)
    }

    /// Lets time pass, stepping through the machine's deadlines.
    fn pass(&mut self, length_ms: u64) -> Vec<FloorEffect> {
        let until = self.now + length_ms;
        let mut effects = Vec::new();
        let mut ticks = 0;
        while let Some(at) = self.floor.next_deadline(self.now).filter(|at| *at <= until) {
            ticks += 1;
            assert!(
                ticks <= TICKS_MAX,
                "its deadlines never end; one is due at {at:?}, and it is {:?}",
                self.now
            );
            self.now = self.now.max(at);
            effects.extend(self.tell(FloorInput::Ticked));
        }
        self.now = until;
        effects
    }

    /// An agent opens a desk, and takes calls.
    fn opens_desk(&mut self, user_id: UserId) {
        let desk = DeskId(user_id.0.as_u128() as u64);
        self.tell(FloorInput::DeskOpened { user_id, desk, intent: Intent::Available, idle_since: None });
    }

    fn asks(&mut self, call: u128, target: Target) -> Vec<FloorEffect> {
        self.tell(FloorInput::Requested(wanted(call, target, "asked")))
    }

    /// The first of an agent's open offers.
    fn offer_to(&self, user: UserId) -> Option<&Offer> {
        self.floor.offers_to(user).next()
    }

    fn accepts(&mut self, user_id: UserId) -> Vec<FloorEffect> {
        let offer = self.offer_to(user_id).unwrap().id;
        self.tell(FloorInput::Accepts { user_id, offer })
    }

    fn activity(&self, user: UserId) -> Activity {
        self.floor.agent(user).unwrap().activity
    }

    fn intent(&self, user: UserId) -> Intent {
        self.floor.agent(user).unwrap().intent
    }
}

fn request(call: u128) -> RequestId {
    RequestId { call_id: CallId(Uuid::from_u128(call)), handoff: EffectId(1) }
}

fn in_queue(name: &str) -> Target {
    Target::Queue(name.to_owned())
}

fn offered(effects: &[FloorEffect]) -> Vec<UserId> {
    let user = |effect: &FloorEffect| match effect {
        FloorEffect::Offered { user_id, .. } => Some(*user_id),
        _ => None,
    };
    effects.iter().filter_map(user).collect()
}

fn failure(effects: &[FloorEffect]) -> Option<HandoffFailure> {
    effects.iter().find_map(|effect| match effect {
        FloorEffect::Failed { failure, .. } => Some(*failure),
        _ => None,
    })
}

#[test]
fn the_longest_idle_agent_is_asked_first() {
    let mut stage = Stage::of(vec![queue(SALES, "sales", &[(ADA, 0), (BEN, 0)])]);
    stage.opens_desk(ADA);
    stage.pass(1_000);
    stage.opens_desk(BEN);
    // They count as idle since they became available.
    assert_eq!(offered(&stage.asks(1, in_queue("sales"))), [ADA]);
    stage.accepts(ADA);
    assert_eq!(stage.activity(ADA), Activity::OnCall);
    stage.tell(FloorInput::Left { user_id: ADA, call_id: request(1).call_id, has_talked: true });
    assert_eq!(stage.activity(ADA), Activity::WrapUp);
    stage.pass(1_000);
    stage.tell(FloorInput::WrappedUp { user_id: ADA, call_id: request(1).call_id });
    assert_eq!(offered(&stage.asks(2, in_queue("sales"))), [BEN]);
}

#[test]
fn no_agent_gets_two_offers_and_no_call_two_agents() {
    let mut stage = Stage::of(vec![queue(SALES, "sales", &[(ADA, 0), (BEN, 0)])]);
    stage.opens_desk(ADA);
    stage.opens_desk(BEN);
    assert_eq!(offered(&stage.asks(1, in_queue("sales"))), [ADA]);
    assert_eq!(offered(&stage.asks(2, in_queue("sales"))), [BEN]);
    let third = stage.asks(3, in_queue("sales"));
    assert_eq!(offered(&third), []);
    assert!(
        third.contains(&FloorEffect::Placed { request: request(3), position: 3, wait_s: 270 }),
        "{third:?}"
    );
    assert_eq!(failure(&stage.asks(4, Target::Agent(ADA))), Some(HandoffFailure::Busy));
    stage.accepts(ADA);
    let declines = stage.tell(FloorInput::Declines { user_id: BEN, offer: stage.offer_to(BEN).unwrap().id });
    assert_eq!(
        offered(&declines),
        [BEN],
        "the next caller is offered to the agent who declined the previous one"
    );
    assert_eq!(stage.offer_to(BEN).unwrap().request, request(3));
}

#[test]
fn ringing_all_gives_the_caller_to_the_first_who_accepts() {
    let all = Queue { strategy: Asking::RingAll, ..queue(SALES, "sales", &[(ADA, 0), (BEN, 0), (CYN, 1)]) };
    let mut stage = Stage::of(vec![all]);
    for user in [ADA, BEN, CYN] {
        stage.opens_desk(user);
    }
    assert_eq!(offered(&stage.asks(1, in_queue("sales"))), [ADA, BEN], "the next tier waits");
    let late = stage.offer_to(BEN).unwrap().id;
    let taken = stage.accepts(ADA);
    let end = OfferEnd::TakenBy { name: Some("Ada".to_owned()) };
    assert!(
        taken.contains(&FloorEffect::OfferGone { user_id: BEN, request: request(1), offer: late, end }),
        "{taken:?}"
    );
    assert!(stage.tell(FloorInput::Accepts { user_id: BEN, offer: late }).is_empty(), "too late");
    assert_eq!((stage.activity(ADA), stage.activity(BEN)), (Activity::OnCall, Activity::Idle));
}

#[test]
fn an_unanswered_offer_sets_the_agent_away_and_moves_on() {
    let mut stage = Stage::of(vec![queue(SALES, "sales", &[(ADA, 0), (BEN, 1)])]);
    stage.opens_desk(ADA);
    stage.opens_desk(BEN);
    stage.asks(1, in_queue("sales"));
    let passed = stage.pass(20_000);
    assert_eq!(offered(&passed), [BEN]);
    assert_eq!(stage.intent(ADA), Intent::Away { reason: Some(MISSED_A_CALL.to_owned()) });
    stage.tell(FloorInput::Wants { user_id: ADA, intent: Intent::Available });
    assert_eq!(stage.intent(ADA), Intent::Available, "undone");
    assert_eq!(offered(&stage.pass(20_000)), [], "nobody is asked twice within 30 s");
    stage.tell(FloorInput::Wants { user_id: BEN, intent: Intent::Available });
    assert_eq!(offered(&stage.pass(15_000)), [ADA]);
}

#[test]
fn an_unheard_agent_is_not_offered_the_caller_at_once() {
    let mut stage = Stage::of(vec![queue(SALES, "sales", &[(ADA, 0), (BEN, 1)])]);
    stage.opens_desk(ADA);
    assert_eq!(offered(&stage.asks(1, in_queue("sales"))), [ADA]);
    stage.accepts(ADA);
    stage.pass(10_000);
    stage.tell(FloorInput::Left { user_id: ADA, call_id: request(1).call_id, has_talked: false });
    assert_eq!(offered(&stage.asks(1, in_queue("sales"))), []);
    assert_eq!(offered(&stage.asks(2, in_queue("sales"))), [ADA], "another caller");
    stage.opens_desk(BEN);
    assert_eq!(stage.offer_to(BEN).unwrap().request, request(1));
    stage.accepts(BEN);
    stage.tell(FloorInput::CallGone { call_id: request(1).call_id, talked: BTreeSet::new() });
    assert!(stage.floor.accepted_by.is_empty(), "{:?}", stage.floor.accepted_by);
}

#[test]
fn a_request_for_one_agent_fails_with_its_reason() {
    let mut stage = Stage::of(Vec::new());
    assert_eq!(failure(&stage.asks(1, Target::Agent(ADA))), Some(HandoffFailure::Offline));
    stage.opens_desk(ADA);
    stage.tell(FloorInput::Wants { user_id: ADA, intent: Intent::Away { reason: None } });
    assert_eq!(failure(&stage.asks(2, Target::Agent(ADA))), Some(HandoffFailure::Unavailable));
    stage.tell(FloorInput::Wants { user_id: ADA, intent: Intent::Available });
    assert_eq!(offered(&stage.asks(3, Target::Agent(ADA))), [ADA]);
    let offer = stage.offer_to(ADA).unwrap().id;
    let declined = stage.tell(FloorInput::Declines { user_id: ADA, offer });
    assert_eq!(failure(&declined), Some(HandoffFailure::Declined));
    stage.asks(4, Target::Agent(ADA));
    assert_eq!(failure(&stage.pass(15_000)), Some(HandoffFailure::NoAnswer));
    let stranger = UserId(Uuid::from_u128(77));
    assert_eq!(failure(&stage.asks(5, Target::Agent(stranger))), Some(HandoffFailure::BadTarget));
    assert_eq!(stage.floor.agent_at("ben"), Some(BEN));
}

#[test]
fn a_caller_who_leaves_frees_the_agent() {
    let mut stage = Stage::of(vec![queue(SALES, "sales", &[(ADA, 0)])]);
    stage.opens_desk(ADA);
    stage.asks(1, in_queue("sales"));
    let end = OfferEnd::Withdrawn;
    let gone = stage.tell(FloorInput::Withdrawn { request: request(1), end: end.clone() });
    assert!(gone.contains(&FloorEffect::OfferGone {
        user_id: ADA,
        request: request(1),
        offer: OfferId(1),
        end
    }));
    assert_eq!(stage.activity(ADA), Activity::Idle);
    assert_eq!(stage.floor.next_deadline(stage.now), None);
}

#[test]
fn an_offer_survives_a_reload_but_not_a_closed_page() {
    let mut stage = Stage::of(vec![queue(SALES, "sales", &[(ADA, 0), (BEN, 0)])]);
    stage.opens_desk(ADA);
    stage.opens_desk(BEN);
    stage.asks(1, in_queue("sales"));
    stage.tell(FloorInput::DeskClosed { user_id: ADA, desk: DeskId(1) });
    stage.pass(2_000);
    let again =
        FloorInput::DeskOpened { user_id: ADA, desk: DeskId(8), intent: Intent::Available, idle_since: None };
    stage.tell(again);
    assert!(stage.offer_to(ADA).is_some(), "the card is back");
    stage.tell(FloorInput::DeskClosed { user_id: ADA, desk: DeskId(8) });
    assert_eq!(offered(&stage.pass(15_000)), [BEN]);
    assert_eq!(stage.intent(ADA), Intent::Offline);
}

#[test]
fn the_next_intent_counts_once_the_work_is_done() {
    let mut stage = Stage::of(vec![queue(SALES, "sales", &[(ADA, 0)])]);
    stage.opens_desk(ADA);
    stage.asks(1, in_queue("sales"));
    stage.accepts(ADA);
    let lunch = Intent::Away { reason: Some("Lunch".to_owned()) };
    stage.tell(FloorInput::WantsNext { user_id: ADA, intent: Some(lunch.clone()) });
    let call_id = request(1).call_id;
    assert_eq!((stage.intent(ADA), stage.activity(ADA)), (Intent::Available, Activity::OnCall));
    stage.tell(FloorInput::Left { user_id: ADA, call_id, has_talked: true });
    assert_eq!((stage.intent(ADA), stage.activity(ADA)), (Intent::Available, Activity::WrapUp));
    stage.tell(FloorInput::WrappedUp { user_id: ADA, call_id });
    assert_eq!((stage.intent(ADA), stage.activity(ADA)), (lunch, Activity::Idle));
}

#[test]
fn due_wrap_ups_survive_a_restart_with_their_remaining_time() {
    let mut stage = Stage::of(vec![queue(SALES, "sales", &[(ADA, 0), (BEN, 0)])]);
    let wrap_up_due = |user_id, call: u128, queue_id, since| FloorInput::WrapUpDue {
        user_id,
        call_id: request(call).call_id,
        queue_id,
        since: UnixMs(since),
    };
    let due = |stage: &Stage, user| -> Vec<CallId> {
        stage.floor.agent(user).unwrap().wrap_ups.iter().map(|due| due.call_id).collect()
    };
    stage.opens_desk(ADA);
    stage.opens_desk(BEN);
    // A queue gives a minute: hers has not passed, his has.
    stage.tell(wrap_up_due(ADA, 1, Some(SALES), 950_000));
    stage.tell(wrap_up_due(BEN, 2, Some(SALES), 930_000));
    assert_eq!((stage.activity(ADA), stage.activity(BEN)), (Activity::WrapUp, Activity::Idle));
    assert_eq!(offered(&stage.asks(3, in_queue("sales"))), [BEN]);
    assert_eq!(due(&stage, BEN), [request(2).call_id]);
    // Reported again, for an older call as well, and for one that she has just now.
    stage.tell(FloorInput::Joined { user_id: ADA, call_id: request(5).call_id });
    for (call, since) in [(1, 950_000), (4, 900_000), (5, 940_000)] {
        stage.tell(wrap_up_due(ADA, call, Some(SALES), since));
    }
    assert_eq!(due(&stage, ADA), [request(4).call_id, request(1).call_id], "the oldest first");
    stage.tell(FloorInput::Left { user_id: ADA, call_id: request(5).call_id, has_talked: false });
    assert_eq!(stage.activity(ADA), Activity::WrapUp);
    stage.tell(FloorInput::WrappedUp { user_id: ADA, call_id: request(1).call_id });
    assert_eq!((stage.activity(ADA), due(&stage, ADA)), (Activity::Idle, vec![request(4).call_id]));
    stage.tell(FloorInput::WrappedUp { user_id: ADA, call_id: request(4).call_id });
    assert_eq!(due(&stage, ADA), []);
    stage.tell(wrap_up_due(CYN, 6, None, 0));
    assert_eq!(stage.activity(CYN), Activity::WrapUp, "no queue says how long");
}

#[test]
fn full_or_unstaffed_queues_and_long_waits_send_callers_on() {
    let on = |name: &str| Overflow::Queue { name: name.to_owned() };
    let help = Queue { overflow: Overflow::Callback, ..queue(HELP, "help", &[(CYN, 0)]) };
    let sales = Queue { overflow: on("help"), ..queue(SALES, "sales", &[(ADA, 0)]) };
    let mut stage = Stage::of(vec![sales, help]);
    assert_eq!(
        failure(&stage.asks(1, in_queue("sales"))),
        Some(HandoffFailure::Offline),
        "nobody works in either"
    );
    stage.opens_desk(CYN);
    assert_eq!(offered(&stage.asks(2, in_queue("sales"))), [CYN], "nobody works in sales");
    stage.accepts(CYN);
    stage.opens_desk(ADA);
    stage.tell(FloorInput::Wants { user_id: ADA, intent: Intent::Away { reason: None } });
    for call in 3..=5 {
        assert_eq!(failure(&stage.asks(call, in_queue("sales"))), None);
    }
    let waiting = |stage: &Stage, id| stage.floor.queues().find(|(queue, ..)| queue.id == id).unwrap().1;
    assert_eq!((waiting(&stage, SALES), waiting(&stage, HELP)), (3, 0));
    stage.asks(6, in_queue("sales"));
    assert_eq!((waiting(&stage, SALES), waiting(&stage, HELP)), (3, 1), "sales is full");
    stage.pass(300_000);
    let all = stage.pass(300_000);
    assert_eq!(failure(&all), Some(HandoffFailure::NoAnswer));
    assert_eq!((waiting(&stage, SALES), waiting(&stage, HELP)), (0, 0), "nobody waits forever");
    // The effect names the queue that has given a caller up, and so the list that they are put on.
    for effect in all {
        if let FloorEffect::Failed { overflow, queue_id, .. } = effect {
            assert_eq!((overflow, queue_id), (Some(Overflow::Callback), Some(HELP)));
        }
    }
}

#[test]
fn agents_need_the_skills_of_a_queue() {
    let billing =
        Queue { skills: ["billing".to_owned()].into(), ..queue(SALES, "sales", &[(ADA, 1), (BEN, 0)]) };
    let mut stage = Stage::of(vec![billing]);
    stage.opens_desk(BEN);
    assert_eq!(failure(&stage.asks(1, in_queue("sales"))), Some(HandoffFailure::Offline));
    stage.opens_desk(ADA);
    assert_eq!(offered(&stage.asks(2, in_queue("sales"))), [ADA]);
}

#[test]
fn callers_of_a_priority_queue_are_served_first() {
    let urgent = Queue { priority: 9, ..queue(HELP, "help", &[(ADA, 0)]) };
    let mut stage = Stage::of(vec![queue(SALES, "sales", &[(ADA, 0)]), urgent]);
    stage.opens_desk(ADA);
    stage.tell(FloorInput::Wants { user_id: ADA, intent: Intent::Away { reason: None } });
    stage.asks(1, in_queue("sales"));
    stage.pass(5_000);
    stage.asks(2, in_queue("help"));
    let free = stage.tell(FloorInput::Wants { user_id: ADA, intent: Intent::Available });
    assert_eq!(offered(&free), [ADA]);
    assert_eq!(stage.offer_to(ADA).unwrap().request, request(2));
}

#[test]
fn a_removed_queue_releases_its_callers() {
    let mut stage = Stage::of(vec![queue(SALES, "sales", &[(ADA, 0)])]);
    stage.opens_desk(ADA);
    stage.asks(1, in_queue("sales"));
    let agents = vec![agent(ADA, "Ada", &[])];
    let known = stage.tell(FloorInput::Known(Floor {
        organization_id: HOUSE,
        agents,
        queues: Vec::new(),
        hours: None,
    }));
    assert_eq!(failure(&known), Some(HandoffFailure::Unallocated));
    assert_eq!(stage.activity(ADA), Activity::Idle);
    assert!(stage.floor.agent(ADA).unwrap().intent == Intent::Available);
}

#[test]
fn conversations_of_a_removed_queue_are_forgotten() {
    let mut stage = Stage::of(vec![queue(SALES, "sales", &[(ADA, 0)])]);
    stage.opens_desk(ADA);
    stage.asks(1, in_queue("sales"));
    stage.accepts(ADA);
    assert_eq!(stage.floor.agents_in(request(1).call_id).collect::<Vec<_>>(), [ADA]);
    stage.tell(FloorInput::Left { user_id: ADA, call_id: request(1).call_id, has_talked: true });
    assert_eq!(stage.floor.agents_in(request(1).call_id).count(), 0);
    assert_eq!(stage.floor.lengths.len(), 1);
    let agents = vec![agent(ADA, "Ada", &[])];
    stage.tell(FloorInput::Known(Floor { organization_id: HOUSE, agents, queues: Vec::new(), hours: None }));
    assert!(stage.floor.lengths.is_empty());
}

mod accepted;
mod agents;
mod begun_for;
mod callers;
mod promises;
mod several;
