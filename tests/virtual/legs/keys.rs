//! Keys: repeat, unknown, message, goodbye, operator.

use cordboard_test_support::ear::{assert_not_heard, speech};

use super::kind::{Kind, for_every_kind};
use super::stage::Stage;
use crate::book::Book;
use crate::hearing::{assert_heard, assert_whole};
use crate::suites::handoff::Party;

for_every_kind!(keys_repeat_take_a_message_and_say_goodbye, key_0_leads_to_the_operator);

async fn keys_repeat_take_a_message_and_say_goodbye(kind: Kind) {
    let stage = Stage::open(kind).await;
    let call = stage.call().await;
    stage.wait_says(&call.id, "greeting").await;
    call.line.press('#');
    stage.wait_said(&call.id, "repeat").await;
    call.line.press('7');
    stage.wait_said(&call.id, "unknown_key").await;
    call.line.press('1');
    stage.wait_said(&call.id, "message_intro").await;
    let message = speech("message_text");
    call.line.says(&message).await;
    call.line.press('#');
    stage.wait_said(&call.id, "message_saved").await;
    call.line.press('*');
    stage.let_go(&call).await;

    let heard = call.line.heard();
    assert_heard(&heard, "unknown_key");
    assert_heard(&heard, "goodbye");
    let row = stage.ended(&call.id).await;
    assert_eq!((&row["hangup_cause"], &row["hangup_by"]), (&"normal_clearing".into(), &"assistant".into()));
    assert_eq!(stage.next_of(&call).await, "hangup");

    let [activity] = &stage.activities(&call.id).await[..] else { panic!("not one activity") };
    let span = &activity["audio"];
    let kept =
        stage.caller_part(&call.id, span["from_ms"].as_u64().unwrap(), span["to_ms"].as_u64().unwrap()).await;
    assert_whole(&kept, &message);
    assert_not_heard(&kept, "message_intro");
    stage.close().await;
}

async fn key_0_leads_to_the_operator(kind: Kind) {
    let stage = Stage::open(kind).await;
    let call = stage.call().await;
    stage.wait_says(&call.id, "greeting").await;
    call.line.press('0');
    if kind == Kind::Web {
        // No switch could send a browser on. They hear that, and are not dropped.
        stage.wait_said(&call.id, "transfer_refused").await;
        assert_heard(&call.line.heard(), "transfer_refused");
        assert_eq!(stage.row(&call.id).await["state"], "live");
        call.line.hang_up();
        stage.left(&call).await;
        return stage.close().await;
    }
    stage.let_go(&call).await;
    assert_heard(&call.line.heard(), "transferring");
    assert_eq!(stage.ended(&call.id).await["hangup_cause"], "call_transferred");
    assert_eq!(stage.next_of(&call).await, "goto people,operator,1");
    call.line.hang_up();
    stage.close().await;
}
