//! Who may use whom: `docs/architecture.md`, chapter "Who may use whom", as data.

use super::layout::is_channel;
use super::paths::Source;

/// What a module may use of ours.
enum Ours {
    /// Everything.
    All,
    /// These modules. `a::b` is that part of `a` alone; `a::` is what stands in
    /// `a/mod.rs` itself, and none of its parts.
    Only(&'static [&'static str]),
}

/// The modules and what of ours they may use; themselves always.
const OURS: &[(&str, Ours)] = &[
    ("domain", Ours::Only(&[])),
    ("clock", Ours::Only(&["domain"])),
    ("shutdown", Ours::Only(&["domain"])),
    ("telemetry", Ours::Only(&["domain"])),
    ("config", Ours::Only(&["domain"])),
    ("intake", Ours::Only(&["domain"])),
    ("feed", Ours::Only(&["domain"])),
    ("text", Ours::Only(&["domain"])),
    ("json", Ours::Only(&[])),
    ("crash", Ours::Only(&[])),
    ("store", Ours::Only(&["domain", "clock", "crash"])),
    (
        "queue",
        Ours::Only(&["store", "domain", "clock", "shutdown", "crash"]),
    ),
    ("meta", Ours::Only(&["json"])),
    (
        "channel",
        Ours::Only(&[
            "domain", "meta", "json", "config", "clock", "shutdown", "intake", "feed", "crash",
        ]),
    ),
    (
        "matrix",
        Ours::Only(&[
            "domain", "json", "config", "clock", "shutdown", "intake", "crash",
        ]),
    ),
    ("ai", Ours::Only(&["domain", "config", "clock", "shutdown"])),
    ("command", Ours::Only(&["domain", "text"])),
    (
        "work",
        Ours::Only(&[
            "domain",
            "store",
            "queue",
            "clock",
            "shutdown",
            "config",
            "command",
            "intake",
            "feed",
            "text",
            "crash",
            "channel::",
            "matrix::",
            "ai::",
        ]),
    ),
    (
        "http",
        Ours::Only(&[
            "config",
            "shutdown",
            "clock",
            "domain",
            "channel::registry",
            "command::registry",
        ]),
    ),
    (
        "simulator",
        Ours::Only(&["clock", "shutdown", "meta::signature"]),
    ),
    ("app", Ours::All),
    ("cli", Ours::All),
    ("", Ours::All),
];

/// Foreign crates that belong to certain files only: a path of `src` up to where `*`
/// stands. `app`, `cli` and `main` may use all of them.
const FOREIGN: &[(&str, &[&str])] = &[
    ("sqlx", &["store/*"]),
    ("rusqlite", &["store/*"]),
    ("ruma", &["matrix/*"]),
    ("matrix_sdk", &["matrix/*"]),
    ("matrix_sdk_crypto", &["matrix/*"]),
    ("reqwest", &["meta/*", "matrix/*", "ai/*", "simulator/*"]),
    ("hmac", &["meta/*", "channel/webchat/*", "simulator/*"]),
    ("jsonwebtoken", &["channel/webchat/*"]),
    (
        "axum",
        &[
            "channel/webhook*",
            "channel/*/webhook*",
            "channel/*/socket*",
            "matrix/transaction*",
            "http/*",
            "simulator/*",
        ],
    ),
    ("hyper_util", &["http/*"]),
    ("tower", &["http/*", "simulator/*"]),
    ("tower_http", &["http/*", "simulator/*"]),
    ("anyhow", &[]),
    (
        "tokio",
        &[
            "crash*",
            "shutdown*",
            "store/*",
            "queue/*",
            "meta/*",
            "channel/*",
            "matrix/*",
            "ai/*",
            "work/*",
            "http/*",
            "simulator/*",
        ],
    ),
];

/// The foreign crates that the pure domain may use.
const PURE: &[&str] = &[
    "std",
    "core",
    "alloc",
    "jiff",
    "serde",
    "serde_json",
    "thiserror",
    "unicode_segmentation",
    "uuid",
];

/// All places where a source uses what it may not.
pub(super) fn breaches(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources {
        for path in source.paths() {
            let Some(why) = breach(source, &path, sources) else {
                continue;
            };
            found.push(format!("{}: {} ({why})", source.file, path.join("::")));
        }
    }
    found
}

/// Why a path may not stand in a source; `None` if it may.
fn breach(source: &Source, path: &[String], sources: &[Source]) -> Option<&'static str> {
    let [first, rest @ ..] = path else {
        return None;
    };
    let own = source.module.first().map_or("", String::as_str);
    if first == "crate" || first == "loket" {
        return breach_of_ours(source, own, rest, sources);
    }
    if own == "domain" && is_crate(first) && !PURE.contains(&first.as_str()) {
        return Some("the domain is pure");
    }
    let (_, places) = FOREIGN.iter().find(|(name, _)| name == first)?;
    let everywhere = matches!(own, "" | "app" | "cli");
    let allowed = everywhere || places.iter().any(|place| fits(place, &source.file));
    (!allowed).then_some("this crate belongs elsewhere")
}

/// The same for a path of ours, from the root.
fn breach_of_ours(
    source: &Source,
    own: &str,
    path: &[String],
    sources: &[Source],
) -> Option<&'static str> {
    let target = path.first()?.as_str();
    if target == own {
        return (own == "channel" && is_other_channel(source, path, sources))
            .then_some("channels do not know each other");
    }
    // The macro of `domain::saying` stands at the root.
    if target == "saying" {
        let may = own == "domain" || may_use(own, "domain", None, sources);
        return (!may).then_some("the table does not allow it");
    }
    let part = path.get(1).map(String::as_str);
    (!may_use(own, target, part, sources)).then_some("the table does not allow it")
}

/// Whether module `own` may use part `part` of module `target`.
fn may_use(own: &str, target: &str, part: Option<&str>, sources: &[Source]) -> bool {
    let Some((_, ours)) = OURS.iter().find(|(name, _)| *name == own) else {
        return false;
    };
    let allowed = match ours {
        Ours::All => return true,
        Ours::Only(allowed) => allowed,
    };
    allowed.iter().any(|rule| match rule.split_once("::") {
        None => *rule == target,
        Some((module, "")) => {
            module == target && part.is_some_and(|part| !is_part(module, part, sources))
        }
        Some((module, only)) => module == target && part == Some(only),
    })
}

/// Whether `part` is a module inside `module`, not an item of it.
fn is_part(module: &str, part: &str, sources: &[Source]) -> bool {
    sources
        .iter()
        .any(|source| matches!(source.module.as_slice(), [a, b, ..] if a == module && b == part))
}

/// Whether a path in one channel's folder leads into another's.
fn is_other_channel(source: &Source, path: &[String], sources: &[Source]) -> bool {
    let (Some(own), Some(other)) = (source.module.get(1), path.get(1)) else {
        return false;
    };
    own != other && is_channel(own, sources) && is_channel(other, sources)
}

/// Whether a name is that of a foreign crate: a dependency, or the standard library.
fn is_crate(name: &str) -> bool {
    let manifest = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
    let mut in_dependencies = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            in_dependencies = line.ends_with("dependencies]");
        } else if in_dependencies
            && let Some((key, _)) = line.split_once(" = ")
            && key.replace('-', "_") == name
        {
            return true;
        }
    }
    matches!(name, "std" | "core" | "alloc")
}

/// Whether a file fits a pattern in which `*` stands for anything.
fn fits(pattern: &str, file: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == file,
        Some((start, "")) => file.starts_with(start),
        Some((start, rest)) => {
            let Some(tail) = file.strip_prefix(start) else {
                return false;
            };
            tail.char_indices()
                .any(|(n, _)| tail.get(n..).is_some_and(|tail| fits(rest, tail)))
        }
    }
}
