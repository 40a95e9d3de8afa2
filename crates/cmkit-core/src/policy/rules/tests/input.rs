//! The input itself.

use super::*;

pub(super) fn input_cases() -> Vec<(Vec<Change>, &'static str)> {
    let one = |change| Vec::from([change]);
    let accept = |suppression: Value| set("vault/metadata", json!({ "cmkit": { "suppress": [suppression] } }));
    let open = || remove("vault/properties/networkAcls");
    let accepted = |until: Value| json!({ "code": "CMK5002", "reason": "set by policy", "until": until });
    Vec::from([
        (one(set("vault/properties/networkAcls/bypass", json!("Azure Services"))), "CMK5001 CMK9001"),
        (one(set("vault/properties/sku/name", json!("basic"))), "CMK9001"),
        (one(set("vault/properties/enableSoftDelete", json!(1))), "CMK1001? CMK9001"),
        (one(set("vault/properties/networkAcls", json!([]))), "CMK5001? CMK5002? CMK9001"),
        (one(set("cluster/properties/createMode", json!("Restore"))), "CMK9001"),
        (one(set("identity/properties", json!({ "isolationScope": "Region" }))), "CMK9001"),
        (one(remove("cluster")), "CMK9002?"),
        (Vec::from([open(), accept(accepted(json!("2026-12-01")))]), "CMK5002~"),
        (Vec::from([open(), accept(accepted(json!(null)))]), "CMK5002~"),
        (Vec::from([open(), accept(accepted(json!("2026-11-30")))]), "CMK5002"),
        (Vec::from([open(), accept(accepted(json!("soon")))]), "CMK5002 CMK9003"),
        (Vec::from([open(), accept(json!({ "code": "CMK5002" }))]), "CMK5002 CMK9003"),
        (Vec::from([open(), accept(json!({ "code": "CMK0000", "reason": "x" }))]), "CMK5002 CMK9003"),
        (
            Vec::from([open(), set("key/metadata", json!({ "cmkit": { "suppress": [accepted(json!(null))] } }))]),
            "CMK5002",
        ),
        (
            Vec::from([open(), set("/metadata", json!({ "cmkit": { "suppress": [accepted(json!(null))] } }))]),
            "CMK5002~",
        ),
    ])
}
