//! The judge can fail: each breach, planted into evidence without any, is found.

use rstest::rstest;
use serde_json::{Value, json};

use super::judge::{Customer, Evidence, Inward, Outward, Received, Room, judge};

/// The ghost.
const GHOST: &str = "@loket_wa_1:localhost";

/// A line of one of the daemon's users.
fn line(sender: &str, id: &str, body: &str) -> Value {
    json!({
        "type": "m.room.message", "sender": sender, "event_id": format!("$e_{id}"),
        "content": { "body": body, "org.loket.id": id },
    })
}

/// The desk's word about an agent's line.
fn warning(id: &str, target: &str) -> Value {
    let mut said = line("@loket:localhost", id, "⚠ May not have been sent");
    said["content"]["m.relates_to"] = json!({ "m.in_reply_to": { "event_id": target } });
    said
}

/// What a run without a breach leaves: four lines in, of which the last three came in
/// two webhooks at the same time; three lines out, of which the second was announced and never came.
fn flawless() -> Evidence {
    let inward = |text: &str, turn, body| Inward {
        text: text.into(),
        turn: Some(turn),
        body,
    };
    let outward = |text: &str| Outward {
        text: text.into(),
        event: format!("${text}"),
    };
    let received = |text: &str| Received {
        text: text.into(),
        attempt: format!("att_{text}"),
    };
    Evidence {
        customers: vec![Customer {
            name: "Budi".into(),
            inward: vec![
                inward("in 0", 0, 0),
                inward("in 1", 1, 1),
                inward("in 2", 1, 2),
                inward("in 3", 1, 2),
            ],
            outward: vec![outward("out 0"), outward("out 1"), outward("out 2")],
            received: vec![received("out 0"), received("out 2")],
        }],
        rooms: vec![
            Room {
                name: "🙋 Budi · WhatsApp".into(),
                events: vec![
                    line(GHOST, "row_0", "in 0"),
                    line(GHOST, "row_2", "in 2"),
                    line(GHOST, "row_1", "in 1"),
                    line(GHOST, "row_4", "in 3"),
                    warning("row_3", "$out 1"),
                ],
            },
            Room {
                name: "Lobby".into(),
                events: vec![line("@loket:localhost", "claim_1", "🙋 #1")],
            },
        ],
        dead: 0,
        secrets: vec!["rahasia".into()],
    }
}

#[test]
fn a_flawless_run_is_no_breach() {
    assert_eq!(judge(&flawless()), Vec::<String>::new());
}

/// A change of the evidence.
type Breach = fn(&mut Evidence);

#[rstest]
#[case::lost(|e: &mut Evidence| { e.rooms[0].events.remove(0); }, "lost: «in 0»")]
#[case::doubled(|e: &mut Evidence| e.rooms[0].events.push(line(GHOST, "row_9", "in 0")), "doubled: «in 0»")]
#[case::doubled_id(
    |e: &mut Evidence| e.rooms[0].events.push(line("@loket:localhost", "row_1", "hm")),
    "«🙋 Budi · WhatsApp»: row_1 stands there twice"
)]
#[case::doubled_words(
    |e: &mut Evidence| e.rooms[1].events.push(line("@loket:localhost", "row_8", "🙋 #1")),
    "«Lobby»: «🙋 #1» stands there twice"
)]
#[case::out_of_order(|e: &mut Evidence| e.rooms[0].events.swap(0, 2), "out of order: «in 2»")]
#[case::out_of_order_in_a_body(|e: &mut Evidence| e.rooms[0].events.swap(1, 3), "out of order: «in 3»")]
#[case::astray(|e: &mut Evidence| e.rooms[1].events.push(line(GHOST, "row_7", "in 1")), "in the wrong room: «in 1»")]
#[case::two_rooms(|e: &mut Evidence| e.rooms.push(Room { name: "Budi".into(), events: vec![] }), "Budi has two rooms")]
#[case::no_room(|e: &mut Evidence| { e.rooms.remove(0); }, "Budi has no room")]
#[case::unannounced(|e: &mut Evidence| { e.rooms[0].events.pop(); }, "lost and not announced: «out 1»")]
#[case::announced_twice(
    |e: &mut Evidence| e.rooms[0].events.push(warning("row_6", "$out 1")),
    "announced 2 times: «out 1»"
)]
#[case::repeated(
    |e: &mut Evidence| { let again = e.customers[0].received[0].clone(); e.customers[0].received.push(again); },
    "sent again: att_out 0"
)]
#[case::sent_twice(
    |e: &mut Evidence| e.customers[0].received.push(Received { text: "out 2".into(), attempt: "att_x".into() }),
    "sent twice: «out 2»"
)]
#[case::overtaken(|e: &mut Evidence| e.customers[0].received.reverse(), "overtaken: «out 2»")]
#[case::internal(
    |e: &mut Evidence| e.customers[0].received.push(Received { text: "rahasia 1".into(), attempt: "att_y".into() }),
    "internal: «rahasia 1»"
)]
#[case::from_nowhere(
    |e: &mut Evidence| e.customers[0].received.push(Received { text: "?".into(), attempt: "att_z".into() }),
    "from nowhere: «?»"
)]
#[case::put_aside(|e: &mut Evidence| e.dead = 1, "1 rows were put aside")]
fn a_breach_is_found(#[case] plant: Breach, #[case] says: &str) {
    let mut evidence = flawless();
    plant(&mut evidence);
    let found = judge(&evidence);
    assert!(found.iter().any(|breach| breach == says), "{found:#?}");
}
