"""What the next page says about an act: key -> (English, Chinese)."""

TEXTS = {
    "told.refused": ("Not done.", "未执行。"),
    "told.approve": ("Your approval of {subject} is recorded.", "您对 {subject} 的批准已记录。"),
    "told.decline": ("{subject} is declined.", "{subject} 已拒绝。"),
    "told.liquidate": (
        "A liquidation plan for {subject} is made; approve it to sell.",
        "已生成 {subject} 的清仓计划；批准后才会卖出。",
    ),
    "told.rehearse_plan": (
        "The rehearsal of {subject} has begun; the page shows it when it is done.",
        "{subject} 的预演已开始，完成后会显示在本页。",
    ),
    "told.release_line": ("The line is released.", "该行已放行。"),
    "told.resolve": (
        "Your choice about item {subject} is recorded.",
        "第 {subject} 项的选择已记录。",
    ),
    "told.adopt": ("The owner of {subject} is recorded.", "{subject} 的归属已记录。"),
    "told.reconcile": ("Both books were compared.", "已完成核对。"),
    "told.halt": ("Sending is stopped.", "已停止发送委托。"),
    "told.resume": ("Sending goes on.", "已恢复发送委托。"),
    "told.acknowledge": ("Recorded that you have seen it.", "已记录您已知悉。"),
    "told.alert_test": ("A test went to every channel.", "已向所有渠道发送测试。"),
    "told.arm_live": ("Live sending is armed for today.", "今日实盘发送已授权。"),
}
