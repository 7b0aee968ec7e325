//! The log for an operator: a call's course, and one line where strangers or a disk would cause thousands.

use std::time::Duration;

use cordboard_test_support::http::ask;
use cordboard_test_support::server::Token;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::sleep;
use uuid::Uuid;

use crate::world::{World, world};

const SECOND: Duration = Duration::from_secs(1);

/// The lines of the log that have all of these parts.
fn lines(world: &World, parts: &[&str]) -> Vec<String> {
    let log = world.log();
    let has_all = |line: &&str| parts.iter().all(|part| line.contains(part));
    log.lines().filter(has_all).map(str::to_owned).collect()
}

#[test]
fn a_calls_log_shows_its_course_without_complete_numbers() {
    world(&[], async |world| {
        let uuid = Uuid::from_u128(1);
        let path = format!("/api/v1/calls/expect?uuid={uuid}&from=%2B493012345678&to=%2B493098765432");
        assert_eq!(world.get(&path, Token::Dialplan).await.status, 200);
        let caller = world.caller(uuid).await;
        sleep(7 * SECOND).await;
        drop(caller);
        let call = world.ended(uuid).await;

        let id = call["id"].as_str().unwrap();
        let info = |words: &str| lines(world, &[" INFO ", id, words]);
        let started = info("call started");
        assert_eq!(started.len(), 1, "{started:?}");
        for part in ["direction=\"inbound\"", "from=…5678", "to=…5432", "profile=\"receptionist\""] {
            assert!(started[0].contains(part), "{part} is missing in {}", started[0]);
        }
        assert_eq!(info("the assistant is there").len(), 1);
        assert_eq!(info("provider=\"builtin\"").len(), 1);
        let ended = info("ended cause=normal_clearing");
        assert_eq!(ended.len(), 1, "{ended:?}");
        for part in ["by=\"caller\"", "duration_ms=7000"] {
            assert!(ended[0].contains(part), "{part} is missing in {}", ended[0]);
        }
        let log = world.log();
        assert!(!log.contains("12345678") && !log.contains("98765432"), "a complete number is in the log");
    });
}

#[test]
fn http_junk_is_one_line_a_minute_without_its_contents() {
    world(&[], async |world| {
        let mut strangers = Vec::new();
        for _ in 0..50 {
            let mut stream = TcpStream::connect(world.addresses.http).await.unwrap();
            stream.write_all(b"s3cret \x00\xff rubbish\r\n\r\n").await.unwrap();
            strangers.push(stream);
        }
        sleep(SECOND).await;
        let logged = || lines(world, &["could not be read as requests"]);
        assert_eq!(logged(), Vec::<String>::new());
        sleep(60 * SECOND).await;
        assert_eq!(logged().len(), 1, "{:?}", logged());
        assert!(logged()[0].contains(" WARN ") && logged()[0].contains("requests=50"), "{:?}", logged());
        sleep(600 * SECOND).await;
        assert_eq!(logged().len(), 1, "the refusals are logged once");
        assert!(!world.log().contains("s3cret"), "what a stranger typed is in the log");
    });
}

/// The first at once, because an operator who sets up a switch looks for it.
#[test]
fn junk_on_ports_of_switches_is_a_line_a_minute() {
    world(&[], async |world| {
        let addresses = world.addresses;
        let ports = [
            (addresses.audiosocket, "closed an audiosocket connection"),
            (addresses.esl, "closed a control connection"),
            (addresses.audio_stream, "turned down a request at the port of audio websockets"),
        ];
        let junk = async |count: u32| {
            for (address, _) in ports {
                for _ in 0..count {
                    let mut stream = TcpStream::connect(address).await.unwrap();
                    stream.write_all(b"GET / HTTP/1.1\r\nHost: pbx\r\n\r\n").await.unwrap();
                    sleep(Duration::from_millis(10)).await;
                }
            }
        };
        junk(50).await;
        for (_, sentence) in ports {
            let logged = lines(world, &[" WARN ", sentence]);
            assert_eq!(logged.len(), 1, "{logged:?}");
            assert!(logged[0].contains("left_out=0"), "{logged:?}");
        }
        sleep(60 * SECOND).await;
        junk(1).await;
        for (_, sentence) in ports {
            let logged = lines(world, &[" WARN ", sentence]);
            assert_eq!(logged.len(), 2, "{logged:?}");
            assert!(logged[1].contains("left_out=49"), "{logged:?}");
        }
    });
}

/// A switch whose network is missing in the setting learns nothing: only the log names it.
#[test]
fn a_refused_switchs_address_is_logged_once_a_minute() {
    let elsewhere = "192.0.2.0/24";
    world(&[("audiosocket.allow", elsewhere), ("freeswitch.allow", elsewhere)], async |world| {
        let addresses = world.addresses;
        let ports = [
            (addresses.audiosocket, "kind=\"audiosocket\"", "`audiosocket.allow`"),
            (addresses.esl, "kind=\"esl\"", "`freeswitch.allow`"),
            (addresses.audio_stream, "kind=\"audio websocket\"", "`freeswitch.allow`"),
        ];
        let connect = async |count: u32| {
            for (address, ..) in ports {
                for _ in 0..count {
                    drop(TcpStream::connect(address).await.unwrap());
                    sleep(Duration::from_millis(10)).await;
                }
            }
        };
        connect(5).await;
        sleep(60 * SECOND).await;
        connect(1).await;
        for (_, kind, setting) in ports {
            let logged =
                lines(world, &[" WARN ", "refused a connection", kind, setting, "address=127.0.0.1"]);
            assert_eq!(logged.len(), 2, "{logged:?}");
            assert!(logged[0].contains("left_out=0") && logged[1].contains("left_out=4"), "{logged:?}");
        }
    });
}

#[test]
fn unsigned_webhooks_are_logged_as_one_line_a_minute() {
    world(&[("elevenlabs.webhook_secret", "wsec_of_the_tests_0123456789")], async |world| {
        for _ in 0..50 {
            let headers = [("Content-Type", "application/json")];
            let answer = ask(world.addresses.http, "POST", "/elevenlabs/post-call", &headers, b"{}").await;
            assert_eq!(answer.unwrap().status, 403);
        }
        sleep(61 * SECOND).await;
        let logged = lines(world, &[" WARN ", "turned down requests"]);
        assert_eq!(logged.len(), 1, "{logged:?}");
        for part in ["requests=50", "path=\"/elevenlabs/post-call\"", "why=\""] {
            assert!(logged[0].contains(part), "{part} is missing in {}", logged[0]);
        }
        sleep(600 * SECOND).await;
        assert_eq!(lines(world, &[" WARN ", "turned down"]).len(), 1, "the refusals are logged once");
    });
}

#[test]
fn a_dialplans_wrong_token_is_logged_once_a_minute() {
    world(&[], async |world| {
        for _ in 0..120 {
            let path = format!("/api/v1/calls/{}/next", Uuid::from_u128(7));
            assert_eq!(world.get(&path, Token::None).await.status, 401);
            // Never at the moment of a line.
            sleep(Duration::from_millis(1_001)).await;
        }
        sleep(60 * SECOND).await;
        let logged = lines(world, &[" WARN ", "a dialplan's requests are refused with 401"]);
        // A minute after the first, and after the first one that came then.
        assert_eq!(logged.len(), 2, "{logged:?}");
        assert!(logged.iter().all(|line| line.contains("address=\"127.0.0.1\"")), "{logged:?}");
        assert!(logged[0].contains("requests=60") && logged[1].contains("requests=60"), "{logged:?}");
    });
}

#[test]
fn unwritable_recordings_are_one_line_and_their_recovery_another() {
    let folder = tempfile::tempdir().unwrap();
    let recordings = folder.path().join("recordings");
    let settings = [("data_dir", folder.path().to_str().unwrap())];
    world(&settings, async |world| {
        // No file can be made below a file: that is as good as a full disk.
        std::fs::remove_dir_all(&recordings).unwrap();
        std::fs::write(&recordings, "").unwrap();
        let mut callers = Vec::new();
        for number in 1..=5 {
            callers.push(world.caller(Uuid::from_u128(number)).await);
        }
        sleep(5 * SECOND).await;
        let failed = || lines(world, &["ERROR", "can't be written"]);
        assert_eq!(failed().len(), 1, "{:?}", failed());

        std::fs::remove_file(&recordings).unwrap();
        std::fs::create_dir(&recordings).unwrap();
        sleep(3 * SECOND).await;
        let over = lines(world, &[" INFO ", "recordings are written again"]);
        assert_eq!((failed().len(), over.len()), (1, 1), "{over:?}");
        assert!(over[0].contains("recordings=5"), "{over:?}");
        drop(callers);
    });
}
