//! Calls that the registry is asked to make: which are refused, what is on record before a switch gets the order, and
//! that no call is made twice.

use std::time::Duration;

use cordboard_actors::line::SwitchMailbox;
use cordboard_actors::messages::{
    CallColleague, Dial, NoSwitch, PlaceCall, PlaceRefused, Placed, Refused, ToSwitch,
};
use cordboard_schema::dial::{DialPolicy, NotDialable};
use cordboard_schema::event::Fact;
use cordboard_schema::ids::{CallId, UserId};
use cordboard_schema::outbound::OutboundCall;
use cordboard_schema::switch::HandoffFailure;
use serde_json::{Value, json};
use tokio::time::sleep;
use uuid::Uuid;

use crate::setup::{Plan, Setup, on_paused_time, profile, until};
use crate::store::Answers;

const ID: CallId = CallId(Uuid::from_u128(77));

async fn place_as(setup: &Setup, call_id: CallId, call: Value) -> Result<Placed, PlaceRefused> {
    let call = serde_json::from_value::<OutboundCall>(call).unwrap().check().unwrap();
    setup
        .registry
        .ask(PlaceCall {
            organization_id: profile().organization_id,
            call_id,
            call,
            by: None,
            published: None,
        })
        .await
        .unwrap()
}

async fn place(setup: &Setup, call: Value) -> Result<Placed, PlaceRefused> {
    place_as(setup, CallId(Uuid::now_v7()), call).await
}

fn operator() -> Value {
    json!({ "to": "operator" })
}

/// Takes the call that the switch is asked to dial.
async fn dialled(switch: &mut SwitchMailbox) -> Dial {
    match switch.recv().await {
        Some(ToSwitch::Dial(dial)) => *dial,
        other => panic!("the switch gets {other:?}"),
    }
}

#[test]
fn a_switch_gets_a_call_once_it_is_stored() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let mut switch = setup.switch("pbx1", true, true);
        setup.bid(|store| store.commit = Answers::After(Duration::from_secs(1)));
        assert_eq!(place_as(&setup, ID, operator()).await, Ok(Placed::New));
        until("its beginning", || setup.has(ID, "dial_requested")).await;
        sleep(Duration::from_millis(900)).await;
        assert!(switch.is_empty() && !setup.has(ID, "attempt_recorded"), "it is not on disk yet");
        let dial = dialled(&mut switch).await;
        assert_eq!((dial.target.number(), dial.timeout_ms), ("2001", 30_000));
        assert!(setup.has(ID, "attempt_recorded"));

        dial.call.fact(Fact::DialFailed { failure: HandoffFailure::Busy, cause: None });
        until("its end", || setup.ending(ID).is_some()).await;
        assert!(setup.has(ID, "outbound_failed") && switch.is_empty());
    });
}

#[test]
fn nobody_is_dialled_while_the_journal_fails() {
    for commit in [Answers::Failing, Answers::Never] {
        on_paused_time(async {
            let setup = Setup::build(Plan::default());
            let switch = setup.switch("pbx1", true, true);
            setup.bid(|store| store.commit = commit);
            place_as(&setup, ID, operator()).await.unwrap();
            until("its end", || setup.ending(ID).is_some()).await;
            assert_eq!(setup.ending(ID).unwrap().0, "not_recorded");
            assert!(switch.is_empty(), "{commit:?}");
        });
    }
}

#[test]
fn a_hang_up_reaches_the_switch_that_calls() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let mut switch = setup.switch("pbx1", true, true);
        place_as(&setup, ID, operator()).await.unwrap();
        let channel = dialled(&mut switch).await.channel;
        setup.hang_up(ID).await;
        match switch.recv().await {
            Some(ToSwitch::StopDialling { channel: stopped }) => assert_eq!(stopped, channel),
            other => panic!("the switch gets {other:?}"),
        }
    });
}

#[test]
fn the_same_id_is_one_call_even_after_its_end() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let mut switch = setup.switch("pbx1", true, true);
        assert_eq!(place_as(&setup, ID, operator()).await, Ok(Placed::New));
        assert_eq!(place_as(&setup, ID, operator()).await, Ok(Placed::Known));
        let dial = dialled(&mut switch).await;
        dial.call.fact(Fact::DialFailed { failure: HandoffFailure::Busy, cause: None });
        setup.emptied().await;
        assert_eq!(place_as(&setup, ID, operator()).await, Ok(Placed::Known));
        assert!(switch.is_empty());
    });
}

#[test]
fn an_impossible_call_is_refused_with_a_reason() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        assert_eq!(place(&setup, operator()).await, Err(NoSwitch::None.into()));
        let _pbx1 = setup.switch("pbx1", true, true);
        let table = [
            (json!({ "to": "nobody" }), NotDialable::NoSuchName.into()),
            (json!({ "to": "+1301234" }), NotDialable::NotAllowed.into()),
            (json!({ "to": "operator", "profile": "nobody" }), PlaceRefused::NoSuchProfile),
            (json!({ "to": "operator", "switch": "pbx9" }), NoSwitch::Unknown.into()),
            (
                json!({ "to": "operator", "voicemail": { "do": "leave_message", "text": "Call us." } }),
                PlaceRefused::CannotSpeakText,
            ),
        ];
        for (call, refused) in table {
            assert_eq!(place(&setup, call.clone()).await, Err(refused), "{call}");
        }
        let _pbx2 = setup.switch("pbx2", false, false);
        let both = NoSwitch::Which(vec!["pbx1".to_owned(), "pbx2".to_owned()]);
        assert_eq!(place(&setup, operator()).await, Err(both.into()));
        let away = PlaceRefused::SwitchAway { switch: "pbx2".to_owned() };
        assert_eq!(place(&setup, json!({ "to": "operator", "switch": "pbx2" })).await, Err(away));
        assert_eq!(
            place(&setup, json!({ "to": "2001", "switch": "pbx1" })).await,
            Ok(Placed::New),
            "by number"
        );
    });
}

#[test]
fn allowed_numbers_are_called_over_a_switch_with_a_trunk() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (mut pbx1, _pbx2) = (setup.switch("pbx1", true, true), setup.switch("pbx2", true, false));
        let numbers_allowed = vec!["+4930*".parse().unwrap()];
        setup.bid(|store| {
            store.dialling.policy = Some(DialPolicy { numbers_allowed, ..DialPolicy::default() })
        });
        sleep(Duration::from_secs(3)).await;
        let on = |switch| json!({ "to": "+49301234", "switch": switch });
        assert_eq!(place(&setup, on("pbx1")).await, Ok(Placed::New));
        assert_eq!(dialled(&mut pbx1).await.target.number(), "+49301234");
        let (switch, setting) = ("pbx2".to_owned(), "the trunk of this".to_owned());
        assert_eq!(place(&setup, on("pbx2")).await, Err(PlaceRefused::NoTrunk { switch, setting }));
    });
}

#[test]
fn dialling_between_two_reads_of_the_store_counts() {
    on_paused_time(async {
        let setup = Setup::build(Plan { calls_max: 3, ..Plan::default() });
        let _switch = setup.switch("pbx1", true, true);
        setup.bid(|store| {
            store.dialling.policy = Some(DialPolicy { per_day_max: 2, ..DialPolicy::default() })
        });
        sleep(Duration::from_secs(3)).await;
        assert_eq!(place(&setup, operator()).await, Ok(Placed::New));
        assert_eq!(place(&setup, operator()).await, Ok(Placed::New));
        assert_eq!(place(&setup, operator()).await, Err(PlaceRefused::DialLimit));
    });
}

#[test]
fn a_lower_count_from_the_store_is_ignored() {
    on_paused_time(async {
        let setup = Setup::build(Plan { calls_max: 5, ..Plan::default() });
        let _switch = setup.switch("pbx1", true, true);
        setup.bid(|store| {
            store.dialling.policy = Some(DialPolicy { per_day_max: 2, ..DialPolicy::default() })
        });
        sleep(Duration::from_secs(3)).await;
        assert_eq!(place(&setup, operator()).await, Ok(Placed::New));
        assert_eq!(place(&setup, operator()).await, Ok(Placed::New));
        // The store has counted none of them yet.
        sleep(Duration::from_secs(3)).await;
        assert_eq!(place(&setup, operator()).await, Err(PlaceRefused::DialLimit));
        setup.bid(|store| {
            store.dialling.policy = Some(DialPolicy { per_day_max: 4, ..DialPolicy::default() });
            store.dialling.dialled_today = 3;
        });
        sleep(Duration::from_secs(3)).await;
        assert_eq!(place(&setup, operator()).await, Ok(Placed::New), "three of four were counted on disk");
        assert_eq!(place(&setup, operator()).await, Err(PlaceRefused::DialLimit));
    });
}

#[test]
fn calls_beyond_the_limit_are_refused() {
    on_paused_time(async {
        let setup = Setup::build(Plan { calls_max: 1, ..Plan::default() });
        let _switch = setup.switch("pbx1", true, true);
        assert_eq!(place(&setup, operator()).await, Ok(Placed::New));
        let full = Refused::NoCapacity { max: 1 };
        assert_eq!(place(&setup, operator()).await, Err(full.into()));
    });
}

#[test]
fn agents_still_call_once_the_daily_cap_is_reached() {
    on_paused_time(async {
        let setup = Setup::build(Plan { daily_cap: Some(1), ..Plan::default() });
        let _switch = setup.switch("pbx1", true, true);
        setup.bid(|store| store.spent_micros = 1);
        sleep(Duration::from_secs(3)).await;
        let refused = PlaceRefused::Refused(Refused::DailyCapReached);
        assert_eq!(place(&setup, operator()).await, Err(refused), "an assistant would talk");

        let (organization_id, by) = (profile().organization_id, UserId(Uuid::from_u128(5)));
        let call = serde_json::from_value::<OutboundCall>(operator()).unwrap().check().unwrap();
        let asked = PlaceCall { organization_id, call_id: ID, call, by: Some(by), published: None };
        assert_eq!(setup.registry.ask(asked).await.unwrap(), Ok(Placed::New));
        let (call_id, name) = (CallId(Uuid::now_v7()), "Ada".to_owned());
        let asked = CallColleague { organization_id, call_id, by, name, colleague: "operator".to_owned() };
        assert_eq!(setup.registry.ask(asked).await.unwrap(), Ok(()));
    });
}
