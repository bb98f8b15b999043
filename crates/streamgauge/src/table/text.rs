//! Tables as text: the machine-readable JSON of the definitions, and CSV.
//!
//! Timestamps are RFC 3339 with `Z`, durations whole microseconds in columns whose names end in `_us`, undefined is null (in CSV: empty).

use arrow_array::cast::AsArray;
use arrow_array::types::{DurationMicrosecondType, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, Schema};
use serde_json::{Value, json};

use super::Table;
use super::receipt::DEFINITIONS_VERSION;
use crate::time::Instant;

impl Table {
    /// The table as JSON: `{"definitions_version", "as_of", "model_hash", "log_hash", "rows", "findings"}`.
    ///
    /// `findings` is the table of [`Flow::findings`](crate::Flow::findings), or `None` for an empty list. What the table's receipt does not
    /// know is null.
    pub fn to_json(&self, findings: Option<&Self>) -> String {
        let receipt = self.receipt();
        let known = |key: &str| receipt.get(key).map_or(Value::Null, |value| Value::from(value.as_str()));
        let mut text = format!("{{\"definitions_version\":{DEFINITIONS_VERSION}");
        for key in ["as_of", "model_hash", "log_hash"] {
            text.push_str(&format!(",\"{key}\":{}", known(key)));
        }
        text.push_str(",\"rows\":");
        self.json_rows(&mut text);
        text.push_str(",\"findings\":");
        match findings {
            Some(findings) => findings.json_rows(&mut text),
            None => text.push_str("[]"),
        }
        text.push_str("}\n");
        text
    }

    /// The table as CSV with a header, as in RFC 4180; lists are joined by `"; "`.
    pub fn to_csv(&self) -> String {
        let batch = self.batch();
        let names: Vec<_> = text_names(batch.schema_ref()).iter().map(|name| csv_cell(name)).collect();
        let mut text = names.join(",");
        text.push('\n');
        for row in 0..self.num_rows() {
            let cells: Vec<_> = batch.columns().iter().map(|column| csv_cell(&csv_text(cell(column, row)))).collect();
            text.push_str(&cells.join(","));
            text.push('\n');
        }
        text
    }

    fn json_rows(&self, text: &mut String) {
        let batch = self.batch();
        let names: Vec<_> = text_names(batch.schema_ref()).into_iter().map(|n| Value::from(n).to_string()).collect();
        text.push('[');
        for row in 0..self.num_rows() {
            text.push_str(if row == 0 { "\n{" } else { ",\n{" });
            for (i, (name, column)) in names.iter().zip(batch.columns()).enumerate() {
                if i > 0 {
                    text.push(',');
                }
                text.push_str(name);
                text.push(':');
                text.push_str(&cell(column, row).to_string());
            }
            text.push('}');
        }
        text.push_str(if self.num_rows() == 0 { "]" } else { "\n]" });
    }
}

/// Column names in text: durations say their unit.
fn text_names(schema: &Schema) -> Vec<String> {
    let is_duration = |kind: &DataType| matches!(kind, DataType::Duration(_));
    let name = |field: &arrow_schema::FieldRef| match is_duration(field.data_type()) {
        true => format!("{}_us", field.name()),
        false => field.name().clone(),
    };
    schema.fields().iter().map(name).collect()
}

/// One cell of the types that tables have.
fn cell(column: &ArrayRef, row: usize) -> Value {
    if column.is_null(row) {
        return Value::Null;
    }
    match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(row).into(),
        DataType::Boolean => column.as_boolean().value(row).into(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).into(),
        DataType::Float64 => json!(column.as_primitive::<Float64Type>().value(row)),
        DataType::Timestamp(_, _) => {
            Instant(column.as_primitive::<TimestampMicrosecondType>().value(row)).to_string().into()
        }
        DataType::Duration(_) => column.as_primitive::<DurationMicrosecondType>().value(row).into(),
        DataType::List(_) => {
            let list = column.as_list::<i32>().value(row);
            (0..list.len()).map(|i| cell(&list, i)).collect()
        }
        _ => Value::Null,
    }
}

fn csv_text(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        Value::Array(list) => list.into_iter().map(csv_text).collect::<Vec<_>>().join("; "),
        other => other.to_string(),
    }
}

fn csv_cell(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}
