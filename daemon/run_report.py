"""Makes the report of a run from the record, keeps it, and says which files tell it."""

import asyncio
import json
from hashlib import sha256

from daemon.artifacts.files import chart_path, page_path
from daemon.artifacts.writing import ArtifactFile
from daemon.desk import Desk
from daemon.reconciliation.costs import run_costs
from daemon.reconciliation.lines import line_results
from daemon.reconciliation.plain import Json
from daemon.reconciliation.report import ReconcileReport, ReportInputs, ReportStatus
from daemon.report.document import ReportFacts, document_bytes, end_prices, report_document
from daemon.report.pictures import ChartsMissing, pictures
from daemon.report.rendering import LANGUAGES, report_page
from storage.bindings import Form


async def keep_run_report(
    desk: Desk, inputs: ReportInputs, report: ReconcileReport
) -> tuple[ArtifactFile, ...]:
    """Keep the document of a run's report; returns the files that the settings ask for."""
    run_id = inputs.run.run_id
    content = document_bytes(await run_document(desk, inputs, report))
    await desk.store.keep_report(run_id, content, now=desk.clock.now())
    return await asyncio.to_thread(_files, desk, content, run_id)


async def run_document(
    desk: Desk, inputs: ReportInputs, report: ReconcileReport
) -> dict[str, Json]:
    """Return the document of a run's report.

    Prices of the close are those of the session's evening: the morning after knows others.
    """
    run_id = inputs.run.run_id
    closes = {symbol: stated.price for symbol, stated in inputs.prices.items()}
    if inputs.status is ReportStatus.FINAL:
        closes |= end_prices(await desk.store.report(run_id))
    costs = run_costs(
        line_results(inputs.plan, inputs.orders, inputs.line_statuses),
        inputs.fills,
        end_prices=closes,
        fee_estimates=inputs.fee_estimates,
    )
    story = await desk.store.run_story(run_id)
    facts = ReportFacts(
        run=inputs.run,
        plan=inputs.plan,
        reconcile=report,
        costs=costs,
        orders=inputs.orders,
        fills=inputs.fills,
        story=story,
        labels=inputs.labels,
    )
    return report_document(facts)


def _files(desk: Desk, content: bytes, run_id: str) -> tuple[ArtifactFile, ...]:
    """Draw the page and its charts of the document as it was kept; blocks on the processor."""
    settings, document = desk.settings.report, json.loads(content)
    language = LANGUAGES[settings.language]
    files: list[ArtifactFile] = []
    if settings.page:
        path = page_path(desk.artifacts, run_id)
        facts = {"document": sha256(content).hexdigest(), "language": settings.language}
        files.append(ArtifactFile(path, report_page(document, language), Form.REPORT, facts))
    if settings.charts:
        try:
            drawn = pictures(document, language)
        except ChartsMissing as missing:
            desk.log.warning("no charts are drawn", run_id=run_id, why=str(missing))
        else:
            files += [
                ArtifactFile(chart_path(desk.artifacts, run_id, name), png, Form.OTHER)
                for name, png in drawn.items()
            ]
    return tuple(files)
