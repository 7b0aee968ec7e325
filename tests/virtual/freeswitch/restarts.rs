//! The switch is restarted; and callers of a switch that is not configured, whose server is killed. (A server that is killed while its switch goes
//! on: `tests/freeswitch`.)

use std::path::Path;
use std::time::Duration;

use cordboard_test_support::freeswitch::{Action, Extension, FreeSwitch, Script, Settings};
use cordboard_test_support::server::Token;
use serde_json::json;
use uuid::Uuid;

use super::phone;
use super::setup::Setup;
use super::way::{AudioTransport, for_both_ways};
use crate::book::Book;
use crate::hearing::assert_heard;
use crate::suites::handoff::{Party, Switchboard};
use crate::world::{Stage, World};

for_both_ways!(a_restarted_switch_takes_calls_as_before);

async fn a_restarted_switch_takes_calls_as_before(way: AudioTransport) {
    let setup = Setup::open(way).await;
    let callers = [setup.caller().await, setup.caller().await];
    let stopped = setup.server.passed();
    setup.switch.restart();
    for caller in &callers {
        setup.assert_ended(&caller.id, "system_shutdown", "switch").await;
        assert!(caller.phone.is_over());
        assert_eq!(caller.phone.hangup_cause().as_deref(), Some("SYSTEM_SHUTDOWN"));
        assert_eq!(setup.times_of(&caller.id, "ended").await, [stopped + Duration::from_millis(20)]);
    }
    setup
        .wait("the switch", async || {
            let pbx = setup.pbx().await;
            (pbx["is_connected"] == true && pbx["losses"] == 1).then_some(())
        })
        .await;
    let away = setup.server.passed() - stopped;
    assert!(away <= Duration::from_millis(300), "{away:?}");
    let caller = setup.caller().await;
    setup.converses(&caller).await;
    caller.phone.hang_up();
    setup.assert_ended(&caller.id, "normal_clearing", "caller").await;
    setup.close().await;
}

/// A server's switches.
struct Switches {
    /// The one that it is connected to, with a person at the extension `desk`.
    known: FreeSwitch,
    /// One that it does not know.
    another: FreeSwitch,
}

/// Runs `play` with a server that is connected to a switch, and another switch that it does not know. Then the server is killed.
async fn beside_another<T>(folder: &Path, play: impl AsyncFnOnce(&World, &Switches) -> T) -> T {
    let with_desk = Settings::default().with_extension(Extension::new("1003"));
    let (known, another) = (phone::start(with_desk, folder), phone::start(Settings::default(), folder));
    let (host, port) = (known.esl_address().ip().to_string(), known.esl_address().port().to_string());
    let settings = [
        ("calls.silence_prompt_s", "300"),
        ("extensions.desk", "internal,1003,1"),
        ("freeswitch.servers.pbx1.host", host.as_str()),
        ("freeswitch.servers.pbx1.port", &port),
        ("freeswitch.servers.pbx1.password", known.password()),
    ];
    let server = World::open(folder, &settings).await;
    let is_connected =
        async || (server.items("/api/v1/switches").await[0]["is_connected"] == true).then_some(());
    server.until("the inbound link", is_connected).await;
    // Dropped after the server, which is killed first.
    let switches = Switches { known, another };
    let outcome = play(&server, &switches).await;
    drop(server);
    outcome
}

/// A caller of a switch, after the greeting: the id of their call.
async fn greeted(server: &World, switch: &FreeSwitch, uuid: &str) -> String {
    let actions = vec![Action::socket(server.addresses.esl), Action::park()];
    let _caller = switch.call(Script::to("5000").uuid(uuid).runs(actions));
    let id = server.wait_written("the call", async || server.id_of(uuid).await).await;
    server.wait_said(&id, "greeting").await;
    id
}

/// The caller's own switch, which the next server does not know, reconnects them after 2 s: their call goes on.
async fn is_taken_up(server: &World, Switches { another, .. }: &Switches, (uuid, id): (&str, &str)) {
    let socket = Action::socket(server.addresses.esl);
    let actions = vec![Action::answer(), Action::sleep(2_000), socket, Action::park()];
    let caller = another.call(Script::to("5000").uuid(uuid).runs(actions));
    server.wait_said(id, "welcome_back").await;
    assert_heard(&Party::heard(&caller), "welcome_back");
    caller.hang_up();
    assert_eq!(server.ending(id).await, ("normal_clearing".into(), "caller".into()));
    assert_eq!(server.events_of(id, "server_restarted").await.len(), 1);
    assert_eq!(server.calls().await.len(), 1, "and no other one began");
}

/// The configured switch reports at once that it has no such channel. The caller's own switch reconnects them.
#[test]
fn the_next_server_resumes_callers_of_an_unconfigured_switch() {
    let uuid = Uuid::from_u128(1).to_string();
    let mut stage = Stage::new();
    let play = async |server: &World, switches: &Switches| greeted(server, &switches.another, &uuid).await;
    let id = stage.run(async |folder| beside_another(folder, play).await);
    let play = async |server: &World, switches: &Switches| is_taken_up(server, switches, (&uuid, &id)).await;
    stage.run(async |folder| beside_another(folder, play).await);
}

/// It reports the same where a person has the caller at a switch that was configured before. Once the person has left them, their switch reconnects
/// them.
#[test]
fn a_caller_with_a_person_returns_from_a_forgotten_switch() {
    let uuid = Uuid::from_u128(1).to_string();
    let mut stage = Stage::new();
    let play = async |server: &World, switches: &Switches| {
        let mut profile = server.items("/api/v1/agent-profiles").await[0].clone();
        let path = format!("/api/v1/agent-profiles/{}", profile["id"].as_str().unwrap());
        let fields = profile.as_object_mut().unwrap();
        fields.remove("id");
        fields.insert("after_handoff".to_owned(), json!("return"));
        assert_eq!(server.put(&path, &profile, Token::Admin).await.status, 200);
        let id = greeted(server, &switches.known, &uuid).await;
        server.ask_of(&id, "handoff", &json!({ "target": "desk" })).await;
        server.event(&id, "handoff_bridged").await;
        id
    };
    let id = stage.run(async |folder| beside_another(folder, play).await);
    let play = async |server: &World, switches: &Switches| {
        is_taken_up(server, switches, (&uuid, &id)).await;
        assert_eq!(server.events_of(&id, "caller_returned").await.len(), 1);
    };
    stage.run(async |folder| beside_another(folder, play).await);
}
