//! What the desk says, in English and Indonesian.
//!
//! In: a [`Saying`], which has a key and arguments but no language. Out: a
//! sentence, from the catalogs `en.ftl` and `id.ftl`. A test finds every key in
//! the sources and compares them with both catalogs.

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::domain::saying::{Arg, Saying};
pub use crate::domain::team::Language;

/// A language's sentences.
type Catalog = FluentBundle<FluentResource>;

/// The English catalog's text.
const EN: &str = include_str!("en.ftl");
/// The Indonesian catalog's text.
const ID: &str = include_str!("id.ftl");

/// The English catalog.
static ENGLISH: LazyLock<Catalog> = LazyLock::new(|| catalog(Language::English, EN));
/// The Indonesian catalog.
static INDONESIAN: LazyLock<Catalog> = LazyLock::new(|| catalog(Language::Indonesian, ID));

/// The sentence in a language. A key that the catalog lacks (a row stored by another
/// version) is looked for in English, and shown as it is as the last resort.
pub fn say(language: Language, saying: &Saying) -> String {
    let first = match language {
        Language::English => &ENGLISH,
        Language::Indonesian => &INDONESIAN,
    };
    let mut args = FluentArgs::new();
    for (name, arg) in &saying.args {
        args.set(name.as_ref(), value(language, arg));
    }
    formatted(first, &saying.key, &args)
        .or_else(|| formatted(&ENGLISH, &saying.key, &args))
        .unwrap_or_else(|| saying.key.clone().into_owned())
}

/// An argument as the catalogs take it.
fn value(language: Language, arg: &Arg) -> FluentValue<'_> {
    match arg {
        Arg::Text(text) => text.as_str().into(),
        Arg::Number(number) => (*number).into(),
        Arg::Saying(saying) => say(language, saying).into(),
    }
}

/// The sentence from one catalog; `None` if it has none of that key.
fn formatted(catalog: &Catalog, key: &str, args: &FluentArgs<'_>) -> Option<String> {
    let pattern = catalog.get_message(key)?.value()?;
    // An argument that is missing shows as its name; a test finds those.
    let mut missing = Vec::new();
    let sentence = catalog.format_pattern(pattern, Some(args), &mut missing);
    Some(sentence.into_owned())
}

/// Reads a catalog; what cannot be read is left out, which a test finds.
fn catalog(language: Language, source: &str) -> Catalog {
    let resource =
        FluentResource::try_new(source.to_owned()).unwrap_or_else(|(readable, _errors)| readable);
    let locale: LanguageIdentifier = language.code().parse().unwrap_or_default();
    let mut catalog = FluentBundle::new_concurrent(vec![locale]);
    // Matrix clients show direction marks as boxes, and copies would carry them.
    catalog.set_use_isolating(false);
    catalog.add_resource_overriding(resource);
    catalog
}
