//! A backup restores exactly what was backed up, into either database; or it restores nothing.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::DateTime;
use cordboard::archive::{ArchiveContents, back_up, move_rows, restore};
use cordboard::store::{Connection, Store, StoreSettings, query};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::ids::{CallId, CampaignId};
use cordboard_test_support::postgres::{empty_database, shared};
use diesel::connection::SimpleConnection;
use tempfile::TempDir;

use super::room::{Room, call, folded, journal, settings_at, transcript};
use crate::entries::Conversation;

/// Files of the data folder that a backup has, with their texts. The last one is a recording.
const FILES: [(&str, &str); 5] = [
    ("secret.key", "key"),
    ("admin_token", "token"),
    ("recordings_folders", "/mnt/recordings"),
    ("waiting-reports/a.json", "{}"),
    ("recordings/a.wav", "RIFF"),
];

/// Creates an installation with a finished and a live call, difficult names, and files.
struct Installation {
    room: Room,
    folder: TempDir,
    calls: [CallId; 2],
}

impl Installation {
    async fn new() -> Self {
        let room = Room::new();
        let store = room.store();
        let mut over = Conversation::new(store.organization_id());
        let mut live = Conversation::new(store.organization_id());
        store.journal(over.live());
        store.journal(vec![over.said("\"Grüße\", said O'Brien | مرحبا 🙂 \\u0000")]);
        store.journal(over.ended(NextStep::Hangup));
        store.journal(live.live());
        store.close(Duration::from_secs(5)).await;
        drop(store);
        let names = "UPDATE agent_profiles SET name = 'O''Brien \"& Sons\" 🙂', created_at = '2026-11-25 01:02:03.120'";
        room.stranger().batch_execute(names).unwrap();
        // A campaign with the organization's id and one contact.
        let campaign = "INSERT INTO campaigns (id, organization_id, name, state, settings, created_at, updated_at) \
             SELECT id, id, 'Spring sale', 'paused', '{}', '2026-11-25 01:02:03', '2026-11-25 01:02:03' FROM organizations; \
             INSERT INTO contacts (id, organization_id, campaign_id, number, variables, consent, state, next_at, tries, created_at, updated_at) \
             SELECT id, id, id, '+493010000001', '{}', '', 'waiting', created_at, 0, created_at, created_at FROM campaigns";
        room.stranger().batch_execute(campaign).unwrap();
        let recording = "INSERT INTO recordings (call_id, organization_id, file) \
             SELECT id, organization_id, 'a.wav' FROM calls WHERE ended_at IS NOT NULL";
        room.stranger().batch_execute(recording).unwrap();
        let folder = tempfile::tempdir().unwrap();
        for below in ["recordings", "waiting-reports"] {
            fs::create_dir(folder.path().join(below)).unwrap();
        }
        for (name, text) in FILES {
            fs::write(folder.path().join(name), text).unwrap();
        }
        for name in ["lock", "waiting-reports/b.part"] {
            fs::write(folder.path().join(name), "none of it").unwrap();
        }
        fs::write(folder.path().join("recordings/b.wav"), "of a call that began after the snapshot").unwrap();
        Self { room, folder, calls: [over.call_id, live.call_id] }
    }

    fn back_up(&self) -> (ArchiveContents, Vec<u8>) {
        let mut file = Vec::new();
        let at = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        let held =
            back_up(&self.room.settings(), self.folder.path(), true, at, &mut file, |_, _| ()).unwrap();
        (held, file)
    }

    /// Checks that a database has the same calls, word for word.
    fn assert_is_in(&self, settings: &StoreSettings) {
        let [here, there] =
            [self.room.settings(), settings.clone()].map(|settings| Store::open(&settings).unwrap());
        assert_eq!(here.organization_id(), there.organization_id());
        for id in self.calls {
            assert!(call(&here, id).is_some());
            assert_eq!(call(&there, id), call(&here, id));
            assert_eq!(journal(&there, id), journal(&here, id));
            assert_eq!(transcript(&there, id), transcript(&here, id));
        }
        // Counts are not copied: they follow from the rows.
        let [here, there] = [here, there].map(|store| {
            let owner = store.organization_id();
            let read = |connection: &mut Connection| {
                query::campaign_progress(connection, owner, CampaignId(owner.0))
            };
            store.reads().run_blocking(read).unwrap()
        });
        assert_eq!((there.contacts.values().sum::<u64>(), &there), (1, &here));
    }
}

/// Creates an empty database of each kind.
fn empty(folder: &Path) -> [StoreSettings; 2] {
    let postgres = shared().unwrap().url(&empty_database().unwrap(), "?sslmode=disable");
    [settings_at(&folder.join("restored.db").display().to_string()), settings_at(&postgres)]
}

#[actix::test]
async fn a_backup_is_restored_into_either_database_with_its_files() {
    let from = Installation::new().await;
    let (held, file) = from.back_up();
    assert_eq!((held.rows["calls"], held.files), (2, 5));
    assert!(held.rows["call_events"] > 10, "{held:?}");
    let folder = tempfile::tempdir().unwrap();
    for settings in empty(folder.path()) {
        let data = tempfile::tempdir().unwrap();
        assert_eq!(restore(&settings, data.path(), file.as_slice(), |_| ()).unwrap(), held);
        for (name, text) in FILES {
            assert_eq!(fs::read_to_string(data.path().join(name)).unwrap(), text);
        }
        for name in ["lock", "restoring", "waiting-reports/b.part", "recordings/b.wav"] {
            assert!(!data.path().join(name).exists(), "{name}");
        }
        from.assert_is_in(&settings);
        // And again from there: nothing was lost on the way, and no time was changed.
        let mut again = Vec::new();
        let at = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        let second = back_up(&settings, data.path(), true, at, &mut again, |_, _| ()).unwrap();
        assert_eq!(second, held);
        let refused = restore(&settings, data.path(), file.as_slice(), |_| ()).unwrap_err().to_string();
        assert!(refused.contains("has records already"), "{refused}");
    }
}

#[actix::test]
async fn backups_include_recordings_on_request() {
    let from = Installation::new().await;
    let at = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
    for (with_recordings, files) in [(false, 4), (true, 5)] {
        let mut file = Vec::new();
        let settings = from.room.settings();
        let held = back_up(&settings, from.folder.path(), with_recordings, at, &mut file, |_, _| ()).unwrap();
        let (folder, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let restored = settings_at(&folder.path().join("restored.db").display().to_string());
        restore(&restored, data.path(), file.as_slice(), |_| ()).unwrap();
        let there = data.path().join("recordings/a.wav").exists();
        assert_eq!((held.files, there), (files, with_recordings));
        from.assert_is_in(&restored);
    }
}

#[actix::test]
async fn a_backup_during_calls_shows_a_single_moment() {
    let room = Room::new();
    let store = room.store();
    let settings = room.settings();
    let data = tempfile::tempdir().unwrap();
    let data_dir = data.path().to_owned();
    let written = Arc::new(AtomicUsize::new(0));
    let so_far = Arc::clone(&written);
    let backups = std::thread::spawn(move || {
        let at = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        let mut files = Vec::new();
        // As many as it takes for calls to be written meanwhile, however fast the machine is.
        while files.len() < 3 || so_far.load(Ordering::Relaxed) < 4 {
            let mut file = Vec::new();
            back_up(&settings, &data_dir, false, at, &mut file, |_, _| ()).unwrap();
            files.push(file);
        }
        files
    });
    let mut calls = Vec::new();
    while !backups.is_finished() {
        let mut said = Conversation::new(store.organization_id());
        for entries in [said.live(), vec![said.said("One more thing.")], said.ended(NextStep::Hangup)] {
            store.journal(entries);
            store.commit().await.unwrap();
        }
        calls.push(said.call_id);
        written.store(calls.len(), Ordering::Relaxed);
    }
    for file in backups.join().unwrap() {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings_at(&folder.path().join("restored.db").display().to_string());
        restore(&settings, folder.path(), file.as_slice(), |_| ()).unwrap();
        let there = Store::open(&settings).unwrap();
        for id in &calls {
            let entries = journal(&there, *id);
            let folded = (!entries.is_empty()).then(|| folded(&entries));
            assert_eq!(call(&there, *id), folded, "the row of a call is what its journal says");
        }
    }
}

#[actix::test]
async fn a_backup_that_was_cut_off_restores_nothing() {
    let from = Installation::new().await;
    let (held, file) = from.back_up();
    let folder = tempfile::tempdir().unwrap();
    let data = tempfile::tempdir().unwrap();
    for settings in empty(folder.path()) {
        for part in 0..8 {
            let cut = &file[..file.len() * part / 8];
            let refused = restore(&settings, data.path(), cut, |_| ()).unwrap_err().to_string();
            assert!(refused.contains("nothing was restored"), "{part}: {refused}");
            assert_eq!(fs::read_dir(data.path()).unwrap().count(), 0, "{part}");
        }
        assert_eq!(restore(&settings, data.path(), file.as_slice(), |_| ()).unwrap(), held);
        from.assert_is_in(&settings);
        fs::read_dir(data.path()).unwrap().for_each(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
        });
    }
}

#[actix::test]
async fn a_restore_leaves_the_key_of_another_installation() {
    let from = Installation::new().await;
    let (held, file) = from.back_up();
    let folder = tempfile::tempdir().unwrap();
    for settings in empty(folder.path()) {
        let data = tempfile::tempdir().unwrap();
        let key = data.path().join("secret.key");
        for other in ["yek", "of another length"] {
            fs::write(&key, other).unwrap();
            let refused = restore(&settings, data.path(), file.as_slice(), |_| ()).unwrap_err().to_string();
            assert!(refused.contains("is the key of another installation"), "{refused}");
            assert!(refused.ends_with("nothing was restored"), "{refused}");
            assert_eq!(fs::read_to_string(&key).unwrap(), other);
            assert_eq!(fs::read_dir(data.path()).unwrap().count(), 1);
        }
        fs::write(&key, "key").unwrap();
        assert_eq!(restore(&settings, data.path(), file.as_slice(), |_| ()).unwrap(), held);
    }
}

#[actix::test]
async fn rows_move_from_one_database_into_the_other() {
    let from = Installation::new().await;
    let folder = tempfile::tempdir().unwrap();
    for to in empty(folder.path()) {
        let held = move_rows(&from.room.settings(), &to, |_, _| ()).unwrap();
        assert_eq!(held.rows, from.back_up().0.rows);
        from.assert_is_in(&to);
        let refused = move_rows(&from.room.settings(), &to, |_, _| ()).unwrap_err().to_string();
        assert!(refused.contains("has records already"), "{refused}");
    }
}
