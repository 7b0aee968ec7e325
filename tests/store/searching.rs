//! Texts are searched and kept in the same way on both databases.

use cordboard::store::{CallQuery, Connection, LeadOwner, LeadQuery, Store, change, query};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Decision, Fact};
use cordboard_schema::fold::Call;
use cordboard_schema::ids::{LeadId, OutsideId};
use cordboard_schema::lead::{Lead, LeadBody};
use cordboard_schema::phone::searched_number;
use cordboard_schema::time::UnixMs;
use diesel::connection::SimpleConnection;
use uuid::Uuid;

use super::room::{Room, call, journal, read, transcript};
use crate::entries::{Conversation, now};

#[actix::test]
async fn calls_are_found_by_words_and_the_last_words_beginning() {
    let room = Room::new();
    let store = room.store();
    let mut said = Conversation::new(store.organization_id());
    store.journal(said.live());
    store.journal(vec![said.said("Äpfel für Anna, 50% off \\o/")]);
    store.commit().await.unwrap();
    // A later line is found with the earlier ones, whether it has new words or not.
    for line in ["Anna, für Anna", "And a gro\u{308}ßere שלום 寿司"] {
        store.journal(vec![said.said(line)]);
        store.commit().await.unwrap();
    }
    for words in [
        "ANNA",
        "apfel",
        "äPFEL",
        "anna fur apf",
        "50",
        "groß",
        "grosse",
        "שלום",
        "寿",
        "anna, and \"apfel\"?",
    ] {
        assert_eq!(found(&store, words).len(), 1, "{words}");
    }
    for words in ["pfel", "ann apfel", "anne", "anna sushi", "%", "_", ""] {
        assert_eq!(found(&store, words).len(), 0, "{words}");
    }
    let from = |part: &str| {
        let wanted = CallQuery { from: Some(part.to_owned()), limit: 10, ..CallQuery::default() };
        read(&store, |connection| query::calls(connection, store.organization_id(), wanted)).len()
    };
    assert_eq!((from("+493"), from("nobody")), (1, 0));
}

#[actix::test]
async fn each_line_is_found_with_earlier_ones_despite_restarts() {
    let room = Room::new();
    let mut said = Conversation::new(room.store().organization_id());
    let lines = ["red roof", "a roof of slate", "slate and red", "green door", "the door is red", "blue"];
    let mut firsts = Vec::new();
    for (index, line) in lines.into_iter().enumerate() {
        // Its writer does not know the earlier lines.
        let store = room.store();
        let mut entries = if index == 0 { said.live() } else { Vec::new() };
        entries.push(said.said(line));
        store.journal(entries);
        store.commit().await.unwrap();
        // For this call it knows the earlier words.
        store.journal(vec![said.said(&format!("then{index} {line} also{index}"))]);
        store.commit().await.unwrap();
        firsts.push(format!("then{index}"));
        let of_line = line.split(' ').map(str::to_owned);
        let all: Vec<String> = firsts.iter().cloned().chain(of_line).collect();
        assert_eq!(found(&store, &all.join(" ")).len(), 1, "{all:?}");
        assert_eq!(found(&store, "like red roof then0 also0").len(), 1, "after {line}");
        assert_eq!(found(&store, &format!("then{}", index + 1)).len(), 0, "not said yet");
    }
}

#[actix::test]
async fn simultaneous_lines_of_two_calls_stay_apart() {
    let room = Room::new();
    let store = room.store();
    let (mut one, mut two) =
        (Conversation::new(store.organization_id()), Conversation::new(store.organization_id()));
    let mut entries = one.live();
    entries.extend(two.live());
    store.journal(entries);
    store.commit().await.unwrap();
    for (of_one, of_two) in [("oak", "elm"), ("elm roof", "ash"), ("fir", "oak")] {
        store.journal(vec![one.said(of_one), two.said(of_two)]);
        store.commit().await.unwrap();
    }
    let ids = |words: &str| found(&store, words).into_iter().map(|call| call.id).collect::<Vec<_>>();
    assert_eq!(ids("oak elm fir roof"), [one.call_id]);
    assert_eq!(ids("elm ash oak"), [two.call_id]);
    assert_eq!(ids("oak elm").len(), 2);
    assert_eq!(ids("fir ash").len(), 0);
}

#[actix::test]
async fn a_late_line_does_not_revive_deleted_words() {
    let room = Room::new();
    let store = room.store();
    let mut said = Conversation::new(store.organization_id());
    let mut entries = said.live();
    entries.push(said.said("a roof of slate"));
    entries.extend(said.ended(NextStep::Hangup));
    store.journal(entries);
    store.commit().await.unwrap();
    assert_eq!(found(&store, "slate").len(), 1);
    let (owner, later) = (store.organization_id(), now() + 24 * 3_600_000);
    let delete = move |connection: &mut Connection| change::delete_words(connection, owner, later, later, 10);
    store.change(delete).await.unwrap();
    assert_eq!(found(&store, "slate").len(), 0);
    store.journal(vec![said.said("a roof of copper")]);
    store.commit().await.unwrap();
    assert_eq!((found(&store, "roof copper").len(), found(&store, "slate").len()), (1, 0));
}

#[actix::test]
async fn no_words_break_a_search_or_cross_organizations() {
    let room = Room::new();
    let store = room.store();
    let make = |connection: &mut Connection| change::create_organization(connection, "The other one");
    let other = store.change(make).await.unwrap();
    let (mut ours, mut theirs) = (Conversation::new(store.organization_id()), Conversation::new(other));
    store.journal(ours.live());
    store.journal(theirs.live());
    // A caller says the name under which the other organization's calls are indexed.
    let own = store.organization_id().to_string();
    store.journal(vec![theirs.said(&format!("words :{own} scope {}", own.replace('-', "")))]);
    store.commit().await.unwrap();
    for words in [
        "\" OR words : table",
        "table* NOT x",
        "'a' & !'b' | ':*",
        "); DROP TABLE calls; --",
        "NEAR(table like, 5) ^table",
        "{scope} : \"x\"",
        "\\'\0\u{1f}",
        "🦆🦆",
        own.as_str(),
        "scope",
        "words",
        "table ".repeat(833).as_str(),
        "x".repeat(5_000).as_str(),
        "🦊 \" ' ".repeat(700).as_str(),
    ] {
        for call in found(&store, words) {
            assert_eq!(call.id, ours.call_id, "{words}");
        }
    }
    assert_eq!(found(&store, &"like a table ".repeat(400)).len(), 1);
    let of_other = CallQuery { said: Some("words".to_owned()), limit: 10, ..CallQuery::default() };
    assert_eq!(read(&store, |connection| query::calls(connection, other, of_other)).len(), 1);
}

#[actix::test]
async fn frequent_words_find_each_call_once_by_pages_and_filters() {
    let room = Room::new();
    let store = room.store();
    let mut ids = Vec::new();
    for number in 0..700 {
        let mut said = Conversation::new(store.organization_id());
        store.journal(said.live_by(&format!("+4930{number:04}")));
        ids.insert(0, said.call_id);
        // A commit waits at most 2 s, however many rows are before it.
        if number % 50 == 49 {
            store.commit().await.unwrap();
        }
    }
    let (mut seen, mut before) = (Vec::new(), None);
    loop {
        let wanted = CallQuery { before, limit: 150, ..of_words("table") };
        let page = read(&store, |connection| query::calls(connection, store.organization_id(), wanted));
        let Some(last) = page.last() else { break };
        before = Some(last.id);
        seen.extend(page.iter().map(|call| call.id));
    }
    assert_eq!(seen, ids);
    // The oldest call, which comes after the first matches that are checked.
    let oldest = CallQuery { from: Some("+49300000".to_owned()), ..of_words("table lik") };
    let page = read(&store, |connection| query::calls(connection, store.organization_id(), oldest));
    assert_eq!(page.iter().map(|call| call.id).collect::<Vec<_>>(), ids[699..]);
    let day = UnixMs(24 * 3_600_000);
    for (since, until, count) in [
        (Some(UnixMs(now().0 - day.0)), Some(UnixMs(now().0 + day.0)), 10),
        (Some(UnixMs(now().0 + day.0)), None, 0),
        (None, Some(UnixMs(now().0 - day.0)), 0),
    ] {
        let wanted = CallQuery { since, until, ..of_words("table") };
        let page = read(&store, |connection| query::calls(connection, store.organization_id(), wanted));
        assert_eq!(page.len(), count, "{since:?} to {until:?}");
    }
}

#[actix::test]
async fn calls_older_than_the_index_are_indexed_at_start() {
    let room = Room::new();
    let mut said = Conversation::new(room.store().organization_id());
    {
        let store = room.store();
        store.journal(said.live());
        store.journal(vec![said.said("a roof of slate")]);
        store.commit().await.unwrap();
    }
    let mut stranger = room.stranger();
    // As in a database of a version without the index: the migration marks all calls that have lines.
    let (index, due) = match &stranger {
        Connection::Sqlite(_) => ("DELETE FROM call_words_index; DELETE FROM call_words;", "slate"),
        Connection::Postgres(_) => ("DELETE FROM call_words", "slate"),
    };
    stranger.batch_execute(index).unwrap();
    assert_eq!(found(&room.store(), due).len(), 0);
    stranger
        .batch_execute("INSERT INTO call_words_due (call_id) SELECT DISTINCT call_id FROM transcript_items")
        .unwrap();
    assert_eq!(found(&room.store(), due).len(), 1);
    assert_eq!(found(&room.store(), "roof sla").len(), 1, "after another start");
}

fn of_words(words: &str) -> CallQuery {
    CallQuery { said: Some(words.to_owned()), limit: 10, ..CallQuery::default() }
}

fn found(store: &Store, words: &str) -> Vec<Call> {
    read(store, |connection| query::calls(connection, store.organization_id(), of_words(words)))
}

#[actix::test]
async fn a_nul_in_input_loses_no_row() {
    let room = Room::new();
    let store = room.store();
    let mut said = Conversation::new(store.organization_id());
    let mut entries = said.live();
    entries.push(said.said("a\0b"));
    let name = OutsideId { value: "x\0y".to_owned(), ..OutsideId::audiosocket(Uuid::new_v4()) };
    entries.push(said.entry(Fact::OutsideIdAdded { outside_id: name }));
    entries.push(said.entry(Decision::CallerSaid { text: "🦆 שלום".to_owned() }));
    store.journal(entries.clone());
    store.commit().await.unwrap();
    assert_eq!(journal(&store, said.call_id), entries, "the journal keeps it as it was");
    let lines: Vec<String> = transcript(&store, said.call_id).into_iter().map(|line| line.text).collect();
    assert_eq!(lines[2..], ["a\u{fffd}b", "🦆 שלום"]);
    let row = call(&store, said.call_id).unwrap();
    assert_eq!(row.outside_ids[1].value, "x\u{fffd}y");
}

#[actix::test]
async fn an_owner_id_with_a_nul_finds_no_leads() {
    let room = Room::new();
    let store = room.store();
    let owner = Some(LeadOwner::User("ada\0".to_owned()));
    let wanted = LeadQuery { owner, limit: 10, ..LeadQuery::default() };
    let leads = read(&store, |connection| query::leads(connection, store.organization_id(), wanted));
    assert_eq!(leads.len(), 0);
}

#[actix::test]
async fn calls_are_listed_by_a_name_in_any_usual_case() {
    let room = Room::new();
    let store = room.store();
    let organization_id = store.organization_id();
    let mut said = Conversation::new(organization_id);
    store.journal(said.live_by("Özgür \u{f6}ffner <+4930555>"));
    store.commit().await.unwrap();
    let of = |part: &str, is_from: bool| {
        let part = Some(part.to_owned());
        let (from, to) = if is_from { (part, None) } else { (None, part) };
        let wanted = CallQuery { from, to, limit: 10, ..CallQuery::default() };
        read(&store, |connection| query::calls(connection, organization_id, wanted)).len()
    };
    for typed in
        ["Özgür", "özgür", "ÖZGÜR", "GÜR", "O\u{308}zg", "Özgür öffner", "\u{f6}FFNER", "30\u{a0}555"]
    {
        assert_eq!((of(typed, true), of(typed, false)), (1, 0), "{typed}");
    }
    for typed in ["Ozgur", "özgün", "ö%"] {
        assert_eq!(of(typed, true), 0, "{typed}");
    }
}

#[actix::test]
async fn leads_are_found_in_any_usual_case_of_any_script() {
    let room = Room::new();
    let store = room.store();
    let organization_id = store.organization_id();
    let body =
        LeadBody { name: "Иван Özgür".to_owned(), need: "a roof".to_owned(), ..LeadBody::default() };
    let lead = Lead::of_body(LeadId(Uuid::now_v7()), organization_id, body, now());
    store.change(move |connection| change::create_lead(connection, &lead)).await.unwrap();
    let found = |word: &str| {
        let wanted = LeadQuery { words: vec![word.to_owned()], limit: 10, ..LeadQuery::default() };
        let listed = read(&store, |connection| query::leads(connection, organization_id, wanted)).len();
        let searched =
            read(&store, |connection| query::leads_with(connection, organization_id, (word, word), 10)).len();
        (listed, searched)
    };
    for word in ["Иван", "иван", "ИВАН", "ван", "Özgür", "özgür", "ÖZGÜR", "gür", "ROOF"]
    {
        assert_eq!(found(word), (1, 1), "{word}");
    }
    for word in ["Ивана", "Ozgur", "_згюр"] {
        assert_eq!(found(word), (0, 0), "{word}");
    }
}

#[actix::test]
async fn leads_are_found_by_a_number_as_people_write_it() {
    let room = Room::new();
    let store = room.store();
    let organization_id = store.organization_id();
    let phone = Some("+493055501".parse().unwrap());
    let body = LeadBody { name: "Ada 55 Street 50".to_owned(), phone, ..LeadBody::default() };
    let lead = Lead::of_body(LeadId(Uuid::now_v7()), organization_id, body, now());
    store.change(move |connection| change::create_lead(connection, &lead)).await.unwrap();
    let found = |typed: &str| {
        let words = typed.split_whitespace().map(str::to_owned).collect();
        let wanted = LeadQuery { words, number: searched_number(typed), limit: 10, ..LeadQuery::default() };
        read(&store, |connection| query::leads(connection, organization_id, wanted)).len()
    };
    for typed in ["+49 (0)30 555-01", "(30) 555 01", "30/555", "ada 30/555", "street 555-01", "50 55", "5550"]
    {
        assert_eq!(found(typed), 1, "{typed}");
    }
    for typed in ["30/556", "ada 30/556", "+49 (0)31 555-01", "eve 30/555"] {
        assert_eq!(found(typed), 0, "{typed}");
    }
}
