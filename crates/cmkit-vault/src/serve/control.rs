//! What a test does to a vault that is served: grants, the network, faults, the clock, the log.
//!
//! Under a path that Key Vault does not have, for whoever holds the token that is told at the start.

use super::problem::Problem;
use super::served::Served;
use crate::access::{Grant, Network, PermissionModel, Place};
use crate::faults::{Fault, Strikes};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::Json;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use cmkit::{Code, Error};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Where it is.
pub(super) const PATH: &str = "/local";

type Answer = Result<Json<Value>, Problem>;

pub(super) fn router(served: &Arc<Served>) -> Router {
    Router::new()
        .route("/", get(state))
        .route("/grants", put(grant).delete(revoke))
        .route("/network", put(network))
        .route("/places", put(place))
        .route("/permission-model", put(permission_model))
        .route("/faults", put(faults))
        .route("/clock", post(clock))
        .route("/log", get(log).delete(clear_log))
        .fallback(|| async { Problem::no_such_path() })
        .layer(axum::middleware::from_fn_with_state(Arc::clone(served), authorize))
        .with_state(Arc::clone(served))
}

async fn authorize(State(served): State<Arc<Served>>, request: Request, next: Next) -> Response {
    let given = request.headers().get(AUTHORIZATION).map_or(&b""[..], |value| value.as_bytes());
    let due = format!("Bearer {}", served.control_token);
    if verify_slices_are_equal(given, due.as_bytes()).is_err() {
        let body =
            json!({ "error": { "code": "Unauthorized", "message": "this is not the token of the control API" } });
        return (StatusCode::UNAUTHORIZED, Json(body)).into_response();
    }
    next.run(request).await
}

/// `GET /local`
async fn state(State(served): State<Arc<Served>>) -> Answer {
    let info = served.vault.info()?;
    Ok(Json(json!({
        "host": info.host,
        "now": served.vault.now(),
        "permissionModel": info.permission_model,
        "network": info.network,
        "identities": info.identities,
    })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GrantBody {
    identity: String,
    role: Option<String>,
    key: Option<String>,
    permissions: Option<String>,
}

impl GrantBody {
    /// Nothing where no grant is named.
    fn grant(&self, served: &Served) -> Result<Option<Grant>, Error> {
        match (&self.role, &self.permissions) {
            (None, None) if self.key.is_none() => Ok(None),
            (Some(role), None) => {
                let grant = Grant::role(role.parse()?);
                let Some(key) = &self.key else { return Ok(Some(grant)) };
                Ok(Some(grant.on_key(served.vault.parse_whole_key(key)?.name())))
            }
            (None, Some(permissions)) if self.key.is_none() => Grant::permissions(permissions).map(Some),
            _ => {
                Err(Error::new(Code::InvalidArgument, "a grant is a `role`, which may be on a `key`, or `permissions`"))
            }
        }
    }
}

/// `PUT /local/grants`
async fn grant(State(served): State<Arc<Served>>, body: String) -> Answer {
    let body: GrantBody = read(&body)?;
    let grant = body.grant(&served)?.ok_or_else(|| Problem::bad_parameter("name a `role` or `permissions`"))?;
    changed(served.vault.grant(&body.identity, grant)?)
}

/// `DELETE /local/grants`: the grant named, or all of them.
async fn revoke(State(served): State<Arc<Served>>, body: String) -> Answer {
    let body: GrantBody = read(&body)?;
    changed(match body.grant(&served)? {
        Some(grant) => served.vault.revoke(&body.identity, &grant)?,
        None => served.vault.forget(&body.identity)?,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct NetworkBody {
    access: String,
    #[serde(default)]
    trusted_services: bool,
}

/// `PUT /local/network`
async fn network(State(served): State<Arc<Served>>, body: String) -> Answer {
    let NetworkBody { access, trusted_services } = read(&body)?;
    served.vault.set_network(match access.as_str() {
        "public" => Network::Public,
        "selected" => Network::Selected { trusted_services },
        "disabled" => Network::Disabled { trusted_services },
        _ => return Err(Problem::bad_parameter("`access` is `public`, `selected` or `disabled`")),
    })?;
    changed(true)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceBody {
    identity: String,
    place: Place,
}

/// `PUT /local/places`
async fn place(State(served): State<Arc<Served>>, body: String) -> Answer {
    let PlaceBody { identity, place } = read(&body)?;
    changed(served.vault.set_place(&identity, place)?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelBody {
    model: PermissionModel,
}

/// `PUT /local/permission-model`
async fn permission_model(State(served): State<Arc<Served>>, body: String) -> Answer {
    let ModelBody { model } = read(&body)?;
    served.vault.set_permission_model(model)?;
    changed(true)
}

#[derive(Deserialize)]
struct FaultBody {
    #[serde(flatten)]
    fault: Fault,
    #[serde(flatten)]
    strikes: Strikes,
}

/// `PUT /local/faults`: these, and no others.
async fn faults(State(served): State<Arc<Served>>, body: String) -> Answer {
    let faults: Vec<FaultBody> = read(&body)?;
    served.vault.clear_faults();
    for FaultBody { fault, strikes } in faults {
        served.vault.inject(fault, strikes)?;
    }
    changed(true)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockBody {
    advance: u64,
}

/// `POST /local/clock`
async fn clock(State(served): State<Arc<Served>>, body: String) -> Answer {
    let ClockBody { advance } = read(&body)?;
    // What is due is done before the answer, and may make keys.
    let moved = Arc::clone(&served);
    let due = tokio::task::spawn_blocking(move || moved.advance(Duration::from_secs(advance))).await;
    due.unwrap_or_else(|_| Err(Error::new(Code::Io, "the local vault failed")))?;
    Ok(Json(json!({ "now": served.vault.now() })))
}

/// `GET /local/log`
async fn log(State(served): State<Arc<Served>>) -> Answer {
    let entries = served.vault.log();
    let entry = |entry: &crate::LogEntry| {
        let crate::LogEntry { time, identity, asked, key, refused } = entry;
        let key = key.as_ref().map(ToString::to_string);
        json!({ "time": time, "identity": identity, "asked": asked, "key": key, "refused": refused })
    };
    Ok(Json(entries.iter().map(entry).collect()))
}

/// `DELETE /local/log`
async fn clear_log(State(served): State<Arc<Served>>) -> Answer {
    served.vault.clear_log();
    changed(true)
}

fn changed(changed: bool) -> Answer {
    Ok(Json(json!({ "changed": changed })))
}

fn read<T: DeserializeOwned>(body: &str) -> Result<T, Problem> {
    serde_json::from_str(body)
        .map_err(|error| Problem::bad_parameter(format!("the body is not as it should be: {error}")))
}
