//! The verification handshake of a webhook URL.

use crate::simulator::hub::Hub;
use crate::simulator::world::account::Setting;

/// Asks the webhook URL to prove that it knows the verify token; says whether
/// it answered 200 with the challenge as its body.
pub(in crate::simulator) async fn verify(hub: &Hub, setting: &Setting) -> bool {
    let (_, challenge) = hub.clock.uuid().as_u64_pair();
    let challenge = challenge.to_string();
    let mut url = setting.webhook_url.clone();
    url.query_pairs_mut()
        .append_pair("hub.mode", "subscribe")
        .append_pair("hub.challenge", &challenge)
        .append_pair("hub.verify_token", &setting.verify_token);
    let Ok(response) = hub.http.get(url).send().await else {
        return false;
    };
    response.status().as_u16() == 200 && response.text().await.is_ok_and(|text| text == challenge)
}
