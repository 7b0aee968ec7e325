//! Checks whether objects can be put into the object stores for recordings and for the warehouse, read there, and deleted again.

use std::io;

use bytes::Bytes;

use super::Check;
use crate::config::{Config, StorePlace};
use crate::recordings::{RemoteError, RemoteStore, missing_mark};

/// Content of the trial object.
const TRIAL: &[u8] = b"cordboard doctor";

/// Returns no checks if recordings stay in the data folder and no calls are written for a warehouse. Blocks.
pub(super) fn examine(config: &Config) -> impl Iterator<Item = Check> {
    let stores = [
        ("recordings' store", "recordings.store", &config.recordings.store),
        ("warehouse", "reports.export", &config.reports.export),
    ];
    stores.into_iter().filter_map(move |(subject, setting, place)| {
        let place = place.as_ref()?;
        if let Some((found, fix)) = missing_mark(place, config) {
            return Some(Check::bad(subject, found, fix));
        }
        Some(match attempt(config, place) {
            Ok(()) => {
                Check::good(subject, format!("{place} takes objects, gives a part of them, and deletes them"))
            }
            Err((step, cause)) => {
                Check::bad(subject, format!("{step} at {place} failed: {cause}"), fix(setting, place))
            }
        })
    })
}

fn fix(setting: &str, place: &StorePlace) -> String {
    match place {
        StorePlace::Folder(folder) => {
            format!("let this user write in {}, or set {setting} to another folder", folder.display())
        }
        StorePlace::Bucket { .. } => format!(
            "check that {setting} and recordings.s3_endpoint are correct, that this machine reaches it, and that the keys \
             (recordings.s3_access_key and its secret; unset, what Amazon's environment offers, which .env does not set) have the rights \
             s3:PutObject, s3:GetObject, s3:DeleteObject, s3:AbortMultipartUpload and s3:ListBucket"
        ),
    }
}

/// Tries the store. Returns the step that failed, and why.
fn attempt(config: &Config, place: &StorePlace) -> Result<(), (&'static str, io::Error)> {
    let opened = RemoteStore::open_at(place, &config.recordings);
    let store = opened.map_err(|error| match error {
        RemoteError::Settings(error) => ("opening", io::Error::from(error)),
        RemoteError::Folder { cause, .. } => ("making the folder", cause),
        RemoteError::Thread(error) => ("opening", error),
    })?;
    let name = format!(".cordboard-doctor-{}", std::process::id());
    store.put_bytes(&name, Bytes::from_static(TRIAL)).map_err(|cause| ("putting an object", cause))?;
    let read = store.read(&name, 1..TRIAL.len() as u64);
    // The object is deleted even if reading failed, so that nothing is left.
    let deleted = store.delete(&name);
    match read {
        Ok(bytes) if bytes[..] == TRIAL[1..] => {}
        Ok(_) => return Err(("reading a part of an object", io::Error::other("another part came"))),
        Err(cause) => return Err(("reading a part of an object", cause)),
    }
    deleted.map_err(|cause| ("deleting an object", cause))?;
    // Without the right to list, S3 answers 403 for an object that does not exist.
    match store.len(&name) {
        Ok(None) => Ok(()),
        Ok(Some(_)) => Err(("deleting an object", io::Error::other("it is still there"))),
        Err(cause) => Err(("asking for an object that does not exist", cause)),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use cordboard_test_support::moto::Moto;

    use super::*;
    use crate::config::Sources;

    fn check(environment: Vec<(OsString, OsString)>) -> Check {
        let config = Config::load(&Sources { environment, ..Sources::default() }).unwrap().config;
        let mut checks = examine(&config);
        let check = checks.next().unwrap();
        assert!(checks.next().is_none());
        check
    }

    fn at(place: &str, mut environment: Vec<(OsString, OsString)>) -> Check {
        environment.retain(|(name, _)| name != "CORDBOARD_RECORDINGS__STORE");
        environment.push(("CORDBOARD_RECORDINGS__STORE".into(), place.into()));
        check(environment)
    }

    #[test]
    fn the_fix_for_a_bucket_names_its_keys() {
        let place = StorePlace::Bucket { bucket: "calls".to_owned(), prefix: String::new() };
        let fix = fix("recordings.store", &place);
        assert!(fix.contains("recordings.s3_access_key") && fix.contains(".env does not set"), "{fix}");
    }

    #[test]
    fn a_store_is_tried_and_left_as_it_was() {
        let (moto, folder) = (Moto::start().unwrap(), tempfile::tempdir().unwrap());
        let bucket = check(Moto::environment("of/calls", &moto.endpoint()));
        assert!(!bucket.is_bad(), "{bucket:?}");
        assert!(moto.keys().unwrap().is_empty());
        let mut wrong = Moto::environment("of/calls", &moto.endpoint());
        wrong.retain(|(name, _)| name != "CORDBOARD_RECORDINGS__S3_SECRET_KEY");
        wrong.push(("CORDBOARD_RECORDINGS__S3_SECRET_KEY".into(), "another".into()));
        let wrong = check(wrong);
        assert!(wrong.is_bad() && format!("{wrong:?}").contains("SignatureDoesNotMatch"), "{wrong:?}");
        let missing = at("s3://nobodys", Moto::environment("", &moto.endpoint()));
        assert!(missing.is_bad() && format!("{missing:?}").contains("NoSuchBucket"), "{missing:?}");
        let here = at(&format!("file://{}", folder.path().join("deep/er").display()), Vec::new());
        assert!(!here.is_bad(), "{here:?}");
        assert_eq!(std::fs::read_dir(folder.path().join("deep/er")).unwrap().count(), 0);
        let file = folder.path().join("file");
        std::fs::write(&file, "x").unwrap();
        let there = format!("{:?}", at(&format!("file://{}", file.join("calls").display()), Vec::new()));
        assert!(there.contains("making the folder") && there.contains("let this user write in"), "{there}");
        let (mounted, data_dir) = (folder.path().join("mounted"), folder.path().join("data"));
        std::fs::create_dir(&data_dir).unwrap();
        std::fs::write(data_dir.join("recordings_folders"), format!("{}\n", mounted.display())).unwrap();
        let data_dir = ("CORDBOARD_DATA_DIR".into(), data_dir.into_os_string());
        let there = at(&format!("file://{}", mounted.display()), vec![data_dir]);
        assert!(there.is_bad() && format!("{there:?}").contains("mount its disk"), "{there:?}");
        let place = format!("file://{}", folder.path().join("warehouse").display());
        let warehouse = check(vec![
            ("CORDBOARD_REPORTS__EXPORT".into(), place.into()),
            ("CORDBOARD_REPORTS__EXPORT_KEY".into(), "k".repeat(32).into()),
        ]);
        assert!(!warehouse.is_bad() && format!("{warehouse:?}").contains("warehouse"), "{warehouse:?}");
    }
}
