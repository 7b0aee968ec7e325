//! A Redis for tests in virtual time, as a task of their thread: the few commands that a cache needs, in RESP2. For a while it can be
//! unreachable, hang or be slow, or send what no Redis sends. When it becomes unreachable it loses its values, like a Redis that was replaced.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::clock;
use crate::driving::Door;

/// The most words of a request, and the most bytes of a word.
const WORDS_MAX: usize = 10_000;
const BYTES_MAX: usize = 1 << 20;
/// The time between two pieces of an endless answer.
const PIECE_EACH: Duration = Duration::from_millis(1);

/// How a Redis behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RedisManner {
    /// It answers at once.
    #[default]
    Answers,
    /// It closes each connection without a message, and loses its values.
    Away,
    /// It accepts every request and answers none.
    Hangs,
    /// Each answer takes this long.
    Slow(Duration),
    /// It sends this instead of an answer, except to a client's first requests.
    Says {
        /// The beginning.
        first: &'static [u8],
        /// The data that repeats until the client disconnects.
        then: &'static [u8],
    },
}

/// A Redis. It ends with the runtime that it is a task of.
#[derive(Clone, Debug)]
pub struct RedisStandIn {
    address: SocketAddr,
    shelf: Arc<Mutex<Shelf>>,
    manner: watch::Sender<RedisManner>,
}

#[derive(Debug, Default)]
struct Shelf {
    values: BTreeMap<Vec<u8>, Kept>,
    /// How often it became unreachable.
    losses: u32,
    /// The number of connections that are up.
    open: usize,
}

#[derive(Debug)]
struct Kept {
    value: Vec<u8>,
    ends_at: Option<Instant>,
}

impl RedisStandIn {
    /// Starts one on a free port of this machine, as a task of the current runtime.
    ///
    /// # Errors
    /// No port is available.
    pub fn start_here() -> io::Result<Self> {
        let mut door = Door::open()?;
        let (address, shelf) = (door.address(), Arc::<Mutex<Shelf>>::default());
        let manner = watch::Sender::new(RedisManner::default());
        let (of_task, manners) = (Arc::clone(&shelf), manner.clone());
        let serving = door.serving(move |stream| {
            let (shelf, manners) = (Arc::clone(&of_task), manners.subscribe());
            async move {
                locked(&shelf).open += 1;
                // It doesn't matter if a client breaks off.
                let _ = serve(stream, &shelf, manners).await;
                locked(&shelf).open -= 1;
            }
        })?;
        tokio::spawn(door.held_open(serving));
        Ok(Self { address, shelf, manner })
    }

    /// Its address, in the form of `REDIS_URL`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://{}/0", self.address)
    }

    /// Sets its behaviour from now on.
    pub fn behaves(&self, manner: RedisManner) {
        if manner == RedisManner::Away {
            let mut shelf = locked(&self.shelf);
            shelf.values.clear();
            shelf.losses += 1;
        }
        self.manner.send_replace(manner);
    }

    /// Empties it, as `FLUSHALL` does.
    pub fn flush(&self) {
        locked(&self.shelf).values.clear();
    }

    /// The number of connections that are up, as far as it has noticed.
    #[must_use]
    pub fn open_connections(&self) -> usize {
        locked(&self.shelf).open
    }

    /// The names of its values, in order.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        let mut shelf = locked(&self.shelf);
        shelf.forget();
        shelf.values.keys().map(|key| String::from_utf8_lossy(key).into_owned()).collect()
    }
}

fn locked(shelf: &Mutex<Shelf>) -> MutexGuard<'_, Shelf> {
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers requests until the client disconnects, or the Redis becomes unreachable.
async fn serve(
    mut connection: TcpStream,
    shelf: &Mutex<Shelf>,
    mut manners: watch::Receiver<RedisManner>,
) -> io::Result<()> {
    let (reading, mut writing) = connection.split();
    let mut reading = BufReader::new(reading);
    // The requests of a transaction that waits for its end.
    let mut waiting: Option<Vec<Vec<Vec<u8>>>> = None;
    loop {
        if *manners.borrow_and_update() == RedisManner::Away {
            return Ok(());
        }
        let mut asked = std::pin::pin!(request(&mut reading));
        let words = loop {
            tokio::select! {
                biased;
                is_there = manners.changed() => {
                    if is_there.is_err() || *manners.borrow() == RedisManner::Away {
                        return Ok(());
                    }
                }
                words = &mut asked => break words?,
            }
        };
        let manner = *manners.borrow();
        match manner {
            RedisManner::Slow(late) => sleep(late).await,
            RedisManner::Hangs => {
                let _ = manners.wait_for(|manner| *manner != RedisManner::Hangs).await;
            }
            RedisManner::Answers | RedisManner::Away | RedisManner::Says { .. } => {}
        }
        if *manners.borrow() == RedisManner::Away {
            return Ok(());
        }
        let command = words.first().map(|word| word.to_ascii_uppercase()).unwrap_or_default();
        let is_beginning = matches!(command.as_slice(), b"CLIENT" | b"SELECT" | b"AUTH");
        if let RedisManner::Says { first, then } = manner
            && !is_beginning
        {
            writing.write_all(first).await?;
            while !then.is_empty() {
                writing.write_all(then).await?;
                sleep(PIECE_EACH).await;
            }
            continue;
        }
        let answer = if command == b"MULTI" {
            waiting = Some(Vec::new());
            b"+OK\r\n".to_vec()
        } else if command == b"EXEC" {
            let all = waiting.take().unwrap_or_default();
            let mut shelf = locked(shelf);
            let mut answer = format!("*{}\r\n", all.len()).into_bytes();
            all.iter().for_each(|words| answer.extend(shelf.answer(words)));
            answer
        } else if let Some(waiting) = &mut waiting {
            waiting.push(words);
            b"+QUEUED\r\n".to_vec()
        } else {
            locked(shelf).answer(&words)
        };
        writing.write_all(&answer).await?;
    }
}

/// A request: a list of words.
async fn request(reading: &mut (impl AsyncBufReadExt + Unpin)) -> io::Result<Vec<Vec<u8>>> {
    let count = number(reading, b'*').await?;
    let mut words = Vec::new();
    for _ in 0..count.min(WORDS_MAX) {
        let length = number(reading, b'$').await?.min(BYTES_MAX);
        let mut word = vec![0; length + 2];
        reading.read_exact(&mut word).await?;
        word.truncate(length);
        words.push(word);
    }
    Ok(words)
}

async fn number(reading: &mut (impl AsyncBufReadExt + Unpin), kind: u8) -> io::Result<usize> {
    let mut line = Vec::new();
    reading.read_until(b'\n', &mut line).await?;
    let number = line.strip_prefix(&[kind]).and_then(|rest| std::str::from_utf8(rest).ok());
    let number = number.and_then(|number| number.trim_end().parse().ok());
    number.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))
}

impl Shelf {
    /// Removes expired values.
    fn forget(&mut self) {
        let now = clock::now();
        self.values.retain(|_, kept| kept.ends_at.is_none_or(|ends_at| ends_at > now));
    }

    fn answer(&mut self, words: &[Vec<u8>]) -> Vec<u8> {
        self.forget();
        let Some((command, rest)) = words.split_first() else { return error("no command") };
        match (command.to_ascii_uppercase().as_slice(), rest) {
            (b"CLIENT" | b"SELECT" | b"AUTH" | b"UNWATCH", _) => b"+OK\r\n".to_vec(),
            (b"PING", []) => b"+PONG\r\n".to_vec(),
            (b"PING", [word, ..]) => bulk(word),
            (b"INFO", _) => {
                let told = format!("# Server\r\nredis_version:8.0.0\r\nrun_id:stand-in-{}\r\n", self.losses);
                bulk(told.as_bytes())
            }
            (b"GETRANGE", [key, ..]) => {
                bulk(self.values.get(key).map(|kept| &kept.value[..]).unwrap_or_default())
            }
            (b"SET", [key, value, options @ ..]) => self.set(key, value, options),
            (b"PEXPIRE", [key, ms]) => {
                let ends_at = end(ms);
                let is_there = self.values.get_mut(key).map(|kept| kept.ends_at = ends_at).is_some();
                count(usize::from(is_there))
            }
            (b"DEL", keys) => count(keys.iter().filter(|key| self.values.remove(*key).is_some()).count()),
            _ => error("unknown command"),
        }
    }

    fn set(&mut self, key: &[u8], value: &[u8], options: &[Vec<u8>]) -> Vec<u8> {
        let is = |word: &[u8], name: &str| word.eq_ignore_ascii_case(name.as_bytes());
        if options.iter().any(|word| is(word, "NX")) && self.values.contains_key(key) {
            return b"$-1\r\n".to_vec();
        }
        let at = options.iter().position(|word| is(word, "PX"));
        let ends_at = at.and_then(|at| options.get(at + 1)).and_then(|ms| end(ms));
        self.values.insert(key.to_vec(), Kept { value: value.to_vec(), ends_at });
        b"+OK\r\n".to_vec()
    }
}

/// The moment this many milliseconds from now.
fn end(ms: &[u8]) -> Option<Instant> {
    let ms = std::str::from_utf8(ms).ok()?.parse().ok()?;
    clock::now().checked_add(Duration::from_millis(ms))
}

fn bulk(value: &[u8]) -> Vec<u8> {
    [format!("${}\r\n", value.len()).as_bytes(), value, b"\r\n"].concat()
}

fn count(number: usize) -> Vec<u8> {
    format!(":{number}\r\n").into_bytes()
}

fn error(words: &str) -> Vec<u8> {
    format!("-ERR {words}\r\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends this on a connection, and reads an answer of this many bytes.
    async fn ask(stream: &mut TcpStream, words: &[&str], bytes: usize) -> io::Result<String> {
        let mut said = format!("*{}\r\n", words.len());
        for word in words {
            said.push_str(&format!("${}\r\n{word}\r\n", word.len()));
        }
        stream.write_all(said.as_bytes()).await?;
        let mut answer = vec![0; bytes];
        stream.read_exact(&mut answer).await?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    #[tokio::test(start_paused = true)]
    async fn it_keeps_values_until_they_expire_or_it_goes_away() {
        let redis = RedisStandIn::start_here().unwrap();
        let mut stream = TcpStream::connect(redis.address).await.unwrap();
        let set = ["SET", "cup", "blue", "PX", "5000"];
        assert_eq!(ask(&mut stream, &set, 5).await.unwrap(), "+OK\r\n");
        let get = ["GETRANGE", "cup", "0", "100"];
        assert_eq!(ask(&mut stream, &get, 10).await.unwrap(), "$4\r\nblue\r\n");
        assert_eq!(redis.keys(), ["cup"]);
        let again = ["SET", "cup", "red", "PX", "5000", "NX"];
        assert_eq!(ask(&mut stream, &again, 5).await.unwrap(), "$-1\r\n");
        sleep(Duration::from_secs(6)).await;
        assert_eq!(redis.keys(), Vec::<String>::new());

        assert_eq!(ask(&mut stream, &set, 5).await.unwrap(), "+OK\r\n");
        redis.behaves(RedisManner::Away);
        assert!(ask(&mut stream, &get, 10).await.is_err());
        redis.behaves(RedisManner::Answers);
        let mut stream = TcpStream::connect(redis.address).await.unwrap();
        assert_eq!(ask(&mut stream, &get, 6).await.unwrap(), "$0\r\n\r\n");
    }

    #[tokio::test(start_paused = true)]
    async fn it_answers_late_or_when_it_hangs_no_more() {
        let redis = RedisStandIn::start_here().unwrap();
        let mut stream = TcpStream::connect(redis.address).await.unwrap();
        let began = clock::now();
        redis.behaves(RedisManner::Slow(Duration::from_millis(150)));
        assert_eq!(ask(&mut stream, &["PING"], 7).await.unwrap(), "+PONG\r\n");
        assert_eq!(clock::now() - began, Duration::from_millis(150));
        redis.behaves(RedisManner::Hangs);
        let of_task = redis.clone();
        tokio::spawn(async move {
            sleep(Duration::from_secs(3)).await;
            of_task.behaves(RedisManner::Answers);
        });
        assert_eq!(ask(&mut stream, &["PING"], 7).await.unwrap(), "+PONG\r\n");
        assert_eq!(clock::now() - began, Duration::from_millis(3_150));
    }
}
