//! A visitor's page that goes away: reloaded, closed, asleep. What the page itself does then is tested in `tests/pages/browser/talk.mjs`.

use std::time::Duration;

use cordboard_test_support::audio::Span;
use cordboard_test_support::browser::Caller;
use cordboard_test_support::ear::{share_of, speech};
use cordboard_test_support::http::ask;
use cordboard_test_support::server::Token;
use serde_json::json;
use tokio::time::sleep;

use crate::book::{Book, ms};
use crate::hearing::assert_heard;
use crate::world::{End, Setting, Stage, World, when, world};

const SETTINGS: [Setting<'static>; 1] = [("calls.silence_prompt_s", "300")];
const RATE: u32 = 24_000;
const SECOND: Duration = Duration::from_secs(1);

/// How far the journal may be from what a page has played: marks report that, and the clock between them.
const KNOWN: Duration = Duration::from_millis(120);

/// A visitor who has heard the greeting, and their call.
async fn visit(world: &World) -> (Caller, String) {
    let (visitor, id) = comes(world).await;
    world.wait_said(&id, "greeting").await;
    (visitor, id)
}

/// The token of a call that waits for its visitor's audio, and the call.
async fn begins(world: &World) -> (String, String) {
    let profiles = world.get("/api/v1/agent-profiles", Token::Admin).await.json();
    let link = json!({ "name": "Our website", "profile_id": profiles["items"][0]["id"] });
    let made = world.post("/api/v1/talk-links", &link, Token::Admin).await.json();
    let link = made["url"].as_str().and_then(|url| url.rsplit('/').next()).unwrap();
    let begun = world.post(&format!("/api/v1/talk/{link}/calls"), &json!({}), Token::None).await.json();
    (begun["token"].as_str().unwrap().to_owned(), begun["call_id"].as_str().unwrap().to_owned())
}

/// A visitor who connects, and their call.
async fn comes(world: &World) -> (Caller, String) {
    let (token, id) = begins(world).await;
    let visitor = Caller::connect_here(world.addresses.http, &token, RATE).await;
    world
        .wait_written("the call", async || {
            world.calls().await.into_iter().find(|call| call["id"] == id.as_str())
        })
        .await;
    (visitor, id)
}

#[test]
fn an_interrupted_assistant_stops_and_knows_how_much_was_heard() {
    world(&SETTINGS, async |world| {
        let (visitor, id) = comes(world).await;
        world.wait("the first sound", async || visitor.heard().first_sound()).await;
        sleep(2 * SECOND).await;
        let spoke = world.passed();
        visitor.say(&speech("interruption"));
        let barge_in = world.event(&id, "barge_in").await;
        // Speech is detected after 240 ms, and the first of it needs a tick or two to arrive.
        let noticed = (when(&Book::journal(world, &id).await, "barge_in") - spoke).as_millis();
        assert!((240..=300).contains(&noticed), "{noticed} ms");
        world.wait_events(&id, "item_started", 2).await;
        visitor.hang_up();
        assert_eq!(world.ending(&id).await, ("normal_clearing".into(), "caller".into()));
        assert_eq!(visitor.clears(), 1);
        let (heard, heard_for) = (visitor.heard(), ms(&barge_in["heard_ms"]));
        let greeting = share_of(&heard, "greeting");
        let after = heard.part(Span { start: greeting.until, end: heard.length() });
        let stopped = greeting.until + after.silences(Duration::from_millis(200))[0].start;
        assert!((stopped - greeting.at).abs_diff(heard_for) < KNOWN, "{heard_for:?}, and {greeting:?}");
        assert_eq!(world.transcript(&id).await[0]["interrupted"], true);
        visitor.finish();
    });
}

#[test]
fn a_visitor_resumes_the_call_of_a_killed_server() {
    let mut stage = Stage::new();
    let (visitor, id) = stage.play(&SETTINGS, End::Killed, async |world| visit(world).await);
    stage.play(&SETTINGS, End::InOrder, async |world| {
        let back = visitor.come_back_here(world.addresses.http).await;
        world.wait_said(&id, "welcome_back").await;
        assert_heard(&back.heard(), "welcome_back");
        back.hang_up();
        assert_eq!(world.ending(&id).await, ("normal_clearing".into(), "caller".into()));
        assert_eq!(world.events_of(&id, "server_restarted").await.len(), 1);
        back.finish();
    });
}

#[test]
fn a_page_back_within_10_s_continues_its_call() {
    world(&SETTINGS, async |world| {
        let (visitor, id) = visit(world).await;
        let lines = visitor.shown().into_iter().filter(|shown| shown["type"] == "line").collect::<Vec<_>>();
        assert_eq!(visitor.ready().unwrap()["return_ms"], 10_000, "the page tries to come back for as long");
        visitor.goes_away();
        sleep(Duration::from_millis(9_500)).await;
        assert_eq!(world.row(&id).await["state"], "interrupted");
        let back = visitor.come_back_here(world.addresses.http).await;
        world.wait_said(&id, "welcome_back").await;
        assert_heard(&back.heard(), "welcome_back");
        assert_eq!(back.ready().unwrap()["call_id"], id.as_str());
        // The greeting is shown once more, and is the same line.
        assert!(!lines.is_empty());
        assert!(lines.iter().all(|line| back.shown().contains(line)), "{:?}", back.shown());
        back.hang_up();
        assert_eq!(world.ending(&id).await, ("normal_clearing".into(), "caller".into()));
        assert_eq!(world.events_of(&id, "answered").await.len(), 1);
        back.finish();
    });
}

#[test]
fn a_resume_token_is_valid_once() {
    world(&SETTINGS, async |world| {
        let (visitor, id) = visit(world).await;
        visitor.goes_away();
        sleep(SECOND).await;
        let back = visitor.come_back_here(world.addresses.http).await;
        world.wait_said(&id, "welcome_back").await;
        // Another page has read it before it was used, and shows it now.
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
fn a_visitor_whose_page_closed_has_left_after_ten_seconds() {
    world(&SETTINGS, async |world| {
        let (visitor, id) = visit(world).await;
        let before = world.passed();
        visitor.goes_away();
        assert_eq!(world.ending(&id).await, ("page_left".into(), "caller".into()));
        let ended = world.times_of(&id, "ended").await[0];
        let left = world.times_of(&id, "leg_left").await[0];
        assert_eq!(ended - left, 10 * SECOND);
        // It is sent with the next 20 ms of sound.
        assert!(left - before <= Duration::from_millis(20), "{:?}", left - before);
        // Too late.
        let late = visitor.come_back_here(world.addresses.http).await;
        sleep(SECOND).await;
        assert_eq!(late.bye().unwrap()["cause"], "no_call");
    });
}

/// A sleeping laptop sends nothing: its socket is up, and nothing comes over it.
#[test]
fn a_sleeping_machine_may_return_within_fifteen_seconds() {
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

/// The status of a page's request to hang up, where no connection carries its audio.
async fn hangs_up_by_request(world: &World, shown: &str) -> u16 {
    let bearer = format!("Bearer {shown}");
    let headers = [("Authorization", &*bearer)];
    ask(world.addresses.http, "DELETE", "/api/v1/audio", &headers, b"").await.unwrap().status
}

#[test]
fn a_visitor_without_a_connection_who_hangs_up_is_gone() {
    world(&SETTINGS, async |world| {
        // The second connection is up as far as the server knows, and nothing goes over it.
        for is_known_lost in [true, false] {
            let (visitor, id) = visit(world).await;
            let resume = visitor.ready().unwrap()["resume"].as_str().unwrap().to_owned();
            if is_known_lost {
                visitor.break_socket()
            } else {
                visitor.sleeps()
            }
            sleep(3 * SECOND).await;
            let before = world.passed();
            assert_eq!(hangs_up_by_request(world, &resume).await, 204);
            assert_eq!(world.ending(&id).await, ("normal_clearing".into(), "caller".into()));
            assert_eq!(world.times_of(&id, "ended").await, [before]);
            assert_eq!(world.events_of(&id, "resumed").await.len(), 0);
            // It can't be resumed, or hung up twice.
            assert_eq!(hangs_up_by_request(world, &resume).await, 404);
        }
    });
}

#[test]
fn a_visitor_who_hangs_up_before_any_audio_is_gone() {
    world(&SETTINGS, async |world| {
        let (token, id) = begins(world).await;
        let before = world.passed();
        assert_eq!(hangs_up_by_request(world, &token).await, 204);
        assert_eq!(world.ending(&id).await, ("normal_clearing".into(), "caller".into()));
        assert_eq!(world.times_of(&id, "ended").await, [before]);
        assert_eq!(hangs_up_by_request(world, &token).await, 404);
    });
}

/// As for a browser that has tried WebRTC before.
#[test]
fn a_page_that_brings_its_audio_late_is_heard() {
    world(&SETTINGS, async |world| {
        let (token, id) = begins(world).await;
        sleep(Duration::from_millis(9_500)).await;
        let visitor = Caller::connect_here(world.addresses.http, &token, RATE).await;
        world.wait_said(&id, "greeting").await;
        visitor.hang_up();
        assert_eq!(world.ending(&id).await, ("normal_clearing".into(), "caller".into()));
        visitor.finish();
    });
}

#[test]
fn pages_that_bring_no_audio_are_not_awaited_for_long() {
    world(&SETTINGS, async |world| {
        let (_, id) = begins(world).await;
        sleep(9 * SECOND).await;
        assert_eq!(world.row(&id).await["state"], "waiting");
        assert_eq!(world.ending(&id).await, ("no_audio".into(), "server".into()));
        let ended = world.times_of(&id, "ended").await[0];
        assert_eq!(ended - world.times_of(&id, "call_started").await[0], 10 * SECOND);
    });
}

/// A guessed token reveals nothing, and a robot has 60 guesses a minute.
#[test]
fn a_stranger_can_hang_up_no_call() {
    world(&SETTINGS, async |world| {
        let (visitor, id) = visit(world).await;
        let mut statuses = Vec::new();
        for _ in 0..200 {
            statuses.push(hangs_up_by_request(world, "guessed").await);
        }
        assert_eq!(statuses[0], 404);
        assert_eq!(statuses.last(), Some(&429));
        assert_eq!(world.row(&id).await["state"], "live");
        visitor.hang_up();
        world.ending(&id).await;
    });
}
