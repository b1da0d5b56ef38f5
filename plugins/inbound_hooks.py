"""Inbound webhooks on Airflow's API server: a signed `POST /hooks/forecasts` becomes an event of an Asset.

The signature is the login; Airflow's own is not asked for. Without GRIDLOOM_HOOK_SECRET there is no route. How a
delivery is verified, and that each counts once, stands in include/hooks.
"""

import logging
import os
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import psycopg2
from airflow.assets.manager import asset_manager
from airflow.models.asset import AssetEvent, AssetModel
from airflow.plugins_manager import AirflowPlugin
from airflow.utils.session import create_session
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from include.hooks import deliveries
from include.hooks.app import app_of
from include.hooks.deliveries import Delivery
from include.hooks.errors import UnavailableError
from include.orchestration.steps import hook_asset
from include.settings import Settings
from include.warehouse import session as warehouse_session

PREFIX = "/hooks"
# Senders try again for three days (Standard Webhooks' own schedule); an older event is of no delivery that still comes.
TRIED_AGAIN_FOR = timedelta(days=7)
log = logging.getLogger(__name__)


def deliver(delivery: Delivery) -> bool:
    """Note a delivery and emit its event; tell whether it is new. Raises UnavailableError where that cannot be."""
    try:
        url = os.environ.get("AIRFLOW_CONN_WAREHOUSE_HOOKS", "")
        with warehouse_session(url, application="gridloom hooks") as connection:
            return deliveries.accept(connection, delivery, emit)
    except (psycopg2.Error, SQLAlchemyError) as error:
        # The error itself may name hosts, users and values.
        log.exception("hook %s cannot take delivery %s", delivery.hook, delivery.message_id)
        raise UnavailableError("a database is away") from error


def emit(delivery: Delivery) -> None:
    """Register the event of a delivery as Airflow's own `POST /api/v2/assets/events` does, unless it is there."""
    wanted = hook_asset(delivery.hook)
    with create_session(scoped=False) as session:
        asset = session.scalar(
            select(AssetModel).where(
                AssetModel.name == wanted.name, AssetModel.uri == wanted.uri, AssetModel.active.has()
            )
        )
        if asset is None:
            raise UnavailableError("no DAG is started by this hook")
        if not _is_emitted(session, asset, delivery):
            extra = {**delivery.extra, "from_rest_api": True}
            asset_manager.register_asset_change(asset=asset, extra=extra, source_is_api=True, session=session)


def _is_emitted(session: Session, asset: AssetModel, delivery: Delivery) -> bool:
    """Whether somebody died between the event and the note of its delivery."""
    same = select(AssetEvent.id).where(
        AssetEvent.asset_id == asset.id,
        AssetEvent.timestamp > datetime.now(UTC) - TRIED_AGAIN_FOR,
        AssetEvent.extra["delivery"].as_string() == delivery.message_id,
    )
    return session.scalar(same.limit(1)) is not None


class InboundHooks(AirflowPlugin):
    """Registers the app."""

    name = "gridloom_inbound_hooks"
    fastapi_apps: ClassVar[list[Any]] = [
        {"app": app_of(Settings().hook_secret, deliver), "url_prefix": PREFIX, "name": "Hooks"}
    ]
