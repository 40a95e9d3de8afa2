"""What the core does, for the package alone; what is public here is public in `cmkit`."""

from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, TypeAlias, final

from typing_extensions import Buffer, Self

from .vault import DeletedKey, KeyInfo, KeyKind, LogEntry, VaultInfo, VersionInfo

__all__ = [
    "AllowedKey",
    "DataKey",
    "DataKeyCache",
    "Inventory",
    "KeyState",
    "LocalVault",
    "OpenStream",
    "Operation",
    "Refusal",
    "Report",
    "Resolve",
    "SealStream",
    "ServiceKey",
    "Unwrap",
    "VaultServer",
    "Wrap",
    "calendar",
    "check",
    "error_codes",
    "explain",
    "find_data_key",
    "fix",
    "form_fields",
    "inspect",
    "open",
    "open_column",
    "open_file",
    "open_into",
    "open_range",
    "parse_time",
    "plaintext_size",
    "plan",
    "plan_rewrap",
    "read_key_events",
    "rewrap",
    "rewrap_files",
    "rules",
    "run_command",
    "scaffold",
    "seal",
    "seal_column",
    "seal_detached",
    "seal_file",
    "seal_into",
    "sealed_size",
    "vault_address",
    "vault_answered",
    "vault_refusal",
    "vault_unreachable",
    "vault_wraps_nothing",
    "what_if",
    "wipe",
]

_SealKey: TypeAlias = str | ServiceKey | DataKey
_OpenKey: TypeAlias = str | AllowedKey | ServiceKey | DataKey
_Path: TypeAlias = str | PathLike[str]
_Progress: TypeAlias = Callable[[int, int | None], object]

@final
class ServiceKey:
    """A key that the program keeps itself: for service-managed encryption, and for tests.

    >>> import cmkit
    >>> cmkit.ServiceKey.generate("default")  # doctest: +ELLIPSIS
    ServiceKey(default/..., [redacted])
    """

    @staticmethod
    def generate(name: str) -> ServiceKey:
        """Make a new key. The name is 1 to 127 of `0-9a-z-`."""
    @staticmethod
    def from_parts(name: str, version: str, key: Buffer) -> ServiceKey:
        """Take back a key that was kept: its name, its version of 32 hexadecimal digits, its 32 bytes."""
    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    def expose(self) -> bytes:
        """The key's 32 bytes, to be kept where only the program reads them."""

@final
class AllowedKey:
    """A key of a vault that may open, and in which versions.

    :param key: the key, without a version.
    :param versions: only these versions, of 32 hexadecimal digits.
    :param refused_versions: not these: a version that leaked.
    :param created_after: only versions that the vault made at this time or later, in seconds since 1970-01-01 UTC; the
        vault is asked.
    :param public_keys: public keys that are known for versions, as (version, modulus, exponent) with numbers in big-endian
        bytes. An envelope under one of them opens whatever vault it names: a vault that was restored elsewhere.
    """

    def __new__(
        cls,
        key: str,
        *,
        versions: Sequence[str] = ...,
        refused_versions: Sequence[str] = ...,
        created_after: int | None = None,
        public_keys: Sequence[tuple[str, Buffer, Buffer]] = ...,
    ) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]: ...

@final
class DataKey:
    """The data key of a key record.

    A customer-managed key wraps it once, and it wraps the keys of messages and seals short values, without a call to the
    vault. Rotating the customer-managed key then is a `rewrap` of one record. Whoever keeps one in memory outlives a
    revocation by that time: keep it for minutes, and close it.

    >>> import cmkit
    >>> kek = cmkit.ServiceKey.generate("default")
    >>> record = cmkit.DataKey.generate(kek).record  # to be stored, once
    >>> with cmkit.DataKey.open(record, keys=kek) as key:
    ...     value = key.seal_value(b"ada@example.com", namespace="acme.customer.email", aad="row 4711")
    ...     key.open_value(value, namespace="acme.customer.email", aad="row 4711")
    b'ada@example.com'
    """

    @staticmethod
    def generate(
        keys: _SealKey | Sequence[_SealKey],
        *,
        provider: Any = None,
        context: Mapping[str, str] | None = None,
        namespace: str | None = None,
        deterministic: bool = False,
        pad_to: int | None = None,
        hosts: Sequence[str] = ...,
        max_keys: int | None = None,
        max_header: int | None = None,
    ) -> DataKey:
        """Make a data key, wrapped under each of `keys`. `deterministic` allows values whose equality shows."""
    @staticmethod
    def open(
        record: Buffer,
        *,
        keys: _OpenKey | Sequence[_OpenKey],
        provider: Any = None,
        namespace: str | None = None,
        context: Mapping[str, str] | None = None,
        hosts: Sequence[str] = ...,
    ) -> DataKey:
        """Open a key record, which must be for `namespace` and have what `context` has."""
    @property
    def record(self) -> bytes:
        """The key record: the data key wrapped, safe to store anywhere."""
    @property
    def id(self) -> str:
        """The public name of the data key, in hexadecimal."""
    @property
    def namespace(self) -> str | None: ...
    @property
    def context(self) -> dict[str, str]: ...
    @property
    def deterministic(self) -> bool: ...
    @property
    def closed(self) -> bool: ...
    def close(self) -> None:
        """Forget the data key: it is wiped as soon as nothing uses it."""
    def __enter__(self) -> DataKey: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...
    def seal_value(
        self, value: Buffer, *, namespace: str, aad: Buffer | str | None = None, deterministic: bool = False
    ) -> bytes:
        """Seal a short value (1 MiB at most): what it is (`namespace`) and which one (`aad`) are authenticated."""
    def open_value(self, value: Buffer, *, namespace: str, aad: Buffer | str | None = None) -> bytes:
        """Open a value."""
    def seal_values(
        self,
        values: Sequence[Buffer | None],
        *,
        namespace: str,
        aad: Buffer | str | None = None,
        deterministic: bool = False,
    ) -> list[bytes | None]:
        """Seal each value of a list, all with the same `aad`; `None` stays `None`."""
    def open_values(
        self, values: Sequence[Buffer | None], *, namespace: str, aad: Buffer | str | None = None
    ) -> list[bytes | None]:
        """Open each value of a list; one that does not open fails all."""

@final
class Resolve:
    """Asked of a provider: describe a key, the newest version of one without version. The reply is a `KeyState`."""

    @property
    def key(self) -> str: ...

@final
class Wrap:
    """Asked of a provider: wrap a data key. Only about symmetric keys: under RSA the public key is enough."""

    @property
    def key(self) -> str: ...
    @property
    def algorithm(self) -> str: ...
    @property
    def dek(self) -> bytes: ...

@final
class Unwrap:
    """Asked of a provider: unwrap a data key with exactly this version. The reply is the key's bytes."""

    @property
    def key(self) -> str: ...
    @property
    def algorithm(self) -> str: ...
    @property
    def wrapped(self) -> bytes: ...
    @property
    def cache_id(self) -> str:
        """A digest of the wrapped key together with the configuration that allowed it."""

@final
class KeyState:
    """A provider's reply to `Resolve`.

    :param key: the key's identifier with its version.
    :param modulus: the modulus of an RSA key in big-endian bytes; nothing for a symmetric key.
    :param exponent: its public exponent; 65537 unless said otherwise, and nothing else is supported.
    :param not_before: and `expires`, `created`: seconds since 1970-01-01 UTC.
    :param may_wrap: whether wrapping is among the key's operations.
    """

    def __new__(
        cls,
        key: str,
        *,
        modulus: Buffer | None = None,
        exponent: Buffer | None = None,
        enabled: bool = True,
        not_before: int | None = None,
        expires: int | None = None,
        created: int | None = None,
        may_wrap: bool = True,
    ) -> Self: ...
    @property
    def key(self) -> str: ...
    @property
    def modulus(self) -> bytes | None: ...
    @property
    def exponent(self) -> bytes: ...
    @property
    def enabled(self) -> bool: ...
    @property
    def not_before(self) -> int | None: ...
    @property
    def expires(self) -> int | None: ...
    @property
    def created(self) -> int | None: ...
    @property
    def may_wrap(self) -> bool: ...

@final
class Refusal:
    """A provider's reply to anything: no.

    :param kind: `denied`: it won't. `unavailable`: it can't now. `wrong_ciphertext`: it tried, and the wrapped key is not
        one of its own.
    :param reason: the holder's own code, for example `ForbiddenByRbac`.
    :param retry_after: seconds after which a retry makes sense.
    :param mend: what to do about it; ends the message of the error.
    """

    def __new__(
        cls,
        kind: Literal["denied", "unavailable", "wrong_ciphertext"],
        reason: str,
        message: str,
        *,
        retry_after: int | None = None,
        mend: str | None = None,
    ) -> Self: ...
    @property
    def kind(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def retry_after(self) -> int | None: ...
    @property
    def mend(self) -> str | None: ...

def vault_address(request: Resolve | Wrap | Unwrap, hosts: Sequence[str], /) -> tuple[str, str, str | None, bool]:
    """The host of a request's key, its name, its version, and whether the host is one of Azure's."""

def vault_refusal(
    request: Resolve | Wrap | Unwrap,
    status: int,
    code: str | None,
    inner_code: str | None,
    message: str,
    retry_after: str | None,
    /,
) -> Refusal | None:
    """What an error answer of Key Vault means; nothing where it is no refusal of the request."""

def vault_unreachable(request: Resolve | Wrap | Unwrap, cause: str, /) -> Refusal:
    """What it means that there was no answer."""

def vault_wraps_nothing(request: Resolve | Wrap | Unwrap, kind: str, /) -> Refusal:
    """What it means that a key is of a type that wraps nothing."""

def vault_answered(request: Resolve | Wrap | Unwrap, kid: str, /) -> None:
    """Refuse an answer that is about another key than was asked."""

@final
class DataKeyCache:
    """A provider that remembers what another one unwrapped, and seals several messages under one wrapped data key.

    Threads that need the same key at the same time cause one call. **The time limit is the revocation delay.** It is pickled
    where its provider is: the provider and the limits travel, keys never do. A process that was forked begins with none.

    :param max_age: seconds that a key stays in memory; 300.
    :param max_messages: messages under one data key; 2**20, and never more.
    :param max_bytes: bytes under one data key; 2**40, and never more.
    :param capacity: keys kept at a time; 1024.
    """

    def __new__(
        cls,
        provider: Any,
        *,
        max_age: float | None = None,
        max_messages: int | None = None,
        max_bytes: int | None = None,
        capacity: int | None = None,
    ) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[Any], dict[str, Any]]: ...
    def flush(self, key: str | None = None, *, hosts: Sequence[str] = ...) -> None:
        """Forget every key, now, or those that come from one key of a vault: every version of it, or the one that is named."""

@final
class LocalVault:
    """A local key vault: a provider, and its owner's way to keys, versions and grants.

    A vault in a folder is opened where it is first used, and again in a process that was forked. It is pickled as its path,
    its identity and the place of what opens it, so that it travels to workers that see the same folder. Other processes'
    changes are seen at once. A vault in memory lives in its process and is not pickled.

    Keys are named by `NAME` or by their identifier, versions by `NAME/VERSION` or by theirs; where a version may be named
    and is not, the newest is meant. Times are seconds since 1970-01-01 UTC. What the owner does takes no grant.

    >>> from cmkit.vault import LocalVault
    >>> vault = LocalVault.in_memory("orders.vault.azure.net")
    >>> key = vault.create_key("orders-kek", kind="oct-256")
    >>> vault.grant("orders-cmk")
    True
    >>> orders = vault.as_identity("orders-cmk")  # a provider
    >>> [version.enabled for version in orders.key(key).versions]
    [True]

    :param path: the folder; `LocalVault.create` makes one.
    :param identity: who asks for keys, and needs a grant for it; the owner without one.
    :param passphrase: what opens the folder, if neither of the files does. A vault that has it is not pickled.
    :param passphrase_file: the file with the passphrase.
    :param key_file: the key file, if it is not `vault.key` in the folder.
    """

    def __new__(
        cls,
        path: str | PathLike[str],
        *,
        identity: str | None = None,
        passphrase: str | None = None,
        passphrase_file: str | PathLike[str] | None = None,
        key_file: str | PathLike[str] | None = None,
    ) -> Self: ...
    @staticmethod
    def create(
        path: str | PathLike[str],
        host: str,
        *,
        identity: str | None = None,
        soft_delete_days: int | None = None,
        purge_protection: bool = False,
        permission_model: Literal["rbac", "policy"] | None = None,
        passphrase: str | None = None,
        passphrase_file: str | PathLike[str] | None = None,
        key_file: str | PathLike[str] | None = None,
    ) -> LocalVault:
        """Make a vault in a folder, which may exist if it is empty.

        :param host: the host of its keys' identifiers, for example `orders.vault.azure.net`.
        :param soft_delete_days: days that a deleted key can be recovered, 7 to 90; 90.
        :param purge_protection: whether nobody can purge a deleted key before those days are over.
        :param permission_model: which kind of grant counts: roles (`rbac`), or access policies.
        :raises ConfigError: for options outside of their limits, and for a folder with something in it.
        """
    @staticmethod
    def in_memory(
        host: str,
        *,
        identity: str | None = None,
        soft_delete_days: int | None = None,
        purge_protection: bool = False,
        permission_model: Literal["rbac", "policy"] | None = None,
    ) -> LocalVault:
        """Make a vault that goes with its process."""
    def __getnewargs_ex__(self) -> tuple[tuple[Any], dict[str, Any]]: ...
    def __enter__(self) -> LocalVault: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...
    def close(self) -> None:
        """Forget the opened keys of this vault in all its views, as soon as nothing uses them."""
    @property
    def closed(self) -> bool: ...
    @property
    def path(self) -> Path | None:
        """The folder; nothing for a vault in memory."""
    @property
    def identity(self) -> str | None: ...
    @property
    def host(self) -> str: ...
    def info(self) -> VaultInfo:
        """The vault's settings, and its identities with their grants, as they are now."""
    def as_identity(self, name: str) -> LocalVault:
        """The same vault, asked by an identity."""
    def as_owner(self) -> LocalVault:
        """The same vault, asked by its owner, who needs no grant. The network, the state of keys and faults still count."""
    def __call__(self, request: Resolve | Wrap | Unwrap, /) -> KeyState | bytes | Refusal:
        """Answer a request, as every provider."""
    def create_key(
        self,
        key: str,
        *,
        kind: KeyKind | None = None,
        enabled: bool = True,
        not_before: int | None = None,
        expires: int | None = None,
        operations: Sequence[str] | None = None,
    ) -> str:
        """Make a key, or the next version of a key that there is. Returns the identifier without a version.

        :param kind: `rsa-3072` unless said otherwise; `oct-256` is symmetric, as a managed HSM has it.
        :param not_before: it wraps from this time on, and up to `expires`. Outside of its dates it still unwraps.
        :param operations: what it may be used for: everything its kind can do, or some of `wrapKey`, `unwrapKey`, `encrypt`,
            `decrypt`, `sign`, `verify`.
        :raises KeyUnavailable: while a deleted key has the name (`ObjectIsDeletedButRecoverable`).
        """
    def import_key(
        self,
        key: str,
        private_key: str,
        *,
        enabled: bool = True,
        not_before: int | None = None,
        expires: int | None = None,
        operations: Sequence[str] | None = None,
    ) -> str:
        """Bring a private key in: PEM (PKCS#8, PKCS#1) or a JSON Web Key. As `create_key` else."""
    def rotate(self, key: str) -> str:
        """Make a key's next version, of the same kind. Returns its identifier; what older ones wrapped still opens."""
    def enable(self, key: str) -> VersionInfo:
        """Enable a version."""
    def disable(self, key: str) -> VersionInfo:
        """Disable a version: it neither wraps nor unwraps any more."""
    def set_dates(self, key: str, *, not_before: int | None = None, expires: int | None = None) -> VersionInfo:
        """Set when a version begins and ends to wrap; a date that is left out is removed."""
    def set_rotation_policy(
        self,
        key: str,
        *,
        rotate_after: str | None = None,
        rotate_before_expiry: str | None = None,
        expires_after: str | None = None,
    ) -> None:
        """Set when a key rotates by itself, as ISO 8601 durations (`P18M`); without any, it has no policy.

        Nothing rotates while nobody looks: `tick` does what is due.
        """
    def tick(self, at: int | None = None) -> list[tuple[Literal["rotated", "purged"], str]]:
        """Do what is due now or at a time: rotate by the policies, purge deleted keys whose retention is over."""
    def delete_key(self, key: str) -> DeletedKey:
        """Delete a key with all of its versions. It can be recovered for the vault's number of days."""
    def recover_key(self, key: str) -> None:
        """Bring a deleted key back."""
    def purge_key(self, key: str) -> None:
        """Purge a deleted key: what it wrapped is lost for good."""
    def deleted_keys(self) -> list[DeletedKey]:
        """Every deleted key that can be recovered, by name."""
    def keys(self) -> list[KeyInfo]:
        """Every key that is not deleted, by name, with its versions."""
    def key(self, key: str) -> KeyInfo:
        """A key with its versions."""
    def grant(self, identity: str, *, role: str | None = None, key: str | None = None, permissions: str | None = None) -> bool:
        """Give an identity a grant, and say whether that changed anything. An identity comes into being by its first one.

        :param role: a role of Azure by its name or id; Key Vault Crypto Service Encryption User unless said otherwise.
        :param key: the key to give the role on; the whole vault without one.
        :param permissions: permissions of an access policy instead, for example `get,wrapKey,unwrapKey`.
        """
    def revoke(self, identity: str, *, role: str | None = None, key: str | None = None, permissions: str | None = None) -> bool:
        """Take a grant from an identity, or every one if none is named, and say whether it had it."""
    def set_permission_model(self, model: Literal["rbac", "policy"]) -> None:
        """Choose which kind of grant counts: roles, or access policies. The others stay stored and do nothing."""
    def set_network(self, access: Literal["public", "selected", "disabled"], *, trusted_services: bool = True) -> None:
        """Change the network in front of the vault, and whether trusted services bypass it."""
    def set_place(self, identity: str, *, trusted_service: bool) -> bool:
        """Say whether an identity calls as a trusted Azure service; at first none does. Says whether that changed anything."""
    def put_service_key(self, key: ServiceKey) -> None:
        """Keep a key of the program in the vault. The same name and version again replaces it."""
    def service_keys(self) -> list[ServiceKey]:
        """Every key of the program that the vault keeps, by name, the older first."""
    def throttle_next(self, requests: int, *, retry_after: int = 1) -> None:
        """Answer the next requests with `Throttled`, to be tried again after some seconds."""
    def set_unreachable(self, unreachable: bool = True, /) -> None:
        """Answer no request in this process, as if the host were down."""
    def inject_fault(
        self,
        kind: Literal["throttled", "unavailable", "slow", "reset"],
        *,
        next: int | None = None,
        rate: float | None = None,
        seed: int = 0,
        retry_after: int | None = None,
        milliseconds: int | None = None,
    ) -> None:
        """Let requests fail in this process: the next so many, a part of all from 0 to 1, or, without either, every one.

        :param kind: `throttled` is 429, `unavailable` 503, `slow` takes `milliseconds` longer, `reset` gives no answer.
        :param seed: the same seed strikes the same requests in a row of them.
        :param retry_after: seconds to be tried again after, for the first two.
        """
    def clear_faults(self) -> None:
        """End every fault."""
    def serve(self, *, listen: str | None = None, identity: str | None = None, resource: str | None = None) -> VaultServer:
        """Serve the vault over HTTPS on a loopback address, for any client of Azure Key Vault.

        The bearer token of a request is the identity's name: a credential whose token is `orders-cmk` calls as that.

        :param listen: address and port; `127.0.0.1` and any free port without one.
        :param identity: who calls with the token of a managed identity and names none: the system-assigned one.
        :param resource: what clients ask a token for; `https://vault.azure.net`.
        :raises OSError: where the address is taken.
        """
    def log(self) -> list[LogEntry]:
        """The questions that this process asked, oldest first; of more than 10,000 the newest."""
    def clear_log(self) -> None:
        """Forget the log."""

@final
class VaultServer:
    """A vault that is served over HTTPS by threads of this process, until it is closed: what `LocalVault.serve` returns.

    >>> from cmkit.vault import LocalVault
    >>> vault = LocalVault.in_memory("orders.vault.azure.net")
    >>> with vault.serve() as server:
    ...     server.url.startswith("https://127.0.0.1:")
    True
    """

    @property
    def url(self) -> str:
        """The vault's address, `https://127.0.0.1:PORT`."""
    @property
    def authority(self) -> str:
        """The certificate to trust, in PEM. It is made at each start, and nobody has its private key."""
    @property
    def fingerprint(self) -> str:
        """SHA-256 of that certificate, in hexadecimal digits."""
    @property
    def identity_endpoint(self) -> str:
        """What `IDENTITY_ENDPOINT` is to be, for clients with a managed identity."""
    @property
    def identity_header(self) -> str:
        """What `IDENTITY_HEADER` is to be, for clients with a managed identity."""
    @property
    def imds_host(self) -> str:
        """What `AZURE_POD_IDENTITY_AUTHORITY_HOST` is to be, for clients that take IMDS."""
    def advance(self, seconds: int, /) -> None:
        """Put the clock of the served vault forward: tokens expire, keys begin and end to wrap, what is due is done."""
    def close(self) -> None:
        """Stop serving."""
    @property
    def closed(self) -> bool: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...

def error_codes() -> list[tuple[str, str, bool]]:
    """Every code of an error, with what it means and whether a retry may help."""

def find_data_key(keys: Sequence[DataKey], value: Buffer, /) -> DataKey:
    """Which of several data keys a value is under."""

def seal(data: Buffer, arguments: dict[str, Any], /) -> bytes: ...
def seal_detached(data: Buffer, arguments: dict[str, Any], /) -> tuple[bytes, bytes]: ...
def seal_into(data: Buffer, out: Buffer, arguments: dict[str, Any], /) -> int: ...
def sealed_size(size: int, suite: str, /) -> int: ...
def plaintext_size(head: Buffer, size: int, /) -> int: ...
def open(data: Buffer, arguments: dict[str, Any], /) -> bytes: ...
def open_into(data: Buffer, out: Buffer, arguments: dict[str, Any], /) -> int: ...
def open_range(data: Buffer, start: int, stop: int, arguments: dict[str, Any], /) -> bytes: ...
def rewrap(data: Buffer, arguments: dict[str, Any], /) -> bytes: ...
def inspect(data: Buffer, /) -> dict[str, Any]: ...
def seal_file(source: _Path, target: _Path, progress: _Progress | None, arguments: dict[str, Any], /) -> int: ...
def open_file(source: _Path, target: _Path, progress: _Progress | None, arguments: dict[str, Any], /) -> int: ...
def plan_rewrap(paths: object, progress: object, arguments: dict[str, Any], /) -> dict[str, Any]: ...
def rewrap_files(paths: object, progress: object, arguments: dict[str, Any], /) -> dict[str, Any]: ...
def read_key_events(text: str, hosts: Sequence[str], /) -> dict[str, Any]: ...

@final
class Inventory:
    def __new__(cls, *, names: int | None = None, all_records: bool = False) -> Self: ...
    def add(self, name: str, head: Buffer) -> None: ...
    def add_files(self, paths: object, progress: object = None) -> None: ...
    def add_json_lines(self, file: object, progress: object = None) -> None: ...
    def link_record(self, record: Buffer, dek_id: str) -> None: ...
    def report(self) -> dict[str, Any]: ...
    def may_disable(self, keys: Sequence[str], hosts: Sequence[str]) -> dict[str, Any]: ...

def run_command(arguments: Sequence[str], /) -> int:
    """Run the command `cmkit` with these arguments, the program's name first, and return its exit code."""

def wipe(out: Buffer, /) -> None:
    """Fill a buffer with zeros."""

@final
class Operation:
    """An operation, answered step by step: `request` and `resume` until there is no request, then what it makes, once."""

    @staticmethod
    def seal(arguments: dict[str, Any], /) -> Operation: ...
    @staticmethod
    def open(data: Buffer, arguments: dict[str, Any], /) -> Operation: ...
    @staticmethod
    def rewrap(data: Buffer, arguments: dict[str, Any], /) -> Operation: ...
    @staticmethod
    def generate_record(arguments: dict[str, Any], /) -> Operation: ...
    @staticmethod
    def open_record(record: Buffer, arguments: dict[str, Any], /) -> Operation: ...
    def request(self) -> Resolve | Wrap | Unwrap | None: ...
    def resume(self, reply: object, /) -> None: ...
    def run(self, provider: object, /) -> None:
        """Ask a provider that answers at once, to the end."""
    def sealed(self, data: Buffer, /) -> bytes: ...
    def sealed_into(self, data: Buffer, out: Buffer, /) -> int: ...
    def opened(self, data: Buffer, /) -> bytes: ...
    def opened_into(self, data: Buffer, out: Buffer, /) -> int: ...
    def opened_range(self, data: Buffer, start: int, stop: int, /) -> bytes: ...
    def head(self) -> bytes: ...
    def data_key(self) -> DataKey: ...

_Named: TypeAlias = tuple[str, str | bytes]
_Judgement: TypeAlias = tuple[int, _Named | None, _Named | None]

@final
class Report:
    """What a check says, of which only what is asked for becomes Python's."""

    def head(self) -> dict[str, Any]:
        """All but the findings."""
    def findings(self) -> tuple[dict[str, Any], ...]: ...
    def to(self, format: str) -> str: ...
    def describe(self, finding: int) -> str: ...
    def questions(self) -> tuple[dict[str, Any], ...]: ...
    def baseline(self) -> str: ...
    def fix(self, finding: int, fix: int) -> str: ...

def parse_time(text: str, /) -> int:
    """The time that a text names, in seconds since 1970-01-01 UTC."""

def check(documents: Sequence[_Named], judgement: _Judgement, /) -> Report: ...
def explain(text: str, documents: Sequence[_Named] | None, judgement: _Judgement, /) -> dict[str, Any]: ...
def what_if(documents: Sequence[_Named], event: str, at: int, chosen: dict[str, str | None], /) -> dict[str, Any]: ...
def calendar(documents: Sequence[_Named], days: int | None, judgement: _Judgement, /) -> dict[str, Any]: ...
def plan(before: Sequence[_Named], after: Sequence[_Named] | None, judgement: _Judgement, /) -> dict[str, Any]: ...
def fix(documents: Sequence[_Named], only: Sequence[str], irreversible: bool, judgement: _Judgement, /) -> dict[str, Any]: ...
def rules() -> tuple[dict[str, Any], ...]: ...
def form_fields() -> tuple[dict[str, Any], ...]: ...
def scaffold(choices: dict[str, Any], to: str, /) -> str: ...
def seal_column(key: DataKey, arguments: dict[str, Any], /) -> tuple[bytes, bytes]: ...
def open_column(key: DataKey, arguments: dict[str, Any], /) -> tuple[bytes, bytes]: ...

@final
class SealStream:
    """Below `cmkit.SealWriter`."""

    def __new__(cls, file: Any, write_head: bool, arguments: dict[str, Any], /) -> Self: ...
    @property
    def head(self) -> bytes: ...
    def write(self, data: Buffer, /) -> int: ...
    def tell(self) -> int: ...
    def finish(self) -> None: ...
    def abort(self) -> None: ...

@final
class OpenStream:
    """Below `cmkit.OpenReader`."""

    def __new__(cls, file: Any, arguments: dict[str, Any], /) -> Self: ...
    def readinto(self, buffer: Buffer, /) -> int: ...
    def seek(self, to: int, /) -> int: ...
    def tell(self) -> int: ...
    def size(self) -> int | None: ...
    def inspect(self) -> dict[str, Any]: ...
    def close(self) -> None: ...
