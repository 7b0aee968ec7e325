//! Tests that every provider of a voice has to pass, with the stand-in as a parameter: [`voice_suite`] makes the cases of one.

use std::time::{Duration, Instant};

use cordboard_test_support::audio::silence;
use cordboard_test_support::audiosocket::LegEnd;
use cordboard_test_support::browser;
use cordboard_test_support::control::TaskProgram;
use cordboard_test_support::openai::{Answer, Door, Pace, Script, Trouble, Words};
use cordboard_test_support::server::{ADMIN_TOKEN, Token};
use serde_json::json;

use crate::api;
use crate::client::Client;
use crate::openai::ears::{behind, has_tone, longest_silence, tone_length};
use crate::openai::stage::{DEAD_AIR_MAX, RATE, Talk, ms, words};
use crate::suites::desks::{audio, invited, sees_first, stands, talks};
use crate::world::{Setting, World};

/// The time from the beginning of a call until its caller hears something, whatever the provider does.
const FIRST_SOUND_MAX: Duration = Duration::from_secs(1);

/// A server whose assistant is a stand-in.
pub(crate) trait VoiceStage: Sized {
    /// The provider's name.
    const NAME: &'static str;

    /// Whether it reports when all sound of an answer was sent. Without that report, silence in the middle of an answer is the answer's end: its loss
    /// shows when it does not answer the caller.
    const TELLS_ENDS: bool = true;
    /// How much silence around the sound of an answer may count as a part of it, in ms.
    const QUIET_MS: u64 = 0;

    /// Opens one whose provider follows the script.
    async fn opened(script: Script, more: &[Setting<'_>]) -> Self;

    /// The server.
    fn world(&self) -> &World;

    /// Makes the provider unreachable from now on.
    fn leaves(&self);

    /// Makes it reachable again after this time.
    fn returns_after(&self, away: Duration);

    /// How many connections were opened so far.
    fn connections(&self) -> usize;

    /// When a connection ended, once it has.
    async fn gone(&self, number: usize) -> Instant;

    /// The model's memory on a connection, a line each.
    fn remembers(&self, number: usize) -> String;

    /// How many tools were answered on a connection.
    fn returned(&self, number: usize) -> usize;

    /// Ends a test: no rule of the provider was broken.
    async fn closed(self);

    /// A caller who is answered.
    async fn caller(&self) -> Talk<'_> {
        Talk::at(self.world(), RATE).await
    }
}

const STORY: &str =
    "Once upon a time there was an operator who connected everybody with everybody else, and who never slept";

/// The greeting comes first; words and sound are complete, on both sides.
pub(crate) async fn whole_call<S: VoiceStage>() {
    let script = Script::new()
        .greeting(Answer::say("Good day, how can I help you?", 1000.0, ms(1200)))
        .turn(Answer::say("We open at nine.", 700.0, ms(800)))
        .words(Words::Heard("When do you open?".to_owned(), ms(300)));
    let stage = S::opened(script, &[]).await;
    let talk = stage.caller().await;
    talk.wait_tone_end(1000.0).await;
    talk.ask(700.0).await;
    talk.wait_tone_end(700.0).await;
    talk.wait_written("three lines", async || (talk.transcript().await.len() == 3).then_some(())).await;
    let row = talk.hang_up().await;
    let heard = talk.heard();
    for (hz, length) in [(1000.0, ms(1200)), (700.0, ms(800))] {
        assert_eq!(tone_length(&heard, hz), length, "{hz} Hz");
    }
    let said = [
        "assistant: Good day, how can I help you?",
        "caller: When do you open?",
        "assistant: We open at nine.",
    ];
    assert_eq!(talk.transcript().await, said);
    assert_eq!(talk.caller.report().violations, []);
    assert_eq!(row["provider"], S::NAME);
    assert!(talk.row().await["cost_micros"].as_u64().unwrap() > 0, "it was charged");
    stage.world().balanced().await;
    stage.closed().await;
}

/// Speech cuts the answer where it was heard: journal, transcript and ear agree, and nothing of it comes late.
pub(crate) async fn barge_in<S: VoiceStage>(pace: Pace) {
    let script = Script::new().greeting(Answer::say(STORY, 1000.0, ms(8000)).paced(pace)).turn(Answer::say(
        "Yes?",
        700.0,
        ms(500),
    ));
    let stage = S::opened(script, &[]).await;
    let talk = stage.caller().await;
    talk.wait_tone_for(1000.0, ms(1500)).await;
    talk.ask(700.0).await;
    talk.wait_tone_end(700.0).await;
    let heard_ms = tone_length(&talk.heard(), 1000.0).as_millis() as u64;
    let journalled = talk.event("barge_in").await["heard_ms"].as_u64().unwrap();
    assert!(
        (heard_ms..=heard_ms + S::QUIET_MS).contains(&journalled),
        "heard {heard_ms}, and journalled {journalled}"
    );
    let line = talk.transcript().await.remove(0);
    let line = line.strip_prefix("assistant: ").unwrap();
    assert!(!line.is_empty() && STORY.starts_with(line), "{line:?}");
    let expected = STORY.len() * usize::try_from(heard_ms).unwrap() / 8000;
    assert!(line.len().abs_diff(expected) < 20, "{heard_ms} ms were heard, the transcript says {line:?}");
    talk.hang_up().await;
    stage.closed().await;
}

/// A telephone with voice detection sends nothing while nobody speaks: the turn ends all the same, and is answered while the line sends nothing.
pub(crate) async fn line_without_silence<S: VoiceStage>() {
    let script = Script::new().greeting(Answer::say("Hello.", 1000.0, ms(500))).turn(Answer::say(
        "At nine.",
        700.0,
        ms(800),
    ));
    let stage = S::opened(script, &[]).await;
    let talk = stage.caller().await;
    talk.wait_tone_end(1000.0).await;
    talk.caller.say(&words());
    talk.caller.fall_silent(ms(9_000));
    talk.wait_tone(700.0).await;
    assert!(!talk.caller.has_said(), "it was answered when the line brought silence");
    talk.hang_up().await;
    stage.closed().await;
}

fn tool_script(answer: Answer) -> Script {
    Script::new().greeting(Answer::say("Hello.", 1000.0, ms(500))).turn(answer).after_tools(Answer::say(
        "That did not work.",
        700.0,
        ms(600),
    ))
}

/// Tools that can't be carried out are answered, each once, and the model goes on.
pub(crate) async fn tools<S: VoiceStage>(answer: Answer, count: usize) {
    let stage = S::opened(tool_script(answer), &[]).await;
    let talk = stage.caller().await;
    talk.wait_tone_end(1000.0).await;
    talk.ask(700.0).await;
    assert_eq!(stage.returned(0), count);
    talk.hang_up().await;
    stage.closed().await;
}

/// A tool that runs until a key is pressed: the assistant does not speak during the message that it takes.
pub(crate) async fn slow_tool<S: VoiceStage>() {
    let stage = S::opened(tool_script(Answer::call("take_message", &json!({}))), &[]).await;
    let talk = stage.caller().await;
    talk.wait_tone_end(1000.0).await;
    talk.say_words().await;
    introduced(&talk).await;
    message_left(&talk).await;
    talk.wait("an output", async || (stage.returned(0) == 1).then_some(())).await;
    talk.hang_up().await;
    stage.closed().await;
}

/// A message is being taken: the caller has heard the instructions.
pub(crate) async fn introduced(talk: &Talk<'_>) {
    talk.event("tool_started").await;
    talk.wait("the introduction's end", async || {
        let events = talk.events().await;
        let item = &events.iter().find(|event| event["line"] == "message_intro")?["item"];
        events.iter().find(|event| event["kind"] == "played_until" && event["item"] == *item).map(drop)
    })
    .await;
}

/// The caller leaves their message.
pub(crate) async fn message_left(talk: &Talk<'_>) {
    talk.say_words().await;
    talk.caller.say(&silence(ms(1500), RATE));
    talk.said().await;
    talk.caller.press('#');
    talk.event("message_taken").await;
}

/// Allows calls' tools to send requests to this machine.
pub(crate) const TOOLS_REACH_HERE: [Setting<'static>; 2] =
    [("outbound.allow", "127.0.0.0/8"), ("outbound.plain_http", "true")];

/// Gives the profile a tool `look_up` at an address that does not answer within this time: then the tool fails.
pub(crate) async fn gets_slow_tool(world: &World, url: &str, timeout_ms: u32) {
    let profiles = world.json("/api/v1/agent-profiles").await;
    let path = format!("/api/v1/agent-profiles/{}/tools", profiles["items"][0]["id"].as_str().unwrap());
    let tool = json!({
        "name": "look_up",
        "description": "Looks up an article.",
        "method": "GET",
        "url": url,
        "parameters": { "type": "object", "properties": { "article": { "type": "string" } } },
        "timeout_ms": timeout_ms,
    });
    let made = world.post(&path, &tool, Token::Admin).await;
    assert_eq!(made.status, 201, "{}", made.text());
}

/// The connection is lost while a tool runs: the tool goes on, and the next conversation is told how it ended. That conversation has not called it,
/// so it gets no result.
pub(crate) async fn tool_outlives_its_connection<S: VoiceStage>() {
    let script = tool_script(Answer::call("take_message", &json!({}))).turn(Answer::say(
        "You are welcome.",
        1300.0,
        ms(500),
    ));
    let stage = S::opened(script, &[]).await;
    let talk = stage.caller().await;
    talk.wait_tone_end(1000.0).await;
    talk.say_words().await;
    introduced(&talk).await;
    stage.leaves();
    stage.returns_after(ms(300));
    talk.event("assistant_restored").await;
    message_left(&talk).await;
    let last = stage.connections() - 1;
    let ended = "The tool take_message that you called";
    talk.wait("the tool's end", async || stage.remembers(last).contains(ended).then_some(())).await;
    tokio::time::sleep(ms(4_000)).await;
    assert_eq!((stage.returned(0), stage.returned(last)), (0, 0), "a lost request was answered");
    talk.ask(1300.0).await;
    talk.hang_up().await;
    stage.world().balanced().await;
    stage.closed().await;
}

/// A tool that ends the conversation waits until the words before it were heard.
pub(crate) async fn words_before_a_transfer<S: VoiceStage>() {
    let moving = Answer::say("One moment, I will connect you with a colleague.", 700.0, ms(3000))
        .and_call("transfer_call", &json!({ "target": "operator" }))
        .paced(Pace::Burst);
    let stage = S::opened(tool_script(moving), &[]).await;
    let talk = stage.caller().await;
    talk.wait_tone_end(1000.0).await;
    talk.say_words().await;
    let (end, _) = talk.wait_leg_ended().await;
    assert_eq!(end, LegEnd::Hangup);
    assert_eq!(tone_length(&talk.heard(), 700.0), ms(3000));
    assert_eq!(talk.next().await, "goto people,operator,1");
    stage.closed().await;
}

/// A caller who continues in another language than the greeting's, and is answered in it.
const FOREIGN_QUESTION: &str = "Wann öffnen Sie für Gäste?";
const FOREIGN_ANSWER: &str = "Um neun Uhr öffnen wir für Sie, täglich außer an Feiertagen";

fn struck(trouble: Option<Trouble>) -> Script {
    let answer = Answer::say(FOREIGN_ANSWER, 700.0, ms(6000)).paced(Pace::Times(1.2));
    Script::new()
        .greeting(Answer::say("Good day.", 1000.0, ms(600)))
        .words(Words::Heard(FOREIGN_QUESTION.to_owned(), ms(50)))
        .turn(match trouble {
            Some(trouble) => answer.until(ms(2000), trouble),
            None => answer,
        })
        .greeting(Answer::say("Wie gesagt, um neun Uhr.", 600.0, ms(800)))
        .turn(Answer::say("You are welcome.", 1300.0, ms(500)))
}

/// The connection is lost in the middle of a word: the assistant goes on with what was said, in the caller's language, over another one, without a
/// second greeting or dead air.
pub(crate) async fn survived<S: VoiceStage>(trouble: Trouble, failure: &str) {
    let stage = S::opened(struck(Some(trouble)), &[]).await;
    let talk = stage.caller().await;
    talk.wait_tone_end(1000.0).await;
    talk.ask(700.0).await;
    let before = talk.wait_tone_end(700.0).await;
    let went_on = talk.wait_tone_end(600.0).await;
    let died_at = stage.gone(0).await;
    talk.assert_no_dead_air(died_at, went_on.start);
    assert_eq!(stage.connections(), 2);
    assert_eq!(talk.event("assistant_interrupted").await["failure"], failure);
    let remembered = stage.remembers(1);
    for part in ["Good day.", FOREIGN_QUESTION, "Um neun Uhr"] {
        assert!(remembered.contains(part), "{part:?} is not in:\n{remembered}");
    }
    let said = talk.transcript().await;
    assert_eq!(said[1], format!("caller: {FOREIGN_QUESTION}"));
    let heard = said[2].strip_prefix("assistant: ").unwrap();
    assert!(heard.starts_with("Um neun Uhr") && FOREIGN_ANSWER.starts_with(heard), "{heard:?}");
    assert!(!has_tone(&behind(&talk.heard(), before.end), 1000.0), "the caller was greeted again");
    talk.ask(1300.0).await;
    assert_eq!(stage.world().open_of("provider_connections").await, Some(1));
    talk.hang_up().await;
    stage.world().balanced().await;
    stage.closed().await;
}

/// The provider refuses for good: the built-in assistant takes over.
pub(crate) async fn replaced<S: VoiceStage>(trouble: Trouble, failure: &str) {
    let stage = S::opened(struck(Some(trouble)), &[]).await;
    let talk = stage.caller().await;
    talk.wait_tone_end(1000.0).await;
    talk.ask(700.0).await;
    talk.wait_prompt("assistant_away").await;
    let died_at = stage.gone(0).await;
    talk.assert_no_dead_air(died_at, talk.place_of(died_at) + ms(3000));
    let replaced = talk.event("assistant_replaced").await;
    assert_eq!((&replaced["role"], &replaced["failure"]), (&"standby".into(), &failure.into()));
    talk.hang_up().await;
    stage.closed().await;
}

/// Unreachable for a while: the built-in assistant says so, and the provider comes back and knows what was said.
pub(crate) async fn comes_back<S: VoiceStage>(away: Duration) {
    let stage = S::opened(struck(None), &[]).await;
    let talk = stage.caller().await;
    talk.wait_tone_end(1000.0).await;
    talk.ask(700.0).await;
    tokio::time::sleep(ms(1000)).await;
    stage.leaves();
    stage.returns_after(away);
    talk.wait_prompt("assistant_away").await;
    talk.event("assistant_returned").await;
    talk.wait_tone_end(600.0).await;
    let gone = stage.gone(0).await;
    let remembered = stage.remembers(stage.connections() - 1);
    for part in ["Good day.", FOREIGN_QUESTION, "Um neun", "our assistant can't be reached just now"] {
        assert!(remembered.contains(part), "{part:?} is not in:\n{remembered}");
    }
    assert!(!has_tone(&behind(&talk.heard(), talk.place_of(gone)), 1000.0), "the caller was greeted again");
    talk.ask(1300.0).await;
    assert_eq!(stage.world().open_of("assistants").await, Some(1));
    talk.hang_up().await;
    stage.world().balanced().await;
    stage.closed().await;
}

/// A refusal of the connection that would repeat: the built-in assistant answers.
pub(crate) async fn refused<S: VoiceStage>(status: u16, code: &str, failure: &str) {
    let door = Door::Refuse { status, code: code.to_owned(), retry_after_s: None };
    let script = Script::new().door(door).greeting(Answer::say("Hello.", 1000.0, ms(800)));
    let stage = S::opened(script, &[]).await;
    let talk = stage.caller().await;
    talk.wait_prompt("assistant_away").await;
    assert_eq!(talk.event("assistant_failed").await["failure"], failure);
    let begun = talk.heard().first_sound().unwrap();
    talk.assert_no_dead_air(talk.caller.connected_at(), begun + ms(100));
    talk.hang_up().await;
    stage.closed().await;
}

/// A refusal that may be temporary is retried, and the caller hears something until then.
pub(crate) async fn tried_again<S: VoiceStage>(door: Door) {
    let script = Script::new().door(door).greeting(Answer::say("Hello.", 1000.0, ms(800)));
    let stage = S::opened(script, &[]).await;
    let talk = stage.caller().await;
    let greeted = talk.wait_tone_end(1000.0).await;
    let begun = talk.heard().first_sound().unwrap();
    assert!(begun <= FIRST_SOUND_MAX, "{begun:?} until the first sound");
    talk.assert_no_dead_air(talk.caller.connected_at(), greeted.start);
    assert_eq!(talk.events_of("assistant_replaced").await.len(), 0);
    talk.hang_up().await;
    stage.closed().await;
}

/// Messages that are not an event, or an unknown one, each in the middle of an answer, change nothing.
pub(crate) async fn passes_over<S: VoiceStage>([greeting, first, second]: [Trouble; 3]) {
    let script = Script::new()
        .greeting(Answer::say("Good day.", 1000.0, ms(2000)).until(ms(500), greeting))
        .turn(Answer::say("We open at nine.", 700.0, ms(1000)).until(ms(500), first))
        .turn(Answer::say("We close at five.", 600.0, ms(1000)).until(ms(500), second))
        .turn(Answer::say("Yes?", 1300.0, ms(500)));
    let stage = S::opened(script, &[]).await;
    let talk = stage.caller().await;
    talk.wait_tone_end(1000.0).await;
    for hz in [700.0, 600.0] {
        talk.ask(hz).await;
        talk.wait_tone_end(hz).await;
    }
    talk.ask(1300.0).await;
    let heard = talk.heard();
    for (hz, length) in [(1000.0, ms(2000)), (700.0, ms(1000)), (600.0, ms(1000))] {
        assert_eq!(tone_length(&heard, hz), length, "{hz} Hz");
    }
    assert_eq!(stage.connections(), 1);
    talk.hang_up().await;
    stage.closed().await;
}

/// The browsers' sample rate, in Hz.
const BROWSERS_RATE: u32 = 24_000;
const QUESTION: &str = "When do you open?";
const ANSWER: &str = "We open at nine.";

/// A visitor who talks with the assistant on a page, and the id of their call.
pub(crate) async fn visitor(world: &World) -> (browser::Caller, String) {
    let profile = world.json("/api/v1/agent-profiles").await["items"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/agent-profiles/{profile}/test-calls");
    let tried = json!({ "version": "published" });
    let begun = api::ask(world.addresses.http, "POST", &path, Token::Admin, Some(&tried)).await.json();
    let call = begun["call_id"].as_str().unwrap().to_owned();
    let token = begun["token"].as_str().unwrap();
    (browser::Caller::connect_here(world.addresses.http, token, BROWSERS_RATE).await, call)
}

/// A message that a visitor writes on their page is a turn: it cuts the current speech, is in the transcript once, and is answered aloud and in
/// writing.
pub(crate) async fn typed_words<S: VoiceStage>() {
    // To some providers it is the caller's turn, to others a request.
    let answer = || Answer::say(ANSWER, 700.0, ms(800));
    let script = Script::new()
        .greeting(Answer::say(STORY, 1000.0, ms(8000)).paced(Pace::Times(1.3)))
        .greeting(answer())
        .turn(answer());
    let stage = S::opened(script, &[]).await;
    let world = stage.world();
    let (visitor, call) = visitor(world).await;
    // Checked only now and then, because what was heard grows.
    let hears = async |hz: f64, length: Duration| {
        for _ in 0..200 {
            if tone_length(&visitor.heard(), hz) >= length {
                return;
            }
            tokio::time::sleep(ms(100)).await;
        }
        let journal = world.json(&format!("/api/v1/calls/{call}/events?limit=200")).await;
        panic!("{hz} Hz are not heard for {length:?}: {journal}");
    };
    hears(1000.0, ms(1500)).await;
    visitor.send(&json!({ "type": "typed", "text": QUESTION }).to_string());
    hears(700.0, ms(700)).await;
    assert!(tone_length(&visitor.heard(), 1000.0) < ms(2500), "what was being said went on");
    assert!(visitor.clears() > 0, "what waited was not thrown away");
    let lines = async || {
        let transcript = world.json(&format!("/api/v1/calls/{call}/transcript")).await;
        let line = |line: &serde_json::Value| format!("{}: {}", text(&line["role"]), text(&line["text"]));
        transcript["items"].as_array().unwrap().iter().map(line).collect::<Vec<_>>()
    };
    world.until("three lines", async || (lines().await.len() == 3).then_some(())).await;
    let said = lines().await;
    assert!(said[0].starts_with("assistant: Once upon a time"), "{said:?}");
    assert_eq!(said[1..], [format!("caller: {QUESTION}"), format!("assistant: {ANSWER}")]);
    let shown = visitor.shown().iter().filter(|line| line["text"] == QUESTION).count();
    assert_eq!(shown, 1, "their own words on their page");
    let remembered = stage.remembers(0);
    assert!(remembered.contains(QUESTION), "{QUESTION:?} is not in:\n{remembered}");
    visitor.hang_up();
    world
        .until("the call's end", async || {
            let row = world.json(&format!("/api/v1/calls/{call}")).await;
            (row["state"] == "ended").then_some(())
        })
        .await;
    visitor.finish();
    stage.closed().await;
}

/// Ten seconds of sound that arrive at once are heard whole, evenly, and not faster than they are spoken.
pub(crate) async fn burst<S: VoiceStage>() {
    let script = Script::new()
        .greeting(Answer::say("Hello.", 1000.0, ms(600)))
        .turn(Answer::say(STORY, 700.0, ms(10_000)).paced(Pace::Burst));
    let stage = S::opened(script, &[]).await;
    let talk = stage.caller().await;
    talk.wait_tone_end(1000.0).await;
    talk.ask(700.0).await;
    let span = talk.wait_tone_end(700.0).await;
    assert_eq!(tone_length(&talk.heard(), 700.0), ms(10_000));
    // Sound at another rate than the telephone's begins and ends within a frame.
    assert!(span.length() <= ms(10_020), "{span:?}");
    let report = talk.caller.report();
    assert_eq!(report.violations, []);
    let pacing = report.pacing().unwrap();
    assert_eq!((pacing.p50_ms, pacing.max_ms, pacing.most_together), (20.0, 20.0, 1));
    talk.hang_up().await;
    stage.closed().await;
}

/// A provider that falls silent in the middle of a word is replaced by another connection, without dead air.
pub(crate) async fn hung<S: VoiceStage>() {
    let stage = S::opened(struck(Some(Trouble::Hang)), &[]).await;
    let talk = stage.caller().await;
    talk.wait_tone_end(1000.0).await;
    talk.ask(700.0).await;
    let mut silent_since = talk.wait_tone_end(700.0).await.end;
    if !S::TELLS_ENDS {
        talk.say_words().await;
        // After a pause their turn is over.
        silent_since = talk.heard().length() + ms(500);
    }
    let went_on = talk.wait_tone_end(600.0).await;
    let silence = longest_silence(&talk.heard(), silent_since, went_on.start);
    assert!(silence <= DEAD_AIR_MAX, "{silence:?} of silence");
    assert_eq!(talk.event("assistant_interrupted").await["failure"], "stalled");
    assert_eq!(stage.connections(), 2);
    talk.hang_up().await;
    stage.closed().await;
}

/// A caller who says nothing is asked whether they are still there.
pub(crate) async fn silent_caller<S: VoiceStage>() {
    let asked = || Answer::say("Are you still there?", 700.0, ms(800));
    let script =
        Script::new().greeting(Answer::say("Hello.", 1000.0, ms(600))).greeting(asked()).turn(asked());
    let stage = S::opened(script, &[("calls.silence_prompt_s", "5")]).await;
    let talk = stage.caller().await;
    let greeted = talk.wait_tone_end(1000.0).await;
    let asked = talk.wait_tone_end(700.0).await;
    let waited = asked.start.saturating_sub(greeted.end);
    assert!((ms(5_000)..ms(6_500)).contains(&waited), "asked after {waited:?}");
    talk.event("silence_prompted").await;
    talk.hang_up().await;
    stage.closed().await;
}

/// A person takes the call over and hands it back with a note: the model knows the note, and answers again.
pub(crate) async fn handed_back<S: VoiceStage>() {
    let again = || Answer::say("Welcome back.", 600.0, ms(800));
    let script = Script::new()
        .greeting(Answer::say("Good day.", 1000.0, ms(600)))
        .greeting(again())
        .turn(again())
        .turn(again());
    let stage = S::opened(script, &[]).await;
    let server = Client { http: stage.world().addresses.http };
    let ada = invited(server, ADMIN_TOKEN, "Ada", "agent").await;
    talks(server, ADMIN_TOKEN, &ada, "ada", "browser").await;
    let mut profile = stage.world().json("/api/v1/agent-profiles").await["items"][0].clone();
    let path = format!("/api/v1/agent-profiles/{}", text(&profile["id"]));
    profile.as_object_mut().unwrap().remove("id");
    profile["dtmf_actions"] =
        json!([{ "digits": "0", "action": { "action": "transfer_call", "target": "ada" } }]);
    let set = stage.world().put(&path, &profile, Token::Admin).await;
    assert_eq!(set.status, 200, "{}", set.text());
    let mut desk = TaskProgram::at_desk(server.http, &ada.token).await;
    let snapshot = desk.event().await;
    sees_first((&mut desk, &snapshot), &ada, "available").await;

    let talk = stage.caller().await;
    talk.wait_tone_end(1000.0).await;
    talk.caller.press('0');
    let offer = desk.event_of("offered").await["offer"].clone();
    desk.done(json!({ "command": "accept", "offer_id": offer["id"] })).await;
    stands(&mut desk, &offer["call_id"], "connecting").await;
    let ada = audio(server, &mut desk, &offer["call_id"]).await;
    stands(&mut desk, &offer["call_id"], "talking").await;
    let note = "They want the blue one.";
    desk.done(json!({ "command": "hand_back", "call_id": offer["call_id"], "note": note })).await;
    assert_eq!(talk.event("handed_back").await["note"], note);
    let back = talk.wait_tone_end(600.0).await;
    talk.wait("the end of the agent's audio", async || ada.is_let_go().then_some(())).await;
    talk.say_words().await;
    talk.wait("an answer", async || has_tone(&behind(&talk.heard(), back.end), 600.0).then_some(())).await;
    let last = stage.connections() - 1;
    let remembered = stage.remembers(last);
    assert!(remembered.contains(note), "{note:?} is not in:\n{remembered}");
    talk.hang_up().await;
    stage.closed().await;
}

fn text(value: &serde_json::Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Makes a test of each case, in virtual time.
macro_rules! voice_cases {
    ($($name:ident: $case:expr;)+) => {
        $(#[test] fn $name() { $crate::world::virtually(async || $case.await); })+
    };
}
pub(crate) use voice_cases;

/// The cases of one provider. The unit tests of its `failures.rs` tell its failures apart: here a close, a refusal, and a loss of each outcome are
/// enough.
macro_rules! voice_suite {
    ($stage:ty) => {
        use cordboard_test_support::openai::{Answer, Door, Pace, Trouble};
        use serde_json::json;

        use crate::openai::stage::ms;
        use crate::suites::voice;
        use crate::world::virtually;

        fn refused(status: u16, code: &str) -> Door {
            Door::Refuse { status, code: code.to_owned(), retry_after_s: None }
        }

        $crate::suites::voice::voice_cases! {
            a_call_is_whole_on_both_sides: voice::whole_call::<$stage>();
            speech_cuts_an_arriving_answer_at_what_was_heard: voice::barge_in::<$stage>(Pace::Times(1.3));
            speech_cuts_a_fully_received_answer_at_what_was_heard: voice::barge_in::<$stage>(Pace::Burst);
            a_turn_ends_on_a_line_that_sends_no_silence: voice::line_without_silence::<$stage>();
            typed_words_are_a_turn: voice::typed_words::<$stage>();
            ten_seconds_in_one_burst_are_heard_whole_and_evenly: voice::burst::<$stage>();
            silent_in_the_middle_of_a_word_it_is_reconnected: voice::hung::<$stage>();
            a_caller_who_says_nothing_is_asked: voice::silent_caller::<$stage>();
            handed_back_it_knows_the_note_and_answers: voice::handed_back::<$stage>();
            refused_unknown_and_bad_tools_are_answered_once_each: voice::tools::<$stage>(
                Answer::call("transfer_call", &json!({ "target": "the pope" }))
                    .and_call("call_the_moon", &json!({}))
                    .and_call_with_text("transfer_call", "{\"target\":"),
                3,
            );
            the_assistant_is_silent_during_a_message: voice::slow_tool::<$stage>();
            a_transfer_waits_until_the_words_before_it_were_heard: voice::words_before_a_transfer::<$stage>();
            reset_it_goes_on_in_the_callers_language:
                voice::survived::<$stage>(Trouble::Abort, "disconnected");
            expired_in_the_middle_of_an_answer_it_goes_on:
                voice::survived::<$stage>(Trouble::Expire, "session_expired");
            closed_with_1008_the_built_in_assistant_takes_over:
                voice::replaced::<$stage>(Trouble::Close(1008), "unauthorized");
            away_for_four_seconds_it_comes_back: voice::comes_back::<$stage>(ms(4_000));
            an_empty_account_brings_the_built_in_assistant_at_once:
                voice::refused::<$stage>(429, "insufficient_quota", "quota_exhausted");
            garbage_is_ignored: voice::passes_over::<$stage>(
                [Trouble::UnknownEvents, Trouble::MalformedJson, Trouble::Binary],
            );
        }

        #[test]
        fn a_connection_that_is_refused_is_retried() {
            for door in [refused(429, "rate_limit_exceeded"), Door::Mute, Door::Silent, Door::Slow(ms(1_500))]
            {
                virtually(async || voice::tried_again::<$stage>(door.clone()).await);
            }
        }
    };
}

pub(crate) use voice_suite;
