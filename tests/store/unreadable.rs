//! Unreadable rows: other organizations, and the rest of the same organization, continue without them.

use cordboard::counting;
use cordboard::recordings::RecordingFiles;
use cordboard::retention::RetentionKeeper;
use cordboard::store::{CallQuery, CallbackQuery, Connection, Store, SuppressionQuery, change, query};
use cordboard::unusual_figures::FigureWatch;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::message::MessageStatus;
use cordboard_schema::notice::{NoticeSettings, Recipients};
use cordboard_schema::phone::E164;
use cordboard_schema::quality::{QuestionKind, ScoreQuestion, Scorecard, ScoredByModel};
use cordboard_schema::report::{Cut, Grain};
use cordboard_schema::retention::Retention;
use diesel::connection::SimpleConnection;

use super::campaign_rows::{campaign_row, contact_row};
use super::figures::{asked, at, moved};
use super::room::{Room, read};
use super::warehouse::exporter;
use crate::entries::Conversation;

/// The first organization, whose rows become unreadable, and one that is processed after it.
async fn two(store: &Store) -> (OrganizationId, OrganizationId) {
    let make = |connection: &mut Connection| change::create_organization(connection, "The other one");
    let other = store.change(make).await.unwrap();
    assert!(store.organization_id() < other, "jobs process organizations by id");
    (store.organization_id(), other)
}

/// Creates a call that ends.
fn called(store: &Store, owner: OrganizationId, began: &str) -> CallId {
    let mut said = Conversation::new(owner);
    let mut entries = said.live();
    entries.extend(said.ended(NextStep::Hangup));
    store.journal(moved(entries, began));
    said.call_id
}

/// Returns the calls of a day, and the number of its hours that are not counted.
fn calls(store: &Store, owner: OrganizationId, day: &str) -> (u64, u64) {
    let ask = asked(day, day, Grain::Day, Cut::All, None);
    let report = read(store, |connection| query::report(connection, owner, ask));
    (report.now.figures.calls, report.hours_behind)
}

#[actix::test]
async fn an_unreadable_call_holds_up_only_its_hour_and_day() {
    let (room, place) = (Room::new(), tempfile::tempdir().unwrap());
    let store = room.store();
    let (first, other) = two(&store).await;
    called(&store, first, "2026-10-23T10:00:00Z");
    let bad = called(&store, first, "2026-10-24T15:10:00Z");
    called(&store, first, "2026-10-24T10:00:00Z");
    called(&store, other, "2026-10-24T10:00:00Z");
    store.commit().await.unwrap();
    let held_up = |job: &str| store.job_faults().counts()[job];
    room.stranger().batch_execute(&format!("UPDATE calls SET state = 'gone' WHERE id = '{bad}'")).unwrap();

    for _ in 0..2 {
        counting::all(&store).await.unwrap();
        assert_eq!(held_up("figures"), 1);
        assert_eq!(calls(&store, first, "2026-10-24"), (1, 1), "without the hour of the bad row");
        assert_eq!(
            (calls(&store, first, "2026-10-23"), calls(&store, other, "2026-10-24")),
            ((1, 0), (1, 0))
        );
    }
    let exporter = exporter(&store, place.path(), false);
    let now = at("2026-10-25T03:00:00Z");
    assert_eq!(
        exporter.run_pass(now).await.unwrap(),
        2,
        "the day before it, and the other organization's day"
    );
    assert_eq!(exporter.run_pass(now).await.unwrap(), 0);
    assert_eq!(held_up("export"), 1);
    let written = |owner: OrganizationId, day: &str| {
        place.path().join(format!("calls/organization={owner}/day={day}/manifest.json")).exists()
    };
    assert!(written(first, "2026-10-23") && written(other, "2026-10-24"));
    assert!(!written(first, "2026-10-24"), "a day with a missing call would be signed as complete");

    room.stranger().batch_execute("UPDATE calls SET state = 'ended'").unwrap();
    counting::all(&store).await.unwrap();
    assert_eq!((held_up("figures"), calls(&store, first, "2026-10-24")), (0, (2, 0)));
    assert_eq!(exporter.run_pass(now).await.unwrap(), 1);
    assert_eq!(held_up("export"), 0);
    assert!(written(first, "2026-10-24"));
}

#[actix::test]
async fn an_invalid_id_holds_up_nothing() {
    let (room, place) = (Room::new(), tempfile::tempdir().unwrap());
    let store = room.store();
    let owner = store.organization_id();
    called(&store, owner, "2026-10-24T10:00:00Z");
    store.commit().await.unwrap();
    // Both are first in the order of their ids.
    room.stranger()
        .batch_execute(&format!(
            "INSERT INTO organizations (id, name, created_at) VALUES ('!', 'Nobody', '2026-10-24 00:00:00'); \
             INSERT INTO extractions_due (call_id, organization_id, asked) VALUES ('!', '{owner}', 0); \
             INSERT INTO extractions_due (call_id, organization_id, asked) \
             SELECT id, organization_id, 0 FROM calls; \
             INSERT INTO retention_periods (organization_id, days) VALUES ('!', '{{}}'), ('{owner}', '{{}}')"
        ))
        .unwrap();
    counting::all(&store).await.unwrap();
    let stale = |now| read(&store, move |c| query::stale_figures(c, owner, now));
    assert_eq!(stale(cordboard_actors::world::now().into()), None, "the organization's figures are counted");
    assert_eq!(exporter(&store, place.path(), false).run_pass(at("2026-10-25T03:00:00Z")).await.unwrap(), 1);
    let watch = FigureWatch { store: store.clone(), base_url: String::new(), currency: "EUR".to_owned() };
    watch.run_pass(at("2026-10-25T03:00:00Z")).await.unwrap();
    let counts = store.job_faults().counts();
    assert_eq!(["figures", "export", "comparison"].map(|job| counts[job]), [1, 1, 1]);
    let due = read(&store, |connection| query::extractions_due(connection, 10));
    assert_eq!(due.iter().map(Result::is_ok).collect::<Vec<_>>(), [false, true]);
    // A start requests these.
    assert!(!read(&store, query::published_profiles_everywhere).found.is_empty());
    let dialling =
        read(&store, |connection| query::dialling_everywhere(connection, at("2026-10-24T00:00:00Z")));
    let spent = store.spent_micros_everywhere(at("2026-10-24T00:00:00Z")).await.unwrap();
    assert_eq!(
        (dialling.found.keys().collect::<Vec<_>>(), spent.keys().collect::<Vec<_>>()),
        (vec![&owner], vec![&owner])
    );
    let kept = read(&store, query::retention_everywhere);
    assert_eq!(kept.iter().map(Result::is_ok).collect::<Vec<_>>(), [false, true]);

    room.stranger()
        .batch_execute("DELETE FROM retention_periods; DELETE FROM organizations WHERE id = '!'")
        .unwrap();
    counting::all(&store).await.unwrap();
    assert_eq!(store.job_faults().counts()["figures"], 0);
}

#[actix::test]
async fn unreadable_calls_delay_no_other_callers_message() {
    let room = Room::new();
    let store = room.store();
    let (first, other) = two(&store).await;
    // More than are read at once.
    for _ in 0..=100 {
        called(&store, first, "2026-10-24T10:00:00Z");
    }
    let good = called(&store, other, "2026-10-24T10:00:00Z");
    store.commit().await.unwrap();
    room.stranger()
        .batch_execute(&format!(
            "UPDATE calls SET leg_kind = NULL; UPDATE calls SET state = 'gone' WHERE organization_id = '{first}'; \
             UPDATE call_events SET kind = 'document_answered' WHERE kind = 'call_started'"
        ))
        .unwrap();
    let within = (at("2026-10-24T09:00:00Z"), at("2026-10-24T12:00:00Z"));
    let asked = read(&store, |connection| query::calls_maybe_with_message(connection, within, None));
    assert_eq!(asked.iter().map(|call| call.id).collect::<Vec<_>>(), [good]);
    let after = |connection: &mut Connection| query::calls_maybe_with_message(connection, within, Some(good));
    assert_eq!(read(&store, after).len(), 0);
}

#[actix::test]
async fn unreadable_text_messages_delay_no_other() {
    let room = Room::new();
    let store = room.store();
    let (owner, good) = (store.organization_id(), "0199d2a5-7f1e-7c3a-9a55-3f2b8c6d7e10");
    // More than are read at once, and first in the order of their ids.
    let ids = (0..=100).map(|number| format!("!{number}")).chain([good.to_owned()]);
    let rows = ids.map(|id| {
        format!(
            "('{id}', '{owner}', 'outbound', '+15550100', '+15550101', 'Hello', 'sent', 'SM{id}', \
             '2026-10-24 10:00:00', '2026-10-24 10:00:00')"
        )
    });
    room.stranger()
        .batch_execute(&format!(
            "INSERT INTO messages (id, organization_id, direction, from_number, to_number, body, status, sid, \
             created_at, updated_at) VALUES {}",
            rows.collect::<Vec<_>>().join(", ")
        ))
        .unwrap();
    let within = (at("2026-10-24T09:00:00Z"), at("2026-10-24T12:00:00Z"));
    let unreported =
        |connection: &mut Connection| query::unreported_texts(connection, MessageStatus::Sent, within, None);
    let found = read(&store, unreported);
    assert_eq!(found.iter().map(|text| text.id.to_string()).collect::<Vec<_>>(), [good]);
}

#[actix::test]
async fn unreadable_settings_do_not_affect_other_organizations() {
    let (room, place) = (Room::new(), tempfile::tempdir().unwrap());
    let store = room.store();
    let (first, other) = two(&store).await;
    for owner in [first, other] {
        called(&store, owner, "2026-10-24T10:00:00Z");
        let recipients = Recipients { email: vec!["owner@example.com".to_owned()], sms: Vec::new() };
        let settings = NoticeSettings { figures_changed: recipients, ..NoticeSettings::default() };
        store.change(move |c| change::set_notice_settings(c, owner, &settings)).await.unwrap();
    }
    store.commit().await.unwrap();
    room.stranger()
        .batch_execute(&format!(
            "INSERT INTO business_profiles (organization_id, revision, profile, updated_at) \
             VALUES ('{first}', 1, '{{', '2026-10-24 00:00:00')"
        ))
        .unwrap();
    counting::all(&store).await.unwrap();
    assert_eq!(calls(&store, other, "2026-10-24"), (1, 0));
    let stale = |now| read(&store, move |c| query::stale_figures(c, other, now));
    assert_eq!(
        stale(cordboard_actors::world::now().into()),
        None,
        "the other organization's figures are counted"
    );

    let now = at("2026-10-25T03:00:00Z");
    let watch = FigureWatch { store: store.clone(), base_url: String::new(), currency: "EUR".to_owned() };
    let due = || read(&store, move |c| query::day_to_compare(c, other, now));
    assert!(due().is_some());
    assert_eq!(watch.run_pass(now).await.unwrap(), 0);
    assert_eq!(due(), None, "the other organization's day was compared");
    assert_eq!(exporter(&store, place.path(), false).run_pass(now).await.unwrap(), 1);
    let counts = store.job_faults().counts();
    let held_up = ["figures", "comparison", "export"].map(|job| counts[job]);
    assert_eq!(held_up, [1, 1, 1]);

    for owner in [first, other] {
        let days = Retention { calls_days: Some(30), ..Retention::default() };
        store.change(move |c| change::set_retention(c, owner, &days)).await.unwrap();
    }
    room.stranger()
        .batch_execute(&format!("UPDATE retention_periods SET days = '{{' WHERE organization_id = '{first}'"))
        .unwrap();
    let files = RecordingFiles::new(place.path().to_owned(), None);
    let keeper = RetentionKeeper { store: store.clone(), files };
    keeper.run_pass(crate::entries::now() + 100 * 24 * 3_600_000).await.unwrap();
    assert_eq!(store.job_faults().counts()["retention"], 1);
    assert_eq!(read(&store, |c| query::calls(c, other, CallQuery { limit: 9, ..CallQuery::default() })), []);

    room.stranger().batch_execute("DELETE FROM business_profiles").unwrap();
    counting::all(&store).await.unwrap();
    assert_eq!((store.job_faults().counts()["figures"], calls(&store, first, "2026-10-24")), (0, (1, 0)));
}

#[actix::test]
async fn an_unreadable_scorecard_does_not_affect_others() {
    let room = Room::new();
    let store = room.store();
    let (first, other) = two(&store).await;
    let text = "Was the caller greeted?".to_owned();
    let question = ScoreQuestion { id: "greeted".to_owned(), text, kind: QuestionKind::YesNo };
    let questions = vec![question];
    let card = Scorecard { questions, by_model: ScoredByModel::All, ..Scorecard::default() };
    for owner in [first, other] {
        called(&store, owner, "2026-10-24T10:00:00Z");
        let card = card.clone();
        store.change(move |c| change::set_scorecard(c, owner, &card)).await.unwrap();
    }
    store.commit().await.unwrap();
    room.stranger()
        .batch_execute(&format!("UPDATE scorecards SET card = '{{' WHERE organization_id = '{first}'"))
        .unwrap();
    let calls = read(&store, |c| query::calls_to_score(c, at("2026-10-24T00:00:00Z"), 10));
    let [Ok(call), Err(unreadable)] = &calls[..] else { panic!("{calls:?}") };
    assert_eq!((call.organization_id, unreadable.organization.as_str()), (other, first.to_string().as_str()));
}

#[actix::test]
async fn a_damaged_campaign_does_not_hide_the_others() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let at = "2026-10-24 08:00:00";
    let id = "0197a000-0000-7000-8000-000000000001";
    let readable = campaign_row(owner, "{}", &at).replacen(&format!("('{owner}'"), &format!("('{id}'"), 1);
    room.stranger().batch_execute(&[campaign_row(owner, "{", &at), readable].concat()).unwrap();
    let campaigns = read(&store, |c| query::campaigns(c, owner));
    assert_eq!(campaigns.iter().map(|campaign| campaign.id.to_string()).collect::<Vec<_>>(), [id]);
}

#[actix::test]
async fn a_damaged_campaign_keeps_no_number_on_the_list() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let (at, number) = ("2026-10-24 08:00:00", "+493010000001");
    let rows = [
        campaign_row(owner, "{", &at),
        contact_row(owner, owner, number, ("done", 1), &at),
        "UPDATE contacts SET end_reason = 'suppressed'; ".to_owned(),
        format!(
            "INSERT INTO suppressions (organization_id, number, source, evidence, created_at) \
             VALUES ('{owner}', '{number}', 'api', 'a letter', '{at}')"
        ),
    ];
    room.stranger().batch_execute(&rows.concat()).unwrap();
    let removed: E164 = number.parse().unwrap();
    let remove = move |c: &mut Connection| change::remove_suppression(c, owner, &removed);
    assert!(store.change(remove).await.unwrap());
    let listed =
        read(&store, |c| query::suppressions(c, owner, &SuppressionQuery { limit: 9, ..Default::default() }));
    assert_eq!(listed, []);
}

#[actix::test]
async fn a_damaged_callback_hides_and_holds_no_other() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let row = |number: u32, phone: &str| {
        format!(
            "INSERT INTO callbacks (id, organization_id, call_id, phone, about, state, user_id, created_at, updated_at) \
             VALUES ('0197a000-0000-7000-8000-00000000000{number}', '{owner}', '0197a000-0000-7000-8000-00000000001{number}', \
             '{phone}', '', 'claimed', '{owner}', '2026-10-24 08:00:00', '2026-10-24 08:00:00'); "
        )
    };
    let rows = [row(1, "+493010000001"), row(2, "030"), row(3, "+493010000003"), row(4, "+493010000004")];
    room.stranger().batch_execute(&rows.concat()).unwrap();
    let first = CallbackQuery { limit: 2, ..CallbackQuery::default() };
    let listed = |query: CallbackQuery| {
        let found = read(&store, |c| query::callbacks(c, owner, query));
        found.iter().map(|callback| callback.phone.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(listed(first.clone()), ["+493010000001", "+493010000003"], "a page is full");
    assert_eq!(listed(CallbackQuery { newest_first: true, limit: 9, ..first }).len(), 3);
    assert_eq!(
        store.change(change::release_uncalled_callbacks).await.unwrap(),
        0,
        "none was claimed to be called"
    );
}
