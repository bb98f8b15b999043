//! The house: a room uses only rooms on lower floors, and each heavy dependency has one room.

use std::fs;
use std::path::{Path, PathBuf};

/// Rooms of the core by floor, lowest first. `lib.rs` is the roof.
const FLOORS: [&str; 9] = ["error", "time", "kernel", "model", "table", "flow", "metric", "ledger", "measure"];

/// The most lines of a source file before it is two rooms.
const MOST_LINES: usize = 400;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found
}

/// Lines of code: comments, docs and their examples aside.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.starts_with("//"))
}

/// The rooms that a source names as `crate::room`.
fn rooms_used(text: &str) -> Vec<&str> {
    let after = code(text).flat_map(|line| line.split("crate::").skip(1));
    after.map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("")).collect()
}

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|name| *name == room)
}

#[test]
fn a_room_uses_only_lower_floors() {
    let core = root().join("crates/streamgauge/src");
    let mut seen = 0;
    for (path, text) in sources(&core) {
        let inside = path.strip_prefix(&core).unwrap();
        let room = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        if room == "lib" {
            continue;
        }
        let own = floor(room).unwrap_or_else(|| panic!("{} is on no floor", path.display()));
        for used in rooms_used(&text) {
            let used_floor = floor(used).unwrap_or_else(|| panic!("{} uses crate::{used}", path.display()));
            assert!(used_floor <= own, "{}: {room} (floor {own}) uses {used} (floor {used_floor})", path.display());
            assert!(room != "kernel" || used == "kernel", "{}: the kernel uses {used}", path.display());
            seen += 1;
        }
    }
    assert!(seen > 50, "only {seen} uses were seen");
}

#[test]
fn heavy_dependencies_have_one_room() {
    let allowed = |path: &Path, dependency: &str| {
        let place = path.to_str().unwrap().replace('\\', "/");
        match dependency {
            "pyo3" | "pyo3_arrow" => place.contains("/python/src/"),
            "polars" => place.contains("/streamgauge-polars/"),
            "rayon" => place.ends_with("/kernel/chunk.rs") || place.ends_with("/streamgauge-read/src/parallel.rs"),
            "chrono" | "chrono_tz" => place.contains("/streamgauge/src/time/"),
            "arrow_array" | "arrow_buffer" | "arrow_cast" | "arrow_schema" => !place.contains("/kernel/"),
            _ => true,
        }
    };
    let dependencies =
        ["pyo3", "pyo3_arrow", "polars", "rayon", "chrono", "chrono_tz", "arrow_array", "arrow_cast", "arrow_schema"];
    let mut seen = 0;
    for (path, text) in sources(&root().join("crates")).into_iter().chain(sources(&root().join("python/src"))) {
        for line in code(&text) {
            for dependency in dependencies {
                let path_start = format!("{dependency}::");
                let named = line
                    .match_indices(&path_start)
                    .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'));
                if named {
                    assert!(allowed(&path, dependency), "{} uses {dependency}: {line}", path.display());
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 30, "only {seen} uses were seen");
}

#[test]
fn files_are_rooms_not_halls() {
    for folder in ["crates", "python/src", "tests", "benches"] {
        for (path, text) in sources(&root().join(folder)) {
            let lines = text.lines().count();
            assert!(lines <= MOST_LINES, "{} has {lines} lines; make two rooms of it", path.display());
        }
    }
}
