//! Messages to a service manager, and a restart while the manager keeps the ports open.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::{FREE_PORTS, Server};

/// The time limit.
const LIMIT: Duration = Duration::from_secs(60);

fn terminate(server: &Server) {
    let sent = Command::new("kill").args(["-TERM", &server.0.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

fn ended(server: &mut Server) -> bool {
    server.0.wait().unwrap().success()
}

/// The socket of a manager.
struct Manager(UnixDatagram);

impl Manager {
    fn at(path: &Path) -> Self {
        let socket = UnixDatagram::bind(path).unwrap();
        socket.set_read_timeout(Some(LIMIT)).unwrap();
        Self(socket)
    }

    fn hear(&self) -> String {
        let mut text = [0; 1_024];
        let read = self.0.recv(&mut text).unwrap();
        String::from_utf8(text[..read].to_vec()).unwrap()
    }
}

#[test]
fn a_service_manager_is_notified_of_readiness_health_and_shutdown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let manager = Manager::at(&path);
    let mut server = Server(
        Command::new(env!("CARGO_BIN_EXE_cordboard"))
            .arg("serve")
            .current_dir(folder.path())
            .env_clear()
            .envs(FREE_PORTS)
            .env("NOTIFY_SOCKET", &path)
            .env("WATCHDOG_USEC", "300000")
            .env("CORDBOARD_CALLS__DRAIN_TIMEOUT_S", "600")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    assert!(manager.hear().starts_with("READY=1\n"));
    for _ in 0..3 {
        assert_eq!(manager.hear(), "WATCHDOG=1");
    }
    terminate(&server);
    let mut last = manager.hear();
    while last == "WATCHDOG=1" {
        last = manager.hear();
    }
    assert!(last.starts_with("STOPPING=1\n"), "{last}");
    // Ten minutes for live calls, and one more: otherwise systemd would kill the server after the unit's 90 s.
    assert!(last.ends_with("\nEXTEND_TIMEOUT_USEC=660000000"), "{last}");
    assert!(ended(&mut server));
}

/// The ports of HTTP and AudioSocket, which stay open while servers that inherit them come and go.
struct Ports {
    http: TcpListener,
    audiosocket: TcpListener,
}

impl Ports {
    fn open() -> Self {
        let open = || TcpListener::bind("127.0.0.1:0").unwrap();
        Self { http: open(), audiosocket: open() }
    }

    fn addresses(&self) -> [SocketAddr; 2] {
        [&self.http, &self.audiosocket].map(|port| port.local_addr().unwrap())
    }

    /// A server that gets them as descriptors 3 and 4.
    fn serve(&self, folder: &Path) -> Server {
        let stdio = |port: &TcpListener| Stdio::from(OwnedFd::from(port.try_clone().unwrap()));
        let [http, audiosocket] = self.addresses().map(|address| address.to_string());
        let pass_on =
            "exec 3<&0 4<&1 </dev/null >/dev/null; export LISTEN_FDS=2 LISTEN_PID=$$; exec \"$0\" serve";
        Server(
            Command::new("sh")
                .args(["-c", pass_on, env!("CARGO_BIN_EXE_cordboard")])
                .current_dir(folder)
                .env_clear()
                .envs(FREE_PORTS)
                .env("CORDBOARD_HTTP__LISTEN", http)
                .env("CORDBOARD_AUDIOSOCKET__LISTEN", audiosocket)
                .env("CORDBOARD_CALLS__DRAIN_TIMEOUT_S", "1")
                .stdin(stdio(&self.http))
                .stdout(stdio(&self.audiosocket))
                .stderr(Stdio::null())
                .spawn()
                .unwrap(),
        )
    }
}

/// A caller, connected as Asterisk does it.
fn call(audiosocket: SocketAddr, number: u32) -> TcpStream {
    let mut caller = TcpStream::connect(audiosocket).unwrap();
    let mut hello = vec![0x01, 0x00, 0x10];
    hello.extend(uuid::Uuid::from_u128(u128::from(number) + 1).as_bytes());
    caller.write_all(&hello).unwrap();
    caller.set_read_timeout(Some(LIMIT)).unwrap();
    caller
}

/// The kind of the first message; none if the connection ends without one.
fn first_kind(caller: &mut TcpStream) -> Option<u8> {
    let mut kind = [0];
    caller.read_exact(&mut kind).ok().map(|()| kind[0])
}

fn healthy(stream: &mut TcpStream) -> bool {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).is_ok() && answer.starts_with("HTTP/1.1 200")
}

fn ask_health(http: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(http).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    stream
}

/// A client that sends requests one after the other until it is stopped: how many, and how many were unanswered.
fn keep_asking(http: SocketAddr, stop: Arc<AtomicBool>) -> JoinHandle<(u32, u32)> {
    thread::spawn(move || {
        let (mut asked, mut refused) = (0, 0);
        while !stop.load(Ordering::Relaxed) {
            asked += 1;
            refused += u32::from(!healthy(&mut ask_health(http)));
            thread::sleep(Duration::from_millis(10));
        }
        (asked, refused)
    })
}

#[test]
fn a_restart_with_ports_kept_open_refuses_no_caller() {
    const EACH: u32 = 20;
    let folder = tempfile::tempdir().unwrap();
    let ports = Ports::open();
    let [http, audiosocket] = ports.addresses();
    let mut old = ports.serve(folder.path());
    assert!(healthy(&mut ask_health(http)), "the first server did not start");

    let stop = Arc::new(AtomicBool::new(false));
    let askers: Vec<_> = (0..4).map(|_| keep_asking(http, Arc::clone(&stop))).collect();

    // Some before, some while the old server shuts down, some while there is none.
    let mut callers: Vec<TcpStream> = (0..EACH).map(|number| call(audiosocket, number)).collect();
    terminate(&old);
    let going_down = Instant::now();
    callers.extend((EACH..2 * EACH).map(|number| call(audiosocket, number)));
    assert!(ended(&mut old), "after {:?}", going_down.elapsed());
    callers.extend((2 * EACH..3 * EACH).map(|number| call(audiosocket, number)));
    let mut asking = ask_health(http);

    let _new = ports.serve(folder.path());
    assert!(healthy(&mut asking), "a request that came when no server was running");
    callers.extend((3 * EACH..4 * EACH).map(|number| call(audiosocket, number)));
    let refused: Vec<usize> = callers
        .iter_mut()
        .enumerate()
        .filter_map(|(number, caller)| (first_kind(caller) != Some(0x10)).then_some(number))
        .collect();
    assert!(refused.is_empty(), "callers who heard nothing: {refused:?}");
    stop.store(true, Ordering::Relaxed);
    for asker in askers {
        let (asked, refused) = asker.join().unwrap();
        assert!(asked > 3 && refused == 0, "{refused} of {asked} requests were not answered");
    }
}
