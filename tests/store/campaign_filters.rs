//! A campaign's filter is applied to a long list in parts, and no contact whom it leaves out is reserved meanwhile.

use std::collections::BTreeMap;

use cordboard::store::{Closing, Connection, ContactQuery, Store, change, query};
use cordboard_campaigns::campaign::ContactState::{self, Calling, Done, LeftOut, Waiting};
use cordboard_campaigns::dialler::CampaignState;
use cordboard_campaigns::filter::ContactFilter;
use cordboard_campaigns::hours::CallingHours;
use cordboard_campaigns::retries::End;
use cordboard_schema::ids::{CampaignId, OrganizationId};
use cordboard_schema::time::UnixMs;
use diesel::connection::SimpleConnection;
use serde_json::json;
use uuid::Uuid;

use super::campaign_rows::{campaign_row, contact_row};
use super::room::{Room, read};

/// Number of contacts on the list: more than one part. Every second one lives in Köln.
const PEOPLE: u64 = 600;

fn number(nth: u64) -> String {
    format!("+4930100{nth:05}")
}

fn of_city(city: &str) -> ContactFilter {
    let condition = json!({ "variable": "city", "is": "equals", "value": city });
    serde_json::from_value(json!({ "conditions": [condition] })).unwrap()
}

async fn filter(store: &Store, id: CampaignId, filter: ContactFilter) {
    let owner = store.organization_id();
    let set = move |connection: &mut Connection| {
        let mut campaign = query::campaign(connection, owner, id)?.unwrap();
        campaign.settings.filter = filter;
        change::update_campaign(connection, &campaign)
    };
    store.change(set).await.unwrap();
}

fn contacts(store: &Store, id: CampaignId) -> BTreeMap<ContactState, u64> {
    let owner = store.organization_id();
    read(store, |connection| query::campaign_progress(connection, owner, id)).contacts
}

#[actix::test]
async fn contacts_left_out_by_a_partly_applied_filter_stay_unreserved() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let at = "2026-10-29 08:00:00";
    let mut rows = campaign_row(owner, "{}", &at);
    for nth in 0..PEOPLE {
        let (city, number) = (if nth % 2 == 1 { "Köln" } else { "Berlin" }, number(nth));
        rows += &format!(
            "INSERT INTO contacts (id, organization_id, campaign_id, number, variables, consent, state, next_at, tries, created_at, updated_at) \
             VALUES ('0197a000-0000-7000-8000-{nth:012}', '{owner}', '{owner}', '{number}', '{{\"city\":\"{city}\"}}', 'form 7', 'waiting', '{at}', 0, \
             '{at}', '{at}');"
        );
    }
    room.stranger().batch_execute(&rows).unwrap();
    let campaign = CampaignId(owner.0);
    let noon = UnixMs::from("2026-10-29T11:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap());
    let under_way = || read(&store, query::filters_under_way);
    let apply = async |owner: OrganizationId| {
        let some =
            move |connection: &mut Connection| change::apply_filter_to_some(connection, owner, campaign);
        store.change(some).await.unwrap()
    };
    assert_eq!(under_way(), []);
    assert!(!apply(owner).await, "no filter was changed");

    filter(&store, campaign, of_city("köln")).await;
    assert_eq!(under_way(), [(owner, campaign)]);
    let reserve =
        move |connection: &mut Connection| change::reserve_attempts(connection, owner, campaign, noon, 5);
    let reserved = store.change(reserve).await.unwrap().reserved;
    let numbers: Vec<&str> = reserved.iter().map(|attempt| attempt.number.as_str()).collect();
    assert_eq!(numbers, [1, 3, 5, 7, 9].map(number));
    assert_eq!(contacts(&store, campaign), BTreeMap::from([(Waiting, 590), (LeftOut, 5), (Calling, 5)]));

    let stranger = OrganizationId(Uuid::from_u128(7));
    assert!(!apply(stranger).await);
    assert!(!read(&store, |connection| query::filter_is_under_way(connection, stranger, campaign)));
    assert!(apply(owner).await, "there are more parts");
    assert!(read(&store, |connection| query::filter_is_under_way(connection, owner, campaign)));
    // The next process continues from there.
    drop(store);
    let store = room.store();
    let apply = async || {
        let some =
            move |connection: &mut Connection| change::apply_filter_to_some(connection, owner, campaign);
        store.change(some).await.unwrap()
    };
    assert!(!apply().await);
    assert_eq!(read(&store, query::filters_under_way), []);
    assert_eq!(contacts(&store, campaign), BTreeMap::from([(Waiting, 295), (LeftOut, 300), (Calling, 5)]));
    let forecast = read(&store, |connection| {
        query::waiting_contacts(connection, owner, campaign, noon, usize::try_from(PEOPLE).unwrap())
    });
    assert_eq!(forecast.len(), 295);

    // Contacts who are being called keep their state; after the call the filter of that moment counts.
    filter(&store, campaign, of_city("Berlin")).await;
    let call_id = reserved[0].call_id;
    let close = move |connection: &mut Connection| {
        change::close_attempt(connection, owner, call_id, Closing::NotDialled(noon), noon)
    };
    assert!(store.change(close).await.unwrap());
    assert!(apply().await);
    assert!(!apply().await);
    assert_eq!(contacts(&store, campaign), BTreeMap::from([(Waiting, 300), (LeftOut, 296), (Calling, 4)]));

    filter(&store, campaign, ContactFilter::default()).await;
    assert!(apply().await);
    assert!(!apply().await);
    assert_eq!(contacts(&store, campaign), BTreeMap::from([(Waiting, 596), (Calling, 4)]));
}

/// No contact waits, but the filter is not applied yet to those who were left out: they may be admitted by now.
#[actix::test]
async fn no_campaign_finishes_before_its_filter_is_fully_applied() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let at = "2026-10-29 08:00:00";
    room.stranger()
        .batch_execute(&format!(
            "{}{}",
            campaign_row(
                owner,
                "{\"filter\":{\"conditions\":[{\"variable\":\"city\",\"is\":\"not_empty\"}]}}",
                &at
            ),
            contact_row(owner, owner, "+493010000001", ("left_out", 0), &at),
        ))
        .unwrap();
    let campaign = CampaignId(owner.0);
    let noon = UnixMs::from("2026-10-29T11:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap());
    let look = async || {
        let reserve =
            move |connection: &mut Connection| change::reserve_attempts(connection, owner, campaign, noon, 5);
        let looked = store.change(reserve).await.unwrap();
        (looked.campaign.unwrap().state.as_str(), looked.reserved.len())
    };
    filter(&store, campaign, ContactFilter::default()).await;
    assert_eq!(look().await, ("running", 0));
    let apply = move |connection: &mut Connection| change::apply_filter_to_some(connection, owner, campaign);
    assert!(!store.change(apply).await.unwrap());
    assert_eq!(look().await, ("running", 1));
}

/// There may be a million contacts, so each part is a separate change. The filter leaves out some of those who would wait again.
#[actix::test]
async fn contacts_without_consent_wait_again_in_parts_across_a_restart() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let at = "2026-10-29 08:00:00";
    let mut rows = campaign_row(owner, "{}", &at);
    for nth in 0..PEOPLE {
        let (city, number) = (if nth % 2 == 1 { "Köln" } else { "Berlin" }, number(nth));
        let end = if nth < 2 { "reached" } else { "no_consent" };
        rows += &format!(
            "INSERT INTO contacts (id, organization_id, campaign_id, number, variables, consent, state, end_reason, next_at, tries, created_at, updated_at) \
             VALUES ('0197a000-0000-7000-8000-{nth:012}', '{owner}', '{owner}', '{number}', '{{\"city\":\"{city}\"}}', '', 'done', '{end}', '{at}', 0, \
             '{at}', '{at}');"
        );
    }
    room.stranger().batch_execute(&rows).unwrap();
    let campaign = CampaignId(owner.0);
    filter(&store, campaign, of_city("Köln")).await;
    let apply = async |store: &Store| {
        let some =
            move |connection: &mut Connection| change::apply_filter_to_some(connection, owner, campaign);
        store.change(some).await.unwrap()
    };
    while apply(&store).await {}
    assert_eq!(contacts(&store, campaign), BTreeMap::from([(Done, PEOPLE)]), "no contact has a consent yet");

    let consents = async |store: &Store| {
        let set = move |connection: &mut Connection| {
            let mut campaign = query::campaign(connection, owner, campaign)?.unwrap();
            campaign.settings.rules.consent = "form 7 of the shop".to_owned();
            change::update_campaign(connection, &campaign)
        };
        store.change(set).await.unwrap();
    };
    consents(&store).await;
    assert_eq!(contacts(&store, campaign), BTreeMap::from([(Done, PEOPLE)]));
    assert!(apply(&store).await, "there are more parts");
    let some = BTreeMap::from([(Waiting, 249), (LeftOut, 249), (Done, 102)]);
    assert_eq!(contacts(&store, campaign), some);
    // The next process continues from there, even if the campaign is saved again.
    drop(store);
    let store = room.store();
    consents(&store).await;
    assert!(!apply(&store).await);
    assert_eq!(contacts(&store, campaign), BTreeMap::from([(Waiting, 299), (LeftOut, 299), (Done, 2)]));
    consents(&store).await;
    assert_eq!(read(&store, query::filters_under_way), [], "no contact is missing a consent any more");
}

/// A Russian mobile phone is in all Russian zones, which have no common hour; a satellite phone is in none.
#[actix::test]
async fn contacts_without_calling_hours_wait_once_hours_exist() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let at = "2026-10-29 08:00:00";
    let mut rows = campaign_row(owner, "{}", &at);
    for (nth, number) in ["+79161234567", "+88212345678"].into_iter().enumerate() {
        rows += &contact_row(
            owner,
            format_args!("0197a000-0000-7000-8000-00000000000{nth}"),
            number,
            ("waiting", 0),
            &at,
        );
    }
    room.stranger().batch_execute(&rows).unwrap();
    let campaign = CampaignId(owner.0);
    // A Thursday, eleven in Moscow.
    let now = UnixMs::from("2026-10-29T08:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap());
    let reserved = async || {
        let reserve =
            move |connection: &mut Connection| change::reserve_attempts(connection, owner, campaign, now, 5);
        let reserved = store.change(reserve).await.unwrap().reserved;
        reserved.into_iter().map(|attempt| attempt.number.to_string()).collect::<Vec<_>>()
    };
    let saved = async |zones: Vec<chrono_tz::Tz>| {
        let set = move |connection: &mut Connection| {
            let mut campaign = query::campaign(connection, owner, campaign)?.unwrap();
            campaign.settings.rules.hours.assumed_zones = zones;
            campaign.state = CampaignState::Running;
            change::update_campaign(connection, &campaign)
        };
        store.change(set).await.unwrap();
    };
    assert_eq!(reserved().await, [""; 0]);
    let ends = || read(&store, |connection| query::campaign_progress(connection, owner, campaign)).ends;
    assert_eq!(ends(), BTreeMap::from([(End::NotCallable, 2)]));
    saved(Vec::new()).await;
    assert_eq!(read(&store, query::filters_under_way), [], "the campaign's hours are unchanged");
    saved(vec![chrono_tz::Tz::Europe__Moscow]).await;
    let apply = move |connection: &mut Connection| change::apply_filter_to_some(connection, owner, campaign);
    assert!(!store.change(apply).await.unwrap());
    assert_eq!(ends(), BTreeMap::from([(End::NotCallable, 1)]));
    assert_eq!(reserved().await, ["+79161234567"]);
}

/// They were checked in the old hours, and postponed until those begin.
#[actix::test]
async fn new_hours_bring_turns_of_untried_contacts_forward() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let far = "2099-01-05 08:00:00";
    let mut rows = campaign_row(owner, "{}", &far);
    // The first was never called; the second was called, and waits for the end of a pause; the third is left out.
    let people = [("waiting", 0), ("waiting", 1), ("left_out", 0)];
    for (nth, state) in people.into_iter().enumerate() {
        let id = format!("0197a000-0000-7000-8000-00000000000{nth}");
        rows += &contact_row(owner, id, format_args!("+493010000{nth:04}"), state, &far);
    }
    room.stranger().batch_execute(&rows).unwrap();
    let campaign = CampaignId(owner.0);
    let saved = async |hours: serde_json::Value| {
        let hours: CallingHours = serde_json::from_value(hours).unwrap();
        let set = move |connection: &mut Connection| {
            let mut campaign = query::campaign(connection, owner, campaign)?.unwrap();
            campaign.settings.rules.hours = hours;
            change::update_campaign(connection, &campaign)
        };
        store.change(set).await.unwrap();
    };
    let far = UnixMs::from("2099-01-05T08:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap());
    let are_put_off = || {
        let wanted = ContactQuery { limit: 10, ..ContactQuery::default() };
        let people = read(&store, move |connection| query::contacts(connection, owner, campaign, &wanted));
        people.into_iter().map(|contact| contact.next_at == far).collect::<Vec<_>>()
    };
    saved(json!({})).await;
    assert_eq!(read(&store, query::filters_under_way), [], "the campaign's hours are unchanged");
    saved(json!({ "windows": [{ "day": 1, "from_minute": 540, "to_minute": 1020 }] })).await;
    assert_eq!(read(&store, query::filters_under_way), [(owner, campaign)]);
    let apply = move |connection: &mut Connection| change::apply_filter_to_some(connection, owner, campaign);
    assert!(!store.change(apply).await.unwrap());
    assert_eq!(are_put_off(), [false, true, false], "contacts who were never called have their turn sooner");
    // The campaign has no filter that leaves contacts out.
    assert_eq!(contacts(&store, campaign), BTreeMap::from([(Waiting, 3)]));
}
