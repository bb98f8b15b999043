//! A description made ready: texts become codes, and the workflow a path of positions.
//!
//! Codes keep what is generated small (24 bytes a row), which is what bounds the memory of a log written in order of time.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use streamgauge::Phase;

use crate::error::Result;
use crate::spec::StreamSpec;
use crate::synth::Synth;

/// The code of a null.
pub(crate) const NULL: u16 = u16::MAX;

/// The fields that events set; their codes are their places here.
pub(crate) const FIELDS: [&str; 8] =
    ["type", "stream", "team", "state", "resolution", "blocked", "blocked_reason", "removed"];

/// The codes of the fields.
pub(crate) mod field {
    pub(crate) const TYPE: u8 = 0;
    pub(crate) const STREAM: u8 = 1;
    pub(crate) const TEAM: u8 = 2;
    pub(crate) const STATE: u8 = 3;
    pub(crate) const RESOLUTION: u8 = 4;
    pub(crate) const BLOCKED: u8 = 5;
    pub(crate) const BLOCKED_REASON: u8 = 6;
    pub(crate) const REMOVED: u8 = 7;
}

/// A checked description with its texts numbered.
pub(crate) struct Plan<'a> {
    pub(crate) synth: &'a Synth,
    words: Vec<&'a str>,
    /// States by position: where in [`Synth::states`] they stand.
    pub(crate) path: Vec<usize>,
    /// The position of the first done state, or one past the end.
    pub(crate) done: usize,
    /// The position of the first state that is not new.
    pub(crate) committed: usize,
    /// The first cancelled state.
    pub(crate) cancelled: Option<u16>,
    first_type: u16,
    first_stream: u16,
    /// By stream, the code of its first team.
    first_team: Vec<u16>,
    pub(crate) resolution: u16,
    pub(crate) first_cancelled_as: u16,
    pub(crate) first_reason: u16,
    pub(crate) yes: u16,
    rng: ChaCha8Rng,
}

impl<'a> Plan<'a> {
    pub(crate) fn new(synth: &'a Synth) -> Result<Self> {
        synth.check()?;
        let phases = || synth.states.iter().map(|state| state.phase);
        let path: Vec<usize> =
            phases().enumerate().filter(|(_, phase)| *phase != Phase::Cancelled).map(|(i, _)| i).collect();
        let position = |wanted: &dyn Fn(Phase) -> bool| path.iter().position(|&i| wanted(synth.states[i].phase));
        let mut words: Vec<&'a str> = Vec::new();
        let mut number = |texts: &mut dyn Iterator<Item = &'a String>| {
            let first = words.len() as u16;
            words.extend(texts.map(String::as_str));
            first
        };
        number(&mut synth.states.iter().map(|state| &state.name));
        let first_type = number(&mut synth.types.iter().map(|kind| &kind.name));
        let first_stream = number(&mut synth.streams.iter().map(|stream| &stream.name));
        let first_team = synth.streams.iter().map(|stream| number(&mut stream.teams.iter())).collect();
        let resolution = match &synth.resolution {
            Some(text) => number(&mut [text].into_iter()),
            None => NULL,
        };
        let first_cancelled_as = number(&mut synth.cancelled_as.iter());
        let first_reason = number(&mut synth.blocked_reasons.iter());
        let yes = words.len() as u16;
        words.push("true");
        Ok(Self {
            done: position(&|phase| phase == Phase::Done).unwrap_or(path.len()),
            committed: position(&|phase| phase != Phase::New).unwrap_or(0),
            cancelled: phases().position(|phase| phase == Phase::Cancelled).map(|i| i as u16),
            rng: ChaCha8Rng::seed_from_u64(synth.seed),
            synth,
            words,
            path,
            first_type,
            first_stream,
            first_team,
            resolution,
            first_cancelled_as,
            first_reason,
            yes,
        })
    }

    /// The text of a code; `None` where it is null.
    pub(crate) fn text(&self, code: u16) -> Option<&'a str> {
        self.words.get(usize::from(code)).copied()
    }

    /// An item's own generator: part or parallel generation gives the same events.
    pub(crate) fn rng(&self, item: u32) -> ChaCha8Rng {
        let mut rng = self.rng.clone();
        rng.set_stream(u64::from(item));
        rng
    }

    pub(crate) fn stream(&self, stream: usize) -> &'a StreamSpec {
        &self.synth.streams[stream]
    }

    pub(crate) fn state_code(&self, position: usize) -> u16 {
        self.path[position] as u16
    }

    pub(crate) const fn type_code(&self, kind: usize) -> u16 {
        self.first_type + kind as u16
    }

    pub(crate) const fn stream_code(&self, stream: usize) -> u16 {
        self.first_stream + stream as u16
    }

    pub(crate) fn team_code(&self, stream: usize, team: usize) -> u16 {
        self.first_team[stream] + team as u16
    }
}
