//! `POST /operate/replay/{which}`: what `loket replay` asks of a daemon that has the
//! database for itself. On the private listener, for whoever knows `hs_token`.

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use futures_util::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

/// Replays rows by their kind's name; what became of them in words, `None` if there is
/// no such kind.
pub type Replay =
    Arc<dyn Fn(String) -> BoxFuture<'static, Option<Result<String, String>>> + Send + Sync>;

/// What the routes need.
#[derive(Clone)]
struct Operator {
    /// What the operator must know.
    token: SecretString,
    /// Replays rows.
    replay: Replay,
}

/// The routes.
pub fn router(token: SecretString, replay: Replay) -> Router {
    Router::new()
        .route("/operate/replay/{which}", post(replay_rows))
        .with_state(Operator { token, replay })
}

/// Replays rows.
async fn replay_rows(
    State(operator): State<Operator>,
    which: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Response {
    if !is_operator(&headers, &operator.token) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let Ok(Path(which)) = which else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match (operator.replay)(which).await {
        Some(Ok(words)) => words.into_response(),
        Some(Err(words)) => (StatusCode::SERVICE_UNAVAILABLE, words).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Whether a request shows the token.
fn is_operator(headers: &HeaderMap, token: &SecretString) -> bool {
    let wanted = token.expose_secret().as_bytes();
    let shown = headers.get(header::AUTHORIZATION);
    let shown = shown.and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    shown.is_some_and(|shown| !wanted.is_empty() && bool::from(shown.ct_eq(wanted)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use tower::ServiceExt;

    /// The status and body of a request for rows of a kind.
    async fn ask(which: &str, token: &str) -> (u16, String) {
        let replay: Replay = Arc::new(|which| {
            Box::pin(async move { (which == "dead").then(|| Ok("dead: 1 replayed".to_owned())) })
        });
        let router = router(SecretString::from("hs_0123456789abcdef".to_owned()), replay);
        let request = Request::post(format!("/operate/replay/{which}"))
            .header("authorization", format!("Bearer {token}"))
            .body(Body::empty())
            .unwrap();
        let response = router.oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), 65_536).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn only_who_knows_the_token_replays_rows() {
        let refused = (401, String::new());
        assert_eq!(ask("dead", "hs_0123456789abcdee").await, refused);
        assert_eq!(ask("dead", "").await, refused);
        let done = (200, "dead: 1 replayed".to_owned());
        assert_eq!(ask("dead", "hs_0123456789abcdef").await, done);
        assert_eq!(ask("all", "hs_0123456789abcdef").await.0, 404);
    }
}
