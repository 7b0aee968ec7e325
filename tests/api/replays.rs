//! Replays of calls with profiles, and runs of examples, with the stand-in for OpenAI.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cordboard::store::change;
use cordboard_actors::assistant::OpenAi;
use cordboard_actors::assistant::openai::{AudioChoice, DialectChoice, OpenAiSettings};
use cordboard_actors::world;
use cordboard_schema::call::Direction;
use cordboard_schema::custom_tool::OfferedTool;
use cordboard_schema::dialler_call::SET_DISPOSITION;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Decision, Event, Fact, PlayedEnd};
use cordboard_schema::ids::{CallId, CustomToolId, EffectId, ExampleId, ItemId, ProfileId, ReplayId};
use cordboard_schema::outbound::Dialled;
use cordboard_schema::permission::Role;
use cordboard_schema::profile_version::DraftSlot;
use cordboard_schema::replay::{Example, Expectations, Replay, ReplayKind, ReplayResult, ReplayState};
use cordboard_schema::tool::{ToolName, ToolOrigin, ToolOutcome};
use cordboard_schema::voice_chain::DataRegion;
use cordboard_test_support::openai::{Answer, OpenAiStandIn, Script, Trouble};
use serde_json::{Value, json};

use crate::entries::Conversation;
use crate::isolation::{another_organization, somebody};
use crate::people::bearer;
use crate::setup::{MODEL, Setup};

const MS: fn(u64) -> Duration = Duration::from_millis;
/// Longest time of a replay.
const LIMIT: Duration = Duration::from_secs(30);
const LEAD: &str =
    r#"{"name":"Ada","phone":"+49301234","need":"a roof","urgency":"","budget":"","address":""}"#;

/// A replay and an example, for tests that use all routes.
pub(crate) fn kept(setup: &Setup, profile_id: &str, call_id: CallId) -> (String, String) {
    let profile_id: ProfileId = profile_id.parse().unwrap();
    let (id, example_id) = (ReplayId(world::new_id()), ExampleId(world::new_id()));
    let replay = Replay {
        id,
        profile_id,
        kind: ReplayKind::Call,
        call_id: Some(call_id),
        asked_by: String::new(),
        version: None,
        draft: DraftSlot::A,
        draft_revision: 1,
        state: ReplayState::Done,
        reason: None,
        steps: 1,
        steps_done: 1,
        cost_micros: 0,
        started_at: crate::entries::now(),
        ended_at: Some(crate::entries::now()),
        result: ReplayResult::default(),
    };
    let words = vec!["roof".to_owned()];
    let expectations = Expectations { words, ..Expectations::default() };
    let name = "Roof".to_owned();
    let created_at = crate::entries::now();
    let example =
        Example { id: example_id, profile_id, call_id, turn_seq: None, name, expectations, created_at };
    let organization_id = setup.store.organization_id();
    setup.change(move |connection| {
        change::begin_replay(connection, organization_id, &replay, world::now())?.unwrap();
        change::create_example(connection, organization_id, &example)?.unwrap();
        Ok(())
    });
    (id.to_string(), example_id.to_string())
}

/// A server whose assistant is the stand-in's model.
fn open(script: Script) -> (Setup, OpenAiStandIn) {
    let provider = OpenAiStandIn::start(script).unwrap();
    let setup = Setup::open();
    let settings = OpenAiSettings {
        api_key: Some("sk-of-the-tests".to_owned()),
        base_url: provider.base_url(),
        // The model has the price of its name without the date.
        model: format!("{MODEL}-2026-05-01"),
        headers: Vec::new(),
        query: Vec::new(),
        dialect: DialectChoice::Auto,
        transcription_model: String::new(),
        audio: AudioChoice::Auto,
        stall_timeout: Duration::from_secs(4),
        append_ms: 20,
    };
    let prompts = cordboard::starts::prompts().unwrap();
    *setup.voice.lock().unwrap() = Some(Arc::new(OpenAi::new(settings, prompts).unwrap()));
    (setup, provider)
}

fn say(text: &str) -> Answer {
    Answer::say(text, 800.0, MS(200))
}

/// Creates a finished call: a greeting, a request that was written as a lead, a goodbye.
pub(crate) fn stored(setup: &Setup) -> String {
    stored_in(setup, None)
}

/// The same for a call whose words must stay in this region.
pub(crate) fn stored_in(setup: &Setup, region: Option<DataRegion>) -> String {
    stored_as(setup, |began| {
        if let Fact::CallStarted { profile, .. } = began {
            Arc::make_mut(profile).speech.must_stay_in = region;
        }
    })
}

/// The same for a call whose beginning is changed.
fn stored_as(setup: &Setup, alter: impl FnOnce(&mut Fact)) -> String {
    let mut call = Conversation::new(setup.store.organization_id());
    let mut item = 0;
    let mut answered = |call: &mut Conversation, text: &str| {
        item += 1;
        let (item, text) = (ItemId(item), text.to_owned());
        call.entry(Decision::AssistantSaid { item, text, heard_ms: 900, end: PlayedEnd::Finished })
    };
    let mut started = call.started();
    if let Event::Fact(began) = &mut started.event {
        alter(began);
    }
    let mut entries = vec![started, call.entry(Decision::Answered)];
    entries.push(answered(&mut call, "Good day."));
    entries.push(call.said("I need a new roof."));
    let tool_call = "call_1".to_owned();
    let (name, arguments) = ("create_lead".to_owned(), serde_json::from_str(LEAD).unwrap());
    entries.push(call.entry(Fact::ToolCall { tool_call: tool_call.clone(), name: name.clone(), arguments }));
    let (effect, origin) = (EffectId(1), ToolOrigin::Assistant { tool_call });
    entries.push(call.entry(Decision::ToolStarted { effect, tool: ToolName::CreateLead, origin }));
    let outcome = ToolOutcome::done("Written down as lead 7.");
    entries.push(call.entry(Decision::ToolFinished { effect, tool: name, outcome, took_ms: 5 }));
    entries.push(answered(&mut call, "We call you back."));
    entries.push(call.said("Thank you, goodbye."));
    entries.push(answered(&mut call, "Goodbye."));
    entries.extend(call.ended(NextStep::Hangup));
    setup.journal(entries);
    call.call_id.to_string()
}

fn profile(setup: &Setup) -> String {
    setup.json("/api/v1/agent-profiles")["items"][0]["id"].as_str().unwrap().to_owned()
}

pub(crate) fn at(setup: &Setup, rest: &str) -> String {
    format!("/api/v1/agent-profiles/{}{rest}", profile(setup))
}

/// Has the draft offer these tools.
fn draft(setup: &Setup, instructions: &str) {
    let tools = ["create_lead", "send_sms", "end_call"];
    let change = json!({ "instructions": instructions, "tools": tools, "publish": false });
    assert_eq!(setup.send("PATCH", &at(setup, ""), &change).status, 200);
}

/// Waits until a replay has this state.
fn wait(setup: &Setup, id: &Value, awaited: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let replay = setup.json(&at(setup, &format!("/replays/{}", id.as_str().unwrap())));
        if is_so(&replay) {
            return replay;
        }
        assert!(began.elapsed() < LIMIT, "{awaited} did not happen: {replay:#}");
        std::thread::sleep(MS(10));
    }
}

pub(crate) fn over(setup: &Setup, begun: &Value) -> Value {
    wait(setup, &begun["id"], "the end", |replay| replay["state"] != "running")
}

fn begin(setup: &Setup, call: &str) -> Value {
    let begun = setup.send("POST", &at(setup, "/replays"), &json!({ "call_id": call }));
    assert_eq!(begun.status, 201, "{begun:?}");
    begun.json()
}

#[test]
fn a_replay_with_the_draft_runs_no_tool() {
    let lead: Value = serde_json::from_str(LEAD).unwrap();
    let text = json!({ "text": "We call you back." });
    let script = Script::new()
        .greeting(say("Good day."))
        .turn(Answer::call("create_lead", &lead).and_call("send_sms", &text))
        .after_tools(say("Noted, and a text is on its way."))
        .turn(say("Goodbye."));
    let (setup, provider) = open(script);
    let call = stored(&setup);
    draft(&setup, "You answer for a roofer.");
    let replay = over(&setup, &begin(&setup, &call));
    assert_eq!((&replay["state"], &replay["provider"]), (&json!("done"), &json!("openai")), "{replay:#}");
    assert_eq!((&replay["steps"], &replay["steps_done"]), (&json!(3), &json!(3)));
    let turns = &replay["call"]["turns"];
    assert_eq!(turns[0]["new"]["said"], "Good day.");
    assert_eq!(
        (&turns[1]["caller"], &turns[1]["old"]["said"]),
        (&json!("I need a new roof."), &json!("We call you back."))
    );
    let tools = &turns[1]["new"]["tools"];
    assert_eq!(
        (&tools[0]["answered_from"], &tools[0]["outcome"]["note"]),
        (&json!("recorded"), &json!("Written down as lead 7."))
    );
    assert_eq!(tools[1]["answered_from"], "stand_in");
    let marks = json!({ "words": "different", "tools_missing": [], "tools_added": ["send_sms"] });
    assert_eq!(turns[1]["marks"], marks);
    assert_eq!((&turns[2]["marks"]["words"], &replay["turns_changed"]), (&json!("same"), &json!(1)));
    assert_eq!(replay["call"]["old_outcomes"], json!(["lead"]));
    assert_eq!(replay["call"]["new_outcomes"], json!(["lead", "text"]));
    assert_eq!((&replay["call"]["end"], &replay["draft_revision"]), (&json!("whole"), &json!(2)));
    // Four answers with 1,000 input tokens and 50 output tokens.
    assert_eq!(replay["cost_micros"], 4 * (1_000 + 2 * 50));

    let connection = provider.connection(0).unwrap();
    let session = connection.from_client("session.update").next().unwrap().event["session"].clone();
    assert!(session["instructions"].as_str().unwrap().contains("You answer for a roofer."), "{session}");
    assert_eq!(
        (&session["output_modalities"], session["tools"].as_array().unwrap().len()),
        (&json!(["text"]), 3)
    );
    let received = connection.conversation.lines();
    assert!(received.contains(&"user: I need a new roof.".to_owned()), "{received:?}");
    assert!(
        received.iter().any(|line| line.starts_with("returned ") && line.contains("nothing was carried out")),
        "{received:?}"
    );

    for (path, what) in [("/api/v1/leads", "lead"), ("/api/v1/messages", "message")] {
        assert_eq!(setup.json(path)["items"], json!([]), "a {what} was made");
    }
    assert_eq!(setup.json("/api/v1/calls")["items"].as_array().unwrap().len(), 1, "a call was created");
    assert_eq!(setup.heard(), Vec::<String>::new(), "the registry got a request");
    let listed = setup.json(&at(&setup, "/replays"));
    assert_eq!(listed["items"][0]["id"], replay["id"], "the replay is in the list");
    let audit = setup.json("/api/v1/audit-log");
    assert!(
        audit["items"].as_array().unwrap().iter().any(|line| line["action"] == "profile.replayed"),
        "{audit}"
    );
    provider.finish();
}

#[test]
fn a_call_that_we_made_is_replayed_as_it_was() {
    let script = Script::new()
        .greeting(say("Good day."))
        .turn(Answer::call("set_disposition", &json!({})))
        .after_tools(say("Noted."))
        .turn(say("Goodbye."));
    let (setup, provider) = open(script);
    let dialled: Dialled = serde_json::from_value(json!({
        "target": { "dial": "number", "number": "+493012345" }, "answer_timeout_ms": 30_000,
        "voicemail": { "do": "hang_up" }, "kind": "asterisk", "switch": "pbx1",
        "channel": uuid::Uuid::nil(), "variables": { "first_name": "Ada" },
    }))
    .unwrap();
    let tool = |id, name: &str| OfferedTool {
        id,
        name: name.to_owned(),
        description: "A tool.".to_owned(),
        parameters: Arc::new(json!({ "type": "object", "properties": {} })),
        timeout_ms: 1_000,
    };
    let of_list = tool(SET_DISPOSITION, "set_disposition");
    let removed = tool(CustomToolId(uuid::Uuid::now_v7()), "removed_since");
    let call = stored_as(&setup, |began| {
        let Fact::CallStarted { profile, direction, dialled: made, .. } = began else {
            panic!("no beginning")
        };
        Arc::make_mut(profile).custom_tools.extend([of_list, removed]);
        (*direction, *made) = (Direction::Outbound, Some(Arc::new(dialled)));
    });
    draft(&setup, "You call {{lead.first_name}}.{{caller_number}}");
    let replay = over(&setup, &begin(&setup, &call));
    assert_eq!(replay["state"], "done", "{replay:#}");
    let tools = &replay["call"]["turns"][1]["new"]["tools"];
    assert_eq!(
        (&tools[0]["name"], &tools[0]["outcome"]["outcome"]),
        (&json!("set_disposition"), &json!("done"))
    );

    let connection = provider.connection(0).unwrap();
    let session = connection.from_client("session.update").next().unwrap().event["session"].clone();
    let instructions = session["instructions"].as_str().unwrap();
    assert!(instructions.contains("You call Ada.\n"), "{instructions}");
    let mut offered: Vec<&str> =
        session["tools"].as_array().unwrap().iter().filter_map(|tool| tool["name"].as_str()).collect();
    offered.sort_unstable();
    assert_eq!(offered, ["create_lead", "end_call", "send_sms", "set_disposition"]);
    let lines = connection.conversation.lines();
    let errand = "this call is made by you, to +493012345. Known of it: first_name: Ada";
    assert!(lines.first().is_some_and(|line| line.ends_with(errand)), "{lines:?}");
    provider.finish();
}

#[test]
fn a_dying_provider_is_reported_and_earlier_findings_stay() {
    let script = Script::new().greeting(say("Good day.")).turn(Answer::never(Trouble::Abort));
    let (setup, provider) = open(script);
    let call = stored(&setup);
    let replay = over(&setup, &begin(&setup, &call));
    assert_eq!((&replay["state"], &replay["steps_done"]), (&json!("failed"), &json!(1)), "{replay:#}");
    let reason = replay["reason"].as_str().unwrap();
    assert!(reason.contains("the connection to the provider"), "{reason}");
    assert_eq!(replay["call"]["turns"][0]["new"]["said"], "Good day.");
    let _ = provider.into_violations();
}

#[test]
fn replays_can_be_stopped_and_only_two_run_at_once() {
    let script = Script::new().turn(Answer::never(Trouble::Hang)).turn(Answer::never(Trouble::Hang));
    let (setup, provider) = open(script);
    let call = stored(&setup);
    let both = [begin(&setup, &call), begin(&setup, &call)];
    for begun in &both {
        wait(&setup, &begun["id"], "the first answer", |replay| replay["steps_done"] == 1);
    }
    let third = setup.send("POST", &at(&setup, "/replays"), &json!({ "call_id": call }));
    assert_eq!(third.problem_code(429), "share_used_up");
    let path = at(&setup, &format!("/replays/{}/stop", both[0]["id"].as_str().unwrap()));
    let stopped = setup.send("POST", &path, &json!({})).json();
    assert_eq!(stopped["state"], "stopped");
    assert_eq!(stopped["call"]["turns"].as_array().unwrap().len(), 1, "earlier findings stay");
    begin(&setup, &call);
    drop(setup);
    let _ = provider.into_violations();
}

#[test]
fn calls_of_other_organizations_can_not_be_replayed() {
    let setup = Setup::open();
    let call = stored(&setup);
    let eve = somebody(&setup, another_organization(&setup), Role::Owner);
    let hers = bearer(&setup, "POST", "/api/v1/agent-profiles", &eve, &json!({ "name": "hers" })).json();
    let expectations = json!({ "words": ["roof"] });
    let of = |call: &str| {
        let path = |rest: &str| format!("/api/v1/agent-profiles/{}/{rest}", hers["id"].as_str().unwrap());
        let replay = bearer(&setup, "POST", &path("replays"), &eve, &json!({ "call_id": call }));
        let example = json!({ "call_id": call, "name": "Roof", "expectations": expectations });
        let example = bearer(&setup, "POST", &path("examples"), &eve, &example);
        [replay, example].map(|answer| answer.problem(404))
    };
    assert_eq!(of(&call), of(&uuid::Uuid::now_v7().to_string()), "as for an absent call");
}

#[test]
fn the_built_in_assistant_replays_what_it_can() {
    let setup = Setup::open();
    let call = stored(&setup);
    let replay = over(&setup, &begin(&setup, &call));
    assert_eq!((&replay["state"], &replay["provider"]), (&json!("done"), &json!("builtin")), "{replay:#}");
    let turns = &replay["call"]["turns"];
    assert_eq!(turns[0]["new"]["said"], *cordboard_test_support::ear::words("greeting"));
    assert_eq!(turns[1]["marks"]["tools_missing"], json!(["create_lead"]), "it asks for no tools");
}

#[test]
fn examples_fail_with_the_sentence_that_explains_it() {
    let script = Script::new()
        .greeting(say("Good day."))
        .turn(say("A roof is free of charge. Anything else?"))
        .turn(say("Goodbye."))
        .turn(say("Goodbye, and thank you."));
    let (setup, provider) = open(script);
    let call = stored(&setup);
    let refused = setup.send("POST", &at(&setup, "/example-runs"), &json!({}));
    assert_eq!(refused.problem_code(409), "no_examples");
    let whole = json!({
        "call_id": call, "name": "A new roof",
        "expectations": { "tools": ["create_lead"], "forbidden": ["free of charge"] },
    });
    assert_eq!(setup.send("POST", &at(&setup, "/examples"), &whole).status, 201);
    let replayed = setup.json(&format!("/api/v1/calls/{call}/transcript"));
    let last = replayed["items"].as_array().unwrap().iter().rfind(|line| line["role"] == "caller").unwrap();
    let exchange = json!({
        "call_id": call, "turn_seq": last["seq"], "name": "Goodbye", "expectations": { "words": ["goodbye"] },
    });
    assert_eq!(setup.send("POST", &at(&setup, "/examples"), &exchange).status, 201);
    let run = setup.send("POST", &at(&setup, "/example-runs"), &json!({}));
    assert_eq!(run.status, 201, "{run:?}");
    let run = over(&setup, &run.json());
    assert_eq!(
        (&run["state"], &run["passed"], &run["failed"]),
        (&json!("done"), &json!(1), &json!(1)),
        "{run:#}"
    );
    let examples = &run["examples"];
    assert_eq!((&examples[0]["verdict"], &examples[1]["verdict"]), (&json!("failed"), &json!("passed")));
    let checks = &examples[0]["checks"];
    assert_eq!((&checks[0]["kind"], &checks[0]["met"]), (&json!("tool"), &json!(false)));
    assert_eq!(checks[1]["sentence"], "A roof is free of charge.");
    assert_eq!(examples[1]["checks"][0]["sentence"], "Goodbye, and thank you.");
    let lines = provider.connection(1).unwrap().conversation.lines();
    assert_eq!(lines[..2], ["assistant: Good day.", "user: I need a new roof."]);
    assert!(lines[2].starts_with("called create_lead {"), "{lines:?}");
    let returned = "returned {\"result\":\"Written down as lead 7.\"}";
    assert_eq!(lines[3..5], [returned, "assistant: We call you back."]);
    provider.finish();

    let path = at(&setup, &format!("/examples/{}", examples[0]["example_id"].as_str().unwrap()));
    let changed = json!({ "name": "Roofs", "expectations": { "words": ["roof"] } });
    assert_eq!(setup.send("PUT", &path, &changed).json()["name"], "Roofs");
    let nothing = json!({ "name": "Roofs", "expectations": {} });
    assert_eq!(setup.send("PUT", &path, &nothing).problem_code(422), "invalid");
    assert_eq!(setup.send("DELETE", &path, &json!({})).status, 204);
    assert_eq!(setup.json(&at(&setup, "/examples"))["items"].as_array().unwrap().len(), 1);
}

/// The figure in docs/figures.md: 70 ms of each answer is the provider's time.
#[test]
fn a_three_minute_call_is_replayed_in_seconds() {
    let (setup, provider) = open(Script::new());
    let mut call = Conversation::new(setup.store.organization_id());
    let mut entries = vec![call.started(), call.entry(Decision::Answered)];
    // Fifteen exchanges of 12 s.
    for turn in 0..15 {
        entries.push(call.said(&format!("Question {turn}, which takes its time.")));
        let (item, text) =
            (ItemId(turn + 1), "An answer of two sentences. It takes its time, too.".to_owned());
        entries.push(call.entry(Decision::AssistantSaid {
            item,
            text,
            heard_ms: 6_000,
            end: PlayedEnd::Finished,
        }));
    }
    entries.extend(call.ended(NextStep::Hangup));
    setup.journal(entries);
    let began = Instant::now();
    let replay = over(&setup, &begin(&setup, &call.call_id.to_string()));
    let took = began.elapsed();
    assert_eq!((&replay["state"], &replay["steps_done"]), (&json!("done"), &json!(16)), "{replay:#}");
    println!("replay of a 3-minute call: {:.1} s ({} answers)", took.as_secs_f64(), 16);
    assert!(took < Duration::from_secs(20), "{took:?}");
    provider.finish();
}
