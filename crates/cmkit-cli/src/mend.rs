//! The mends: for each refusal of a key holder and each code, what the person can do about it.

use cmkit::{Code, Error, Refusal};

/// What to do about an error, where there is something to do.
pub(crate) fn of(error: &Error) -> Option<String> {
    match error.refusal() {
        Some(refusal) => match &refusal.mend {
            Some(mend) => Some(format!("{mend}; `cmkit explain {}` says more", refusal.reason)),
            None => of_refusal(refusal),
        },
        None => of_code(error.code()).map(str::to_owned),
    }
}

fn of_refusal(refusal: &Refusal) -> Option<String> {
    let mend = match refusal.reason.as_ref() {
        "ForbiddenByRbac" => {
            "grant it: cmkit vault grant --vault DIR --identity NAME --role 'Key Vault Crypto Service Encryption User'"
        }
        "ForbiddenByPolicy" => {
            "grant it: cmkit vault grant --vault DIR --identity NAME --permissions get,wrapKey,unwrapKey"
        }
        "ForbiddenByConnection" | "ForbiddenByFirewall" => {
            "open the network: cmkit vault set-network public --vault DIR; or let the identity call as a trusted \
             service: cmkit vault set-network --trusted NAME --vault DIR"
        }
        "KeyDisabled" => {
            "enable the version: cmkit vault enable NAME/VERSION --vault DIR; or, for new data, make the next one: cmkit \
             vault rotate NAME --vault DIR"
        }
        "KeyNotFound" => {
            "see which keys there are: cmkit vault list --vault DIR; a deleted one comes back: cmkit vault recover NAME \
             --vault DIR"
        }
        "KeyExpired" => {
            "move the date: cmkit vault set-dates NAME --expires none --vault DIR; or make the next version: cmkit vault \
             rotate NAME --vault DIR"
        }
        "KeyNotYetValid" => "move the date: cmkit vault set-dates NAME --not-before none --vault DIR",
        "Forbidden" => "move the dates: cmkit vault set-dates NAME --not-before none --expires none --vault DIR",
        "KeyOperationForbidden" => {
            "the version must list wrapKey and unwrapKey: make the next one with cmkit vault create-key NAME --vault DIR"
        }
        "NoVault" => "say who answers: a local vault by --vault DIR, or Azure Key Vault by --azure CREDENTIAL",
        "HostNotFound" => {
            "say who answers for this host: a local vault by --vault DIR, or Azure Key Vault by --azure CREDENTIAL; a new \
             local vault: cmkit vault init --vault DIR --host HOST"
        }
        "Throttled" => {
            return Some(match refusal.retry_after {
                Some(seconds) => format!("try again in {seconds} seconds"),
                None => "try again later".into(),
            });
        }
        "Unreachable" => "try again when the vault answers",
        _ => return None,
    };
    Some(mend.into())
}

fn of_code(code: Code) -> Option<&'static str> {
    Some(match code {
        Code::NoKey => {
            "allow the key: --allow-key URL, and give its vault: --vault DIR; `cmkit inspect` shows which keys the \
             envelope has"
        }
        Code::Truncated => "the end is missing: fetch the input again from where it is whole",
        Code::Unsupported => "a newer version of cmkit may know it",
        Code::Context => {
            "give --context, --namespace, --external and --aad-file as they were when sealing; `cmkit inspect` shows \
             what the envelope says"
        }
        Code::Decrypt => {
            "give --external and --aad-file exactly as they were when sealing; if they are, the input was changed: fetch \
             it again"
        }
        Code::NotAllowed => {
            "leave --deterministic out, or make a record that allows it: cmkit record new --deterministic"
        }
        Code::InvalidKeyUri => {
            "a key is named by its URL: https://NAME.vault.azure.net/keys/KEY; on a host of its own, together with \
             --vault DIR"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use cmkit::RefusalKind;

    fn refused(reason: &'static str, retry_after: Option<u32>) -> Option<String> {
        let refusal = Refusal { retry_after, ..Refusal::new(RefusalKind::Denied, reason, "no") };
        of(&Error::refused(refusal))
    }

    #[test]
    fn every_refusal_has_its_mend() {
        for (reason, word) in [
            ("ForbiddenByRbac", "--role"),
            ("ForbiddenByPolicy", "--permissions"),
            ("ForbiddenByConnection", "set-network"),
            ("ForbiddenByFirewall", "set-network"),
            ("KeyDisabled", "enable"),
            ("KeyNotFound", "recover"),
            ("KeyExpired", "--expires none"),
            ("KeyNotYetValid", "--not-before none"),
            ("Forbidden", "set-dates"),
            ("KeyOperationForbidden", "wrapKey"),
            ("NoVault", "--vault"),
            ("HostNotFound", "--vault"),
            ("Throttled", "later"),
            ("Unreachable", "again"),
        ] {
            assert!(refused(reason, None).is_some_and(|mend| mend.contains(word)), "{reason}");
        }
        assert_eq!(refused("Throttled", Some(7)).as_deref(), Some("try again in 7 seconds"));
        let own = Refusal { mend: Some("ask".into()), ..Refusal::new(RefusalKind::Denied, "KeyDisabled", "no") };
        assert_eq!(of(&Error::refused(own)).as_deref(), Some("ask; `cmkit explain KeyDisabled` says more"));
        assert_eq!(refused("SomethingNew", None), None);
    }

    #[test]
    fn mends_are_written_like_messages() {
        for code in Code::ALL {
            let Some(mend) = of(&Error::from(*code)) else { continue };
            assert!(!mend.ends_with('.') && !mend.contains("  "), "{mend}");
            assert!(mend.starts_with(char::is_lowercase), "{mend}");
        }
    }
}
