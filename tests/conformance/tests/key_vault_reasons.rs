//! Every reason that Key Vault gives for a refusal is one that `explain` knows: what it means, and which rules decide it.

use cmkit_core::operation::key_vault::REASONS;
use cmkit_core::policy::explain;

/// These are about the call, and no configuration of the service decides them.
const NO_RULE: &[&str] = &["ObjectIsDeletedButRecoverable", "ObjectIsBeingDeleted", "ServiceUnavailable", "Throttled"];

#[test]
fn every_reason_is_explained() {
    for (reason, _) in REASONS {
        let explanation = explain(reason);
        assert!(!explanation.symptoms.is_empty(), "{reason}: {:?}", explanation.nearest);
        let rules: Vec<_> = explanation.causes.iter().flat_map(|cause| cause.rules).collect();
        assert_eq!(rules.is_empty(), NO_RULE.contains(reason), "{reason}: {rules:?}");
    }
}
