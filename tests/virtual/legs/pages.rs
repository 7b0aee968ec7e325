//! The page of a visitor that goes away: loaded anew, closed, asleep. What the page itself does then, `tests/pages/browser/talk.mjs` has.

use std::time::Duration;

use cordboard_test_support::browser::Caller;
use cordboard_test_support::server::Token;
use serde_json::json;
use tokio::time::sleep;

use crate::book::Book;
use crate::hearing::assert_heard;
use crate::world::{Setting, World, world};

const SETTINGS: [Setting<'static>; 1] = [("calls.silence_prompt_s", "300")];
const RATE: u32 = 24_000;
const SECOND: Duration = Duration::from_secs(1);

/// A visitor who has heard the greeting, and their call.
async fn visit(world: &World) -> (Caller, String) {
    let profiles = world.get("/api/v1/agent-profiles", Token::Admin).await.json();
    let link = json!({ "name": "Our website", "profile_id": profiles["items"][0]["id"] });
    let made = world.post("/api/v1/talk-links", &link, Token::Admin).await.json();
    let token = made["url"].as_str().and_then(|url| url.rsplit('/').next()).unwrap();
    let begun = world.post(&format!("/api/v1/talk/{token}/calls"), &json!({}), Token::None).await.json();
    let visitor = Caller::connect_here(world.addresses.http, begun["token"].as_str().unwrap(), RATE).await;
    let id = begun["call_id"].as_str().unwrap().to_owned();
    world
        .wait_written("the call", async || {
            world.calls().await.into_iter().find(|call| call["id"] == id.as_str())
        })
        .await;
    world.wait_said(&id, "greeting").await;
    (visitor, id)
}

#[test]
fn a_page_that_is_back_within_ten_seconds_goes_on_in_the_same_call_with_what_was_said() {
    world(&SETTINGS, async |world| {
        let (visitor, id) = visit(world).await;
        let lines = visitor.shown().into_iter().filter(|shown| shown["type"] == "line").collect::<Vec<_>>();
        visitor.goes_away();
        sleep(Duration::from_millis(9_500)).await;
        assert_eq!(world.row(&id).await["state"], "interrupted");
        let back = visitor.come_back_here(world.addresses.http).await;
        world.wait_said(&id, "welcome_back").await;
        assert_heard(&back.heard(), "welcome_back");
        assert_eq!(back.ready().unwrap()["call_id"], id.as_str());
        // The greeting is there once more, and is the same line.
        assert!(!lines.is_empty());
        assert!(lines.iter().all(|line| back.shown().contains(line)), "{:?}", back.shown());
        back.hang_up();
        assert_eq!(world.ending(&id).await, ("normal_clearing".into(), "caller".into()));
        assert_eq!(world.events_of(&id, "answered").await.len(), 1);
        back.finish();
    });
}

#[test]
fn the_way_back_is_good_once() {
    world(&SETTINGS, async |world| {
        let (visitor, id) = visit(world).await;
        visitor.goes_away();
        sleep(SECOND).await;
        let back = visitor.come_back_here(world.addresses.http).await;
        world.wait_said(&id, "welcome_back").await;
        // Somebody has read it before it was used, and shows it now.
        let other = visitor.come_back_here(world.addresses.http).await;
        sleep(SECOND).await;
        assert_eq!(other.bye().unwrap()["cause"], "bad_token");
        assert!(!back.is_let_go());
        assert_eq!(world.row(&id).await["state"], "live");
        back.hang_up();
        world.ending(&id).await;
    });
}

#[test]
fn a_page_that_was_closed_has_left_ten_seconds_later() {
    world(&SETTINGS, async |world| {
        let (visitor, id) = visit(world).await;
        let before = world.passed();
        visitor.goes_away();
        assert_eq!(world.ending(&id).await, ("page_left".into(), "caller".into()));
        let ended = world.times_of(&id, "ended").await[0];
        let left = world.times_of(&id, "leg_left").await[0];
        assert_eq!(ended - left, 10 * SECOND);
        // It is said with the next 20 ms of sound.
        assert!(left - before <= Duration::from_millis(20), "{:?}", left - before);
        // Too late.
        let late = visitor.come_back_here(world.addresses.http).await;
        sleep(SECOND).await;
        assert_eq!(late.bye().unwrap()["cause"], "no_call");
    });
}

/// A laptop that sleeps says nothing: its socket is up, and nothing comes over it.
#[test]
fn a_machine_that_sleeps_is_missed_after_five_seconds_and_waited_for_ten_more() {
    world(&SETTINGS, async |world| {
        for (sleeps, is_back) in [(14 * SECOND, true), (16 * SECOND, false)] {
            let (visitor, id) = visit(world).await;
            visitor.sleeps();
            sleep(sleeps).await;
            let back = visitor.come_back_here(world.addresses.http).await;
            sleep(SECOND).await;
            match is_back {
                true => {
                    assert_eq!(world.row(&id).await["state"], "live");
                    back.hang_up();
                    world.ending(&id).await;
                }
                false => {
                    assert_eq!(back.bye().unwrap()["cause"], "no_call");
                    assert_eq!(world.ending(&id).await, ("connection_lost".into(), "server".into()));
                    let (left, ended) =
                        (world.times_of(&id, "leg_left").await, world.times_of(&id, "ended").await);
                    assert_eq!(ended[0] - left[0], 10 * SECOND);
                }
            }
        }
    });
}
