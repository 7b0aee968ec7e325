//! Replies and events, and the requests to which they belong.

use cordboard_actors::freeswitch::commands::{Over, PARKED_AFTER_MS, STOCK_MUSIC, ask};
use cordboard_actors::freeswitch::pending::{Pending, Settled};
use cordboard_actors::messages::{ChannelAction, PromptFile};
use cordboard_schema::audio::SampleRate;
use cordboard_schema::call::HangupCause;
use cordboard_schema::limits::{ESL_ACTION_MS_MAX, ESL_ACTIONS_MAX, ESL_PROMPT_MS_MAX};
use cordboard_schema::switch::ActionOutcome;
use cordboard_schema::wire::esl::{ApiAnswer, EslValue};
use uuid::{Uuid, uuid};

use crate::esl_switch::{CHANNEL, event, event_of, events, job_event, read_event, stream_event};

const OTHER: Uuid = uuid!("cccccccc-0000-4000-8000-000000000001");
const OK: ApiAnswer<'_> = ApiAnswer::Ok("");
const PROMPT: &str = "/var/lib/pbx/prompts/hello.wav";

struct Rehearsal {
    pending: Pending<u64>,
    asked: u64,
}

/// The id of the nth request.
fn id(n: u64) -> Uuid {
    Uuid::from_u64_pair(0, n)
}

fn play() -> ChannelAction {
    ChannelAction::Play(PromptFile::new(PROMPT).unwrap())
}

fn start_stream() -> ChannelAction {
    ChannelAction::StartStream { url: "ws://127.0.0.1:8085/x".to_owned(), rate: SampleRate::HZ_8000 }
}

impl Rehearsal {
    fn new() -> Self {
        Self { pending: Pending::default(), asked: 0 }
    }

    /// Makes a request at time 0. Returns its number.
    fn asks(&mut self, action: ChannelAction) -> u64 {
        self.asked += 1;
        let music = EslValue::new(STOCK_MUSIC).unwrap();
        let asking = ask(&action, CHANNEL, Over::Outbound, id(self.asked), &music, None).unwrap();
        self.pending.ask(self.asked, CHANNEL, id(self.asked), &asking, 0).unwrap();
        self.asked
    }

    fn replied(&mut self, answer: ApiAnswer<'_>) -> Option<(u64, ActionOutcome)> {
        self.pending.replied(answer, 0).map(short)
    }

    fn happened(&mut self, wire: &str) -> Vec<(u64, ActionOutcome)> {
        self.pending.happened(&read_event(wire)).into_iter().map(short).collect()
    }
}

fn short(settled: Settled<u64>) -> (u64, ActionOutcome) {
    assert_eq!(settled.id, id(settled.key));
    (settled.key, settled.outcome)
}

fn failed(reason: &str) -> ActionOutcome {
    ActionOutcome::Failed { reason: reason.to_owned() }
}

#[test]
fn replies_belong_to_commands_in_their_order() {
    let mut rehearsal = Rehearsal::new();
    rehearsal.pending.expect_replies(2);
    let digits = rehearsal.asks(ChannelAction::SendDtmf(vec![cordboard_schema::digit::Digit::ONE]));
    let transfer = rehearsal.asks(ChannelAction::Transfer("default,9196,1".parse().unwrap()));
    assert_eq!(rehearsal.replied(ApiAnswer::Failed("command not found")), None, "of the opening");
    assert_eq!(rehearsal.replied(OK), None, "of the opening");
    assert_eq!(rehearsal.replied(OK), Some((digits, ActionOutcome::Done)));
    let gone = ApiAnswer::Failed("No such channel!");
    assert_eq!(rehearsal.replied(gone), Some((transfer, failed("No such channel!"))));
    assert_eq!(rehearsal.replied(OK), None, "of no request");
}

#[test]
fn a_queued_application_is_done_only_once_it_has_ended() {
    let mut rehearsal = Rehearsal::new();
    let prompt = rehearsal.asks(play());
    assert_eq!(rehearsal.replied(OK), None);
    let end = |id: Uuid, response: &str| {
        event(
            "CHANNEL_EXECUTE_COMPLETE",
            &format!("Application: playback\nApplication-UUID: {id}\nApplication-Response: {response}"),
        )
    };
    assert_eq!(rehearsal.happened(&end(id(99), "FILE%20PLAYED")), [], "of another");
    assert_eq!(rehearsal.happened(&end(id(prompt), "FILE%20PLAYED")), [(prompt, ActionOutcome::Done)]);
    assert_eq!(rehearsal.happened(&end(id(prompt), "FILE%20PLAYED")), [], "twice");
    for (response, reason) in [
        ("FILE%20NOT%20FOUND", "FreeSWITCH has no such file"),
        ("PLAYBACK%20ERROR", "the channel went away while it was played"),
    ] {
        let prompt = rehearsal.asks(play());
        assert_eq!(rehearsal.happened(&end(id(prompt), response)), [(prompt, failed(reason))]);
    }
}

#[test]
fn an_answer_is_done_on_an_answered_channel_only() {
    let mut rehearsal = Rehearsal::new();
    for (state, outcome) in
        [("answered", ActionOutcome::Done), ("hangup", failed("the channel is hangup instead of answered"))]
    {
        let answer = rehearsal.asks(ChannelAction::Answer);
        let headers = format!("Application: answer\nApplication-UUID: {}\nAnswer-State: {state}", id(answer));
        assert_eq!(rehearsal.happened(&event("CHANNEL_EXECUTE_COMPLETE", &headers)), [(answer, outcome)]);
    }
}

#[test]
fn a_stream_starts_when_open_and_fails_in_either_way() {
    let mut rehearsal = Rehearsal::new();
    let stream = rehearsal.asks(start_stream());
    assert_eq!(rehearsal.replied(OK), None, "the variable");
    assert_eq!(rehearsal.replied(ApiAnswer::Ok("Job-UUID: x")), None, "the job was begun");
    let job = |n: u64, output: &str| job_event(&id(n).to_string(), "uuid_audio_stream", output);
    assert_eq!(rehearsal.happened(&job(stream, "+OK Success\n")), [], "the module has begun");
    assert_eq!(
        rehearsal.happened(&stream_event("connect", r#"{"status":"connected"}"#)),
        [(stream, ActionOutcome::Done)]
    );

    let refused = rehearsal.asks(start_stream());
    let outcome = (refused, failed("Operation Failed"));
    assert_eq!(rehearsal.happened(&job(refused, "-ERR Operation Failed\n")), [outcome]);

    let broken = rehearsal.asks(start_stream());
    let error = r#"{"status":"error","message":{"code":6,"error":"Connection refused"}}"#;
    assert_eq!(rehearsal.happened(&stream_event("error", error)), [(broken, failed("Connection refused"))]);
}

#[test]
fn the_stream_of_a_capture_is_started() {
    let mut rehearsal = Rehearsal::new();
    let stream = rehearsal.asks(start_stream());
    let mut settled = Vec::new();
    for event in events("ai_call_flow.out") {
        settled.extend(rehearsal.pending.happened(&event).into_iter().map(short));
    }
    assert_eq!(settled, [(stream, ActionOutcome::Done)]);
}

#[test]
fn a_jobs_output_decides_its_outcome() {
    let mut rehearsal = Rehearsal::new();
    let hold = rehearsal.asks(ChannelAction::Hold { channel: CHANNEL });
    let other = rehearsal.asks(ChannelAction::Hold { channel: CHANNEL });
    let job = |n: u64, output: &str| job_event(&id(n).to_string(), "uuid_hold", output);
    assert_eq!(
        rehearsal.happened(&job(other, "-ERR Operation failed\n")),
        [(other, failed("Operation failed"))],
        "jobs end in any order"
    );
    assert_eq!(rehearsal.happened(&job(99, "+OK\n")), [], "of another program");
    assert_eq!(rehearsal.happened(&job(hold, "+OK Success\n")), [(hold, ActionOutcome::Done)]);
}

/// As captured (`out_hold_uuid`). Otherwise a call would count as on hold, and could not be taken off hold, while the two talk.
#[test]
fn taking_off_a_hold_that_is_over_is_done() {
    let mut rehearsal = Rehearsal::new();
    for (output, outcome) in [
        ("+OK Success\n", ActionOutcome::Done),
        ("-ERR Operation failed\n", ActionOutcome::Done),
        ("-ERR no reply\n", failed("no reply")),
    ] {
        let unhold = rehearsal.asks(ChannelAction::Unhold { channel: CHANNEL });
        let job = job_event(&id(unhold).to_string(), "uuid_hold", output);
        assert_eq!(rehearsal.happened(&job), [(unhold, outcome)], "{output}");
    }
}

#[test]
fn a_bridge_is_done_when_both_are_connected() {
    let mut rehearsal = Rehearsal::new();
    let bridge = rehearsal.asks(ChannelAction::BridgeWith { channel: OTHER });
    let job = job_event(&id(bridge).to_string(), "uuid_bridge", &format!("+OK {OTHER}\n"));
    assert_eq!(rehearsal.happened(&job), []);
    let with = |other: &str| {
        event("CHANNEL_BRIDGE", &format!("Bridge-A-Unique-ID: {CHANNEL}\nBridge-B-Unique-ID: {other}"))
    };
    assert_eq!(rehearsal.happened(&with("cccccccc-0000-4000-8000-000000000002")), [], "with another");
    assert_eq!(rehearsal.happened(&with(&OTHER.to_string())), [(bridge, ActionOutcome::Done)]);
}

#[test]
fn parking_is_done_at_the_applications_end_or_a_timeout() {
    for application in ["socket", "park"] {
        let mut rehearsal = Rehearsal::new();
        let park = rehearsal.asks(ChannelAction::ParkAgain);
        assert_eq!(rehearsal.replied(OK), None);
        let headers = format!("Application: {application}\nApplication-UUID: {}", id(99));
        let done = [(park, ActionOutcome::Done)];
        assert_eq!(rehearsal.happened(&event("CHANNEL_EXECUTE_COMPLETE", &headers)), done);
    }
    let mut rehearsal = Rehearsal::new();
    let park = rehearsal.asks(ChannelAction::ParkAgain);
    assert_eq!(rehearsal.replied(OK), None);
    assert_eq!(rehearsal.pending.next_deadline_ms(), Some(PARKED_AFTER_MS));
    assert_eq!(rehearsal.pending.expire(PARKED_AFTER_MS - 1), []);
    let late: Vec<_> = rehearsal.pending.expire(PARKED_AFTER_MS).into_iter().map(short).collect();
    assert_eq!(late, [(park, ActionOutcome::Done)]);
}

#[test]
fn music_is_done_once_playing_and_stopping_ends_every_prompt() {
    let mut rehearsal = Rehearsal::new();
    let music = rehearsal.asks(ChannelAction::PlayMusic);
    let began = |file: &str| event("PLAYBACK_START", &format!("Playback-File-Path: {file}"));
    assert_eq!(rehearsal.happened(&began(PROMPT)), []);
    assert_eq!(rehearsal.happened(&began("local_stream%3A//moh")), [(music, ActionOutcome::Done)]);
    let [first, second] = [play(), play()].map(|prompt| rehearsal.asks(prompt));
    let hold = rehearsal.asks(ChannelAction::Hold { channel: CHANNEL });
    let stopped: Vec<_> = rehearsal.pending.playback_stopped(CHANNEL).into_iter().map(short).collect();
    let outcome = failed("stopped before it was played to its end");
    assert_eq!(stopped, [(first, outcome.clone()), (second, outcome)]);
    assert!(rehearsal.pending.is_moving(), "{hold} goes on");
}

#[test]
fn a_hang_up_settles_everything_of_its_channel() {
    let mut rehearsal = Rehearsal::new();
    let hold = rehearsal.asks(ChannelAction::Hold { channel: CHANNEL });
    let end = rehearsal.asks(ChannelAction::HangUp(HangupCause::normal_clearing()));
    assert_eq!(rehearsal.replied(OK), None, "of the hold");
    assert_eq!(rehearsal.replied(OK), None, "+OK is not the end");
    let hung_up = "Hangup-Cause: NORMAL_CLEARING";
    assert_eq!(rehearsal.happened(&event_of(&OTHER.to_string(), "CHANNEL_HANGUP", hung_up)), []);
    assert_eq!(
        rehearsal.happened(&event("CHANNEL_HANGUP", hung_up)),
        [(hold, failed("the channel has hung up")), (end, ActionOutcome::Done)]
    );
}

#[test]
fn late_actions_and_those_of_a_lost_link_are_unknown() {
    let mut rehearsal = Rehearsal::new();
    let (hold, prompt) = (rehearsal.asks(ChannelAction::Hold { channel: CHANNEL }), rehearsal.asks(play()));
    assert_eq!(rehearsal.pending.next_deadline_ms(), Some(ESL_ACTION_MS_MAX));
    let late: Vec<_> = rehearsal.pending.expire(ESL_ACTION_MS_MAX).into_iter().map(short).collect();
    assert_eq!(late, [(hold, ActionOutcome::Unknown)]);
    assert_eq!(rehearsal.pending.next_deadline_ms(), Some(ESL_PROMPT_MS_MAX));
    let lost: Vec<_> = rehearsal.pending.lost().into_iter().map(short).collect();
    assert_eq!(lost, [(prompt, ActionOutcome::Unknown)]);
    assert_eq!((rehearsal.pending.next_deadline_ms(), rehearsal.pending.unanswered()), (None, 0));
}

#[test]
fn too_many_requests_of_a_channel_are_refused() {
    let mut rehearsal = Rehearsal::new();
    (0..ESL_ACTIONS_MAX).for_each(|_| {
        rehearsal.asks(ChannelAction::Hold { channel: CHANNEL });
    });
    let music = EslValue::new(STOCK_MUSIC).unwrap();
    let asking =
        ask(&ChannelAction::Hold { channel: CHANNEL }, CHANNEL, Over::Outbound, id(0), &music, None).unwrap();
    let unanswered = rehearsal.pending.unanswered();
    assert!(rehearsal.pending.ask(0, CHANNEL, id(0), &asking, 0).is_err());
    assert_eq!(rehearsal.pending.unanswered(), unanswered, "nothing is to be written");
    assert!(
        rehearsal.pending.ask(0, OTHER, id(0), &asking, 0).is_ok(),
        "another channel has room of its own"
    );
}
