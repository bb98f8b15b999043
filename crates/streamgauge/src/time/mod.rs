//! Floor 1: instants, zones, windows, calendars and the ruler. The one place with chrono.

mod calendar;
mod calendar_file;
mod full_hours;
mod hours;
mod instant;
mod period;
mod ruler;
mod spans;
mod window;
mod working_days;
mod zone;

pub use calendar::Calendars;
pub use instant::{Instant, Stamp};
pub use period::{Cut, Every, Period};
pub use ruler::Ruler;
pub use window::{Observed, Windows};
pub use zone::Zone;
