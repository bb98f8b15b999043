//! The ledger's questions to a [`Flow`](super::Flow).

use super::{Flow, Question};
use crate::error::Result;
use crate::flow::Groups;
use crate::ledger;
use crate::table::Table;

impl Flow {
    /// [`states`](ledger::states): residence by state, of finished items and of all.
    ///
    /// # Errors
    /// As [`metrics`](Self::metrics).
    pub fn states(&self, question: &Question) -> Result<Table> {
        let (windows, groups) = self.measured_grid(question)?;
        ledger::states(&self.timelines, &self.records, &windows, &groups)
    }

    /// [`visits`](ledger::visits): each stay of an item in a state.
    ///
    /// # Errors
    /// [`Error::TooMany`](crate::Error::TooMany) if there are more visits than a table may have rows.
    pub fn visits(&self) -> Result<Table> {
        ledger::visits(&self.timelines, &self.records)
    }

    /// [`cfd`](ledger::cfd): how many items stand in each state at the windows' edges.
    ///
    /// # Errors
    /// As [`metrics`](Self::metrics).
    pub fn cfd(&self, question: &Question) -> Result<Table> {
        let (windows, groups) = self.grid(question)?;
        ledger::cfd(&self.timelines, &windows, &groups)
    }

    /// [`counters`](ledger::counters): cumulative counts at the windows' edges, and their corrections.
    ///
    /// # Errors
    /// As [`metrics`](Self::metrics).
    pub fn counters(&self, question: &Question) -> Result<Table> {
        let (windows, groups) = self.grid(question)?;
        ledger::counters(&self.timelines, &self.records, &windows, &groups)
    }

    /// [`net_flow`](ledger::net_flow): arrivals, departures and the total work-item age.
    ///
    /// # Errors
    /// As [`metrics`](Self::metrics).
    pub fn net_flow(&self, question: &Question) -> Result<Table> {
        let (windows, groups) = self.measured_grid(question)?;
        ledger::net_flow(&self.timelines, &self.records, &windows, &groups)
    }

    /// [`ageing`](ledger::ageing): the open items at `as_of`, the oldest first, with these fields.
    ///
    /// # Errors
    /// As [`Groups::by`].
    pub fn ageing(&self, by: &[&str]) -> Result<Table> {
        ledger::ageing(&self.timelines, &self.records, &Groups::by(&self.timelines, by)?)
    }

    /// [`ledger`](ledger::ledger): Little's law as a balance.
    ///
    /// # Errors
    /// As [`metrics`](Self::metrics).
    pub fn ledger(&self, question: &Question) -> Result<Table> {
        let (windows, groups) = self.grid(question)?;
        ledger::ledger(&self.timelines, &windows, &groups)
    }

    /// [`ledger_items`](ledger::ledger_items): the items behind the gap between load and departures.
    ///
    /// # Errors
    /// As [`metrics`](Self::metrics).
    pub fn ledger_items(&self, question: &Question) -> Result<Table> {
        let (windows, groups) = self.grid(question)?;
        ledger::ledger_items(&self.timelines, &windows, &groups)
    }

    /// [`identities`](ledger::identities): what must always hold, counted on this log.
    ///
    /// # Errors
    /// As [`metrics`](Self::metrics).
    pub fn identities(&self, question: &Question) -> Result<Table> {
        let (windows, groups) = self.measured_grid(question)?;
        ledger::identities(&self.timelines, &self.records, &windows, &groups)
    }

    /// [`blocked`](ledger::blocked): the blocked part of the load.
    ///
    /// # Errors
    /// As [`metrics`](Self::metrics).
    pub fn blocked(&self, question: &Question) -> Result<Table> {
        let (windows, groups) = self.grid(question)?;
        ledger::blocked(&self.timelines, &windows, &groups)
    }

    /// [`episodes`](ledger::episodes): each stretch in which an item was blocked.
    ///
    /// # Errors
    /// [`Error::TooMany`](crate::Error::TooMany) if there are more episodes than a table may have rows.
    pub fn episodes(&self) -> Result<Table> {
        ledger::episodes(&self.timelines, &self.records)
    }

    /// [`rework`](ledger::rework): what was reopened or went back, and the time it took.
    ///
    /// # Errors
    /// As [`metrics`](Self::metrics).
    pub fn rework(&self, question: &Question) -> Result<Table> {
        let (windows, groups) = self.measured_grid(question)?;
        ledger::rework(&self.timelines, &self.records, &windows, &groups)
    }

    /// [`transitions`](ledger::transitions): the moves between states.
    ///
    /// # Errors
    /// As [`metrics`](Self::metrics).
    pub fn transitions(&self, question: &Question) -> Result<Table> {
        let (windows, groups) = self.measured_grid(question)?;
        ledger::transitions(&self.timelines, &self.records, &windows, &groups)
    }

    /// [`efficiencies`](ledger::efficiencies): flow efficiency, said in every way that is in use.
    ///
    /// # Errors
    /// As [`metrics`](Self::metrics).
    pub fn efficiencies(&self, question: &Question) -> Result<Table> {
        let (windows, groups) = self.measured_grid(question)?;
        ledger::efficiencies(&self.timelines, &self.records, &windows, &groups)
    }
}
