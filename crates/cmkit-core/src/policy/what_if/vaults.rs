//! The vault as a whole: deleted, closed, moved to another tenant.

use super::super::rules::Basis;
use super::case::Case;
use super::outlook::Outlook;
use super::retention::Retention;
use alloc::format;

impl Case<'_, '_> {
    pub(super) fn vault_deleted(&self) -> Outlook {
        let what = format!("{} is deleted with its keys and its role assignments: its host name is gone", self.vault());
        let outlook = Outlook::loss(self.name(), self.at(), what);
        let outlook = Retention::of(self.chain).end(outlook, "the deleted vault", self.at(), None);
        let outlook = outlook.then_do("recover the deleted vault", self.vault_command("recover", ""));
        let outlook = match self.by_rbac() {
            Some(false) => outlook,
            Some(true) => outlook.then_do("assign the role again", self.assign_role(&self.principal())),
            None => outlook
                .then_do("if the vault goes by roles, assign the role again", self.assign_role(&self.principal())),
        };
        self.wait(outlook)
            .trap(
                "a recovered vault comes back without its role assignments and its Event Grid subscriptions: grant again, or the \
                 cluster stays `Inaccessible`",
                Basis::Documented,
            )
            .trap("a new vault of the same name is no way: the name is taken until the retention ends", Basis::Documented)
            .trap("a lock (`CanNotDelete`) on the vault keeps this from happening", Basis::Documented)
    }

    pub(super) fn firewall_closed(&self) -> Outlook {
        let what = format!(
            "the firewall of {} shuts the service out: Key Vault answers 403 `ForbiddenByFirewall` or `ForbiddenByConnection`",
            self.vault()
        );
        let closed = " --public-network-access Disabled --default-action Deny --bypass AzureServices";
        let outlook = Outlook::loss(self.name(), self.at(), what)
            .then_do(
                "close the vault to the public and let trusted Microsoft services in (recommended)",
                self.vault_command("update", closed),
            )
            .then_do(
                "or open the vault to all networks",
                self.vault_command("update", " --public-network-access Enabled --default-action Allow"),
            );
        self.wait(outlook)
            .trap(
                "a private endpoint is no help: the service does not come through yours; the bypass for trusted services has to \
                 be on",
                Basis::Documented,
            )
            .trap(
                "selected networks are not one of the two supported shapes, and there is no address of the service to allow",
                Basis::Documented,
            )
            .trap(
                "a network security perimeter in enforced mode overrides the bypass: only a rule of the perimeter lets the service \
                 in",
                Basis::Documented,
            )
            .trap(
                "Key Vault's own list of trusted services does not name this one, though its documentation relies on the bypass",
                Basis::Documented,
            )
    }

    pub(super) fn tenant_moved(&self) -> Outlook {
        let what = format!(
            "the subscription of {} is moved to another tenant: its role assignments are gone, its access policies name \
             nobody, and its `tenantId` is still the old one",
            self.vault()
        );
        let tenant = self.vault_command("update", " --set properties.tenantId=TENANT");
        let outlook = Outlook::loss(self.name(), self.at(), what)
            .meanwhile("the key itself stays in the vault: nothing is lost as long as nobody deletes it", Basis::Inferred)
            .then_do(
                "bring vault, identity and cluster back into one tenant: move the subscription back, or move all of them",
                None,
            )
            .then_do("set the vault's `tenantId` to that tenant and remove the old access policies", tenant)
            .then_do(
                "make the identity anew in that tenant (managed identities don't move) and grant it access",
                self.assign_role("PRINCIPAL_ID"),
            )
            .then_do("update the cluster to the new identity, with all encryption parameters", self.update());
        self.wait(outlook)
            .trap(
                "a vault that encrypts something can't safely be moved between tenants: don't, if you can choose",
                Basis::Documented,
            )
            .trap(
                "cluster, identity and vault have to be in the same tenant; mending the vault alone is not enough",
                Basis::Documented,
            )
    }
}
