//! A client of Redis that is independent of the server: a few lines of RESP over a new connection for each request.

#![allow(clippy::panic, reason = "a test stops where it fails")]

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const WAIT: Duration = Duration::from_secs(10);

/// A client of a Redis.
#[derive(Debug, Clone)]
pub struct RedisClient {
    address: SocketAddr,
    password: String,
}

/// The answer of a Redis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RedisAnswer {
    /// A word or a value.
    Text(String),
    /// A number.
    Number(i64),
    /// Nothing.
    Nothing,
    /// Several.
    List(Vec<RedisAnswer>),
}

impl RedisClient {
    /// A client of the Redis at `address`.
    #[must_use]
    pub fn new(address: SocketAddr, password: &str) -> Self {
        Self { address, password: password.to_owned() }
    }

    /// Sends a request, and returns the answer.
    ///
    /// # Errors
    /// It can't be reached, or refuses.
    pub fn try_ask(&self, words: &[&str]) -> io::Result<RedisAnswer> {
        let stream = TcpStream::connect_timeout(&self.address, WAIT)?;
        stream.set_read_timeout(Some(WAIT))?;
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut ask = |words: &[&str]| {
            let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
            for word in words {
                bytes.extend(format!("${}\r\n{word}\r\n", word.len()).into_bytes());
            }
            (&stream).write_all(&bytes)?;
            answer(&mut reader)
        };
        ask(&["AUTH", &self.password])?;
        ask(words)
    }

    /// The same, for a Redis that is reachable.
    ///
    /// # Panics
    /// It is not, or refuses.
    #[must_use]
    pub fn ask(&self, words: &[&str]) -> RedisAnswer {
        self.try_ask(words).unwrap_or_else(|error| panic!("{words:?}: {error}"))
    }

    /// The value with that name.
    ///
    /// # Panics
    /// As [`RedisClient::ask`], or it is not text.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<String> {
        match self.ask(&["GET", key]) {
            RedisAnswer::Text(text) => Some(text),
            RedisAnswer::Nothing => None,
            other => panic!("{key} is {other:?}"),
        }
    }

    /// Stores a value for ever.
    ///
    /// # Panics
    /// As [`RedisClient::ask`].
    pub fn set(&self, key: &str, value: &str) {
        let _ = self.ask(&["SET", key, value]);
    }

    /// All names that match this pattern, in order.
    ///
    /// # Panics
    /// As [`RedisClient::ask`].
    #[must_use]
    pub fn keys(&self, pattern: &str) -> Vec<String> {
        let RedisAnswer::List(found) = self.ask(&["KEYS", pattern]) else { panic!("no list") };
        let text = |answer| match answer {
            RedisAnswer::Text(text) => text,
            other => panic!("no name: {other:?}"),
        };
        let mut names: Vec<String> = found.into_iter().map(text).collect();
        names.sort();
        names
    }

    /// How many seconds the value with that name still has; `None` if it does not expire or does not exist.
    ///
    /// # Panics
    /// As [`RedisClient::ask`].
    #[must_use]
    pub fn ttl_s(&self, key: &str) -> Option<u64> {
        let RedisAnswer::Number(seconds) = self.ask(&["TTL", key]) else { panic!("no number") };
        u64::try_from(seconds).ok()
    }
}

fn answer(reader: &mut impl BufRead) -> io::Result<RedisAnswer> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let bad = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let line = line.strip_suffix("\r\n").ok_or_else(|| bad("the answer broke off"))?;
    let (kind, rest) = line.split_at_checked(1).ok_or_else(|| bad("an empty answer"))?;
    let number = || rest.parse::<i64>().map_err(|_| bad(line));
    Ok(match kind {
        "+" => RedisAnswer::Text(rest.to_owned()),
        "-" => return Err(io::Error::other(rest.to_owned())),
        ":" => RedisAnswer::Number(number()?),
        "$" => match usize::try_from(number()?) {
            Err(_) => RedisAnswer::Nothing,
            Ok(length) => {
                let mut bytes = vec![0; length + 2];
                reader.read_exact(&mut bytes)?;
                bytes.truncate(length);
                RedisAnswer::Text(String::from_utf8_lossy(&bytes).into_owned())
            }
        },
        "*" => {
            let mut list = Vec::new();
            for _ in 0..number()?.max(0) {
                list.push(answer(reader)?);
            }
            RedisAnswer::List(list)
        }
        _ => return Err(bad(line)),
    })
}
