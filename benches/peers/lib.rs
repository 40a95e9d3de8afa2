//! What the benchmarks of peers share: one deployment, and twenty ways to break it.

/// A deployment in which nothing is wrong, 3 KB of ARM template.
pub const ORDERS: &str = include_str!("../policy/orders.json");

/// A code of the twenty rules, what stands in [`ORDERS`], and what breaks the rule in its place.
pub const WRONG: [(&str, &str, &str); 20] = [
    ("CMK1001", "\"enablePurgeProtection\"", "\"enableSoftDelete\": false, \"enablePurgeProtection\""),
    ("CMK1002", "\"enablePurgeProtection\": true,", ""),
    ("CMK1004", "\"softDeleteRetentionInDays\": 90", "\"softDeleteRetentionInDays\": 7"),
    ("CMK1007", "\"enableRbacAuthorization\": true", "\"enableRbacAuthorization\": false"),
    ("CMK2001", "\"kty\": \"RSA\"", "\"kty\": \"EC\""),
    ("CMK2002", "\"keySize\": 4096", "\"keySize\": 1024"),
    ("CMK2003", "\"keySize\": 4096", "\"keySize\": 2048"),
    ("CMK2004", "\"keySize\"", "\"attributes\": { \"enabled\": false }, \"keySize\""),
    ("CMK2006", "\"keySize\"", "\"attributes\": { \"exp\": 1700000000 }, \"keySize\""),
    ("CMK2008", "\"unwrapKey\"", "\"sign\""),
    ("CMK3001", "keys/orders-kek\"", "keys/orders-kek/0123456789abcdef0123456789abcdef\""),
    ("CMK3002", "net/keys/orders-kek", "net/secrets/orders-kek"),
    ("CMK4001", "\"type\": \"UserAssigned\"", "\"type\": \"SystemAssigned\""),
    ("CMK4002", "\"identityType\": \"UserAssignedIdentity\"", "\"identityType\": \"SystemAssignedIdentity\""),
    ("CMK4004", "'id-orders-cmk')]\": {}", "'id-orders')]\": {}"),
    ("CMK4103", "e147488a-f6f5-4113-8e2d-b22465e65bf6", "21090545-7ca7-4776-b22c-e363652d74d2"),
    ("CMK5001", "\"bypass\": \"AzureServices\"", "\"bypass\": \"None\""),
    ("CMK6003", "\"apiVersion\": \"2025-09-01\"", "\"apiVersion\": \"2024-07-01\""),
    ("CMK6005", "\"orders\",\n   \"location\": \"westus3\"", "\"orders\", \"location\": \"eastus\""),
    ("CMK7001", "\"type\": \"rotate\"", "\"type\": \"notify\""),
];

/// [`ORDERS`] with one thing wrong.
///
/// # Panics
/// Where the thing does not stand there once.
#[must_use]
pub fn wrong(good: &str, bad: &str) -> String {
    assert_eq!(ORDERS.matches(good).count(), 1, "{good}");
    ORDERS.replace(good, bad)
}
