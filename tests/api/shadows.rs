//! `/api/v1/agent-profiles/{id}/shadow`: what a profile's shadow cost, and how it answered calls.

use cordboard::store::change;
use cordboard_actors::world;
use cordboard_schema::ids::{CallId, ProfileId, ShadowCallId};
use cordboard_schema::shadow::{ShadowAnswer, ShadowCall, ShadowTurn};
use cordboard_schema::voice_chain::VoiceName;
use serde_json::{Value, json};

use crate::replays::{at, stored};
use crate::setup::Setup;

/// Stores a shadow's answers on a call, and returns their id.
pub(crate) fn kept(setup: &Setup, profile_id: &str, call_id: CallId) -> String {
    let id = ShadowCallId(world::new_id());
    let now = crate::entries::now();
    let answer = |text: &str, after_ms| ShadowAnswer {
        text: text.to_owned(),
        after_ms: Some(after_ms),
        ..ShadowAnswer::default()
    };
    let turn = ShadowTurn {
        said: "When do you open?".to_owned(),
        given: answer("At nine.", 640),
        unheard: answer("From nine to five.", 480),
        ..ShadowTurn::new(now)
    };
    let call = ShadowCall {
        id,
        organization_id: setup.store.organization_id(),
        profile_id: profile_id.parse::<ProfileId>().unwrap(),
        call_id,
        given_by: "openai".to_owned(),
        provider: VoiceName::known("gemini"),
        started_at: now,
        ended_at: Some(now),
        failure: None,
        cost_micros: 1_500,
        turns: vec![turn],
    };
    let since = cordboard::shadows::month_of(now);
    let has_room =
        setup.change(move |connection| change::begin_shadow(connection, &call, (1_000_000, since)));
    assert!(has_room);
    id.to_string()
}

fn shadow(more: Value) -> Value {
    let mut shadow = json!({ "provider": "openai", "share_percent": 10, "month_cost_max_micros": 5_000_000 });
    shadow.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "shadow": shadow })
}

#[test]
fn a_shadows_answers_are_shown_next_to_the_heard_ones() {
    let setup = Setup::open();
    let call_id = stored(&setup);
    let profile = at(&setup, "").rsplit('/').next().unwrap().to_owned();
    let ids: Vec<String> = (0..3).map(|_| kept(&setup, &profile, call_id.parse().unwrap())).collect();

    let costs = setup.json(&at(&setup, "/shadow"));
    assert_eq!(costs["spent_micros"], 4_500);
    assert_eq!(costs["currency"], "USD");
    let page = setup.json(&at(&setup, "/shadow/calls?limit=2"));
    let newest: Vec<&str> =
        page["items"].as_array().unwrap().iter().map(|call| call["id"].as_str().unwrap()).collect();
    assert_eq!(newest, [&ids[2], &ids[1]]);
    let next = page["next_cursor"].as_str().unwrap();
    let rest = setup.json(&at(&setup, &format!("/shadow/calls?limit=2&cursor={next}")));
    assert_eq!((&rest["items"][0]["id"], &rest["next_cursor"]), (&json!(ids[0]), &Value::Null));
    assert!(page["items"][0].get("exchanges").is_none(), "the list shows what was said");

    let call = setup.json(&at(&setup, &format!("/shadow/calls/{}", ids[0])));
    assert_eq!((&call["given_by"], &call["provider"]), (&json!("openai"), &json!("gemini")));
    assert_eq!((&call["given_after_ms"], &call["unheard_after_ms"]), (&json!(640), &json!(480)));
    let turn = &call["exchanges"][0];
    assert_eq!(turn["given"]["text"], "At nine.");
    assert_eq!(turn["unheard"]["text"], "From nine to five.");
}

#[test]
fn an_invalid_shadow_is_refused_with_the_reason() {
    let setup = Setup::open();
    let path = at(&setup, "");
    for (odd, words) in [
        (json!({ "share_percent": 0 }), "share_percent of 1 to 100"),
        (json!({ "share_percent": 101 }), "share_percent of 1 to 100"),
        (json!({ "month_cost_max_micros": 0 }), "month_cost_max_micros of 1 to"),
        (json!({ "voice": "two words" }), "without spaces"),
        (json!({ "agent_id": "agent_1" }), "hosts none"),
    ] {
        let problem = setup.send("PATCH", &path, &shadow(odd)).problem(422);
        assert!(problem.contains(words), "{problem}");
    }
    // A valid one, of a provider without an account.
    let problem = setup.send("PATCH", &path, &shadow(json!({}))).problem(422);
    assert!(problem.contains("no account at openai") && problem.contains("Integrations"), "{problem}");
    let profile = setup.send("PATCH", &path, &json!({ "shadow": null })).json();
    assert_eq!(profile["shadow"], Value::Null);
}
