//! A disk that is full when a call comes: what is recorded after it has space again is at its right place.

use std::time::Duration;

use cordboard_actors::disk_fault::{self, DiskFault};
use cordboard_test_support::ear::speech;
use tokio::time::sleep;
use uuid::Uuid;

use crate::book::Book;
use crate::hearing::assert_whole;
use crate::world::world;

const RATE: u32 = 8_000;

#[test]
fn a_message_is_recorded_in_place_after_a_full_disk() {
    world(&[], async |world| {
        disk_fault::set(Some(DiskFault::Full));
        let uuid = Uuid::from_u128(1);
        let caller = world.caller(uuid).await;
        sleep(Duration::from_secs(5)).await;
        disk_fault::set(None);
        // It is retried each second.
        sleep(Duration::from_secs(2)).await;
        let id = world.call_of(uuid).await["id"].as_str().unwrap().to_owned();
        caller.press('1');
        world.wait_said(&id, "message_intro").await;
        let message = speech("message_text").resampled(RATE);
        caller.say(&message);
        sleep(message.length() + Duration::from_millis(500)).await;
        caller.press('#');
        world.wait_said(&id, "message_saved").await;
        caller.hang_up();

        world.ended(uuid).await;
        let [activity] = &world.activities(&id).await[..] else { panic!("not one activity") };
        let span = &activity["audio"];
        let (from_ms, to_ms) = (span["from_ms"].as_u64().unwrap(), span["to_ms"].as_u64().unwrap());
        assert_whole(&world.caller_part(&id, from_ms, to_ms).await, &message);
        assert_eq!(world.events_of(&id, "recording_failed").await.len(), 1);
        let [lost] = &world.events_of(&id, "recording_lost").await[..] else {
            panic!("it is journalled once")
        };
        let lost_ms = lost["lost_ms"].as_u64().unwrap();
        assert!((4_000..=6_500).contains(&lost_ms), "{lost_ms} ms");
        assert_eq!(world.row(&id).await["recording_lost_ms"], lost_ms);
    });
}
