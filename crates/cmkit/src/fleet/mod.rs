//! Rewrap of many objects at once, after a rotation: planned first, then within the vault's quota, in parallel, and resumable
//! after a crash without doing anything twice.
//!
//! An object is done when its new head is in place, and its head says so: a run that begins again passes over what names the
//! target already. A journal pins the target's version across runs, and keeps account.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use std::sync::Arc;
//! # use cmkit::envelope::{OpenKeys, SealOptions};
//! # let folder = tempfile::tempdir()?;
//! # let [old, new] = [Arc::new(cmkit::generate_service_key("old")?), Arc::new(cmkit::generate_service_key("new")?)];
//! # for name in ["a.cmk", "b.cmk"] {
//! #     let envelope = cmkit::seal(b"data", SealOptions::new([old.clone().into()]), &cmkit::NoVault)?;
//! #     std::fs::write(folder.path().join(name), envelope)?;
//! # }
//! use cmkit::envelope::RewrapOptions;
//! use cmkit::fleet::{FleetOptions, plan_rewrap, rewrap_files};
//!
//! // For a key in a vault: `OpenKeys::vault([key])`, and `[key.into()]` as what to rewrap to.
//! # let keys = OpenKeys { service: vec![old], ..OpenKeys::default() };
//! let options = FleetOptions::new(RewrapOptions::new(keys, [new.into()]));
//! let plan = plan_rewrap([folder.path()], &options, &cmkit::NoVault, &mut |_| Ok(()))?;
//! assert_eq!((plan.due, plan.seconds), (2, Some(0.0)));
//!
//! let report = rewrap_files([folder.path()], &options, &cmkit::NoVault, &mut |_| Ok(()))?;
//! assert_eq!((report.done, report.failed.count), (2, 0));
//! # Ok(())
//! # }
//! ```

mod journal;
mod judge;
mod pace;
mod plan;
mod quota;
mod report;
mod run;
mod target;

pub use plan::{Calls, Operation, Plan, plan_rewrap};
pub use quota::Protection;
pub use report::{FleetProgress, FleetReport};
pub use run::rewrap_files;

use cmkit_core::envelope::RewrapOptions;
use std::path::PathBuf;

/// How to rewrap a fleet of objects.
///
/// ```
/// use cmkit::{envelope::{OpenKeys, RewrapOptions}, fleet::FleetOptions, key::KeyUri};
/// let key = KeyUri::parse("https://orders.vault.azure.net/keys/orders-kek")?;
/// let rewrap = RewrapOptions::new(OpenKeys::vault([key.clone()]), [key.into()]);
/// let options = FleetOptions { rate: Some(50.0), journal: Some("rewrap.journal".into()), ..FleetOptions::new(rewrap) };
/// # Ok::<(), cmkit::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct FleetOptions {
    /// How each object is rewrapped. A key to wrap under that names no version means the newest, once for the whole run.
    pub rewrap: RewrapOptions,
    /// Calls to each vault in a second, at most. Without it, half of what Key Vault grants for the type of the key: others
    /// use that vault too.
    pub rate: Option<f64>,
    /// What protects the keys, by which their quota goes.
    pub protection: Protection,
    /// Objects in work at a time. 16.
    pub at_once: usize,
    /// Where to keep account, so that a run that begins again wraps under the same version of the key.
    pub journal: Option<PathBuf>,
    /// Whether every new head is opened with the new key, at a call for each. Else the first one is, and all are
    /// authenticated under their data key.
    pub open_each: bool,
    /// Names of objects in a report at most. 100.
    pub names: usize,
}

impl FleetOptions {
    /// The defaults: at half of the quota, 16 at a time, without a journal.
    #[must_use]
    pub const fn new(rewrap: RewrapOptions) -> Self {
        Self {
            rewrap,
            rate: None,
            protection: Protection::Hsm,
            at_once: 16,
            journal: None,
            open_each: false,
            names: 100,
        }
    }
}
