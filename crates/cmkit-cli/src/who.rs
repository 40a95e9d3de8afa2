//! Who answers for keys and who asks: local vaults, Azure, the identity, and the keys that the program keeps itself.

#[cfg(feature = "azure")]
use crate::azure::AzureArguments;
use crate::failure::{Exit, Failure};
use crate::input::{name_of, read_small};
use crate::output::note;
use crate::vault::CallerArguments;
use clap::Args;
use cmkit::envelope::{AllowedKey, DataKey, Expect, OpenKeys, SealKey, ServiceKey};
use cmkit::key::{KeyUri, KeyVersion};
use cmkit::operation::{KeyReply, KeyRequest};
use cmkit::{BoxError, Code, Provider};
#[cfg(feature = "azure")]
use cmkit_azure::BlockingKeyVault;
use cmkit_vault::{LocalVault, Options, StoredServiceKey, Unlock, Vaults, VaultsCaller};
use etcetera::BaseStrategy;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The name of the key that the program makes for itself.
const SERVICE_KEY: &str = "default";

/// Which vaults answer, and for whom.
#[derive(Args, Debug)]
pub(crate) struct Who {
    #[command(flatten)]
    caller: CallerArguments,
    #[cfg(feature = "azure")]
    #[command(flatten)]
    azure: AzureArguments,
}

/// The vaults of a command, opened.
pub(crate) struct Holders {
    vaults: Vaults,
    /// Hosts besides those of Azure and of the vaults.
    hosts: Vec<String>,
    pub(crate) provider: Answering,
}

/// Whoever answers for a key: the local vault with its host, or Azure.
pub(crate) struct Answering {
    local: VaultsCaller,
    #[cfg(feature = "azure")]
    azure: Option<BlockingKeyVault>,
}

impl Who {
    pub(crate) fn open(&self) -> Result<Holders, Failure> {
        let vaults = self.caller.vaults()?;
        let provider = Answering {
            local: self.caller.of(&vaults),
            #[cfg(feature = "azure")]
            azure: self.azure.key_vault()?,
        };
        #[cfg(feature = "azure")]
        let hosts = self.azure.hosts().collect();
        #[cfg(not(feature = "azure"))]
        let hosts = Vec::new();
        Ok(Holders { vaults, hosts, provider })
    }
}

impl Provider for Answering {
    fn ask(&self, request: &KeyRequest) -> Result<KeyReply, BoxError> {
        #[cfg(feature = "azure")]
        if let Some(azure) = &self.azure
            && !self.local.has(request.key().host())
        {
            return azure.ask(request);
        }
        self.local.ask(request)
    }
}

impl Holders {
    /// Parses a key's URL: on a host of Azure, on that of a given vault, or on one that was named.
    pub(crate) fn key(&self, text: &str) -> Result<KeyUri, Failure> {
        let named = self.hosts.iter().map(String::as_str);
        let hosts: Vec<&str> = self.vaults.iter().map(LocalVault::host).chain(named).collect();
        Ok(KeyUri::parse_on(text, &hosts)?)
    }

    /// Every key of the given vaults, in every version, and every key that the program keeps.
    pub(crate) fn all_keys(&self) -> Result<OpenKeys, Failure> {
        let mut keys = OpenKeys::default();
        // Whoever names vaults can do without a folder of the user's own that cannot be read.
        let own = match user_vault() {
            Err(failure) if self.vaults.iter().next().is_none() => return Err(failure),
            own => own.ok().and_then(|(_, vault)| vault),
        };
        for vault in self.vaults.iter().chain(&own) {
            keys.service.extend(service_keys(vault)?);
        }
        for vault in self.vaults.iter() {
            for key in vault.keys()? {
                keys.vault.push(key.key.versionless().into());
            }
        }
        Ok(keys)
    }

    /// The key for encryption with nothing set up; made on first use, in the first vault's folder or in the user's own.
    pub(crate) fn service_key(&self, may_create: bool) -> Result<Arc<ServiceKey>, Failure> {
        let (place, vault) = match self.vaults.iter().next() {
            Some(vault) => (vault.folder().unwrap_or(Path::new("memory")).to_owned(), Some(vault.clone())),
            None => user_vault()?,
        };
        let keys = vault.as_ref().map_or(Ok(Vec::new()), service_keys)?;
        if let Some(key) = keys.into_iter().rfind(|key| key.name() == SERVICE_KEY) {
            return Ok(key);
        }
        if !may_create {
            let message = format!("there is no service-managed key in `{}`", place.display());
            return Err(
                Failure::new(Exit::KeyUnavailable, message).help("leave `--no-create` out, or seal under `--key URL`")
            );
        }
        let vault = vault.map_or_else(|| create_user_vault(&place), Ok)?;
        let key = cmkit::generate_service_key(SERVICE_KEY)?;
        vault.put_service_key(key.name(), *key.version().as_bytes(), &key.expose())?;
        note(&format!(
            "made the service-managed key `{SERVICE_KEY}` in `{}`; keep that folder: nothing else opens what is sealed under it",
            place.display()
        ));
        Ok(Arc::new(key))
    }
}

/// The keys that a program keeps in a vault, the older first.
fn service_keys(vault: &LocalVault) -> Result<Vec<Arc<ServiceKey>>, Failure> {
    let key = |stored: StoredServiceKey| {
        Ok(Arc::new(ServiceKey::from_parts(&stored.name, KeyVersion::from_bytes(stored.version), &stored.key)?))
    };
    vault.service_keys()?.into_iter().map(key).collect()
}

/// The folder of the user's own keys, and the vault in it if there is one.
fn user_vault() -> Result<(PathBuf, Option<LocalVault>), Failure> {
    let strategy = etcetera::choose_base_strategy()
        .map_err(|error| Failure::new(Exit::Input, format!("the user's data folder is not known: {error}")))?;
    let place = strategy.data_dir().join("cmkit");
    match LocalVault::open(&place, &Unlock::KeyFile) {
        Ok(vault) => Ok((place, Some(vault))),
        Err(error) if error.code() == Code::Input => Ok((place, None)),
        Err(error) => Err(error.into()),
    }
}

fn create_user_vault(place: &Path) -> Result<LocalVault, Failure> {
    if let Some(parent) = place.parent() {
        std::fs::create_dir_all(parent).map_err(|error| Failure::io("create", parent, &error))?;
    }
    match LocalVault::create(place, &Options::new("cmkit.localhost"), &Unlock::KeyFile) {
        // Another process may have made it in the meantime.
        Err(error) if error.code() == Code::InvalidArgument => Ok(LocalVault::open(place, &Unlock::KeyFile)?),
        created => Ok(created?),
    }
}

/// Which keys may open.
#[derive(Args, Debug)]
pub(crate) struct Allow {
    /// A key that may open, by its URL, with a version if only that one may; repeatable. Without any, every key of the
    /// given vaults and every key that the program keeps
    #[arg(long = "allow-key", value_name = "URL[/VERSION]")]
    keys: Vec<String>,
    /// A key version that may not open; repeatable
    #[arg(long = "refuse-version", value_name = "VERSION")]
    refused: Vec<String>,
    /// Only key versions that the vault made at this time or later, for example `2026-11-01` or `2026-11-01T08:00:00Z`
    #[arg(long, value_name = "TIME", value_parser = crate::time::parse)]
    created_after: Option<u64>,
    /// A key record whose data key may open messages under it; repeatable
    #[arg(long = "record", value_name = "FILE")]
    records: Vec<PathBuf>,
}

impl Allow {
    pub(crate) fn keys(&self, holders: &Holders) -> Result<OpenKeys, Failure> {
        let mut keys = match self.keys.as_slice() {
            [] => holders.all_keys()?,
            named => allowed(holders, named)?,
        };
        let refused = self.refused.iter().map(|text| KeyVersion::parse(text)).collect::<Result<Vec<_>, _>>()?;
        for key in &mut keys.vault {
            key.refused_versions.clone_from(&refused);
            key.created_after = self.created_after;
        }
        for path in &self.records {
            keys.records.push(open_record(path, &keys, holders)?);
        }
        Ok(keys)
    }
}

/// Named keys, the versions of one key gathered.
fn allowed(holders: &Holders, named: &[String]) -> Result<OpenKeys, Failure> {
    let mut keys: Vec<AllowedKey> = Vec::new();
    for text in named {
        let key = AllowedKey::from(holders.key(text)?);
        match keys.iter_mut().find(|other| other.key == key.key) {
            // A key named without a version is allowed in every version.
            Some(other) if other.versions.is_empty() || key.versions.is_empty() => other.versions.clear(),
            Some(other) => other.versions.extend(key.versions),
            None => keys.push(key),
        }
    }
    Ok(OpenKeys { vault: keys, ..OpenKeys::default() })
}

/// Bytes of a key record at most, with the largest head there is.
const MAX_RECORD: u64 = 128 << 10;

pub(crate) fn open_record(path: &Path, keys: &OpenKeys, holders: &Holders) -> Result<Arc<DataKey>, Failure> {
    let record = read_small(path, MAX_RECORD)?;
    cmkit::open_record(&record, keys, Expect::default(), &holders.provider)
        .map_err(|error| Failure::from(error).at(name_of(path)))
}

/// Which keys to seal under.
#[derive(Args, Debug)]
pub(crate) struct Under {
    /// A customer-managed key, by its URL without a version; repeatable, and any one of them opens. Without any key,
    /// sealing is service-managed: the program makes and keeps a key of its own
    #[arg(long = "key", value_name = "URL")]
    keys: Vec<String>,
    /// Do not make a service-managed key if there is none
    #[arg(long)]
    no_create: bool,
}

impl Under {
    pub(crate) fn keys(&self, holders: &Holders, records: &[PathBuf]) -> Result<Vec<SealKey>, Failure> {
        let mut keys =
            self.keys.iter().map(|text| Ok(holders.key(text)?.into())).collect::<Result<Vec<SealKey>, Failure>>()?;
        if !records.is_empty() {
            let opening = holders.all_keys()?;
            for path in records {
                keys.push(open_record(path, &opening, holders)?.into());
            }
        }
        if keys.is_empty() {
            keys.push(holders.service_key(!self.no_create)?.into());
        }
        Ok(keys)
    }
}
