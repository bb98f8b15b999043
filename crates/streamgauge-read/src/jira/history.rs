//! One issue to events: the values at its creation, then its changes in order.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use streamgauge::{EventLogBuilder, Instant};

use super::shape::{Changelog, Context, Element, History, Item, Text};
use super::track::{OWN, Scene, What};
use super::value::Value;
use super::{Jira, Oddity};
use crate::error::shortened;
use crate::sink::Refusal;

/// One field of one issue: where it began and where its changes left it.
#[derive(Debug, Default)]
struct Track {
    first: Option<Value>,
    last: Option<Value>,
    /// Ids that the changes gave for the field.
    ids: Vec<String>,
}

/// A change: when, of which track, to what.
type Change = (Instant, usize, Value);

impl Jira {
    pub(super) fn issue(&mut self, line: u64, element: &Element<'_>, answer: &Context) -> Result<(), Refusal> {
        let missing = |what: &str| Refusal::Row(format!("is no issue that can be read: {what}"));
        let (Some(key), Some(fields)) = (element.key.get(), &element.fields) else { return Err(missing("no key")) };
        let own = Context::new(element);
        self.named.learn(&own);
        let created = fields.get("created").and_then(|raw| Value::of_field(raw, "").text);
        let created = created.ok_or_else(|| missing(&format!("{key} has no \"created\"")))?;
        let created = self.sink.stamp(line, "created", &created)?;
        let histories = element.changelog.as_ref().and_then(|changelog| changelog.histories.as_deref());
        let items = self.in_order(line, histories.unwrap_or_default())?;
        let has_keys = items.iter().any(|(_, item)| !item.is_custom() && item.is_of("key"));
        let scene = Scene { key, fields, contexts: [&own, answer], has_keys };
        let has_status = scene.present(OWN[0], &[]).is_some_and(|status| status.text.is_some());
        if !has_status && !items.iter().any(|(_, item)| scene.changes(OWN[0], item)) {
            return Err(missing(&format!("{key} has no \"status\"")));
        }
        let named = std::mem::take(&mut self.named.asked);
        let fixed = OWN.into_iter().chain([What::Stream, What::Flag]);
        let whats: Vec<What<'_>> = fixed.chain(named.iter().map(What::Named)).collect();
        let (tracks, changes) = follow(&scene, &whats, &items, &mut self.gaps);
        let taken = self.push(&scene, &whats, &tracks, &changes, created);
        self.named.asked = named;
        taken?;

        items.iter().for_each(|(_, item)| self.named.learn_item(item));
        self.note_broken(line, key, histories.unwrap_or_default());
        self.note_truncation(key, element.changelog.as_ref());
        self.note_category(fields);
        Ok(())
    }

    /// Changes by time, then by the number of their history, then as they stand. Jira may list the newest first. A history without
    /// changes needs no instant.
    fn in_order<'h>(&mut self, line: u64, histories: &'h [History]) -> Result<Vec<(Instant, &'h Item)>, Refusal> {
        let mut order = Vec::with_capacity(histories.len());
        for (place, history) in histories.iter().enumerate().filter(|(_, history)| !history.items.is_lost()) {
            let created = history.created.get();
            let created = created.ok_or_else(|| Refusal::Row("a history has no \"created\"".to_owned()))?;
            let at = self.sink.stamp(line, "created", created)?;
            let number = history.id.get().and_then(|id| id.parse::<u64>().ok());
            order.push((at, number, place));
        }
        let newest_first = matches!((order.first(), order.last()), (Some(first), Some(last)) if first.0 > last.0);
        if newest_first {
            order.reverse();
        }
        order.sort_by_key(|(at, number, _)| (*at, *number));
        let items =
            order.into_iter().flat_map(|(at, _, place)| histories[place].items.get().iter().map(move |i| (at, i)));
        Ok(items.collect())
    }

    fn push(
        &mut self,
        scene: &Scene<'_>,
        whats: &[What<'_>],
        tracks: &[Track],
        changes: &[Change],
        created: Instant,
    ) -> Result<(), Refusal> {
        let key = scene.key;
        let n_fixed = OWN.len() + 2;
        let start = changes.iter().map(|change| change.0).chain([created]).min().unwrap_or(created);
        if start < created {
            self.before_creation.insert(key, format!("created at {created}, but changed at {start}"));
        }
        let mut last = vec![None; tracks.len()];
        let mut waiting = Vec::new();
        for (i, track) in tracks.iter().enumerate() {
            let present = scene.present(whats[i], &track.ids);
            if let Some(n) = i.checked_sub(n_fixed) {
                if present.is_some() || track.first.is_some() {
                    self.named.saw(n);
                } else {
                    waiting.push(n);
                }
            }
            note_end(scene, whats[i], track, present.as_ref(), &mut self.gaps);
            let initial = track.first.clone().or(present).unwrap_or_default();
            if initial.text.is_some() {
                put(&mut self.sink.builder, key, start, whats[i], &initial, &mut last[i])?;
            }
        }
        for (at, i, to) in changes {
            put(&mut self.sink.builder, key, *at, whats[*i], to, &mut last[*i])?;
        }
        if !waiting.is_empty() {
            self.named.wait(key, start, waiting, scene.fields);
        }
        Ok(())
    }

    /// Sets aside the histories that do not say what changed.
    fn note_broken(&mut self, line: u64, key: &str, histories: &[History]) {
        for (place, history) in histories.iter().enumerate() {
            let Some(complaint) = history.items.complaint() else { continue };
            let which = match history.id.get() {
                Some(id) => format!("history {}", shortened(id)),
                None => format!("the history at place {}", place + 1),
            };
            self.sink.reject(line, format!("{key}: {which} {complaint}; the rest of the issue is read"));
        }
    }

    fn note_truncation(&mut self, key: &str, changelog: Option<&Changelog>) {
        let histories = changelog.and_then(|changelog| changelog.histories.as_ref());
        let total = changelog.and_then(|changelog| changelog.total);
        let detail = match (histories, total) {
            (None, _) => format!("{key}: no changelog; export with expand=changelog"),
            (Some(histories), Some(total)) if total > histories.len() as u64 => {
                format!("{key}: {} of {total} histories", histories.len())
            }
            _ => return,
        };
        self.truncated.insert(key.to_owned(), detail);
    }

    fn note_category(&mut self, fields: &BTreeMap<String, &RawValue>) {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Status<'a> {
            #[serde(default)]
            name: Text,
            #[serde(borrow)]
            status_category: Option<&'a RawValue>,
        }
        let status = fields.get("status").and_then(|raw| serde_json::from_str::<Status<'_>>(raw.get()).ok());
        if let Some(Status { name: Text(Some(name)), status_category: Some(category) }) = status {
            self.status(&name, category);
        }
    }
}

/// Walks the changes: which track each belongs to, where each track begins and ends, and where it has a gap.
fn follow(
    scene: &Scene<'_>,
    whats: &[What<'_>],
    items: &[(Instant, &Item)],
    gaps: &mut Oddity,
) -> (Vec<Track>, Vec<Change>) {
    let mut tracks: Vec<Track> = whats.iter().map(|_| Track::default()).collect();
    let mut changes = Vec::new();
    for (at, item) in items {
        for (i, what) in whats.iter().enumerate().filter(|(_, what)| scene.changes(**what, item)) {
            let [from, to] = scene.sides(*what, item);
            let track = &mut tracks[i];
            if let Some(last) = track.last.as_ref().filter(|last| !last.is(&from)) {
                let (field, last, from) = (name(*what), quoted(last), quoted(&from));
                gaps.insert(scene.key, format!("{field} was {last}, but at {at} it is changed from {from}"));
            }
            track.first.get_or_insert(from);
            track.ids.extend(item.field_id.0.clone());
            track.last = Some(to.clone());
            changes.push((*at, i, to));
        }
    }
    (tracks, changes)
}

/// A history that does not end at the present value has a gap.
fn note_end(scene: &Scene<'_>, what: What<'_>, track: &Track, present: Option<&Value>, gaps: &mut Oddity) {
    let (Some(last), Some(present)) = (&track.last, present) else { return };
    let is_told = match what {
        What::Named(_) => present.is_plain,
        // The agile resource tells only whether there is a flag.
        What::Flag => !matches!(present.text.as_deref(), Some("true" | "false")),
        _ => true,
    };
    if is_told && !last.is(present) {
        let (field, last, present) = (name(what), quoted(last), quoted(present));
        gaps.insert(scene.key, format!("the history of {field} ends at {last}, but it is {present}"));
    }
}

/// Adds one value as the log has it. The flag is two fields, of which only what differs is told.
fn put(
    builder: &mut EventLogBuilder,
    key: &str,
    at: Instant,
    what: What<'_>,
    value: &Value,
    last: &mut Option<String>,
) -> Result<(), Refusal> {
    let text = value.text.as_deref();
    if !matches!(what, What::Flag) {
        return Ok(builder.push(key, at, name(what), text, None)?);
    }
    let now = text.filter(|text| *text != "false");
    let (reason, last_reason) = (reason(now), reason(last.as_deref()));
    if now.is_some() != last.is_some() {
        builder.push(key, at, "blocked", now.map(|_| "true"), None)?;
    }
    if reason != last_reason {
        builder.push(key, at, "blocked_reason", reason, None)?;
    }
    *last = now.map(str::to_owned);
    Ok(())
}

/// The text of a flag, where it says more than that there is one.
fn reason(flag: Option<&str>) -> Option<&str> {
    flag.filter(|text| *text != "true")
}

/// What the log calls a field.
fn name<'a>(what: What<'a>) -> &'a str {
    match what {
        What::Own { field, .. } => field,
        What::Stream => "stream",
        What::Flag => "blocked",
        What::Named(asked) => &asked.name,
    }
}

fn quoted(value: &Value) -> String {
    value.text.as_deref().map_or_else(|| "nothing".to_owned(), |text| format!("{:?}", shortened(text)))
}
