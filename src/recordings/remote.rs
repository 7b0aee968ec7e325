//! The object store that recordings are moved to, and that calls are exported to for a warehouse: S3, a compatible store, or a folder elsewhere.
//!
//! Its requests run on a thread of its own, which handles no calls. The caller blocks until the answer or the timeout. This also works when a server
//! runs on a single thread, because the requests' thread never waits for readers.

use std::fmt;
use std::fs::File;
use std::future::Future;
use std::io::{self, Read as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use bytes::Bytes;
use cordboard_actors::outside_access::OutsideAccess;
use cordboard_schema::limits::{OBJECT_STORE_CONNECT_MS_MAX, OBJECT_STORE_MS_MAX, OBJECT_STORE_RETRY_MS_MAX};
use futures_util::StreamExt as _;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey as Key};
use object_store::client::{HttpClient, HttpConnector, HttpError};
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{
    ClientOptions, GetOptions, GetResult, GetResultPayload, ObjectStore, ObjectStoreExt as _, RetryConfig,
    WriteMultipart,
};
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::bounded_http::BoundedHttp;
use super::marker::{self, Marker};
use super::opus_file::is_of_the_file;
use crate::config::{Config, Recordings, StorePlace};

/// Bytes of a part of an upload. S3 accepts no smaller parts except the last, and at most 10,000 of them: 80 GB.
const PART_BYTES: usize = 8 * 1024 * 1024;
/// Parts that are uploaded at once, over the same line.
const PARTS_AT_ONCE: u32 = 2;
/// The region of a bucket without one: most compatible stores accept it.
const REGION: &str = "us-east-1";
/// How soon a waiting caller notices that it should stop waiting.
const STOP_CHECK: Duration = Duration::from_millis(50);
/// How often a request is retried that failed on the way.
const RETRIES_MAX: usize = 3;

/// Why the object store is not available.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// The settings contradict each other, or the folder is not a folder.
    #[error(
        "the object store can't be opened: {0}; check recordings.store, reports.export and recordings.s3_*"
    )]
    Settings(#[from] object_store::Error),
    /// The folder can't be created.
    #[error(
        "the folder {} of recordings.store or reports.export can't be made: {cause}; let the server's user write there (under systemd, see \
         ReadWritePaths= in docs/security.md), or name another one",
        .path.display()
    )]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Error of the operating system.
        cause: io::Error,
    },
    /// The system can't start a thread.
    #[error("no thread for the object store: {0}")]
    Thread(#[from] io::Error),
}

/// The error of a file that can't be read. It says nothing about the store.
#[derive(Debug, thiserror::Error)]
#[error("the file can't be read: {0}")]
struct Unreadable(#[source] io::Error);

impl Unreadable {
    /// Marks an error of reading a file, unless it affects other files too.
    fn marked(cause: io::Error) -> io::Error {
        if is_of_the_file(&cause) { io::Error::new(cause.kind(), Self(cause)) } else { cause }
    }
}

/// An object store with a blocking interface.
#[derive(Clone)]
pub struct RemoteStore {
    objects: Arc<dyn ObjectStore>,
    /// The prefix of each name.
    prefix: ObjectPath,
    requests: Arc<Requests>,
    /// The store's name in the settings.
    shown: String,
    /// The mark of a folder that may be mounted.
    marker: Option<Marker>,
    /// Set when callers should stop waiting.
    stop: Arc<AtomicBool>,
}

impl fmt::Debug for RemoteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RemoteStore").field(&self.shown).finish()
    }
}

/// The thread that runs the requests. It ends with the last handle.
struct Requests {
    runtime: Handle,
    /// Nothing is sent on it: dropping it ends the thread.
    _end: oneshot::Sender<()>,
}

impl Requests {
    fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (handle, (end, ending)) = (runtime.handle().clone(), oneshot::channel::<()>());
        let drive = move || {
            // Dropping the sender ends it.
            let _ = runtime.block_on(ending);
        };
        #[expect(
            clippy::disallowed_methods,
            reason = "callers block: on a single thread it would wait for itself"
        )]
        std::thread::Builder::new().name("object-store".to_owned()).spawn(drive)?;
        Ok(Self { runtime: handle, _end: end })
    }
}

impl RemoteStore {
    /// Opens the store that the settings name; none if recordings stay local. No request is sent yet.
    ///
    /// # Errors
    /// [`RemoteError`]: the settings contradict each other, the folder can't be created, or the system can't start a thread.
    pub fn open(settings: &Recordings) -> Result<Option<Self>, RemoteError> {
        settings.store.as_ref().map(|place| Self::open_at(place, settings)).transpose()
    }

    /// Opens the store of a server's recordings, as [`RemoteStore::open_marked_at`] does; none if recordings stay local.
    ///
    /// # Errors
    /// [`RemoteError`], as for [`RemoteStore::open`].
    pub fn open_marked(config: &Config) -> Result<Option<Self>, RemoteError> {
        config.recordings.store.as_ref().map(|place| Self::open_marked_at(place, config)).transpose()
    }

    /// Opens the store at a place for a server. A folder that the server has used before needs its mark: it may not be mounted. No request is sent yet.
    ///
    /// # Errors
    /// [`RemoteError`], as for [`RemoteStore::open`].
    pub fn open_marked_at(place: &StorePlace, config: &Config) -> Result<Self, RemoteError> {
        let store = Self::open_at(place, &config.recordings)?;
        let marker = match place {
            StorePlace::Folder(folder) => Some(Marker::of(folder, &config.data_dir)),
            StorePlace::Bucket { .. } => None,
        };
        Ok(Self { marker, ..store })
    }

    /// Opens the store at a place; the settings say how a bucket is reached. No request is sent yet.
    ///
    /// # Errors
    /// [`RemoteError`]: the settings contradict each other, the folder can't be created, or the system can't start a thread.
    pub fn open_at(place: &StorePlace, settings: &Recordings) -> Result<Self, RemoteError> {
        let (objects, prefix): (Arc<dyn ObjectStore>, &str) = match place {
            StorePlace::Folder(folder) => {
                std::fs::create_dir_all(folder)
                    .map_err(|cause| RemoteError::Folder { path: folder.clone(), cause })?;
                (Arc::new(LocalFileSystem::new_with_prefix(folder)?.with_fsync(true)), "")
            }
            StorePlace::Bucket { bucket, prefix } => {
                let mut builder = AmazonS3Builder::new()
                    .with_bucket_name(bucket)
                    .with_region(settings.s3_region.as_deref().unwrap_or(REGION))
                    .with_client_options(client_options())
                    .with_http_connector(Connector)
                    // Some stores that speak the protocol can't delete many objects by one request. Here only one is deleted at a time.
                    .with_disable_bulk_delete(true)
                    .with_retry(retries());
                if let Some(endpoint) = &settings.s3_endpoint {
                    let is_plain = endpoint.as_str().starts_with("http://");
                    builder = builder.with_endpoint(endpoint.as_str()).with_allow_http(is_plain);
                }
                if let (Some(key), Some(secret)) = (&settings.s3_access_key, &settings.s3_secret_key) {
                    builder =
                        builder.with_access_key_id(key.expose()).with_secret_access_key(secret.expose());
                } else {
                    builder = with_credentials_of(builder, |name| std::env::var(name).ok());
                }
                (Arc::new(builder.build()?), prefix)
            }
        };
        let requests = Arc::new(Requests::start()?);
        let prefix = ObjectPath::parse(prefix).map_err(object_store::Error::from)?;
        Ok(Self { objects, prefix, requests, shown: place.to_string(), marker: None, stop: Arc::default() })
    }

    /// The same, but requests are given up once `stop` is set.
    pub(crate) fn stopped_by(&self, stop: &Arc<AtomicBool>) -> Self {
        Self { stop: Arc::clone(stop), ..self.clone() }
    }

    /// The store's name in the settings.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    fn path(&self, name: &str) -> ObjectPath {
        name.split('/').fold(self.prefix.clone(), |folder, part| folder.join(part))
    }

    /// Runs a request to its end, or until the limit. Blocks.
    fn run<T: Send + 'static>(
        &self,
        limit: Duration,
        request: impl Future<Output = io::Result<T>> + Send + 'static,
    ) -> io::Result<T> {
        let (done, outcome) = mpsc::sync_channel(1);
        let mounted = mounted(Arc::clone(&self.objects), self.marker.clone());
        let request = async move {
            mounted.await?;
            request.await
        };
        let running = self.requests.runtime.spawn(async move {
            let outcome = timeout(limit, request).await;
            let outcome = outcome.unwrap_or_else(|_| {
                let said = format!("the object store has not answered for {} s", limit.as_secs());
                Err(io::Error::new(io::ErrorKind::TimedOut, said))
            });
            // The caller may have stopped waiting.
            let _ = done.send(outcome);
        });
        loop {
            match outcome.recv_timeout(STOP_CHECK) {
                Ok(outcome) => return outcome,
                Err(RecvTimeoutError::Timeout) if self.stop.load(Ordering::Relaxed) => {
                    running.abort();
                    return Err(io::ErrorKind::Interrupted.into());
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(io::Error::other("the request to the object store panicked"));
                }
            }
        }
    }

    /// The length of an object in bytes; none if it does not exist. Blocks.
    ///
    /// # Errors
    /// The store does not answer, or refuses.
    pub fn len(&self, name: &str) -> io::Result<Option<u64>> {
        let (objects, path) = (Arc::clone(&self.objects), self.path(name));
        self.run(limit_of(0), async move {
            match objects.head(&path).await {
                Ok(found) => Ok(Some(found.size)),
                Err(object_store::Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(error.into()),
            }
        })
    }

    /// The bytes of a range of an object. Blocks.
    ///
    /// # Errors
    /// The object does not exist, or the store does not answer, refuses, or sends more than the range.
    pub fn read(&self, name: &str, range: Range<u64>) -> io::Result<Bytes> {
        let (objects, path) = (Arc::clone(&self.objects), self.path(name));
        let bytes_max = range.end.saturating_sub(range.start);
        self.run(limit_of(bytes_max), async move {
            let wanted = GetOptions::new().with_range(Some(range));
            bounded(objects.get_opts(&path, wanted).await?, bytes_max).await
        })
    }

    /// Stores an object with these bytes. Blocks.
    ///
    /// # Errors
    /// The store does not answer, or refuses.
    pub fn put_bytes(&self, name: &str, bytes: Bytes) -> io::Result<()> {
        self.mark()?;
        self.put_unmarked(name, bytes)
    }

    /// The same, in a folder that may have no mark.
    fn put_unmarked(&self, name: &str, bytes: Bytes) -> io::Result<()> {
        let (objects, path) = (Arc::clone(&self.objects), self.path(name));
        self.run(limit_of(bytes.len() as u64), async move {
            Ok(objects.put(&path, bytes.into()).await.map(drop)?)
        })
    }

    /// Marks a folder that is used for the first time.
    fn mark(&self) -> io::Result<()> {
        let Some(marker) = self.marker.as_ref().filter(|marker| !marker.is_needed()) else { return Ok(()) };
        if self.len(marker::NAME)?.is_none() {
            self.put_unmarked(marker::NAME, Bytes::from_static(marker::TEXT))?;
        }
        marker.note();
        Ok(())
    }

    /// Uploads a file as an object, completely or not at all. Returns the number of bytes. Blocks.
    ///
    /// # Errors
    /// The file can't be read, or the store does not answer, refuses, or reports another length.
    pub fn put(&self, name: &str, file: &Path) -> io::Result<u64> {
        self.mark()?;
        let mut source = File::open(file).map_err(Unreadable::marked)?;
        let len = source.metadata().map_err(Unreadable::marked)?.len();
        let (objects, path) = (Arc::clone(&self.objects), self.path(name));
        let sent = self.run(limit_of(len), async move {
            let mut piece = vec![0; PART_BYTES.min(usize::try_from(len).unwrap_or(PART_BYTES))];
            source.read_exact(&mut piece).map_err(Unreadable::marked)?;
            if piece.len() as u64 == len {
                objects.put(&path, piece.into()).await?;
                return Ok(len);
            }
            let mut upload =
                WriteMultipart::new_with_chunk_size(objects.put_multipart(&path).await?, PART_BYTES);
            match send_parts(&mut upload, source, piece).await {
                Ok(sent) => {
                    upload.finish().await?;
                    Ok(sent)
                }
                Err(error) => {
                    // Parts of an incomplete upload cost money until they are dropped.
                    let _ = upload.abort().await;
                    Err(error)
                }
            }
        })?;
        match self.len(name)? {
            Some(stored) if stored == len && sent == len => Ok(len),
            stored => {
                let stored = stored.unwrap_or(0);
                Err(io::Error::other(format!(
                    "{name} has {stored} bytes in the object store, but {len} here"
                )))
            }
        }
    }

    /// Deletes an object. Returns its length in bytes; none if it did not exist. Blocks.
    ///
    /// # Errors
    /// The store does not answer, or refuses.
    pub fn delete(&self, name: &str) -> io::Result<Option<u64>> {
        let len = self.len(name)?;
        if len.is_some() {
            let (objects, path) = (Arc::clone(&self.objects), self.path(name));
            self.run(limit_of(0), async move {
                match objects.delete(&path).await {
                    Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
                    Err(error) => Err(error.into()),
                }
            })?;
        }
        Ok(len)
    }
}

/// Tells whether an upload has failed because of its file, so that another one may not.
pub(super) fn is_unreadable(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<Unreadable>())
}

/// Tells whether an error of a request says that the store has not answered, so that it would not answer another request either.
pub(crate) fn is_silence(error: &io::Error) -> bool {
    let first = error.get_ref().map(|inner| inner as &(dyn std::error::Error + 'static));
    error.kind() == io::ErrorKind::TimedOut
        || std::iter::successors(first, |&error| error.source()).any(|error| error.is::<HttpError>())
}

/// Checks that the folder has its mark, if it needs one.
///
/// # Errors
/// The mark is missing, or the folder can't be read.
async fn mounted(objects: Arc<dyn ObjectStore>, marker: Option<Marker>) -> io::Result<()> {
    let Some(marker) = marker.filter(Marker::is_needed) else { return Ok(()) };
    match objects.head(&ObjectPath::from(marker::NAME)).await {
        Ok(_) => Ok(()),
        Err(object_store::Error::NotFound { .. }) => Err(marker.missing()),
        Err(error) => Err(error.into()),
    }
}

/// The bytes of an answer. A store may send more than it was asked for: then none of it is used.
async fn bounded(answer: GetResult, bytes_max: u64) -> io::Result<Bytes> {
    if !matches!(answer.payload, GetResultPayload::Stream(_)) {
        // A file is read only as far as needed.
        return Ok(answer.bytes().await?);
    }
    let (mut pieces, mut bytes) = (answer.into_stream(), Vec::new());
    while let Some(piece) = pieces.next().await {
        let piece = piece?;
        if (bytes.len() + piece.len()) as u64 > bytes_max {
            return Err(io::Error::other(format!(
                "the object store sends more than the {bytes_max} bytes that were requested"
            )));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes.into())
}

/// Uploads the file's first piece, which has been read already, and then the rest.
async fn send_parts(upload: &mut WriteMultipart, mut source: File, mut piece: Vec<u8>) -> io::Result<u64> {
    let mut sent = 0;
    loop {
        sent += piece.len() as u64;
        upload.put(piece.into());
        upload.wait_for_capacity(PARTS_AT_ONCE as usize).await?;
        piece = Vec::with_capacity(PART_BYTES);
        source.by_ref().take(PART_BYTES as u64).read_to_end(&mut piece).map_err(Unreadable::marked)?;
        if piece.is_empty() {
            return Ok(sent);
        }
    }
}

/// The variables in which Amazon's tools give a program a key.
const KEY_VARIABLES: [(&str, Key); 3] = [
    ("AWS_ACCESS_KEY_ID", Key::AccessKeyId),
    ("AWS_SECRET_ACCESS_KEY", Key::SecretAccessKey),
    ("AWS_SESSION_TOKEN", Key::Token),
];
/// The variables in which Amazon's platforms give a program the role of its Kubernetes service account, or of its container. The role of a machine needs
/// none of them.
const ROLE_VARIABLES: [(&str, Key); 7] = [
    ("AWS_WEB_IDENTITY_TOKEN_FILE", Key::WebIdentityTokenFile),
    ("AWS_ROLE_ARN", Key::RoleArn),
    ("AWS_ROLE_SESSION_NAME", Key::RoleSessionName),
    ("AWS_ENDPOINT_URL_STS", Key::StsEndpoint),
    ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", Key::ContainerCredentialsRelativeUri),
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI", Key::ContainerCredentialsFullUri),
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", Key::ContainerAuthorizationTokenFile),
];

/// Adds the credentials that the environment has, for a bucket without configured keys. Variables of addresses, regions and the like are not read: they
/// would override our settings.
fn with_credentials_of(
    builder: AmazonS3Builder,
    variable: impl Fn(&str) -> Option<String>,
) -> AmazonS3Builder {
    let value = |name: &str| variable(name).filter(|value| !value.is_empty());
    // Half a key would prevent the start, although there may be a role.
    let has_key = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].iter().all(|name| value(name).is_some());
    let variables: &[(&str, Key)] = if has_key { &KEY_VARIABLES } else { &ROLE_VARIABLES };
    variables.iter().fold(builder, |builder, (name, key)| match value(name) {
        Some(value) => builder.with_config(*key, value),
        None => builder,
    })
}

/// The timeout of a request that moves this many bytes.
fn limit_of(bytes: u64) -> Duration {
    Duration::from_millis(OBJECT_STORE_MS_MAX) + time_to_move(bytes)
}

/// How long this many bytes may be on their way: a line that is slower than 1 MB in 10 s counts as lost.
const fn time_to_move(bytes: u64) -> Duration {
    Duration::from_millis(bytes / 100)
}

fn client_options() -> ClientOptions {
    ClientOptions::new()
        .with_content_type_for_suffix("wav", "audio/wav")
        .with_content_type_for_suffix("opus", "audio/ogg")
}

/// Makes clients with the same trusted certificates as the rest of the server.
#[derive(Debug)]
struct Connector;

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let fault = |source: Box<dyn std::error::Error + Send + Sync>| object_store::Error::Generic {
            store: "S3",
            source,
        };
        let way = OutsideAccess::anywhere().map_err(|error| fault(error.into()))?;
        let connect = Duration::from_millis(OBJECT_STORE_CONNECT_MS_MAX);
        let silence = Duration::from_millis(OBJECT_STORE_RETRY_MS_MAX);
        let client = || way.client().connect_timeout(connect);
        let http = BoundedHttp::new(client, silence, |bytes| time_to_move(bytes) * PARTS_AT_ONCE);
        http.map(HttpClient::new).map_err(|error| fault(error.into()))
    }
}

fn retries() -> RetryConfig {
    RetryConfig {
        max_retries: RETRIES_MAX,
        retry_timeout: Duration::from_millis(OBJECT_STORE_RETRY_MS_MAX),
        ..RetryConfig::default()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::TcpListener;

    use cordboard_schema::limits::OBJECT_STORE_ERROR_BYTES_MAX;

    use super::super::scripted_s3::{bucket_at, scripted};
    use super::*;
    use crate::config::{Config, Sources};

    #[test]
    fn the_error_names_a_folder_that_cant_be_created() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let folder = file.path().join("calls");
        let place = StorePlace::Folder(folder.clone());
        let error = RemoteStore::open_at(&place, &Recordings::default()).unwrap_err().to_string();
        assert!(error.starts_with(&format!("the folder {} of", folder.display())), "{error}");
        assert!(error.contains("recordings.store") && !error.contains("thread"), "{error}");
    }

    #[test]
    fn a_bucket_without_keys_takes_credentials_of_the_environment() {
        let found = |variables: &[(&str, &str)]| {
            let variable = |name: &str| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            };
            let settings = AmazonS3Builder::new().with_region("eu-central-1");
            let builder = with_credentials_of(settings, variable);
            assert_eq!(builder.get_config_value(&Key::Region).as_deref(), Some("eu-central-1"));
            assert_eq!(builder.get_config_value(&Key::Endpoint), None);
            let keys = [Key::AccessKeyId, Key::RoleArn, Key::ContainerCredentialsRelativeUri];
            keys.map(|key| builder.get_config_value(&key).unwrap_or_default())
        };
        let service_account = [
            ("AWS_WEB_IDENTITY_TOKEN_FILE", "/token"),
            ("AWS_ROLE_ARN", "arn:of:role"),
            ("AWS_REGION", "us-west-1"),
            ("AWS_ENDPOINT_URL", "http://elsewhere"),
        ];
        assert_eq!(found(&service_account), ["", "arn:of:role", ""]);
        assert_eq!(found(&[("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2")]), ["", "", "/v2"]);
        let key = [("AWS_ACCESS_KEY_ID", "AKIA"), ("AWS_SECRET_ACCESS_KEY", "tiger")];
        assert_eq!(found(&key), ["AKIA", "", ""]);
        let half = [("AWS_ACCESS_KEY_ID", "AKIA"), ("AWS_SECRET_ACCESS_KEY", ""), ("AWS_ROLE_ARN", "arn")];
        assert_eq!(found(&half), ["", "arn", ""]);
        assert_eq!(found(&[]), ["", "", ""]);
    }

    #[test]
    fn a_folder_that_is_no_longer_mounted_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let (place, aside) = (folder.path().join("mounted"), folder.path().join("aside"));
        let (data_dir, recording) = (folder.path().join("data"), folder.path().join("a.wav"));
        std::fs::create_dir(&data_dir).unwrap();
        std::fs::write(&recording, "RIFF").unwrap();
        let environment = vec![
            ("CORDBOARD_RECORDINGS__STORE".into(), format!("file://{}", place.display()).into()),
            ("CORDBOARD_DATA_DIR".into(), data_dir.into_os_string()),
        ];
        let config = Config::load(&Sources { file: None, dotenv: None, environment }).unwrap().config;
        let open = || RemoteStore::open_marked(&config).unwrap().unwrap();
        let missing_mark = || marker::missing_mark(config.recordings.store.as_ref().unwrap(), &config);
        let running = open();
        assert_eq!(running.len("a.wav").unwrap(), None);
        assert_eq!(std::fs::read_dir(&place).unwrap().count(), 0, "nothing was moved there yet");
        assert_eq!(running.put("a.wav", &recording).unwrap(), 4);
        assert!(place.join(marker::NAME).exists() && missing_mark().is_none());

        std::fs::rename(&place, &aside).unwrap();
        std::fs::create_dir(&place).unwrap();
        for store in [&running, &open()] {
            for error in [
                store.put("b.wav", &recording).unwrap_err(),
                store.len("a.wav").unwrap_err(),
                store.delete("a.wav").unwrap_err(),
                store.read("a.wav", 0..4).unwrap_err(),
            ] {
                assert!(error.to_string().contains("mount its disk"), "{error}");
                assert_ne!(error.kind(), io::ErrorKind::NotFound, "nobody takes the recording for deleted");
            }
        }
        assert_eq!(std::fs::read_dir(&place).unwrap().count(), 0);
        let (found, fix) = missing_mark().unwrap();
        assert!(found.contains("has no file") && fix.contains("touch"), "{found}: {fix}");

        std::fs::remove_dir(&place).unwrap();
        std::fs::rename(&aside, &place).unwrap();
        assert_eq!(running.len("a.wav").unwrap(), Some(4));
        assert_eq!(open().put("b.wav", &recording).unwrap(), 4);
    }

    /// An S3 that answers its first request with this many bytes, whatever the range.
    fn answering(bytes: usize) -> RemoteStore {
        saying("206 Partial Content", bytes)
    }

    /// An S3 that answers its first request with this status and this many bytes.
    fn saying(status: &'static str, bytes: usize) -> RemoteStore {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut asked, _) = listener.accept().unwrap();
            assert!(asked.read(&mut [0; 8_192]).unwrap() > 0);
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Range: bytes 0-9/1000000\r\nETag: \"1\"\r\n\
                 Last-Modified: Sat, 28 Nov 2026 20:00:00 GMT\r\nContent-Length: {bytes}\r\nConnection: close\r\n\r\n"
            );
            // A reader that has enough closes the connection.
            let _ = asked.write_all(&[head.into_bytes(), vec![b'7'; bytes]].concat());
        });
        bucket_at(address)
    }

    #[test]
    fn an_object_is_deleted_without_requests_that_some_stores_lack() {
        let (store, requests) = scripted(|method, _| if method == "POST" { 501 } else { 200 });
        assert_eq!(store.delete("a.opus").unwrap(), Some(5));
        assert_eq!(requests.try_iter().collect::<Vec<_>>(), ["HEAD a.opus", "DELETE a.opus"]);
    }

    #[test]
    fn a_store_that_sends_too_much_fills_no_memory() {
        assert_eq!(answering(10).read("a.opus", 0..10).unwrap(), vec![b'7'; 10]);
        for bytes in [11, 4_000_000] {
            let error = answering(bytes).read("a.opus", 0..10).unwrap_err().to_string();
            assert!(error.contains("more than the 10 bytes"), "{error}");
        }
    }

    #[test]
    fn an_overlong_error_is_truncated() {
        for status in ["403 Forbidden", "400 Bad Request"] {
            let error = saying(status, 8_000_000).read("a.opus", 0..10).unwrap_err().to_string();
            assert!(error.contains(&status[..3]) && error.contains("777"), "{error:.300}");
            let sevens = error.bytes().filter(|byte| *byte == b'7').count();
            assert!(sevens <= 2 * OBJECT_STORE_ERROR_BYTES_MAX, "it keeps {sevens} bytes");
        }
    }
}
