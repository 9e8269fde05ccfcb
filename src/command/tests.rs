//! The table, and every command by hand.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::*;
use crate::domain::conversation::Target;
use crate::domain::message::LineState;
use crate::domain::rich::{Block, Inline};
use crate::domain::room_event::EventKind;
use crate::domain::team::Language;
use crate::text;

/// Files of the folder that are no command.
const MACHINERY: [&str; 6] = ["mod", "docs", "error", "parser", "registry", "tests"];

/// The asker.
fn ayu() -> UserId {
    "@ayu:desk.id".into()
}

/// Runs a command in `room`, as a reply to `reply`.
fn asked(command: &Rich, room: Room, reply: Option<&Known>) -> Result<Outcome, CommandError> {
    let (agent, event) = (ayu(), "$event".into());
    run(
        command,
        &Context {
            agent: &agent,
            role: Role::Agent,
            room,
            event: &event,
            reply,
            conversation: None,
            prefix: "!",
        },
    )
}

/// Runs a command in a conversation's room.
fn typed(command: &str) -> Result<Outcome, CommandError> {
    asked(&Rich::from_plain(command), Room::Portal, None)
}

/// What an agent reads of a refusal.
fn refusal(outcome: Result<Outcome, CommandError>) -> String {
    let error = outcome.expect_err("refused");
    text::say(Language::English, &error.saying("!"))
}

/// What an agent reads of an answer.
fn answer(outcome: Result<Outcome, CommandError>) -> String {
    let Ok(Outcome::Answer(saying)) = outcome else {
        panic!("an answer");
    };
    text::say(Language::English, &saying)
}

#[test]
fn every_file_is_a_command_of_the_table_and_the_other_way_round() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/command");
    let files: BTreeSet<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|name| !MACHINERY.contains(&name.as_str()))
        .collect();
    let table: BTreeSet<String> = registry::COMMANDS
        .iter()
        .map(|command| command.name().replace('-', "_"))
        .collect();
    assert_eq!(files, table);
}

#[test]
fn names_are_lower_case_and_belong_to_one_command() {
    let names = registry::names();
    let distinct: BTreeSet<_> = names.iter().collect();
    assert_eq!(distinct.len(), names.len());
    for name in names {
        assert_eq!(*name, name.to_lowercase());
    }
}

#[test]
fn the_document_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/commands.md");
    let wanted = document();
    if fs::read_to_string(&path).unwrap_or_default() != wanted {
        let fresh = std::env::temp_dir().join("loket-commands.md");
        fs::write(&fresh, wanted).unwrap();
        panic!(
            "docs/commands.md differs from the command table; bring it up to date with\n  cp {} {}",
            fresh.display(),
            path.display()
        );
    }
}

#[test]
fn takeover_asks_for_force_in_every_spelling() {
    for (command, force) in [
        ("takeover", false),
        ("take", false),
        ("AMBIL", false),
        ("takeover force", true),
        ("takeover —force pelanggan lama", true),
        ("takeover paksa", true),
        ("takeover pelanggan lama", false),
    ] {
        let agent = ayu();
        let expected = Outcome::Apply(Input::TakeOver { agent, force });
        assert_eq!(typed(command), Ok(expected), "{command}");
    }
}

#[test]
fn solve_keeps_the_reason() {
    for (command, reason) in [
        ("solve", None),
        ("selesai", None),
        ("done silent", None),
        ("solve refund sudah dikirim", Some("refund sudah dikirim")),
        ("solve refund silent", Some("refund")),
    ] {
        let expected = Outcome::Apply(Input::Solve {
            agent: ayu(),
            reason: reason.map(str::to_owned),
        });
        assert_eq!(typed(command), Ok(expected), "{command}");
    }
}

#[test]
fn note_and_send_keep_line_breaks_and_formatting() {
    let bold = Inline::Bold(vec![Inline::Text("dua".into())]);
    let command = |name: &str| Rich {
        blocks: vec![Block::Paragraph(vec![
            Inline::Text(format!("{name} satu")),
            Inline::Break,
            bold.clone(),
        ])],
    };
    let rest = Rich {
        blocks: vec![Block::Paragraph(vec![
            Inline::Text("satu".into()),
            Inline::Break,
            bold.clone(),
        ])],
    };
    let note = Input::NoteWritten {
        event: "$event".into(),
        agent: ayu(),
        text: rest.clone(),
    };
    let noted = asked(&command("catatan"), Room::Portal, None);
    assert!(noted == Ok(Outcome::Apply(note)));
    let sent = asked(&command("send"), Room::Portal, None);
    assert!(sent == Ok(Outcome::Outward(rest)));
}

#[test]
fn what_is_missing_is_asked_for() {
    for (command, expected) in [
        (
            "send",
            "⚠ Usage: !send text. Nothing was sent to the customer.",
        ),
        (
            "note  ",
            "⚠ Usage: !note text. Nothing was sent to the customer.",
        ),
        (
            "mode",
            "⚠ Usage: !mode reply|note. Nothing was sent to the customer.",
        ),
        (
            "mode x",
            "⚠ Usage: !mode reply|note. Nothing was sent to the customer.",
        ),
    ] {
        assert_eq!(refusal(typed(command)), expected);
    }
}

#[test]
fn mode_speaks_both_languages() {
    for (command, note) in [
        ("mode note", true),
        ("mode Catatan", true),
        ("mode reply", false),
        ("mode balas", false),
    ] {
        let agent = ayu();
        assert_eq!(
            typed(command),
            Ok(Outcome::Apply(Input::SetMode { agent, note }))
        );
    }
}

#[test]
fn undo_takes_back_the_askers_line() {
    let agent = ayu();
    assert_eq!(typed("undo"), Ok(Outcome::Apply(Input::Undo { agent })));
}

#[test]
fn resend_points_at_the_line_that_it_answers() {
    let target = Target {
        message: "msg_1".into(),
        event: "$line".into(),
        state: LineState::Failed,
        writer: ayu(),
    };
    let known = Known {
        event: "$line".into(),
        kind: EventKind::Agent,
        line: Some(target.clone()),
    };
    let agent = ayu();
    for name in ["resend", "retry"] {
        assert_eq!(
            asked(&Rich::from_plain(name), Room::Portal, Some(&known)),
            Ok(Outcome::Apply(Input::Resend {
                target: target.clone(),
                agent: agent.clone()
            }))
        );
    }
}

#[test]
fn a_command_keeps_to_its_room() {
    let queue = Rich::from_plain("queue");
    let listed = asked(&queue, Room::Desk, None);
    assert_eq!(listed, Ok(Outcome::Query(Query::Queue)));
    assert_eq!(
        refusal(typed("queue")),
        "⚠ !queue works in the lobby and in a direct chat with the desk only. Nothing was sent \
         to the customer."
    );
    let solve = asked(&Rich::from_plain("solve"), Room::Desk, None);
    assert_eq!(
        refusal(solve),
        "⚠ !solve works in a conversation's room only. Nothing was sent to the customer."
    );
}

#[test]
fn an_unknown_word_is_answered_with_the_nearest_command() {
    for (command, expected) in [
        (
            "tkaeover now",
            "⚠ There is no command «tkaeover»: !takeover? !send sends any text as it is. \
             Nothing was sent to the customer.",
        ),
        (
            "xyz",
            "⚠ There is no command «xyz». !send sends any text as it is. Nothing was sent to \
             the customer.",
        ),
        (
            "etc/hosts/and/a/path/that/does/not/end",
            "⚠ There is no command «etc/hosts/and/a/path/that/does…». !send sends any text as \
             it is. Nothing was sent to the customer.",
        ),
    ] {
        assert_eq!(refusal(typed(command)), expected);
    }
    // What is not offered here is not proposed either.
    assert!(!refusal(typed("queu")).contains("!queue"));
}

#[test]
fn a_higher_role_is_named() {
    let error = CommandError::Role {
        name: "ai",
        least: Role::Supervisor,
    };
    assert_eq!(
        refusal(Err(error)),
        "⚠ !ai is for the role «supervisor» and above. Nothing was sent to the customer."
    );
}

#[test]
fn help_lists_what_the_room_offers() {
    let portal = answer(typed("help"));
    assert!(portal.contains("!takeover [force] [reason] — Stops the assistant"));
    assert!(!portal.contains("!queue"));
    let desk = answer(asked(&Rich::from_plain("bantuan"), Room::Desk, None));
    assert_eq!(
        desk,
        "!queue — Lists the conversations that wait for a human, the longest wait first.\n\
         !help [command] — Lists the commands, or tells about one.\n\n\
         More about one of them: !help command"
    );
}

#[test]
fn help_tells_about_one_command_by_any_of_its_names() {
    for command in ["help solve", "help !selesai", "help /done", "help: SOLVE"] {
        assert_eq!(
            answer(typed(command)),
            "!solve [reason] [silent] — Closes the case; the next line opens a new one. Button \
             on the card: ✅\n\
             Where: in a conversation's room. Least role: agent.\n\
             Also: !done, !selesai"
        );
    }
    assert!(refusal(typed("help slove")).contains("«slove»: !solve?"));
}
