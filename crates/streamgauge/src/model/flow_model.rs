//! The flow model: a small TOML file that maps a tool's words to the framework's.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::hash::Hash;
use std::marker::PhantomData;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use super::rule::Rule;
use super::{Clock, Kind, OnUnknown, Phase};
use crate::error::{Error, Result};
use crate::time::{Cut, Zone};

/// What a tool's states and types mean, where days are cut, and how an item's clock runs.
///
/// ```
/// use streamgauge::{FlowModel, Phase};
///
/// let model = FlowModel::from_toml(r#"
///     zone = "Asia/Seoul"
///
///     [phases]
///     new = ["Open"]
///     active = ["In Progress"]
///     done = ["Closed"]
///
///     [kinds]
///     feature = ["Story"]
///     defect = ["Bug"]
/// "#)?;
/// assert_eq!(model.phase_of("In Progress"), Some(Phase::Active));
/// assert_eq!(model.states(), ["Open", "In Progress", "Closed"]);
/// # Ok::<(), streamgauge::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct FlowModel {
    pub(super) spec: Spec,
    zone: Zone,
    /// The plain tables by word, because they are asked once per value of a log.
    phases: HashMap<String, Phase>,
    kinds: HashMap<String, Kind>,
    /// Comments that `suggest` puts at the head of the file.
    pub(super) notes: Vec<String>,
}

/// The file, word for word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Spec {
    #[serde(default = "utc")]
    pub(super) zone: String,
    #[serde(default = "january")]
    pub(super) fiscal_year_start: u32,
    #[serde(default = "error")]
    pub(super) on_unknown: OnUnknown,
    #[serde(default)]
    pub(super) order: Option<Vec<String>>,
    #[serde(default)]
    pub(super) blocked_states: Vec<String>,
    #[serde(deserialize_with = "in_file_order")]
    pub(super) phases: Vec<(Phase, Vec<String>)>,
    #[serde(default, deserialize_with = "in_file_order")]
    pub(super) kinds: Vec<(Kind, Vec<String>)>,
    #[serde(default, rename = "rule")]
    pub(super) rules: Vec<Rule>,
    #[serde(default)]
    pub(super) clock: Clock,
}

fn utc() -> String {
    Zone::UTC.name().to_owned()
}
const fn january() -> u32 {
    1
}
const fn error() -> OnUnknown {
    OnUnknown::Error
}

impl FlowModel {
    /// Reads a model.
    ///
    /// # Errors
    /// [`Error::Model`] with the line, for text that is no TOML, unknown keys or words, a state or type that is mapped twice, a rule that
    /// decides nothing, an `order` that is not the model's states; [`Error::UnknownZone`].
    pub fn from_toml(text: &str) -> Result<Self> {
        let spec =
            toml::from_str(text).map_err(|e: toml::de::Error| Error::Model(e.to_string().trim_end().to_owned()))?;
        Self::from_spec(spec, Vec::new())
    }

    pub(super) fn from_spec(spec: Spec, notes: Vec<String>) -> Result<Self> {
        let zone = Zone::named(&spec.zone)?;
        if !(1..=12).contains(&spec.fiscal_year_start) {
            let month = spec.fiscal_year_start;
            return Err(Error::Model(format!("fiscal_year_start = {month}: a month from 1 to 12 is needed")));
        }
        let phases = mapped_once("state", "phase", &spec.phases, Phase::as_str)?;
        let kinds = mapped_once("type", "kind", &spec.kinds, Kind::as_str)?;
        if spec.phases.iter().all(|(_, states)| states.is_empty()) && spec.rules.iter().all(|r| r.phase.is_none()) {
            return Err(Error::Model("[phases] names no state; map each state of the tool to a phase".to_owned()));
        }
        for (i, rule) in spec.rules.iter().enumerate() {
            rule.check(i + 1)?;
        }
        let model = Self { spec, zone, phases, kinds, notes };
        model.check_order()?;
        model.check_blocked_states()?;
        Ok(model)
    }

    /// The model as a file that [`from_toml`](Self::from_toml) reads.
    pub fn to_toml(&self) -> String {
        let spec = &self.spec;
        let mut text = String::new();
        for note in &self.notes {
            let _ = writeln!(text, "# {note}");
        }
        let _ = writeln!(text, "zone = {}", quoted(&spec.zone));
        let _ = writeln!(text, "fiscal_year_start = {}", spec.fiscal_year_start);
        let _ = writeln!(text, "on_unknown = \"{}\"", spec.on_unknown);
        if let Some(order) = &spec.order {
            let _ = writeln!(text, "order = {}", list(order));
        }
        if !spec.blocked_states.is_empty() {
            let _ = writeln!(text, "blocked_states = {}", list(&spec.blocked_states));
        }
        let _ = writeln!(text, "\n[phases]");
        for (phase, states) in &spec.phases {
            let _ = writeln!(text, "{phase} = {}", list(states));
        }
        if !spec.kinds.is_empty() {
            let _ = writeln!(text, "\n[kinds]");
        }
        for (kind, types) in &spec.kinds {
            let _ = writeln!(text, "{kind} = {}", list(types));
        }
        for rule in &spec.rules {
            let when = rule.when.iter().map(|(field, listed)| (field.clone(), listed.values().to_vec().into()));
            let _ = writeln!(text, "\n[[rule]]\nwhen = {}", toml::Value::Table(when.collect()));
            rule.phase.iter().for_each(|phase| text.push_str(&format!("phase = \"{phase}\"\n")));
            rule.kind.iter().for_each(|kind| text.push_str(&format!("kind = \"{kind}\"\n")));
        }
        let Clock { start, finish, blocked } = spec.clock;
        let _ = writeln!(text, "\n[clock]\nstart = \"{start}\"\nfinish = \"{finish}\"\nblocked = \"{blocked}\"");
        text
    }

    /// The same model with days cut in another zone.
    #[must_use]
    pub fn with_zone(mut self, zone: Zone) -> Self {
        zone.name().clone_into(&mut self.spec.zone);
        self.zone = zone;
        self
    }

    /// Where calendar windows are cut.
    pub const fn cut(&self) -> Cut {
        Cut { zone: self.zone, fiscal_year_start: self.spec.fiscal_year_start }
    }

    /// How an item's clock runs.
    pub const fn clock(&self) -> Clock {
        self.spec.clock
    }

    /// The phase of a state by the plain table, rules aside.
    pub fn phase_of(&self, state: &str) -> Option<Phase> {
        self.phases.get(state).copied()
    }

    /// The kind of a type by the plain table, rules aside.
    pub fn kind_of(&self, r#type: &str) -> Option<Kind> {
        self.kinds.get(r#type).copied()
    }

    /// The states in workflow order, ignored ones left out.
    pub fn states(&self) -> Vec<&str> {
        match &self.spec.order {
            Some(order) => order.iter().map(String::as_str).collect(),
            None => self.placed_states(),
        }
    }

    /// The states in which an item is blocked, flagged or not.
    pub fn blocked_states(&self) -> &[String] {
        &self.spec.blocked_states
    }

    /// A fingerprint of what the model says, apart from comments and layout: 32 hexadecimal digits.
    pub fn hash(&self) -> String {
        let said = Self { notes: Vec::new(), ..self.clone() }.to_toml();
        format!("{:032x}", xxh3_128(said.as_bytes()))
    }

    pub(crate) fn rules(&self) -> &[Rule] {
        &self.spec.rules
    }

    pub(crate) const fn on_unknown(&self) -> OnUnknown {
        self.spec.on_unknown
    }

    /// Whether an item without a type is odd to this model.
    pub(crate) const fn lists_types(&self) -> bool {
        !self.spec.kinds.is_empty()
    }

    /// Whether types mean anything to this model.
    pub(crate) fn has_kinds(&self) -> bool {
        !self.spec.kinds.is_empty() || self.spec.rules.iter().any(|rule| rule.kind.is_some())
    }

    fn placed_states(&self) -> Vec<&str> {
        let placed = self.spec.phases.iter().filter(|(phase, _)| *phase != Phase::Ignored);
        placed.flat_map(|(_, states)| states.iter().map(String::as_str)).collect()
    }

    fn check_order(&self) -> Result<()> {
        let Some(order) = &self.spec.order else { return Ok(()) };
        let wrong = |what: String| Err(Error::Model(format!("order {what}")));
        let placed = self.placed_states();
        let (known, mut listed) = (HashSet::<&str>::from_iter(placed.iter().copied()), HashSet::new());
        for state in order {
            if !listed.insert(state.as_str()) {
                return wrong(format!("lists state {state:?} twice"));
            }
            if !known.contains(state.as_str()) {
                return wrong(format!("lists state {state:?}, which is in no phase but ignored"));
            }
        }
        match placed.iter().find(|state| !listed.contains(*state)) {
            Some(missing) => {
                wrong(format!("lacks state {missing:?}; list every state of [phases] that is not ignored"))
            }
            None => Ok(()),
        }
    }

    fn check_blocked_states(&self) -> Result<()> {
        let mut listed = HashSet::new();
        for state in &self.spec.blocked_states {
            let wrong = |what: &str| Err(Error::Model(format!("blocked_states lists state {state:?}{what}")));
            if !listed.insert(state) {
                return wrong(" twice");
            }
            if self.phase_of(state).is_none() {
                return wrong(
                    ", which is in no phase; put it into [phases], under ignored if the item stays in the phase it was in",
                );
            }
        }
        Ok(())
    }
}

/// A plain table by word.
fn mapped_once<T: Copy>(
    what: &str,
    to: &str,
    table: &[(T, Vec<String>)],
    name: fn(T) -> &'static str,
) -> Result<HashMap<String, T>> {
    let mut seen = HashMap::new();
    for (meaning, words) in table {
        for word in words {
            if let Some(first) = seen.insert(word.clone(), *meaning) {
                let (first, second) = (name(first), name(*meaning));
                return Err(Error::Model(format!(
                    "{what} {word:?} is mapped twice, to {to} {first} and to {to} {second}; keep one"
                )));
            }
        }
    }
    Ok(seen)
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn list(words: &[String]) -> String {
    format!("[{}]", words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(", "))
}

/// A TOML table of lists as pairs in the order of the file, which is the workflow order.
fn in_file_order<'de, D, K>(deserializer: D) -> Result<Vec<(K, Vec<String>)>, D::Error>
where
    D: Deserializer<'de>,
    K: Deserialize<'de> + Copy + Eq + Hash,
{
    struct Pairs<K>(PhantomData<K>);

    impl<'de, K: Deserialize<'de>> Visitor<'de> for Pairs<K> {
        type Value = Vec<(K, Vec<String>)>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a table of lists of texts")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut pairs = Vec::new();
            while let Some(pair) = map.next_entry()? {
                pairs.push(pair);
            }
            Ok(pairs)
        }
    }

    deserializer.deserialize_map(Pairs(PhantomData))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: &str = r#"
zone = "Asia/Seoul"
[phases]
new = ["Open"]
active = ["In Progress"]
done = ["Resolved", "Closed"]
[kinds]
defect = ["Bug"]
[[rule]]
when = { state = ["Resolved", "Closed"], "Fix Version" = "none" }
phase = "cancelled"
[clock]
start = "first_active"
"#;

    #[test]
    fn goes_there_and_back() {
        let model = FlowModel::from_toml(MODEL).unwrap();
        let again = FlowModel::from_toml(&model.to_toml()).unwrap();
        assert_eq!(again.to_toml(), model.to_toml());
        assert_eq!(again.hash(), model.hash());
        assert_ne!(model.clone().with_zone(Zone::UTC).hash(), model.hash());
    }

    #[test]
    fn any_field_of_a_rule_goes_there_and_back() {
        let model = FlowModel::from_toml(MODEL).unwrap();
        assert!(model.to_toml().contains(r#"when = { "Fix Version" = ["none"], state = ["Resolved", "Closed"] }"#));
        for field in
            ["", "a b", "a.b", "\"", "'", "'\"", "\\", "\n", "a\r\n\tb", "\u{7f}", "\u{0}\u{1f}", "\u{2028}", "日本"]
        {
            let mut spec = model.spec.clone();
            let words = vec![field.to_owned(), "x".to_owned()];
            spec.rules[0].when.insert(field.to_owned(), crate::model::rule::OneOrMany::Many(words));
            let odd = FlowModel::from_spec(spec, Vec::new()).unwrap();
            let again = FlowModel::from_toml(&odd.to_toml()).unwrap();
            let when = |model: &FlowModel| -> Vec<(String, Vec<String>)> {
                model.rules()[0].when.iter().map(|(field, v)| (field.clone(), v.values().to_vec())).collect()
            };
            assert_eq!(when(&again), when(&odd), "{}", odd.to_toml());
        }
    }

    #[test]
    fn refused_with_what_is_wrong() {
        let cases = [
            (
                "[phases]\nactive = [\"A\"]\ndone = [\"A\"]",
                "state \"A\" is mapped twice, to phase active and to phase done",
            ),
            ("[phases]\nactve = [\"A\"]", "unknown variant `actve`"),
            ("zone = \"Berlin\"\n[phases]\nactive = [\"A\"]", "zone \"Berlin\" is not an IANA time zone"),
            ("[phases]\nactive = [\"A\"]\n[clock]\nstart = \"first\"", "unknown variant `first`"),
            ("fiscal_year_start = 13\n[phases]\nactive = [\"A\"]", "a month from 1 to 12"),
            ("order = [\"B\"]\n[phases]\nactive = [\"A\"]", "order lists state \"B\""),
            ("order = [\"A\", \"A\"]\n[phases]\nactive = [\"A\"]", "order lists state \"A\" twice"),
            ("order = []\n[phases]\nactive = [\"A\"]", "order lacks state \"A\""),
            ("blocked_states = [\"B\"]\n[phases]\nactive = [\"A\"]", "lists state \"B\", which is in no phase"),
            ("blocked_states = [\"A\", \"A\"]\n[phases]\nactive = [\"A\"]", "blocked_states lists state \"A\" twice"),
            ("[phases]\nactive = [\"A\"]\n[[rule]]\nwhen = {}\nphase = \"done\"", "rule 1 has an empty `when`"),
            ("[phases]\nactive = [\"A\"]\n[[rule]]\nwhen = {state = \"A\"}", "rule 1 decides nothing"),
            ("[phases]", "[phases] names no state"),
            ("", "missing field `phases`"),
            ("[phases", "TOML parse error at line 1"),
        ];
        for (text, wanted) in cases {
            let error = FlowModel::from_toml(text).unwrap_err().to_string();
            assert!(error.contains(wanted), "{text}\n{error}");
        }
    }
}
