//! Programs that write records, in a life of the server.

use super::Here;
use crate::evidence::Evidence;
use crate::parties::records::{self, RecordLog};
use crate::plan::RecordPlan;

impl Here<'_> {
    /// Has a program write a record of an organization.
    pub(super) fn write(&self, of: (u32, usize), (written, again_ms): (RecordPlan, u64)) {
        records::begin(&self.records, &self.addresses, self.stage.organizations, of, (written, again_ms));
    }

    /// Has programs continue with what they began in earlier lives.
    pub(crate) fn write_on(&self, earlier: &[RecordLog]) {
        self.records.borrow_mut().extend(earlier.iter().map(|log| (log.record, log.clone())));
        records::go_on(&self.records, &self.addresses, self.stage.organizations);
    }

    /// Waits until all of them have their answers.
    pub(crate) async fn wait_for_records(&self) {
        records::wait(&self.records).await;
    }

    /// Saves what they know.
    pub(super) fn keep_records(&self, evidence: &mut Evidence) {
        evidence.records = self.records.borrow().values().cloned().collect();
    }
}
