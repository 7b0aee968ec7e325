//! A PostgreSQL that goes away and comes back.

use std::time::Duration;

use cordboard::store::{Connection, Store, StoreError, StoreSettings, change};
use cordboard_schema::dial::DialPolicy;
use cordboard_test_support::postgres::{shared, url_at};
use cordboard_test_support::tcp_proxy::TcpProxy;
use diesel::connection::SimpleConnection as _;

use crate::entries::Conversation;
use crate::postgres::room::{Room, eventually, journal, settings_at};

/// A connection to a room's database that can be cut.
fn through(proxy: &TcpProxy, room: &Room) -> StoreSettings {
    let (_, database) = room.place().rsplit_once('/').unwrap();
    settings_at(&url_at(proxy.address(), database, ""))
}

#[actix::test]
async fn a_postgresql_outage_loses_no_row() {
    let room = Room::new();
    let proxy = TcpProxy::start(shared().unwrap().address()).unwrap();
    let store = Store::open(&through(&proxy, &room)).unwrap();
    let mut said = Conversation::new(store.organization_id());
    let mut entries = said.live();
    store.journal(entries.clone());
    store.commit().await.unwrap();

    proxy.cut();
    let more: Vec<_> = (0..700).map(|n| said.said(&n.to_string())).collect();
    store.journal(more.clone());
    entries.extend(more);
    eventually("a fault is reported", || store.health().fault.is_some());
    store.commit().await.unwrap_err();
    let health = store.health();
    assert_eq!((health.waiting, health.lost), (700, 0));
    let fault = health.fault.unwrap();
    assert!(!fault.contains("p'ss"), "{fault}");

    proxy.restore().unwrap();
    eventually("the journal is written", || store.health().waiting == 0);
    assert_eq!(journal(&store, said.call_id), entries);
    assert_eq!((store.health().lost, store.health().fault), (0, None));
    store.close(Duration::from_secs(5)).await;
}

#[actix::test]
async fn a_change_succeeds_after_an_idle_connection_was_lost() {
    let room = Room::new();
    let proxy = TcpProxy::start(shared().unwrap().address()).unwrap();
    let store = Store::open(&through(&proxy, &room)).unwrap();
    let organization_id = store.organization_id();
    proxy.cut();
    proxy.restore().unwrap();
    let set = store.change(move |connection| {
        change::set_dial_policy(connection, organization_id, &DialPolicy::default())
    });
    set.await.unwrap();
}

/// A server that was replaced still answers, and its DNS name or address then leads to the new one.
#[actix::test]
async fn a_change_succeeds_after_its_connection_became_read_only() {
    let room = Room::new();
    let store = room.store();
    let organization_id = store.organization_id();
    let retire = |connection: &mut Connection| {
        Ok::<_, StoreError>(connection.batch_execute("SET default_transaction_read_only = on")?)
    };
    store.change(retire).await.unwrap();
    let set = store.change(move |connection| {
        change::set_dial_policy(connection, organization_id, &DialPolicy::default())
    });
    set.await.unwrap();
}

#[actix::test]
async fn a_failed_change_without_a_database_is_not_made_later() {
    let room = Room::new();
    let proxy = TcpProxy::start(shared().unwrap().address()).unwrap();
    let store = Store::open(&through(&proxy, &room)).unwrap();
    let organization_id = store.organization_id();
    proxy.cut();
    let refused = store.change(move |connection| {
        change::set_dial_policy(connection, organization_id, &DialPolicy::default())
    });
    let refused: Result<(), StoreError> = refused.await;
    refused.unwrap_err();
    proxy.restore().unwrap();
    let policy =
        move |connection: &mut Connection| cordboard::store::query::dial_policy(connection, organization_id);
    assert_eq!(store.change(policy).await.unwrap(), None);
}
