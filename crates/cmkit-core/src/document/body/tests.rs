use super::super::read as read_all;
use crate::policy::{Deployment, Dialect, Fact};
use alloc::string::ToString;
use serde_json::{Value, json};

fn read(body: &Value) -> Result<Deployment, crate::Error> {
    read_all(&[("cluster.json", &body.to_string())])
}

fn encryption() -> Value {
    json!({ "customerManagedKeyEncryption": {
        "keyEncryptionKeyIdentity": { "identityType": "UserAssignedIdentity", "userAssignedIdentityResourceId": "[id]" },
        "keyEncryptionKeyUrl": "https://kv-orders.vault.azure.net/keys/orders-kek"
    } })
}

#[test]
fn a_body_is_a_cluster_by_what_only_clusters_have() {
    let source = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DocumentDB/mongoClusters/orders";
    for properties in [
        json!({ "encryption": encryption() }),
        json!({ "Compute": { "tier": "M40" }, "sharding": { "shardCount": 1 } }),
        json!({ "compute": { "tier": "M40" }, "administrator": { "userName": "a" } }),
        json!({ "createMode": "GeoReplica", "replicaParameters": { "sourceResourceId": source } }),
        json!({ "createMode": "PointInTimeRestore", "restoreParameters": { "sourceResourceId": source } }),
    ] {
        let body = json!({ "location": "westus3", "properties": properties });
        let deployment = read(&body).unwrap_or_else(|error| panic!("{error}: {body}"));
        assert_eq!((deployment.clusters.len(), deployment.resources.len()), (1, 1), "{body}");
        assert_eq!(deployment.files[0].dialect, Dialect::Arm);
        assert_eq!(deployment.clusters[0].resource.id.name().to_string(), "{the body in cluster.json}");
    }
    for properties in [
        json!({ "encryption": encryption(), "displayName": "a resource of another service" }),
        json!({ "encryption": { "keyUrl": "https://kv.vault.azure.net/keys/kek" } }),
        json!({ "createMode": "Replica", "replicaParameters": { "sourceResourceId": "/servers/orders" } }),
        json!({ "storage": { "sizeGb": 128 }, "highAvailability": { "targetMode": "Disabled" } }),
        json!({}),
        json!([]),
    ] {
        let body = json!({ "location": "westus3", "properties": properties });
        assert!(read(&body).is_err(), "{body}");
    }
}

/// Two bodies are of two clusters, and neither is known to be that of a name.
#[test]
fn a_body_has_the_name_that_it_says() {
    let (named, nameless) = (
        json!({ "name": "orders", "properties": { "encryption": encryption() } }),
        json!({ "properties": { "encryption": encryption() } }),
    );
    let (named, nameless) = (named.to_string(), nameless.to_string());
    let deployment = read_all(&[("a.json", &named), ("b.json", &nameless), ("b.json", &nameless)]).expect("bodies");
    let id = |at: usize| &deployment.clusters[at].resource.id;
    assert_eq!(id(0).name().as_literal(), Some("orders"));
    assert_eq!((id(1).same(id(0)), id(1).same(id(2))), (None, None));
}

#[test]
fn what_a_change_leaves_out_stays_as_it_is() {
    let change = json!({ "properties": { "encryption": encryption() } });
    let cluster = &read(&change).expect("a change").clusters[0];
    assert!(matches!(&cluster.tier, Fact::Unknown { reason, .. } if reason.contains("changes what is there")));
    assert!(matches!(&cluster.identities, Fact::Unknown { .. }) && cluster.encryption.known().is_some());
    let whole = json!({ "location": "westus3", "properties": { "encryption": encryption() } });
    let cluster = &read(&whole).expect("a cluster").clusters[0];
    assert!(cluster.tier.is_absent() && cluster.resource.location.literal() == Some("westus3"));
    let identity = cluster.encryption.known().and_then(|encryption| encryption.identity.literal());
    assert_eq!(identity, Some("[id]"), "a request has no expressions");
}

#[test]
fn bodies_of_vaults_and_keys_say_what_they_lack() {
    let vault = json!({ "location": "westus3", "properties": { "tenantId": "t", "sku": { "family": "A", "name": "standard" } } });
    let key = json!({ "properties": { "kty": "RSA", "keySize": 3072 } });
    for (body, what) in [(vault, "the body of a vault without `type`"), (key, "the name as `VAULT/KEY`")] {
        let error = read(&body).expect_err("no name").to_string();
        assert!(error.contains(what), "{error}");
    }
}
