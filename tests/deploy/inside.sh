#!/bin/bash
# Played as a unit of a booted container (.ci/nspawn): the package's whole life, step by step.
exec >/out/log 2>&1
trap 'journalctl --no-pager -o short-iso >/out/journal' EXIT
cd /
echo 1 >/out/rc
python=/opt/sage-execd/venv/bin/python
hand="$python -I /ci/market_hand.py"
as_daemon="runuser -u sage-execd --"
database=/var/lib/sage-execd/execd.sqlite

step() { # step WORDS COMMAND...
  local words=$1
  shift
  echo "== $words"
  local began=$SECONDS
  (set -euo pipefail; "$@") # as a condition, its errors would not end it
  if (($? == 0)); then
    echo "ok      $words ($((SECONDS - began)) s)" >>/out/steps
  else
    echo "FAILED  $words ($((SECONDS - began)) s)" >>/out/steps
    exit 1
  fi
}
eventually() { # eventually SECONDS COMMAND...
  local left=$(($1 * 5))
  shift
  until "$@"; do
    ((left-- > 0)) || { echo "never: $*"; return 1; }
    sleep 0.2
  done
}
fails() { # fails COMMAND...: a plain ! would not end the step
  if "$@"; then
    echo "should have failed: $*"
    return 1
  fi
}
metric() { # metric NAME -> value
  python3 -c 'import sys, urllib.request as r; print(r.urlopen("http://127.0.0.1:9808/metrics").read().decode())' |
    sed -n "s/^$1 //p"
}
metric_is() { [[ $(metric "$1") == "$2" ]]; }
property() { systemctl show -P "$1" "${2:-sage-execd.service}"; }
runs() { sage-execd runs --json | python3 -c 'import json, sys; [print(run["run_id"], run["state"]) for run in json.load(sys.stdin)["runs"]]'; }
schema() { $as_daemon $python -c "import sqlite3; print(sqlite3.connect('file:$database?mode=ro', uri=True).execute('PRAGMA user_version').fetchone()[0])"; }

installs() {
  dpkg -i /ci/first.deb
  id sage-execd
  [[ $(stat -c %a:%U /etc/sage-execd/credentials) == 700:root ]]
  [[ $(stat -c %a:%U /var/spool/sage-execd/inbox) == 2770:sage-execd ]]
  fails systemctl -q is-enabled sage-execd.service
  sage-execd --version
}
units_verify() {
  local said
  said=$(systemd-analyze verify --man=no sage-execd.service sage-execd-paper.service sage-execd-backup.service \
    sage-execd-backup.timer sage-execd-morning-ready.timer sage-execd-morning-started.timer \
    sage-execd-alert@x.service 2>&1)
  echo "$said"
  [[ -z $said ]]
}
unconfigured_stays_down() {
  fails systemctl start sage-execd.service
  [[ $(property ExecMainStatus) == 78 && $(property NRestarts) == 0 ]]
  eventually 20 alert_was_told
  systemctl reset-failed sage-execd.service
}
alert_was_told() { journalctl -q -p 1 -t sage-execd-alert --no-pager -o cat | grep 'sage-execd.service failed'; }
configures() {
  cat >/etc/sage-execd/broker.yaml <<'YAML'
mode: paper
clock: stepped
approve_gaps: true
brokers:
  pingan: {enabled: true, endpoint: "http://127.0.0.1:18080", client_id: "ci", account_id: "PAPER0001"}
paths: {instruments: /usr/share/sage-execd/sample/market/instruments.csv}
YAML
  cat >/etc/sage-execd/paper.env <<'ENV'
MARKET=/usr/share/sage-execd/sample/market
START=2026-01-16T17:00:00+08:00
OPTIONS=--stepped --cash 1000000 --positions /usr/share/sage-execd/sample/positions.csv
ENV
  install -d /etc/systemd/system/sage-execd.service.d
  printf '[Service]\nWatchdogSec=6\nRestartSec=1\n' >/etc/systemd/system/sage-execd.service.d/ci.conf
  systemctl daemon-reload
}
starts() {
  systemctl start sage-execd-paper.service
  $hand until 2026-01-16T17:05:00+08:00
  systemctl start sage-execd.service
  [[ $(property ActiveState) == active ]]
  eventually 20 status_says "next phase"
  property StatusText
}
status_says() { property StatusText | grep -- "$1"; }
scrapes() {
  metric_is sage_config_last_reload_successful 1.0
  [[ $(metric 'sage_build_info.*') == 1.0 ]]
}
in_journal() { journalctl --no-pager | grep -F -- "$1" >/dev/null; }
secrets_stay_hidden() {
  local secret
  for secret in /etc/sage-execd/credentials/PINGAN_*; do
    fails $as_daemon cat "$secret"
    fails runuser -u nobody -- cat "$secret"
    fails in_journal "$(cat "$secret")"
    fails grep -aF "$(cat "$secret")" "/proc/$(property MainPID)/environ"
  done
  fails runuser -u nobody -- ls /run/credentials/sage-execd.service
  fails runuser -u nobody -- ls /var/lib/sage-execd
}
plans() {
  while IFS=, read -r code quantity _; do
    [[ $code == ts_code ]] || sage-execd adopt "$code" "$quantity"
  done <<<"$($python -c '
import csv
for row in csv.DictReader(open("/usr/share/sage-execd/sample/positions.csv")):
    print(row["ts_code"], row["quantity"], sep=",")')"
  $hand until 2026-01-16T18:00:00+08:00
  $as_daemon $hand drop
  sleep 2
  $hand until 2026-01-16T18:10:00+08:00
  runs | grep AWAITING_APPROVAL
}
approves() {
  local run hash
  run=$(runs | sed -n 's/ AWAITING_APPROVAL//p')
  hash=$(sage-execd show "$run" --json | $python -c 'import json, sys; print(json.load(sys.stdin)["plan"]["plan_hash"])')
  sage-execd approve "$run" "$hash" --underinvested
  runs | grep APPROVED
}
trades() {
  # The first quarter-hour bar ends at 09:45; before it there is no price.
  $hand until 2026-01-19T09:46:00+08:00
  runs | grep WORKING
  eventually 20 status_says "[1-9][0-9]* orders* working"
}
watchdog_restarts() {
  local before
  before=$(property MainPID)
  kill -STOP "$before"
  eventually 60 was_restarted "$before"
  journalctl -q --no-pager -u sage-execd.service | grep -i watchdog
  # Market time stood still meanwhile: what was recovered is all there is.
  $hand match
  [[ $(property ActiveState) == active ]]
}
was_restarted() { [[ $(property NRestarts) -ge 1 && $(property MainPID) != "$1" && $(property ActiveState) == active ]]; }
bad_reload_keeps_serving() {
  local pid
  pid=$(property MainPID)
  cp -a /etc/sage-execd/broker.yaml /tmp/broker.yaml
  echo 'no_such_setting: 1' >>/etc/sage-execd/broker.yaml
  systemctl reload sage-execd.service
  eventually 20 metric_is sage_config_last_reload_successful 0.0
  journalctl -q -p 3 --no-pager -o cat -u sage-execd.service | grep 'no_such_setting: unknown key'
  sage-execd status
  cp -a /tmp/broker.yaml /etc/sage-execd/broker.yaml
  systemctl reload sage-execd.service
  eventually 20 metric_is sage_config_last_reload_successful 1.0
  [[ $(property MainPID) == "$pid" ]]
}
sigterm_drains() {
  $hand until 2026-01-19T10:01:00+08:00
  systemctl stop sage-execd.service
  [[ $(property Result) == success && $(property ExecMainStatus) == 0 ]]
  journalctl -q --no-pager -o cat -u sage-execd.service | tail -20 | grep '"event": "daemon stopped"'
  systemctl start sage-execd.service
}
every_line_is_json() { # with a priority of its own and the run it is about
  journalctl -q --no-pager -o cat -t sage-execd | grep -v '^sage-execd: \|^Fatal Python\|^  File\|^Thread\|^Current thread\|^$\|^Extension' |
    $python -c '
import json, sys
lines = [json.loads(line) for line in sys.stdin]
assert len(lines) > 20, len(lines)
assert all({"run_id", "market_time", "level"} <= line.keys() for line in lines)
assert any(line["run_id"] for line in lines)'
}
ends_the_day() {
  $hand until 2026-01-19T15:40:00+08:00
  $hand until 2026-01-20T08:50:00+08:00
  runs
  runs | grep COMPLETED
  $hand match
  ls /var/spool/sage-execd/inbox | grep 'broker_fills_.*parquet'
}
halts_alone() {
  systemctl stop sage-execd.service
  sage-execd halt --reason "played in CI"
  systemctl start sage-execd.service
  eventually 20 status_says halted
  # What root wrote, the daemon's user reads.
  sage-execd manual --json | tee /dev/stderr | grep 'played in CI' >/dev/null
  sage-execd resume --by CI --reason "played in CI"
  eventually 20 metric_is sage_halted 0.0
  $hand match
}
backs_up() {
  systemctl start sage-execd-backup.service
  local folder
  folder=$(ls -d /var/backups/sage-execd/*Z | tail -1)
  sage-execd verify --database "$folder/execd.sqlite" >/dev/null
}
upgrades() {
  local before after backups
  before=$(runs) schema_before=$(schema) backups=$(ls /var/backups/sage-execd | wc -l)
  sleep 1
  dpkg -i /ci/next.deb
  [[ $(property ActiveState) == active && $(property ActiveState sage-execd-paper.service) == active ]]
  after=$(runs)
  [[ $before == "$after" ]]
  [[ $(schema) == $((schema_before + 1)) ]]
  (($(ls /var/backups/sage-execd | wc -l) == backups + 1))
  grep -q 'clock: stepped' /etc/sage-execd/broker.yaml
  sage-execd verify >/dev/null
}
removes() {
  dpkg -r sage-execd
  [[ ! -e /opt/sage-execd && ! -e /usr/bin/sage-execd ]]
  [[ -e $database && -e /etc/sage-execd/broker.yaml ]]
  fails systemctl -q is-active sage-execd.service
}
purges() {
  rm -rf /etc/systemd/system/sage-execd.service.d
  dpkg -P sage-execd
  local left
  left=$(find /etc /opt /run /usr /var \( -path /var/log/journal -o -path /run/log \) -prune -o \
    -name '*sage-execd*' -print)
  echo "$left"
  [[ -z $left ]]
  fails id sage-execd
  fails systemctl cat sage-execd.service
}

step "the package installs" installs
step "systemd-analyze verify prints nothing" units_verify
step "unconfigured it ends with 78, is not restarted, and the alert unit speaks" unconfigured_stays_down
step "it is configured for the paper gateway" configures
step "the units start and are READY" starts
step "metrics are scraped" scrapes
step "a dropped pair becomes a plan" plans
step "the plan is approved" approves
step "orders are at the paper gateway" trades
step "a hung daemon is killed by the watchdog, restarted, and ledger_match is true" watchdog_restarts
step "a reload with a bad file keeps serving" bad_reload_keeps_serving
step "SIGTERM drains" sigterm_drains
step "the session ends, and ledger_match is true" ends_the_day
step "a halt beside a stopped daemon is found by the next one" halts_alone
step "credentials are unreadable outside" secrets_stay_hidden
step "every line of the journal is JSON with its run" every_line_is_json
step "the backup unit leaves a verified copy" backs_up
step "an upgrade with a migration keeps the data" upgrades
step "a removal leaves the data" removes
step "a purge leaves nothing" purges
echo 0 >/out/rc
