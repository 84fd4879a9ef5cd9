"""Every setting once; frozen, checked at start, passed as values.

config/app/broker.yaml lists each with its unit and its reason.
"""

from datetime import time
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from config.group import (
    WHOLE_MAX,
    Amount,
    BasisPoints,
    Count,
    Fraction,
    Group,
    PositiveSeconds,
    Seconds,
)
from config.people_settings import ApprovalSettings, PersonSettings
from config.report_settings import ReportSettings
from market.fees import FeeRounding, FeeSchedule, MinimumScope
from market.records import SecurityStatus
from market.segments import Board

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Mode(StrEnum):
    """How far an order may travel (trading-day.md rule 26)."""

    DRY_RUN = "dry_run"
    PAPER = "paper"
    LIVE = "live"


class ClockMode(StrEnum):
    """Where market time comes from: read off the venue, or stepped together with it."""

    VENUE = "venue"
    STEPPED = "stepped"


class AuthSettings(Group):
    """Names of environment variables (or systemd credentials); never the secrets themselves."""

    access_key_env: str = "PINGAN_API_KEY"
    secret_key_env: str = "PINGAN_API_SECRET"  # noqa: S105 - the name of a variable
    token_env: str = "PINGAN_API_TOKEN"  # noqa: S105 - the name of a variable

    def names(self) -> tuple[str, str, str]:
        """Return all three."""
        return (self.access_key_env, self.secret_key_env, self.token_env)


class OrderSettings(Group):
    """Fixed words of an order on the wire."""

    market: str = "A"
    account_type: str = "cash"


class PingAnSettings(Group):
    """The block users already have under brokers.pingan; it loads unchanged."""

    enabled: bool = False
    endpoint: str = ""
    client_id: str = ""
    account_id: str = ""
    auth: AuthSettings = AuthSettings()
    order: OrderSettings = OrderSettings()
    request_timeout_s: Annotated[Decimal, Field(gt=0)] = Decimal(10)


class BrokersSettings(Group):
    """One block a broker."""

    pingan: PingAnSettings = PingAnSettings()


class PathSettings(Group):
    """Where things lie. Artifacts go beside the inputs unless `artifacts` is set."""

    inbox: Path = Path("/var/spool/sage-execd/inbox")
    state: Path = Path("/var/lib/sage-execd")
    artifacts: Path | None = None
    archive: Path | None = None
    socket: Path = Path("/run/sage-execd/sage-execd.sock")
    instruments: Path | None = None
    market: Path | None = None


class LiveSettings(Group):
    """Whom live mode is for; empty lists mean nobody (rule 26)."""

    accounts: tuple[str, ...] = ()
    champions: tuple[str, ...] = ()


class IntakeSettings(Group):
    """What the reader accepts of a pair (rule 6, never-twice-never-lost.md A6).

    `owner_uids` may drop files beside root and the user the daemon runs as.
    """

    quiet_s: Seconds = 60
    sweep_interval_s: Annotated[Decimal, Field(gt=0)] = Decimal(1)
    incomplete_alert_s: Seconds = 600
    csv_bytes_max: Count = 16_000_000
    context_bytes_max: Count = 1_000_000
    rows_max: Count = 20_000
    exposure_tolerance: Fraction = Decimal("0.005")
    owner_uids: tuple[int, ...] = ()


class CheckSettings(Group):
    """Run checks (rules 2, 9, 10, 18). Weights are fractions of strategy capital."""

    required_risk_checks: tuple[str, ...] = (
        "single_position_ok",
        "sector_exposure_ok",
        "total_position_ok",
    )
    total_weight_max: Fraction = Decimal(1)
    single_name_weight_max: Fraction = Decimal("0.30")
    industry_weight_max: Fraction = Decimal("0.40")
    weight_tolerance: Fraction = Decimal("0.0005")
    blacklist: tuple[str, ...] = ()
    denied_boards: tuple[Board, ...] = ()
    denied_statuses: tuple[SecurityStatus, ...] = ()
    signal_age_days_max: Count = 4
    late_arrival: str = Field(default="drop", pattern="^(drop|today)$")
    derisk_exposure_fall: Fraction = Decimal("0.30")
    derisk_sell_share: Fraction = Decimal("0.60")
    underinvested_gap: Fraction = Decimal("0.05")


class CapitalSettings(Group):
    """What the weights apply to (rule 12) and what is kept back."""

    strategy_capital: str = Field(default="owned_plus_cash", pattern="^(owned_plus_cash|fixed)$")
    fixed_capital: Decimal | None = Field(default=None, gt=0)
    cash_reserve: Amount = Decimal(0)
    cash_buffer_ratio: Fraction = Decimal("0.01")
    trade_amount_min: Amount = Decimal(5000)
    no_trade_band: Fraction = Decimal("0.002")

    @model_validator(mode="after")
    def _fixed_needs_an_amount(self) -> Self:
        if self.strategy_capital == "fixed" and self.fixed_capital is None:
            raise ValueError("strategy_capital: fixed needs fixed_capital in CNY")
        return self


class PriceSettings(Group):
    """Envelope and limit prices (rule 15), basis points."""

    limit_offset_bp: BasisPoints = 50
    approval_gap_bp: BasisPoints = 300
    limit_worst_bp: BasisPoints = 350
    held_share_max: Fraction = Decimal("0.30")
    factor_unexplained_max: Fraction = Decimal("0.005")
    quote_age_max_s: PositiveSeconds = 10

    @model_validator(mode="after")
    def _worst_is_worst(self) -> Self:
        if self.limit_worst_bp < self.limit_offset_bp:
            raise ValueError("limit_worst_bp must not be below limit_offset_bp")
        return self


class MarketSettings(Group):
    """An operator's own records and sessions, laid over the shipped ones, and the coverage alarm.

    What a-share-rules.md section 12 lists as not verified is replaced by record id in `rule_files`.
    """

    rule_files: tuple[Path, ...] = ()
    calendar_file: Path | None = None
    calendar_warning_days: Count = 30


class FeeSettings(Group):
    """The contract with the broker; see market.fees."""

    commission_rate: Decimal = Field(default=Decimal("0.00025"), ge=0, le=Decimal("0.003"))
    commission_minimum: Amount = Decimal(5)
    net_commission: bool = False
    minimum_scope: MinimumScope = MinimumScope.ORDER
    rounding: FeeRounding = FeeRounding.HALF_UP

    def schedule(self) -> FeeSchedule:
        """Return the value the rule book computes with."""
        return FeeSchedule(
            commission_rate=self.commission_rate,
            commission_minimum=self.commission_minimum,
            net_commission=self.net_commission,
            minimum_scope=self.minimum_scope,
            rounding=self.rounding,
        )


class DaySettings(Group):
    """Market-time moments of the trading day (rules 1, 4, 5, 16, 19, 28)."""

    first_send: time = time(9, 31)
    last_new_order: time = time(14, 50)
    approval_cut_off: time = time(14, 50)
    last_requote_cancel: time = time(14, 45)
    last_deferred_retest: time = time(14, 45)
    last_cancel: time = time(14, 56)
    lunch_no_cancel_from: time = time(11, 29, 30)
    lunch_no_cancel_to: time = time(13, 0, 30)
    working_ends: time = time(15, 10)
    second_reconcile: time = time(15, 35)
    residual_plan: time = time(15, 15)
    late_resume_until: time = time(14, 0)
    unsent_buys_look: time = time(14, 30)
    morning_reconcile: time = time(8, 45)
    second_rebase: time = time(9, 10)
    holiday_approval_from: time = time(8, 30)
    close_policy: str = Field(default="rest", pattern="^(rest|cancel)$")


class OrderFlowSettings(Group):
    """Pace of release, re-quotes and cancels (rules 5, 16, 17, 19, 20); market-time seconds."""

    wave_interval_s: PositiveSeconds = 15
    deferred_retest_interval_s: PositiveSeconds = 60
    sell_requote_s: PositiveSeconds = 120
    buy_requote_s: PositiveSeconds = 180
    legs_max: Count = 3
    order_age_max_s: PositiveSeconds = 600
    release_delay_max_s: PositiveSeconds = 1800
    absence_max_s: PositiveSeconds = 600
    cancel_retry_interval_s: PositiveSeconds = 10
    cancel_ratio_max: Fraction = Decimal("0.15")
    unsent_buys_share_max: Fraction = Decimal("0.10")
    restart_cancel_grace_s: Seconds = 60
    messages_per_second: Count = 5
    messages_per_day: Count = 1000
    message_budget_share: Fraction = Decimal("0.80")
    batch_size: int = Field(default=20, ge=1, le=20)
    poll_interval_s: PositiveSeconds = 3
    poll_idle_interval_s: PositiveSeconds = 15
    not_sent_retry_s: tuple[Seconds, ...] = (1, 2, 5)


class AccountSettings(Group):
    """When the account is believed (rule 13)."""

    read_gap_s: Seconds = 5
    snapshot_age_max_s: PositiveSeconds = 60
    asset_tolerance_ratio: Fraction = Decimal("0.001")


class HaltSettings(Group):
    """How soon a HALT file is noticed beside the sends, which look themselves (rule 24)."""

    watch_interval_s: Annotated[Decimal, Field(gt=0, le=Decimal("0.5"))] = Decimal("0.5")


class ArchiveSettings(Group):
    """Whether ended runs are archived by themselves, and how long their artifacts stay (rule 30).

    `artifacts_days` counts from the session; 0 keeps them for ever.
    """

    enabled: bool = True
    artifacts_days: Annotated[int, Field(ge=0, le=WHOLE_MAX)] = 0


class HttpSettings(Group):
    """Where /metrics, /healthz and /readyz are served; port 0 picks a free one."""

    host: str = "127.0.0.1"
    port: int = Field(default=9808, ge=0, le=65_535)


class ConsoleSettings(Group):
    """The pages for a browser: off by default, on loopback only, port 0 picks a free one.

    `hosts` are further names a browser may ask for: that of a tunnel or of a proxy with TLS.
    """

    enabled: bool = False
    host: str = "127.0.0.1"
    port: int = Field(default=9809, ge=0, le=65_535)
    hosts: tuple[str, ...] = ()
    session_s: PositiveSeconds = 1800

    @model_validator(mode="after")
    def _only_this_machine(self) -> Self:
        if self.host not in LOOPBACK:
            raise ValueError(f"console.host is one of {', '.join(LOOPBACK)}: put TLS before it")
        return self


class WeComSettings(Group):
    """The WeCom group robot; off while `key_env` names no secret."""

    key_env: str = ""
    endpoint: str = "https://qyapi.weixin.qq.com"
    mentioned_users: tuple[str, ...] = ()


class SmsSettings(Group):
    """Text messages through Tencent Cloud; off while the secrets have no names."""

    secret_id_env: str = ""
    secret_key_env: str = ""
    endpoint: str = "https://sms.tencentcloudapi.com"
    region: str = "ap-guangzhou"
    app_id: str = ""
    sign_name: str = ""
    template_id: str = ""
    phone_numbers: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _all_or_nothing(self) -> Self:
        names = (self.secret_id_env, self.secret_key_env)
        rest = (self.app_id, self.sign_name, self.template_id, self.phone_numbers)
        if any(names) and not all((*names, *rest)):
            raise ValueError(
                "sms needs secret_id_env, secret_key_env, app_id, sign_name, template_id and"
                " phone_numbers"
            )
        return self


class AppriseSettings(Group):
    """Further channels by apprise addresses; off while `addresses_env` names no secret."""

    addresses_env: str = ""


class AlertSettings(Group):
    """How a person is reached; machine time, off where no channel is configured (rule 5)."""

    look_interval_s: PositiveSeconds = 5
    request_timeout_s: Annotated[Decimal, Field(gt=0)] = Decimal(10)
    digest_interval_s: PositiveSeconds = 60
    sms_after_s: Seconds = 300
    repeat_interval_s: PositiveSeconds = 600
    repeats_per_hour_max: Count = 6
    ready_at: time = time(9, 10)
    started_at: time = time(9, 35)
    wecom: WeComSettings = WeComSettings()
    sms: SmsSettings = SmsSettings()
    apprise: AppriseSettings = AppriseSettings()


class Settings(Group):
    """The whole configuration as loaded from config/app/broker.yaml."""

    mode: Mode = Mode.DRY_RUN
    brokers: BrokersSettings = BrokersSettings()
    paths: PathSettings = PathSettings()
    clock: ClockMode = ClockMode.VENUE
    live: LiveSettings = LiveSettings()
    intake: IntakeSettings = IntakeSettings()
    checks: CheckSettings = CheckSettings()
    capital: CapitalSettings = CapitalSettings()
    prices: PriceSettings = PriceSettings()
    market: MarketSettings = MarketSettings()
    fees: FeeSettings = FeeSettings()
    day: DaySettings = DaySettings()
    flow: OrderFlowSettings = OrderFlowSettings()
    account: AccountSettings = AccountSettings()
    halt: HaltSettings = HaltSettings()
    archive: ArchiveSettings = ArchiveSettings()
    http: HttpSettings = HttpSettings()
    alerts: AlertSettings = AlertSettings()
    console: ConsoleSettings = ConsoleSettings()
    report: ReportSettings = ReportSettings()
    approve_gaps: bool = False
    approval: ApprovalSettings = ApprovalSettings()
    people: tuple[PersonSettings, ...] = ()
