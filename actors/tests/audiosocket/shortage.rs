//! A process that has no file descriptor left for another connection.

use std::fs::{self, File};
use std::process::Command;
use std::time::Duration;

use tokio::net::TcpSocket;

use crate::asterisk::{UUID, uuid_message};
use crate::stage::Stage;

/// Set in the process that may open only few files.
const IN_SHORTAGE: &str = "CORDBOARD_TEST_IN_SHORTAGE";

#[actix::test]
async fn connections_wait_while_no_file_is_left() {
    if std::env::var_os(IN_SHORTAGE).is_none() {
        return rerun_with_few_files();
    }
    let mut stage = Stage::open();
    let socket = TcpSocket::new_v4().unwrap();
    let cpu_before = cpu_ticks();
    let mut files = Vec::new();
    while let Ok(file) = File::open("/dev/null") {
        files.push(file);
    }
    let asterisk = socket.connect(stage.address).await.unwrap();
    asterisk.writable().await.unwrap();
    asterisk.try_write(&uuid_message()).unwrap();
    // The time is the test: nothing may happen in it, and nothing may be tried without a pause.
    tokio::time::sleep(Duration::from_millis(1_000)).await;
    assert!(stage.is_without_arrivals());
    drop(files);
    let cpu = cpu_ticks() - cpu_before;
    assert!(cpu < 10, "{cpu} ticks of 10 ms were spent on a second of waiting");
    assert_eq!(stage.arrival().await.uuid, UUID);
}

/// Runs this test in a process of its own, so that the other tests keep their file descriptors.
fn rerun_with_few_files() {
    let output = Command::new("sh")
        .args(["-c", r#"ulimit -n 64 && exec "$0" "$@""#])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "shortage::connections_wait_while_no_file_is_left", "--nocapture"])
        .env(IN_SHORTAGE, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("1 passed"), "the test has another name: {said}");
}

/// Processor time of this process, in ticks of 10 ms.
fn cpu_ticks() -> u64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let after_name = stat.rsplit_once(')').unwrap().1;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}
