//! The actor's behaviour with any provider; the providers here are scripted.

use std::future::Future;
use std::time::Duration;

use cordboard_actors::assistant::{Headset, Input, Provider, ProviderFault};
use cordboard_actors::messages::AssistantOrder;
use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::ids::ItemId;
use cordboard_schema::limits::ASSISTANT_ORDERS_MAX;
use cordboard_schema::line::Line;
use cordboard_schema::provider::ProviderFailure;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use tokio::time::sleep;

use crate::stage::{Stage, on_paused_time};

/// A provider that runs this function.
struct Scripted<F>(F);

impl<F, R> Provider for Scripted<F>
where
    F: FnOnce(Headset) -> R,
    R: Future<Output = Result<(), ProviderFault>> + 'static,
{
    fn name(&self) -> &'static str {
        "scripted"
    }

    fn run(self: Box<Self>, headset: Headset) -> LocalBoxFuture<'static, Result<(), ProviderFault>> {
        (self.0)(headset).boxed_local()
    }
}

/// 100 ms of a loud constant.
fn loud() -> Frame {
    Frame::pcm(SampleRate::HZ_8000, vec![9_000; 800])
}

async fn wait_for_stop(mut headset: Headset) -> Result<(), ProviderFault> {
    while headset.next().await != Input::Order(AssistantOrder::Stop) {}
    Ok(())
}

/// Accepts nothing, says nothing and never ends.
async fn hang(headset: Headset) -> Result<(), ProviderFault> {
    std::future::pending::<()>().await;
    wait_for_stop(headset).await
}

#[test]
fn orders_given_while_it_connects_are_kept_in_order() {
    on_paused_time(async {
        let mut stage = Stage::with(Scripted(|mut headset: Headset| async move {
            sleep(Duration::from_millis(500)).await;
            headset.ready();
            loop {
                match headset.next().await {
                    Input::Order(AssistantOrder::Say(line)) => {
                        let utterance = headset.begin(Some(line));
                        headset.complete(utterance, "said");
                    }
                    Input::Order(AssistantOrder::Stop) => return Ok(()),
                    _ => {}
                }
            }
        }));
        stage.order(AssistantOrder::Say(Line::Greeting));
        stage.order(AssistantOrder::Say(Line::StillThere));
        stage.caller_listens(480).await;
        assert_eq!(stage.reports(), [""; 0], "not ready yet");
        stage.caller_listens(40).await;
        let said = [
            "item 1: Some(Greeting)",
            "complete 1: 0 ms, said",
            "item 2: Some(StillThere)",
            "complete 2: 0 ms, said",
        ];
        assert_eq!(stage.reports(), [&["ready: scripted"], &said[..]].concat());
    });
}

#[test]
fn late_audio_of_a_cut_utterance_is_not_heard() {
    on_paused_time(async {
        let mut stage = Stage::with(Scripted(|mut headset: Headset| async move {
            let mut utterance = headset.begin(None);
            headset.speak(&mut utterance, loud());
            let cut = headset.next().await;
            assert!(matches!(cut, Input::Order(AssistantOrder::Heard { heard_ms: 60, .. })), "{cut:?}");
            for _ in 0..10 {
                sleep(Duration::from_millis(20)).await;
                headset.speak(&mut utterance, loud());
            }
            headset.complete(utterance, "one two three");
            let mut next = headset.begin(None);
            headset.speak(&mut next, loud());
            headset.complete(next, "next");
            wait_for_stop(headset).await
        }));
        stage.settle().await;
        stage.line_is_dead(60).await;
        stage.clear();
        // A new leg's lane does not know what was cut off in the old one.
        stage.caller_returns();
        stage.line_is_dead(400).await;
        let heard: Vec<(u64, u64)> = stage.played.iter().map(|played| (played.item.0, played.ms)).collect();
        assert_eq!(heard, [(2, 100)], "only the next one");
        assert_eq!(
            stage.reports(),
            [
                "item 1: None",
                "complete 1: 1100 ms, one two three",
                "item 2: None",
                "complete 2: 100 ms, next"
            ],
            "text and length are known all the same"
        );
    });
}

#[test]
fn a_call_never_hears_a_number_twice() {
    on_paused_time(async {
        let twice = Scripted(|mut headset: Headset| async move {
            for _ in 0..2 {
                let utterance = headset.begin(None);
                headset.complete(utterance, "");
            }
            wait_for_stop(headset).await
        });
        let mut stage = Stage::with_numbers_from(ItemId(41), twice);
        stage.settle().await;
        let reports: Vec<String> =
            stage.reports().into_iter().filter(|fact| fact.starts_with("item")).collect();
        assert_eq!(reports, ["item 41: None", "item 42: None"]);
    });
}

#[test]
fn an_utterance_without_a_listener_is_reported() {
    on_paused_time(async {
        let mut stage = Stage::with(Scripted(|mut headset: Headset| async move {
            sleep(Duration::from_millis(100)).await;
            let mut utterance = headset.begin(None);
            headset.speak(&mut utterance, loud());
            headset.complete(utterance, "hello?");
            wait_for_stop(headset).await
        }));
        stage.lose_caller();
        let reports = stage.reports_until("played", 200).await;
        assert_eq!(reports, ["item 1: None", "complete 1: 100 ms, hello?", "played 1: 0 ms, Cleared"]);
    });
}

#[test]
fn stop_ends_it_silently() {
    on_paused_time(async {
        let mut stage = Stage::with(Scripted(wait_for_stop));
        stage.settle().await;
        assert_eq!(stage.live.now(), 1);
        stage.order(AssistantOrder::Stop);
        stage.settle().await;
        assert_eq!(stage.live.now(), 0, "at once");
        assert_eq!(stage.reports(), [""; 0]);
    });
}

#[test]
fn a_provider_ignoring_stop_is_ended_after_a_second() {
    on_paused_time(async {
        let mut stage = Stage::with(Scripted(hang));
        stage.order(AssistantOrder::Stop);
        stage.assistant = None;
        sleep(Duration::from_millis(900)).await;
        assert_eq!(stage.live.now(), 1, "it may still be closing");
        sleep(Duration::from_millis(200)).await;
        assert_eq!(stage.live.now(), 0);
        assert_eq!(stage.reports(), [""; 0]);
    });
}

#[test]
fn it_ends_when_the_call_drops_it() {
    on_paused_time(async {
        let mut stage = Stage::with(Scripted(hang));
        stage.settle().await;
        assert_eq!(stage.live.now(), 1);
        stage.assistant = None;
        stage.settle().await;
        assert_eq!(stage.live.now(), 0);
        assert_eq!(stage.reports(), [""; 0]);
    });
}

/// Starts a provider that ends badly, and returns the reports to the call, after some more orders.
async fn reports_of_end(provider: impl Provider + 'static) -> Vec<String> {
    let mut stage = Stage::with(provider);
    stage.settle().await;
    stage.order(AssistantOrder::Say(Line::Greeting));
    stage.settle().await;
    assert_eq!(stage.live.now(), 0);
    stage.order(AssistantOrder::Stop);
    sleep(Duration::from_secs(2)).await;
    stage.reports()
}

#[test]
fn every_end_of_a_provider_is_reported_once() {
    on_paused_time(async {
        let refused = Scripted(|_| async {
            Err(ProviderFault::new(ProviderFailure::Unauthorized, "401 from the provider: check the key"))
        });
        assert_eq!(reports_of_end(refused).await, ["failed: 401 from the provider: check the key"]);

        let gone = Scripted(|_| async { Ok(()) });
        assert_eq!(reports_of_end(gone).await, ["failed: `scripted` ended before the call did"]);

        let panicking = Scripted(|headset: Headset| async move {
            headset.ready();
            panic!("index {} out of range", 7)
        });
        let reports = reports_of_end(panicking).await;
        assert_eq!(reports, ["ready: scripted", "failed: `scripted` panicked: index 7 out of range"]);
    });
}

#[test]
fn a_provider_that_takes_no_orders_has_failed() {
    on_paused_time(async {
        let mut stage = Stage::with(Scripted(hang));
        for _ in 0..ASSISTANT_ORDERS_MAX + 5 {
            stage.order(AssistantOrder::Say(Line::StillThere));
        }
        stage.settle().await;
        assert_eq!(stage.reports(), ["failed: `scripted` is stuck: 64 orders wait for it"]);
        assert_eq!(stage.live.now(), 0);
    });
}
