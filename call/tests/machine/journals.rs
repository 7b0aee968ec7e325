//! Journals that were recorded before the call's machine was redesigned. They still fold as they did then.
//!
//! Each `journals/NAME.jsonl` is the journal of a call, one entry a line. `NAME.told` has the machine's effects at each of its facts, the
//! next deadline, and the effects in a process that had restored the call at that moment.
//!
//! Nothing here is recorded again when the machine changes, because such journals are stored in databases.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use cordboard_call::effect::Effect;
use cordboard_call::machine::{Folding, Machine};
use cordboard_schema::event::{Event, Fact, JournalEntry};
use cordboard_schema::fold::outside_ids_in;

use crate::rehearsal::outside_id;
use crate::script::call_after;
use crate::show::{Played, show_effects};

/// `CORDBOARD_JOURNALS` names another folder of journals and their expected output.
fn folder() -> PathBuf {
    let own = || Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/machine/journals");
    std::env::var_os("CORDBOARD_JOURNALS").map_or_else(own, PathBuf::from)
}

fn journal(text: &str) -> Vec<JournalEntry> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Returns what the call does at each fact of its journal. The decisions that follow a fact in the journal must be those that it leads to
/// now.
fn effects_of(entries: &[JournalEntry]) -> String {
    let mut machine = Machine::fold(&entries[..1]).unwrap();
    let (mut played, mut told) = (Played::default(), String::new());
    let mut rest = &entries[1..];
    while let [entry, following @ ..] = rest {
        rest = following;
        let Event::Fact(fact) = &entry.event else { continue };
        let effects = machine.apply(fact, entry.at);
        let decided = effects.iter().filter_map(|effect| match effect {
            Effect::Note(decision) => Some(Event::from(decision.clone())),
            _ => None,
        });
        let recorded = rest.iter().map_while(|entry| match &entry.event {
            Event::Decision(_) => Some(entry.event.clone()),
            Event::Fact(_) => None,
        });
        assert_eq!(decided.collect::<Vec<_>>(), recorded.collect::<Vec<_>>(), "after entry {}", entry.seq);
        played.add(entry.at, fact, &effects);
        let found =
            machine.clone().apply(&Fact::ServerRestarted { recorded_ms: None, away_ms: None }, entry.at);
        let deadline = machine.next_deadline().map(|due| due.0 - entry.at.0);
        let _ = write!(told, "{}", std::mem::take(&mut played));
        let _ = writeln!(told, "    deadline {deadline:?}; found{}", show_effects(&found));
    }
    assert_eq!(Machine::fold(entries), Ok(machine));
    told
}

/// Records a call, if this is requested. Only use it with a commit that still has the old machine.
pub(crate) fn record(script: &str, entries: &[JournalEntry]) {
    let Some(folder) = std::env::var_os("CORDBOARD_RECORD_JOURNALS") else { return };
    let name: String = script.chars().filter(char::is_ascii_alphanumeric).take(60).collect();
    let mut place = Path::new(&folder).join(format!("{name}-{}.jsonl", script.len()));
    let lines: Vec<String> = entries.iter().map(|entry| serde_json::to_string(entry).unwrap()).collect();
    fs::write(&place, lines.join("\n") + "\n").unwrap();
    place.set_extension("told");
    fs::write(place, effects_of(entries)).unwrap();
}

#[test]
fn old_journals_fold_as_they_did() {
    let mut journals = 0;
    for place in fs::read_dir(folder()).unwrap().map(|file| file.unwrap().path()) {
        if place.extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        journals += 1;
        let entries = journal(&fs::read_to_string(&place).unwrap());
        let recorded = fs::read_to_string(place.with_extension("told")).unwrap();
        assert_eq!(effects_of(&entries), recorded, "{}", place.display());
    }
    assert!(journals > 20, "{journals} journals");
}

#[test]
fn a_journal_has_its_newest_number_and_outside_ids() {
    let call = call_after("connected; ready");
    let mut folding = Folding::begin(&call.entries[0]).unwrap();
    assert_eq!(folding.seq(), 1);
    call.entries[1..].iter().for_each(|entry| folding.take(entry).unwrap());
    assert_eq!(folding.seq(), call.entries.len() as u64);
    assert_eq!(outside_ids_in(&call.entries[0]), [outside_id()]);
}
