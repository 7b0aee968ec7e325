//! People whom a campaign may call, by what is known of other calls to the same number.

use cordboard::store::{Connection, change};
use cordboard_schema::ids::CampaignId;
use cordboard_schema::time::UnixMs;
use diesel::connection::SimpleConnection;

use super::room::Room;

const HOUR_MS: u64 = 3_600_000;

#[actix::test]
async fn a_number_that_found_no_agent_is_called_by_no_campaign_for_72_h() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    // A Thursday, noon in Berlin.
    let noon = UnixMs::from("2026-10-29T11:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap());
    let ended_at = noon - 71 * HOUR_MS;
    let at = ended_at.to_utc().format("%Y-%m-%d %H:%M:%S");
    room.stranger()
        .batch_execute(&format!(
            "INSERT INTO campaigns (id, organization_id, name, state, settings, created_at, updated_at) \
             VALUES ('{owner}', '{owner}', 'Spring sale', 'running', '{{}}', '{at}', '{at}'); \
             INSERT INTO contacts (id, organization_id, campaign_id, number, variables, consent, state, next_at, tries, created_at, updated_at) \
             VALUES ('{owner}', '{owner}', '{owner}', '+493010000001', '{{}}', 'form 7', 'waiting', '{at}', 0, '{at}', '{at}'); \
             INSERT INTO attempts (call_id, organization_id, campaign_id, contact_id, number, reserved_at, closed_at, outcome) \
             VALUES ('0197a000-0000-7000-8000-000000000001', '{owner}', 'another', 'somebody', '+493010000001', '{at}', '{at}', 'abandoned')"
        ))
        .unwrap();
    let campaign = CampaignId(owner.0);
    let look = async |now| {
        let reserve =
            move |connection: &mut Connection| change::reserve_attempts(connection, owner, campaign, now, 5);
        let looked = store.change(reserve).await.unwrap();
        (looked.reserved.len(), looked.next)
    };
    let until = ended_at + 72 * HOUR_MS;
    assert_eq!(look(noon).await, (0, Some(until)));
    assert_eq!(look(until).await, (1, None));
}
