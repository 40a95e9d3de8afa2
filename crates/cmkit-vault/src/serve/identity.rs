//! Tokens of managed identities, as a machine in Azure hands them out: the endpoint of App Service
//! (`IDENTITY_ENDPOINT` and `IDENTITY_HEADER`) and that of a virtual machine (IMDS).
//!
//! Plain HTTP on a loopback address, as there. Both ask for a header that no web page can send unasked.

use super::served::Served;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

pub(super) const APP_SERVICE: &str = "/msi/token";
const IMDS: &str = "/metadata/identity/oauth2/token";

pub(super) fn router(served: &Arc<Served>) -> Router {
    // The client of JavaScript puts a slash behind.
    Router::new()
        .route(APP_SERVICE, get(app_service))
        .route(&format!("{APP_SERVICE}/"), get(app_service))
        .route(IMDS, get(imds))
        .route(&format!("{IMDS}/"), get(imds))
        .fallback(|| async { refuse(StatusCode::NOT_FOUND, "this hands out tokens of managed identities alone") })
        .with_state(Arc::clone(served))
}

/// What a client asks for. A user-assigned identity is named by one of its ids; the vault knows identities by any name.
#[derive(Deserialize)]
struct Asked {
    resource: Option<String>,
    client_id: Option<String>,
    object_id: Option<String>,
    principal_id: Option<String>,
    mi_res_id: Option<String>,
    msi_res_id: Option<String>,
}

/// `GET IDENTITY_ENDPOINT?api-version=2019-08-01&resource=..` with `X-IDENTITY-HEADER`.
async fn app_service(State(served): State<Arc<Served>>, headers: HeaderMap, Query(asked): Query<Asked>) -> Response {
    let given = headers.get("x-identity-header").map_or(&b""[..], |value| value.as_bytes());
    if verify_slices_are_equal(given, served.identity_header.as_bytes()).is_err() {
        return refuse(StatusCode::UNAUTHORIZED, "the header X-IDENTITY-HEADER is not the value of IDENTITY_HEADER");
    }
    served.token(asked)
}

/// `GET /metadata/identity/oauth2/token?api-version=2018-02-01&resource=..` with `Metadata: true`.
async fn imds(State(served): State<Arc<Served>>, headers: HeaderMap, Query(asked): Query<Asked>) -> Response {
    if headers.get("metadata").is_none_or(|value| !value.as_bytes().eq_ignore_ascii_case(b"true")) {
        return refuse(StatusCode::BAD_REQUEST, "the header Metadata is not `true`");
    }
    served.token(asked)
}

impl Served {
    fn token(&self, asked: Asked) -> Response {
        let Asked { resource, client_id, object_id, principal_id, mi_res_id, msi_res_id } = asked;
        let Some(resource) = resource.filter(|resource| !resource.is_empty()) else {
            return refuse(StatusCode::BAD_REQUEST, "`resource` is missing");
        };
        let of_resource_id = |id: String| id.rsplit('/').next().unwrap_or_default().to_owned();
        let named = client_id.or(object_id).or(principal_id).or(mi_res_id.or(msi_res_id).map(of_resource_id));
        let Some(identity) = named.or_else(|| self.identity.clone()) else {
            return refuse(StatusCode::BAD_REQUEST, "there is no system-assigned identity: name one by its client id");
        };
        let now = self.vault.now();
        let (token, expires) = self.tokens.issue(&identity, &resource, now);
        let left = expires - now;
        Json(json!({
            "access_token": token,
            "token_type": "Bearer",
            "resource": resource,
            "client_id": identity,
            "not_before": now.to_string(),
            "expires_on": expires.to_string(),
            "expires_in": left.to_string(),
            "ext_expires_in": left.to_string(),
        }))
        .into_response()
    }
}

fn refuse(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "error": "invalid_request", "error_description": message }))).into_response()
}
