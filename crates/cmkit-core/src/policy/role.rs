//! Roles: which of them allow to read, wrap and unwrap.
//!
//! Built-in ones are known by id and by name, custom ones by their data actions.

use super::fact::Fact;
use super::index::Index;
use super::model::{Deployment, RoleAssignment, RoleDefinition};
use super::outcome::decided;
use super::text::Text;
use alloc::format;
use alloc::string::{String, ToString};

/// What a role comes to.
pub(super) enum Role {
    /// It allows what is needed and no more.
    Right,
    /// It allows more, by its name.
    Broad(String),
    /// It does not allow it, by its name.
    Weak(String),
    /// What it allows isn't known, and why.
    Open(String),
}

/// The role of an assignment. Tools write its id, its name, or both; the id decides.
pub(super) fn role(grant: &RoleAssignment, deployment: &Deployment, index: &Index) -> Role {
    let (id, name) = match (&grant.role, &grant.role_name) {
        (Fact::Absent(_), name) => (None, name),
        (Fact::Known { value, .. }, name) => (Some(value), name),
        (Fact::Unknown { .. }, name @ Fact::Known { .. }) => (None, name),
        (Fact::Unknown { reason, .. }, _) => return Role::Open(reason.clone()),
    };
    let last = id.and_then(|id| id.split('/').pop());
    let guid = last.as_ref().and_then(Text::as_literal);
    let found = ROLES.iter().find(|(id, known, _)| match guid {
        Some(guid) => guid.eq_ignore_ascii_case(id),
        None => name.literal().is_some_and(|name| name.eq_ignore_ascii_case(known)),
    });
    if let Some((_, name, enough)) = found {
        return match enough {
            Enough::Exactly => Role::Right,
            Enough::More => Role::Broad((*name).to_string()),
            Enough::No => Role::Weak((*name).to_string()),
        };
    }
    let here = last.as_ref().and_then(|last| index.role_definitions.get(last).first());
    match (here, id) {
        (Some(at), _) => custom(&deployment.role_definitions[*at]),
        (None, Some(id)) if id.as_literal().is_none() => Role::Open(decided(id)),
        _ => Role::Open("what this role allows is not in these files".to_string()),
    }
}

/// Reading, wrapping and unwrapping.
const NEEDED: [&str; 3] = ["/read", "/wrap/action", "/unwrap/action"];
const KEYS: &str = "microsoft.keyvault/vaults/keys";

fn custom(role: &RoleDefinition) -> Role {
    let name = || format!("`{}`", role.resource.short_name());
    let given = match &role.data_actions {
        Fact::Known { value, .. } => value.as_slice(),
        Fact::Absent(_) => &[],
        Fact::Unknown { reason, .. } => return Role::Open(reason.clone()),
    };
    let taken = match &role.not_data_actions {
        Fact::Known { value, .. } => value.as_slice(),
        Fact::Absent(_) => &[],
        Fact::Unknown { reason, .. } => return Role::Open(reason.clone()),
    };
    if let Some((open, _)) = given.iter().chain(taken).find(|(action, _)| action.as_literal().is_none()) {
        return Role::Open(decided(open));
    }
    let matches = |patterns: &[(Text, _)], action: &str| {
        patterns.iter().filter_map(|(pattern, _)| pattern.as_literal()).any(|pattern| wildcard(pattern, action))
    };
    let allows = |end: &str| {
        let action = format!("{KEYS}{end}");
        matches(given, &action) && !matches(taken, &action)
    };
    let needed = |pattern: &str| NEEDED.iter().any(|end| pattern.eq_ignore_ascii_case(&format!("{KEYS}{end}")));
    if !NEEDED.iter().all(|end| allows(end)) {
        Role::Weak(name())
    } else if given.iter().filter_map(|(pattern, _)| pattern.as_literal()).all(needed) {
        Role::Right
    } else {
        Role::Broad(name())
    }
}

/// Whether an action fits a pattern in which `*` stands for any characters, letter case aside.
fn wildcard(pattern: &str, action: &str) -> bool {
    let pattern = pattern.to_ascii_lowercase();
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|first| action.strip_prefix(first)) else { return false };
    let mut pieces = pieces.peekable();
    if pieces.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return rest.ends_with(piece);
        }
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    true
}

enum Enough {
    Exactly,
    More,
    No,
}

/// Built-in roles, see <https://learn.microsoft.com/azure/key-vault/general/rbac-guide> and
/// <https://learn.microsoft.com/azure/role-based-access-control/built-in-roles>.
const ROLES: &[(&str, &str, Enough)] = &[
    ("e147488a-f6f5-4113-8e2d-b22465e65bf6", "Key Vault Crypto Service Encryption User", Enough::Exactly),
    ("00482a5a-887f-4fb3-b363-3b7fe8e74483", "Key Vault Administrator", Enough::More),
    ("14b46e9e-c2b7-41b4-b07b-48a6ebf60603", "Key Vault Crypto Officer", Enough::More),
    ("12338af0-0e69-4776-bea7-57ae8d297424", "Key Vault Crypto User", Enough::More),
    ("21090545-7ca7-4776-b22c-e363652d74d2", "Key Vault Reader", Enough::No),
    ("a68e7c17-0ab2-4c09-9a58-125dae29748c", "Key Vault Purge Operator", Enough::No),
    ("a4417e6f-fecd-4de8-b567-7b0420556985", "Key Vault Certificates Officer", Enough::No),
    ("db79e9a7-68ee-4b58-9aeb-b90e7c24fcba", "Key Vault Certificate User", Enough::No),
    ("08bbd89e-9f13-488c-ac41-acfcb10c90ab", "Key Vault Crypto Service Release User", Enough::No),
    ("b86a8fe4-44ce-4948-aee5-eccb2c155cd7", "Key Vault Secrets Officer", Enough::No),
    ("4633458b-17de-408a-b874-0445c86b69e6", "Key Vault Secrets User", Enough::No),
    ("8b54135c-b56d-4d72-a534-26097cfdc8d8", "Key Vault Data Access Administrator", Enough::No),
    ("f25e0fa2-a7c8-4377-a976-54943a77a395", "Key Vault Contributor", Enough::No),
    ("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner", Enough::No),
    ("b24988ac-6180-42a0-ab88-20f7382dd24c", "Contributor", Enough::No),
    ("acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader", Enough::No),
    ("33413926-3206-4cdd-b39a-83574fe37a17", "Managed HSM Crypto Service Encryption User", Enough::No),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        let action = "microsoft.keyvault/vaults/keys/wrap/action";
        for pattern in [
            "*",
            "Microsoft.KeyVault/vaults/keys/wrap/action",
            "Microsoft.KeyVault/*",
            "*/wrap/action",
            "*/keys/*/action",
        ] {
            assert!(wildcard(pattern, action), "{pattern}");
        }
        for pattern in
            ["", "Microsoft.KeyVault/vaults/keys", "*/unwrap/action", "*/keys/*/read", "*/keys/wrap/action/*"]
        {
            assert!(!wildcard(pattern, action), "{pattern}");
        }
    }
}
