//! The stand-in for the router, which gives callers to people.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use actix::{Actor, Context, Handler};
use cordboard_actors::messages::FloorChanged;
use cordboard_schema::ids::OrganizationId;

/// Records whose floor was reported as changed.
#[derive(Clone, Default)]
pub(crate) struct Router(Arc<Mutex<Vec<OrganizationId>>>);

impl Router {
    /// Takes the reports once there are `times`: all of them must be of this organization.
    pub(crate) fn wait_told(&self, times: usize, organization_id: OrganizationId) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.0.lock().unwrap().len() < times {
            assert!(Instant::now() < deadline, "told {:?}", self.0.lock().unwrap());
            std::thread::sleep(Duration::from_millis(2));
        }
        let told = std::mem::take(&mut *self.0.lock().unwrap());
        assert_eq!(told, vec![organization_id; times]);
    }
}

impl Actor for Router {
    type Context = Context<Self>;
}

impl Handler<FloorChanged> for Router {
    type Result = ();

    fn handle(&mut self, told: FloorChanged, _: &mut Context<Self>) {
        self.0.lock().unwrap().push(told.organization_id);
    }
}
