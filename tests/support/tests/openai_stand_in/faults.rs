//! Each fault as a client meets it.

use std::time::{Duration, Instant};

use cordboard_test_support::openai::{Answer, Door, OpenAiStandIn, Script, Trouble};
use serde_json::Value;
use tokio_tungstenite::tungstenite::Error;

use crate::client::{Came, Client, LIMIT, create};

const SHORT: Duration = Duration::from_millis(700);

fn answer() -> Answer {
    Answer::say("A story of two seconds.", 700.0, Duration::from_secs(2))
}

/// A client that asks for an answer that goes wrong a second into it.
fn struck(trouble: Trouble) -> (OpenAiStandIn, Client) {
    let script = Script::new().greeting(answer().until(Duration::from_secs(1), trouble));
    let (provider, mut client) = Client::with(script);
    client.send(&create());
    (provider, client)
}

#[test]
fn an_upgrade_is_refused_with_status_body_and_header() {
    for status in [401, 403, 404, 429, 503] {
        let door = Door::Refuse { status, code: "no_luck".to_owned(), retry_after_s: Some(7) };
        let provider = OpenAiStandIn::start(Script::new().door(door)).unwrap();
        let Err(Error::Http(response)) = Client::dial(provider.address(), "/v1/realtime?model=m") else {
            panic!("the upgrade was not refused")
        };
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(response.headers()["retry-after"], "7");
        let body: Value = serde_json::from_slice(response.body().as_ref().unwrap()).unwrap();
        assert_eq!(body["error"]["code"], "no_luck");
        // The next connection is served.
        Client::ready(&provider);
        assert_eq!(provider.connection_count(), 2);
    }
}

#[test]
fn another_path_is_not_found() {
    let provider = OpenAiStandIn::start(Script::new()).unwrap();
    let Err(Error::Http(response)) = Client::dial(provider.address(), "/realtime") else { panic!() };
    assert_eq!(response.status(), 404);
}

#[test]
fn connections_can_be_silent_or_answered_late() {
    let script = Script::new()
        .door(Door::Silent)
        .door(Door::Slow(SHORT))
        .door(Door::NoSession("model_load_error".into()));
    let provider = OpenAiStandIn::start(script).unwrap();
    let mut client = Client::open(&provider);
    assert!(matches!(client.next(SHORT), Came::Nothing));
    let dialled_at = Instant::now();
    Client::ready(&provider);
    assert!(dialled_at.elapsed() >= SHORT);
    let mut client = Client::open(&provider);
    assert_eq!(client.wait("error")["error"]["code"], "model_load_error");
    assert!(matches!(client.read_out(), Came::Closed(Some(1011))));
}

#[test]
fn each_close_code_ends_a_connection_within_a_word() {
    for code in [1000, 1001, 1008, 1011, 1012, 1013, 4000] {
        let (_provider, mut client) = struck(Trouble::Close(code));
        let Came::Closed(Some(seen)) = client.read_out() else { panic!("{code}") };
        assert_eq!(seen, code);
        assert!(!client.kinds().contains(&"response.done"));
    }
}

#[test]
fn a_connection_is_reset_in_the_middle_of_a_word() {
    let (_provider, mut client) = struck(Trouble::Abort);
    assert!(matches!(client.read_out(), Came::Reset));
}

#[test]
fn a_hang_stops_all_sending_but_keeps_the_connection() {
    let (provider, mut client) = struck(Trouble::Hang);
    assert!(matches!(client.read_out(), Came::Nothing));
    assert!(!client.kinds().contains(&"response.done"));
    assert_eq!(provider.connection(0).unwrap().ended, None);
}

#[test]
fn a_response_never_comes() {
    let (_provider, mut client) = Client::with(Script::new().greeting(Answer::never(Trouble::Hang)));
    client.send(&create());
    assert!(matches!(client.next(SHORT), Came::Nothing));
}

#[test]
fn garbage_arrives_between_good_events() {
    for trouble in [Trouble::MalformedJson, Trouble::Binary] {
        let (_provider, mut client) = struck(trouble.clone());
        let nonsense = client.read_out();
        let fits = match trouble {
            Trouble::Binary => matches!(nonsense, Came::Binary),
            _ => matches!(&nonsense, Came::Text(text) if text.starts_with("{\"type\"")),
        };
        assert!(fits, "{nonsense:?}");
        client.wait("response.done");
    }
    let (_provider, mut client) = struck(Trouble::UnknownEvents);
    client.wait("conversation.mood.updated");
    client.wait("response.done");
}

#[test]
fn unknown_members_and_events_are_everywhere() {
    let provider = OpenAiStandIn::start(Script::new().with_strangers()).unwrap();
    let mut client = Client::ready(&provider);
    client.send(&create());
    let done = client.wait("response.done");
    assert!(done["x_of_tomorrow"].is_object());
    assert!(client.kinds().contains(&"response.sparkle.delta"));
}

#[test]
fn a_response_fails_or_stays_incomplete() {
    let script = Script::new()
        .greeting(Answer::fail("insufficient_quota"))
        .greeting(answer().incomplete("max_output_tokens"));
    let (_provider, mut client) = Client::with(script);
    client.send(&create());
    let response = client.wait("response.done")["response"].clone();
    assert_eq!(
        (&response["status"], &response["status_details"]["error"]["code"]),
        (&"failed".into(), &"insufficient_quota".into())
    );
    assert!(!client.kinds().contains(&"response.output_audio.delta"));
    client.send(&create());
    let response = client.wait("response.done")["response"].clone();
    assert_eq!(response["status_details"]["reason"], "max_output_tokens");
}

#[test]
fn two_responses_overlap() {
    let second = Answer::say("Me too.", 400.0, Duration::from_millis(500));
    let (_provider, mut client) = struck(Trouble::Overlap(Box::new(second)));
    let first = client.wait("response.created")["response"]["id"].clone();
    let second = client.wait("response.created")["response"]["id"].clone();
    assert_ne!(first, second);
    client.wait("response.done");
    client.wait("response.done");
}

#[test]
fn a_session_expires() {
    let door = Door::Open { expires_in: Some(SHORT) };
    let provider = OpenAiStandIn::start(Script::new().door(door)).unwrap();
    let mut client = Client::ready(&provider);
    assert!(client.events[0]["session"]["expires_at"].is_u64());
    assert_eq!(client.wait("error")["error"]["code"], "session_expired");
    assert!(matches!(client.read_out(), Came::Closed(Some(1001))));
}

#[test]
fn trouble_strikes_when_a_test_asks_for_it() {
    let (provider, mut client) = Client::with(Script::new());
    provider.strike(Trouble::Error { kind: "server_error".into(), code: "internal_error".into() });
    assert_eq!(client.wait("error")["error"]["type"], "server_error");
    provider.strike(Trouble::Close(1012));
    assert!(matches!(client.next(LIMIT), Came::Closed(Some(1012))));
}

#[test]
fn a_session_expires_when_a_test_asks_for_it() {
    let (provider, mut client) = Client::with(Script::new());
    provider.strike(Trouble::Expire);
    assert_eq!(client.wait("error")["error"]["code"], "session_expired");
    assert!(matches!(client.read_out(), Came::Closed(Some(1001))));
}
