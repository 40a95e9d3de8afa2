//! The place of a new vault, and the key files beside it or elsewhere: 32 random bytes that only their owner may read.

use crate::folder;
use crate::private_key::random_secret;
use crate::seal::{VaultKey, Wrapping};
use cmkit::secret::Secret;
use cmkit::{Code, Error};
use std::path::Path;
use zeroize::Zeroizing;

/// A new vault goes where nothing is, except what an interrupted creation left.
pub(crate) fn refuse_occupied(dir: &Path) -> Result<(), Error> {
    if dir.join(folder::SETTINGS).exists() {
        return Err(Error::new(Code::InvalidArgument, format!("`{}` is a vault already", dir.display())));
    }
    if folder::occupied(dir) {
        let message = format!("`{}` is not empty: a vault takes a folder of its own", dir.display());
        return Err(Error::new(Code::InvalidArgument, message));
    }
    Ok(())
}

/// `ours`: inside of the folder, where an interrupted creation may have left one.
pub(crate) fn new_key_file(vault_key: &VaultKey, path: &Path, host: &str, ours: bool) -> Result<Wrapping, Error> {
    if !ours && path.exists() {
        let message = format!("`{}` exists: a new vault makes a new key file", path.display());
        return Err(Error::new(Code::InvalidArgument, message));
    }
    let secret = random_secret()?;
    let (Some(parent), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Err(Error::new(Code::InvalidArgument, format!("`{}` does not name a key file", path.display())));
    };
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    folder::replace_bytes(parent, name, secret.expose())?;
    Wrapping::with_key_file(vault_key, &secret, host)
}

pub(crate) fn read_key_file(path: &Path) -> Result<Secret, Error> {
    match folder::read_bytes(path)? {
        Some(bytes) => Ok(Secret::from_slice(&Zeroizing::new(bytes))),
        None => Err(Error::new(Code::Denied, format!("the key file `{}` is not there", path.display()))),
    }
}
