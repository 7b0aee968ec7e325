//! Predictive campaigns: agents of a queue talk with the callees who answer, and a callee for whom no agent is free hears why.

use std::path::Path;
use std::time::Duration;

use cordboard_test_support::audio::Sound;
use cordboard_test_support::control::TaskProgram;
use cordboard_test_support::desk::Person;
use cordboard_test_support::ear::speech;
use cordboard_test_support::freeswitch::{Extension, Phone};
use cordboard_test_support::openai::{Answer, OpenAiStandIn, Script};
use cordboard_test_support::server::{ADMIN_TOKEN, Token};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{Desk, PEOPLE, TALK};
use crate::book::Book;
use crate::client::Client;
use crate::suites::desks::{audio, hears_something, invited, sees, sees_first};
use crate::suites::handoff::Party;
use crate::world::{Stage, virtually, when};

/// The words for callees for whom no agent is free, and the pitch of their voice, in Hz.
pub(super) const MESSAGE: &str = "This was Miller. Please call 030 1234.";
pub(super) const VOICE_HZ: f64 = 700.0;

/// A server whose assistant can say any text, and its model.
pub(super) async fn opened(folder: &Path) -> (Desk, OpenAiStandIn) {
    let words = || Answer::say(MESSAGE, VOICE_HZ, Duration::from_millis(1_500));
    let script = (0..4).fold(Script::new(), |script, _| script.greeting(words()));
    let calendar = || Duration::from_millis(cordboard_actors::world::now().timestamp_millis().unsigned_abs());
    let provider = OpenAiStandIn::start_here(script, calendar).unwrap();
    let base_url = provider.base_url();
    let model = [
        ("assistant.provider", "openai"),
        ("OPENAI_API_KEY", "sk-test"),
        ("OPENAI_BASE_URL", base_url.as_str()),
    ];
    (Desk::open_with(folder, &model).await, provider)
}

/// The queue `sales` with these agents.
pub(super) async fn queue(desk: &Desk, agents: &[&Person]) {
    let members: Vec<Value> = agents.iter().map(|agent| json!({ "user_id": agent.id })).collect();
    let queue = json!({ "name": "sales", "title": "Sales", "members": members });
    let made = desk.post("/api/v1/queues", &queue, Token::Admin).await;
    assert_eq!(made.status, 201, "{}", made.text());
}

pub(super) fn client(desk: &Desk) -> Client {
    Client { http: desk.server.addresses.http }
}

/// An agent who takes calls at their desk.
pub(super) async fn at_work(desk: &Desk, agent: &Person) -> TaskProgram {
    let mut program = TaskProgram::at_desk(client(desk).http, &agent.token).await;
    let snapshot = program.event().await;
    sees_first((&mut program, &snapshot), agent, "available").await;
    program
}

/// A predictive campaign for these people; returns its path.
async fn campaign(desk: &Desk, people: &[&str]) -> String {
    let settings = json!({
        "voicemail": { "do": "talk" }, "queue": "sales", "abandoned_message": MESSAGE,
        "rules": { "mode": "predictive", "consent": "form 7", "at_once_max": 20, "per_minute_max": 6_000 },
    });
    desk.campaign_with(people, &settings).await
}

/// The call that was accepted for an agent: it is in their list, and was offered to no other.
async fn accepted(desk: &mut TaskProgram) -> Value {
    loop {
        let event = desk.event().await;
        assert_ne!(event["kind"], "offered", "it rings");
        if event["kind"] == "work" && event["calls"][0]["state"] == "connecting" {
            return event["calls"][0]["call_id"].clone();
        }
    }
}

#[test]
fn callees_get_free_agents_at_once_and_dialling_runs_ahead() {
    virtually(async || {
        let folder = tempfile::tempdir().unwrap();
        let (desk, provider) = opened(folder.path()).await;
        let (ada, ben) = (
            invited(client(&desk), ADMIN_TOKEN, "Ada", "agent").await,
            invited(client(&desk), ADMIN_TOKEN, "Ben", "agent").await,
        );
        queue(&desk, &[&ada, &ben]).await;
        let (mut adas, mut bens) = (at_work(&desk, &ada).await, at_work(&desk, &ben).await);
        for (at, number) in PEOPLE.iter().enumerate() {
            let answers = Phone::Answers { after: Duration::from_secs(5), hangs_up_after: Some(TALK) };
            let phone = if at < 2 { answers } else { Phone::Rings };
            desk.switch.set_extension(Extension::new(number).phone(phone));
        }
        let path = campaign(&desk, &PEOPLE).await;
        // It has called before: 120 have talked, and then for long nobody answered.
        desk.server
            .sql(&format!(
                "INSERT INTO attempts (call_id, organization_id, campaign_id, contact_id, number, reserved_at, closed_at, outcome) \
                 WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400) \
                 SELECT printf('0197a000-0000-7000-8000-%012x', i), organization_id, id, id, '+4930999', '2027-05-04 08:00:00', \
                 strftime('%Y-%m-%d %H:%M:%S', '2027-05-04 08:00:00', i || ' seconds'), iif(i <= 120, 'talked', 'no_answer') \
                 FROM n, campaigns WHERE campaigns.id = '{}'",
                path.rsplit('/').next().unwrap()
            ))
            .await;
        desk.act(&path, "start").await;
        sleep(Duration::from_secs(2)).await;
        assert_eq!(
            desk.switch.dialled().len(),
            5,
            "two agents are free, few answer, and three might be lost"
        );

        let first = accepted(&mut adas).await;
        let second = accepted(&mut bens).await;
        assert_ne!(first, second);
        let adas = audio(client(&desk), &mut adas, &first).await;
        let bens = audio(client(&desk), &mut bens, &second).await;
        for (voice, call_id) in [(&adas, &first), (&bens, &second)] {
            let call = call_id.as_str().unwrap();
            desk.event(call, "agent_joined").await;
            let number = desk.row(call).await["to"].as_str().unwrap().to_owned();
            let phone = desk.switch.leg_at(&number).unwrap();
            phone.say(&speech("hello_question"));
            hears_something(voice).await;
            let journal = desk.journal(call).await;
            assert_eq!(when(&journal, "desk_accepted"), when(&journal, "answered"), "nobody has to click");
            assert!(when(&journal, "agent_joined") - when(&journal, "answered") < Duration::from_secs(2));
            assert!(!journal.iter().any(|entry| entry.is("item_started")), "nobody greets them");
        }
        let progress = desk.ask(&format!("{path}/progress")).await.json();
        assert_eq!(progress["abandon_rate"], json!({ "live": 120, "abandoned": 0, "permille": 0 }));
        for call in [first, second] {
            assert_eq!(desk.ended(call.as_str().unwrap()).await["failure"], Value::Null);
        }
        desk.close().await;
        provider.finish();
    });
}

/// The server died after the reservation, before anything was dialled. After its start no desk is open.
#[test]
fn an_undialled_attempt_for_agents_who_left_calls_nobody() {
    const CALL: &str = "0197a000-0000-7000-8000-000000000001";
    let mut stage = Stage::new();
    let path = stage.run(async |folder| {
        let (desk, provider) = opened(folder).await;
        let ada = invited(client(&desk), ADMIN_TOKEN, "Ada", "agent").await;
        queue(&desk, &[&ada]).await;
        let path = campaign(&desk, &PEOPLE[..1]).await;
        desk.reserve(CALL, PEOPLE[0]).await;
        desk.server
            .sql("UPDATE contacts SET state = 'calling'; UPDATE campaigns SET state = 'running'")
            .await;
        provider.finish();
        path
    });
    stage.run(async |folder| {
        let (desk, provider) = opened(folder).await;
        sleep(Duration::from_secs(10)).await;
        assert_eq!(desk.switch.dialled(), [""; 0], "nobody is there who could talk with them");
        let progress = desk.ask(&format!("{path}/progress")).await.json();
        assert_eq!((&progress["waiting"], &progress["calling"]), (&json!(1), &json!(0)), "{progress}");
        desk.close().await;
        provider.finish();
    });
}

#[test]
fn an_abandoned_callee_hears_the_message_and_rests_72_h() {
    let mut stage = Stage::new();
    let (path, abandoned_at) = stage.run(async |folder| {
        let (desk, provider) = opened(folder).await;
        let ada = invited(client(&desk), ADMIN_TOKEN, "Ada", "agent").await;
        queue(&desk, &[&ada]).await;
        let mut program = at_work(&desk, &ada).await;
        let phone = Phone::Answers { after: Duration::from_secs(5), hangs_up_after: None };
        desk.switch.set_extension(Extension::new(PEOPLE[0]).phone(phone));
        let path = campaign(&desk, &PEOPLE[..1]).await;
        desk.act(&path, "start").await;
        desk.wait("the call", async || (desk.switch.dialled() == [PEOPLE[0]]).then_some(())).await;
        // Her phone's owner rings: she goes away while it rings.
        let away = json!({ "intent": "away", "reason": "Lunch" });
        program.done(json!({ "command": "set_presence", "presence": away })).await;
        sees(&mut program, &ada, "away").await;
        let phone = desk.wait("their phone", async || desk.switch.leg_at(PEOPLE[0])).await;
        let call = desk.calls().await[0]["id"].as_str().unwrap().to_owned();
        let row = desk.ended(&call).await;
        assert_eq!((&row["failure"], &row["hangup_by"]), (&json!("nobody_free"), &json!("server")), "{row}");
        let journal = desk.journal(&call).await;
        let waited = when(&journal, "handoff_abandoned") - when(&journal, "answered");
        assert_eq!(waited, Duration::from_secs(2));
        let Sound { rate, samples } = Party::heard(&phone);
        let frames = samples.chunks(160).map(|frame| Sound { rate, samples: frame.to_vec() });
        let spoken = frames.filter(|frame| frame.tone_share(VOICE_HZ) > 0.8).count();
        assert_eq!(spoken, 75, "they have heard {} of 1500 ms", spoken * 20);
        let contact = desk
            .wait("the end of the attempt", async || {
                let contact = desk.items(&format!("{path}/contacts")).await.remove(0);
                (contact["last_outcome"] == "abandoned").then_some(contact)
            })
            .await;
        assert_eq!(contact["state"], "waiting", "{contact}");
        desk.act(&path, "pause").await;
        provider.finish();
        (path, row["ended_at"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap())
    });
    // It applies to every caller, and to every server that knows it.
    stage.run(async |folder| {
        let (desk, provider) = opened(folder).await;
        let rate = desk.ask(&format!("{path}/progress")).await.json()["abandon_rate"].clone();
        assert_eq!(rate, json!({ "live": 1, "abandoned": 1, "permille": 1_000 }));
        // All but a minute of the 72 h is skipped, because running through it takes a minute of CPU.
        let back = "strftime('%Y-%m-%d %H:%M:%f', closed_at, '-259140 seconds')";
        desk.server.sql(&format!("UPDATE attempts SET reserved_at = {back}, closed_at = {back}")).await;
        let by_assistants = desk.campaign(&PEOPLE[..1], json!({})).await;
        desk.act(&by_assistants, "start").await;
        let until = abandoned_at + Duration::from_secs(60) - cordboard_actors::world::now();
        sleep(until.to_std().unwrap() - Duration::from_secs(1)).await;
        assert_eq!(desk.switch.dialled(), [""; 0], "it is too early");
        sleep(Duration::from_secs(5)).await;
        assert_eq!(desk.switch.dialled(), [PEOPLE[0]]);
        desk.close().await;
        provider.finish();
    });
}
