"""Why a pair of files cannot be read; keys are codes of `statemachine.reasons.Reason`."""

from statemachine.reason_texts.entry import ReasonKind, texts

TEXTS = texts(
    ReasonKind.REFUSAL,
    {
        "FILE_TOO_LARGE": (
            "The file is larger than the configured limit.",
            "文件超过配置的大小上限。",
        ),
        "FILE_NOT_REGULAR": (
            "The name is a link, a directory or a device, not a regular file with one name.",
            "该名称是链接、目录或设备，不是单一链接的普通文件。",
        ),
        "FILE_PERMISSIONS": (
            "The file belongs to another user or anyone may write to it.",
            "文件属于其他用户，或任何人都可写。",
        ),
        "FILE_UNREADABLE": (
            "The file could not be opened or read.",
            "文件无法打开或读取。",
        ),
        "PAIR_INCOMPLETE": (
            "CSV and JSON do not belong together yet: one is missing or the CSV is newer.",
            "CSV 与 JSON 尚不成对：缺少其一，或 CSV 比 JSON 更新。",
        ),
        "READY_MISMATCH": (
            "The .ready file names checksums that the pair does not have.",
            ".ready 文件中的校验和与文件对不一致。",
        ),
        "ENCODING": (
            "The file is not UTF-8.",
            "文件不是 UTF-8 编码。",
        ),
        "NUL_BYTES": (
            "The file contains NUL bytes: it was cut off or is binary.",
            "文件含有 NUL 字节：可能写入中断或为二进制文件。",
        ),
        "CSV_TRUNCATED": (
            "The CSV ends in the middle of a line.",
            "CSV 在一行中间结束，文件不完整。",
        ),
        "CSV_SYNTAX": (
            "A line of the CSV is quoted wrongly.",
            "CSV 某行引号使用有误。",
        ),
        "CSV_HEADER": (
            "The CSV header lacks a column that is needed: a code or a weight.",
            "CSV 表头缺少必需的列：代码或权重。",
        ),
        "CSV_DUPLICATE_HEADER": (
            "A column name appears twice in the CSV header.",
            "CSV 表头中有重复的列名。",
        ),
        "CSV_FIELD_COUNT": (
            "A line has more or fewer fields than the header.",
            "某行的字段数与表头不一致。",
        ),
        "CSV_TOO_MANY_ROWS": (
            "The CSV has more rows than the configured limit.",
            "CSV 行数超过配置上限。",
        ),
        "JSON_SYNTAX": (
            "The execution context is not valid JSON.",
            "执行上下文不是合法的 JSON。",
        ),
        "JSON_DUPLICATE_KEY": (
            "A key appears twice in the execution context.",
            "执行上下文中有重复的键。",
        ),
        "JSON_TOO_DEEP": (
            "The execution context is nested deeper than any real one.",
            "执行上下文嵌套过深。",
        ),
        "CONTEXT_FIELD": (
            "A field of the execution context is missing or of the wrong type.",
            "执行上下文缺少字段，或字段类型错误。",
        ),
        "NUMBER_SYNTAX": (
            "A number is not a plain ASCII decimal.",
            "数字不是纯 ASCII 十进制写法。",
        ),
        "WEIGHT_RANGE": (
            "A weight is negative or above 1.",
            "权重为负或大于 1。",
        ),
        "WEIGHT_CONFLICT": (
            "A row's weight and target_weight differ.",
            "同一行的 weight 与 target_weight 不一致。",
        ),
        "CODE_SYNTAX": (
            "A code is not six digits with an exchange; zeros may have been lost.",
            "证券代码不是六位数字加交易所后缀，可能丢失了前导零。",
        ),
        "CODE_MISSING": (
            "A row has no code.",
            "某行没有证券代码。",
        ),
        "CODE_CONFLICT": (
            "A row's ts_code and code name different securities.",
            "同一行的 ts_code 与 code 指向不同证券。",
        ),
        "CODE_NOT_IN_UNIVERSE": (
            "The code is no A-share stock.",
            "该代码不是 A 股股票。",
        ),
        "CODE_UNKNOWN_SEGMENT": (
            "The code lies in no number segment that an exchange has assigned.",
            "该代码不在任何交易所已分配的号段内。",
        ),
        "CODE_WRONG_EXCHANGE": (
            "The code's number segment belongs to another exchange.",
            "该代码号段属于另一家交易所。",
        ),
        "DATE_SYNTAX": (
            "A date is not a calendar day written as YYYYMMDD.",
            "日期不是 YYYYMMDD 格式的有效日期。",
        ),
        "DATE_MISMATCH": (
            "The dates of file names, rows and context disagree.",
            "文件名、各行与上下文的日期不一致。",
        ),
        "EXPOSURE_MISMATCH": (
            "The weights do not add up to target_exposure.",
            "权重之和与 target_exposure 不符。",
        ),
    },
)
