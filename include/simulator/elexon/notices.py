"""What is told when it happens: warnings, credit defaults, demand control, and what is traded or restored."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from include.simulator.elexon.rows import Row
from include.simulator.elexon.series import Issue, Publications, Series, Span, at_every
from include.simulator.elexon.settlement import DAY_S, HOUR_S, half_hour_at, local, period_at, stamp, utc
from include.simulator.elexon.units import PARTIES
from include.simulator.elexon.world import World


@dataclass(frozen=True)
class Rare(Series):
    """Notices that some days have, told in the course of them."""

    share: float  # of the days
    timetable: Publications

    def issues(self, world: World, span: Span) -> list[Issue]:
        found = self.timetable.issues(world, span)
        luck = world.luck(f"{self.timetable.name} happens", np.array([issue.number for issue in found], dtype=np.int64))
        return [issue for issue, each in zip(found, luck.tolist(), strict=True) if each < self.share]

    def rows(self, world: World, issues: Sequence[Issue]) -> Iterator[Row]:
        return self.timetable.rows(world, issues)


WARNINGS = (
    ("SO-SO TRADES", "NATIONAL GRID NOTIFICATION of excess energy prices used for SO to SO transactions"),
    ("ELECTRICITY MARGIN NOTICE", "A system margin shortfall is forecast for this evening's peak"),
    ("IT SYSTEM OUTAGE", "Planned maintenance of the balancing systems"),
    ("CAPACITY MARKET NOTICE", "Cancellation of the notice in force"),
)


def _warnings(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    for issue in issues:
        kind, text = WARNINGS[issue.number // DAY_S % len(WARNINGS)]
        told = {"publishTime": stamp(issue.told_s), "warningType": kind, "warningText": text}
        yield {"dataset": "SYSWARN", **told}


def _defaults(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    """Yield who was in default of credit; every other is over by then."""
    for issue in issues:
        entered, cleared = (period_at(half_hour_at(issue.told_s) - before) for before in (30, 4))
        is_over = issue.number // DAY_S % 2 == 0
        yield {
            "dataset": "CDN",
            "publishTime": stamp(issue.told_s),
            "bscPartyId": PARTIES[issue.number // DAY_S % len(PARTIES)][1],
            "creditDefaultLevel": 1 + issue.number // DAY_S % 2,
            "enteredDefaultSettlementDate": entered.date,
            "enteredDefaultSettlementPeriod": entered.period,
            "clearedDefaultSettlementDate": cleared.date if is_over else None,
            "clearedDefaultSettlementPeriod": cleared.period if is_over else None,
            "clearedDefaultText": "Credit cover has been restored" if is_over else None,
        }


def _demand_control(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    for issue in issues:
        when = utc(issue.told_s)
        for at, flag in enumerate(("I", "R")):
            yield {
                "dataset": "DCI",
                "mRID": f"DCI_{when:%Y%m%d%H%M}_{issue.number // DAY_S:08}",
                "revisionNumber": 1,
                "publishTime": stamp(issue.told_s),
                "publishingPeriodCommencingTime": stamp(issue.told_s),
                "affectedDso": "SP(D)",
                "demandControlId": f"{issue.number // DAY_S % 10**5:05}",
                "instructionSequence": at + 1,
                "demandControlEventFlag": flag,
                "timeFrom": stamp(issue.told_s + HOUR_S),
                "timeTo": stamp(issue.told_s + 2 * HOUR_S) if at else None,
                "volume": float(20 + issue.number // DAY_S % 80),
                "systemManagementActionFlag": "T",
                "amendmentFlag": "ORI",
            }


TRADED_LINKS = (
    ("NG", "EWIC_NG", "10X1001A1001A59Q"),
    ("EG", "EWIC_EG", "10X1001A1001A59Q"),
    ("NG", "MOYLE_NG", "10X1001A1001A59Q"),
)
SYSTEM_OPERATOR = "10X1001A1001A515"
TRADES_EACH = 32
POUNDS_APART = 6.0


def _between_operators(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    """Yield what each link is offered at for the hour after next; the end of it is written without a zone."""
    for issue in issues:
        begin_s = issue.number + 2 * HOUR_S
        begin = utc(begin_s)
        luck = float(world.luck("SOSO", np.array([issue.number]))[0])
        for initials, link, receiver in TRADED_LINKS:
            for number in range(TRADES_EACH, 0, -1):
                yield {
                    "dataset": "SOSO",
                    "publishTime": stamp(issue.told_s),
                    "senderIdentification": SYSTEM_OPERATOR,
                    "receiverIdentification": receiver,
                    "contractIdentification": f"{initials}_{begin:%Y%m%d_%H%M}_{number}",
                    "resourceProvider": SYSTEM_OPERATOR,
                    "tradeDirection": "Bid" if number > TRADES_EACH // 2 else "Offer",
                    "tradeQuantity": 25.0,
                    "tradePrice": round(20 + 40 * luck + POUNDS_APART / 2 * number, 2),
                    "traderUnit": link,
                    "startTime": stamp(begin_s),
                    "endTime": stamp(begin_s + HOUR_S).removesuffix("Z"),
                    "settlementDate": local(begin_s).date().isoformat(),
                }


REGIONS = {
    "North Scotland": ("_P",), "South Scotland": ("_N",), "North West": ("_D", "_G"), "North East": ("_F", "_M"),
    "Midlands": ("_B", "_E"), "South West": ("_K", "_L"), "South East": ("_A", "_C", "_H", "_J"),
}  # fmt: skip
GROUPS = [(region, group) for region, groups in REGIONS.items() for group in groups]
RECEIVED_AFTER_S = 30


def _restoration(world: World, issue: Issue, code: str) -> Iterator[tuple[Row, int]]:
    luck = world.luck(code, issue.number + np.arange(len(GROUPS)))
    for (region, group), each in zip(GROUPS, luck.tolist(), strict=True):
        times = {"submissionDateTime": stamp(issue.told_s), "publishTime": stamp(issue.told_s + RECEIVED_AFTER_S)}
        yield {"dataset": code, **times, "region": region, "gspGroupId": group}, round(1_200 + 3_000 * each)


def _to_restore(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    for issue in issues:
        day = (utc(issue.told_s).date() + timedelta(days=1)).isoformat()
        for row, mw in _restoration(world, issue, "RZDF"):
            place = {name: row.pop(name) for name in ("region", "gspGroupId")}
            peaks = {"forecastDemand60": round(0.6 * mw), "forecastDemand100": mw}
            yield {**row, "settlementDate": day, **place, **peaks}


def _restored(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    for issue in issues:
        for row, mw in _restoration(world, issue, "RZDR"):
            yield {**row, "restoredDemand": mw // 40}


def _at(hours: float) -> tuple[int, ...]:
    return (round(hours * HOUR_S),)


SUBMITTED = Publications(_to_restore, _at(7.02), axis="submissionDateTime")

SERIES: dict[str, Series] = {
    "SYSWARN": Rare(0.6, Publications(_warnings, _at(9.25), name="SYSWARN")),
    "CDN": Rare(0.3, Publications(_defaults, _at(10.5), name="CDN")),
    "DCI": Rare(0.03, Publications(_demand_control, _at(8.9), name="DCI")),
    "SOSO": Publications(_between_operators, tuple(at + 190 for at in at_every(60, past=0)), at_once=4),
    "RZDF": SUBMITTED,
    "RZDR": replace(SUBMITTED, rows_of=_restored, times=_at(7.05)),
}
