//! A server that is killed, and an AudioSocket's caller who resumes the same call. (A switch that goes on while the server is down:
//! `tests/freeswitch/restarts.rs`.)

use std::time::Duration;

use cordboard_test_support::server::Token;
use tokio::time::sleep;
use uuid::Uuid;

use crate::book::Book;
use crate::hearing::assert_heard;
use crate::world::{End, Setting, Stage};

const SETTINGS: [Setting<'static>; 1] = [("calls.silence_prompt_s", "300")];

#[test]
fn a_caller_resumes_the_call_of_a_killed_server() {
    let uuid = Uuid::from_u128(1);
    let mut stage = Stage::new();
    let id = stage.play(&SETTINGS, End::Killed, async |world| {
        let _caller = world.caller(uuid).await;
        let id = world.call_of(uuid).await["id"].as_str().unwrap().to_owned();
        world.wait_said(&id, "greeting").await;
        id
    });
    stage.play(&SETTINGS, End::InOrder, async |world| {
        let next = world.get(&format!("/api/v1/calls/{uuid}/next"), Token::Dialplan).await.text();
        assert_eq!(next, "again");
        sleep(Duration::from_secs(2)).await;
        let caller = world.caller(uuid).await;
        world.wait_said(&id, "welcome_back").await;
        let welcome = assert_heard(&caller.heard(), "welcome_back");
        assert_eq!(welcome.at, Duration::ZERO);
        caller.hang_up();
        assert_eq!(world.ending(&id).await, ("normal_clearing".into(), "caller".into()));
        assert_eq!(world.times_of(&id, "resumed").await, [Duration::from_secs(2)]);
        assert_eq!(world.events_of(&id, "server_restarted").await.len(), 1);
    });
}
