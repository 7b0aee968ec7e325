//! The accounting of chunks: tables, and a property over random orders of events.

use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;

use super::*;

const FINISHED: ItemEnd = ItemEnd::Finished;
const CLEARED: ItemEnd = ItemEnd::Cleared;

fn played(item: u64, ms: u64, end: ItemEnd) -> ItemPlayed {
    ItemPlayed { item: ItemId(item), ms, end }
}

fn began(chunk: u64) -> PlaybackEvent {
    PlaybackEvent::Began { chunk }
}

fn finished(chunk: u64) -> PlaybackEvent {
    PlaybackEvent::Ended { chunk, heard_ms: 0, end: PlayedEnd::Finished }
}

fn cut(chunk: u64, heard_ms: u64) -> PlaybackEvent {
    PlaybackEvent::Ended { chunk, heard_ms, end: PlayedEnd::Cleared }
}

/// Sends a chunk of `ms` of an item at `now_ms`; `until_ms` of the item are given with it.
fn send(chunks: &mut Chunks, now_ms: u64, item: u64, ms: u64) -> u64 {
    let item = ItemId(item);
    let before = chunks.item(item).given_ms;
    let ms = chunks.given(ItemGiven { item, until_ms: before + ms });
    chunks.sent(now_ms, gathered(ms, vec![Span { item, at_ms: 0, ms }])).0
}

/// Returns a chunk at 8 kHz in which each sample's value is its position.
fn gathered(ms: u64, spans: Vec<Span>) -> Gathered {
    Gathered { samples: (0..ms * 8).map(|at| at as i16).collect(), spans, ms }
}

/// Returns two chunks of 200 ms of item 1, and one of 100 ms of item 2, all sent at 0; both items have left the ear.
fn three() -> Chunks {
    let mut chunks = Chunks::of(LegId(1));
    assert_eq!([send(&mut chunks, 0, 1, 200), send(&mut chunks, 0, 1, 200)], [1, 2]);
    assert_eq!(chunks.left_ear(played(1, 400, FINISHED)), []);
    assert_eq!(send(&mut chunks, 0, 2, 100), 3);
    assert_eq!(chunks.left_ear(played(2, 100, FINISHED)), []);
    chunks
}

#[test]
fn an_item_is_reported_when_its_last_chunk_ends() {
    let mut chunks = three();
    for event in [began(1), finished(1), began(2)] {
        assert_eq!(chunks.playback(50, event), []);
    }
    assert_eq!(chunks.playback(450, finished(2)), [played(1, 400, FINISHED)]);
    assert_eq!(chunks.playback(550, finished(3)), [played(2, 100, FINISHED)]);
    assert_eq!(chunks.oldest(), 4);
    assert_eq!(chunks.playback(560, finished(3)), [], "reported once");
}

#[test]
fn items_underway_at_the_legs_end_follow_the_clock() {
    let mut chunks = three();
    chunks.playback(40, began(1));
    chunks.playback(240, finished(1));
    chunks.playback(240, began(2));
    assert_eq!(chunks.over(300), [played(1, 260, CLEARED), played(2, 0, CLEARED)]);
    let mut chunks = three();
    for (now_ms, event) in [(40, finished(1)), (440, finished(2)), (440, began(3))] {
        chunks.playback(now_ms, event);
    }
    assert_eq!(chunks.over(540), [played(2, 100, FINISHED)]);
    send(&mut chunks, 600, 3, 200);
    assert_eq!(chunks.over(900), [], "the ear reports an item that it has not given completely");
}

#[test]
fn an_unfinished_item_is_not_reported() {
    let mut chunks = Chunks::of(LegId(1));
    send(&mut chunks, 0, 1, 200);
    assert_eq!(chunks.playback(240, finished(1)), []);
    assert_eq!(chunks.left_ear(played(1, 200, FINISHED)), [played(1, 200, FINISHED)]);
}

#[test]
fn a_barge_in_reports_what_was_heard_not_sent() {
    let mut chunks = three();
    chunks.playback(40, began(1));
    assert_eq!(chunks.cleared(170, &[]), (Some(4), vec![]));
    assert_eq!(chunks.cleared(171, &[]), (None, vec![]), "ordered once");
    assert_eq!(chunks.playback(190, cut(1, 150)), []);
    let reports = chunks.playback(190, PlaybackEvent::Emptied);
    assert_eq!(reports, [played(1, 150, CLEARED), played(2, 0, CLEARED)]);
}

#[test]
fn an_unanswered_stop_ends_after_400_ms() {
    let mut chunks = three();
    chunks.playback(40, began(1));
    chunks.cleared(170, &[]);
    assert_eq!(chunks.expire(569), []);
    assert_eq!(chunks.expire(570), [played(1, 130, CLEARED), played(2, 0, CLEARED)]);
}

#[test]
fn speech_after_a_barge_in_is_not_stopped_with_it() {
    let mut chunks = three();
    chunks.playback(40, began(1));
    chunks.cleared(100, &[]);
    assert_eq!(send(&mut chunks, 110, 3, 200), 4);
    assert_eq!(chunks.lead_ms(120), 200, "audio that is being stopped does not count");
    chunks.left_ear(played(3, 200, FINISHED));
    let reports = chunks.playback(120, PlaybackEvent::Emptied);
    assert_eq!(reports, [played(1, 60, CLEARED), played(2, 0, CLEARED)]);
    assert_eq!(chunks.playback(330, finished(4)), [played(3, 200, FINISHED)]);
}

/// Sends the audio that is to be sent again. Returns for each chunk its first sample, its length, and the items in it.
fn send_again(chunks: &mut Chunks, now_ms: u64) -> Vec<(i16, u64, Vec<Span>)> {
    let again = chunks.take_again();
    let show = |chunk: &Gathered| (chunk.samples[0], chunk.ms, chunk.spans.clone());
    let shown = again.iter().map(show).collect();
    again.into_iter().for_each(|chunk| drop(chunks.sent(now_ms, chunk)));
    shown
}

fn span(item: u64, at_ms: u64, ms: u64) -> Span {
    Span { item: ItemId(item), at_ms, ms }
}

#[test]
fn unheard_audio_is_sent_again_after_a_link_takeover() {
    let mut chunks = three();
    chunks.playback(40, began(1));
    assert_eq!(chunks.handed(170), (Some(4), vec![]));
    assert!(!chunks.may_send(), "the other link's audio is being stopped");
    assert_eq!(chunks.playback(190, cut(1, 150)), []);
    assert_eq!(chunks.playback(190, PlaybackEvent::Emptied), []);
    assert!(chunks.may_send());
    let again =
        [(1_200, 50, vec![span(1, 0, 50)]), (0, 200, vec![span(1, 0, 200)]), (0, 100, vec![span(2, 0, 100)])];
    assert_eq!(send_again(&mut chunks, 200), again);
    assert_eq!([4, 5].map(|chunk| chunks.playback(460, finished(chunk)))[1], [played(1, 400, FINISHED)]);
    assert_eq!(chunks.playback(600, finished(6)), [played(2, 100, FINISHED)]);
}

#[test]
fn audio_at_the_switch_survives_a_link_takeover() {
    let mut chunks = three();
    chunks.playback(40, began(1));
    for chunk in [2, 3] {
        assert_eq!(chunks.playback(100, PlaybackEvent::Given { chunk }), []);
    }
    assert_eq!(chunks.handed(110), (None, vec![]), "nothing is stopped");
    assert_eq!(chunks.lead_ms(240), 300);
    assert_eq!(chunks.playback(240, finished(1)), []);
    assert_eq!(chunks.playback(440, finished(2)), [played(1, 400, FINISHED)]);
    assert_eq!(chunks.expire(2_539), []);
    assert_eq!(chunks.expire(2_540), [played(2, 100, FINISHED)], "its end was not reported");
}

#[test]
fn a_link_takeover_in_silence_stops_nothing() {
    let mut chunks = three();
    for (chunk, now_ms) in [(1, 40), (2, 240), (3, 440)] {
        chunks.playback(now_ms, began(chunk));
    }
    chunks.playback(240, finished(1));
    let all = vec![played(1, 400, FINISHED), played(2, 100, FINISHED)];
    assert_eq!(chunks.handed(540), (None, all), "the lost link would have reported the end of the last one");
    assert!(chunks.may_send());
}

#[test]
fn without_a_link_only_audio_at_the_switch_is_heard() {
    let mut chunks = three();
    chunks.playback(40, began(1));
    for event in [PlaybackEvent::Given { chunk: 2 }, PlaybackEvent::Lost] {
        assert_eq!(chunks.playback(100, event), []);
    }
    assert!(!chunks.may_send());
    assert_eq!(chunks.expire(10_099), [], "a new link is awaited");
    assert_eq!(chunks.handed(2_500), (Some(4), vec![played(1, 400, FINISHED)]));
    assert_eq!(chunks.expire(2_900), [], "the third was never reported: it is sent again");
    assert_eq!(send_again(&mut chunks, 2_900), [(0, 100, vec![span(2, 0, 100)])]);
}

#[test]
fn a_new_link_is_awaited_for_10_s() {
    let mut chunks = three();
    chunks.playback(40, began(1));
    chunks.playback(100, PlaybackEvent::Lost);
    assert_eq!(chunks.expire(10_100), [played(1, 200, CLEARED), played(2, 0, CLEARED)]);
    assert!(chunks.may_send());
}

#[test]
fn a_barge_in_during_a_takeover_leaves_nothing_to_resend() {
    let mut chunks = three();
    chunks.playback(40, began(1));
    chunks.handed(170);
    chunks.playback(190, cut(1, 150));
    assert_eq!(chunks.cleared(195, &[]), (None, vec![]), "it is being stopped");
    let reports = chunks.playback(200, PlaybackEvent::Emptied);
    assert_eq!(reports, [played(1, 150, CLEARED), played(2, 0, CLEARED)]);
    assert!(chunks.may_send() && chunks.take_again().is_empty());
}

#[test]
fn a_link_lost_during_takeover_leaves_it_to_the_next() {
    let mut chunks = three();
    chunks.playback(40, began(1));
    chunks.handed(170);
    chunks.playback(180, PlaybackEvent::Lost);
    assert_eq!(chunks.expire(2_000), []);
    assert_eq!(chunks.handed(2_100), (Some(4), vec![]));
    chunks.playback(2_110, PlaybackEvent::Emptied);
    let again: Vec<u64> = send_again(&mut chunks, 2_120).iter().map(|(_, ms, _)| *ms).collect();
    assert_eq!(again, [70, 200, 100], "130 ms were heard until it was stopped");
}

#[test]
fn a_live_voice_is_not_sent_again() {
    let mut chunks = Chunks::of(LegId(1));
    chunks.sent(0, gathered(200, vec![]));
    assert_eq!(chunks.handed(50).0, Some(2));
    chunks.playback(70, PlaybackEvent::Emptied);
    assert_eq!(send_again(&mut chunks, 80), []);
}

#[test]
fn an_unreported_chunk_is_lost_2_s_after_its_end() {
    let mut chunks = three();
    assert_eq!(chunks.expire(2_399), []);
    assert_eq!(chunks.expire(2_400), [played(1, 0, CLEARED)]);
    assert_eq!(chunks.expire(2_499), []);
    assert_eq!(chunks.expire(2_500), [played(2, 0, CLEARED)]);

    let mut chunks = three();
    for (now_ms, event) in [(40, began(1)), (240, finished(1)), (240, began(2))] {
        assert_eq!(chunks.playback(now_ms, event), []);
    }
    assert_eq!(chunks.expire(2_439), []);
    assert_eq!(chunks.expire(2_440), [played(1, 400, FINISHED)], "it had begun, and was not cut off");
}

#[test]
fn the_lead_is_what_was_not_heard_yet() {
    let mut chunks = Chunks::of(LegId(1));
    send(&mut chunks, 0, 1, 200);
    send(&mut chunks, 0, 1, 200);
    assert_eq!(chunks.lead_ms(100), 400, "as long as nothing begins");
    chunks.playback(100, began(1));
    assert_eq!([100, 150, 300, 999].map(|now_ms| chunks.lead_ms(now_ms)), [400, 350, 200, 200]);
    chunks.playback(300, finished(1));
    chunks.playback(300, began(2));
    assert_eq!([300, 450, 500, 999].map(|now_ms| chunks.lead_ms(now_ms)), [200, 50, 0, 0]);
}

#[test]
fn a_shared_chunk_counts_what_was_heard_of_each_item() {
    let mut chunks = Chunks::of(LegId(1));
    chunks.given(ItemGiven { item: ItemId(1), until_ms: 60 });
    chunks.given(ItemGiven { item: ItemId(2), until_ms: 100 });
    let spans = [Span { item: ItemId(1), at_ms: 20, ms: 60 }, Span { item: ItemId(2), at_ms: 80, ms: 100 }];
    chunks.sent(0, gathered(180, spans.to_vec()));
    chunks.left_ear(played(1, 60, FINISHED));
    assert_eq!(chunks.cleared(100, &[played(2, 100, CLEARED)]).0, Some(2));
    let reports = chunks.playback(120, cut(1, 95));
    assert_eq!(reports, [played(1, 60, FINISHED), played(2, 15, CLEARED)]);
}

#[test]
fn audio_given_and_not_sent_was_not_heard() {
    let mut chunks = Chunks::of(LegId(1));
    send(&mut chunks, 0, 1, 200);
    chunks.playback(200, finished(1));
    let ms = chunks.given(ItemGiven { item: ItemId(1), until_ms: 240 });
    chunks.dropped(&[Span { item: ItemId(1), at_ms: 0, ms }]);
    assert_eq!(chunks.cleared(210, &[played(1, 240, CLEARED)]), (None, vec![played(1, 200, CLEARED)]));
}

#[test]
fn an_item_without_audio_is_reported_at_once() {
    let mut chunks = Chunks::of(LegId(1));
    assert_eq!(chunks.left_ear(played(1, 0, FINISHED)), [played(1, 0, FINISHED)]);
    assert_eq!(chunks.cleared(0, &[played(2, 0, CLEARED)]), (None, vec![played(2, 0, CLEARED)]));
}

/// An event, each at a later time than the one before.
#[derive(Clone, Debug)]
enum Step {
    Say { ms: u64 },
    EndItem,
    Clear,
    Began(u64),
    Finished(u64),
    Cut(u64, u64),
    Emptied,
    Given(u64),
    Lost,
    Handed,
    Pass { ms: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    let chunk = 1..12_u64;
    prop_oneof![
        4 => (1..=400_u64).prop_map(|ms| Step::Say { ms }),
        2 => Just(Step::EndItem),
        1 => Just(Step::Clear),
        3 => chunk.clone().prop_map(Step::Began),
        3 => chunk.clone().prop_map(Step::Finished),
        1 => (chunk, 0..500_u64).prop_map(|(chunk, ms)| Step::Cut(chunk, ms)),
        1 => Just(Step::Emptied),
        1 => (1..12_u64).prop_map(Step::Given),
        1 => Just(Step::Lost),
        1 => Just(Step::Handed),
        3 => (0..600_u64).prop_map(|ms| Step::Pass { ms }),
    ]
}

proptest! {
    #[test]
    fn items_end_once_in_order_heard_no_more_than_sent(
        steps in proptest::collection::vec(step(), 1..60)
    ) {
        let mut chunks = Chunks::of(LegId(1));
        let (mut now_ms, mut item) = (0, 1);
        let mut sent: BTreeMap<u64, u64> = BTreeMap::new();
        let mut open = VecDeque::new();
        let mut reports = Vec::new();
        for step in steps {
            now_ms += 1;
            reports.extend(chunks.expire(now_ms));
            match step {
                Step::Say { ms } if chunks.may_send() => {
                    send(&mut chunks, now_ms, item, ms);
                    *sent.entry(item).or_default() += ms;
                }
                Step::EndItem => {
                    let ms = *sent.entry(item).or_default();
                    reports.extend(chunks.left_ear(played(item, ms, FINISHED)));
                    open.push_back(item);
                    item += 1;
                }
                Step::Clear => {
                    let ms = *sent.entry(item).or_default();
                    reports.extend(chunks.cleared(now_ms, &[played(item, ms, CLEARED)]).1);
                    open.push_back(item);
                    item += 1;
                }
                Step::Began(chunk) => reports.extend(chunks.playback(now_ms, began(chunk))),
                Step::Finished(chunk) => reports.extend(chunks.playback(now_ms, finished(chunk))),
                Step::Cut(chunk, ms) => reports.extend(chunks.playback(now_ms, cut(chunk, ms))),
                Step::Emptied => reports.extend(chunks.playback(now_ms, PlaybackEvent::Emptied)),
                Step::Given(chunk) => reports.extend(chunks.playback(now_ms, PlaybackEvent::Given { chunk })),
                Step::Lost => reports.extend(chunks.playback(now_ms, PlaybackEvent::Lost)),
                Step::Handed => reports.extend(chunks.handed(now_ms).1),
                Step::Say { .. } => {}
                Step::Pass { ms } => now_ms += ms,
            }
            if chunks.may_send() {
                send_again(&mut chunks, now_ms);
            }
        }
        reports.extend(chunks.expire(now_ms + 500_000));
        send_again(&mut chunks, now_ms + 500_000);
        reports.extend(chunks.expire(now_ms + 1_000_000));
        let order: Vec<u64> = reports.iter().map(|played| played.item.0).collect();
        prop_assert_eq!(order, Vec::from(open), "each item that left the ear, once and in order");
        for ItemPlayed { item, ms, end } in reports {
            prop_assert!(ms <= sent[&item.0], "{item:?}: {ms} ms of {}", sent[&item.0]);
            prop_assert!(end != FINISHED || ms == sent[&item.0]);
        }
        prop_assert_eq!(chunks.lead_ms(now_ms + 1_000_000), 0);
    }
}
