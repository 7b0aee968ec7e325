//! Campaigns whose contacts agents see before they are called: one agent sees each of them, and talks with the contacts that they call.

use std::path::Path;
use std::time::Duration;

use cordboard_test_support::audio::Sound;
use cordboard_test_support::control::TaskProgram;
use cordboard_test_support::desk::Person;
use cordboard_test_support::ear::speech;
use cordboard_test_support::freeswitch::{Extension, Phone};
use cordboard_test_support::openai::OpenAiStandIn;
use cordboard_test_support::server::{ADMIN_TOKEN, Answer, Token};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::agents::{MESSAGE, VOICE_HZ, at_work, client, opened, queue};
use super::{Desk, PEOPLE};
use crate::book::Book;
use crate::suites::desks::{audio, has_not, hears_something, invited, stands};
use crate::suites::handoff::Party;
use crate::world::{Stage, virtually};

/// How long a contact is assigned to an agent.
const LEASE: Duration = Duration::from_secs(300);

/// A server with an agent of the queue at her desk, and a running preview campaign for these people; `campaign` is its path.
struct Work {
    desk: Desk,
    provider: OpenAiStandIn,
    ada: Person,
    adas: TaskProgram,
    path: String,
}

impl Work {
    async fn begin(folder: &Path, people: &[&str]) -> Self {
        let (desk, provider) = opened(folder).await;
        let ada = invited(client(&desk), ADMIN_TOKEN, "Ada", "agent").await;
        queue(&desk, &[&ada]).await;
        let adas = at_work(&desk, &ada).await;
        let path = campaign(&desk, people).await;
        Self { desk, provider, ada, adas, path }
    }

    /// The answer when Ada asks for the next contact.
    async fn next(&self) -> Answer {
        next(&self.desk, &self.path, &self.ada).await
    }

    /// The contact that she sees next.
    async fn sees(&self) -> Value {
        let answer = self.next().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["contact"].clone()
    }

    /// She calls this contact; returns her call, once her desk has it.
    async fn calls(&mut self, contact: &Value) -> Value {
        let answer = act(&self.desk, &self.path, &self.ada, contact, "call").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let call_id = answer.json()["call_id"].clone();
        stands(&mut self.adas, &call_id, "dialling").await;
        call_id
    }

    /// The only contact of the list.
    async fn contact(&self) -> Value {
        self.desk.items(&format!("{}/contacts", self.path)).await.remove(0)
    }

    async fn close(self) {
        self.desk.close().await;
        self.provider.finish();
    }
}

/// A running preview campaign for these people; returns its path.
async fn campaign(desk: &Desk, people: &[&str]) -> String {
    let settings = json!({
        "voicemail": { "do": "talk" }, "queue": "sales", "abandoned_message": MESSAGE,
        "rules": { "mode": "preview", "consent": "form 7" },
    });
    let path = desk.campaign_with(people, &settings).await;
    desk.act(&path, "start").await;
    path
}

async fn next(desk: &Desk, path: &str, agent: &Person) -> Answer {
    client(desk).send("POST", &format!("{path}/preview"), Some(&agent.token), &Value::Null).await
}

/// An agent does something with a contact: `call`, or `skip` with a reason.
async fn act(desk: &Desk, path: &str, agent: &Person, contact: &Value, what: &str) -> Answer {
    let path = format!("{path}/preview/{}/{what}", contact["id"].as_str().unwrap());
    let body = if what == "skip" { json!({ "reason": "not_now" }) } else { Value::Null };
    client(desk).send("POST", &path, Some(&agent.token), &body).await
}

/// Checks that a request was refused with this code.
fn refused(answer: &Answer, code: &str) {
    assert_eq!((answer.status, &answer.json()["code"]), (409, &json!(code)), "{}", answer.text());
}

#[test]
fn only_the_agent_shown_a_contact_talks_with_them() {
    virtually(async || {
        let folder = tempfile::tempdir().unwrap();
        let (desk, provider) = opened(folder.path()).await;
        let (ada, ben) = (
            invited(client(&desk), ADMIN_TOKEN, "Ada", "agent").await,
            invited(client(&desk), ADMIN_TOKEN, "Ben", "agent").await,
        );
        queue(&desk, &[&ada, &ben]).await;
        let (mut adas, _bens) = (at_work(&desk, &ada).await, at_work(&desk, &ben).await);
        let path = campaign(&desk, &PEOPLE[..3]).await;

        let shown = next(&desk, &path, &ada).await.json();
        let (first, second) = (&shown["contact"], next(&desk, &path, &ben).await.json()["contact"].clone());
        assert_eq!((&first["number"], &second["number"]), (&json!(PEOPLE[0]), &json!(PEOPLE[1])));
        assert_eq!(first["variables"]["first_name"], format!("Ann {}", PEOPLE[0]));
        sleep(Duration::from_secs(5)).await;
        assert_eq!(next(&desk, &path, &ada).await.json(), shown, "she sees the same one, for as long");
        refused(&act(&desk, &path, &ben, first, "call").await, "not_previewed");
        refused(&act(&desk, &path, &ben, first, "skip").await, "not_previewed");
        assert_eq!(desk.switch.dialled(), [""; 0], "nobody has pressed Call");

        let called = act(&desk, &path, &ada, first, "call").await;
        assert_eq!(called.status, 200, "{}", called.text());
        let call_id = called.json()["call_id"].clone();
        let call = call_id.as_str().unwrap();
        let dialling = stands(&mut adas, &call_id, "dialling").await;
        assert_eq!(dialling["dialling"]["to"], PEOPLE[0]);
        refused(&act(&desk, &path, &ada, first, "call").await, "in_call");
        assert_eq!(desk.switch.dialled(), [""; 0], "nobody is called before she can be heard");
        let voice = audio(client(&desk), &mut adas, &call_id).await;
        let phone = desk.wait("their phone", async || desk.switch.leg_at(PEOPLE[0])).await;
        let joined = desk.event(call, "agent_joined").await;
        assert_eq!(joined["user_id"], ada.id);
        phone.say(&speech("hello_question"));
        hears_something(&voice).await;
        refused(&next(&desk, &path, &ada).await, "in_call");
        assert_eq!(next(&desk, &path, &ben).await.json()["contact"]["id"], second["id"], "he has no call");

        assert_eq!(desk.ended(call).await["failure"], Value::Null);
        let journal = desk.journal(call).await;
        assert!(!journal.iter().any(|entry| entry.is("agent_requested")), "it was offered to nobody");
        assert!(!journal.iter().any(|entry| entry.is("item_started")), "nobody but her has talked");
        let owed = has_not(&mut adas, &call_id).await;
        refused(&next(&desk, &path, &ada).await, "wrap_up_due");
        let written = json!({ "call_id": call_id, "queue_id": owed[0]["queue_id"], "note": "Sold." });
        assert_ne!(written["queue_id"], Value::Null, "it is a wrap-up of the queue");
        let wrapped = client(&desk).send("POST", "/api/v1/wrap-ups", Some(&ada.token), &written).await;
        assert_eq!(wrapped.status, 201, "{}", wrapped.text());
        assert_eq!(next(&desk, &path, &ada).await.json()["contact"]["number"], PEOPLE[2]);
        let ends = desk.ends(&path).await;
        assert_eq!(ends[0], (PEOPLE[0].to_owned(), "reached".to_owned(), 1));
        desk.close().await;
        provider.finish();
    });
}

#[test]
fn a_skipped_contact_uses_no_try_and_goes_last() {
    virtually(async || {
        let folder = tempfile::tempdir().unwrap();
        let mut work = Work::begin(folder.path(), &PEOPLE[..2]).await;
        let ben = invited(client(&work.desk), ADMIN_TOKEN, "Ben", "agent").await;
        let _bens = at_work(&work.desk, &ben).await;
        refused(&next(&work.desk, &work.path, &ben).await, "not_of_queue");
        for (presence, told) in
            [(json!({ "intent": "away", "reason": "Lunch" }), 409), (json!({ "intent": "available" }), 200)]
        {
            work.adas.done(json!({ "command": "set_presence", "presence": presence })).await;
            assert_eq!(work.next().await.status, told, "{presence}");
        }
        let first = work.sees().await;
        let left_out = act(&work.desk, &work.path, &work.ada, &first, "skip").await;
        assert_eq!(left_out.status, 204, "{}", left_out.text());
        refused(&act(&work.desk, &work.path, &work.ada, &first, "call").await, "not_previewed");
        let second = work.sees().await;
        assert_eq!(second["number"], PEOPLE[1]);
        act(&work.desk, &work.path, &work.ada, &second, "skip").await;
        let nobody = work.next().await.json();
        assert_eq!((&nobody["contact"], &nobody["until"]), (&Value::Null, &Value::Null));
        let at = nobody["next_at"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        sleep((at - cordboard_actors::world::now()).to_std().unwrap() + Duration::from_millis(1)).await;
        let again = work.sees().await;
        assert_eq!(
            (&again["id"], &again["tries"], &again["attempts"]),
            (&first["id"], &json!(0), &json!([]))
        );
        assert_eq!(work.desk.switch.dialled(), [""; 0]);
        work.close().await;
    });
}

#[test]
fn a_contact_is_an_agents_for_only_five_minutes() {
    virtually(async || {
        let folder = tempfile::tempdir().unwrap();
        let mut work = Work::begin(folder.path(), &PEOPLE[..1]).await;
        let shown = work.next().await.json();
        sleep(LEASE + Duration::from_secs(1)).await;
        refused(&act(&work.desk, &work.path, &work.ada, &shown["contact"], "call").await, "not_previewed");
        // She is free all the same, and may ask for the contact again.
        let again = work.sees().await;
        assert_eq!(again["id"], shown["contact"]["id"]);
        let call = work.calls(&again).await;
        work.adas.done(json!({ "command": "hang_up", "call_id": call })).await;
        // Nobody was called, because her audio was not heard.
        work.desk
            .wait("the contact's turn", async || {
                let contact = work.contact().await;
                (contact["state"] == "waiting" && contact["tries"] == 0).then_some(())
            })
            .await;
        assert_eq!(work.desk.switch.dialled(), [""; 0]);
        work.close().await;
    });
}

#[test]
fn a_contact_suppressed_meanwhile_is_not_called() {
    virtually(async || {
        let folder = tempfile::tempdir().unwrap();
        let work = Work::begin(folder.path(), &PEOPLE[..1]).await;
        let contact = work.sees().await;
        work.desk.does("/api/v1/suppressions", &json!({ "number": PEOPLE[0] })).await;
        refused(&act(&work.desk, &work.path, &work.ada, &contact, "call").await, "not_callable");
        let nobody = work.next().await.json();
        assert_eq!(nobody, json!({ "contact": null, "until": null, "next_at": null }));
        work.desk.finished(&work.path).await;
        let ends = work.desk.ends(&work.path).await;
        assert_eq!(ends, [(PEOPLE[0].to_owned(), "suppressed".to_owned(), 0)]);
        assert_eq!(work.desk.switch.dialled(), [""; 0]);
        work.close().await;
    });
}

/// Up to 15 s pass between an agent's request and the dialling.
#[test]
fn contacts_suppressed_while_their_agent_is_awaited_are_not_called() {
    virtually(async || {
        let folder = tempfile::tempdir().unwrap();
        let mut work = Work::begin(folder.path(), &PEOPLE[..1]).await;
        let contact = work.sees().await;
        let call_id = work.calls(&contact).await;
        sleep(Duration::from_secs(3)).await;
        work.desk.does("/api/v1/suppressions", &json!({ "number": PEOPLE[0] })).await;
        sleep(Duration::from_secs(2)).await;
        let row = work.desk.ended(call_id.as_str().unwrap()).await;
        let end = (&row["hangup_cause"], &row["hangup_by"]);
        assert_eq!(end, (&json!("not_callable"), &json!("server")), "{row}");
        let is_free = async || (work.contact().await["state"] == "waiting").then_some(());
        work.desk.wait("the contact's turn", is_free).await;
        let looks_again = async || (work.next().await.status == 200).then_some(());
        work.desk.wait("her next contact", looks_again).await;
        work.desk.finished(&work.path).await;
        let ends = work.desk.ends(&work.path).await;
        assert_eq!(ends, [(PEOPLE[0].to_owned(), "suppressed".to_owned(), 0)]);
        assert_eq!(work.desk.switch.dialled(), [""; 0]);
        work.close().await;
    });
}

#[test]
fn an_agent_learns_that_all_caller_ids_rest() {
    const SHOWN: &str = "+493011100900";
    virtually(async || {
        let folder = tempfile::tempdir().unwrap();
        let work = Work::begin(folder.path(), &PEOPLE[..1]).await;
        let settings = json!({
            "voicemail": { "do": "talk" }, "queue": "sales", "abandoned_message": MESSAGE,
            "caller_ids": [SHOWN], "caller_id_calls_per_day_max": 1, "rules": { "mode": "preview", "consent": "form 7" },
        });
        let body = json!({ "name": "Renewals", "settings": settings });
        assert_eq!(work.desk.server.put(&work.path, &body, Token::Admin).await.status, 200);
        let made_today = format!(
            "INSERT INTO attempts (call_id, organization_id, campaign_id, contact_id, number, reserved_at, closed_at, outcome, shown) \
             SELECT '0197a000-0000-7000-8000-000000000001', organization_id, campaign_id, id, '+493011199', '2027-05-04 08:30:00', \
             '2027-05-04 08:31:00', 'busy', '{SHOWN}' FROM contacts"
        );
        work.desk.server.sql(&made_today).await;
        let contact = work.sees().await;
        refused(&act(&work.desk, &work.path, &work.ada, &contact, "call").await, "caller_ids_rest");
        let trouble = work.desk.ask(&work.path).await.json()["trouble"].clone();
        assert!(trouble.as_str().is_some_and(|why| why.contains("caller ids rests")), "{trouble}");
        assert_eq!(work.desk.switch.dialled(), [""; 0]);
        work.close().await;
    });
}

#[test]
fn a_callee_whose_agent_has_gone_hears_the_message() {
    virtually(async || {
        let folder = tempfile::tempdir().unwrap();
        let mut work = Work::begin(folder.path(), &PEOPLE[..1]).await;
        let phone = Phone::Answers { after: Duration::from_secs(5), hangs_up_after: None };
        work.desk.switch.set_extension(Extension::new(PEOPLE[0]).phone(phone));
        let contact = work.sees().await;
        let call_id = work.calls(&contact).await;
        let call = call_id.as_str().unwrap();
        let voice = audio(client(&work.desk), &mut work.adas, &call_id).await;
        work.desk.wait("the call", async || (work.desk.switch.dialled() == [PEOPLE[0]]).then_some(())).await;
        voice.break_socket();
        let phone = work.desk.wait("their phone", async || work.desk.switch.leg_at(PEOPLE[0])).await;
        let row = work.desk.ended(call).await;
        assert_eq!((&row["failure"], &row["hangup_by"]), (&json!("nobody_free"), &json!("server")), "{row}");
        let Sound { rate, samples } = Party::heard(&phone);
        let frames = samples.chunks(160).map(|frame| Sound { rate, samples: frame.to_vec() });
        let spoken = frames.filter(|frame| frame.tone_share(VOICE_HZ) > 0.8).count();
        assert_eq!(spoken, 75, "they have heard {} of 1500 ms", spoken * 20);
        work.desk
            .wait("the end of the attempt", async || {
                (work.contact().await["last_outcome"] == "abandoned").then_some(())
            })
            .await;
        work.close().await;
    });
}

/// The server is killed before the agent can be heard, and then while the phone rings.
#[test]
fn a_server_killed_between_call_and_answer_calls_nobody_twice() {
    let mut stage = Stage::new();
    let (ada, path) = stage.run(async |folder| {
        let mut work = Work::begin(folder, &PEOPLE[..1]).await;
        let contact = work.sees().await;
        work.calls(&contact).await;
        assert_eq!(work.desk.switch.dialled(), [""; 0]);
        work.provider.finish();
        (work.ada, work.path)
    });
    let dialled = stage.run(async |folder| {
        let (desk, provider) = opened(folder).await;
        desk.switch.set_extension(Extension::new(PEOPLE[0]).phone(Phone::Rings));
        let adas = at_work(&desk, &ada).await;
        let mut work = Work { desk, provider, ada, adas, path: path.clone() };
        let contact = work
            .desk
            .wait("the contact's turn", async || {
                let shown = work.next().await.json()["contact"].clone();
                (!shown.is_null()).then_some(shown)
            })
            .await;
        assert_eq!(contact["tries"], 0, "nobody was called");
        let call_id = work.calls(&contact).await;
        let _voice = audio(client(&work.desk), &mut work.adas, &call_id).await;
        work.desk.wait("the call", async || (!work.desk.switch.dialled().is_empty()).then_some(())).await;
        work.provider.finish();
        work.desk.dialled()
    });
    assert_eq!(dialled, [(PEOPLE[0].to_owned(), 1)].into());
    stage.run(async |folder| {
        let (desk, provider) = opened(folder).await;
        let contact = desk
            .wait("the end of the attempt", async || {
                let contact = desk.items(&format!("{path}/contacts")).await.remove(0);
                (contact["tries"] == 1).then_some(contact)
            })
            .await;
        assert_eq!(contact["state"], "waiting", "{contact}");
        sleep(Duration::from_secs(60)).await;
        assert_eq!(desk.switch.dialled(), [""; 0]);
        desk.close().await;
        provider.finish();
    });
}
