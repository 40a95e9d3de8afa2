//! Notifications of Azure Event Grid about keys in Key Vault: a new version, near expiry, expired. Both schemas are read,
//! Event Grid's own and `CloudEvents` 1.0, one event or a batch.
//!
//! A notification is a hint and no order: whoever can reach the endpoint can send one. It names a key, and what follows from
//! it is asked of the vault itself.
//!
//! Facts: "Azure Key Vault as Event Grid source" and "Webhook event delivery" (Microsoft Learn).

use super::json::{self, Kind, Value};
use crate::error::{Code, Error};
use crate::key::{KeyUri, KeyVersion};
use crate::policy::Timestamp;
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Serialize, Serializer};

/// Bytes of a notification at most; Event Grid sends up to 1 MiB.
pub const MAX_NOTICE: usize = 1 << 20;

/// The event of Event Grid that asks an endpoint whether it wants events.
const VALIDATION: &str = "Microsoft.EventGrid.SubscriptionValidationEvent";

/// What a notification says.
///
/// ```
/// use cmkit_core::document::event::{KeyEventKind, read_key_events};
/// let body = r#"[{
///   "id": "00eccf70-95a7-4e7c-8299-2eb17ee9ad64", "subject": "orders-kek", "specversion": "1.0",
///   "source": "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/orders",
///   "type": "Microsoft.KeyVault.KeyNewVersionCreated", "time": "2026-11-25T01:08:33.1036736Z",
///   "data": {
///     "Id": "https://orders.vault.azure.net/keys/orders-kek/ee059b2bb5bc48398a53b168c6cdcb10",
///     "VaultName": "orders", "ObjectType": "Key", "ObjectName": "orders-kek",
///     "Version": "ee059b2bb5bc48398a53b168c6cdcb10", "NBF": null, "EXP": "1827360000"
///   }
/// }]"#;
/// let notice = read_key_events(body, &[])?;
/// let event = &notice.events[0];
/// assert_eq!(event.kind, KeyEventKind::NewVersion);
/// assert_eq!(event.rewrap_to.as_ref().map(ToString::to_string).as_deref(), Some("https://orders.vault.azure.net/keys/orders-kek"));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct KeyNotice {
    /// What happened to keys, in the order of the notification.
    pub events: Vec<KeyEvent>,
    /// Event Grid asks whether this endpoint wants events; answer `{"validationResponse": CODE}` with this code.
    pub validation_code: Option<String>,
    /// Events about something else: secrets, certificates, access policies.
    pub others: usize,
}

/// What happened to a key, and what follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct KeyEvent {
    /// The event's own id: the same where an event is delivered again.
    pub id: String,
    /// What happened.
    pub kind: KeyEventKind,
    /// The key, with the version that it happened to.
    #[serde(serialize_with = "key_text")]
    pub key: KeyUri,
    /// When it happened.
    pub time: Timestamp,
    /// From when the version may wrap.
    pub not_before: Option<Timestamp>,
    /// Until when it may.
    pub expires: Option<Timestamp>,
    /// Whether to forget the data keys of this key that are cached, so that what is sealed next is under its newest version.
    pub flush: bool,
    /// Whether the key needs a new version first.
    pub rotate: bool,
    /// The key to rewrap to, without a version: what older versions wrapped is due.
    #[serde(serialize_with = "optional_key_text")]
    pub rewrap_to: Option<KeyUri>,
}

/// What happened to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyEventKind {
    /// `Microsoft.KeyVault.KeyNewVersionCreated`: a new key too.
    NewVersion,
    /// `Microsoft.KeyVault.KeyNearExpiry`: the newest version expires soon.
    NearExpiry,
    /// `Microsoft.KeyVault.KeyExpired`: the newest version wraps no more. It still unwraps.
    Expired,
}

/// Reads a notification. `hosts` are hosts of vaults besides those of Azure, for tests.
///
/// # Errors
/// [`Code::Input`] for what is no notification, or contradicts itself; [`Code::TooLarge`] over [`MAX_NOTICE`] bytes.
pub fn read_key_events(text: &str, hosts: &[&str]) -> Result<KeyNotice, Error> {
    if text.len() > MAX_NOTICE {
        return Err(Error::new(Code::TooLarge, format!("the notification has more than {MAX_NOTICE} bytes")));
    }
    let document = json::parse(text)?;
    let mut notice = KeyNotice::default();
    match &document.kind {
        Kind::Array(events) => events.iter().try_for_each(|event| read_event(event, hosts, &mut notice))?,
        _ => read_event(&document, hosts, &mut notice)?,
    }
    Ok(notice)
}

fn read_event(event: &Value<'_>, hosts: &[&str], notice: &mut KeyNotice) -> Result<(), Error> {
    let (kind, time) = match (event.get("specversion"), event.get("eventType")) {
        (Some(version), _) if version.as_str() != Some("1.0") => {
            return Err(fault("is in another version of CloudEvents than 1.0"));
        }
        (Some(_), _) => ("type", "time"),
        (None, Some(_)) => ("eventType", "eventTime"),
        (None, None) => return Err(fault("has neither `eventType` nor `specversion`")),
    };
    let data = event.get("data").ok_or_else(|| fault("has no `data`"))?;
    let kind = match text(event, kind)? {
        "Microsoft.KeyVault.KeyNewVersionCreated" => KeyEventKind::NewVersion,
        "Microsoft.KeyVault.KeyNearExpiry" => KeyEventKind::NearExpiry,
        "Microsoft.KeyVault.KeyExpired" => KeyEventKind::Expired,
        VALIDATION => {
            notice.validation_code = Some(text(data, "validationCode")?.to_owned());
            return Ok(());
        }
        _ => {
            notice.others += 1;
            return Ok(());
        }
    };
    let key = read_key(data, hosts)?;
    let moment = text(event, time)?;
    notice.events.push(KeyEvent {
        id: text(event, "id")?.to_owned(),
        kind,
        time: Timestamp::parse(moment).map_err(|error| fault(error.message()))?,
        not_before: seconds(data, "NBF")?,
        expires: seconds(data, "EXP")?,
        flush: kind != KeyEventKind::NearExpiry,
        rotate: kind != KeyEventKind::NewVersion,
        rewrap_to: (kind == KeyEventKind::NewVersion).then(|| key.versionless()),
        key,
    });
    Ok(())
}

/// The key, of which an event says each part twice.
fn read_key(data: &Value<'_>, hosts: &[&str]) -> Result<KeyUri, Error> {
    if !text(data, "ObjectType")?.eq_ignore_ascii_case("Key") {
        return Err(fault("is of a key, with the data of something else"));
    }
    let key = KeyUri::parse_on(text(data, "Id")?, hosts).map_err(|error| fault(error.message()))?;
    let version = key.version().ok_or_else(|| fault("names no version in `Id`"))?;
    let same = |name: &str, due: &str| Ok::<_, Error>(text(data, name)?.eq_ignore_ascii_case(due));
    let agrees = same("VaultName", key.vault_name())?
        && same("ObjectName", key.name())?
        && KeyVersion::parse(text(data, "Version")?).is_ok_and(|named| named == version);
    if agrees { Ok(key) } else { Err(fault("names another key in `Id` than in the rest of its data")) }
}

fn text<'v>(value: &'v Value<'_>, name: &str) -> Result<&'v str, Error> {
    let found = value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    found.ok_or_else(|| fault(&format!("has no text `{name}`")))
}

/// Seconds since 1970, written as a number or as its digits.
fn seconds(data: &Value<'_>, name: &str) -> Result<Option<Timestamp>, Error> {
    let digits = match data.get(name).map(|value| &value.kind) {
        None | Some(Kind::Null) => return Ok(None),
        Some(Kind::Number(digits)) => *digits,
        Some(Kind::String(digits)) => digits,
        Some(_) => return Err(fault(&format!("has a `{name}` that is no time"))),
    };
    let seconds = digits.parse().map_err(|_| fault(&format!("has a `{name}` that is no time")))?;
    Ok(Some(Timestamp::from_seconds(seconds)))
}

fn fault(what: &str) -> Error {
    Error::new(Code::Input, format!("the event {what}"))
}

fn key_text<S: Serializer>(key: &KeyUri, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(key)
}

fn optional_key_text<S: Serializer>(key: &Option<KeyUri>, serializer: S) -> Result<S::Ok, S::Error> {
    match key {
        Some(key) => serializer.collect_str(key),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERSION: &str = "ee059b2bb5bc48398a53b168c6cdcb10";

    fn data() -> String {
        format!(
            r#"{{"Id": "https://Sample-kv.vault.azure.net/keys/newkey/{VERSION}", "VaultName": "sample-kv",
                "ObjectType": "Key", "ObjectName": "newkey", "Version": "{VERSION}", "NBF": "1559081980", "EXP": 1559082102}}"#
        )
    }

    fn own(kind: &str, data: &str) -> String {
        format!(
            r#"{{"id": "00ec", "topic": "/subscriptions/s", "subject": "newkey", "eventType": "Microsoft.{kind}",
                "eventTime": "2019-07-25T01:08:33.1036736Z", "data": {data}, "dataVersion": "1", "metadataVersion": "1"}}"#
        )
    }

    fn cloud(kind: &str, data: &str) -> String {
        format!(
            r#"{{"id": "00ec", "source": "/subscriptions/s", "subject": "newkey", "type": "Microsoft.{kind}",
                "time": "2019-07-25T01:08:33.1036736Z", "data": {data}, "specversion": "1.0"}}"#
        )
    }

    #[test]
    fn both_schemas_one_and_many() {
        let [own, cloud] = [own, cloud].map(|event| event("KeyVault.KeyNewVersionCreated", &data()));
        let due = read_key_events(&own, &[]).expect("a notice");
        let [event] = &due.events[..] else { panic!("{due:?}") };
        assert_eq!(
            event.key,
            KeyUri::parse(&format!("https://sample-kv.vault.azure.net/keys/newkey/{VERSION}")).expect("a key")
        );
        assert_eq!(
            (event.id.as_str(), event.kind, event.time.seconds()),
            ("00ec", KeyEventKind::NewVersion, 1_564_016_913)
        );
        let seconds = |time: Option<Timestamp>| time.map(Timestamp::seconds);
        assert_eq!((seconds(event.not_before), seconds(event.expires)), (Some(1_559_081_980), Some(1_559_082_102)));
        assert_eq!((event.flush, event.rotate, &event.rewrap_to), (true, false, &Some(event.key.versionless())));
        assert_eq!(read_key_events(&cloud, &[]).expect("a notice"), due);
        let batch = read_key_events(&format!("[{own}, {cloud}]"), &[]).expect("a notice");
        assert_eq!(batch.events, [event.clone(), event.clone()]);
        assert_eq!(read_key_events("[]", &[]).expect("a notice"), KeyNotice::default());
    }

    #[test]
    fn what_follows_from_each_kind() {
        let of = |kind: &str| {
            let notice = read_key_events(&cloud(&format!("KeyVault.{kind}"), &data()), &[]).expect("a notice");
            let event = notice.events.into_iter().next().expect("an event");
            (event.kind, event.flush, event.rotate, event.rewrap_to.is_some())
        };
        assert_eq!(of("KeyNewVersionCreated"), (KeyEventKind::NewVersion, true, false, true));
        assert_eq!(of("KeyNearExpiry"), (KeyEventKind::NearExpiry, false, true, false));
        assert_eq!(of("KeyExpired"), (KeyEventKind::Expired, true, true, false));
    }

    #[test]
    fn the_handshake_and_what_is_about_something_else() {
        let asked = own(
            "EventGrid.SubscriptionValidationEvent",
            r#"{"validationCode": "512d38b6", "validationUrl": "https://x"}"#,
        );
        let notice = read_key_events(&format!("[{asked}]"), &[]).expect("a notice");
        assert_eq!((notice.validation_code.as_deref(), notice.events.len()), (Some("512d38b6"), 0));
        let other = own("KeyVault.SecretNearExpiry", "{}");
        let notice =
            read_key_events(&format!("[{other}, {}]", own("KeyVault.KeyExpired", &data())), &[]).expect("a notice");
        assert_eq!((notice.others, notice.events.len()), (1, 1));
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let event = own("KeyVault.KeyExpired", &data());
        for (from, to) in [
            ("\"ObjectType\": \"Key\"", "\"ObjectType\": \"Secret\""),
            ("\"VaultName\": \"sample-kv\"", "\"VaultName\": \"other-kv\""),
            ("\"ObjectName\": \"newkey\"", "\"ObjectName\": \"oldkey\""),
            ("\"Version\": \"ee", "\"Version\": \"ff"),
            ("newkey/ee059b2bb5bc48398a53b168c6cdcb10", "newkey"),
            (".vault.azure.net", ".vault.example.com"),
            ("/keys/", "/secrets/"),
            ("\"EXP\": 1559082102", "\"EXP\": 1.5"),
            ("\"EXP\": 1559082102", "\"EXP\": []"),
            ("\"eventTime\": \"2019", "\"eventTime\": \"soon"),
            ("\"id\": \"00ec\"", "\"id\": 7"),
            ("\"eventType\"", "\"kind\""),
            ("\"data\":", "\"payload\":"),
            ("\"subject\": \"newkey\"", "\"specversion\": \"0.3\""),
        ] {
            assert!(event.contains(from), "{from}");
            let error = read_key_events(&event.replace(from, to), &[]).expect_err(to);
            assert_eq!(error.code(), Code::Input, "{to}: {error}");
        }
        assert!(read_key_events("7", &[]).is_err() && read_key_events("[[]]", &[]).is_err());
        let local = event.replace("Sample-kv.vault.azure.net", "sample-kv.localhost:8443");
        assert!(
            read_key_events(&local, &[]).is_err() && read_key_events(&local, &["sample-kv.localhost:8443"]).is_ok()
        );
        let long = format!("[{}]", " ".repeat(MAX_NOTICE));
        assert_eq!(read_key_events(&long, &[]).expect_err("too long").code(), Code::TooLarge);
    }
}
