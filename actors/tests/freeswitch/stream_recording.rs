//! A recorded leg over an audio WebSocket: on the right is what the caller heard, not what was sent.

use std::time::Duration;

use cordboard_actors::messages::{PlaybackEvent, ToCall, ToLeg};
use cordboard_schema::ids::{CordId, LegId};
use tokio::time::Instant;

use crate::leg_call::LEG;
use crate::on_record::OnRecord;
use crate::stream_stage::{RATE, Speaker, Stage};
use crate::virtual_time::in_a_world;

const CALLER: i16 = 10_000;

#[test]
fn sound_that_was_cut_off_is_not_recorded() {
    in_a_world(async {
        let (record, track) = OnRecord::open(RATE);
        let mut stage = Stage::open();
        let (mut module, mut call, port) = stage.joined_leg().await;
        call.order(ToLeg::Record(track));
        let speaker = Speaker::plugged(&port);
        speaker.says(1, 1_000);
        assert_eq!([module.chunk().await.number, module.chunk().await.number], [1, 2]);
        // 200 ms until the switch begins, in which the caller talks.
        let mut pace = tokio::time::interval(Duration::from_millis(20));
        let mut began = Instant::now();
        for frame in 0..40 {
            pace.tick().await;
            module.say(CALLER).await;
            match frame {
                10 => {
                    began = Instant::now();
                    call.began(1);
                }
                16 => {
                    // This much of the first chunk was heard.
                    assert_eq!(began.elapsed(), Duration::from_millis(120));
                    call.order(ToLeg::Cleared(port.ear.clear(CordId { from: LegId(2), to: LEG })));
                    call.cut(1, 120);
                    call.order(ToLeg::Playback(PlaybackEvent::Emptied));
                }
                _ => {}
            }
        }
        while !matches!(call.next_message().await, ToCall::StopPlayback { .. }) {}
        module.say_goodbye().await;
        while call.reports_to_the_end().await.is_empty() {}
        let (left, right) = record.channels().await;
        let said = left.iter().filter(|sample| **sample == CALLER).count();
        assert!(said >= 38 * 160, "{said} samples of the caller");
        let heard: Vec<i16> = right.iter().copied().filter(|sample| *sample != 0).collect();
        let longest = heard.last().copied().unwrap();
        assert!((110..=140).contains(&longest), "heard {longest} ms of the item, of 120 ms");
        let began = right.iter().position(|sample| *sample != 0).unwrap() / 8;
        assert!((140..420).contains(&began), "it began at {began} ms, when the switch began it");
    });
}
