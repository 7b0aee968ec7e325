//! Profiles from before there were versions.

use cordboard::store::{StoreError, query};
use diesel::RunQueryDsl as _;

use super::room::{Room, read};

#[actix::test]
async fn an_unversioned_profile_is_published_once_as_version_one() {
    let room = Room::new();
    let store = room.store();
    let organization_id = store.organization_id();
    // As the migration leaves them.
    let age = |connection: &mut cordboard::store::Connection| -> Result<(), StoreError> {
        diesel::sql_query("DELETE FROM agent_profile_versions").execute(connection)?;
        let before = "UPDATE agent_profiles SET revision = 0, published_revision = 0, published_version = 0";
        diesel::sql_query(before).execute(connection)?;
        Ok(())
    };
    store.change(age).await.unwrap();
    assert!(read(&store, |connection| query::published_profiles(connection, organization_id)).is_empty());
    drop(store);

    for _ in 0..2 {
        let store = room.store();
        let published = read(&store, |connection| query::published_profiles(connection, organization_id));
        assert_eq!(published.len(), 1);
        assert_eq!((published[0].profile.name.as_str(), published[0].profile.version), ("receptionist", 1));
        assert_eq!(published[0].profile.dtmf_actions.len(), 4, "its keys were lost");
        let draft = read(&store, |connection| {
            query::profile_draft(connection, organization_id, published[0].profile.id)
        });
        assert!(draft.unwrap().is_published());
    }
}
