//! Whether all pages of a search are there. An export that lacks one looks whole: the issues that are missing leave no other trace.
//!
//! Server and older Cloud tell in each page how many issues the search found (`total`) and where the page begins (`startAt`). Newer Cloud tells
//! only whether more pages follow.

use std::collections::BTreeMap;
use std::path::Path;

use streamgauge::{Finding, FindingCode};

use super::shape::{Element, Text};

/// The pages of all searches of a call.
#[derive(Debug, Default)]
pub(super) struct Pages {
    /// By the total: pages that tell the same belong to one search.
    searches: BTreeMap<u64, Search>,
    /// Where a page says that others follow, without a total.
    open: Option<String>,
    /// Whether some page says that it is the last.
    has_last: bool,
}

#[derive(Debug)]
struct Search {
    /// Where its first page was read.
    place: String,
    /// From where to where the pages reach.
    spans: Vec<(u64, u64)>,
}

impl Pages {
    /// Notes an answer of the search that holds `n` issues.
    pub(super) fn insert(&mut self, file: &Path, line: u64, answer: &Element<'_>, n: u64) {
        let number = |text: &Text| text.get().and_then(|text| text.parse::<u64>().ok());
        let place = || format!("{}:{line}", file.display());
        if let Some(total) = number(&answer.total) {
            let search = self.searches.entry(total).or_insert_with(|| Search { place: place(), spans: Vec::new() });
            // A page that does not say where it begins follows the one before it.
            let start = number(&answer.start_at).or_else(|| search.spans.last().map(|(_, end)| *end)).unwrap_or(0);
            search.spans.push((start, start.saturating_add(n)));
            return;
        }
        match answer.is_last.get() {
            Some("false") => _ = self.open.get_or_insert_with(place),
            None if answer.next_page_token.get().is_some() => _ = self.open.get_or_insert_with(place),
            _ => self.has_last = true,
        }
    }

    pub(super) fn finding(self) -> Option<Finding> {
        let mut finding = Finding::new(FindingCode::IncompleteExport, 0);
        for (total, search) in self.searches {
            let (place, n_pages, held) = (search.place.clone(), search.spans.len(), search.held());
            if held < total {
                finding.count = finding.count.saturating_add(total - held);
                let pages = if n_pages == 1 { "1 page".to_owned() } else { format!("{n_pages} pages") };
                finding = finding.with_detail(format!("{place}: {held} of {total} issues, in {pages}"));
            }
        }
        if let Some(place) = self.open.filter(|_| !self.has_last) {
            // At least one; nobody says how many.
            finding.count = finding.count.saturating_add(1);
            finding = finding.with_detail(format!("{place}: more pages follow, and the last is not among the files"));
        }
        (finding.count > 0).then_some(finding)
    }
}

impl Search {
    /// How many issues the pages hold; a page that is there twice counts once.
    fn held(mut self) -> u64 {
        self.spans.sort_unstable();
        let (mut held, mut reached) = (0, 0);
        for (start, end) in self.spans {
            held = end.saturating_sub(start.max(reached)).saturating_add(held);
            reached = reached.max(end);
        }
        held
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::jira::tests::{finding, issue, read_all};

    /// The finding of a call with these pages, each of two issues.
    fn told(pages: &[Json]) -> Option<(u64, Vec<String>)> {
        let mut key = 0;
        let mut page = |fields: &Json| {
            let mut page = fields.clone();
            key += 2;
            page["issues"] = json!([key - 1, key].map(|key| issue(&format!("A-{key}"), json!({}), &[])));
            page.to_string()
        };
        let pages: Vec<String> = pages.iter().map(&mut page).collect();
        let log = read_all(&pages.iter().map(String::as_bytes).collect::<Vec<_>>(), &[]).unwrap();
        assert_eq!(log.n_items(), 2 * pages.len());
        finding(&log, FindingCode::IncompleteExport).map(|finding| (finding.count, finding.details))
    }

    #[test]
    fn pages_of_one_search_add_up() {
        let page = |start: u64, total: u64| json!({"startAt": start, "maxResults": 2, "total": total});
        assert_eq!(told(&[page(0, 2)]), None);
        assert_eq!(told(&[page(4, 6), page(0, 6), page(2, 6)]), None);
        assert_eq!(told(&[json!({"total": 4}), json!({"total": 4})]), None);
        let (count, details) = told(&[page(0, 5), page(3, 5), page(0, 2)]).unwrap();
        assert!(count == 1 && details[0].ends_with("0.json:1: 4 of 5 issues, in 2 pages"), "{details:?}");
        // A page that is given twice is no other page.
        let (count, details) = told(&[page(0, 4), page(0, 4), page(0, 90)]).unwrap();
        assert_eq!((count, details.len()), (90, 2));
        assert!(details[1].ends_with("2.json:1: 2 of 90 issues, in 1 page"), "{details:?}");
    }

    #[test]
    fn pages_by_token_end_with_the_last() {
        let goes_on = json!({"isLast": false, "nextPageToken": "x"});
        assert_eq!(told(&[goes_on.clone(), json!({"isLast": true})]), None);
        assert_eq!(told(&[json!({"nextPageToken": "x"}), json!({})]), None);
        for pages in [[goes_on.clone(), json!({"isLast": false})], [json!({"nextPageToken": "x"}), goes_on]] {
            let (count, details) = told(&pages).unwrap();
            assert!(count == 1 && details[0].contains("0.json:1: more pages follow"), "{details:?}");
        }
    }

    #[test]
    fn numbers_that_are_none_are_not_read() {
        assert_eq!(told(&[json!({"total": "many", "isLast": {"a": 1}, "startAt": -1})]), None);
    }
}
