//! Flow time in days inclusive (definitions, section 3): end date − start date + 1, in the zone.

use chrono::{DateTime, NaiveDate};

use crate::asked::Asked;
use crate::event::write_instant;
use crate::model::Model;
use crate::record::Record;
use crate::table::Cells;

/// One row per item whose flow time is defined.
pub fn days_inclusive(asked: &Asked, records: &[Record]) -> Vec<Cells> {
    let with_flow_time = records.iter().filter(|record| record.flow_time.is_some());
    with_flow_time
        .map(|record| {
            let (started, finished) = (record.started.unwrap_or_default(), record.finished.unwrap_or_default());
            let days = date(asked.model, finished).signed_duration_since(date(asked.model, started)).num_days() + 1;
            Cells::from([
                ("item".to_owned(), record.item.clone()),
                ("started".to_owned(), write_instant(started)),
                ("finished".to_owned(), write_instant(finished)),
                ("days_inclusive".to_owned(), days.to_string()),
            ])
        })
        .collect()
}

fn date(model: &Model, at: i64) -> NaiveDate {
    DateTime::from_timestamp_micros(at).unwrap_or_default().with_timezone(&model.zone).date_naive()
}
