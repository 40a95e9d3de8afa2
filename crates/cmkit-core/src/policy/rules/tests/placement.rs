//! Regions, modes, replicas and restores.

use super::*;

pub(super) fn placement_cases() -> Vec<(Vec<Change>, &'static str)> {
    let one = |change| Vec::from([change]);
    let west = || set("/parameters/location/defaultValue", json!("westus3"));
    let restore = |time: &str| {
        Vec::from([
            set("cluster/properties/createMode", json!("PointInTimeRestore")),
            set(
                "cluster/properties/restoreParameters",
                json!({ "pointInTimeUTC": time, "sourceResourceId":
                "[resourceId('Microsoft.DocumentDB/mongoClusters', 'old')]" }),
            ),
        ])
    };
    Vec::from([
        (one(remove("cluster/properties/encryption")), "CMK6001"),
        (one(set("cluster/properties/encryption", json!({}))), "CMK6001"),
        (one(remove(IDENTITY_TYPE)), "CMK6002"),
        (one(remove(IDENTITY)), "CMK6002"),
        (one(set("cluster/apiVersion", json!("2024-07-01"))), "CMK6003"),
        (one(set("cluster/apiVersion", json!("2025-04-01-preview"))), "CMK6003"),
        (one(remove("cluster/apiVersion")), "CMK6003? CMK6004?"),
        (one(set("cluster/apiVersion", json!("2025-07-01-preview"))), "CMK6004"),
        (one(set("cluster/apiVersion", json!("2026-06-01"))), ""),
        (Vec::from([west(), set("vault/location", json!("East US 2"))]), "CMK6005"),
        (Vec::from([west(), set("vault/location", json!("West US 3"))]), ""),
        (one(set("vault/location", json!("eastus2"))), "CMK3008? CMK6005?"),
        (Vec::from([west(), set("identity/location", json!("eastus2"))]), "CMK6006"),
        (one(set("vault/properties/tenantId", json!("11111111-2222-3333-4444-555555555555"))), "CMK6007?"),
        (
            Vec::from([
                set("vault/properties/tenantId", json!("11111111-2222-3333-4444-555555555555")),
                set("identity/properties", json!({ "tenantId": "21111111-2222-3333-4444-555555555555" })),
            ]),
            "CMK6007",
        ),
        (Vec::from([west(), set("/resources/-", replica("westus3"))]), ""),
        (Vec::from([west(), set("/resources/-", replica("eastus2"))]), "CMK6005 CMK6006"),
        (
            Vec::from([
                west(),
                set("/resources/-", replica("westus3")),
                remove("/resources/6/properties/replicaParameters"),
            ]),
            "CMK6008",
        ),
        (
            Vec::from([
                west(),
                set("/resources/-", replica("westus3")),
                set("cluster/properties/compute/tier", json!("M25")),
            ]),
            "CMK6010 CMK6019",
        ),
        (
            one(set("cluster/properties/createMode", json!("[parameters('open')]"))),
            "CMK6008? CMK6009? CMK6010? CMK6011? CMK6012? CMK6013? CMK6014? CMK6015? CMK6016? CMK6017? CMK9001?",
        ),
        (restore("[parameters('open')]"), "CMK6011? CMK6015?"),
        (restore("2026-11-20T08:30:00Z"), "CMK6015?"),
        (restore("2026-10-01T08:30:00Z"), "CMK6011 CMK6015?"),
        (restore("2026-12-01T08:30:00Z"), "CMK6011 CMK6015?"),
        (restore("yesterday"), "CMK6011 CMK6015?"),
        (one(set("cluster/properties/createMode", json!("PointInTimeRestore"))), "CMK6011"),
        (and(restore("2026-11-20T08:30:00Z"), [west(), set("/resources/-", old("West US 3"))]), "CMK6001"),
        (and(restore("2026-11-20T08:30:00Z"), [west(), set("/resources/-", old("eastus2"))]), "CMK6001 CMK6015"),
        (
            and(
                restore("2026-11-20T08:30:00Z"),
                [west(), set("/resources/-", old("westus3")), remove("cluster/properties/administrator")],
            ),
            "CMK6001 CMK6017",
        ),
        (
            Vec::from([
                west(),
                set("/resources/-", replica("westus3")),
                set("/resources/6/properties/highAvailability", json!({ "targetMode": "SameZone" })),
            ]),
            "CMK6012",
        ),
        (
            Vec::from([
                west(),
                set("/resources/-", replica("westus3")),
                set("/resources/-", replica("westus3")),
                set("/resources/7/name", json!("orders-replica-2")),
            ]),
            "CMK6013",
        ),
        (
            Vec::from([
                west(),
                set("/resources/-", replica("westus3")),
                set("/resources/6/properties/createMode", json!("Replica")),
            ]),
            "CMK6016",
        ),
        (one(set("/parameters/clusterName/defaultValue", json!("o"))), "CMK6018"),
        (one(set("/parameters/clusterName/defaultValue", json!("orders--eu"))), "CMK6018"),
        (one(set("/parameters/clusterName", json!({ "type": "string" }))), "CMK6018?"),
        (one(set("cluster/properties/compute/tier", json!("M25"))), "CMK6019"),
        (one(set("cluster/properties/compute/tier", json!("[parameters('open')]"))), "CMK6019?"),
        (one(remove("cluster/properties/sharding")), "CMK6020"),
        (one(set("cluster/properties/sharding/shardCount", json!("[parameters('open')]"))), "CMK6020?"),
    ])
}

/// The source of a restore, with a service-managed key.
fn old(location: &str) -> Value {
    json!({ "type": "Microsoft.DocumentDB/mongoClusters", "apiVersion": "2025-09-01", "name": "old",
        "location": location, "properties": {} })
}

pub(super) fn replica(location: &str) -> Value {
    let mut replica = golden()["resources"][4].clone();
    replica["name"] = json!("orders-replica");
    replica["location"] = json!(location);
    replica["properties"]["createMode"] = json!("GeoReplica");
    replica["properties"].as_object_mut().expect("properties").remove("highAvailability");
    replica["properties"]["replicaParameters"] = json!({ "sourceLocation": "westus3",
        "sourceResourceId": "[resourceId('Microsoft.DocumentDB/mongoClusters', parameters('clusterName'))]" });
    replica
}

/// A replica in another region, with its primary's vault, which is not in the files.
pub(super) fn shared() -> Vec<Change> {
    Vec::from([
        set("/parameters/location/defaultValue", json!("westus3")),
        set("/resources/-", replica("eastus2")),
        remove("vault"),
    ])
}
