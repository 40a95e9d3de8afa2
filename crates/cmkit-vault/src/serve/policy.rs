//! Rotation policies as the keys API has them: a list of actions, each with its trigger.

use super::problem::Problem;
use crate::key_info::KeyInfo;
use crate::rotation::{Period, RotationPolicy, Trigger};
use serde::Deserialize;
use serde_json::{Value, json};

/// The body of `PUT rotationpolicy`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PolicyBody {
    #[serde(default)]
    lifetime_actions: Vec<ActionBody>,
    attributes: Option<AttributesBody>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ActionBody {
    trigger: TriggerBody,
    action: TypeBody,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TriggerBody {
    time_after_create: Option<Period>,
    time_before_expiry: Option<Period>,
}

#[derive(Deserialize)]
struct TypeBody {
    r#type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AttributesBody {
    expiry_time: Option<Period>,
}

impl PolicyBody {
    pub(super) fn read(self) -> Result<RotationPolicy, Problem> {
        let (mut rotate, mut notify) = (None, None);
        for ActionBody { trigger, action } in self.lifetime_actions {
            let slot = match action.r#type.to_ascii_lowercase().as_str() {
                "rotate" => &mut rotate,
                "notify" => &mut notify,
                _ => return Err(Problem::bad_parameter("an action of a rotation policy is `Rotate` or `Notify`")),
            };
            let trigger = match (trigger.time_after_create, trigger.time_before_expiry) {
                (Some(period), None) => Trigger::TimeAfterCreate(period),
                (None, Some(period)) => Trigger::TimeBeforeExpiry(period),
                _ => return Err(Problem::bad_parameter("a trigger is `timeAfterCreate` or `timeBeforeExpiry`")),
            };
            if slot.replace(trigger).is_some() {
                return Err(Problem::bad_parameter("a rotation policy has one action of a type"));
            }
        }
        let expiry = self.attributes.and_then(|attributes| attributes.expiry_time);
        Ok(RotationPolicy::new(rotate, expiry)?.notifying(notify))
    }
}

/// A key's policy. One that has none notifies 30 days before expiry, as in Key Vault.
pub(super) fn show(host: &str, info: &KeyInfo) -> Value {
    let none = || RotationPolicy::default().notifying(Some(Trigger::TimeBeforeExpiry(Period::days(30))));
    let policy = info.rotation_policy.unwrap_or_else(none);
    let action =
        |kind: &str, trigger: Option<Trigger>| trigger.map(|it| json!({ "trigger": it, "action": { "type": kind } }));
    let actions: Vec<Value> =
        [action("Rotate", policy.rotate()), action("Notify", policy.notify())].into_iter().flatten().collect();
    let mut attributes = json!({});
    if let Some(expiry) = policy.expiry_time() {
        attributes["expiryTime"] = expiry.to_string().into();
    }
    if let Some((created, updated)) = info.policy_set {
        attributes["created"] = created.into();
        attributes["updated"] = updated.into();
    }
    let id = format!("https://{host}/keys/{}/rotationpolicy", info.key.name());
    json!({ "id": id, "lifetimeActions": actions, "attributes": attributes })
}
