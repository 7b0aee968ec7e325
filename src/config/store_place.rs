//! The setting for the place to which recordings are moved.

use std::fmt;
use std::path::PathBuf;

use cordboard_settings::SettingValue;
use url::Url;

use super::postgres::decoded;

/// The place to which recordings are moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StorePlace {
    /// A bucket of S3, or of a compatible store.
    Bucket {
        /// Its name.
        bucket: String,
        /// Prefix of the names of recordings, without slashes at its ends; may be empty.
        prefix: String,
    },
    /// Another folder, for example a mounted one.
    Folder(PathBuf),
}

impl fmt::Display for StorePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bucket { bucket, prefix } if prefix.is_empty() => write!(f, "s3://{bucket}"),
            Self::Bucket { bucket, prefix } => write!(f, "s3://{bucket}/{prefix}"),
            Self::Folder(folder) => write!(f, "file://{}", folder.display()),
        }
    }
}

impl SettingValue for StorePlace {
    fn expected() -> String {
        "s3://BUCKET, s3://BUCKET/FOLDER or file:///FOLDER".to_owned()
    }

    // The text is not repeated, because an address may contain a password.
    fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| format!("it is not an address: {error}"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(
                "keys don't belong in the address: set recordings.s3_access_key and s3_secret_key".to_owned()
            );
        }
        if url.query().is_some() || url.fragment().is_some() || url.port().is_some() {
            return Err("it may have only a bucket and a folder".to_owned());
        }
        let no_folder = || "it names no folder of this machine: write file:/// and the folder".to_owned();
        match (url.scheme(), url.host_str().unwrap_or_default()) {
            ("s3", bucket) if !bucket.is_empty() => {
                // Decoded, as in the names of objects. The client escapes them itself.
                let prefix = decoded(url.path().trim_matches('/'))?;
                Ok(Self::Bucket { bucket: bucket.to_owned(), prefix })
            }
            ("s3", _) => Err("it names no bucket".to_owned()),
            // Decoded, as on the disk: an address has %20 for a space.
            ("file", "") if url.path().len() > 1 => {
                url.to_file_path().map(Self::Folder).map_err(|()| no_folder())
            }
            ("file", _) => Err(no_folder()),
            (scheme, _) => Err(format!("{scheme} is not a scheme for a store")),
        }
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_only_a_bucket_or_a_folder() {
        let bucket = |bucket: &str, prefix: &str| {
            Ok(StorePlace::Bucket { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
        };
        assert_eq!(StorePlace::parse("s3://calls"), bucket("calls", ""));
        assert_eq!(StorePlace::parse("s3://calls/of/2026/"), bucket("calls", "of/2026"));
        assert_eq!(StorePlace::parse("file:///mnt/calls"), Ok(StorePlace::Folder("/mnt/calls".into())));
        for written in ["file:///mnt/our calls/für 2026", "file:///mnt/our%20calls/f%C3%BCr%202026"] {
            let place = StorePlace::parse(written).unwrap();
            assert_eq!(place, StorePlace::Folder("/mnt/our calls/für 2026".into()));
            assert_eq!(StorePlace::parse(&place.shown()), Ok(place));
        }
        assert_eq!(StorePlace::parse("s3://calls/of/2026/").unwrap().shown(), "s3://calls/of/2026");
        for written in ["s3://calls/our calls/für 2026", "s3://calls/our%20calls/f%C3%BCr%202026"] {
            let place = StorePlace::parse(written);
            assert_eq!(place, bucket("calls", "our calls/für 2026"));
            assert_eq!(StorePlace::parse(&place.clone().unwrap().shown()), place);
        }
        for bad in [
            "s3://calls/100%",
            "calls",
            "s3://",
            "s3:///calls",
            "s3://key:secret@calls",
            "s3://calls?region=eu",
            "s3://calls:9000",
            "file://server/calls",
            "file:///",
            "https://calls.example.com",
        ] {
            let why = StorePlace::parse(bad).unwrap_err();
            assert!(!why.contains("secret@"), "{why}");
        }
    }
}
