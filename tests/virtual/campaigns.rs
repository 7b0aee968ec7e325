//! Campaigns, carried out by a server with a FreeSWITCH: who is called, and only once, whichever side dies at whatever moment.

mod agents;
mod agreed;
#[cfg(feature = "fault-injection")]
mod away;
mod caller_ids;
mod changed;
mod circuit;
mod consent;
mod disposition;
mod filter;
mod forecast;
mod hours;
mod in_several;
mod links;
mod mailing;
mod next_step;
mod opting_out;
mod pace;
mod preview;
mod together;
mod worlds;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use cordboard_test_support::audio::{Sound, silence, tone, vowel};
use cordboard_test_support::ear::speech;
use cordboard_test_support::freeswitch::{Call, Extension, FreeSwitch, Phone, Settings};
use cordboard_test_support::openai::{Answer, OpenAiStandIn, Script, Words};
use cordboard_test_support::server::Token;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::book::Book;
use crate::freeswitch::phone;
use crate::news::WriteWatch;
use crate::world::{Stage, World, calendar_goes_on, virtually};

/// The people on the lists. All of them have Berlin numbers, where it is eleven o'clock on a Tuesday.
const PEOPLE: [&str; 5] = ["+493011100", "+493011101", "+493011102", "+493011103", "+493011104"];
/// How long a person talks who answers.
const TALK: Duration = Duration::from_secs(20);

/// A server and its switch, over a folder.
struct Desk {
    server: World,
    switch: FreeSwitch,
}

impl Book for Desk {
    fn server(&self) -> &World {
        &self.server
    }
}

impl Desk {
    /// Both, connected; everybody answers and hangs up after [`TALK`].
    async fn open(folder: &Path) -> Self {
        Self::open_with(folder, &[]).await
    }

    /// The same with more settings.
    async fn open_with(folder: &Path, more: &[(&str, &str)]) -> Self {
        let switch = phone::start(Settings::default().with_gateway("outside"), folder);
        let phone = Phone::Answers { after: Duration::from_millis(500), hangs_up_after: Some(TALK) };
        for number in PEOPLE {
            switch.set_extension(Extension::new(number).phone(phone));
        }
        let (host, port) = (switch.esl_address().ip().to_string(), switch.esl_address().port().to_string());
        let settings = [
            ("dial_policy.numbers_allowed", "+4930*"),
            ("dial_policy.per_day_max", "1000"),
            ("calls.silence_prompt_s", "300"),
            ("calls.resume_window_s", "5"),
            ("freeswitch.servers.pbx1.host", host.as_str()),
            ("freeswitch.servers.pbx1.port", &port),
            ("freeswitch.servers.pbx1.password", switch.password()),
            ("freeswitch.servers.pbx1.trunk", "sofia/gateway/outside/{number}"),
        ];
        let server = World::open(folder, &[&settings, more].concat()).await;
        let desk = Self { server, switch };
        desk.wait("the switch", async || {
            (desk.items("/api/v1/switches").await[0]["is_connected"] == true).then_some(())
        })
        .await;
        desk
    }

    async fn close(self) {
        self.server.close().await;
        self.switch.finish();
    }

    /// Makes a campaign for these people with these rules and with consent; returns its path.
    async fn campaign(&self, people: &[&str], rules: Value) -> String {
        let mut rules = rules;
        rules["consent"] = json!("form 7");
        self.campaign_with(people, &json!({ "voicemail": { "do": "talk" }, "rules": rules })).await
    }

    /// Makes a campaign for these people with these settings; returns its path.
    async fn campaign_with(&self, people: &[&str], settings: &Value) -> String {
        let body = json!({ "name": "Renewals", "settings": settings });
        let made = self.post("/api/v1/campaigns", &body, Token::Admin).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let path = format!("/api/v1/campaigns/{}", made.json()["id"].as_str().unwrap());
        let contacts: Vec<Value> = people
            .iter()
            .map(|number| json!({ "number": number, "variables": { "first_name": format!("Ann {number}") } }))
            .collect();
        self.does(&format!("{path}/contacts"), &json!({ "contacts": contacts })).await;
        path
    }

    /// Notes a call to this person that is to be made, as a server that dies before it dials.
    async fn reserve(&self, call: &str, number: &str) {
        let reserve = format!(
            "INSERT INTO attempts (call_id, organization_id, campaign_id, contact_id, number, reserved_at) \
             SELECT '{call}', organization_id, campaign_id, id, number, '2027-05-04 09:00:00' FROM contacts WHERE number = '{number}'"
        );
        self.server.sql(&reserve).await;
    }

    /// Sends a request that is expected to succeed.
    async fn does(&self, path: &str, body: &Value) {
        let answer = self.post(path, body, Token::Admin).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }

    async fn act(&self, campaign: &str, act: &str) {
        self.does(&format!("{campaign}/{act}"), &Value::Null).await;
    }

    /// Starts a campaign that calls the first person first, and waits until the assistant has greeted them. Returns their phone, and the call's id.
    async fn greets_first(&self, campaign: &str) -> (Call, String) {
        self.act(campaign, "start").await;
        let phone = self.wait("their phone", async || self.switch.leg_at(PEOPLE[0])).await;
        let call = self.calls().await[0]["id"].as_str().unwrap().to_owned();
        self.event(&call, "assistant_said").await;
        (phone, call)
    }

    /// Waits until each contact has come to an end.
    async fn finished(&self, campaign: &str) {
        let mut writes = WriteWatch::default();
        self.wait("the campaign's end", async || {
            if !self.server.has_written(&mut writes).await {
                return None;
            }
            (self.ask(campaign).await.json()["state"] == "finished").then_some(())
        })
        .await;
    }

    /// How often each number was called.
    fn dialled(&self) -> BTreeMap<String, u32> {
        let mut dialled = BTreeMap::new();
        self.switch.dialled().into_iter().for_each(|number| *dialled.entry(number).or_default() += 1);
        dialled
    }

    /// The contacts by number: why they ended, and how often they were called.
    async fn ends(&self, campaign: &str) -> Vec<(String, String, u64)> {
        let contacts = self.items(&format!("{campaign}/contacts?limit=200")).await;
        let of = |contact: Value| {
            let word = |name: &str| contact[name].as_str().unwrap_or_default().to_owned();
            (word("number"), word("end"), contact["tries"].as_u64().unwrap())
        };
        contacts.into_iter().map(of).collect()
    }
}

#[test]
fn contacts_are_called_by_the_rules_and_suppressed_ones_never() {
    virtually(async || {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).await;
        desk.switch.set_extension(Extension::new(PEOPLE[1]).phone(Phone::Busy));
        desk.does("/api/v1/suppressions", &json!({ "number": PEOPLE[2], "evidence": "Do not call." })).await;
        let retries = json!({ "busy": { "tries": 2, "pause_s": 30, "growth_percent": 100 } });
        let rules = json!({ "at_once_max": 2, "per_minute_max": 600, "retries": retries });
        let campaign = desk.campaign(&PEOPLE[..4], rules).await;
        sleep(Duration::from_secs(5)).await;
        assert_eq!(desk.switch.dialled(), [""; 0], "it was not started");
        desk.act(&campaign, "start").await;
        desk.act(&campaign, "start").await;
        desk.finished(&campaign).await;
        let ended = |at: usize, end: &str, tries| (PEOPLE[at].to_owned(), end.to_owned(), tries);
        assert_eq!(
            desk.ends(&campaign).await,
            [
                ended(0, "reached", 1),
                ended(1, "given_up", 2),
                ended(2, "suppressed", 0),
                ended(3, "reached", 1)
            ]
        );
        let dialled = [(0, 1), (1, 2), (3, 1)].map(|(at, count)| (PEOPLE[at].to_owned(), count));
        assert_eq!(desk.dialled(), BTreeMap::from(dialled));
        let progress = desk.ask(&format!("{campaign}/progress")).await.json();
        assert_eq!((&progress["done"], &progress["open"]), (&json!(4), &json!(0)), "{progress}");
        desk.close().await;
    });
}

/// One says hello and is talked with, another says hello and then plays a mailbox's tone, a third greets for 6 s.
#[test]
fn callees_are_detected_by_sound_and_errors_are_counted() {
    virtually(async || {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).await;
        let once = json!({ "machine": { "tries": 1, "pause_s": 60, "growth_percent": 100 } });
        let rules = json!({ "at_once_max": 1, "per_minute_max": 600, "consent": "form 7", "retries": once });
        let settings = json!({ "mailbox_detection": "own", "rules": rules });
        let campaign = desk.campaign_with(&PEOPLE[..3], &settings).await;
        desk.act(&campaign, "start").await;
        let (rate, ms) = (8_000, Duration::from_millis);
        let hello = vowel(ms(500), rate);
        let beep = tone(1_000.0, 8_000.0, ms(400), rate).samples;
        let with_tone = [hello.samples.clone(), silence(ms(1_500), rate).samples, beep].concat();
        let sounds = [hello, Sound { rate, samples: with_tone }, vowel(ms(6_000), rate)];
        for (number, sound) in PEOPLE.into_iter().zip(sounds) {
            let phone = desk.wait("their phone", async || desk.switch.leg_at(number)).await;
            let calls = desk.calls().await;
            let call = calls.iter().find(|call| call["to"] == number).unwrap();
            desk.event(call["id"].as_str().unwrap(), "answered").await;
            phone.say(&sound);
        }
        desk.finished(&campaign).await;
        let shown = desk.ask(&format!("{campaign}/outcomes")).await.json();
        let own = json!({
            "by": "own", "people": 2, "people_wrong": 1, "machines": 1, "machines_wrong": 0, "unknown": 0
        });
        assert_eq!(shown["detection"], json!([own]), "{shown}");
        desk.close().await;
    });
}

/// They hear nothing, because the server is still detecting whether a mailbox has answered, and hang up.
#[test]
fn callees_who_hang_up_early_are_spared_for_a_day() {
    virtually(async || {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).await;
        let impatient = Phone::Answers {
            after: Duration::from_millis(500),
            hangs_up_after: Some(Duration::from_millis(1_000)),
        };
        desk.switch.set_extension(Extension::new(PEOPLE[0]).phone(impatient));
        let rules = json!({ "at_once_max": 1, "per_minute_max": 600, "consent": "form 7" });
        let campaign =
            desk.campaign_with(&PEOPLE[..1], &json!({ "mailbox_detection": "own", "rules": rules })).await;
        desk.act(&campaign, "start").await;
        let outcome = desk
            .wait("the end of the call", async || {
                let contact = desk.items(&format!("{campaign}/contacts")).await.remove(0);
                contact["last_outcome"].as_str().map(str::to_owned)
            })
            .await;
        assert_eq!(outcome, "hung_up_early");
        let call = desk.items("/api/v1/calls").await.remove(0);
        assert_eq!(
            (&call["failure"], &call["hangup_by"]),
            (&json!("hung_up_early"), &json!("caller")),
            "{call}"
        );
        // A callee who does not answer is called again after 4 h.
        calendar_goes_on(Duration::from_secs(5 * 3_600)).await;
        assert_eq!(desk.switch.dialled(), [PEOPLE[0]]);
        desk.close().await;
    });
}

#[test]
fn a_paused_campaign_calls_nobody_until_resumed() {
    virtually(async || {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).await;
        let rules = json!({ "at_once_max": 1, "per_minute_max": 600 });
        let campaign = desk.campaign(&PEOPLE[..3], rules).await;
        desk.act(&campaign, "start").await;
        desk.wait("the first call", async || desk.switch.leg_at(PEOPLE[0])).await;
        desk.act(&campaign, "pause").await;
        sleep(Duration::from_secs(60)).await;
        assert_eq!(desk.switch.dialled(), [PEOPLE[0]], "it was paused");
        desk.act(&campaign, "resume").await;
        desk.finished(&campaign).await;
        assert_eq!(desk.dialled(), PEOPLE[..3].iter().map(|number| ((*number).to_owned(), 1)).collect());
        desk.close().await;
    });
}

#[test]
fn a_contacts_variables_appear_in_the_assistants_instructions() {
    virtually(async || {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).await;
        let mut profile = desk.items("/api/v1/agent-profiles").await[0].clone();
        let path = format!("/api/v1/agent-profiles/{}", profile["id"].as_str().unwrap());
        profile.as_object_mut().unwrap().remove("id");
        profile["instructions"] = json!("You talk with {{lead.first_name}}.");
        assert_eq!(desk.server.put(&path, &profile, Token::Admin).await.status, 200);
        let campaign = desk.campaign(&PEOPLE[..1], json!({})).await;
        desk.act(&campaign, "start").await;
        desk.finished(&campaign).await;
        let call = desk.calls().await[0]["id"].as_str().unwrap().to_owned();
        let begun = desk.event(&call, "call_started").await;
        let told = begun["profile"]["instructions"].as_str().unwrap();
        assert!(told.contains(&format!("You talk with Ann {}.", PEOPLE[0])), "{told}");
        desk.close().await;
    });
}

/// A model that hears these words from the first person it talks with, and makes nothing of them.
fn provider_who_hears(words: &str) -> OpenAiStandIn {
    let say = |text: &str| Answer::say(text, 700.0, Duration::from_millis(600));
    let script = Script::new()
        .greeting(say("Good day."))
        .greeting(say("Good day."))
        .words(Words::Heard(words.to_owned(), Duration::from_millis(50)))
        .turn(say("What a lovely day."));
    scripted(script)
}

/// A model that follows this script.
fn scripted(script: Script) -> OpenAiStandIn {
    let calendar = || Duration::from_millis(cordboard_actors::world::now().timestamp_millis().unsigned_abs());
    OpenAiStandIn::start_here(script, calendar).unwrap()
}

/// Settings of a server whose callers talk with the model at this address.
fn talking_by(base_url: &str) -> [(&str, &str); 3] {
    [("assistant.provider", "openai"), ("OPENAI_API_KEY", "sk-test"), ("OPENAI_BASE_URL", base_url)]
}

/// The offline rules find the request in the words; what the assistant makes of them is nothing.
#[test]
fn no_campaign_calls_a_contact_who_asks_for_no_calls() {
    virtually(async || {
        let words = "Please don't ever call me again.";
        let provider = provider_who_hears(words);
        let base_url = provider.base_url();
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open_with(folder.path(), &talking_by(&base_url)).await;
        let first = desk.campaign(&PEOPLE[..1], json!({})).await;
        let second = desk.campaign(&PEOPLE[..2], json!({})).await;
        desk.act(&first, "start").await;
        let phone = desk.wait("their phone", async || desk.switch.leg_at(PEOPLE[0])).await;
        let call = desk.calls().await[0]["id"].as_str().unwrap().to_owned();
        desk.event(&call, "assistant_said").await;
        phone.say(&speech("hello_question"));
        desk.event(&call, "number_suppressed").await;
        desk.finished(&first).await;
        let listed = desk.items("/api/v1/suppressions").await;
        let said =
            listed.iter().map(|one| ["number", "source", "evidence", "call_id"].map(|name| &one[name]));
        let said: Vec<_> = said.collect();
        assert_eq!(said, [[PEOPLE[0], "words", words, &call].map(|word| json!(word)).each_ref()]);
        desk.act(&second, "start").await;
        desk.finished(&second).await;
        let ends = desk.ends(&second).await;
        let ended = |at: usize, end: &str, tries| (PEOPLE[at].to_owned(), end.to_owned(), tries);
        assert_eq!(ends, [ended(0, "suppressed", 0), ended(1, "reached", 1)]);
        assert_eq!(desk.dialled(), PEOPLE[..2].iter().map(|number| ((*number).to_owned(), 1)).collect());
        desk.close().await;
        provider.finish();
    });
}

/// The server died after the reservation, before anything was dialled.
#[test]
fn a_reserved_undialled_attempt_is_dialled_under_its_id() {
    const CALL: &str = "0197a000-0000-7000-8000-000000000001";
    let mut stage = Stage::new();
    let campaign = stage.run(async |folder| {
        let desk = Desk::open(folder).await;
        let campaign = desk.campaign(&PEOPLE[..2], json!({ "at_once_max": 5 })).await;
        for (call, number) in [(CALL, PEOPLE[0]), (&CALL.replace('1', "2"), PEOPLE[1])] {
            desk.reserve(call, number).await;
        }
        desk.server
            .sql("UPDATE contacts SET state = 'calling'; UPDATE campaigns SET state = 'running'")
            .await;
        // One of the two asked meanwhile not to be called.
        desk.does("/api/v1/suppressions", &json!({ "number": PEOPLE[1] })).await;
        campaign
    });
    stage.run(async |folder| {
        let desk = Desk::open(folder).await;
        desk.finished(&campaign).await;
        assert_eq!(desk.switch.dialled(), [PEOPLE[0]]);
        assert_eq!(desk.row(CALL).await["to"], PEOPLE[0]);
        let ends: Vec<_> =
            desk.ends(&campaign).await.into_iter().map(|(_, end, tries)| (end, tries)).collect();
        assert_eq!(ends, [("reached".to_owned(), 1), ("suppressed".to_owned(), 0)]);
        desk.close().await;
    });
}

/// Otherwise the attempt would keep a line, and the campaign would never end.
#[test]
fn an_attempt_whose_ended_call_is_unreadable_is_closed() {
    const CALL: &str = "0197a000-0000-7000-8000-000000000001";
    let mut stage = Stage::new();
    let campaign = stage.run(async |folder| {
        let desk = Desk::open(folder).await;
        let campaign = desk.campaign(&PEOPLE[..1], json!({})).await;
        desk.reserve(CALL, PEOPLE[0]).await;
        let call = format!(
            "INSERT INTO calls (id, organization_id, state, direction, started_at, answered_at, ended_at, profile_id, next, last_seq) \
             SELECT '{CALL}', organization_id, 'ended', 'outbound', '2027-05-04 09:00:00', '2027-05-04 09:00:10', \
             '2027-05-04 09:00:20', id, '{{', 1 FROM contacts"
        );
        desk.server.sql(&call).await;
        desk.server.sql("UPDATE contacts SET state = 'calling'; UPDATE campaigns SET state = 'running'").await;
        campaign
    });
    stage.run(async |folder| {
        let desk = Desk::open(folder).await;
        desk.finished(&campaign).await;
        let ends: Vec<_> =
            desk.ends(&campaign).await.into_iter().map(|(_, end, tries)| (end, tries)).collect();
        assert_eq!((ends, desk.switch.dialled().len()), (vec![("reached".to_owned(), 1)], 0));
        desk.close().await;
    });
}

/// The profile of the newest call to each number: its version, and its instructions without the time of the call.
async fn talked(desk: &Desk) -> BTreeMap<String, (u64, String)> {
    let mut talked = BTreeMap::new();
    for call in desk.calls().await.into_iter().rev() {
        let id = call["id"].as_str().unwrap();
        let profile = desk.event(id, "call_started").await["profile"].clone();
        let (said, _) = profile["instructions"].as_str().unwrap().split_once("# Now").unwrap();
        let said = (profile["version"].as_u64().unwrap(), said.to_owned());
        talked.insert(call["to"].as_str().unwrap().to_owned(), said);
    }
    talked
}

/// Half of the people are called with version 1 of the profile and the others with version 2. Nobody answers the first try, the server is killed, a
/// third version is published: at the second try everybody gets the version that they had.
#[test]
fn a_contact_keeps_their_variant_across_versions_and_deaths() {
    let mut stage = Stage::new();
    let publish = async |desk: &Desk, instructions: &str| {
        let mut profile = desk.items("/api/v1/agent-profiles").await[0].clone();
        let path = format!("/api/v1/agent-profiles/{}", profile["id"].as_str().unwrap());
        profile.as_object_mut().unwrap().remove("id");
        profile["instructions"] = json!(instructions);
        assert_eq!(desk.server.put(&path, &profile, Token::Admin).await.status, 200);
        profile["name"].as_str().unwrap().to_owned()
    };
    let (campaign, first) = stage.run(async |folder| {
        let desk = Desk::open(folder).await;
        for number in PEOPLE {
            desk.switch.set_extension(Extension::new(number).phone(Phone::Busy));
        }
        let name = publish(&desk, "You are the second.").await;
        let busy = json!({ "tries": 2, "pause_s": 60, "growth_percent": 100 });
        let settings = json!({
            "profile": name, "version": 1, "variant": { "version": 2 }, "voicemail": { "do": "talk" },
            "rules": { "consent": "form 7", "at_once_max": 5, "per_minute_max": 600, "retries": { "busy": busy } },
        });
        let campaign = desk.campaign_with(&PEOPLE, &settings).await;
        desk.act(&campaign, "start").await;
        desk.wait("everybody's first try", async || {
            let progress = desk.ask(&format!("{campaign}/progress")).await.json();
            (progress["waiting"] == 5 && desk.switch.dialled().len() == 5).then_some(())
        })
        .await;
        let first = talked(&desk).await;
        (campaign, first)
    });
    assert_eq!(first.len(), 5);
    stage.run(async |folder| {
        let desk = Desk::open(folder).await;
        publish(&desk, "You are the third.").await;
        desk.finished(&campaign).await;
        assert_eq!(talked(&desk).await, first);
        let shown = desk.ask(&format!("{campaign}/outcomes")).await.json();
        let of = |variant: &str| shown["comparison"][variant]["attempts"].as_u64().unwrap();
        let with_second = first.values().filter(|(version, _)| *version == 2).count() as u64;
        assert_eq!((of("a"), of("b")), (2 * (5 - with_second), 2 * with_second), "{shown}");
        assert!(
            first.values().all(|(version, said)| (*version == 2) == said.contains("You are the second."))
        );
        desk.close().await;
    });
}
