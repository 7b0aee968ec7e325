//! Carries out acts of supervisors, and changes of their rights.

use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;

use super::Here;
use crate::parties::supervisor::{self, RightChange, Supervisor};
use crate::plan::SupervisionAct;
use crate::stage::SUPERVISORS;

impl Here<'_> {
    /// Carries out an act; does nothing while the database has trouble.
    pub(super) async fn at_supervision(&mut self, act: SupervisionAct) {
        if self.is_database_troubled() {
            return;
        }
        let call = match act.caller() {
            Some(caller) => self.call_of(caller).await,
            None => None,
        };
        match (act, call) {
            (SupervisionAct::Supervises { supervisor, mode, .. }, Some(call)) => {
                self.supervisor(supervisor).into_iter().for_each(|one| one.supervises(call, mode));
            }
            (SupervisionAct::Says { supervisor, ms, .. }, Some(call)) => {
                let length = Duration::from_millis(ms);
                self.supervisor(supervisor).into_iter().for_each(|one| one.says(call, length));
            }
            (SupervisionAct::Leaves { supervisor, .. }, Some(call)) => {
                self.supervisor(supervisor).into_iter().for_each(|one| one.leaves(call));
            }
            (SupervisionAct::TakesOver { supervisor, .. }, Some(call)) => {
                self.supervisor(supervisor).into_iter().for_each(|one| one.takes_over(call));
            }
            (SupervisionAct::IsDone { supervisor, how, .. }, Some(call)) => {
                self.supervisor(supervisor).into_iter().for_each(|one| one.is_done(call, how));
            }
            (SupervisionAct::IsDemoted { supervisor }, _) => self.demote(supervisor),
            (SupervisionAct::Policy { organization, is_open }, _) => self.set_policy(organization, is_open),
            (_, None) => {}
        }
    }

    /// Returns a supervisor of this life.
    fn supervisor(&mut self, number: usize) -> Option<&Supervisor> {
        let account = self.stage.supervisors.get(number)?;
        let addresses = &self.addresses;
        let known = self.supervisors.entry(number);
        Some(&*known.or_insert_with(|| Supervisor::new(number, account, addresses)))
    }

    fn demote(&self, number: usize) {
        let Some(account) = self.stage.supervisors.get(number).cloned() else { return };
        let (rights, addresses) = (Rc::clone(&self.rights), self.addresses.clone());
        let organizations = self.stage.organizations;
        tokio::task::spawn_local(async move {
            if supervisor::is_demoted(addresses.http, number, &account, organizations).await {
                let at_ms = addresses.ms_of(Instant::now());
                rights.borrow_mut().push(RightChange {
                    whose: vec![number],
                    may: false,
                    is_policy: false,
                    at_ms,
                });
            }
        });
    }

    fn set_policy(&self, organization: usize, is_open: bool) {
        let Some(id) = self.stage.organizations.get(organization).copied() else { return };
        let (rights, addresses) = (Rc::clone(&self.rights), self.addresses.clone());
        let supervisors = SUPERVISORS.iter().enumerate();
        let whose =
            supervisors.filter(|(_, (_, of, _))| *of == organization).map(|(number, _)| number).collect();
        let mut change =
            RightChange { whose, may: is_open, is_policy: true, at_ms: addresses.ms_of(Instant::now()) };
        // It is not known whether an unanswered request has opened it.
        if is_open {
            rights.borrow_mut().push(change.clone());
        }
        tokio::task::spawn_local(async move {
            let is_set = supervisor::policy(addresses.http, id, is_open).await;
            if is_set && !is_open {
                change.at_ms = addresses.ms_of(Instant::now());
                rights.borrow_mut().push(change);
            }
        });
    }
}
