"""The verbs about alerts: bodies in, plain values out."""

from typing import Any

from adapters.alerts.channel import Answer, Delivered
from daemon.actions import Person
from daemon.alert_actions import AlertActions
from daemon.control.bodies import text_in
from daemon.desk import Desk
from storage.alerts import Alert, Delivery

Body = dict[str, Any]
NEWEST_MAX = 200


class AlertVerbs:
    """Answers what is told to people, and passes on what they say to it."""

    def __init__(self, desk: Desk, actions: AlertActions) -> None:
        self._desk = desk
        self._actions = actions

    async def alerts(self, *, whole: bool) -> Body:
        """The open alerts, oldest first; with `whole` the newest of all, newest first."""
        found = await self._desk.store.alerts(newest_max=NEWEST_MAX if whole else None)
        return {"alerts": [alert_view(alert) for alert in found]}

    async def acknowledge(self, body: Body, person: Person) -> Body:
        """Record that a person has seen one alert, or all."""
        count = await self._actions.acknowledge(text_in(body, "which"), person)
        return {"acknowledged": count}

    async def test(self, _body: Body, person: Person) -> Body:
        """Send a test through every channel and say what each answered."""
        answers = await self._actions.test(person)
        return {"channels": {name: _answer_view(answer) for name, answer in answers.items()}}


def alert_view(alert: Alert) -> Body:
    """One alert as every door shows it."""
    return {
        "alert_id": alert.alert_id,
        "severity": alert.severity,
        "code": alert.code,
        "text_zh": alert.text_zh,
        "text_en": alert.text_en,
        "run_id": alert.run_id,
        "ts_code": None if alert.symbol is None else str(alert.symbol),
        "item_id": alert.item_id,
        "created_at": alert.created_at.isoformat(),
        "closed_at": None if alert.closed_at is None else alert.closed_at.isoformat(),
        "acknowledged_by": alert.acknowledged_by,
        "is_delivered": alert.delivered_utc is not None,
        "is_escalated": alert.escalated_utc is not None,
        "deliveries": [_delivery_view(delivery) for delivery in alert.deliveries],
    }


def _delivery_view(delivery: Delivery) -> Body:
    return {
        "channel": delivery.channel,
        "state": delivery.state,
        "tries": delivery.tries,
        "answer": delivery.answer,
    }


def _answer_view(answer: Answer) -> Body:
    if isinstance(answer, Delivered):
        return {"delivered": True, "answer": answer.remark}
    return {"delivered": False, "answer": answer.why}
