//! Which percentiles, and by which method.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::kernel::quantile;

/// How a percentile is read off finitely many observations.
///
/// ```
/// use streamgauge::Method;
///
/// assert_eq!("linear".parse::<Method>()?, Method::Linear);
/// # Ok::<(), streamgauge::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    /// The smallest observation with at least `p·n` observations at or below it (Hyndman and Fan's type 1).
    #[default]
    InvertedCdf,
    /// Linear between observations (type 7).
    Linear,
}

/// Percentiles to compute.
///
/// ```
/// use streamgauge::{Method, Percentiles};
///
/// let percentiles = Percentiles::new(&[50.0, 99.9], Method::Linear)?;
/// assert_eq!(percentiles.names("flow_time"), ["flow_time_p50_linear", "flow_time_p99_9_linear"]);
/// assert!(Percentiles::new(&[0.0], Method::Linear).is_err());
/// # Ok::<(), streamgauge::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Percentiles {
    /// In millionths of a percent.
    ranks: Vec<u64>,
    method: Method,
}

impl Default for Percentiles {
    /// 50, 85 and 95 by the inverted distribution function.
    fn default() -> Self {
        Self { ranks: vec![50_000_000, 85_000_000, 95_000_000], method: Method::InvertedCdf }
    }
}

impl Percentiles {
    /// Percentiles above 0 and up to 100, to the millionth of a percent.
    ///
    /// # Errors
    /// [`Error::Argument`] for a percentile outside that range or named twice.
    pub fn new(percents: &[f64], method: Method) -> Result<Self> {
        let wrong = |wanted: &str| Error::Argument {
            argument: "percentiles",
            value: format!("{percents:?}"),
            wanted: wanted.to_owned(),
        };
        let mut ranks = Vec::with_capacity(percents.len());
        for percent in percents {
            let rank = (percent * 1e6).round();
            if !(rank >= 1.0 && rank <= quantile::WHOLE as f64) {
                return Err(wrong("each must be above 0 and at most 100"));
            }
            if ranks.contains(&(rank as u64)) {
                return Err(wrong("name each percentile once"));
            }
            ranks.push(rank as u64);
        }
        Ok(Self { ranks, method })
    }

    /// The method.
    pub const fn method(&self) -> Method {
        self.method
    }

    /// The columns' names; the linear method says so.
    pub fn names(&self, of: &str) -> Vec<String> {
        let suffix = if self.method == Method::Linear { "_linear" } else { "" };
        self.ranks.iter().map(|rank| format!("{of}_p{}{suffix}", percent(*rank).replace('.', "_"))).collect()
    }

    /// Each percentile of whole numbers; `None` of nothing.
    pub(crate) fn of(&self, values: &mut [i64]) -> Vec<Option<i64>> {
        if values.is_empty() {
            return vec![None; self.ranks.len()];
        }
        match self.method {
            Method::InvertedCdf => quantile::inverted_cdfs(values, &self.ranks).into_iter().map(Some).collect(),
            Method::Linear => self.ranks.iter().map(|&rank| Some(quantile::linear(values, rank))).collect(),
        }
    }

    /// Each percentile of ratios; `None` of nothing.
    pub(crate) fn of_ratios(&self, mut values: Vec<f64>) -> Vec<Option<f64>> {
        values.sort_unstable_by(f64::total_cmp);
        self.ranks.iter().map(|&rank| quantile::of_sorted(&values, rank, self.method == Method::Linear)).collect()
    }
}

fn percent(rank: u64) -> String {
    (rank as f64 / 1e6).to_string()
}

impl FromStr for Method {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "inverted_cdf" => Ok(Self::InvertedCdf),
            "linear" => Ok(Self::Linear),
            _ => Err(Error::Argument {
                argument: "percentile_method",
                value: format!("{text:?}"),
                wanted: "inverted_cdf or linear".to_owned(),
            }),
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvertedCdf => "inverted_cdf",
            Self::Linear => "linear",
        })
    }
}
