//! Template functions over text: resource ids, `format`, and the properties that deployed resources get.
//!
//! All of them work on text with open parts, and give up rather than guess.

use crate::policy::{Part, Piece, ResourceId, Text};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

pub(super) const SUBSCRIPTION: &str = "subscription().subscriptionId";
pub(super) const GROUP: &str = "resourceGroup().name";
pub(super) const KEY_VAULT_SUFFIX: &str = "environment().suffixes.keyvaultDns";

/// An argument in the canonical spelling of the call around it.
pub(super) fn spelled(text: &Text) -> String {
    match (text.as_literal(), text.parts()) {
        (Some(literal), _) => format!("'{literal}'"),
        (None, [Part::Opaque(expression)]) => String::from(&**expression),
        (None, _) => format!("'{text}'"),
    }
}

pub(super) fn spelling(function: &str, arguments: &[Text]) -> String {
    let arguments: Vec<_> = arguments.iter().map(spelled).collect();
    format!("{function}({})", arguments.join(", "))
}

/// Where a template goes, as its expressions name it.
#[derive(Clone, Debug)]
pub(super) struct Home {
    pub(super) subscription: Text,
    pub(super) group: Text,
}

impl Default for Home {
    fn default() -> Self {
        Self { subscription: Text::opaque(SUBSCRIPTION), group: Text::opaque(GROUP) }
    }
}

impl Home {
    pub(super) fn path(&self) -> Text {
        let subscription = Text::literal("/subscriptions/").then(self.subscription.clone());
        subscription.then_str("/resourceGroups/").then(self.group.clone())
    }

    /// Whether the group is the one that the whole deployment goes to.
    fn is_own(&self) -> bool {
        self.group == Text::opaque(GROUP)
    }
}

/// Members of deployment-time objects that are worth more than their spelling.
pub(super) fn well_known(expression: &str, home: &Home) -> Text {
    match expression {
        SUBSCRIPTION => home.subscription.clone(),
        GROUP => home.group.clone(),
        "subscription().id" => Text::literal("/subscriptions/").then(home.subscription.clone()),
        "resourceGroup().id" => home.path(),
        // Another group is at home in another region, and has other tags.
        group if group.starts_with("resourceGroup().") && !home.is_own() => {
            Text::opaque(group.replacen("()", &format!("({})", home.group), 1))
        }
        "subscription().tenantId" => Text::opaque("tenant().tenantId"),
        // The public cloud, unless the deployment goes to another one.
        KEY_VAULT_SUFFIX => Text::literal(".vault.azure.net"),
        _ => Text::opaque(expression),
    }
}

/// A property that a resource gets when it is deployed. Addresses of vaults and keys follow from their names.
pub(super) fn property(id: ResourceId, path: &[String]) -> Text {
    let path = match path.split_first() {
        Some((step, rest)) if step == "properties" => rest,
        _ => path,
    };
    let names = id.name().split('/');
    let vault_uri = |vault: &Text| Text::literal("https://").then(vault.clone()).then_str(".vault.azure.net/");
    match (id.kind(), path, names.as_slice()) {
        ("microsoft.keyvault/vaults", [step], [vault]) if step == "vaultUri" => vault_uri(vault),
        ("microsoft.keyvault/vaults/keys", [step], [vault, key]) if step.starts_with("keyUri") => {
            let uri = vault_uri(vault).then_str("keys/").then(key.clone());
            if step == "keyUri" { uri } else { uri.then_str("/").then(Text::opaque("the key's current version")) }
        }
        _ => Text::property(id, path.join(".")),
    }
}

/// `format`, with plain `{0}` holes only.
pub(super) fn format_text(pattern: &str, arguments: &[Text]) -> Option<Text> {
    let mut text = Text::default();
    let mut rest = pattern;
    while let Some((plain, hole)) = rest.split_once('{') {
        let (index, after) = hole.split_once('}')?;
        text = text.then_str(plain).then(arguments.get(index.parse::<usize>().ok()?)?.clone());
        rest = after;
    }
    (!rest.contains('}')).then(|| text.then_str(rest))
}

/// The id of a resource from the arguments of `resourceId` and its sisters: `[subscription], [group], type, name, ...`.
pub(super) fn resource_id(arguments: &[Text], level: &str, home: &Home) -> Option<Text> {
    let at = arguments.iter().position(|text| text.as_literal().is_some_and(|t| t.contains('/') && t.contains('.')))?;
    let (given, rest) = arguments.split_at(at);
    let (kind, names) = rest.split_first()?;
    let (space, types) = kind.as_literal()?.split_once('/')?;
    if types.split('/').count() != names.len() {
        return None;
    }
    let mut given = given.iter().rev();
    let mut id = Vec::with_capacity(8 + 4 * names.len());
    let group = if level == GROUP { Some(given.next().unwrap_or(&home.group)) } else { None };
    if !level.is_empty() {
        id.extend([Piece::Known("/subscriptions/"), Piece::Text(given.next().unwrap_or(&home.subscription))]);
    }
    if let Some(group) = group {
        id.extend([Piece::Known("/resourceGroups/"), Piece::Text(group)]);
    }
    id.extend([Piece::Known("/providers/"), Piece::Known(space)]);
    for (kind, name) in types.split('/').zip(names) {
        id.extend([Piece::Known("/"), Piece::Known(kind), Piece::Known("/"), Piece::Text(name)]);
    }
    given.next().is_none().then(|| Text::join(id))
}
