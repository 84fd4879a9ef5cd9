"""Tells a person that a unit failed: the journal, and a WeCom robot where its key is at hand.

Run by systemd (OnFailure=) with the system's own Python; it needs nothing of the daemon. The name
of the unit is the argument; systemd says in $MONITOR_* what happened.
"""

import json
import os
import socket
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

TRIES = 3
PAUSE_S = 5
TIMEOUT_S = 10
ALERT = "<1>"


def words(unit: str) -> str:
    """Return what is told, in both languages."""
    why = os.environ.get("MONITOR_SERVICE_RESULT", "unknown")
    code = os.environ.get("MONITOR_EXIT_STATUS", "?")
    host = socket.gethostname()
    return (
        f"[P0] {unit} failed on {host}: {why} (exit {code}). Look: journalctl -u {unit} -n 50\n"
        f"[P0] 主机 {host} 上的 {unit} 已失败：{why}（退出码 {code}）。"
        f"查看：journalctl -u {unit} -n 50"
    )


def robot_key() -> str:
    """Return the key of the robot, "" where there is none."""
    path = Path(os.environ.get("CREDENTIALS_DIRECTORY", "/nowhere")) / "WECOM_ROBOT_KEY"
    return path.read_text(encoding="utf-8").strip() if path.is_file() else ""


def post(key: str, text: str) -> str:
    """Send one message; returns "" or why it was not taken: WeCom answers 200 and an errcode."""
    endpoint = os.environ.get("WECOM_ENDPOINT", "https://qyapi.weixin.qq.com")
    target = f"{endpoint}/cgi-bin/webhook/send?{urllib.parse.urlencode({'key': key})}"
    body = json.dumps({"msgtype": "text", "text": {"content": text}}, ensure_ascii=False)
    request = urllib.request.Request(  # noqa: S310 - the operator's own endpoint
        target, body.encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - same
            said = json.load(answer)
    except (OSError, ValueError) as error:
        return type(error).__name__
    return "" if said.get("errcode") == 0 else f"errcode {said.get('errcode')}"


def main(unit: str) -> int:
    """Tell, and return 0, or 1 where the robot did not take it."""
    text = words(unit)
    for line in text.splitlines():
        sys.stderr.write(f"{ALERT}{line}\n")
    key = robot_key()
    if not key:
        return 0
    why = ""
    for attempt in range(TRIES):
        if attempt:
            time.sleep(PAUSE_S)
        why = post(key, text)
        if not why:
            return 0
    sys.stderr.write(f"<3>the WeCom robot did not take the alert: {why}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
