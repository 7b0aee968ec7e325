//! The inbound link: lost and restored, and one that the switch refuses.

use std::time::Duration;

use cordboard_test_support::freeswitch::{Action, Rule, Script, Strike};
use serde_json::json;
use tokio::time::sleep;

use super::setup::{ANSWERS, Inbound, Setup};
use super::way::AudioTransport;
use crate::book::Book;
use crate::hearing::assert_heard;
use crate::suites::handoff::Switchboard;
use crate::world::virtually;

#[test]
fn a_lost_link_comes_back_and_calls_notice_nothing() {
    virtually(async || {
        let setup = Setup::open(AudioTransport::Unicast).await;
        let desk = setup.somebody(ANSWERS);
        let caller = setup.caller().await;
        for (nth, strike) in [Strike::Close, Strike::Reset].iter().enumerate() {
            let lost = setup.server.passed();
            assert_eq!(setup.switch.strike_inbound(strike), 1);
            setup
                .wait("the link after its loss", async || {
                    let pbx = setup.pbx().await;
                    (pbx["losses"] == nth + 1 && pbx["is_connected"] == true).then_some(())
                })
                .await;
            // Randomly up to a half less than 250 ms, and than 500 ms the second time.
            let away = setup.server.passed() - lost;
            assert!(away >= Duration::from_millis(125) && away <= Duration::from_millis(520), "{away:?}");
            setup.converses(&caller).await;
        }
        assert_eq!(setup.events_of(&caller.id, "interrupted").await.len(), 0);
        setup.wait_events(&caller.id, "control_attached", 4).await;
        for kind in ["switch_links", "control_links", "legs_freeswitch"] {
            assert_eq!(setup.server.open_of(kind).await, Some(1), "{kind}");
        }
        setup.ask_of(&caller.id, "handoff", &json!({ "target": desk.name })).await;
        setup.event(&caller.id, "handoff_bridged").await;
        caller.phone.hang_up();
        setup.assert_ended(&caller.id, "normal_clearing", "caller").await;
        setup.server.balanced().await;
        setup.close().await;
    });
}

/// By its address alone the server mistakes it for the switch that it knows, which has no such channel.
#[test]
fn a_caller_of_an_unknown_switch_is_served() {
    virtually(async || {
        let setup = Setup::open(AudioTransport::Websocket).await;
        let other = setup.another_switch();
        let caller = setup.rings_at(&other, Script::to("5000"), vec![setup.socket(), Action::park()]).await;
        setup.wait_said(&caller.id, "greeting").await;
        assert_heard(&caller.phone.heard().sound(), "greeting");
        setup.converses(&caller).await;
        caller.phone.hang_up();
        setup.assert_ended(&caller.id, "normal_clearing", "caller").await;
        other.finish();
        setup.close().await;
    });
}

/// The switch is retried after a minute: until then it is left alone.
#[test]
fn a_wrong_password_shows_the_fix_and_is_retried_sparingly() {
    virtually(async || {
        let setup = Setup::open_with(AudioTransport::Websocket, Inbound::WrongPassword, &[]).await;
        let fault = setup
            .wait("the reason", async || {
                let fault = setup.pbx().await["fault"].as_str().unwrap_or_default().to_owned();
                fault.contains("password").then_some(fault)
            })
            .await;
        assert!(fault.contains("event_socket.conf.xml"), "{fault}");
        assert_eq!(setup.pbx().await["is_connected"], false);
        // Calls work without it.
        let caller = setup.caller().await;
        setup.wait_said(&caller.id, "greeting").await;
        caller.phone.hang_up();
        setup.assert_ended(&caller.id, "normal_clearing", "caller").await;
        sleep(Duration::from_secs(65).saturating_sub(setup.server.passed())).await;
        let sent = setup.switch.sent();
        let tries: Vec<_> = sent.iter().filter(|sent| sent.command.word() == "auth").collect();
        assert_eq!(tries.len(), 2);
        assert_eq!(tries[1].at - tries[0].at, Duration::from_secs(60));
        setup.forgive(Rule::Password);
        setup.close().await;
    });
}
