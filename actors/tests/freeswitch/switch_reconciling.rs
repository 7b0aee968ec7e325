//! The comparison of our calls with the switch's channels.

use std::time::Duration;

use cordboard_actors::line::PendingRequest;
use cordboard_actors::messages::{ChannelsSeen, ToRegistry, ToSwitch, Unmatched};
use cordboard_schema::event::Fact;
use cordboard_schema::ids::{CallId, EffectId};
use uuid::Uuid;

use crate::switch_stage::{CALLER, Call, PERSON, Peer, Stage, dump, soon};

/// One comparison is due at once, and the next one only much later.
const SELDOM: Option<Duration> = Some(Duration::from_secs(3_600));

/// A list of channels that run these applications.
fn list(rows: &[(Uuid, &str)]) -> String {
    let rows: Vec<String> = rows
        .iter()
        .map(|(channel, run)| format!("{{\"uuid\":\"{channel}\",\"application\":\"{run}\"}}"))
        .collect();
    match rows.len() {
        0 => "{\"row_count\": 0}\n".to_owned(),
        count => format!("{{\"row_count\":{count},\"rows\":[{}]}}", rows.join(",")),
    }
}

/// Expects that the registry is asked about this list, and answers.
async fn compared(stage: &mut Stage, channels: &[Uuid], unmatched: Unmatched) {
    match soon("a comparison", stage.registry.recv()).await {
        Some(ToRegistry::ChannelsSeen(PendingRequest {
            request: ChannelsSeen { server, channels: seen, .. },
            reply,
        })) => {
            assert_eq!((server.as_str(), seen.as_slice()), ("pbx1", channels));
            reply.send(unmatched).unwrap();
        }
        other => panic!("the registry gets {other:?}"),
    }
}

fn gone(channels: &[Uuid]) -> Unmatched {
    Unmatched { gone: channels.to_vec(), unknown: Vec::new() }
}

fn unknown(channels: &[Uuid]) -> Unmatched {
    Unmatched { gone: Vec::new(), unknown: channels.to_vec() }
}

/// A switch whose first comparison is under way: its list is requested.
async fn comparing() -> (Stage, Peer) {
    let stage = Stage::open_with(SELDOM).await;
    let mut peer = stage.connection().await;
    peer.sign_in().await;
    peer.take_opening().await;
    peer.expect("api show channels as json").await;
    (stage, peer)
}

/// The same, with a call that watches its channel. The switch reports nothing on it before it has sent its list.
async fn comparing_with_a_call() -> (Stage, Peer, Call) {
    let (mut stage, mut peer) = comparing().await;
    let mut call = stage.call();
    stage.watch(&call);
    peer.expect(&format!("api uuid_dump {CALLER} json")).await;
    peer.api(&list(&[])).await;
    peer.api(&dump(CALLER, &[("Answer-State", "answered")])).await;
    assert!(matches!(call.fact().await, Fact::ControlAttached { .. }));
    compared(&mut stage, &[], gone(&[CALLER])).await;
    peer.expect(&format!("api uuid_exists {CALLER}")).await;
    (stage, peer, call)
}

#[actix::test]
async fn a_call_whose_channel_is_gone_ends() {
    let (stage, mut peer, mut call) = comparing_with_a_call().await;
    peer.api("false").await;
    assert_eq!(call.fact().await, Fact::ChannelGone);
    stage.settled().await;
    assert!(stage.shown().await.is_connected);
    assert!(call.has_no_message());
}

#[actix::test]
async fn a_list_that_lags_ends_no_call() {
    for answer in ["true", "-ERR no reply\n", "", "-ERR command not found\n", "FALSE POSITIVE"] {
        let (stage, mut peer, call) = comparing_with_a_call().await;
        peer.api(answer).await;
        stage.settled().await;
        assert!(stage.shown().await.is_connected);
        assert!(call.has_no_message(), "{answer:?}");
    }
}

#[actix::test]
async fn a_call_watched_by_another_switch_is_left_alone() {
    let (mut stage, mut peer) = comparing().await;
    let call = stage.call();
    peer.api(&list(&[])).await;
    compared(&mut stage, &[], gone(&[CALLER])).await;
    // If it were searched for, that would be the next command.
    stage.tell(ToSwitch::StopRinging { channel: PERSON });
    peer.expect(&format!("api uuid_kill {PERSON} ORIGINATOR_CANCEL")).await;
    assert!(call.has_no_message());
}

#[actix::test]
async fn a_channel_that_waits_for_a_lost_call_is_resumed() {
    let (mut stage, mut peer) = comparing().await;
    let [busy, waits, talks] = [2, 3, 4].map(Uuid::from_u128);
    peer.api(&list(&[(busy, "socket"), (waits, "sleep"), (talks, "bridge")])).await;
    compared(&mut stage, &[busy, waits, talks], unknown(&[busy, waits, talks])).await;
    peer.expect(&format!("api uuid_dump {waits} json")).await;
    let ours = [
        ("variable_cordboard_call", "c"),
        ("variable_cordboard_port", "192.0.2.7:8022"),
        ("variable_current_application", "sleep"),
    ];
    peer.api(&dump(waits, &ours)).await;
    peer.expect(&format!("api uuid_transfer {waits} 'socket:192.0.2.7:8022 async full' inline")).await;
    peer.api("+OK\n").await;
}

#[actix::test]
async fn a_channel_not_ours_or_not_waiting_is_left_alone() {
    let ours = ("variable_cordboard_call", "c");
    let table: [&[(&str, &str)]; 5] = [
        &[("variable_current_application", "park")],
        // They talk with another server that uses this switch, or their server is about to be back.
        &[ours, ("variable_cordboard_port", "192.0.2.8:8022"), ("variable_current_application", "park")],
        &[ours, ("variable_current_application", "socket")],
        &[ours, ("variable_current_application", "voicemail")],
        &[ours, ("variable_current_application", "park"), ("variable_bridge_to", "b")],
    ];
    for variables in table {
        let (mut stage, mut peer) = comparing().await;
        peer.api(&list(&[(CALLER, "park")])).await;
        compared(&mut stage, &[CALLER], unknown(&[CALLER])).await;
        peer.expect(&format!("api uuid_dump {CALLER} json")).await;
        peer.api(&dump(CALLER, variables)).await;
        stage.tell(ToSwitch::StopRinging { channel: PERSON });
        peer.expect(&format!("api uuid_kill {PERSON} ORIGINATOR_CANCEL")).await;
    }
}

/// Its server was killed, and the call was not resumed: whoever holds the phone would hear nothing until they hang up.
#[actix::test]
async fn a_phone_that_a_dead_server_left_is_hung_up() {
    let (mut stage, mut peer) = comparing().await;
    let left = CallId(Uuid::from_u128(9)).phone(EffectId(4));
    peer.api(&list(&[(left, "park")])).await;
    compared(&mut stage, &[left], unknown(&[left])).await;
    peer.expect(&format!("api uuid_dump {left} json")).await;
    let ours = [("variable_cordboard_port", "192.0.2.7:8022"), ("variable_current_application", "park")];
    peer.api(&dump(left, &ours)).await;
    peer.expect(&format!("api uuid_kill {left} ORIGINATOR_CANCEL")).await;
}

#[actix::test]
async fn a_malformed_list_has_no_effect() {
    for odd in ["", "-ERR no reply\n", "{\"row_count\": 3}", "{\"row_count\":1,\"rows\":[{\"uuid\":", "[]"] {
        let (mut stage, mut peer) = comparing().await;
        peer.api(odd).await;
        stage.settled().await;
        assert!(stage.shown().await.is_connected);
        assert!(stage.registry.try_recv().is_err(), "{odd:?}");
    }
}
