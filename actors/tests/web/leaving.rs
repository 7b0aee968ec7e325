//! Ends: by the visitor, by the socket, and by the server.

use std::time::Duration;

use cordboard_actors::media::PipedMessage;
use cordboard_actors::messages::ToLeg;
use cordboard_actors::sign_ins::OpenedBy;
use cordboard_actors::web::{AudioGrant, TurnedAway};
use cordboard_schema::call::LegEnd;
use cordboard_schema::event::Fact;
use cordboard_schema::ids::{SignInId, UserId};
use cordboard_schema::line_quality::LineQuality;
use serde_json::json;
use uuid::Uuid;

use crate::leg_call::{CallReport, LEG, until};
use crate::stage::{Browser, CALL, Heard, NAME, hello, knocks, passes};

#[actix::test]
async fn a_goodbye_is_a_hang_up() {
    let (mut browser, mut call, _port) = Browser::joined_leg(24_000).await;
    browser.sends(json!({ "type": "bye" })).await;
    assert_eq!(call.left().await.0, LegEnd::Closed);
    assert_eq!(browser.hears().await, None, "the socket is released");
    until("the leg is no longer counted", || browser.live.now() == 0).await;
}

#[actix::test]
async fn a_page_that_reports_away_has_not_hung_up() {
    let (mut browser, mut call, _port) = Browser::joined_leg(24_000).await;
    browser.sends(json!({ "type": "away" })).await;
    assert_eq!(call.left().await.0, LegEnd::Away);
    assert_eq!(browser.hears().await, None, "the socket is released");
}

#[actix::test]
async fn quality_is_reported_before_the_leg_leaves() {
    for how in ["bye", "broken"] {
        let (browser, mut call, _port) = Browser::joined_leg(24_000).await;
        let at = |packets_in| LineQuality { packets_in, packets_lost_in: 5, ..LineQuality::default() };
        browser.measures(at(50));
        browser.measures(at(95));
        match how {
            "bye" => browser.sends(json!({ "type": "bye" })).await,
            _ => browser.breaks(),
        }
        let reports = call.reports_to_the_end().await;
        let [.., CallReport::Fact(measured), CallReport::Fact(left)] = reports.as_slice() else {
            panic!("{reports:?}")
        };
        assert_eq!(*measured, Fact::LineMeasured { leg: LEG, quality: at(95) }, "{how}");
        assert!(matches!(left, Fact::LegLeft { .. }), "{left:?}");
        let measured = |reports: &&CallReport| matches!(reports, CallReport::Fact(Fact::LineMeasured { .. }));
        assert_eq!(reports.iter().filter(measured).count(), 1, "once, with the newest");
    }
    let (browser, mut call, _port) = Browser::joined_leg(24_000).await;
    browser.sends(json!({ "type": "bye" })).await;
    let reports = call.reports_to_the_end().await;
    assert!(
        !reports.iter().any(|reports| matches!(reports, CallReport::Fact(Fact::LineMeasured { .. }))),
        "{reports:?}"
    );
}

#[actix::test]
async fn a_socket_that_ends_without_goodbye_is_broken() {
    let (browser, mut call, _port) = Browser::joined_leg(24_000).await;
    browser.breaks();
    assert_eq!(call.left().await.0, LegEnd::Broken);
}

#[tokio::test(start_paused = true)]
async fn a_browser_that_sends_not_even_silence_is_broken() {
    let test = async {
        let (_browser, mut call, _port) = Browser::joined_leg(24_000).await;
        let began = tokio::time::Instant::now();
        assert_eq!(call.left().await.0, LegEnd::Broken);
        assert_eq!(began.elapsed().as_secs(), 5);
    };
    tokio::task::LocalSet::new().run_until(test).await;
}

#[tokio::test(start_paused = true)]
async fn a_browser_that_reads_nothing_breaks_only_its_leg() {
    let test = async {
        let (browser, mut call, port) = Browser::joined_leg(24_000).await;
        let speaker = crate::stage::Speaker::plugged(&port);
        speaker.says(1, 60_000);
        let talking = async {
            loop {
                browser.says(&[0; 480]).await;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::select! {
            (how, _) = call.left() => assert_eq!(how, LegEnd::Broken),
            () = talking => {}
        }
    };
    tokio::task::LocalSet::new().run_until(test).await;
}

#[actix::test]
async fn a_call_that_releases_the_leg_says_goodbye() {
    for is_gone in [false, true] {
        let (mut browser, mut call, _port) = Browser::joined_leg(24_000).await;
        match is_gone {
            true => call.leg = None,
            false => call.order(ToLeg::Release),
        }
        let Some(Heard::Text(bye)) = browser.hears().await else { panic!("no bye") };
        assert_eq!(bye, json!({ "type": "bye", "cause": "ended", "words": "The call has ended." }));
        assert_eq!(browser.hears().await, None);
        assert_eq!(call.left().await.0, LegEnd::Released);
    }
}

#[actix::test]
async fn audio_that_ended_with_its_sign_in_cannot_come_back() {
    let passes = passes();
    let [ours, other] = [1, 2].map(|id| SignInId(Uuid::from_u128(id)));
    let token = passes.mint(AudioGrant::Agent {
        user: UserId(Uuid::from_u128(3)),
        opened_by: Some(OpenedBy { sign_in: ours, since: 0 }),
        call: CALL,
        name: NAME,
    });
    let (mut browser, mut call, _port) = Browser::come(&passes, &hello(24_000, "token", &token)).await;
    passes.ended_sign_ins().add(other);
    passes.ended_sign_ins().add(ours);
    let Some(Heard::Text(bye)) = browser.hears().await else { panic!("no bye") };
    assert_eq!(bye, json!({ "type": "bye", "cause": "ended", "words": "The sign-in has ended." }));
    assert_eq!(browser.hears().await, None);
    assert_eq!(call.left().await.0, LegEnd::SignedOut);
    let again = [PipedMessage::Text(hello(24_000, "resume", &browser.resume).to_string())];
    assert!(matches!(knocks(&passes, &again).await.0, Err(TurnedAway::BadToken)));
}
