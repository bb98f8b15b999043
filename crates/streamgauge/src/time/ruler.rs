//! The ruler: how long it is from one instant to another.
//!
//! A ruler is handed to [`records`](crate::records) once; no other stage measures lengths of items. This one reads the
//! clock on the wall, weekends included, as the Flow Framework does.

/// Measures lengths between instants.
///
/// ```
/// use streamgauge::Ruler;
///
/// assert_eq!(Ruler::elapsed().span(1_000, 5_000), 4_000);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ruler(Reading);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    Elapsed,
}

impl Ruler {
    /// The clock on the wall.
    pub const fn elapsed() -> Self {
        Self(Reading::Elapsed)
    }

    /// The length from `a` to `b`, in µs: additive, monotone, `span(a, a) = 0`.
    pub const fn span(&self, a: i64, b: i64) -> i64 {
        match self.0 {
            Reading::Elapsed => b - a,
        }
    }
}
