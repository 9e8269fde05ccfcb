//! Variables of the environment that begin with `LOKET_` and name no key: a mistyped one
//! is refused, what others write for their own purposes is left alone.

use super::tree::{Node, Value};

/// What Loket's own tests and tools are told; `TEST_` and `POSTGRES_` with whatever
/// follows.
const TOOLS: [&str; 3] = ["BINARY", "SEED", "TOOLS"];

/// How a variable's name is like a key's from here on, of 1.
const ALIKE: f64 = 0.7;

/// Why a variable called `LOKET_` and `name` is refused; `None` if it is somebody
/// else's. `defaults` tells which keys there are.
pub(super) fn refusal(name: &str, defaults: &Node) -> Option<String> {
    if is_tools(name) || is_orchestrators(name) {
        return None;
    }
    let mut keys = Vec::new();
    keys_of(defaults, "LOKET", &mut keys);
    let written = format!("LOKET_{name}");
    let alike = keys.iter().map(|key| {
        let alike = strsim::normalized_damerau_levenshtein(&written, key);
        (alike, key)
    });
    let nearest = alike.max_by(|(one, _), (other, _)| one.total_cmp(other));
    Some(match nearest {
        Some((alike, key)) if alike >= ALIKE => {
            format!("is no variable that Loket reads: did you mean {key}?")
        }
        _ => "is no variable that Loket reads: remove it, or write LOKET_, then the key's path \
              with two underscores between its parts, such as LOKET_DATABASE__URL"
            .to_owned(),
    })
}

/// Whether it is for tests or tools.
fn is_tools(name: &str) -> bool {
    TOOLS.contains(&name) || name.starts_with("TEST_") || name.starts_with("POSTGRES_")
}

/// Whether it is what an orchestrator writes for services whose names begin with loket:
/// `LOKET_SERVICE_HOST`, `LOKET_PORT_29330_TCP`.
fn is_orchestrators(name: &str) -> bool {
    let words: Vec<&str> = name.split('_').collect();
    let port = |next: Option<&&str>| {
        next.is_none_or(|next| next.bytes().all(|byte| byte.is_ascii_digit()))
    };
    words.iter().enumerate().any(|(n, word)| match *word {
        "SERVICE" => matches!(words.get(n + 1), Some(&"HOST" | &"PORT")),
        "PORT" => port(words.get(n + 1)),
        _ => false,
    })
}

/// The variables of all keys below `node`, whose own is `name`. Lists have none but their
/// own: their items' names are the operator's.
fn keys_of(node: &Node, name: &str, keys: &mut Vec<String>) {
    let Value::Map(entries) = &node.value else {
        keys.push(name.to_owned());
        return;
    };
    for entry in entries {
        let separator = if name == "LOKET" { "_" } else { "__" };
        let key = super::layers::variable_name(&entry.key);
        keys_of(&entry.value, &format!("{name}{separator}{key}"), keys);
    }
}
