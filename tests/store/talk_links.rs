//! Talk links: their owners, and how a visitor finds one.

use cordboard::store::{change, query};
use cordboard_schema::ids::{OrganizationId, TalkLinkId};
use cordboard_schema::page_origin::PageOrigin;
use cordboard_schema::talk_link::{TalkLink, WidgetLook, WidgetPosition};
use uuid::Uuid;

use super::room::{Room, first_profile, read};
use crate::entries::now;

#[actix::test]
async fn only_its_organization_changes_a_link_found_by_hash() {
    let room = Room::new();
    let store = room.store();
    let organization_id = store.organization_id();
    let profile = read(&store, |connection| first_profile(connection, organization_id));
    let link = TalkLink {
        id: TalkLinkId(Uuid::now_v7()),
        organization_id,
        name: "Our website 📞".to_owned(),
        profile_id: profile,
        enabled: true,
        calls_max: 5,
        calls_per_hour_max: 20,
        origins: ["https://a.example", "http://localhost:3000"].map(|text| text.parse().unwrap()).to_vec(),
        widget: WidgetLook {
            position: WidgetPosition::Left,
            accent: Some("#0b6e4f".to_owned()),
            greeting: "¿Hablamos? <b>".to_owned(),
        },
        created_at: now(),
        last_used_at: None,
        signing_secret_made_at: None,
    };
    let adding = link.clone();
    let add = move |connection: &mut _| change::create_talk_link(connection, &adding, "a hash".to_owned());
    store.change(add).await.unwrap();
    let by_hash =
        |hash: &'static str| read(&store, move |connection| query::talk_link_by_hash(connection, hash));
    assert_eq!((by_hash("a hash"), by_hash("another")), (Some(link.clone()), None));
    assert!(read(&store, |connection| query::profile_has_talk_link(connection, organization_id, profile)));

    let is_listed = |origin: &str| {
        let origin: PageOrigin = origin.parse().unwrap();
        read(&store, move |connection| query::is_talk_origin(connection, &origin))
    };
    assert!(is_listed("https://a.example") && is_listed("http://localhost:3000"));
    for other in ["https://a.example:8443", "http://localhost:300", "http://localhost", "https://b.a.example"]
    {
        assert!(!is_listed(other), "{other}");
    }

    let changed = TalkLink {
        name: "Van".to_owned(),
        enabled: false,
        calls_max: 1,
        origins: vec!["https://b.example".parse().unwrap()],
        widget: WidgetLook::default(),
        ..link.clone()
    };
    let other = OrganizationId(Uuid::now_v7());
    for (theirs, is_theirs) in [(other, false), (organization_id, true)] {
        let changing = TalkLink { organization_id: theirs, ..changed.clone() };
        let change = move |connection: &mut _| change::update_talk_link(connection, &changing);
        assert_eq!(store.change(change).await.unwrap(), is_theirs);
    }
    let (id, at) = (link.id, now());
    store.change(move |connection| change::note_talk_link_use(connection, id, at.to_utc())).await.unwrap();
    let kept = TalkLink { last_used_at: Some(at), ..changed };
    assert_eq!(by_hash("a hash"), Some(kept.clone()), "its token stays");
    assert!(is_listed("https://b.example"), "visitors of a link that is switched off return to their calls");
    assert!(!is_listed("https://a.example"), "the link no longer lists it");
    assert_eq!(
        read(&store, |connection| query::talk_links(connection, organization_id)),
        std::slice::from_ref(&kept)
    );
    assert_eq!(read(&store, |connection| query::talk_links(connection, other)), []);

    let secret_of = |link: &TalkLink| {
        let link = link.clone();
        read(&store, move |connection| query::talk_link_signing_secret(connection, &link))
    };
    assert_eq!(secret_of(&kept), None);
    for (theirs, is_theirs) in [(other, false), (organization_id, true)] {
        let made = Some(("sealed".to_owned(), at));
        let set =
            move |connection: &mut _| change::set_talk_link_signing_secret(connection, theirs, id, made);
        assert_eq!(store.change(set).await.unwrap(), is_theirs);
    }
    assert_eq!(secret_of(&kept).as_deref(), Some("sealed"));
    assert_eq!(
        secret_of(&TalkLink { organization_id: other, ..kept.clone() }),
        None,
        "another organization has no secret"
    );
    let made = TalkLink { signing_secret_made_at: Some(at), ..kept.clone() };
    assert_eq!(by_hash("a hash"), Some(made));
    let none =
        move |connection: &mut _| change::set_talk_link_signing_secret(connection, organization_id, id, None);
    assert!(store.change(none).await.unwrap());
    assert_eq!((secret_of(&kept), by_hash("a hash")), (None, Some(kept)));

    for (theirs, is_theirs) in [(other, false), (organization_id, true)] {
        assert_eq!(read(&store, |connection| query::talk_link(connection, theirs, id)).is_some(), is_theirs);
        let delete = move |connection: &mut _| change::delete_talk_link(connection, theirs, id);
        assert_eq!(store.change(delete).await.unwrap(), is_theirs);
    }
    assert_eq!(by_hash("a hash"), None);
    assert!(!is_listed("https://b.example"));
}
