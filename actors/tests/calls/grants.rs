//! Which of the server's switches an organization's calls reach: those that were granted by name, on every route; and
//! never more than the server's own dial policy admits.

use std::time::Duration;

use cordboard_actors::messages::{
    Admission, Answerer, Dialling, Expect, NoSwitch, PlaceCall, PlaceRefused, Placed,
};
use cordboard_schema::call::CallPolicy;
use cordboard_schema::dial::{DialPolicy, DialTarget, NotDialable};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Announcement, Event, Fact};
use cordboard_schema::grant::Grants;
use cordboard_schema::ids::{CallId, OrganizationId, OutsideId, ProfileId};
use cordboard_schema::outbound::OutboundCall;
use cordboard_schema::profile::AgentProfile;
use serde_json::{Value, json};
use tokio::time::sleep;
use uuid::Uuid;

use crate::setup::{Plan, Setup, on_paused_time, profile};

const STRANGERS: OrganizationId = OrganizationId(Uuid::from_u128(99));

/// The first organization's profile, and one of an organization that has registered there.
fn profiles() -> Vec<AgentProfile> {
    let strangers =
        AgentProfile { id: ProfileId(Uuid::from_u128(98)), organization_id: STRANGERS, ..profile() };
    vec![profile(), strangers]
}

fn names<const N: usize>(names: [&str; N]) -> std::collections::BTreeSet<String> {
    names.map(str::to_owned).into()
}

/// A server with a switch. The other organization has rows from before any grant, and has these grants.
async fn server_with(grants: Grants) -> Setup {
    let setup = Setup::build(Plan { profiles: profiles(), ..Plan::default() });
    let toll = ("toll".to_owned(), "outbound-pstn,9011447700900123,1".parse().unwrap());
    let sales = ("sales".to_owned(), "tenant-b,17,1".parse().unwrap());
    setup.bid(|store| {
        store.of_another = Some((
            STRANGERS,
            Dialling {
                extensions: [toll, sales].into(),
                policy: Some(DialPolicy {
                    numbers_allowed: vec![
                        "9011*".parse().unwrap(),
                        "+49*".parse().unwrap(),
                        "+44*".parse().unwrap(),
                    ],
                    per_call_max: 1_000,
                    per_day_max: 1_000_000,
                }),
                own_numbers: names(["+493011111"]),
                grants,
                ..Dialling::default()
            },
        ));
    });
    sleep(Duration::from_secs(3)).await;
    setup
}

async fn place(setup: &Setup, call: Value) -> Result<Placed, PlaceRefused> {
    let call = serde_json::from_value::<OutboundCall>(call).unwrap().check().unwrap();
    let call_id = CallId(Uuid::now_v7());
    setup
        .registry
        .ask(PlaceCall { organization_id: STRANGERS, call_id, call, by: None, published: None })
        .await
        .unwrap()
}

/// The policy of a call of the other organization that comes in under this name.
async fn policy_of(setup: &Setup, outside_id: OutsideId) -> CallPolicy {
    let expect = Expect {
        outside_id,
        announcement: Announcement::default(),
        call: None,
        profile: Answerer::Of { organization_id: STRANGERS, profile_id: ProfileId(Uuid::from_u128(98)) },
        admission: Admission::Usual,
        account: None,
        tools: Vec::new(),
    };
    let call_id = setup.registry.ask(expect).await.unwrap().unwrap();
    let entries = setup.journal(call_id);
    let Event::Fact(Fact::CallStarted { policy, profile, .. }) = &entries[0].event else {
        panic!("{entries:?}")
    };
    assert_eq!(profile.organization_id, STRANGERS);
    CallPolicy::clone(policy)
}

/// A caller in a browser, one at the server's account at Twilio, and two whose switch is not known yet.
fn every_way() -> [OutsideId; 4] {
    let id = Uuid::new_v4;
    [
        OutsideId::web(id()),
        OutsideId::placed_at_twilio(id()),
        OutsideId::audiosocket(id()),
        OutsideId::freeswitch(id()),
    ]
}

#[test]
fn another_organization_reaches_nothing_without_grants() {
    on_paused_time(async {
        let setup = server_with(Grants::default()).await;
        let switch = setup.switch("pbx1", true, true);
        let not_granted: PlaceRefused = NoSwitch::NotGranted.into();
        for (call, refused) in [
            (json!({ "to": "toll" }), NotDialable::NoSuchName.into()),
            (json!({ "to": "operator" }), NotDialable::NoSuchName.into()),
            (json!({ "to": "9011447700900123" }), NotDialable::NotAllowed.into()),
            (json!({ "to": "+447700900123" }), NotDialable::NotAllowed.into()),
            (json!({ "to": "+493012345", "from": "+493098765" }), not_granted.clone()),
            (json!({ "to": "+493012345", "switch": "pbx1" }), NoSwitch::Unknown.into()),
        ] {
            assert_eq!(place(&setup, call.clone()).await, Err(refused), "{call}");
        }
        assert!(switch.is_empty(), "the switch got no message");
        // Hand-offs, transfers, keys, escalations, overflows, forwards, texts: all of them use this list and no other.
        for outside_id in every_way() {
            let policy = policy_of(&setup, outside_id.clone()).await;
            assert_eq!(policy.extensions, [].into(), "{outside_id}");
            assert_eq!(policy.dial.numbers_allowed, [], "{outside_id}");
            assert_eq!(policy.fallback(), NextStep::Hangup, "{outside_id}");
            for said in ["toll", "sales", "operator", "2001", "17", "9011447700900123", "+493012345"] {
                assert!(DialTarget::find(said, &policy).is_err(), "{outside_id}: {said}");
                assert_eq!(policy.extension(said), None, "{outside_id}: {said}");
                assert_eq!(policy.person(said), None, "{outside_id}: {said}");
            }
        }
    });
}

#[test]
fn only_what_was_granted_is_reached() {
    on_paused_time(async {
        let grants = Grants { switches: names(["pbx1"]), contexts: names(["tenant-b"]), ..Grants::default() };
        let setup = server_with(grants.clone()).await;
        let _switches = (setup.switch("pbx1", true, true), setup.switch("pbx2", true, true));
        assert_eq!(place(&setup, json!({ "to": "sales" })).await, Ok(Placed::New), "the only one it may use");
        let no_trunk = PlaceRefused::TrunkNotGranted { switch: "pbx1".to_owned() };
        for (call, refused) in [
            (json!({ "to": "toll" }), NotDialable::NoSuchName.into()),
            (json!({ "to": "operator" }), NotDialable::NoSuchName.into()),
            (json!({ "to": "sales", "switch": "pbx2" }), NoSwitch::Unknown.into()),
            (json!({ "to": "+493012345" }), no_trunk),
            (json!({ "to": "+447700900123" }), NotDialable::NotAllowed.into()),
        ] {
            assert_eq!(place(&setup, call.clone()).await, Err(refused), "{call}");
        }
        let [web, twilio, audiosocket, freeswitch] = every_way();
        let policy = policy_of(&setup, web).await;
        assert_eq!(policy.extensions.keys().collect::<Vec<_>>(), ["sales"]);
        assert_eq!(policy.dial.numbers_allowed, [], "no line to the outside was granted");
        for elsewhere in [twilio, audiosocket, freeswitch] {
            assert_eq!(policy_of(&setup, elsewhere).await.extensions, [].into(), "it is not that switch");
        }

        let with_trunk = Grants { trunks: names(["pbx1"]), ..grants };
        let setup = server_with(with_trunk).await;
        let _switch = setup.switch("pbx1", true, true);
        let other = PlaceRefused::CallerIdNotGranted { from: "+493098765".parse().unwrap() };
        for (from, outcome) in [
            (json!(null), Ok(Placed::New)),
            (json!("+493011111"), Ok(Placed::New)),
            (json!("+493098765"), Err(other)),
        ] {
            let call = json!({ "to": "+493012345", "from": from });
            assert_eq!(place(&setup, call).await, outcome, "{from}");
        }
        // The server's own policy admits only +49*, five per call and a thousand per day.
        let policy = policy_of(&setup, every_way()[0].clone()).await;
        assert_eq!(policy.dial.numbers_allowed, ["+49*".parse().unwrap()]);
        assert_eq!((policy.dial.per_call_max, policy.dial.per_day_max), (5, 1_000));
    });
}

#[test]
fn the_first_organization_has_everything() {
    on_paused_time(async {
        let setup = server_with(Grants::default()).await;
        let _switch = setup.switch("pbx1", true, true);
        let call = json!({ "to": "operator", "from": "+15550100001" });
        let call = serde_json::from_value::<OutboundCall>(call).unwrap().check().unwrap();
        let organization_id = profile().organization_id;
        let call_id = CallId(Uuid::now_v7());
        let placed = setup
            .registry
            .ask(PlaceCall { organization_id, call_id, call, by: None, published: None })
            .await
            .unwrap();
        assert_eq!(placed, Ok(Placed::New));
    });
}
