//! Whether a person can be reached at an extension.

use cordboard_actors::messages::ToSwitch;
use cordboard_schema::event::Fact;
use cordboard_schema::ids::EffectId;
use cordboard_schema::switch::{ExtensionChecked, ExtensionState};
use tokio::sync::oneshot;

use crate::switch_stage::{Stage, captured, phone, soon};

const FREE: &str = "{\"row_count\": 0}\n";
const CONTACT: &str = "sofia/internal/sip:1002@127.0.0.1:5082";
const NO_CONTACT: &str = "error/user_not_registered";

/// A list of one channel.
fn one_channel(name: &str, presence_id: &str) -> String {
    format!(
        "{{\"row_count\":1,\"rows\":[{{\"uuid\":\"x\",\"name\":\"{name}\",\"presence_id\":\"{presence_id}\"}}]}}"
    )
}

async fn checked(answers: [&str; 3]) -> Option<ExtensionChecked> {
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    let mut call = stage.call();
    let (effect, phone) = (EffectId(7), phone("1002", Some("127.0.0.1")));
    stage.tell(ToSwitch::CheckExtension { effect, phone, call: call.line.clone() });
    peer.extension("1002@127.0.0.1", answers).await;
    match call.fact().await {
        Fact::ExtensionChecked { effect: EffectId(7), checked } => checked,
        other => panic!("{other:?}"),
    }
}

#[actix::test]
async fn each_combination_of_the_three_answers_is_understood() {
    let all = "user_exists, sofia_contact, show channels";
    let called = one_channel("sofia/internal/k3x9@198.51.100.7:5082", "1002@127.0.0.1");
    let calling = one_channel("sofia/internal/1002@127.0.0.1", "");
    let another = one_channel("sofia/internal/11002@127.0.0.1", "11002@127.0.0.1");
    let table = [
        (["true", CONTACT, FREE], ExtensionState::Registered, all),
        (["true", CONTACT, &called], ExtensionState::InCall, all),
        (["true", CONTACT, &calling], ExtensionState::InCall, all),
        (["true", CONTACT, &another], ExtensionState::Registered, all),
        (["true", NO_CONTACT, FREE], ExtensionState::Unregistered, "user_exists, sofia_contact"),
        (["false", NO_CONTACT, FREE], ExtensionState::Unknown, "user_exists"),
    ];
    for (answers, state, found_by) in table {
        let found = ExtensionChecked { state, found_by: found_by.to_owned() };
        assert_eq!(checked(answers).await, Some(found), "{answers:?}");
    }
}

#[actix::test]
async fn a_malformed_answer_gives_no_result() {
    for answers in [
        ["-ERR no reply\n", CONTACT, FREE],
        ["true", "-ERR what", FREE],
        ["true", CONTACT, "uuid,direction\n"],
        ["true", CONTACT, "{\"row_count\": 5}"],
    ] {
        assert_eq!(checked(answers).await, None, "{answers:?}");
    }
}

#[actix::test]
async fn a_real_switch_before_during_and_after_a_call() {
    let capture = String::from_utf8(captured("in_busy_check")).unwrap();
    let bodies: Vec<String> = bodies(&capture);
    let [contact, free, contact_in_call, in_call] = &bodies[..4] else { panic!("{bodies:?}") };
    let before = checked(["true", contact, free]).await.unwrap();
    assert_eq!(before.state, ExtensionState::Registered);
    let during = checked(["true", contact_in_call, in_call]).await.unwrap();
    assert_eq!(during.state, ExtensionState::InCall);
    let caller = self::bodies(&String::from_utf8(captured("in_busy_check_caller")).unwrap());
    let calling = checked(["true", contact, &caller[0]]).await.unwrap();
    assert_eq!(calling.state, ExtensionState::InCall);
}

/// The bodies of the answers in a capture, in order.
fn bodies(capture: &str) -> Vec<String> {
    let answers = capture.split("Content-Type: api/response\nContent-Length: ").skip(1);
    let body = |answer: &str| {
        let (length, rest) = answer.split_once("\n\n").unwrap();
        rest[..length.trim().parse().unwrap()].to_owned()
    };
    answers.map(body).collect()
}

#[actix::test]
async fn the_default_domain_is_the_switchs_own() {
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    let (reply, answer) = oneshot::channel();
    stage.tell(ToSwitch::AskExtension { phone: phone("1002", None), reply });
    peer.extension("1002@pbx.example", ["true", NO_CONTACT, FREE]).await;
    let checked = soon("an answer", answer).await.unwrap().unwrap();
    assert_eq!(checked.state, ExtensionState::Unregistered);
}

#[actix::test]
async fn an_absent_switch_gives_no_result_at_once() {
    let stage = Stage::open().await;
    let (reply, answer) = oneshot::channel();
    stage.tell(ToSwitch::AskExtension { phone: phone("1002", None), reply });
    assert_eq!(soon("an answer", answer).await.unwrap(), None);
}

#[actix::test]
async fn a_lost_connection_gives_no_result_at_once() {
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    let (reply, answer) = oneshot::channel();
    stage.tell(ToSwitch::AskExtension { phone: phone("1002", None), reply });
    peer.expect("api user_exists id 1002 pbx.example").await;
    peer.close();
    assert_eq!(soon("an answer", answer).await.unwrap(), None);
}
