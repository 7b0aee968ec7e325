//! The switch is started again, and a caller of one that is not configured whose server is killed. (A server that is killed, and a switch
//! that goes on: `tests/freeswitch`.)

use std::path::Path;
use std::time::Duration;

use cordboard_test_support::freeswitch::{Action, FreeSwitch, Script, Settings};
use uuid::Uuid;

use super::phone;
use super::setup::Setup;
use super::way::{AudioTransport, for_both_ways};
use crate::book::Book;
use crate::hearing::assert_heard;
use crate::suites::handoff::{Party, Switchboard};
use crate::world::{Stage, World};

for_both_ways!(a_switch_that_is_started_again_takes_calls_as_before);

async fn a_switch_that_is_started_again_takes_calls_as_before(way: AudioTransport) {
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

/// Runs `play` beside a server that is connected to a switch, and another switch that it does not know. Then the server is killed.
async fn beside_another<T>(folder: &Path, play: impl AsyncFnOnce(&World, &FreeSwitch) -> T) -> T {
    let (known, another) =
        (phone::start(Settings::default(), folder), phone::start(Settings::default(), folder));
    let (host, port) = (known.esl_address().ip().to_string(), known.esl_address().port().to_string());
    let settings = [
        ("calls.silence_prompt_s", "300"),
        ("freeswitch.servers.pbx1.host", host.as_str()),
        ("freeswitch.servers.pbx1.port", &port),
        ("freeswitch.servers.pbx1.password", known.password()),
    ];
    let server = World::open(folder, &settings).await;
    let is_connected =
        async || (server.items("/api/v1/switches").await[0]["is_connected"] == true).then_some(());
    server.until("the inbound link", is_connected).await;
    play(&server, &another).await
}

/// The switch that is configured says at once that it has no such channel. The caller's own has them come again.
#[test]
fn a_caller_of_a_switch_that_is_not_configured_is_taken_up_by_the_next_server() {
    let uuid = Uuid::from_u128(1).to_string();
    let mut stage = Stage::new();
    let play = async |server: &World, another: &FreeSwitch| {
        let actions = vec![Action::socket(server.addresses.esl), Action::park()];
        let _caller = another.call(Script::to("5000").uuid(&uuid).runs(actions));
        let id = server.wait_written("the call", async || server.id_of(&uuid).await).await;
        server.wait_said(&id, "greeting").await;
        id
    };
    let id = stage.run(async |folder| beside_another(folder, play).await);
    let play = async |server: &World, another: &FreeSwitch| {
        let socket = Action::socket(server.addresses.esl);
        let actions = vec![Action::answer(), Action::sleep(2_000), socket, Action::park()];
        let caller = another.call(Script::to("5000").uuid(&uuid).runs(actions));
        server.wait_said(&id, "welcome_back").await;
        assert_heard(&Party::heard(&caller), "welcome_back");
        caller.hang_up();
        assert_eq!(server.ending(&id).await, ("normal_clearing".into(), "caller".into()));
        assert_eq!(server.events_of(&id, "server_restarted").await.len(), 1);
    };
    stage.run(async |folder| beside_another(folder, play).await);
}
