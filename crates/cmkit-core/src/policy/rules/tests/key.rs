//! Keys.

use super::*;

pub(super) fn key_cases() -> Vec<(Vec<Change>, &'static str)> {
    let one = |change| Vec::from([change]);
    Vec::from([
        (one(set("key/properties/kty", json!("EC"))), "CMK2001"),
        (one(set("key/properties/kty", json!("oct-HSM"))), "CMK1006 CMK2001"),
        (one(remove("key/properties/kty")), "CMK1006? CMK2001?"),
        (one(set("key/properties/keySize", json!(1024))), "CMK2002"),
        (one(set("key/properties/keySize", json!(3072))), "CMK2003"),
        (one(remove("key/properties/keySize")), "CMK2003"),
        (one(set("key/properties/attributes", json!({ "enabled": true }))), ""),
        (one(set("key/properties/attributes", json!({ "enabled": false }))), "CMK2004"),
        (one(set("key/properties/attributes", json!({ "nbf": 1_796_083_200 }))), ""),
        (one(set("key/properties/attributes", json!({ "nbf": 1_796_083_201 }))), "CMK2005"),
        (one(set("key/properties/attributes", json!({ "nbf": "[parameters('open')]" }))), "CMK2005?"),
        (one(set("key/properties/attributes", json!({ "exp": 1_796_083_200 }))), "CMK2006"),
        (one(set("key/properties/attributes", json!({ "exp": 1_796_083_201 }))), "CMK2007 CMK7008"),
        (one(set("key/properties/attributes", json!({ "exp": 1_798_675_199 }))), "CMK2007 CMK7008"),
        (one(set("key/properties/attributes", json!({ "exp": 1_798_675_200 }))), "CMK7008"),
        (one(set("key/properties/attributes", json!({ "exp": "[parameters('open')]" }))), "CMK2006? CMK2007? CMK7008?"),
        (one(remove("key/properties/keyOps")), ""),
        (one(set("key/properties/keyOps", json!(["WrapKey", "UnwrapKey", "sign"]))), ""),
        (one(set("key/properties/keyOps", json!(["wrapKey"]))), "CMK2008"),
        (one(set("key/properties/keyOps", json!(["wrapKey", "[parameters('open')]"]))), "CMK2008?"),
        (one(set("key/properties/attributes", json!({ "exportable": true }))), "CMK2009"),
        (one(set("/variables/keyName", json!("orders_kek"))), "CMK2010"),
        (one(set("/variables/keyName", json!("[parameters('open')]"))), "CMK2010?"),
        (one(set("key/properties/release_policy", json!({ "data": "e30" }))), "CMK2012"),
        (one(set("key/properties/release_policy", json!("[parameters('open')]"))), "CMK2012?"),
        (one(remove("key")), NO_KEY),
    ])
}

const NO_KEY: &str = "CMK1006? CMK2001? CMK2002? CMK2003? CMK2004? CMK2005? CMK2006? CMK2007? CMK2008? CMK2009? CMK2011? \
     CMK2012? CMK2013? CMK3010? CMK7001? CMK7002? CMK7003? CMK7004? CMK7005? CMK7006? CMK7007? CMK7008? \
     CMK7009? CMK7010?";
