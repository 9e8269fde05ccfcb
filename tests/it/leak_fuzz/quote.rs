//! Messages with quotations and customers' pills in them.

use loket::domain::rich::{Block, Inline};

use super::content::{Content, Language, marker};
use super::dice::Dice;
use super::{guise, words, write};

/// Prose with a quotation or a customer's pill in it.
pub(crate) fn quoting(dice: &mut Dice, here: Language<'_>, content: &mut Content) {
    let mut parts = Vec::new();
    for _ in 0..=dice.below(2) {
        let line = words::line(dice);
        parts.push((line.clone(), write::paragraph(&line)));
    }
    if dice.chance(60) {
        let quote = quotation(dice, here, content);
        let at = usize::from(dice.chance(50)) * parts.len();
        parts.insert(at, quote);
    } else {
        let name = if dice.chance(25) {
            here.customer.as_str()
        } else {
            "Kak Rina"
        };
        let mut pieces = write::pieces(&words::sentence(dice));
        let spot = usize::from(dice.chance(50)) * pieces.len();
        let body = format!("{name} {}", parts[0].0);
        pieces.insert(spot, Inline::Text(" ".to_owned()));
        pieces.insert(spot, write::pill(here.customer, name));
        parts.insert(0, (body, Block::Paragraph(pieces)));
        content.mentions = vec![here.customer.clone()];
        content.secrets.push(here.customer.as_str().to_owned());
    }
    content.written = write::stack(parts);
}

/// A quotation of something that must not leave, sometimes inside a list.
fn quotation(dice: &mut Dice, here: Language<'_>, content: &mut Content) -> (String, Block) {
    let secret = format!("Rahasia{}", dice.below(1_000_000));
    let mut quoted = format!("{secret} {}", words::sentence(dice));
    if dice.chance(30) {
        quoted = format!("{} {secret}", marker(dice, here));
    }
    content.secrets.push(secret);
    let quote = Block::Quote(vec![write::paragraph(&quoted)]);
    let block = match dice.below(4) {
        0 => write::list(None, vec![vec![write::paragraph("ini:"), quote]]),
        1 => Block::Quote(vec![quote]),
        _ => quote,
    };
    (format!("> {quoted}"), block)
}

/// A quotation, and below it something internal.
pub(crate) fn quoted_command(dice: &mut Dice, here: Language<'_>, content: &mut Content) {
    let quote = quotation(dice, here, content);
    let marker = guise::unseen(dice) + &marker(dice, here);
    let how = *dice.pick(write::FLAT);
    content.written = write::stack(vec![quote, write::wrap(dice, how, &marker)]);
}
