//! The same bytes give the same result wherever they are cut.

use cordboard_actors::freeswitch::channel_control::{ChannelControl, ControlOf, Word};
use cordboard_actors::freeswitch::commands::STOCK_MUSIC;
use cordboard_schema::switch::ControlId;
use cordboard_schema::wire::esl::{Decoder, EslValue, Frame};
use proptest::prelude::*;

use crate::esl_switch::{captured, channel_of};

/// Messages to a call for a capture that arrives in these pieces, a millisecond apart.
fn reports(bytes: &[u8], cuts: &[usize]) -> Vec<Word> {
    let of = ControlOf {
        channel: channel_of(bytes),
        control: ControlId(1),
        call: None,
        music: EslValue::new(STOCK_MUSIC).unwrap(),
        way_back: None,
    };
    let mut control = ChannelControl::open(of);
    let (mut decoder, mut words) = (Decoder::new(), Vec::new());
    let ends = cuts.iter().copied().chain([bytes.len()]);
    let mut start = 0;
    for (now_ms, end) in (0..).zip(ends) {
        let mut piece = &bytes[start..end];
        let mut frames = 0;
        while let Some(frame) = decoder.decode(&mut piece).unwrap() {
            frames += 1;
            assert!(frames <= bytes.len(), "a frame consumes none of the input: {frame:?}");
            if !matches!(frame, Frame::ChannelData(_)) {
                control.frame(&frame, now_ms);
            }
        }
        words.extend(control.take_words());
        start = end;
    }
    control.lost("the end", Vec::new(), 0);
    words.extend(control.take_words());
    words
}

const CAPTURES: &[&str] =
    &["out_evsub_dtmf", "out_hold_reinvite_unbridged", "ai_call_flow.out", "out_hangup_preanswer"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn pieces_give_the_same_result_as_the_whole(
        capture in proptest::sample::select(CAPTURES),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..40),
    ) {
        let bytes = captured(&format!("{capture}.fs2app.bin"));
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.index(bytes.len())).collect();
        cuts.sort_unstable();
        let whole = reports(&bytes, &[]);
        prop_assert!(whole.len() > 1);
        prop_assert_eq!(reports(&bytes, &cuts), whole);
    }
}
