//! Whole calls by seed: worlds with faults of their own, each checked against every promise to callers.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use cordboard_schema::supervision::SupervisionMode;
use cordboard_simulator::generate::{Size, plan};
use cordboard_simulator::parties::caller::{Caller, StoryEnd};
use cordboard_simulator::plan::{
    Command, ConsultDecision, ConsultPlan, Consulted, CutPlan, FollowerKind, FollowerPlan, Happening, Line,
    Manner, ModelScript, NetworkTrouble, PhonePlan, Plan, RecordPlan, SupervisionAct, SwitchAudio,
    SwitchPlan, TakenOverEnd, Timed,
};
use cordboard_simulator::shrink::shrink;
use cordboard_simulator::stage::Stage;
use cordboard_simulator::{Outcome, judge};

/// Number of worlds in a test run. A world costs some 2.2 s of CPU. Six of them are played twice. The history of each fault that a world has shown is
/// always played as well.
const SEEDS: u64 = 40;
const USUAL: Size = Size { calls: 8, arrivals_ms: 8_000, call_ms: 12_000 };
/// The same with CORDBOARD_TEST_FULL (`tests/run --full`).
const SEEDS_FULL: u64 = 2_000;
/// Time limit for shrinking a history that breaks a promise.
const SHRINKING: Duration = Duration::from_secs(60);

/// Histories that once broke a promise: each is a file of `histories/`, shrunk as far as possible when it was found.
const HISTORIES: [(&str, &str); 17] = [
    ("provider_that_comes_late", include_str!("histories/provider_that_comes_late.json")),
    // The world ended before its call: a missing answer was taken for quiet.
    ("registry_that_dies_of_a_question", include_str!("histories/registry_that_dies_of_a_question.json")),
    // A client's acts before it could know that the answer was over counted as violations.
    (
        "end_of_an_answer_that_a_stall_holds_back",
        include_str!("histories/end_of_an_answer_that_a_stall_holds_back.json"),
    ),
    // And a connection whose words were held back had no owner.
    ("words_that_a_stall_holds_back", include_str!("histories/words_that_a_stall_holds_back.json")),
    // A desk rang on: a message to the router was lost when it died.
    (
        "router_that_dies_of_a_callers_leaving",
        include_str!("histories/router_that_dies_of_a_callers_leaving.json"),
    ),
    // A message was lost: the call was over on disk, and the next process did not resume it.
    (
        "message_of_a_call_that_ends_as_the_process_dies",
        include_str!("histories/message_of_a_call_that_ends_as_the_process_dies.json"),
    ),
    // An answer of the model in one life was taken for an answer in another life.
    ("same_answer_in_two_lives", include_str!("histories/same_answer_in_two_lives.json")),
    // The caller's words were in the transcript twice.
    (
        "words_of_a_speech_whose_end_a_panic_took",
        include_str!("histories/words_of_a_speech_whose_end_a_panic_took.json"),
    ),
    // The caller was not greeted: the call waited for an assistant that was there.
    (
        "readiness_of_an_assistant_that_a_panic_took",
        include_str!("histories/readiness_of_an_assistant_that_a_panic_took.json"),
    ),
    // The same for a leg.
    ("joining_of_a_leg_that_a_panic_took", include_str!("histories/joining_of_a_leg_that_a_panic_took.json")),
    // The recording was there, but its call did not know of it.
    (
        "beginning_of_a_recording_that_died_with_its_actor",
        include_str!("histories/beginning_of_a_recording_that_died_with_its_actor.json"),
    ),
    // The built-in assistant took a key's line for the answer to later words.
    (
        "caller_who_speaks_on_behind_a_keys_answer",
        include_str!("histories/caller_who_speaks_on_behind_a_keys_answer.json"),
    ),
    // A browser's leg reported no line as heard after an assistant had failed while it spoke.
    (
        "line_after_an_assistant_that_failed_in_its_words",
        include_str!("histories/line_after_an_assistant_that_failed_in_its_words.json"),
    ),
    // A journal without a beginning could not be stored.
    ("call_whose_first_step_panics", include_str!("histories/call_whose_first_step_panics.json")),
    // Words that a provider reported late were looked for on the connection after theirs.
    (
        "words_told_after_the_caller_is_back",
        include_str!("histories/words_told_after_the_caller_is_back.json"),
    ),
    // A browser played the end of a line that had left the ear when the provider was lost, and the line counted as unheard.
    (
        "greeting_in_a_browser_as_the_voice_is_lost",
        include_str!("histories/greeting_in_a_browser_as_the_voice_is_lost.json"),
    ),
    // A call without any recorded sound had a recording of no length in its journal, and none in its row.
    (
        "recording_of_which_a_full_disk_took_all",
        include_str!("histories/recording_of_which_a_full_disk_took_all.json"),
    ),
];

/// How many frames the callers heard over these lines.
fn frames_heard(outcome: &Outcome, is_of: impl Fn(Line) -> bool) -> usize {
    let callers = outcome.evidence.callers.iter().filter(|caller| is_of(caller.line));
    callers.flat_map(|caller| &caller.stories).map(|story| story.frames.len()).sum()
}

/// A world that is played twice, and a check that it has what it is chosen for.
struct Repeated {
    seed: u64,
    has_it: fn(&Outcome) -> bool,
}

/// The worlds that have to be the same twice: two of any kind, three with a switch, for both ways of its sound, and one with browsers by WebRTC. The
/// process is killed in the second world and in the last one with a switch; the switch continues.
fn played_twice(size: Size) -> Vec<Repeated> {
    let first = |has_it: &dyn Fn(&Plan) -> bool| {
        (0..2_000).map(|seed| plan(seed, size)).find(has_it).map(|plan| plan.seed).unwrap()
    };
    let with_switch = |audio: SwitchAudio, is_killed: bool| {
        first(&|plan: &Plan| {
            plan.switch.as_ref().is_some_and(|switch| switch.audio == audio)
                && plan.happenings.iter().any(|timed| timed.what.ends_a_life()) == is_killed
        })
    };
    let has_calls: fn(&Outcome) -> bool = |outcome| outcome.call_seconds > 20.0;
    let by_switch: fn(&Outcome) -> bool =
        |outcome| frames_heard(outcome, |line| line == Line::Freeswitch) > 100;
    let by_webrtc: fn(&Outcome) -> bool = |outcome| frames_heard(outcome, Line::is_webrtc) > 50;
    [
        (1, has_calls),
        (3, has_calls),
        (with_switch(SwitchAudio::Unicast, false), by_switch),
        (with_switch(SwitchAudio::Websocket, false), by_switch),
        (with_switch(SwitchAudio::Unicast, true), by_switch),
        (first(&Plan::has_webrtc), by_webrtc),
    ]
    .map(|(seed, has_it)| Repeated { seed, has_it })
    .into()
}

/// A world of one caller by WebRTC, who calls after half a second.
fn by_webrtc(stage: &Stage, then: &[(u64, Happening)]) -> Outcome {
    let calls = Happening::Calls { caller: 0, line: Line::FirstWebrtc, announced: false, way: None };
    let all = [(500, calls)].into_iter().chain(then.iter().cloned());
    let happenings: Vec<Timed> = all.map(|(at_ms, what)| Timed { at_ms, what }).collect();
    let plan: Plan = serde_json::from_value(serde_json::json!({
        "seed": 7, "assistant": "builtin", "script": ModelScript::default(), "happenings": happenings, "length_ms": 18_000,
    }))
    .unwrap();
    let outcome = judge(stage, &plan).unwrap();
    assert_eq!(outcome.broken, []);
    outcome
}

/// Returns when the journals of their calls have this entry, in ms.
fn noted(outcome: &Outcome, caller: &Caller, kind: &str) -> Vec<u64> {
    let evidence = &outcome.evidence;
    let mut all = Vec::new();
    for book in evidence.books_of(caller) {
        let entries = book.journal.iter().zip(evidence.lives_of(book));
        let wanted = entries.filter(|(entry, _)| entry.event.kind() == kind);
        all.extend(wanted.map(|(entry, life)| evidence.ms_of(life, entry.at)));
    }
    all
}

/// Counts the frames of a connection that were heard and are not silent.
fn loud_frames(caller: &Caller, connection: usize) -> usize {
    let is_loud = |samples: &[i16]| samples.iter().any(|sample| sample.unsigned_abs() > 500);
    caller.stories[connection].frames.iter().filter(|frame| is_loud(&frame.samples)).count()
}

#[test]
fn a_webrtc_caller_talks_presses_a_key_and_hangs_up() {
    let stage = Stage::make().unwrap();
    let outcome = by_webrtc(
        &stage,
        &[
            (5_000, Happening::Says { caller: 0, sentence: 0 }),
            (11_000, Happening::Presses { caller: 0, key: '5' }),
            (13_000, Happening::HangsUp { caller: 0 }),
        ],
    );
    let caller = &outcome.evidence.callers[0];
    assert_eq!(caller.stories.len(), 1);
    assert_eq!(caller.stories[0].end, StoryEnd::ByCaller);
    assert!(loud_frames(caller, 0) > 50, "{} loud frames", loud_frames(caller, 0));
    assert_ne!(noted(&outcome, caller, "speech_started"), [] as [u64; 0]);
    assert_eq!(noted(&outcome, caller, "dtmf").len(), 1);
    let figures = outcome.evidence.figures.iter().filter(|look| look.is_counted == Some(true));
    let calls: Vec<Option<u64>> =
        figures.map(|look| look.report["now"]["figures"]["calls"].as_u64()).collect();
    assert_eq!(calls, [Some(1), Some(0)], "calls of both organizations at the end");
}

#[test]
fn a_webrtc_browser_changes_networks_and_comes_back_after_vanishing() {
    let stage = Stage::make().unwrap();
    let network = |trouble| Happening::Network { caller: 0, trouble };
    let moved = by_webrtc(
        &stage,
        &[
            (5_000, network(NetworkTrouble::Changes { after_ms: 700 })),
            (7_000, Happening::Says { caller: 0, sentence: 0 }),
            (14_000, Happening::HangsUp { caller: 0 }),
        ],
    );
    let caller = &moved.evidence.callers[0];
    assert_eq!(caller.stories.len(), 1, "one connection");
    assert!(
        noted(&moved, caller, "speech_started").iter().any(|at_ms| *at_ms > 7_000),
        "heard from the new network"
    );
    let back = by_webrtc(
        &stage,
        &[
            (5_000, network(NetworkTrouble::Vanishes)),
            (8_000, Happening::ComesBack { caller: 0 }),
            (13_000, Happening::HangsUp { caller: 0 }),
        ],
    );
    let caller = &back.evidence.callers[0];
    let ends: Vec<StoryEnd> = caller.stories.iter().map(|story| story.end).collect();
    assert_eq!(ends, [StoryEnd::Broken, StoryEnd::ByCaller]);
    assert_eq!(back.evidence.books_of(caller).len(), 1, "the same call");
}

/// A world of one caller at a telephone, who hangs up at the end.
fn by_telephone(stage: &Stage, switch: Option<&SwitchPlan>, others: &[(u64, Happening)]) -> Outcome {
    let calls = Happening::Calls { caller: 0, line: Line::Audiosocket, announced: false, way: None };
    let own = [(500, calls), (22_000, Happening::HangsUp { caller: 0 })];
    let mut all: Vec<(u64, Happening)> = own.into_iter().chain(others.iter().cloned()).collect();
    all.sort_by_key(|(at_ms, _)| *at_ms);
    let happenings: Vec<Timed> = all.into_iter().map(|(at_ms, what)| Timed { at_ms, what }).collect();
    let mut plan = serde_json::json!({
        "seed": 7, "assistant": "builtin", "script": ModelScript::default(), "happenings": happenings, "length_ms": 25_000,
    });
    if let Some(switch) = switch {
        plan["switch"] = serde_json::to_value(switch).unwrap();
    }
    let outcome = judge(stage, &serde_json::from_value(plan).unwrap()).unwrap();
    assert_eq!(outcome.broken, []);
    outcome
}

#[test]
fn followers_come_back_after_losses_and_a_kill() {
    let stage = Stage::make().unwrap();
    let cuts = [(3_000, 200), (6_000, 1_500)].map(|(at_ms, away_ms)| CutPlan { at_ms, away_ms });
    let follower = |kind| FollowerPlan { kind, organization: 0, opens_ms: 0, cuts: cuts.to_vec() };
    let happenings = [
        (500, Happening::Calls { caller: 0, line: Line::Audiosocket, announced: false, way: None }),
        (4_000, Happening::Says { caller: 0, sentence: 0 }),
        (9_000, Happening::Killed { away_ms: 500 }),
        (10_000, Happening::ComesBack { caller: 0 }),
        (16_000, Happening::HangsUp { caller: 0 }),
    ]
    .map(|(at_ms, what)| Timed { at_ms, what });
    let plan = serde_json::json!({
        "seed": 7, "assistant": "builtin", "script": ModelScript::default(), "length_ms": 18_000,
        "happenings": happenings.to_vec(),
        "followers": [follower(FollowerKind::Program), follower(FollowerKind::Page)],
    });
    let outcome = judge(&stage, &serde_json::from_value(plan).unwrap()).unwrap();
    assert_eq!(outcome.broken, []);
    let evidence = &outcome.evidence;
    let entries: usize = evidence.books.iter().map(|book| book.journal.len()).sum();
    for log in &evidence.followers {
        let told = log.connections.iter().flat_map(|connection| &connection.told);
        let count = told.filter(|(_, event)| event["kind"] == "entry").count();
        assert!(count > entries / 2, "{count} of {entries} entries");
    }
    for what in [
        "programs that follow resumed where they were",
        "programs that follow came back to a snapshot",
        "live views came back to a snapshot",
    ] {
        assert!(outcome.tally[what] > 0, "{what}: {:?}", outcome.tally);
    }
}

#[test]
fn records_that_programs_write_again_after_a_kill_are_one() {
    let stage = Stage::make().unwrap();
    let writes = |record, written| Happening::Writes { record, organization: 0, written, again_ms: 1_500 };
    let happenings = [
        (500, writes(0, RecordPlan::Lead)),
        (600, writes(1, RecordPlan::Task)),
        (1_500, Happening::Killed { away_ms: 500 }),
    ]
    .map(|(at_ms, what)| Timed { at_ms, what });
    let plan = serde_json::json!({
        "seed": 7, "assistant": "builtin", "script": ModelScript::default(), "length_ms": 4_000,
        "happenings": happenings.to_vec(), "webhooks": "takes",
    });
    let outcome = judge(&stage, &serde_json::from_value(plan).unwrap()).unwrap();
    assert_eq!(outcome.broken, []);
    let evidence = &outcome.evidence;
    assert_eq!(evidence.lives.len(), 2);
    for log in &evidence.records {
        let answered: Vec<(u16, bool)> = log
            .replies
            .iter()
            .map(|reply| (reply.status, reply.answered_ms >= evidence.lives[1].began_ms))
            .collect();
        assert_eq!(answered, [(201, false), (201, true)], "record {}", log.record);
        assert_eq!(log.replies[0].body, log.replies[1].body);
    }
    assert_eq!((evidence.records.len(), evidence.leads.len(), evidence.activities.len()), (2, 1, 1));
    assert!(evidence.told_by_webhook.iter().any(|told| told.body.contains("lead.created")));
}

/// A program hands the caller off to Anna.
fn hand_off() -> (u64, Happening) {
    (4_000, Happening::Commands { organization: 0, caller: 0, command: Command::HandOff })
}

/// Anna takes the call and asks a party about it. At a desk that party is Ben.
fn asks(whom: Consulted, end: ConsultDecision) -> [(u64, Happening); 3] {
    let consult = Some(ConsultPlan { after_ms: 1_500, whom, asks_ms: 2_500, end });
    let ben = Manner {
        answers_after_ms: 500,
        takes: Some(true),
        talks_ms: 4_000,
        hands_back: false,
        consult: None,
    };
    let anna = Manner { consult, ..ben };
    let opens = |agent, manner| (0, Happening::DeskOpens { agent, manner });
    [opens(0, anna), opens(1, ben), hand_off()]
}

#[test]
fn colleagues_are_asked_and_consultations_end_in_each_way() {
    let stage = Stage::make().unwrap();
    for (end, what) in [
        (ConsultDecision::Join, "consultations were joined"),
        (ConsultDecision::Complete, "consultations were completed"),
        (ConsultDecision::Cancel, "consultations were cancelled"),
        (ConsultDecision::Wait, "the party asked left a consultation"),
    ] {
        let outcome = by_telephone(&stage, None, &asks(Consulted::Colleague { agent: 1 }, end));
        let counts = ["colleagues were asked and answered", what].map(|what| outcome.tally[what]);
        assert_eq!(counts, [1, 1], "{end:?}: {:?}", outcome.tally);
    }
}

#[test]
fn an_agent_who_has_wrapped_up_takes_another_call() {
    let stage = Stage::make().unwrap();
    let manner =
        Manner { answers_after_ms: 500, takes: Some(true), talks_ms: 2_000, hands_back: true, consult: None };
    let command = Command::HandOffTo { agent: 0 };
    let hands = |at_ms| (at_ms, Happening::Commands { organization: 0, caller: 0, command });
    let opens = (0, Happening::DeskOpens { agent: 0, manner });
    let outcome = by_telephone(&stage, None, &[opens, hands(4_000), hands(13_000)]);
    let caller = &outcome.evidence.callers[0];
    assert_eq!(noted(&outcome, caller, "agent_joined").len(), 2);
}

#[test]
fn an_asked_external_party_gets_the_caller() {
    let stage = Stage::make().unwrap();
    let phone = PhonePlan::Answers { after_ms: 500, leaves_after_ms: None };
    let switch = SwitchPlan { audio: SwitchAudio::Unicast, phones: vec![phone] };
    for (end, what) in [
        (ConsultDecision::Join, "consultations were joined"),
        (ConsultDecision::Complete, "consultations were completed"),
    ] {
        let outcome = by_telephone(&stage, Some(&switch), &asks(Consulted::Phone { phone: 0 }, end));
        let all =
            ["external parties were asked and answered", "external parties talked with the caller", what];
        assert_eq!(all.map(|what| outcome.tally[what]), [1, 1, 1], "{end:?}: {:?}", outcome.tally);
    }
}

#[test]
fn a_supervisor_takes_over_from_agent_and_assistant() {
    let stage = Stage::make().unwrap();
    let manner = Manner {
        answers_after_ms: 500,
        takes: Some(true),
        talks_ms: 9_000,
        hands_back: false,
        consult: None,
    };
    let act = |at_ms, act| (at_ms, Happening::Supervision { act });
    let (supervisor, caller) = (0, 0);
    let with_anna = vec![(0, Happening::DeskOpens { agent: 0, manner }), hand_off()];
    for (from_ms, others) in [(2_000, Vec::new()), (6_000, with_anna)] {
        for how in [TakenOverEnd::HandsBack, TakenOverEnd::HangsUp, TakenOverEnd::LosesSound] {
            let mode = SupervisionMode::Listen;
            let acts = [
                act(from_ms, SupervisionAct::Supervises { supervisor, caller, mode }),
                act(from_ms + 1_000, SupervisionAct::TakesOver { supervisor, caller }),
                act(from_ms + 2_500, SupervisionAct::Says { supervisor, caller, ms: 1_000 }),
                act(from_ms + 5_500, SupervisionAct::IsDone { supervisor, caller, how }),
            ];
            let all: Vec<(u64, Happening)> = acts.into_iter().chain(others.iter().cloned()).collect();
            let outcome = by_telephone(&stage, None, &all);
            assert_eq!(outcome.tally["calls were taken over"], 1, "{how:?}: {:?}", outcome.tally);
        }
    }
}

#[test]
fn histories_that_once_broke_a_promise_keep_it() {
    let stage = Stage::make().unwrap();
    for (name, history) in HISTORIES {
        let plan: Plan = serde_json::from_str(history).unwrap();
        let outcome = judge(&stage, &plan).unwrap();
        assert_eq!(outcome.broken, [], "{name}");
    }
}

#[test]
fn worlds_of_many_seeds_keep_promises_and_repeat_exactly() {
    let stage = Stage::make().unwrap();
    let is_full = std::env::var_os("CORDBOARD_TEST_FULL").is_some();
    let (seeds, size) = if is_full { (SEEDS_FULL, Size::USUAL) } else { (SEEDS, USUAL) };
    let twice = played_twice(size);
    let others = twice.iter().map(|repeated| repeated.seed).filter(|seed| *seed >= seeds);
    let played: BTreeSet<u64> = (0..seeds).chain(others).collect();
    let (waiting, began) = (Mutex::new(played), Instant::now());
    // A world runs in one thread; worlds of several threads are independent of each other.
    let work = || {
        let (mut broken, mut call_seconds) = (Vec::<String>::new(), 0.0);
        let mut tally = BTreeMap::<&'static str, u64>::new();
        loop {
            let Some(seed) = waiting.lock().unwrap().pop_first() else {
                return (broken, call_seconds, tally);
            };
            let plan = plan(seed, size);
            let outcome = judge(&stage, &plan).unwrap();
            call_seconds += outcome.call_seconds;
            for (what, count) in &outcome.tally {
                *tally.entry(*what).or_default() += count;
            }
            let repeats: Vec<&Repeated> = twice.iter().filter(|repeated| repeated.seed == seed).collect();
            if !repeats.iter().all(|repeated| (repeated.has_it)(&outcome)) {
                broken.push(format!(
                    "seed {seed}: it is played twice, and has too little of what it was chosen for"
                ));
            }
            if !repeats.is_empty() && judge(&stage, &plan).unwrap().trace != outcome.trace {
                broken.push(format!("seed {seed}: it is another world when it is played again"));
            }
            // The first one of each thread is enough.
            if let Some(first) = outcome.broken.first().filter(|_| broken.is_empty()) {
                let still_breaks = |candidate: &Plan| {
                    let again = judge(&stage, candidate);
                    again.is_ok_and(|again| again.broken.iter().any(|other| other.promise == first.promise))
                };
                let short = shrink(&plan, SHRINKING, still_breaks);
                let json = serde_json::to_string(&short).unwrap();
                broken.push(format!(
                    "the shortest history of seed {seed} that still breaks it:\n{short}\n  as a plan: {json}"
                ));
            }
            broken.extend(outcome.broken.into_iter().map(|promise| {
                let Size { calls, arrivals_ms, call_ms } = size;
                let arguments =
                    format!("--seed {seed} --calls {calls} --arrivals-ms {arrivals_ms} --call-ms {call_ms}");
                format!("{promise}\n  again: cargo run -p cordboard-simulator -- {arguments}")
            }));
        }
    };
    let outcomes: Vec<(Vec<String>, f64, BTreeMap<&str, u64>)> = thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    let call_seconds: f64 = outcomes.iter().map(|(_, call_seconds, _)| call_seconds).sum();
    let mut tally = BTreeMap::<&str, u64>::new();
    for (what, count) in outcomes.iter().flat_map(|(.., tally)| tally) {
        *tally.entry(*what).or_default() += count;
    }
    let took = began.elapsed().as_secs_f64();
    let speed = call_seconds / took;
    let _ = writeln!(
        std::io::stderr(),
        "    {seeds} worlds, {call_seconds:.0} call-seconds in {took:.1} s: {speed:.0} a second; {tally:?}"
    );
    let broken: Vec<String> = outcomes.into_iter().flat_map(|(broken, ..)| broken).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    // A promise is not tested by things that do not happen. A usual run has too few worlds for the rarest.
    let missing: Vec<&str> =
        tally.iter().filter(|(_, count)| is_full && **count == 0).map(|(what, _)| *what).collect();
    assert!(missing.is_empty(), "none of {seeds} worlds had a call with: {missing:?}");
}
