//! Things that users have created: their owner, and their handover when the user is removed.

use chrono::Utc;
use cordboard::store::{Made, Maker, Store, change, query};
use cordboard_schema::account::{ApiToken, EmailAddress, Invitation, User, UserStatus};
use cordboard_schema::belonging::{Belonging, BelongingKind, MadeBy};
use cordboard_schema::ids::{ApiTokenId, InvitationId, OrganizationId, TalkLinkId, UserId, WebhookId};
use cordboard_schema::permission::{Permission, Role};
use cordboard_schema::talk_link::{TalkLink, WidgetLook};
use cordboard_schema::webhook::{EventKind, Webhook};
use uuid::Uuid;

use super::floor::{self, changed};
use super::room::{Room, first_profile, read};
use crate::entries::now;

/// Gives a user this role and status.
async fn set(store: &Store, user: &User, role: Role, status: UserStatus) {
    let user = User { role, status, ..user.clone() };
    assert!(changed(store, move |connection| change::update_user(connection, &user)).await);
}

/// Creates a token, a calendar link, an invitation, a talk link and a webhook of this user, whose secrets are named after `word`.
async fn makes(store: &Store, by: UserId, word: &str) {
    let organization_id = store.organization_id();
    let profile = read(store, |connection| first_profile(connection, organization_id));
    let word = word.to_owned();
    changed(store, move |connection| {
        let token = ApiToken {
            id: ApiTokenId(Uuid::now_v7()),
            organization_id,
            name: word.clone(),
            prefix: "cbt_".to_owned(),
            scopes: vec![Permission::CallsRead, Permission::AuditRead],
            created_by: Some(by),
            created_at: now(),
            expires_at: None,
            last_used_at: None,
        };
        change::create_api_token(connection, &token, format!("{word} token"))?;
        change::renew_feed(connection, organization_id, &format!("{word} feed"))?;
        change::note_maker(connection, organization_id, Made::CalendarFeed, Some(by))?;
        let invitation = Invitation {
            id: InvitationId(Uuid::now_v7()),
            organization_id,
            email: EmailAddress::parse("new@example.com").ok(),
            role: Role::Supervisor,
            created_at: now(),
            expires_at: now() + 60_000_u64,
        };
        change::create_invitation(connection, &invitation, format!("{word} invitation"))?;
        change::note_maker(connection, organization_id, Made::Invitation(invitation.id), Some(by))?;
        let link = TalkLink {
            id: TalkLinkId(Uuid::now_v7()),
            organization_id,
            name: word.clone(),
            profile_id: profile,
            enabled: true,
            calls_max: 1,
            calls_per_hour_max: 1,
            origins: Vec::new(),
            widget: WidgetLook::default(),
            created_at: now(),
            last_used_at: None,
            signing_secret_made_at: None,
        };
        change::create_talk_link(connection, &link, format!("{word} link"))?;
        change::note_maker(connection, organization_id, Made::TalkLink(link.id), Some(by))?;
        let webhook = Webhook {
            id: WebhookId(Uuid::now_v7()),
            organization_id,
            url: format!("https://hooks.example/{word}"),
            events: vec![EventKind::CallStarted],
            secret: String::new(),
            enabled: true,
            failing_since: None,
            off_reason: None,
            created_at: now(),
        };
        change::create_webhook(connection, &webhook)?;
        change::note_maker(connection, organization_id, Made::Webhook(webhook.id), Some(by))
    })
    .await;
}

fn of(store: &Store, maker: Maker) -> Vec<Belonging> {
    read(store, |connection| query::belongings(connection, store.organization_id(), maker))
}

fn kinds(belongings: &[Belonging]) -> Vec<BelongingKind> {
    belongings.iter().map(|belonging| belonging.kind).collect()
}

/// Returns the rights of the token, the feed and the invitation: the scopes, and whether the others open.
fn opens(store: &Store, word: &'static str) -> (Vec<Permission>, bool, bool) {
    let token =
        read(store, |connection| query::api_token_by_hash(connection, &format!("{word} token"), Utc::now()));
    let feed = read(store, |connection| query::organization_of_feed(connection, &format!("{word} feed")));
    let invitation = read(store, |connection| {
        query::invitation_by_hash(connection, &format!("{word} invitation"), Utc::now())
    });
    (token.map(|token| token.scopes).unwrap_or_default(), feed.is_some(), invitation.is_some())
}

#[actix::test]
async fn a_users_belongings_have_the_users_current_rights() {
    let room = Room::new();
    let store = room.store();
    let kurt = floor::user(&store, store.organization_id(), "Kurt").await;
    makes(&store, kurt.id, "kurt").await;
    use Permission::{AuditRead, CallsRead};
    for (role, status, opened) in [
        (Role::Admin, UserStatus::Active, (vec![CallsRead, AuditRead], true, true)),
        (Role::Supervisor, UserStatus::Active, (vec![CallsRead], true, false)),
        (Role::Admin, UserStatus::Disabled, (vec![], false, false)),
        (Role::Owner, UserStatus::Active, (vec![CallsRead, AuditRead], true, true)),
    ] {
        set(&store, &kurt, role, status).await;
        assert_eq!(opens(&store, "kurt"), opened, "{role:?} {status:?}");
    }
}

#[actix::test]
async fn handed_over_belongings_stay_valid_and_ended_ones_are_ownerless() {
    use BelongingKind::{ApiToken, CalendarFeed, Invitation, TalkLink, Webhook};
    let room = Room::new();
    let store = room.store();
    let organization_id = store.organization_id();
    let (kurt, mary) = (
        floor::user(&store, organization_id, "Kurt").await,
        floor::user(&store, organization_id, "Mary").await,
    );
    for user in [&kurt, &mary] {
        set(&store, user, Role::Admin, UserStatus::Active).await;
    }
    makes(&store, kurt.id, "kurt").await;
    let theirs = of(&store, Maker::User(kurt.id));
    assert_eq!(kinds(&theirs), [ApiToken, CalendarFeed, Invitation, TalkLink, Webhook]);
    assert!(theirs.iter().all(|belonging| belonging.made == MadeBy::ByThem));
    assert_eq!(theirs[4].name, "hooks.example", "the rest of an address may be secret");
    let nowhere = OrganizationId(Uuid::now_v7());
    let elsewhere = read(&store, |connection| query::belongings(connection, nowhere, Maker::User(kurt.id)));
    assert!(elsewhere.is_empty(), "another organization's");

    changed(&store, move |connection| {
        change::hand_over_belongings(connection, nowhere, kurt.id, mary.id)?;
        change::end_belongings(connection, nowhere, kurt.id)
    })
    .await;
    assert_eq!(of(&store, Maker::User(kurt.id)), theirs, "another organization changes nothing");

    changed(&store, move |connection| {
        change::hand_over_belongings(connection, organization_id, kurt.id, mary.id)
    })
    .await;
    assert_eq!(of(&store, Maker::User(mary.id)), theirs);
    assert!(of(&store, Maker::User(kurt.id)).is_empty());
    assert_eq!(opens(&store, "kurt").0.len(), 2, "they stay valid, and belong to the heir");

    changed(&store, move |connection| change::end_belongings(connection, organization_id, mary.id)).await;
    assert!(of(&store, Maker::User(mary.id)).is_empty());
    assert_eq!(kinds(&of(&store, Maker::Unknown)), [TalkLink, Webhook]);
    assert_eq!(opens(&store, "kurt"), (vec![], false, false));
    let webhook = read(&store, |connection| query::webhooks(connection, organization_id)).remove(0);
    assert_eq!(
        (webhook.enabled, webhook.off_reason.as_deref()),
        (false, Some("the user who made it was removed"))
    );
    assert!(!read(&store, |connection| query::talk_links(connection, organization_id))[0].enabled);
}
