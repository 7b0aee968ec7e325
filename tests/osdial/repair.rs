//! `cordboard osdial repair-charset`, as an operator uses it.

use std::process::{Command, Output};

use cordboard_test_support::mariadb::{MariaDb, Session};

fn run(database: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cordboard"));
    command.env_clear().current_dir(std::env::temp_dir());
    command.env("CORDBOARD_OSDIAL__DATABASE_URL", MariaDb::shared().url(database));
    command.args(["osdial", "repair-charset"]).args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Every lead's text as it is stored, and when it was changed.
fn stored(sql: &mut Session) -> Vec<Vec<String>> {
    sql.rows("SELECT lead_id, HEX(first_name), HEX(last_name), HEX(city), HEX(comments), modify_date FROM osdial_list")
}

#[test]
fn only_wrong_rows_are_shown_repaired_and_restored() {
    let database = MariaDb::shared().dialler_database();
    let mut sql = MariaDb::shared().session(&database).unwrap();
    sql.change("UPDATE osdial_list SET modify_date='2024-05-06 07:08:09'");
    let before = stored(&mut sql);

    let shown = said(&run(&database, &["--dry-run"]));
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(
        lines,
        [
            "lead 4 first_name: JÃ¼rgen -> Jürgen",
            "lead 4 last_name: MÃ¼ller -> Müller",
            "lead 4 city: KÃ¶ln -> Köln",
            "lead 8 first_name: \u{80} \u{93}x\u{94} -> € “x”",
            "lead 9 first_name: Ã¼Ã¼Ã¼Ã¼Ã¼Ã¼Ã¼Ã -> üüüüüüü",
            "9 leads were checked, 5 fields would be repaired; nothing was changed",
        ]
    );
    assert_eq!(stored(&mut sql), before);

    let folder = tempfile::tempdir().unwrap();
    let undo = folder.path().join("leads.undo");
    let undo = undo.to_str().unwrap();
    assert!(said(&run(&database, &["--undo-file", undo])).contains("5 fields were repaired"));
    let after = stored(&mut sql);
    let changed: Vec<&str> =
        after.iter().zip(&before).filter(|(now, was)| now != was).map(|(now, _)| now[0].as_str()).collect();
    assert_eq!(changed, ["4", "8", "9"]);
    assert_eq!(after[3][1], "4AC3BC7267656E");
    assert!(after.iter().all(|row| row[5] == "2024-05-06 07:08:09"), "the time of a lead's change stays");
    assert!(said(&run(&database, &["--dry-run"])).contains("0 fields would be repaired"), "once is enough");

    // A field that was changed since then keeps its new value.
    sql.change("UPDATE osdial_list SET city='Bonn', modify_date='2024-05-06 07:08:09' WHERE lead_id=4");
    assert!(
        said(&run(&database, &["--undo", undo]))
            .starts_with("4 fields were reverted; 1 have changed since the repair")
    );
    let back = stored(&mut sql);
    assert_eq!(back[3][3], "426F6E6E");
    assert_eq!((&back[3][1], &back[7..]), (&before[3][1], &before[7..]));
}

#[test]
fn an_existing_invalid_or_missing_undo_file_changes_nothing() {
    let database = MariaDb::shared().dialler_database();
    let mut sql = MariaDb::shared().session(&database).unwrap();
    let before = stored(&mut sql);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("there");
    std::fs::write(
        &file,
        "{\"lead_id\":1,\"column\":\"status=0x41 -- \",\"before\":\"41\",\"after\":\"42\"}\n",
    )
    .unwrap();
    let file = file.to_str().unwrap();
    for (arguments, why) in [
        (&["--undo-file", file][..], "can't be created"),
        (&["--undo", file], "a column is missing"),
        (&["--undo", "/nowhere"], "can't be read"),
        (&[], "--undo-file"),
    ] {
        let output = run(&database, arguments);
        assert!(!output.status.success());
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains(why), "{arguments:?}: {told}");
    }
    assert_eq!(stored(&mut sql), before);
}
