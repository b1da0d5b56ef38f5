"""Raw: the versions of a dataset that are pending. Versions that are versions."""

from collections.abc import Collection

from include.quality.asked import published_version
from include.quality.expectations import gxe
from include.quality.subject import Check, Subject


def raw_versions(
    dataset: str,
    release: str,
    *,
    key: tuple[str, ...],
    nullable: Collection[str] = (),
    has_payload: bool = True,
) -> Subject:
    """Return the pending versions of a dataset, and what must hold of them.

    `key` are the columns that name a row, `nullable` those of them that may be null. Without a payload, what is
    published stands in columns of the table.
    """
    return Subject(
        suite=f"raw.{dataset}",
        table=f"raw.{dataset}",
        key=(*key, "version_id"),
        query=_query(dataset, release, key, nullable, has_payload=has_payload),
        checks=CHECKS_OF_PAYLOAD + CHECKS if has_payload else CHECKS,
        datasets=(dataset,),
    )


CHECKS_OF_PAYLOAD = (
    Check(
        "payload_and_hash_agree",
        gxe.ExpectColumnValuesToBeInSet(
            column="has_payload",
            value_set=["with its hash", "neither (withdrawn)"],
            description="a version has both a payload and a hash, or neither",
            notes="Neither is a tombstone: the publisher withdrew the row. One without the other is damage.",
        ),
    ),
)
CHECKS = (
    Check(
        "versions_differ",
        gxe.ExpectColumnValuesToBeInSet(
            column="repeats_version_before",
            value_set=[False],
            description="a version differs from the one before it",
            notes="A version is added only where the content changed; a withdrawal only where something was held.",
        ),
    ),
    Check(
        "versions_are_in_order",
        gxe.ExpectColumnValuesToBeBetween(
            column="seconds_after_version_before",
            min_value=0,
            strict_min=True,
            description="a version is known later than the one before it",
            notes="Each load has one instant, later than all before; so a key has one version per instant.",
        ),
    ),
)

PAYLOAD = """
    case
        when pending.payload is not null and pending.content_hash is not null then 'with its hash'
        when pending.payload is null and pending.content_hash is null then 'neither (withdrawn)'
        when pending.payload is null then 'a hash only'
        else 'a payload only'
    end as has_payload,
"""


def _query(dataset: str, release: str, key: tuple[str, ...], nullable: Collection[str], *, has_payload: bool) -> str:
    columns = "".join(f"pending.{name}, " for name in key)
    same_key = " and ".join(
        f"earlier.{name} {'is not distinct from' if name in nullable else '='} pending.{name}" for name in key
    )
    return f"""
        select
            {columns}
            pending.version_id,
            {PAYLOAD if has_payload else ""}
            pending.content_hash is not distinct from before.content_hash as repeats_version_before,
            extract(epoch from pending.known_at - before.known_at)::double precision as seconds_after_version_before
        from raw.{dataset} as pending
        left join lateral (
            select earlier.content_hash, earlier.known_at
            from raw.{dataset} as earlier
            where {same_key} and earlier.version_id < pending.version_id
            order by earlier.version_id desc
            limit 1
        ) as before on true
        where pending.version_id > {published_version(dataset, release)}
    """  # noqa: S608 - names of ours
