//! Rotation.

use super::*;

pub(super) fn lifecycle_cases() -> Vec<(Vec<Change>, &'static str)> {
    let one = |change| Vec::from([change]);
    let policy = |life: Option<&str>, trigger: Value| {
        let action = json!({ "trigger": trigger, "action": { "type": "Rotate" } });
        set(
            "key/properties/rotationPolicy",
            json!({ "attributes": { "expiryTime": life }, "lifetimeActions": [action] }),
        )
    };
    let until = |seconds: i64| set("key/properties/attributes", json!({ "exp": seconds }));
    let far = || set("key/properties/attributes", json!({ "exp": 1_861_920_000 }));
    Vec::from([
        (one(remove("key/properties/rotationPolicy")), "CMK7001"),
        (one(set("key/properties/rotationPolicy/lifetimeActions/0/action/type", json!("notify"))), "CMK7001"),
        (
            one(set("key/properties/rotationPolicy", json!("[parameters('open')]"))),
            "CMK7001? CMK7002? CMK7003? CMK7005? CMK7006? CMK7007? CMK7008?",
        ),
        (one(policy(None, json!({ "timeAfterCreate": "P7D" }))), ""),
        (one(policy(None, json!({ "timeAfterCreate": "P6D" }))), "CMK7002"),
        (one(policy(Some("P90D"), json!({ "timeAfterCreate": "P83D" }))), ""),
        (one(policy(Some("P90D"), json!({ "timeAfterCreate": "P84D" }))), "CMK7002"),
        (Vec::from([far(), policy(Some("P90D"), json!({ "timeBeforeExpiry": "P30D" }))]), ""),
        (Vec::from([far(), policy(Some("P90D"), json!({ "timeBeforeExpiry": "P6D" }))]), "CMK7002"),
        (Vec::from([far(), policy(Some("P28D"), json!({ "timeBeforeExpiry": "P22D" }))]), "CMK7002"),
        (Vec::from([far(), policy(None, json!({ "timeBeforeExpiry": "P30D" }))]), "CMK7003"),
        (Vec::from([far(), remove("key/properties/rotationPolicy")]), "CMK7004"),
        (one(far()), ""),
        (Vec::from([until(1_804_464_000), policy(None, json!({ "timeAfterCreate": "P90D" }))]), ""),
        (Vec::from([until(1_804_463_999), policy(None, json!({ "timeAfterCreate": "P90D" }))]), "CMK7008"),
        (Vec::from([far(), policy(None, json!({ "timeAfterCreate": "P2Y" }))]), ""),
        (one(set("key/properties/attributes", json!({ "exp": 1_861_920_000, "created": 1_830_000_000 }))), "CMK7008"),
        (one(policy(None, json!({ "timeAfterCreate": "P2Y" }))), ""),
        (one(policy(None, json!({ "timeAfterCreate": "P25M" }))), "CMK7005"),
        (Vec::from([far(), policy(Some("P3Y"), json!({ "timeBeforeExpiry": "P30D" }))]), "CMK7005"),
        (one(policy(Some("P90D"), json!({ "timeBeforeExpiry": "P30D" }))), "CMK7006"),
        (one(policy(None, json!({ "timeAfterCreate": "18 months" }))), "CMK7007"),
        (one(policy(None, json!({ "timeAfterCreate": "[parameters('open')]" }))), "CMK7002? CMK7005? CMK7007?"),
    ])
}
