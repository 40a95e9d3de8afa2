//! The official client's own everyday flows.

use aws_lc_rs::digest::{SHA256, SHA384, SHA512, digest};
use azure_core::http::StatusCode;
use azure_core::time::OffsetDateTime;
use azure_security_keyvault_keys::models::{
    CreateKeyParameters, CurveName, EncryptionAlgorithm, ImportKeyParameters, JsonWebKey, Key, KeyAttributes,
    KeyClientEncryptOptions, KeyClientGetKeyOptions, KeyClientListKeyPropertiesOptions, KeyClientSignOptions,
    KeyClientUpdateKeyPropertiesOptions, KeyClientWrapKeyOptions, KeyOperation, KeyOperationParameters,
    KeyRotationPolicy, KeyRotationPolicyAction, KeyRotationPolicyAttributes, KeyType, LifetimeAction,
    LifetimeActionTrigger, LifetimeActionType, RestoreKeyParameters, SignParameters, SignatureAlgorithm,
    UpdateKeyPropertiesParameters, VerifyParameters,
};
use azure_security_keyvault_keys::{KeyClient, ResourceExt};
use cmkit_azure_clients::{Named, client, serve};
use cmkit_vault::serve::{ServeOptions, Server};
use futures::TryStreamExt;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

const DEK: [u8; 32] = [0x42; 32];

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn served() -> (Server, KeyClient) {
    let server = serve(&ServeOptions::default());
    let keys = client(&server, Arc::new(Named("admin")));
    (server, keys)
}

async fn create(keys: &KeyClient, name: &str, parameters: CreateKeyParameters) -> azure_core::Result<Key> {
    keys.create_key(name, parameters.try_into()?, None).await?.into_model()
}

fn rsa() -> CreateKeyParameters {
    CreateKeyParameters { kty: Some(KeyType::Rsa), key_size: Some(2048), ..CreateKeyParameters::default() }
}

fn ec(curve: CurveName) -> CreateKeyParameters {
    CreateKeyParameters { kty: Some(KeyType::Ec), curve: Some(curve), ..CreateKeyParameters::default() }
}

fn version(key: &Key) -> String {
    key.resource_id().expect("an identifier").version.expect("a version")
}

#[tokio::test]
async fn create_read_and_update() -> Outcome {
    let (server, keys) = served();
    let parameters = CreateKeyParameters {
        key_ops: Some(vec![KeyOperation::WrapKey, KeyOperation::UnwrapKey]),
        tags: Some(HashMap::from([("env".to_owned(), "test".to_owned())])),
        ..rsa()
    };
    let made = create(&keys, "Orders-KEK", parameters).await?;
    let jwk = made.key.clone().expect("a key");
    assert!(jwk.kid.as_ref().is_some_and(|kid| kid.starts_with(&format!("{}/keys/orders-kek/", server.url()))));
    assert_eq!((jwk.n.expect("n").len(), jwk.e.expect("e")), (256, vec![1, 0, 1]));
    assert_eq!(jwk.key_ops, Some(vec!["wrapKey".to_owned(), "unwrapKey".to_owned()]));
    let one = Some(version(&made));
    let options = KeyClientGetKeyOptions { key_version: one.clone(), ..KeyClientGetKeyOptions::default() };
    let read: Key = keys.get_key("orders-kek", Some(options)).await?.into_model()?;
    assert_eq!((version(&read), &read.tags), (version(&made), &made.tags));

    let expires = OffsetDateTime::from_unix_timestamp(1_900_000_000)?;
    let attributes = KeyAttributes { enabled: Some(false), expires: Some(expires), ..KeyAttributes::default() };
    let change = UpdateKeyPropertiesParameters {
        key_attributes: Some(attributes),
        tags: Some(HashMap::new()),
        ..UpdateKeyPropertiesParameters::default()
    };
    let options = KeyClientUpdateKeyPropertiesOptions { key_version: one, ..Default::default() };
    let changed = keys.update_key_properties("orders-kek", change.try_into()?, Some(options)).await?.into_model()?;
    let attributes = changed.attributes.expect("attributes");
    assert_eq!(
        (attributes.enabled, attributes.expires, attributes.recoverable_days),
        (Some(false), Some(expires), Some(90))
    );
    assert_eq!(changed.tags, Some(HashMap::new()));
    Ok(())
}

#[tokio::test]
async fn lists_come_in_pages() -> Outcome {
    let (_server, keys) = served();
    for number in 0..7 {
        create(&keys, &format!("key-{number}"), ec(CurveName::P256)).await?;
    }
    let options = KeyClientListKeyPropertiesOptions { maxresults: Some(3), ..Default::default() };
    let mut pages = keys.list_key_properties(Some(options))?.into_pages();
    let mut sizes = Vec::new();
    while let Some(page) = pages.try_next().await? {
        sizes.push(page.into_model()?.value.len());
    }
    assert_eq!(sizes, [3, 3, 1]);
    let mut made = vec![version(&keys.get_key("key-0", None).await?.into_model()?)];
    for _ in 0..3 {
        made.push(version(&keys.rotate_key("key-0", None).await?.into_model()?));
    }
    let listed: Vec<_> = keys.list_key_properties_versions("key-0", None)?.try_collect().await?;
    let mut listed: Vec<_> = listed.iter().map(|item| item.resource_id().expect("an identifier").version).collect();
    listed.sort();
    made.sort();
    assert_eq!(listed, made.into_iter().map(Some).collect::<Vec<_>>());
    Ok(())
}

#[tokio::test]
async fn wrap_unwrap_encrypt_and_decrypt() -> Outcome {
    let (_server, keys) = served();
    let key = version(&create(&keys, "kek", rsa()).await?);
    for algorithm in [EncryptionAlgorithm::RsaOaep, EncryptionAlgorithm::RsaOaep256, EncryptionAlgorithm::Rsa1_5] {
        let parameters = |value: &[u8]| KeyOperationParameters {
            algorithm: Some(algorithm.clone()),
            value: Some(value.to_vec()),
            ..KeyOperationParameters::default()
        };
        let options = KeyClientWrapKeyOptions { key_version: Some(key.clone()), ..Default::default() };
        let wrapped = keys.wrap_key("kek", parameters(&DEK).try_into()?, Some(options)).await?.into_model()?;
        let wrapped = wrapped.result.expect("a wrapped key");
        let dek = keys.unwrap_key("kek", &key, parameters(&wrapped).try_into()?, None).await?.into_model()?;
        assert_eq!(dek.result.as_deref(), Some(&DEK[..]));
        // Without a version it is the newest.
        let encrypted = keys.encrypt("kek", parameters(&DEK).try_into()?, None::<KeyClientEncryptOptions<'_>>).await?;
        let encrypted = encrypted.into_model()?;
        assert!(encrypted.kid.is_some_and(|kid| kid.ends_with(&key)));
        let ciphertext = encrypted.result.expect("a ciphertext");
        let plaintext = keys.decrypt("kek", &key, parameters(&ciphertext).try_into()?, None).await?.into_model()?;
        assert_eq!(plaintext.result.as_deref(), Some(&DEK[..]));
    }
    Ok(())
}

#[tokio::test]
async fn sign_and_verify() -> Outcome {
    let (_server, keys) = served();
    let cases = [
        (SignatureAlgorithm::Rs256, None, &SHA256),
        (SignatureAlgorithm::Ps512, None, &SHA512),
        (SignatureAlgorithm::Es256, Some(CurveName::P256), &SHA256),
        (SignatureAlgorithm::Es384, Some(CurveName::P384), &SHA384),
        (SignatureAlgorithm::Es512, Some(CurveName::P521), &SHA512),
    ];
    for (algorithm, curve, hash) in cases {
        let key = version(&create(&keys, "signer", curve.map_or_else(rsa, ec)).await?);
        let digest = digest(hash, b"an order").as_ref().to_vec();
        let parameters = SignParameters { algorithm: Some(algorithm.clone()), value: Some(digest.clone()) };
        let options = KeyClientSignOptions { key_version: Some(key.clone()), ..Default::default() };
        let signed = keys.sign("signer", parameters.try_into()?, Some(options)).await?.into_model()?;
        let mut signature = signed.result.expect("a signature");
        for due in [true, false] {
            let parameters = VerifyParameters {
                algorithm: Some(algorithm.clone()),
                digest: Some(digest.clone()),
                signature: Some(signature.clone()),
            };
            let verified = keys.verify("signer", &key, parameters.try_into()?, None).await?.into_model()?;
            assert_eq!(verified.value, Some(due), "{algorithm:?}");
            signature[7] ^= 1;
        }
    }
    Ok(())
}

#[tokio::test]
async fn import() -> Outcome {
    use aws_lc_rs::encoding::{AsBigEndian, EcPrivateKeyBin};
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
    let (_server, keys) = served();
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
    let number: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes()?;
    let point = pair.public_key().as_ref();
    let jwk = JsonWebKey {
        kty: Some(KeyType::Ec),
        crv: Some(CurveName::P256),
        x: Some(point[1..33].to_vec()),
        y: Some(point[33..].to_vec()),
        d: Some(number.as_ref().to_vec()),
        key_ops: Some(vec!["sign".into(), "verify".into()]),
        ..JsonWebKey::default()
    };
    let parameters = ImportKeyParameters { key: Some(jwk), ..ImportKeyParameters::default() };
    let made = keys.import_key("brought", parameters.try_into()?, None).await?.into_model()?;
    let jwk = made.key.expect("a key");
    assert_eq!((jwk.x, jwk.d), (Some(point[1..33].to_vec()), None), "the private part does not come back");
    Ok(())
}

#[tokio::test]
async fn rotate_by_hand_and_by_policy() -> Outcome {
    let (server, keys) = served();
    let first = create(&keys, "kek", rsa()).await?;
    let action = LifetimeAction {
        action: Some(LifetimeActionType { type_prop: Some(KeyRotationPolicyAction::Rotate) }),
        trigger: Some(LifetimeActionTrigger { time_after_create: Some("P60D".into()), time_before_expiry: None }),
    };
    let policy = KeyRotationPolicy {
        lifetime_actions: Some(vec![action]),
        attributes: Some(KeyRotationPolicyAttributes { expiry_time: Some("P90D".into()), ..Default::default() }),
        ..KeyRotationPolicy::default()
    };
    keys.update_key_rotation_policy("kek", policy.try_into()?, None).await?;
    let policy = keys.get_key_rotation_policy("kek", None).await?.into_model()?;
    let told = policy.lifetime_actions.expect("actions");
    assert_eq!(told[0].trigger.as_ref().and_then(|it| it.time_after_create.as_deref()), Some("P60D"));
    assert_eq!(policy.attributes.and_then(|it| it.expiry_time).as_deref(), Some("P90D"));

    let second = keys.rotate_key("kek", None).await?.into_model()?;
    server.advance(Duration::from_secs(61 * 86_400))?;
    let third: Key = keys.get_key("kek", None).await?.into_model()?;
    assert!(version(&first) != version(&second) && version(&second) != version(&third));
    Ok(())
}

#[tokio::test]
async fn delete_recover_purge_and_restore() -> Outcome {
    let (_server, keys) = served();
    let made = create(&keys, "kek", rsa()).await?;
    let backup = keys.backup_key("kek", None).await?.into_model()?.value.expect("a backup");
    let deleted = keys.delete_key("kek", None).await?.into_model()?;
    let kept = deleted.scheduled_purge_date.expect("a date") - deleted.deleted_date.expect("a date");
    assert_eq!(kept.whole_days(), 90);
    let gone = keys.get_key("kek", None).await.expect_err("it is deleted");
    assert_eq!(gone.http_status(), Some(StatusCode::NotFound));
    assert!(keys.get_deleted_key("kek", None).await?.into_model()?.recovery_id.is_some());
    let listed: Vec<_> = keys.list_deleted_key_properties(None)?.try_collect().await?;
    assert_eq!(listed.len(), 1);
    keys.recover_deleted_key("kek", None).await?;
    assert_eq!(version(&keys.get_key("kek", None).await?.into_model()?), version(&made));
    keys.delete_key("kek", None).await?;
    keys.purge_deleted_key("kek", None).await?;
    let gone = keys.get_deleted_key("kek", None).await.expect_err("it is purged");
    assert_eq!(gone.http_status(), Some(StatusCode::NotFound));
    let parameters = RestoreKeyParameters { key_backup: Some(backup) };
    let restored = keys.restore_key(parameters.try_into()?, None).await?.into_model()?;
    assert_eq!(version(&restored), version(&made));
    Ok(())
}
