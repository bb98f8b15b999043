//! Floor 7: the ledger. Where the time goes, exactly: every µs of every item stands in one row, unfinished work too.
//!
//! ```text
//! Timelines ── course ──> stretches ┬─ visits, states      where an item was, and for how long
//!                                   ├─ cfd, counters       how many were where, and how many came through
//!                                   ├─ net_flow, ageing    what came, what left, and how old the rest is
//!                                   ├─ ledger              load = departed + age(b) − age(a), and the items behind the gap
//!                                   ├─ blocked, episodes   what was held up, by its flag or its state
//!                                   └─ rework              what went back, and the time it took
//! ```
//!
//! All of it is counting with whole numbers. Sums over windows are differences of running sums at their edges, so that the cost is events + rows.

mod ageing;
mod blocked;
mod cfd;
mod counters;
mod efficiencies;
mod identities;
mod little;
mod net_flow;
mod residence;
mod rework;
mod rows;
mod running;
mod setbacks;
mod states;
mod transitions;
mod visits;

pub use ageing::ageing;
pub use blocked::{blocked, episodes};
pub use cfd::cfd;
pub use counters::counters;
pub use efficiencies::efficiencies;
pub use identities::identities;
pub use little::{ledger, ledger_items};
pub use net_flow::net_flow;
pub use rework::rework;
pub use states::states;
pub use transitions::transitions;
pub use visits::visits;
