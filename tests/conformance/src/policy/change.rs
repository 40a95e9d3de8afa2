//! Changes to documents that must not change a verdict, or must not change it for the better.
//!
//! A document here is JSON that keeps the order of its members. What is changed is chosen by a seed, so that whatever is
//! found is found again.

use super::Files;
use cmkit::document::json;
use serde_json::Value;
use std::mem;

/// A stream of numbers from a seed (xorshift64*).
pub struct Chance(u64);

impl Chance {
    /// The stream of a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).expect("31 bits") % bound
    }

    fn shuffle<T>(&mut self, values: &mut [T]) {
        for last in (1..values.len()).rev() {
            values.swap(last, self.below(last + 1));
        }
    }

    fn recase(&mut self, text: &str) -> String {
        let either = |c: char, upper| if upper { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
        text.chars().map(|c| either(c, self.below(2) == 0)).collect()
    }
}

/// JSON whose members keep their order.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// A number, a boolean or null, as it is written.
    Plain(String),
    /// A string, unescaped.
    Text(String),
    /// Values in order.
    Array(Vec<Self>),
    /// Members in order.
    Object(Vec<(String, Self)>),
}

impl Json {
    /// Reads text, with comments.
    ///
    /// # Panics
    /// Where it is not JSON.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::of(&json::parse(text).expect("JSON"))
    }

    fn of(value: &json::Value<'_>) -> Self {
        match &value.kind {
            json::Kind::Null => Self::Plain("null".into()),
            json::Kind::Bool(value) => Self::Plain(value.to_string()),
            json::Kind::Number(digits) => Self::Plain((*digits).into()),
            json::Kind::String(text) => Self::Text(text.to_string()),
            json::Kind::Array(values) => Self::Array(values.iter().map(Self::of).collect()),
            json::Kind::Object(members) => {
                Self::Object(members.iter().map(|member| (member.name.to_string(), Self::of(&member.value))).collect())
            }
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Plain(text) => out.push_str(text),
            Self::Text(text) => quote(text, out),
            Self::Array(values) => {
                out.push('[');
                for (index, value) in values.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { ",\n" });
                    value.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { ",\n" });
                    quote(name, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }

    /// As text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    /// A member.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        let Self::Object(members) = self else { return None };
        members.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The text, if this is a string.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The value at the end of a path of indices.
    fn at(&mut self, path: &[usize]) -> &mut Self {
        path.iter().fold(self, |node, index| match node {
            Self::Array(values) => &mut values[*index],
            Self::Object(members) => &mut members[*index].1,
            _ => panic!("a path into a leaf"),
        })
    }
}

fn quote(text: &str, out: &mut String) {
    out.push_str(&Value::from(text).to_string());
}

/// Arrays in which order means something.
const ORDERED: &[&str] = &["references", "actions", "replace_paths"];

/// Puts members, resources and other values that have no order into another one.
pub fn shuffle(node: &mut Json, chance: &mut Chance) {
    match node {
        Json::Object(members) => {
            chance.shuffle(members);
            for (name, value) in members {
                match value {
                    Json::Array(values) if ORDERED.contains(&name.as_str()) => {
                        values.iter_mut().for_each(|value| shuffle(value, chance));
                    }
                    value => shuffle(value, chance),
                }
            }
        }
        Json::Array(values) => {
            chance.shuffle(values);
            values.iter_mut().for_each(|value| shuffle(value, chance));
        }
        Json::Plain(_) | Json::Text(_) => {}
    }
}

/// Properties of Terraform whose words are Azure's; of its own words it takes one spelling.
const REGIONS: &[&str] = &["location", "source_location"];

/// Properties whose words Azure reads in any letter case.
const WORDS: &[&str] = &[
    "bypass",
    "createMode",
    "defaultAction",
    "identityType",
    "isolationScope",
    "keyOps",
    "keys",
    "kty",
    "level",
    "location",
    "name",
    "objectId",
    "principalId",
    "principalType",
    "providers",
    "publicNetworkAccess",
    "sourceLocation",
    "targetMode",
    "tenantId",
    "tier",
    "type",
    "clientId",
];

/// Changes letter case where Azure ignores it: regions, ids, types and names of resources, enumerated words, and key
/// identifiers.
pub fn recase(node: &mut Json, chance: &mut Chance) {
    let words = if node.get("format_version").is_some() { REGIONS } else { WORDS };
    recase_below(node, "", words, chance);
}

fn recase_below(node: &mut Json, property: &str, words: &[&str], chance: &mut Chance) {
    let is_id = |text: &str| text.starts_with("/subscriptions/") || text.starts_with("/providers/");
    let is_key = |text: &str| text.starts_with("https://") && text.contains("/keys/");
    match node {
        Json::Text(text) if is_id(text) => *text = chance.recase(text),
        Json::Text(text) if is_key(text) => *text = format!("https://{}", chance.recase(&text["https://".len()..])),
        Json::Text(text) if words.contains(&property) && !text.starts_with('[') => *text = chance.recase(text),
        Json::Array(values) => values.iter_mut().for_each(|value| recase_below(value, property, words, chance)),
        Json::Object(members) => {
            for (name, value) in members {
                if is_id(name) {
                    *name = chance.recase(name);
                }
                // Parameters and variables are named by people; what is in a suppression is ours.
                if !["parameters", "variables", "metadata", "outputs", "tags"].contains(&name.as_str()) {
                    recase_below(value, name, words, chance);
                }
            }
        }
        Json::Plain(_) | Json::Text(_) => {}
    }
}

/// A document with less in it, and what was taken away.
pub struct Less {
    /// What was taken away.
    pub what: String,
    /// The documents without it.
    pub files: Files,
}

/// Types of resources that are evidence for a cluster.
const EVIDENCE: &[&str] = &[
    "Microsoft.KeyVault/vaults",
    "Microsoft.KeyVault/vaults/keys",
    "Microsoft.KeyVault/vaults/accessPolicies",
    "Microsoft.ManagedIdentity/userAssignedIdentities",
    "Microsoft.Authorization/roleAssignments",
];
/// Members that say what a resource is, not how it is, or that lead to other resources.
const STRUCTURE: &[&str] =
    &["type", "resources", "existing", "condition", "metadata", "template", "expressionEvaluationOptions", "mode"];
const OPEN: &str = "[parameters('cmkitOpen')]";

/// Every way to know less of documents: one value of a template becomes a parameter without value, one resource is
/// gone or only referred to, or one document of several is not given.
#[must_use]
pub fn less(files: &Files) -> Vec<Less> {
    let mut found = Vec::new();
    for (name, document) in files {
        let mut root = Json::parse(&super::text_of(document));
        let mut push = |what: String, changed: Option<&Json>| {
            let mut files = files.clone();
            match changed {
                Some(changed) => files.insert(name.clone(), Value::String(changed.text())),
                None => files.remove(name),
            };
            found.push(Less { what: format!("{name}: {what}"), files });
        };
        if is_evidence(&root) && files.len() > 1 {
            push("not given".into(), None);
        }
        if root.get("id").is_some() {
            continue; // the service's answer has no expressions
        }
        let (mut values, mut resources) = (Vec::new(), Vec::new());
        walk(&root, &mut Vec::new(), false, &mut values, &mut resources);
        for path in values {
            let value = mem::replace(root.at(&path), Json::Text(OPEN.into()));
            push(format!("a parameter for {}", value.text()), Some(&root));
            *root.at(&path) = value;
        }
        for path in resources {
            let whole = root.clone();
            let what = root.at(&path).text();
            if let Json::Object(members) = root.at(&path) {
                members.retain(|(name, _)| name != "existing");
                members.push(("existing".into(), Json::Plain("true".into())));
            }
            push(format!("only referring to {what}"), Some(&root));
            let (last, before) = path.split_last().expect("a resource in something");
            match root.at(before) {
                Json::Array(values) => drop(values.remove(*last)),
                Json::Object(members) => drop(members.remove(*last)),
                Json::Plain(_) | Json::Text(_) => unreachable!("a resource in something"),
            }
            push(format!("without {what}"), Some(&root));
            root = whole;
        }
    }
    found
}

fn is_evidence(resource: &Json) -> bool {
    let kind = resource.get("type").and_then(Json::as_text).unwrap_or_default();
    EVIDENCE.iter().any(|evidence| kind.eq_ignore_ascii_case(evidence))
}

/// The paths of the values of resources, and of the resources that are evidence.
fn walk(
    node: &Json,
    path: &mut Vec<usize>,
    inside: bool,
    values: &mut Vec<Vec<usize>>,
    resources: &mut Vec<Vec<usize>>,
) {
    let children: Vec<(&str, &Json)> = match node {
        Json::Object(members) => members.iter().map(|(name, value)| (name.as_str(), value)).collect(),
        Json::Array(elements) => elements.iter().map(|value| ("", value)).collect(),
        Json::Plain(_) | Json::Text(_) => return,
    };
    for (index, (name, child)) in children.into_iter().enumerate() {
        path.push(index);
        let is_resource = child.get("type").and_then(Json::as_text).is_some_and(|kind| kind.contains('/'));
        if is_resource && is_evidence(child) {
            resources.push(path.clone());
        }
        let inside = inside || is_resource;
        if inside && !is_resource && !STRUCTURE.contains(&name) && child.as_text() != Some(OPEN) {
            values.push(path.clone());
        }
        if !["parameters", "variables", "outputs", "metadata"].contains(&name) {
            // A template in a deployment begins anew.
            walk(child, path, inside && name != "template" && name != "resources", values, resources);
        }
        path.pop();
    }
}
