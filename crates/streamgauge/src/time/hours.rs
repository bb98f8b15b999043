//! The hours of a day: spans of whole minutes as people write them, `"09:00-12:00"` or `"22:00-06:00+1"`.

use std::fmt;

/// Minutes of a day on the clock.
pub(super) const DAY_MIN: u16 = 24 * 60;

const FORM: &str = "hours are written \"09:00-17:00\", or \"22:00-06:00+1\" when they end on the next day";

/// One span of a day's hours. It belongs to the day on which it begins, wholly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HourSpan {
    /// The first minute.
    pub(super) from: u16,
    /// The first minute no longer in it; past [`DAY_MIN`] on the next day.
    pub(super) to: u16,
    /// Where it stands in the file.
    pub(super) line: usize,
}

impl HourSpan {
    /// Reads `"HH:MM-HH:MM"`, or `"HH:MM-HH:MM+1"` with an end on the next day. `"24:00"` may end a span.
    ///
    /// The error says what is wrong and what would be right.
    pub(super) fn parse(text: &str, line: usize) -> Result<Self, String> {
        let form = || format!("{text:?} is no span of hours; {FORM}");
        let (span, next_day) = match text.strip_suffix("+1") {
            Some(span) => (span, true),
            None => (text, false),
        };
        let (from, to) = span.split_once('-').ok_or_else(form)?;
        let (from, end) = (minute(from).ok_or_else(form)?, minute(to).ok_or_else(form)?);
        if from == DAY_MIN {
            return Err(format!("{text:?} begins at 24:00; write it on the day after, from 00:00"));
        }
        let to = if next_day { end + DAY_MIN } else { end };
        if to <= from {
            let wrong = if to == from { "ends where it begins" } else { "ends before it begins" };
            return Err(format!("{text:?} {wrong}; write \"{text}+1\" if it runs past midnight"));
        }
        Ok(Self { from, to, line })
    }
}

/// The span as [`HourSpan::parse`] reads it.
impl fmt::Display for HourSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (to, mark) = if self.to > DAY_MIN { (self.to - DAY_MIN, "+1") } else { (self.to, "") };
        write!(f, "{:02}:{:02}-{:02}:{:02}{mark}", self.from / 60, self.from % 60, to / 60, to % 60)
    }
}

/// The minutes since midnight of `"HH:MM"`, up to `"24:00"`.
fn minute(text: &str) -> Option<u16> {
    let digits = |two: &[u8]| match two {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => Some(u16::from(tens - b'0') * 10 + u16::from(ones - b'0')),
        _ => None,
    };
    let [hours @ .., b':', tens, ones] = text.as_bytes() else { return None };
    let (hours, minutes) = (digits(hours)?, digits(&[*tens, *ones])?);
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute <= DAY_MIN).then_some(minute)
}

/// The first two spans of one day that share a minute; the spans are in order of their beginnings.
pub(super) fn overlap(spans: &[HourSpan]) -> Option<(HourSpan, HourSpan)> {
    spans.windows(2).find(|pair| pair[1].from < pair[0].to).map(|pair| (pair[0], pair[1]))
}

/// The span of an evening and the first span of the next day, if they share a minute.
pub(super) fn overlap_at_midnight(day: &[HourSpan], next: &[HourSpan]) -> Option<(HourSpan, HourSpan)> {
    let (last, first) = (day.last()?, next.first()?);
    (last.to > DAY_MIN + first.from).then_some((*last, *first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(text: &str) -> HourSpan {
        HourSpan::parse(text, 1).unwrap()
    }

    #[test]
    fn written_and_read() {
        for (text, from, to) in [
            ("09:00-12:00", 540, 720),
            ("00:00-24:00", 0, 1440),
            ("08:07-16:53", 487, 1013),
            ("22:00-06:00+1", 1320, 1800),
            ("09:00-09:00+1", 540, 1980),
        ] {
            assert_eq!((span(text).from, span(text).to), (from, to), "{text}");
            assert_eq!(span(text).to_string(), text);
        }
        assert_eq!(span("22:00-00:00+1").to_string(), "22:00-24:00");
    }

    #[test]
    fn refused() {
        for text in [
            "",
            "9-17",
            "09:00",
            "9:00-17:00",
            "09:00-17:60",
            "25:00-26:00",
            "09:00-24:01",
            "09.00-17.00",
            "é9:00-10:00",
            "09:00-17:00+2",
            "-",
            "+1",
            "09:00 - 17:00",
            "-9:00-10:00",
            "+9:00-10:00",
        ] {
            let error = HourSpan::parse(text, 1).unwrap_err();
            assert!(error.contains("hours are written \"09:00-17:00\""), "{text}: {error}");
        }
        let says = |text: &str, wanted: &str| assert_eq!(HourSpan::parse(text, 1).unwrap_err(), wanted);
        says("22:00-06:00", "\"22:00-06:00\" ends before it begins; write \"22:00-06:00+1\" if it runs past midnight");
        says("09:00-09:00", "\"09:00-09:00\" ends where it begins; write \"09:00-09:00+1\" if it runs past midnight");
        says("24:00-06:00+1", "\"24:00-06:00+1\" begins at 24:00; write it on the day after, from 00:00");
    }

    #[test]
    fn overlaps() {
        assert_eq!(overlap(&[span("09:00-12:00"), span("12:00-13:00")]), None);
        assert!(overlap(&[span("09:00-12:00"), span("11:59-13:00")]).is_some());
        let night = [span("22:00-06:00+1")];
        assert_eq!(overlap_at_midnight(&night, &[span("06:00-07:00")]), None);
        assert!(overlap_at_midnight(&night, &[span("05:59-07:00")]).is_some());
        assert_eq!(overlap_at_midnight(&[], &night), None);
        assert_eq!(overlap_at_midnight(&night, &[]), None);
    }
}
