use super::latest::Latest;

#[test]
fn the_newest_piece_of_a_key_wins_and_keeps_its_place() {
    let queue = Latest::new(2);
    assert!(queue.put("one", 1) && queue.put("two", 2) && queue.put("one", 3));
    assert!(!queue.put("three", 4), "there is no room for a third key");
    assert_eq!(
        [queue.take(), queue.take()],
        [Some(("one", 3)), Some(("two", 2))]
    );
    assert_eq!(queue.take(), None);
}

#[test]
fn two_pieces_of_a_key_are_never_out_together() {
    let queue = Latest::new(8);
    queue.put("one", 1);
    assert_eq!(queue.take(), Some(("one", 1)));
    queue.put("one", 2);
    queue.put("two", 3);
    assert_eq!(queue.take(), Some(("two", 3)));
    assert_eq!(queue.take(), None);
    queue.done(&"one");
    assert_eq!(queue.take(), Some(("one", 2)));
}

#[tokio::test]
async fn a_slow_piece_does_not_hold_up_the_others() {
    let queue = Latest::new(8);
    for key in ["slow", "quick"] {
        queue.put(key, ());
    }
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let pump = super::pump(&queue, |key, ()| {
        let told = told.clone();
        async move {
            if key == "slow" {
                std::future::pending::<()>().await;
            }
            told.send(key).unwrap();
        }
    });
    tokio::select! {
        () = pump => panic!("it never ends"),
        key = heard.recv() => assert_eq!(key, Some("quick")),
    }
}
