"""The peers, each as its own documentation recommends, at its fastest safe setting."""

from __future__ import annotations

import io
import os
from collections.abc import Callable

import aws_encryption_sdk
import pyrage
import tink
from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_cryptographic_material_providers.mpl.models import AesWrappingAlg, CreateRawAesKeyringInput
from aws_encryption_sdk import CommitmentPolicy
from aws_encryption_sdk.identifiers import AlgorithmSuite
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwe
from joserfc.jwk import RSAKey
from tink import streaming_aead

Seal = Callable[[bytes], object]

OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
MIB = 1 << 20


class Sink(io.BytesIO):
    """Keeps what tink has written: its streams close what they write to."""

    def close(self) -> None: ...


def tink_streams() -> dict[str, Seal]:
    streaming_aead.register()
    templates = streaming_aead.streaming_aead_key_templates
    names = [name for name in dir(templates) if name.startswith("AES256")]

    def seal_with(name: str) -> Seal:
        primitive = tink.new_keyset_handle(getattr(templates, name)).primitive(streaming_aead.StreamingAead)

        def seal(data: bytes) -> memoryview:
            sink = Sink()
            with primitive.new_encrypting_stream(sink, b"") as stream:
                stream.write(data)
            return sink.getbuffer()

        return seal

    return {f"tink {name}": seal_with(name) for name in names}


def aws(frame: int) -> Seal:
    client = aws_encryption_sdk.EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
    keyring = AwsCryptographicMaterialProviders(config=MaterialProvidersConfig()).create_raw_aes_keyring(
        input=CreateRawAesKeyringInput(
            key_namespace="bench",
            key_name="bench",
            wrapping_key=os.urandom(32),
            wrapping_alg=AesWrappingAlg.ALG_AES256_GCM_IV12_TAG16,
        )
    )
    suite = AlgorithmSuite.AES_256_GCM_HKDF_SHA512_COMMIT_KEY
    return lambda data: client.encrypt(source=data, keyring=keyring, algorithm=suite, frame_length=frame)


def age() -> Seal:
    recipient = pyrage.x25519.Identity.generate().to_public()
    return lambda data: pyrage.encrypt(data, [recipient])


def aesgcm() -> tuple[Seal, Callable[[bytes, bytearray], object]]:
    """The bare cipher: a fresh nonce a message, and the same into a buffer that is there."""
    cipher = AESGCM(os.urandom(32))

    def into(data: bytes, out: bytearray) -> object:
        return cipher.encrypt_into(os.urandom(12), data, None, memoryview(out)[: len(data) + 16])

    return lambda data: cipher.encrypt(os.urandom(12), data, None), into


def by_hand(key: rsa.RSAPublicKey) -> Seal:
    """What one writes without a library: a fresh key, wrapped under RSA, and AES-GCM."""

    def seal(data: bytes) -> bytes:
        dek, nonce = os.urandom(32), os.urandom(12)
        return key.encrypt(dek, OAEP) + nonce + AESGCM(dek).encrypt(nonce, data, None)

    return seal


def jose(key: rsa.RSAPublicKey) -> Seal:
    public = RSAKey.import_key(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    algorithms = ["RSA-OAEP-256", "A256GCM"]
    header = {"alg": algorithms[0], "enc": algorithms[1]}
    return lambda data: jwe.encrypt_compact(header, data, public, algorithms=algorithms)
