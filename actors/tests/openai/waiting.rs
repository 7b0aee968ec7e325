//! An assistant that waits alongside another one until it is ordered to take over.

use cordboard_actors::assistant::openai::session::{Plan, Retry};
use cordboard_actors::messages::{AssistantOrder, Entrance};
use cordboard_schema::fold::Role;
use cordboard_schema::ids::ItemId;
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::said::SpokenLine;

use crate::stage::{Stage, plan};

fn waiting() -> Plan {
    Plan { entrance: Entrance::WhenOrdered, ..plan() }
}

#[test]
fn a_waiting_assistant_makes_one_attempt_silently() {
    let mut stage = Stage::dialing(waiting());
    stage.does(&["connect 1"]);
    stage.after(2_990);
    stage.does(&[]);
    stage.after(10);
    stage.does(&["close 1", "fail: unreachable"]);

    let mut stage = Stage::dialing(waiting());
    stage.acts();
    stage.lost(ProviderFailure::ProviderError, Retry::Soon);
    stage.does(&["fail: provider_error"]);
}

#[test]
fn it_takes_over_the_conversation_and_the_item_number() {
    let mut stage = Stage::dialing(waiting());
    stage.connect(None);
    stage.acts();
    stage.after(60_000);
    stage.does(&[]);
    let said = |role, text: &str| SpokenLine { role, text: text.to_owned() };
    let said = vec![said(Role::Caller, "When do you open?"), said(Role::Assistant, "Press 1 for a message.")];
    stage.order(AssistantOrder::TakeOver { said, first_item: ItemId(9) });
    stage.order(AssistantOrder::GoOn);
    let acts = stage.acts();
    let items = [
        "-> conversation.item.create system: The call is under way",
        "-> conversation.item.create user: When do you open?",
        "-> conversation.item.create assistant: Press 1 for a message.",
    ];
    assert_eq!(acts.len(), items.len() + 1, "{acts:#?}");
    for (act, item) in acts.iter().zip(items) {
        assert!(act.starts_with(item), "{acts:#?}");
    }
    assert!(acts[3].starts_with("-> response.create"), "{acts:#?}");
    let tag = acts[3].split(' ').nth(2).unwrap().to_owned();
    stage.created("r1", Some(&tag));
    stage.audio("r1", "a1", 500, "We open at nine");
    let acts = stage.acts();
    assert!(acts.contains(&"begin 9".to_owned()), "{acts:#?}");
}

#[test]
fn after_a_takeover_waiting_callers_are_comforted() {
    let mut stage = Stage::dialing(waiting());
    stage.connect(None);
    stage.acts();
    stage.order(AssistantOrder::TakeOver { said: Vec::new(), first_item: ItemId(3) });
    stage.order(AssistantOrder::GoOn);
    stage.acts();
    stage.after(1_199);
    stage.does(&[]);
    stage.after(1);
    let acts = stage.acts();
    assert!(acts.contains(&"play OneMoment".to_owned()), "{acts:#?}");
}
