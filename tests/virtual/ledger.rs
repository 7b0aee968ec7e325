//! The ledger, compared with what exists.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::sleep;
use uuid::Uuid;

use crate::book::Book;
use crate::world::{End, Stage};

const MOMENT: Duration = Duration::from_secs(1);

#[test]
fn the_ledger_lists_a_live_call_with_all_its_parts() {
    // The panic is on purpose: an orderly end would fail because of it.
    Stage::new().play(&[("calls.meet_timeout_s", "1")], End::Killed, async |world| {
        let callers = [world.caller(Uuid::from_u128(1)).await, world.caller(Uuid::from_u128(2)).await];
        sleep(MOMENT).await;
        for kind in ["calls", "call_timers", "legs_audiosocket", "assistants", "recordings"] {
            assert_eq!(world.open_of(kind).await, Some(2), "{kind}");
        }
        for kind in
            ["legs_freeswitch", "control_links", "provider_connections", "audio_ports", "switch_links"]
        {
            assert_eq!(world.open_of(kind).await, Some(0), "{kind}");
        }
        let mut silent = TcpStream::connect(world.addresses.audiosocket).await.unwrap();
        sleep(MOMENT).await;
        assert_eq!(world.open_of("handshakes").await, Some(1));
        silent.write_all(b"nobody").await.unwrap();
        drop(silent);
        sleep(MOMENT).await;
        assert_eq!(world.open_of("handshakes").await, Some(0));

        // A fault that kills an actor leaves its call in the ledger, once. It is requested on this thread: the API's panics strike the calls of any
        // world in
        // this process.
        #[cfg(feature = "fault-injection")]
        cordboard_actors::fault::arm(cordboard_actors::fault::Fault::PanicInCall);
        drop(callers);
        world.balanced().await;
        #[cfg(feature = "fault-injection")]
        assert_eq!(world.figure("cordboard_calls_reborn_total").await, 1);
        assert_eq!(world.figure("cordboard_opened_total{kind=\"calls\"}").await, 2);
        assert_eq!(world.figure("cordboard_open{kind=\"calls\"}").await, 0);
    });
}
