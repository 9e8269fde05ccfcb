//! Phone numbers as the messages endpoint reads them.

/// Calling codes of one and two digits; all others have three.
/// Source: ITU-T E.164 assigned country codes.
const SHORT_CODES: [&str; 46] = [
    "1", "7", "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45",
    "46", "47", "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63",
    "64", "65", "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
];

/// The digits of a number, or `None` when it has anything but digits, spaces,
/// hyphens, dots and parentheses after an optional `+`, or a length no number
/// has.
pub(super) fn digits(number: &str) -> Option<String> {
    let number = number.trim();
    let rest = number.strip_prefix('+').unwrap_or(number);
    let mut digits = String::with_capacity(rest.len());
    for letter in rest.chars() {
        match letter {
            '0'..='9' => digits.push(letter),
            ' ' | '-' | '.' | '(' | ')' => {}
            _ => return None,
        }
    }
    (5..=15).contains(&digits.len()).then_some(digits)
}

/// Whom `to` reaches when the business writes from `business` (its displayed
/// number): digits with the calling code.
///
/// A number without `+` is taken as a national one: the business's own calling
/// code is put before it, whatever it already starts with.
pub(super) fn dialled(to: &str, business: &str) -> Option<String> {
    let number = digits(to)?;
    if to.trim().starts_with('+') {
        return Some(number);
    }
    Some(format!("{}{number}", calling_code(&digits(business)?)))
}

/// The calling code at the start of `number` (digits).
fn calling_code(number: &str) -> &str {
    let short = SHORT_CODES
        .iter()
        .find(|code| number.starts_with(**code))
        .and_then(|code| number.get(..code.len()));
    short.or_else(|| number.get(..3)).unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plus_number_is_taken_as_it_is() {
        let reached = dialled("+62 812-3456 (7890)", "+1 555 078 3881");
        assert_eq!(reached.as_deref(), Some("6281234567890"));
    }

    #[test]
    fn a_number_without_plus_gets_the_business_calling_code() {
        let reached = dialled("6281234567890", "+62 21 555 0100");
        assert_eq!(reached.as_deref(), Some("626281234567890"));
        assert_eq!(
            dialled("8123456789", "6221555010").as_deref(),
            Some("628123456789")
        );
        assert_eq!(
            dialled("987654321", "972123456789").as_deref(),
            Some("972987654321")
        );
    }

    #[test]
    fn letters_and_impossible_lengths_are_no_numbers() {
        for wrong in [
            "",
            "+",
            "1234",
            "+1234567890123456",
            "62x81234567",
            "ID.1349",
        ] {
            assert_eq!(digits(wrong), None, "{wrong}");
        }
    }
}
