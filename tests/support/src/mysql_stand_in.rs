//! A false database at the address of a dialler's database. It sends what no database sends: a handshake, an OK to what is prepared, and then
//! something that a client has to survive. It lives as long as the process.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Its capability flags: the protocol since 4.1 with named authentication methods, local files of the client, and no EOF packets after
/// columns.
const CAPABILITIES: u32 = 0x0108_a28b;
/// Its random challenge for authentication.
const SCRAMBLE: &[u8; 20] = b"abcdefghijklmnopqrst";
/// The status of a server outside a transaction.
const STATUS: [u8; 2] = [2, 0];
/// The length of a packet that continues in another one.
const FULL_PACKET: usize = 0xff_ffff;
/// Rows that are written at once; after them the packet numbers start again.
const ROWS: usize = 256;
/// The length of a row's text, in bytes.
const ROW_BYTES: usize = 1_000;

/// The commands of a client.
const QUIT: u8 = 0x01;
const QUERY: u8 = 0x03;
const PING: u8 = 0x0e;
const PREPARE: u8 = 0x16;
const EXECUTE: u8 = 0x17;

/// How it behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MySqlManner {
    /// It accepts connections, and sends nothing.
    SaysNothing,
    /// It answers no statement.
    FallsSilent,
    /// It answers with rows, without end.
    RowsWithoutEnd,
    /// Its answer is a packet that always continues in another one.
    PacketWithoutEnd,
    /// It requests a file of the client.
    WantsFile,
    /// It requests the password in clear.
    WantsPasswordInClear,
    /// It requests the password encrypted by a key, and has none.
    HasNoKey,
}

/// See the module's description.
#[derive(Debug)]
pub struct MySqlStandIn {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    manner: Mutex<MySqlManner>,
    heard: Mutex<Vec<u8>>,
    open: AtomicUsize,
}

impl MySqlStandIn {
    /// Starts one on a free port of this machine.
    ///
    /// # Errors
    /// No port is available.
    pub fn start(manner: MySqlManner) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            manner: Mutex::new(manner),
            heard: Mutex::default(),
            open: AtomicUsize::default(),
        });
        let of_thread = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&of_thread);
                shared.open.fetch_add(1, Ordering::Relaxed);
                thread::spawn(move || {
                    // It doesn't matter if a client breaks off.
                    let _ = Talk { stream, shared: &shared, number: 0 }.go_on();
                    shared.open.fetch_sub(1, Ordering::Relaxed);
                });
            }
        });
        Ok(Self { address, shared })
    }

    /// Address at which it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sets its behaviour on each connection from now on.
    pub fn behaves(&self, manner: MySqlManner) {
        *locked(&self.shared.manner) = manner;
    }

    /// All bytes of packets that clients have sent.
    #[must_use]
    pub fn heard(&self) -> Vec<u8> {
        locked(&self.shared.heard).clone()
    }

    /// The number of connections that are up, as far as it has noticed.
    #[must_use]
    pub fn open_connections(&self) -> usize {
        self.shared.open.load(Ordering::Relaxed)
    }
}

fn locked<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A connection.
struct Talk<'a> {
    stream: TcpStream,
    shared: &'a Shared,
    /// The number of the next packet.
    number: u8,
}

impl Talk<'_> {
    fn go_on(mut self) -> io::Result<()> {
        self.stream.set_nodelay(true)?;
        let manner = *locked(&self.shared.manner);
        if manner == MySqlManner::SaysNothing {
            return self.listen();
        }
        self.say(&handshake())?;
        self.hear()?;
        match manner {
            MySqlManner::WantsPasswordInClear => {
                self.say(b"\xfemysql_clear_password\0\0")?;
                return self.listen();
            }
            MySqlManner::HasNoKey => {
                self.say(&[b"\xfecaching_sha2_password\0".as_slice(), SCRAMBLE, b"\0"].concat())?;
                self.hear()?;
                // It does not know the password yet, and the client asks for its key.
                self.say(&[1, 4])?;
                self.hear()?;
                self.say(&[])?;
                return self.listen();
            }
            _ => self.say_ok()?,
        }
        loop {
            let asked = self.hear()?;
            match asked.first() {
                Some(&(QUERY | PING)) => self.say_ok()?,
                Some(&PREPARE) => self.prepare(&asked)?,
                Some(&EXECUTE) => return self.carry_out(manner),
                Some(&QUIT) | None => return Ok(()),
                // There is no answer to other messages of a client.
                Some(_) => {}
            }
        }
    }

    /// Prepares a statement with no known columns, and with as many parameters as it has question marks.
    fn prepare(&mut self, asked: &[u8]) -> io::Result<()> {
        let marks = asked.iter().filter(|byte| **byte == b'?').count();
        let count = u16::try_from(marks).map_err(io::Error::other)?;
        let mut said = vec![0, 1, 0, 0, 0, 0, 0];
        said.extend(count.to_le_bytes());
        said.extend([0, 0, 0]);
        self.say(&said)?;
        for _ in 0..marks {
            self.say(&column())?;
        }
        Ok(())
    }

    fn carry_out(&mut self, manner: MySqlManner) -> io::Result<()> {
        match manner {
            MySqlManner::RowsWithoutEnd => {
                self.say(&[1])?;
                self.say(&column())?;
                let mut rows = Vec::new();
                for _ in 0..ROWS {
                    rows.extend(self.head(row().len()));
                    rows.extend(row());
                }
                loop {
                    self.stream.write_all(&rows)?;
                }
            }
            MySqlManner::PacketWithoutEnd => {
                let full = vec![b'x'; FULL_PACKET];
                loop {
                    self.say(&full)?;
                }
            }
            MySqlManner::WantsFile => {
                self.say(b"\xfb/etc/passwd")?;
                self.listen()
            }
            _ => self.listen(),
        }
    }

    /// Reads everything until the client disconnects.
    fn listen(&mut self) -> io::Result<()> {
        let mut buffer = [0; 4_096];
        loop {
            match self.stream.read(&mut buffer)? {
                0 => return Ok(()),
                count => locked(&self.shared.heard).extend_from_slice(&buffer[..count]),
            }
        }
    }

    /// Reads a packet of the client, which is never long.
    fn hear(&mut self) -> io::Result<Vec<u8>> {
        let mut head = [0; 4];
        self.stream.read_exact(&mut head)?;
        let [low, middle, high, number] = head;
        let length = u32::from_le_bytes([low, middle, high, 0]);
        let mut body = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        self.stream.read_exact(&mut body)?;
        self.number = number.wrapping_add(1);
        locked(&self.shared.heard).extend_from_slice(&body);
        Ok(body)
    }

    fn say_ok(&mut self) -> io::Result<()> {
        self.say(&[[0_u8, 0, 0].as_slice(), &STATUS, &[0, 0]].concat())
    }

    fn say(&mut self, body: &[u8]) -> io::Result<()> {
        let said = [self.head(body.len()).as_slice(), body].concat();
        self.stream.write_all(&said)
    }

    /// Makes the head of the next packet.
    fn head(&mut self, length: usize) -> [u8; 4] {
        let [low, middle, high, ..] = length.to_le_bytes();
        let number = self.number;
        self.number = number.wrapping_add(1);
        [low, middle, high, number]
    }
}

fn handshake() -> Vec<u8> {
    let [first, second, third, fourth] = CAPABILITIES.to_le_bytes();
    let mut said = b"\x0a8.0.30\0".to_vec();
    said.extend([1, 0, 0, 0]);
    said.extend(&SCRAMBLE[..8]);
    said.extend([0, first, second, 8]);
    said.extend(STATUS);
    // The rest of the random challenge with its end, and ten reserved bytes.
    said.extend([third, fourth, 21]);
    said.extend([0; 10]);
    said.extend(&SCRAMBLE[8..]);
    said.push(0);
    said.extend(b"mysql_native_password\0");
    said
}

/// A column of text.
fn column() -> Vec<u8> {
    let mut said = b"\x03def\0\0\0\x01c\0\x0c".to_vec();
    said.extend([63, 0, 0xff, 0xff, 0, 0, 0xfd, 0, 0, 0, 0, 0]);
    said
}

/// A row with that column, as an answer to the prepared statement.
fn row() -> Vec<u8> {
    let [low, high, ..] = ROW_BYTES.to_le_bytes();
    let mut said = vec![0, 0, 0xfc, low, high];
    said.resize(said.len() + ROW_BYTES, b'x');
    said
}
