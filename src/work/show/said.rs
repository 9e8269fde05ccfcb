//! What customers say, as agents read it. Pure: content in, text out.

use crate::domain::content::{Answer, Card, Choice, Content, Location, Order, OrderItem, Referral};
use crate::domain::inbound::{Along, Said};
use crate::domain::leak;
use crate::domain::rich::{Block, Inline, Rich};
use crate::domain::room::{OutgoingContent, Style};
use crate::domain::saying::Saying;
use crate::domain::team::Language;
use crate::saying;
use crate::store::MessageRow;
use crate::text;

/// What is written into the room for a message.
pub(super) fn content(
    message: &MessageRow,
    said: Option<&Said>,
    language: Language,
) -> OutgoingContent {
    if let Some(said) = said
        && let Content::Location(location) = &said.content
        && said.along == Along::default()
    {
        return OutgoingContent::Location {
            text: place(location, language).plain(),
            uri: format!("geo:{},{}", location.latitude, location.longitude),
            ring: Vec::new(),
            reply_to: None,
        };
    }
    OutgoingContent::Text {
        text: whole(message, said, language),
        style: Style::Text,
        ring: Vec::new(),
        reply_to: None,
        replaces: None,
    }
}

/// A message as text, with what it carries along.
pub(super) fn whole(message: &MessageRow, said: Option<&Said>, language: Language) -> Rich {
    let Some(said) = said else {
        return match message.kind.as_str() {
            "text" => visible(&message.text, language),
            kind => by_name(kind, &message.text, language),
        };
    };
    in_words(said, language)
}

/// What is said as text, with what it carries along.
pub(super) fn in_words(said: &Said, language: Language) -> Rich {
    let mut blocks = before(&said.along, language);
    blocks.extend(text(&said.content, language).blocks);
    Rich { blocks }
}

/// A line of the business's phone app: agents see that it was not written here.
pub(super) fn from_phone(said: Rich, language: Language) -> Rich {
    let title = text::say(language, &saying!("from-phone"));
    let mut blocks = Rich::from_plain(&title).blocks;
    blocks.extend(said.blocks);
    Rich { blocks }
}

/// A content as text.
fn text(content: &Content, language: Language) -> Rich {
    let say = |saying: Saying| text::say(language, &saying);
    match content {
        Content::Text(text) => visible(text, language),
        Content::Location(location) => place(location, language),
        Content::Contacts(cards) => lines(cards.iter().flat_map(|card| entry(card, language))),
        Content::Choice(choice) => chosen(choice),
        Content::Form(answers) => {
            let title = say(saying!("customer-form"));
            lines(std::iter::once(title).chain(answers.iter().map(answer)))
        }
        Content::Order(order) => goods(order, language),
        Content::Call => Rich::from_plain(&say(saying!("customer-called"))),
        Content::File(_) | Content::Other { .. } => {
            by_name(content.kind(), &content.text(), language)
        }
    }
}

/// A text, or in words that there is nothing in it.
fn visible(said: &Rich, language: Language) -> Rich {
    let plain = said.plain();
    let saying = match (leak::fold(&plain).is_empty(), plain.is_empty()) {
        (false, _) => return said.clone(),
        (true, false) => saying!("customer-sent-blank"),
        (true, true) => saying!("customer-sent", kind = "text"),
    };
    Rich::from_plain(&text::say(language, &saying))
}

/// In words what kind of message it is, with its text.
fn by_name(kind: &str, said: &Rich, language: Language) -> Rich {
    let plain = said.plain();
    let saying = if !leak::fold(&plain).is_empty() {
        saying!("customer-sent-with-text", kind = kind, text = plain)
    } else if kind == "unsupported" {
        saying!("customer-sent-unsupported")
    } else {
        saying!("customer-sent", kind = kind)
    };
    Rich::from_plain(&text::say(language, &saying))
}

/// What stands before a message that carries something along.
fn before(along: &Along, language: Language) -> Vec<Block> {
    let mut above = Vec::new();
    if let Some(referral) = &along.referral {
        above.push(Block::Quote(came(referral, language).blocks));
    }
    if let Some(product) = &along.product {
        let saying = saying!("customer-asks-about", product = product.as_str());
        above.extend(Rich::from_plain(&text::say(language, &saying)).blocks);
    }
    if along.forwarded {
        let says = text::say(language, &saying!("customer-forwarded"));
        above.push(Block::Paragraph(vec![Inline::Italic(vec![Inline::Text(
            says,
        )])]));
    }
    above
}

/// What brought the customer here.
fn came(referral: &Referral, language: Language) -> Rich {
    let saying = match referral.kind.as_str() {
        "ad" => saying!("customer-came-by-ad"),
        "post" => saying!("customer-came-by-post"),
        kind => saying!("customer-came-by", kind = kind),
    };
    let told = [&referral.headline, &referral.text, &referral.url];
    let told = told.into_iter().flatten().cloned();
    lines(std::iter::once(text::say(language, &saying)).chain(told))
}

/// A place in words.
fn place(location: &Location, language: Language) -> Rich {
    let where_ = text::say(
        language,
        &saying!(
            "customer-location",
            latitude = location.latitude.as_str(),
            longitude = location.longitude.as_str(),
        ),
    );
    let told = [&location.name, &location.address, &location.url];
    lines(std::iter::once(where_).chain(told.into_iter().flatten().cloned()))
}

/// An entry of an address book, in lines.
fn entry(card: &Card, language: Language) -> Vec<String> {
    let own = || text::say(language, &saying!("customer-own-contact"));
    let first = card.is_own.then(own);
    let name = format!("👤 {}", card.name.as_deref().unwrap_or("?"));
    let rest = card.phones.iter().chain(&card.emails).chain(&card.company);
    let lines = first.into_iter().chain([name]);
    lines.chain(rest.cloned()).collect()
}

/// What was chosen.
fn chosen(choice: &Choice) -> Rich {
    let title = format!("🔘 {}", choice.title);
    lines(std::iter::once(title).chain(choice.description.clone()))
}

/// An answer in a form.
fn answer(answer: &Answer) -> String {
    format!("{}: {}", answer.field, answer.value)
}

/// An order, with its sum where all prices can be added.
fn goods(order: &Order, language: Language) -> Rich {
    let title = text::say(language, &saying!("customer-order"));
    let item = |item: &OrderItem| {
        let OrderItem {
            product,
            quantity,
            price,
            currency,
        } = item;
        format!("{quantity} × {product} · {price} {currency}")
    };
    let sum =
        sum(&order.items).map(|sum| text::say(language, &saying!("customer-order-sum", sum = sum)));
    let all = std::iter::once(title)
        .chain(order.items.iter().map(item))
        .chain(sum)
        .chain(order.text.clone());
    lines(all)
}

/// How many parts of a unit of money are counted: prices have four places at most.
const PARTS: i128 = 10_000;

/// The sum of an order; `None` where something cannot be added.
fn sum(items: &[OrderItem]) -> Option<String> {
    let currency = &items.first()?.currency;
    let mut sum: i128 = 0;
    for item in items {
        if item.currency != *currency {
            return None;
        }
        let quantity: u32 = item.quantity.trim().parse().ok()?;
        sum = sum.checked_add(parts(&item.price)?.checked_mul(quantity.into())?)?;
    }
    let (whole, rest) = (sum / PARTS, sum % PARTS);
    let rest = format!("{rest:04}");
    let rest = rest.trim_end_matches('0');
    let point = if rest.is_empty() { "" } else { "." };
    Some(format!("{whole}{point}{rest} {currency}"))
}

/// An amount of money in parts.
fn parts(amount: &str) -> Option<i128> {
    let (whole, rest) = amount.trim().split_once('.').unwrap_or((amount.trim(), ""));
    let is_digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    if whole.is_empty() || rest.len() > 4 || !is_digits(whole) || !is_digits(rest) {
        return None;
    }
    let rest: i128 = format!("{rest:0<4}").parse().ok()?;
    let whole: i128 = whole.parse().ok()?;
    whole.checked_mul(PARTS)?.checked_add(rest)
}

/// Lines under each other. What a stranger wrote into one was read as one line.
fn lines(texts: impl IntoIterator<Item = String>) -> Rich {
    let texts: Vec<String> = texts.into_iter().collect();
    Rich::from_plain(&texts.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An order of these: product, quantity, price, currency.
    fn order(items: &[[&str; 4]]) -> Order {
        let items = items.iter().map(|[product, quantity, price, currency]| {
            let [product, quantity, price, currency] =
                [product, quantity, price, currency].map(|text| (*text).to_owned());
            OrderItem {
                product,
                quantity,
                price,
                currency,
            }
        });
        Order {
            text: None,
            items: items.collect(),
        }
    }

    #[test]
    fn an_order_is_told_with_its_sum() {
        let order = order(&[
            ["kopi", "2", "25000", "IDR"],
            ["teh", "1", "12500.5", "IDR"],
        ]);
        assert_eq!(
            goods(&order, Language::English).plain(),
            "🛒 Order:\n2 × kopi · 25000 IDR\n1 × teh · 12500.5 IDR\nTotal 62500.5 IDR"
        );
    }

    #[test]
    fn what_cannot_be_added_has_no_sum() {
        let two = [["a", "1", "1", "IDR"], ["b", "1", "1", "USD"]];
        assert_eq!(sum(&order(&two).items), None);
        for (quantity, price) in [
            ("viel", "1"),
            ("-1", "1"),
            ("1", "1e3"),
            ("1", "-1"),
            ("1", ""),
        ] {
            let odd = order(&[["a", quantity, price, "IDR"]]);
            assert_eq!(sum(&odd.items), None, "{quantity} × {price}");
        }
        assert_eq!(sum(&[]), None);
    }
}
