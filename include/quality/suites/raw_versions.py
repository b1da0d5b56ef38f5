"""Raw: the versions of a dataset that are pending. Versions that are versions."""

from collections.abc import Collection

from include.quality.asked import published_version
from include.quality.bounds import between
from include.quality.expectations import gxe
from include.quality.subject import Check, Subject

HASH = "content_hash"


def raw_versions(
    dataset: str,
    release: str,
    *,
    key: tuple[str, ...],
    nullable: Collection[str] = (),
    has_payload: bool = True,
    revised_by: str = HASH,
) -> Subject:
    """Return the pending versions of a dataset, and what must hold of them.

    `key` are the columns that name a row, `nullable` those of them that may be null. Without a payload, what is
    published stands in columns of the table. `revised_by` is the column that differs where a row was revised, and is
    null where it is withdrawn: the hash of the content, or, of bulk data without one, the content itself. Versions of
    bulk data are counted, since to hand over each of them takes as long as to load them; no key of it is null.
    """
    if revised_by != HASH:
        return _counted(dataset, release, key, revised_by)
    return Subject(
        suite=f"raw.{dataset}",
        table=f"raw.{dataset}",
        key=(*key, "version_id"),
        query=_query(dataset, release, key, nullable, has_payload=has_payload),
        checks=CHECKS_OF_PAYLOAD + CHECKS if has_payload else CHECKS,
        datasets=(dataset,),
    )


def _counted(dataset: str, release: str, key: tuple[str, ...], revised_by: str) -> Subject:
    """Return how many of the pending versions are none, as one row."""
    return Subject(
        suite=f"raw.{dataset}",
        table=f"raw.{dataset}",
        key=("pending_versions",),
        query=_counts(dataset, release, key, revised_by),
        checks=CHECKS_OF_COUNTS,
        datasets=(dataset,),
    )


DIFFER = "a version differs from the one before it"
IS_CHANGE = "A version is added only where the content changed; a withdrawal only where something was held."
IN_ORDER = "a version is known later than the one before it"
IS_INSTANT = "Each load has one instant, later than all before; so a key has one version per instant."
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
            description=DIFFER,
            notes=IS_CHANGE,
        ),
    ),
    Check(
        "versions_are_in_order",
        gxe.ExpectColumnValuesToBeBetween(
            column="seconds_after_version_before",
            min_value=0,
            strict_min=True,
            description=IN_ORDER,
            notes=IS_INSTANT,
        ),
    ),
)

CHECKS_OF_COUNTS = (
    between("versions_differ", "repeated_versions", 0, 0, says=DIFFER, because=IS_CHANGE),
    between("versions_are_in_order", "versions_out_of_order", 0, 0, says=IN_ORDER, because=IS_INSTANT),
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


def _counts(dataset: str, release: str, key: tuple[str, ...], revised_by: str) -> str:
    # One after the other by the index of the key, and no look-up for each version: a third of the time.
    (*of, last), pending = key, f"version_id > {published_version(dataset, release)}"
    columns = "".join(f"{name}, " for name in of)
    same = "".join(f"version.{name} = touched.{name} and " for name in of)
    return f"""
        select
            count(*) as pending_versions,
            count(*) filter (where {revised_by} is not distinct from {revised_by}_before) as repeated_versions,
            count(*) filter (where known_at <= known_at_before) as versions_out_of_order
        from (
            select {columns}min({last}) as first_key, max({last}) as last_key
            from raw.{dataset}
            where {pending}
            {f"group by {', '.join(of)}" if of else ""}
        ) as touched
        cross join lateral (
            select
                version.version_id,
                version.{revised_by},
                version.known_at,
                lag(version.{revised_by}) over versions_of_the_key as {revised_by}_before,
                lag(version.known_at) over versions_of_the_key as known_at_before
            from raw.{dataset} as version
            where {same}version.{last} between touched.first_key and touched.last_key
            window versions_of_the_key as (partition by version.{last} order by version.version_id)
        ) as version
        where {pending}
    """  # noqa: S608 - names of ours
