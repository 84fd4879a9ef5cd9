"""The command line; heavy libraries are imported by the verb that needs them."""

import click

from daemon import __version__
from daemon.cli.account_verbs import adopt, arm_live, reconcile, resume
from daemon.cli.alert_verbs import ack, alert_test, alerts
from daemon.cli.approval_verbs import approve, decline, plan
from daemon.cli.archive_verbs import archive, audit, replay
from daemon.cli.completion_verb import completion
from daemon.cli.conformance_verbs import conformance
from daemon.cli.console_verbs import console_token
from daemon.cli.halt_verb import halt
from daemon.cli.manual_verbs import manual, resolve
from daemon.cli.plan_rehearsal_verb import rehearse_plan
from daemon.cli.process_verbs import gateway, run
from daemon.cli.rehearsal_verbs import demo, rehearse
from daemon.cli.report_verb import report
from daemon.cli.run_verbs import liquidate, runs, show, status, submit
from daemon.cli.service_verbs import backup, morning_check
from daemon.cli.settings_verbs import check_config
from daemon.cli.verify_verb import verify
from daemon.cli.watch_verb import watch


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sage-execd")
def main() -> None:
    """Close the execution loop of a weekly A-share portfolio."""


for verb in (
    run,
    gateway,
    conformance,
    rehearse,
    demo,
    check_config,
    status,
    runs,
    show,
    report,
    watch,
    plan,
    rehearse_plan,
    approve,
    decline,
    liquidate,
    adopt,
    manual,
    resolve,
    alerts,
    ack,
    alert_test,
    halt,
    resume,
    arm_live,
    reconcile,
    verify,
    archive,
    audit,
    replay,
    submit,
    console_token,
    completion,
    backup,
    morning_check,
):
    main.add_command(verb)


if __name__ == "__main__":
    main()
