//! Properties that hold for all messages of a switch, and whenever it goes: every request of a call gets one answer, nothing is
//! sent to a switch that is not connected, and nothing is reported of a call that is over.

use cordboard_schema::event::Fact;
use cordboard_schema::ids::{CallId, EffectId};
use proptest::prelude::*;

use super::tests::{Bench, facts, phone, reply};
use super::*;
use crate::messages::{CallLine, ChannelAction, GivenBy, ToSwitch};

/// The channel that is watched.
const CALLER: Uuid = Uuid::from_u128(1);

/// Answers that a switch may give to any command.
const ANSWERS: [&str; 9] = [
    "+OK",
    "+OK Job-UUID: x",
    "-ERR No such channel!",
    "-ERR command not found",
    "true",
    "false",
    "{\"Event-Name\":\"CHANNEL_DATA\",\"Unique-ID\":\"c\",\"Answer-State\":\"answered\"}",
    "{\"row_count\": 0}",
    "\u{fffd} nonsense",
];

/// Events that a channel may have.
const EVENTS: [&str; 8] = [
    "CHANNEL_PROGRESS",
    "CHANNEL_ANSWER",
    "CHANNEL_PARK",
    "CHANNEL_HANGUP",
    "CHANNEL_HANGUP_COMPLETE",
    "CHANNEL_EXECUTE_COMPLETE",
    "CHANNEL_BRIDGE",
    "DTMF",
];

#[derive(Clone, Debug)]
enum Step {
    Watch,
    Listen(Listening),
    Unwatch,
    Act(usize),
    Check,
    Ring,
    Stop(usize),
    Answer(usize),
    Happens(usize, usize),
    JobDone(usize, bool),
    Lose,
    SignIn,
    Pass,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => Just(Step::Watch),
        1 => Just(Step::Listen(Listening::Inbound)),
        1 => Just(Step::Listen(Listening::Outbound)),
        1 => Just(Step::Unwatch),
        1 => (0_usize..5).prop_map(Step::Act),
        1 => Just(Step::Check),
        1 => Just(Step::Ring),
        1 => (0_usize..4).prop_map(Step::Stop),
        4 => (0..ANSWERS.len()).prop_map(Step::Answer),
        3 => (0..EVENTS.len(), 0_usize..5).prop_map(|(event, which)| Step::Happens(event, which)),
        2 => (0_usize..5, any::<bool>()).prop_map(|(job, is_good)| Step::JobDone(job, is_good)),
        1 => Just(Step::Lose),
        2 => Just(Step::SignIn),
        2 => Just(Step::Pass),
    ]
}

/// Returns the channel of the person who was rung with this number.
fn person(number: usize) -> Uuid {
    Uuid::from_u128(100 + number as u128)
}

/// A bench, a call, and the requests that were made.
struct World {
    bench: Bench,
    call: CallLine,
    asked: u64,
    acts: Vec<EffectId>,
    checks: Vec<EffectId>,
    rings: Vec<EffectId>,
    stopped: Vec<EffectId>,
}

impl World {
    fn effect(&mut self) -> EffectId {
        self.asked += 1;
        EffectId(self.asked)
    }

    fn step(&mut self, step: &Step) {
        let call = self.call.clone();
        match *step {
            Step::Watch => self.bench.take(ToSwitch::Watch {
                channel: CALLER,
                call_id: CallId(Uuid::nil()),
                held_from: None,
                phone_holds: false,
                call,
            }),
            Step::Listen(listening) => self.bench.take(ToSwitch::Listen { channel: CALLER, listening }),
            Step::Unwatch => self.bench.take(ToSwitch::Unwatch { channel: CALLER }),
            Step::Act(which) => {
                let effect = self.effect();
                self.acts.push(effect);
                let action = [
                    ChannelAction::Answer,
                    ChannelAction::Hold { channel: CALLER },
                    ChannelAction::PlayMusic,
                    ChannelAction::StopPlayback { next_chunk: 3, given_by: GivenBy::ThisLink },
                    ChannelAction::BridgeWith { channel: person(0) },
                ][which]
                    .clone();
                self.bench.take(ToSwitch::Act { channel: CALLER, effect, action, call });
            }
            Step::Check => {
                let effect = self.effect();
                self.checks.push(effect);
                self.bench.take(ToSwitch::CheckExtension { effect, phone: phone(), call });
            }
            Step::Ring => {
                let (handoff, channel) = (self.effect(), person(self.rings.len()));
                self.rings.push(handoff);
                let caller_number = Some("1\n\nexit".to_owned());
                let (phone, timeout_ms) = (phone(), 20_000);
                self.bench.take(ToSwitch::Ring { handoff, channel, phone, caller_number, timeout_ms, call });
            }
            Step::Stop(which) => {
                self.stopped.extend(self.rings.get(which).copied());
                self.bench.take(ToSwitch::StopRinging { channel: person(which) });
            }
            Step::Answer(which) if which % 2 == 0 => self.bench.frame(reply(ANSWERS[which])),
            Step::Answer(which) => self.bench.frame(Frame::ApiResponse(ANSWERS[which].to_owned())),
            Step::Happens(event, which) => {
                let channel = which.checked_sub(1).map_or(CALLER, person);
                let text = format!(
                    "Event-Name: {}\nUnique-ID: {channel}\nBridge-A-Unique-ID: {CALLER}\nBridge-B-Unique-ID: {channel}\n\
                     Hangup-Cause: NORMAL_CLEARING\nDTMF-Digit: 1\n\n",
                    EVENTS[event]
                );
                self.bench.frame(Frame::Event(Event::plain(text.as_bytes())));
            }
            Step::JobDone(job, is_good) => {
                let id = Uuid::from_u64_pair(7, job as u64);
                let output = if is_good { "+OK\n" } else { "-ERR USER_BUSY\n" };
                let text = format!("Event-Name: BACKGROUND_JOB\nJob-UUID: {id}\n\n{output}");
                self.bench.frame(Frame::Event(Event::plain(text.as_bytes())));
            }
            Step::Lose => {
                self.bench.switch.lose(LinkFault::Ended(String::new()), self.bench.now);
                assert_eq!(self.bench.written(), "", "something was written to a dead link");
            }
            Step::SignIn => {
                if !self.bench.switch.shown().is_connected {
                    self.bench.sign_in();
                }
            }
            Step::Pass => drop(self.bench.pass()),
        }
        if !self.bench.switch.shown().is_connected {
            assert_eq!(self.bench.written(), "", "something was written to a switch that is not connected");
        }
    }
}

/// Counts the facts about this request.
fn count(facts: &[Fact], is_about: impl Fn(&Fact) -> bool) -> usize {
    facts.iter().filter(|fact| is_about(fact)).count()
}

proptest! {
    #[test]
    fn every_request_gets_one_answer_and_dead_links_no_orders(
        steps in proptest::collection::vec(step(), 0..60),
    ) {
        let (call, mut mailbox) = CallLine::open();
        let bench = Bench::connected(None);
        let mut world = World {
            bench,
            call,
            asked: 0,
            acts: Vec::new(),
            checks: Vec::new(),
            rings: Vec::new(),
            stopped: Vec::new(),
        };
        let mut facts_seen = Vec::new();
        for step in &steps {
            world.step(step);
            facts_seen.extend(facts(&mut mailbox));
        }
        // In any state: the switch is gone, and does not come back within an hour.
        world.bench.switch.lose(LinkFault::Ended(String::new()), world.bench.now);
        world.bench.now = world.bench.now + 3_600_000;
        world.bench.switch.tick(world.bench.now);
        facts_seen.extend(facts(&mut mailbox));

        for act in world.acts {
            let answers = count(&facts_seen, |fact| matches!(fact, Fact::ActionDone { effect, .. } if *effect == act));
            prop_assert_eq!(answers, 1, "{:?}: {:?}", act, facts_seen);
        }
        for check in world.checks {
            let is_it = |fact: &Fact| matches!(fact, Fact::ExtensionChecked { effect, .. } if *effect == check);
            prop_assert_eq!(count(&facts_seen, is_it), 1, "{:?}", check);
        }
        for ring in world.rings {
            let accepted = count(&facts_seen, |fact| matches!(fact, Fact::HandoffAccepted { handoff } if *handoff == ring));
            let failed = count(&facts_seen, |fact| matches!(fact, Fact::HandoffFailed { handoff, .. } if *handoff == ring));
            prop_assert!(accepted <= 1 && failed <= 1, "{:?}: {:?}", ring, facts_seen);
            // A person who is joined with the caller before the answer was reported belongs to the bridge.
            let is_reported = accepted + failed > 0 || world.stopped.contains(&ring);
            let was_joined = steps.iter().any(|step| matches!(step, Step::Act(4) | Step::Happens(6, _)));
            prop_assert!(is_reported || was_joined, "{:?} is never reported: {:?}", ring, facts_seen);
        }
        let mut is_attached = false;
        for fact in &facts_seen {
            match fact {
                Fact::ControlAttached { .. } => is_attached = true,
                Fact::ControlLost { .. } => {
                    prop_assert!(is_attached, "lost without having been attached: {:?}", facts_seen);
                    is_attached = false;
                }
                _ => {}
            }
        }
    }
}
