//! The receipt of a table: all that is needed to make it again.

use std::collections::HashMap;

use serde_json::Value;

use crate::error::{Error, Result};
use crate::model::FlowModel;
use crate::time::Instant;

/// The version of the definitions that every output names. A change of meaning raises it.
pub const DEFINITIONS_VERSION: u32 = 1;

/// The key under which a schema's metadata holds the receipt, as a JSON object.
pub(super) const KEY: &str = "streamgauge";

/// What a table was made from and how. It travels in the schema's metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Receipt {
    said: Vec<(&'static str, String)>,
}

impl Receipt {
    /// The receipt of rows that were not measured: which definitions and which library.
    pub(crate) fn of_data() -> Self {
        let said = vec![
            ("definitions_version", DEFINITIONS_VERSION.to_string()),
            ("streamgauge_version", env!("CARGO_PKG_VERSION").to_owned()),
        ];
        Self { said }
    }

    /// The receipt of an answer from a log with that fingerprint.
    pub(crate) fn of_answer(as_of: Instant, model: &FlowModel, log: u128) -> Self {
        Self::of_data()
            .with("as_of", as_of.to_string())
            .with("zone", model.cut().zone.to_string())
            .with("model_hash", model.hash())
            .with("log_hash", format!("{log:032x}"))
            .with("clock", model.clock().to_string())
    }

    /// The same receipt with one more parameter, or another value of one.
    #[must_use]
    pub(crate) fn with(mut self, key: &'static str, value: String) -> Self {
        match self.said.iter_mut().find(|(known, _)| *known == key) {
            Some(known) => known.1 = value,
            None => self.said.push((key, value)),
        }
        self
    }

    /// Refuses an argument that was not made of the same log, model and `as_of`. In whatever order rows come, stages number items by their names.
    pub(crate) fn check_same_answer(&self, other: &Self, argument: &'static str, wanted: &str) -> Result<()> {
        let is_same = ["as_of", "model_hash", "log_hash"].iter().all(|key| self.get(key) == other.get(key));
        if is_same {
            return Ok(());
        }
        Err(Error::Argument { argument, value: "of other stages".to_owned(), wanted: wanted.to_owned() })
    }

    /// What the receipt says of a key; nothing if it says nothing.
    pub(crate) fn get(&self, key: &str) -> &str {
        self.said.iter().find(|(known, _)| *known == key).map_or("", |(_, value)| value)
    }

    pub(crate) fn into_metadata(self) -> HashMap<String, String> {
        // One key, so that the order is ours: the map has none.
        let said = self.said.into_iter().map(|(key, value)| format!("{}:{}", Value::from(key), Value::from(value)));
        HashMap::from([(KEY.to_owned(), format!("{{{}}}", said.collect::<Vec<_>>().join(",")))])
    }
}
