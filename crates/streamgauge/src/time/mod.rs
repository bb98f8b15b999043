//! Floor 1: instants, zones, windows and the ruler. The one place with chrono.

mod instant;
mod period;
mod ruler;
mod window;
mod zone;

pub use instant::{Instant, Stamp};
pub use period::{Cut, Every, Period};
pub use ruler::Ruler;
pub use window::{Observed, Windows};
pub use zone::Zone;
