//! Desks.

use actix_web::web::get;
use cordboard_schema::permission::Permission::DeskUse;

use super::{Endpoints, Gate};
use crate::web::socket::desk;

pub(super) fn add(all: &mut Endpoints) {
    all.at(Gate::Socket(DeskUse), "/ws/desk", "GET", |at| at.route(get().to(desk::desk)));
}
