"""Columns of PySpark on two local workers, each a process of its own."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from pyspark.errors import PythonException
from pyspark.serializers import CloudPickleSerializer
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

import cmkit
from cmkit.spark import WrappedKey, open_column, open_objects, rewrap, seal_column, seal_objects

from vaults import Overhearing, Vault, forms

pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")
NAMESPACE = "acme.customer.email"


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        # Many batches for each task.
        "spark.sql.execution.arrow.maxRecordsPerBatch": "50",
    }
    builder = SparkSession.builder.master("local[2]").appName("cmkit")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.fixture
def kek(vault: Vault) -> str:
    return vault.rotate("orders-kek")


@pytest.fixture
def key(vault: Vault, kek: str) -> WrappedKey:
    record = cmkit.DataKey.generate(kek, provider=vault, deterministic=True).record
    return WrappedKey(record, keys=kek, provider=vault)


@pytest.fixture
def frame(spark: SparkSession) -> DataFrame:
    email = F.when(F.col("id") % 3 > 0, F.concat(F.col("id").cast("string"), F.lit("@example.com")))
    return spark.range(1000).repartition(8).withColumn("email", email)


def once_in_each_worker(vault: Vault) -> bool:
    """Whether every process that unwrapped did so once, and the driver never."""
    processes = Counter(vault.asked("Unwrap"))
    return set(processes.values()) == {1} and str(os.getpid()) not in processes


def rows(frame: DataFrame) -> list[Any]:
    return sorted(tuple(row) for row in frame.toLocalIterator())


def test_columns(vault: Vault, key: WrappedKey, frame: DataFrame) -> None:
    sealed = frame.withColumn("email", seal_column("email", key, namespace=NAMESPACE, aad=F.col("id"))).cache()
    assert dict(sealed.dtypes)["email"] == "binary"
    opened = sealed.withColumn("email", open_column("email", key, namespace=NAMESPACE, aad=F.col("id"), type="string"))
    assert rows(opened) == rows(frame)
    assert once_in_each_worker(vault)
    assert sealed.where("email is null").count() == 334
    row = sealed.where("id = 4").head()
    assert row is not None
    with cmkit.DataKey.open(key.record, keys=key._keys, provider=vault) as opened_here:
        assert opened_here.open_value(row.email, namespace=NAMESPACE, aad="4") == b"4@example.com"
    wrong = sealed.select(open_column("email", key, namespace=NAMESPACE, aad=F.col("id") + 1))
    with pytest.raises(PythonException, match=r"DecryptError: value \d+ of the column: decryption failed"):
        wrong.collect()


@pytest.mark.parametrize("kind", ["arrow", "pandas"])
def test_older_spark(vault: Vault, key: WrappedKey, frame: DataFrame, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spark before 4.1 has pandas UDFs alone; they give the same."""
    if kind == "pandas":
        monkeypatch.delattr(F, "arrow_udf")
    email = seal_column(F.col("email"), key, namespace=NAMESPACE, aad="all")
    sealed = frame.select("id", email.alias("email"), F.col("email").cast("binary").alias("plain")).cache()
    both = sealed.select(
        "id",
        open_column("email", key, namespace=NAMESPACE, aad=b"all", type="string"),
        open_objects(seal_objects("plain", key, aad=F.col("id")), key, aad=F.col("id")),
    )
    expected = [(id, email, email and bytes(email, "utf-8")) for id, email in rows(frame)]
    assert rows(both) == expected
    assert once_in_each_worker(vault)


def test_joins(key: WrappedKey, frame: DataFrame) -> None:
    sealed = frame.select("id", seal_column("email", key, namespace=NAMESPACE, deterministic=True).alias("email"))
    joined = sealed.join(sealed.withColumnRenamed("id", "other"), "email")
    assert joined.where("id = other").count() == joined.count() == 666


def test_what_is_sealed_at_random_is_sealed_once(key: WrappedKey, frame: DataFrame) -> None:
    sealed = frame.select(seal_column("email", key, namespace=NAMESPACE).alias("email"))
    assert sealed.where("email is not null").selectExpr("email = email as same").distinct().collect()[0].same
    plan = sealed._jdf.queryExecution().analyzed()
    assert not plan.deterministic()


def test_rewrap(vault: Vault, kek: str, spark: SparkSession) -> None:
    messages = [cmkit.seal(b"data" * size, keys=kek, provider=vault, aad=str(size)) for size in (0, 10, 9000)]
    records = [cmkit.DataKey.generate(kek, provider=vault, context={"tenant": "a"}).record]
    first = vault.versions("orders-kek")[0]
    vault.rotate("orders-kek")
    newest = cmkit.AllowedKey(kek, versions=[vault.versions("orders-kek")[1]])
    frame = spark.createDataFrame([(0, messages[0]), (10, messages[1]), (9000, messages[2])], "size long, data binary")
    newer = frame.repartition(3).select(
        "size", rewrap("data", keys=kek, to=kek, provider=vault, aad=F.col("size")).alias("data")
    )
    for row in newer.collect():
        assert cmkit.open(row.data, keys=newest, provider=vault, aad=str(row.size)) == b"data" * row.size
    other = vault.rotate("other-kek")
    kept = spark.createDataFrame([(records[0],), (None,)], "record binary").select(
        rewrap("record", keys=kek, to=other, provider=vault, keep=True).alias("record")
    )
    record, nothing = (row.record for row in kept.collect())
    assert nothing is None
    versions = [entry.key for entry in cmkit.inspect(record).keys]
    assert versions == [f"{kek}/{first}", f"{other}/{vault.versions('other-kek')[0]}"]
    assert cmkit.DataKey.open(record, keys=other, provider=vault).context == {"tenant": "a"}


def test_a_revoked_key(vault: Vault, key: WrappedKey, frame: DataFrame) -> None:
    vault.disable("orders-kek")
    with pytest.raises(PythonException, match=r"KeyUnavailable: .*disabled"):
        frame.select(seal_column("email", key, namespace=NAMESPACE)).collect()


def test_nothing_secret_travels(
    vault: Vault, kek: str, key: WrappedKey, frame: DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = Overhearing(vault)
    cmkit.DataKey.open(key.record, keys=kek, provider=heard)
    (secret,) = heard.unwrapped
    # This process has the key in its cache, which must not travel either.
    key.open()
    sent: list[bytes] = []
    dumps = CloudPickleSerializer.dumps

    def spied(self: CloudPickleSerializer, task: object) -> bytes:
        sent.append(dumps(self, task))
        return sent[-1]

    monkeypatch.setattr(CloudPickleSerializer, "dumps", spied)

    def travels(key: WrappedKey) -> bool:
        """Whether the secret is among what Spark sends to workers for a job of every kind."""
        sent.clear()
        sealed = seal_column("email", key, namespace=NAMESPACE, aad=F.col("id"))
        frame.select(sealed, seal_objects("email", key), open_objects(seal_objects("email", key), key)).collect()
        assert sum(key.record in task for task in sent) >= 4
        return any(form in task for task in sent for form in forms(secret))

    assert not travels(key)
    assert travels(WrappedKey(key.record, keys=kek, provider=heard)), "this test would see it"
