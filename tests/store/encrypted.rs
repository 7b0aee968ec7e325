//! A PostgreSQL over TLS, as `sslmode` and `sslrootcert` configure it.

use std::fs;

use cordboard::store::{Reads, Store, check};
use cordboard_test_support::postgres::{Certificates, Postgres};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::entries::Conversation;
use crate::postgres::room::{journal, settings_at};

#[derive(QueryableByName)]
struct Seen {
    #[diesel(sql_type = Bool)]
    ssl: bool,
}

/// Returns whether PostgreSQL sees a connection to this address as encrypted, or why there is no connection.
fn encrypted(url: &str) -> Result<bool, String> {
    let reads = Reads::open(&settings_at(url)).map_err(|error| error.to_string())?;
    let look = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let seen = reads.run_blocking(|connection| Ok(diesel::sql_query(look).get_result::<Seen>(connection)?));
    match seen {
        Ok(seen) => Ok(seen.ssl),
        // The pool does not say why; a single connection does.
        Err(_) => Err(check(&settings_at(url)).unwrap_err().to_string()),
    }
}

#[actix::test]
async fn tls_settings_of_postgresql_are_respected() {
    let folder = tempfile::tempdir().unwrap();
    let written = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let certificates = Certificates::issue(&["127.0.0.1"]).unwrap();
    let elsewhere = Certificates::issue(&["127.0.0.1"]).unwrap();
    let (root, other) = (written("root.crt", &certificates.root), written("other.crt", &elsewhere.root));
    let own = written("own.crt", &certificates.server);
    let server = Postgres::start_with_tls(&certificates).unwrap();
    let way = |query: &str| encrypted(&server.url("postgres", query));

    assert_eq!(way("?sslmode=disable"), Ok(false));
    for query in ["", "?sslmode=prefer", "?sslmode=require"] {
        assert_eq!(way(query), Ok(true), "{query}");
    }
    for (mode, file) in
        [("require", &root), ("verify-ca", &root), ("verify-full", &root), ("verify-full", &own)]
    {
        assert_eq!(way(&format!("?sslmode={mode}&sslrootcert={file}")), Ok(true), "{mode} {file}");
    }
    for mode in ["require", "verify-ca", "verify-full"] {
        let said = way(&format!("?sslmode={mode}&sslrootcert={other}")).unwrap_err();
        assert!(said.contains("no TLS with it: invalid peer certificate"), "{said}");
    }
    let by_name = |host: &str, mode: &str| {
        let url = server.url("postgres", &format!("?sslmode={mode}&sslrootcert={root}"));
        encrypted(&url.replace("127.0.0.1", host))
    };
    assert_eq!(by_name("localhost", "verify-ca"), Ok(true));
    let said = by_name("localhost", "verify-full").unwrap_err();
    assert!(said.contains("no TLS with it") && said.contains("not valid for name"), "{said}");

    // The file is replaced while a server runs, and then broken.
    let replaced = written("replaced.crt", &elsewhere.root);
    let url = server.url("postgres", &format!("?sslmode=verify-full&sslrootcert={replaced}"));
    let reads = Reads::open(&settings_at(&url)).unwrap();
    let answers = |query: &str| {
        let seen =
            reads.run_blocking(|connection| Ok(diesel::sql_query(query).get_result::<Seen>(connection)?));
        seen.is_ok_and(|seen| seen.ssl)
    };
    written("replaced.crt", &certificates.root);
    assert!(answers("SELECT true AS ssl"), "the issuer of before the start");
    written("replaced.crt", "half a certificate");
    assert!(!answers("SELECT pg_terminate_backend(pg_backend_pid()) AS ssl"));
    assert!(answers("SELECT true AS ssl"), "no issuer");

    let store = Store::open(&settings_at(
        &server.url("postgres", &format!("?sslmode=verify-full&sslrootcert={root}")),
    ))
    .unwrap();
    let mut said = Conversation::new(store.organization_id());
    let mut entries = said.live();
    entries.extend((0..2_000).map(|_| said.said(&"word ".repeat(40))));
    store.journal(entries.clone());
    store.commit().await.unwrap();
    assert_eq!(journal(&store, said.call_id), entries);
}

#[test]
fn an_expired_certificate_is_refused_where_certificates_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let certificates = Certificates::expired(&["127.0.0.1"]).unwrap();
    let root = folder.path().join("root.crt");
    fs::write(&root, &certificates.root).unwrap();
    let server = Postgres::start_with_tls(&certificates).unwrap();
    let way = |query: &str| encrypted(&server.url("postgres", query));
    assert_eq!(way("?sslmode=require"), Ok(true), "nothing is checked");
    for mode in ["verify-ca", "verify-full"] {
        let said = way(&format!("?sslmode={mode}&sslrootcert={}", root.display())).unwrap_err();
        assert!(said.contains("no TLS with it") && said.contains("expired"), "{mode}: {said}");
    }
}
