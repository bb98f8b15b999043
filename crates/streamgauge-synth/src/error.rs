//! What can be wrong with a description of streams, or with a file to write.

/// The result of every call that can be wrong.
pub type Result<T, E = SynthError> = std::result::Result<T, E>;

/// A call that must be changed, or a file that could not be written.
///
/// ```
/// use streamgauge_synth::Synth;
///
/// let error = Synth { states: vec![], ..Synth::default() }.log().unwrap_err();
/// assert_eq!(error.to_string(), "states: at least one state is needed");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SynthError {
    /// A description that cannot be.
    #[error("{field}: {wanted}")]
    Spec {
        /// The field of [`Synth`](crate::Synth).
        field: &'static str,
        /// What would be right.
        wanted: String,
    },
    /// The log refused the events.
    #[error(transparent)]
    Log(#[from] streamgauge::Error),
    /// The columns could not be built.
    #[error("arrow: {0}")]
    Arrow(#[from] arrow_schema::ArrowError),
    /// The Parquet file could not be written.
    #[error("parquet: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// The file could not be made.
    #[error("{path}: {source}")]
    File {
        /// Its path.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
}
