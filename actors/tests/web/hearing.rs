//! A visitor's speech and keys.

use cordboard_schema::call::LegEnd;
use cordboard_schema::event::Fact;
use cordboard_schema::limits::TYPED_EVERY_MS;
use serde_json::json;

use crate::leg_call::{Call, CallReport, LEG, Listener};
use crate::stage::{Browser, Heard, grant, hello, passes};

/// The loudness of a word.
const WORD: i16 = 4_092;

#[actix::test]
async fn speech_is_heard_in_pieces_of_any_length() {
    for rate in [24_000, 16_000] {
        let (browser, _call, port) = Browser::joined_leg(rate).await;
        let listener = Listener::plugged(&port);
        for samples in [480, 1, 3_000, 77] {
            browser.says(&vec![WORD; samples]).await;
            assert_eq!(listener.hears_samples(samples).await, vec![WORD; samples]);
        }
    }
}

/// A program may collect up to a second before it sends a message (docs/web-audio.md).
#[actix::test]
async fn a_long_message_is_heard_whole() {
    for (rate, samples) in [(24_000, 12_000), (24_000, 24_000), (16_000, 16_000)] {
        let (browser, _call, port) = Browser::joined_leg(rate).await;
        let listener = Listener::plugged(&port);
        browser.says(&vec![WORD; samples]).await;
        assert_eq!(listener.hears_samples(samples).await, vec![WORD; samples]);
    }
}

#[actix::test]
async fn keys_reach_the_call_in_their_order() {
    let (browser, mut call, _port) = Browser::joined_leg(24_000).await;
    for digit in ["1", "#", "D"] {
        browser.presses(digit).await;
    }
    for _ in 0..100 {
        browser.presses("5").await;
    }
    browser.sends(json!({ "type": "bye" })).await;
    let (how, digits) = call.left().await;
    assert_eq!((how, digits), (LegEnd::Closed, format!("1#D{}", "5".repeat(100))));
}

#[actix::test]
async fn unknown_messages_are_ignored() {
    let (browser, mut call, port) = Browser::joined_leg(24_000).await;
    let listener = Listener::plugged(&port);
    for odd in [
        json!([]),
        json!({ "type": "speed" }),
        json!({ "type": "dtmf", "digit": "50" }),
        json!({ "type": "mark", "name": "cb-99-99" }),
        json!({ "type": "mark", "name": "theirs" }),
        json!({ "type": "hello", "version": 1, "rate": 24_000, "token": "x" }),
    ] {
        browser.sends(odd).await;
    }
    browser.sends_bytes(vec![1]).await;
    browser.sends_bytes(vec![1; 100_000]).await;
    browser.says(&[WORD; 480]).await;
    assert_eq!(listener.hears_samples(480).await, [WORD; 480]);
    browser.sends(json!({ "type": "bye" })).await;
    assert_eq!(call.left().await, (LegEnd::Closed, String::new()));
}

#[tokio::test(start_paused = true)]
async fn typed_text_is_a_turn_but_a_flood_is_not() {
    let test = async {
        let (browser, mut call, _port) = Browser::joined_leg(24_000).await;
        let types = async |text: &str| browser.sends(json!({ "type": "typed", "text": text })).await;
        types("  <script>alert('1')</script> ").await;
        for odd in ["", " \n ", &"x".repeat(5_000)] {
            types(odd).await;
        }
        browser.sends(json!({ "type": "person" })).await;
        for number in 0..1_000 {
            types(&format!("flood {number}")).await;
            tokio::task::yield_now().await;
        }
        browser.sends(json!({ "type": "bye" })).await;
        let reports = call.reports_to_the_end().await;
        let typed: Vec<&str> = reports
            .iter()
            .filter_map(|reports| match reports {
                CallReport::Fact(Fact::Typed { leg: LEG, text }) => Some(text.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(typed, ["<script>alert('1')</script>", "flood 0", "flood 1", "flood 2"]);
        assert!(reports.contains(&CallReport::Fact(Fact::PersonAsked { leg: LEG })));
    };
    tokio::task::LocalSet::new().run_until(test).await;
}

#[tokio::test(start_paused = true)]
async fn who_has_just_written_much_may_ask_for_a_person() {
    let test = async {
        let (browser, mut call, _port) = Browser::joined_leg(24_000).await;
        for text in ["Hello?", "Anyone?", "Hello!", "Are you there?", "A human, please"] {
            browser.sends(json!({ "type": "typed", "text": text })).await;
        }
        for _ in 0..1_000 {
            browser.sends(json!({ "type": "person" })).await;
            tokio::task::yield_now().await;
        }
        browser.sends(json!({ "type": "bye" })).await;
        let reports = call.reports_to_the_end().await;
        let is_request = |report: &&CallReport| **report == CallReport::Fact(Fact::PersonAsked { leg: LEG });
        let requests = reports.iter().filter(is_request).count();
        assert!((1..10).contains(&requests), "{requests} requests for a person");
    };
    tokio::task::LocalSet::new().run_until(test).await;
}

/// The visitor's texts that a call got until its leg ended.
async fn texts_of(mut call: Call) -> Vec<String> {
    let typed = |report| match report {
        CallReport::Fact(Fact::Typed { text, .. }) => Some(text),
        _ => None,
    };
    call.reports_to_the_end().await.into_iter().filter_map(typed).collect()
}

#[tokio::test(start_paused = true)]
async fn each_numbered_text_reaches_the_call_once_despite_reconnecting() {
    let test = async {
        let passes = passes();
        let types =
            |number: u32| json!({ "type": "typed", "text": format!("text {number}"), "number": number });
        let confirmed = |number: u32| Some(Heard::Text(json!({ "type": "typed", "number": number })));
        let token = passes.mint(grant());
        let (mut browser, call, _port) = Browser::come(&passes, &hello(24_000, "token", &token)).await;
        assert_eq!(browser.typed, Some(0));
        // The second is sent twice; the fourth comes before the third.
        for number in [1, 2, 2, 4] {
            browser.sends(types(number)).await;
        }
        for number in [1, 2, 2] {
            assert_eq!(browser.hears().await, confirmed(number));
        }
        let resume = browser.resume.clone();
        browser.breaks();
        assert_eq!(texts_of(call).await, ["text 1", "text 2"]);

        let (mut browser, call, _port) = Browser::come(&passes, &hello(24_000, "resume", &resume)).await;
        assert_eq!(browser.typed, Some(2), "the page need not send them again");
        // The eighth is one more than may come at once. The page sends it again a moment later.
        for number in 2..=8 {
            browser.sends(types(number)).await;
        }
        for number in 2..=7 {
            assert_eq!(browser.hears().await, confirmed(number));
        }
        tokio::time::sleep(std::time::Duration::from_millis(TYPED_EVERY_MS)).await;
        browser.sends(types(8)).await;
        assert_eq!(browser.hears().await, confirmed(8));
        // A text that can't be read does not hold up the next one.
        tokio::time::sleep(std::time::Duration::from_millis(2 * TYPED_EVERY_MS)).await;
        browser.sends(json!({ "type": "typed", "text": " ", "number": 9 })).await;
        browser.sends(types(10)).await;
        for number in 9..=10 {
            assert_eq!(browser.hears().await, confirmed(number));
        }
        browser.sends(json!({ "type": "bye" })).await;
        assert_eq!(texts_of(call).await, [3, 4, 5, 6, 7, 8, 10].map(|number| format!("text {number}")));
    };
    tokio::task::LocalSet::new().run_until(test).await;
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_sound_is_accepted_at_real_time_pace() {
    let test = async {
        let (browser, _call, port) = Browser::joined_leg(24_000).await;
        let listener = Listener::plugged(&port);
        for _ in 0..200 {
            browser.says(&vec![WORD; 24_000]).await;
            // All of it at the same moment.
            tokio::task::yield_now().await;
        }
        let mut heard = 0;
        while let Ok(piece) =
            tokio::time::timeout(std::time::Duration::from_millis(1), listener.hears()).await
        {
            heard += piece.len();
        }
        assert!(heard <= 24_000, "{heard} samples of 200 s");
    };
    tokio::task::LocalSet::new().run_until(test).await;
}
