//! Contact links: their owners, how a service finds one, and what is kept of what it sent.

use cordboard::store::{Connection, Made, Maker, PostOutcome, change, query};
use cordboard_campaigns::emptied::Emptied;
use cordboard_schema::belonging::BelongingKind;
use cordboard_schema::contact_link::{ContactLink, ContactRefusal, SIGNATURE_HEADER};
use cordboard_schema::contact_mapping::ContactMapping;
use cordboard_schema::ids::{CampaignId, ContactLinkId, OrganizationId};
use cordboard_schema::limits::CONTACT_REFUSALS_KEPT;
use cordboard_schema::time::UnixMs;
use diesel::connection::SimpleConnection as _;
use uuid::Uuid;

use super::campaign_rows::campaign_row;
use super::floor;
use super::room::{Room, read};
use crate::entries::now;

#[actix::test]
async fn links_found_by_hash_count_arrivals_until_their_campaign_goes() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    room.stranger().batch_execute(&campaign_row(owner, "{}", &"2026-10-28 11:00:00")).unwrap();
    let campaign = CampaignId(owner.0);
    let link = ContactLink {
        id: ContactLinkId(Uuid::now_v7()),
        organization_id: owner,
        campaign_id: campaign,
        name: "Form 📋".to_owned(),
        enabled: true,
        expires_at: Some(now() + 60_000_u64),
        mapping: ContactMapping { number: "contact.phone".to_owned(), ..ContactMapping::default() },
        signature_header: SIGNATURE_HEADER.to_owned(),
        signing_secret_made_at: None,
        created_at: now(),
        last_used_at: None,
        added: 0,
        known: 0,
        refused: 0,
        refusals: Vec::new(),
    };
    let adding = link.clone();
    let kurt = floor::user(&store, owner, "Kurt").await.id;
    let add = move |connection: &mut Connection| {
        change::create_contact_link(connection, &adding, "a hash".to_owned())?;
        change::note_maker(connection, owner, Made::ContactLink(adding.id), Some(kurt))
    };
    store.change(add).await.unwrap();
    let by_hash =
        |hash: &'static str| read(&store, move |connection| query::contact_link_by_hash(connection, hash));
    assert_eq!((by_hash("a hash"), by_hash("another")), (Some((link.clone(), None)), None));

    let (other, elsewhere) = (OrganizationId(Uuid::now_v7()), CampaignId(Uuid::now_v7()));
    let changed = ContactLink { name: "Van".to_owned(), expires_at: None, ..link.clone() };
    for (theirs, at, is_theirs) in
        [(other, campaign, false), (owner, elsewhere, false), (owner, campaign, true)]
    {
        let changing = ContactLink { organization_id: theirs, campaign_id: at, ..changed.clone() };
        let id = changing.id;
        let update = move |connection: &mut Connection| change::update_contact_link(connection, &changing);
        assert_eq!(store.change(update).await.unwrap(), is_theirs);
        let sealed = Some(("sealed".to_owned(), link.created_at));
        let set = move |connection: &mut Connection| {
            change::set_contact_link_signing_secret(connection, theirs, (at, id), sealed)
        };
        assert_eq!(store.change(set).await.unwrap(), is_theirs);
        assert_eq!(
            read(&store, |connection| query::contact_link(connection, theirs, at, id)).is_some(),
            is_theirs
        );
        assert_eq!(
            read(&store, |connection| query::contact_links(connection, theirs, at)).len(),
            usize::from(is_theirs)
        );
    }

    // More refusals than are kept.
    let at = now();
    for nth in 0..=CONTACT_REFUSALS_KEPT {
        let refusal = ContactRefusal {
            at,
            field: "number".to_owned(),
            code: "phone_number".to_owned(),
            reason: nth.to_string(),
            params: serde_json::Map::new(),
            taken: false,
        };
        let outcome = PostOutcome { added: 2, known: 1, refused: 1, refusals: vec![refusal] };
        let link = link.clone();
        let note =
            move |connection: &mut Connection| change::note_contact_post(connection, &link, at, outcome);
        store.change(note).await.unwrap();
    }
    let (kept, sealed) = by_hash("a hash").unwrap();
    let posts = CONTACT_REFUSALS_KEPT as u64 + 1;
    assert_eq!(
        (kept.added, kept.known, kept.refused, kept.last_used_at),
        (2 * posts, posts, posts, Some(at))
    );
    let reasons: Vec<&str> = kept.refusals.iter().map(|refusal| refusal.reason.as_str()).collect();
    assert_eq!((reasons.len(), reasons[0]), (CONTACT_REFUSALS_KEPT, "10"), "the newest first");
    assert_eq!((kept.name.as_str(), sealed.as_deref()), ("Van", Some("sealed")));

    // A link belongs to its maker, and is switched off when they are removed.
    let theirs = read(&store, |connection| query::belongings(connection, owner, Maker::User(kurt)));
    assert_eq!(theirs.iter().map(|one| one.kind).collect::<Vec<_>>(), [BelongingKind::ContactLink]);
    store.change(move |connection| change::end_belongings(connection, owner, kurt)).await.unwrap();
    assert!(!by_hash("a hash").unwrap().0.enabled);

    let id = link.id;
    for (theirs, is_theirs) in [(other, false), (owner, true)] {
        let delete =
            move |connection: &mut Connection| change::delete_contact_link(connection, theirs, campaign, id);
        assert_eq!(store.change(delete).await.unwrap(), is_theirs);
    }
    let again = link.clone();
    let add = move |connection: &mut Connection| {
        change::create_contact_link(connection, &again, "a hash".to_owned())?;
        change::delete_campaign(connection, owner, campaign)
    };
    assert!(store.change(add).await.unwrap());
    assert_eq!(by_hash("a hash"), None, "a link is gone with its campaign");
}

#[actix::test]
async fn idle_campaigns_run_until_no_link_is_open() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let at = "2026-10-29 08:00:00";
    room.stranger()
        .batch_execute(&format!(
            "{}INSERT INTO contacts (id, organization_id, campaign_id, number, variables, consent, state, end_reason, next_at, tries, created_at, \
             updated_at) VALUES ('{owner}', '{owner}', '{owner}', '+493010000001', '{{}}', 'form 7', 'done', 'reached', '{at}', 1, '{at}', '{at}');",
            campaign_row(owner, "{}", &at),
        ))
        .unwrap();
    let campaign = CampaignId(owner.0);
    let noon = UnixMs::from("2026-10-29T11:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap());
    let expires_at = noon + 3_600_000_u64;
    let link = |enabled, expires_at| ContactLink {
        id: ContactLinkId(Uuid::now_v7()),
        organization_id: owner,
        campaign_id: campaign,
        name: "Form".to_owned(),
        enabled,
        expires_at,
        mapping: ContactMapping::default(),
        signature_header: SIGNATURE_HEADER.to_owned(),
        signing_secret_made_at: None,
        created_at: noon,
        last_used_at: None,
        added: 0,
        known: 0,
        refused: 0,
        refusals: Vec::new(),
    };
    let links = [link(false, None), link(true, Some(expires_at)), link(true, Some(noon))];
    let add = move |connection: &mut Connection| {
        links.iter().try_for_each(|link| change::create_contact_link(connection, link, link.id.to_string()))
    };
    store.change(add).await.unwrap();
    let look = async |now| {
        let reserve =
            move |connection: &mut Connection| change::reserve_attempts(connection, owner, campaign, now, 5);
        let looked = store.change(reserve).await.unwrap();
        (looked.campaign.unwrap().state.as_str(), looked.emptied)
    };
    let is_open =
        |now| read(&store, move |connection| query::any_contact_link_open(connection, owner, campaign, now));
    assert_eq!(look(noon).await, ("running", Emptied::Waits(Some(expires_at))));
    assert!(is_open(noon) && !is_open(expires_at));
    assert_eq!(look(expires_at).await, ("finished", Emptied::Over));
}
