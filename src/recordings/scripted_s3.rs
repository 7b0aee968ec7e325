//! An S3 for unit tests. A function decides its answers.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{Receiver, channel};

use super::remote::RemoteStore;
use crate::config::{Config, Sources};

/// The bucket of an S3 at this address.
pub(crate) fn bucket_at(address: SocketAddr) -> RemoteStore {
    let variables = [
        ("CORDBOARD_RECORDINGS__STORE", "s3://bucket".to_owned()),
        ("CORDBOARD_RECORDINGS__S3_ENDPOINT", format!("http://{address}")),
        ("CORDBOARD_RECORDINGS__S3_ACCESS_KEY", "key".to_owned()),
        ("CORDBOARD_RECORDINGS__S3_SECRET_KEY", "secret".to_owned()),
    ];
    let environment = variables.map(|(name, value)| (name.into(), value.into())).to_vec();
    let sources = Sources { file: None, dotenv: None, environment };
    RemoteStore::open(&Config::load(&sources).unwrap().config.recordings).unwrap().unwrap()
}

/// A bucket in which each object has five bytes, and the requests that come: their methods and the objects' names. `answer` returns the status for
/// them.
pub(crate) fn scripted(
    answer: impl Fn(&str, &str) -> u16 + Send + 'static,
) -> (RemoteStore, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let bucket = bucket_at(listener.local_addr().unwrap());
    let (came, requests) = channel();
    std::thread::spawn(move || {
        while let Ok((mut asked, _)) = listener.accept() {
            let mut head = [0; 8_192];
            let bytes = asked.read(&mut head).unwrap_or_default();
            let head = String::from_utf8_lossy(&head[..bytes]);
            let mut words = head.split(' ');
            let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            let name = path.rsplit('/').next().unwrap_or_default();
            if came.send(format!("{method} {name}")).is_err() {
                return;
            }
            let (status, bytes) = (answer(method, name), if method == "HEAD" { 5 } else { 0 });
            let told = write!(
                asked,
                "HTTP/1.1 {status} Scripted\r\nETag: \"1\"\r\nLast-Modified: Sat, 28 Nov 2026 20:00:00 GMT\r\n\
                 Content-Length: {bytes}\r\nConnection: close\r\n\r\n"
            );
            told.unwrap();
        }
    });
    (bucket, requests)
}
