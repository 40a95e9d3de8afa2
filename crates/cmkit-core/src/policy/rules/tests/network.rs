//! The network of a vault.

use super::*;

pub(super) fn network_cases() -> Vec<(Vec<Change>, &'static str)> {
    let one = |change| Vec::from([change]);
    Vec::from([
        (one(set("vault/properties/networkAcls/bypass", json!("None"))), "CMK5001"),
        (
            Vec::from([
                set("vault/properties/publicNetworkAccess", json!("Enabled")),
                set("vault/properties/networkAcls/bypass", json!("None")),
            ]),
            "CMK5001",
        ),
        (one(set("vault/properties/networkAcls", json!("[parameters('acls')]"))), "CMK5001? CMK5002? CMK9001?"),
        (one(remove("vault/properties/networkAcls")), "CMK5002"),
        (one(set("vault/properties/publicNetworkAccess", json!("Enabled"))), "CMK5003"),
        (one(set("vault/properties/publicNetworkAccess", json!("disabled"))), ""),
        (one(set("vault/properties/publicNetworkAccess", json!("SecuredByPerimeter"))), "CMK5004"),
        (
            Vec::from([
                remove("vault/properties/publicNetworkAccess"),
                set("vault/properties/networkAcls", json!({ "defaultAction": "Allow", "bypass": "None" })),
            ]),
            "CMK5005",
        ),
    ])
}
