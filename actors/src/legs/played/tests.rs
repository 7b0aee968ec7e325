use proptest::prelude::*;

use super::*;

const ONE: ItemId = ItemId(1);

/// Sends this many frames of 20 ms of an item at once, and a mark after them if one is due.
fn send(played: &mut Played, now_ms: u64, item: ItemId, frames: u64, from_ms: u64) -> Option<Mark> {
    for frame in 1..=frames {
        played.sent(now_ms, 160, Some(ItemGiven { item, until_ms: from_ms + frame * 20 }));
    }
    played.wants_mark().then(|| played.mark(now_ms))
}

fn finished(item: ItemId) -> ItemPlayed {
    ItemPlayed { item, ms: 0, end: ItemEnd::Finished }
}

fn report(item: ItemId, ms: u64, end: ItemEnd) -> Vec<ItemPlayed> {
    vec![ItemPlayed { item, ms, end }]
}

#[test]
fn an_item_counts_as_heard_when_its_mark_echoes() {
    let mut played = Played::new(SampleRate::HZ_8000);
    let mark = send(&mut played, 0, ONE, 5, 0).unwrap();
    assert_eq!(mark, Mark { generation: 0, place: 800 });
    assert_eq!(played.left_ear(finished(ONE)), []);
    assert_eq!(played.expire(1_000), []);
    assert_eq!(played.echoed(1_000, mark), report(ONE, 100, ItemEnd::Finished));
    assert_eq!(played.echoed(1_001, mark), [], "it is reported once");
}

#[test]
fn the_end_of_an_item_is_marked_at_once() {
    let mut played = Played::new(SampleRate::HZ_8000);
    assert_eq!(send(&mut played, 0, ONE, 2, 0), None);
    played.left_ear(finished(ONE));
    assert!(played.wants_mark());
    let mark = played.mark(0);
    assert!(!played.wants_mark());
    assert_eq!(played.echoed(60, mark), report(ONE, 40, ItemEnd::Finished));
}

#[test]
fn an_item_heard_early_is_reported_at_its_end() {
    let mut played = Played::new(SampleRate::HZ_8000);
    let mark = send(&mut played, 0, ONE, 5, 0).unwrap();
    assert_eq!(played.echoed(120, mark), []);
    assert_eq!(played.left_ear(finished(ONE)), report(ONE, 100, ItemEnd::Finished));
}

#[test]
fn barge_in_time_counts_from_last_echo_to_next_mark() {
    for (at_ms, heard_ms) in [(0, 0), (40, 40), (100, 100), (150, 100)] {
        let mut played = Played::new(SampleRate::HZ_8000);
        send(&mut played, 0, ONE, 5, 0);
        send(&mut played, 0, ONE, 5, 100);
        let cleared = played.cleared(at_ms, &report(ONE, 200, ItemEnd::Cleared));
        assert_eq!(cleared, (true, report(ONE, heard_ms, ItemEnd::Cleared)), "at {at_ms}");
    }
    let mut played = Played::new(SampleRate::HZ_8000);
    let first = send(&mut played, 0, ONE, 5, 0).unwrap();
    send(&mut played, 0, ONE, 5, 100);
    played.echoed(250, first);
    let cleared = played.cleared(290, &report(ONE, 200, ItemEnd::Cleared));
    assert_eq!(cleared, (true, report(ONE, 140, ItemEnd::Cleared)));
}

#[test]
fn echoes_of_cleared_audio_are_ignored() {
    let mut played = Played::new(SampleRate::HZ_8000);
    let old = send(&mut played, 0, ONE, 5, 0).unwrap();
    played.cleared(20, &report(ONE, 100, ItemEnd::Cleared));
    let two = ItemId(2);
    let new = send(&mut played, 30, two, 5, 0).unwrap();
    assert_eq!(new, Mark { generation: 1, place: 1_600 });
    played.left_ear(finished(two));
    assert_eq!(played.echoed(40, old), []);
    assert_eq!(played.echoed(41, Mark { generation: 0, place: 1_600 }), [], "a mark of another generation");
    assert_eq!(played.echoed(150, new), report(two, 100, ItemEnd::Finished));
}

#[test]
fn a_clear_with_nothing_to_clear_is_not_sent() {
    let mut played = Played::new(SampleRate::HZ_8000);
    assert_eq!(
        played.cleared(0, &report(ONE, 0, ItemEnd::Cleared)),
        (false, report(ONE, 0, ItemEnd::Cleared))
    );
    let mark = send(&mut played, 0, ONE, 5, 0).unwrap();
    played.echoed(100, mark);
    assert_eq!(
        played.cleared(200, &report(ONE, 100, ItemEnd::Cleared)),
        (false, report(ONE, 100, ItemEnd::Cleared))
    );
}

#[test]
fn audio_ahead_is_counted_at_real_time_pace() {
    let mut played = Played::new(SampleRate::HZ_8000);
    send(&mut played, 1_000, ONE, 10, 0);
    assert_eq!((played.ahead_ms(1_000), played.ahead_ms(1_150), played.ahead_ms(9_000)), (200, 50, 0));
    send(&mut played, 9_000, ONE, 1, 200);
    assert_eq!(played.ahead_ms(9_000), 20, "silent time is not caught up on");
}

#[test]
fn no_more_audio_is_sent_while_echoes_are_missing() {
    let mut played = Played::new(SampleRate::HZ_8000);
    send(&mut played, 0, ONE, 100, 0);
    assert!(!played.keeps_up());
    played.left_ear(finished(ONE));
    let late_ms = 2_000 + PLAYED_ECHO_LATE_MS_MAX;
    assert_eq!(played.expire(late_ms - 1), []);
    assert_eq!(played.expire(late_ms), report(ONE, 2_000, ItemEnd::Finished));
    assert!(played.keeps_up() && played.echoes_missed == 1);
}

#[test]
fn padding_is_not_heard() {
    let mut played = Played::new(SampleRate::HZ_8000);
    played.sent(0, 160, Some(ItemGiven { item: ONE, until_ms: 7 }));
    played.left_ear(finished(ONE));
    let mark = played.mark(0);
    assert_eq!(played.echoed(30, mark), report(ONE, 7, ItemEnd::Finished));
}

/// Event of a leg.
#[derive(Clone, Debug)]
enum Happens {
    Sends { frames: u64 },
    Ends,
    Echoes { mark: usize },
    Clears,
    Passes { ms: u64 },
}

fn happenings() -> impl Strategy<Value = Vec<Happens>> {
    let one = prop_oneof![
        (1_u64..12).prop_map(|frames| Happens::Sends { frames }),
        Just(Happens::Ends),
        (0_usize..40).prop_map(|mark| Happens::Echoes { mark }),
        Just(Happens::Clears),
        (0_u64..400).prop_map(|ms| Happens::Passes { ms }),
    ];
    prop::collection::vec(one, 0..60)
}

proptest! {
    #[test]
    fn every_item_is_reported_once_within_its_length(happenings in happenings()) {
        let mut played = Played::new(SampleRate::HZ_8000);
        let (mut now_ms, mut item, mut given_ms) = (0, 1, 0);
        let mut marks = Vec::new();
        let mut given = std::collections::BTreeMap::new();
        let mut said = Vec::new();
        for happens in happenings {
            match happens {
                Happens::Sends { frames } => {
                    marks.extend(send(&mut played, now_ms, ItemId(item), frames, given_ms));
                    given_ms += frames * 20;
                    given.insert(item, given_ms);
                }
                Happens::Ends if given_ms > 0 => {
                    said.extend(played.left_ear(finished(ItemId(item))));
                    if played.wants_mark() {
                        marks.push(played.mark(now_ms));
                    }
                    (item, given_ms) = (item + 1, 0);
                }
                Happens::Ends => {}
                Happens::Echoes { mark } => {
                    if let Some(mark) = marks.get(mark) {
                        said.extend(played.echoed(now_ms, *mark));
                    }
                }
                Happens::Clears => {
                    let items = if given_ms > 0 { report(ItemId(item), given_ms, ItemEnd::Cleared) } else { Vec::new() };
                    said.extend(played.cleared(now_ms, &items).1);
                    (item, given_ms) = (item + 1, 0);
                }
                Happens::Passes { ms } => {
                    now_ms += ms;
                    said.extend(played.expire(now_ms));
                }
            }
        }
        said.extend(played.expire(u64::MAX));
        let mut last = 0;
        for ItemPlayed { item, ms, end } in said {
            prop_assert!(item.0 > last, "reported once, in order");
            last = item.0;
            let whole = given.get(&item.0).copied().unwrap_or(0);
            prop_assert!(ms <= whole);
            prop_assert!(end == ItemEnd::Cleared || ms == whole);
        }
        if given_ms == 0 {
            prop_assert!(given.keys().all(|item| *item <= last), "every item is reported");
        }
    }
}
