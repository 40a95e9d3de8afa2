//! The table of rules: one entry a rule, one file a concern.
//!
//! Everything that is said about a rule anywhere is written from its entry.

mod arrangement;
mod change;
mod cluster;
mod copies;
mod copy_limits;
mod grants;
mod identity;
mod input;
mod key;
mod key_standing;
mod lifecycle;
mod live;
pub(super) mod mend;
mod names;
mod network;
mod organisation;
mod placement;
mod reference;
mod reference_target;
mod vault;
mod vault_keeping;
mod versions;

use super::dialect::translated;
use super::fact::Dialect;
use super::finding::{Consequence, Level};
use super::outcome::Out;
use super::scene::Scene;
use super::text::Text;
use alloc::string::String;
use serde::Serialize;

/// A rule: its code, what it is about, and its check.
///
/// ```
/// use cmkit_core::policy;
/// let rule = policy::rule("CMK3001").expect("a code of the table");
/// assert_eq!(rule.title, "the key URL has no version");
/// assert!(policy::rules().all(|rule| rule.source.starts_with("https://learn.microsoft.com/")));
/// ```
#[derive(Serialize)]
#[non_exhaustive]
pub struct Rule {
    /// `CMK` and four digits, never reused: 1 vault, 2 key, 3 key reference, 4 identity and grants, 5 network,
    /// 6 placement and mode, 7 lifecycle and rotation, 8 what the service says of a living cluster, 9 input.
    pub code: &'static str,
    /// What is right, in a few words.
    pub title: &'static str,
    /// How bad it is to break it.
    pub level: Level,
    /// What happens then.
    pub consequence: Consequence,
    /// How soon.
    pub time_to_impact: &'static str,
    /// What settles it where the files don't.
    pub evidence: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// How to mend it.
    pub fix: &'static str,
    /// The mend can't be undone, or can't be made later.
    pub irreversible: bool,
    /// The public page that it rests on.
    pub source: &'static str,
    /// How sure it is.
    pub basis: Basis,
    /// The like rules of other tools.
    pub crosswalk: &'static [Crosswalk],
    #[serde(skip)]
    pub(super) check: fn(&Scene<'_>, &mut Out),
}

impl Rule {
    /// How to mend it, in the words of a dialect: `network_acls.bypass` for `networkAcls.bypass`.
    ///
    /// ```
    /// use cmkit_core::policy::{Dialect, rule};
    /// let rule = rule("CMK5001").expect("a rule");
    /// assert_eq!(rule.fix_in(Dialect::Arm), "set `networkAcls.bypass` to `AzureServices`");
    /// assert_eq!(rule.fix_in(Dialect::Terraform), "set `network_acls.bypass` to `AzureServices`");
    /// ```
    #[must_use]
    pub fn fix_in(&self, dialect: Dialect) -> String {
        translated(self.fix, dialect)
    }

    /// Whether a finding can have a mend: a change to an ARM template that `cmkit fix` makes.
    #[must_use]
    pub fn has_mend(&self) -> bool {
        mend::codes().any(|code| code == self.code)
    }
}

/// How sure a rule is. What is not documented is a warning at most, and says so.
///
/// ```
/// use cmkit_core::policy::{Basis, rule};
/// assert_eq!(rule("CMK1002").map(|rule| rule.basis), Some(Basis::Documented));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Basis {
    /// The documentation says so.
    Documented,
    /// It follows from what the documentation says.
    Inferred,
    /// Practice says so.
    Practice,
    /// The settings ask for it; without them the rule does not apply.
    Settings,
}

/// A rule of another tool on the same subject.
///
/// ```
/// use cmkit_core::policy::rule;
/// let crosswalk = rule("CMK1007").expect("a rule").crosswalk;
/// assert!(crosswalk.iter().any(|other| other.tool == "PSRule" && other.id == "AZR-000388"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Crosswalk {
    /// The tool: `Checkov`, `Trivy`, `PSRule`, `Azure Policy` or `KICS`.
    pub tool: &'static str,
    /// Its id there.
    pub id: &'static str,
    /// How that rule relates to this one.
    pub relation: Relation,
}

/// How a rule of another tool relates to one of ours.
///
/// ```
/// use cmkit_core::policy::{Relation, rule};
/// let crosswalk = rule("CMK1007").expect("a rule").crosswalk;
/// assert_eq!(crosswalk[0].relation, Relation::Same);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// It asks for the same.
    Same,
    /// It asks for less, or looks at less.
    Weaker,
    /// Following it breaks a customer-managed key.
    Conflicts,
}

impl core::fmt::Debug for Rule {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Rule({}: {})", self.code, self.title)
    }
}

const TABLE: &[&[Rule]] = &[
    vault::RULES,
    vault_keeping::RULES,
    key::RULES,
    key_standing::RULES,
    organisation::KEY,
    reference::RULES,
    reference_target::RULES,
    identity::RULES,
    grants::RULES,
    arrangement::RULES,
    network::RULES,
    placement::RULES,
    copies::RULES,
    copy_limits::RULES,
    cluster::RULES,
    change::RULES,
    organisation::PLACEMENT,
    lifecycle::RULES,
    versions::RULES,
    organisation::LIFECYCLE,
    live::RULES,
    input::RULES,
];

/// Every rule, in the order of the codes.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    TABLE.iter().copied().flatten()
}

/// The rule of a code, spelled as in the table.
#[must_use]
pub fn rule(code: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.code == code)
}

/// A rule of another tool that asks for the same.
const fn same(tool: &'static str, id: &'static str) -> Crosswalk {
    Crosswalk { tool, id, relation: Relation::Same }
}

/// A rule of another tool that asks for less, or looks at less.
const fn weaker(tool: &'static str, id: &'static str) -> Crosswalk {
    Crosswalk { tool, id, relation: Relation::Weaker }
}

/// A rule of another tool that breaks a customer-managed key when it is followed to the letter.
const fn conflicts(tool: &'static str, id: &'static str) -> Crosswalk {
    Crosswalk { tool, id, relation: Relation::Conflicts }
}

/// A known word, to compare with.
fn word(word: &str) -> Text {
    Text::literal(word)
}

/// Words and pages that several entries share.
mod say {
    pub(super) const AT_DEPLOYMENT: &str = "at deployment";
    pub(super) const WITHIN_THE_HOUR: &str = "within 60 minutes of the loss of access";
    pub(super) const WHEN_DELETED: &str = "when the key or the vault is deleted";
    pub(super) const NEVER: &str = "none by itself";

    pub(super) const VAULT: &str = "the vault's settings as deployed";
    pub(super) const KEY: &str = "the key's attributes as deployed";
    pub(super) const CLUSTER: &str = "the cluster's body with its parameter values";
    pub(super) const IDENTITY: &str = "the identity as deployed";
    pub(super) const GRANTS: &str = "the grants of the identity on the vault";

    pub(super) const AT_REST: &str = "https://learn.microsoft.com/azure/documentdb/database-encryption-at-rest";
    pub(super) const HOW_TO: &str = "https://learn.microsoft.com/azure/documentdb/how-to-data-encryption";
    pub(super) const TROUBLE: &str =
        "https://learn.microsoft.com/azure/documentdb/how-to-database-encryption-troubleshoot";
    pub(super) const LIMITS: &str = "https://learn.microsoft.com/azure/documentdb/limitations";
    pub(super) const CLUSTER_BODY: &str =
        "https://learn.microsoft.com/azure/templates/microsoft.documentdb/mongoclusters";
    pub(super) const VAULT_BODY: &str = "https://learn.microsoft.com/azure/templates/microsoft.keyvault/vaults";
    pub(super) const IDENTITY_BODY: &str =
        "https://learn.microsoft.com/azure/templates/microsoft.managedidentity/userassignedidentities";
    pub(super) const SOFT_DELETE: &str = "https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview";
    pub(super) const RBAC: &str = "https://learn.microsoft.com/azure/key-vault/general/rbac-guide";
    pub(super) const RBAC_DEFAULT: &str = "https://learn.microsoft.com/azure/key-vault/general/access-control-default";
    pub(super) const NETWORK: &str = "https://learn.microsoft.com/azure/key-vault/general/network-security";
    pub(super) const KEYS: &str = "https://learn.microsoft.com/azure/key-vault/keys/about-keys";
    pub(super) const KEY_DETAILS: &str = "https://learn.microsoft.com/azure/key-vault/keys/about-keys-details";
    pub(super) const OBJECTS: &str =
        "https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates";
    pub(super) const ROTATION: &str = "https://learn.microsoft.com/azure/key-vault/keys/how-to-configure-key-rotation";
    pub(super) const NAMES: &str =
        "https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules";
    pub(super) const GRANT_TROUBLE: &str =
        "https://learn.microsoft.com/azure/key-vault/general/troubleshooting-access-issues";
}

#[cfg(test)]
mod tests;
