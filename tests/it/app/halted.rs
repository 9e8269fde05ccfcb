//! A process that is halted in the middle of something, or that another gets between:
//! nothing is doubled or overtaken by that.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use loket::work::arrive;
use tokio::sync::Notify;

use super::support::TestApp;

#[tokio::test]
async fn what_is_delivered_while_it_is_recovered_gets_the_place_that_it_has_in_the_room() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let lines = ["1", "2", "3"].map(|text| app.agent("ayu").line(text));
    let keys = lines.clone().map(|line| arrive::key(&line.id));
    let (store, works) = (app.works().store.clone(), app.works().clone());
    let draw = store.write(|tx| Box::pin(tx.draw_stretch()));
    let place = draw.await.unwrap();
    let (stored, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let delivers = {
        let (works, stored, go_on) = (works.clone(), stored.clone(), go_on.clone());
        let (line, now) = (lines[1].clone(), works.clock.now());
        store.write(move |tx| {
            Box::pin(async move {
                arrive::store(tx, &works, vec![line], Vec::new(), now).await?;
                stored.notify_one();
                go_on.notified().await;
                Ok(())
            })
        })
    };
    let recovers = async {
        stored.notified().await;
        let page = Vec::from(lines);
        let taken = store.write(move |tx| {
            Box::pin(async move { arrive::recover(tx, &works, page, place).await })
        });
        let mut taken = pin!(taken);
        // It cannot end before the other has: long enough that it has looked.
        let looked = tokio::time::timeout(Duration::from_secs(1), &mut taken).await;
        assert!(looked.is_err());
        go_on.notify_one();
        taken.await
    };
    let (delivered, recovered) = tokio::join!(delivers, recovers);
    delivered.unwrap();
    assert_eq!(recovered.unwrap().missing, 2);
    let read = store.read(move |tx| {
        Box::pin(async move {
            let mut places = Vec::new();
            for key in keys {
                places.push(tx.find_inbox_by_key(&key).await?.unwrap().position);
            }
            Ok(places)
        })
    });
    assert_eq!(read.await.unwrap(), [place + 1, place + 2, place + 3]);
}
