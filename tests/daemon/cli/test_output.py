import pytest

from daemon.cli.output import display_width, emit, fail, table


def test_columns_line_up_also_under_wide_characters() -> None:
    rows = [("银行", 1), ("600000.SH", 20)]

    assert table(("行业", "n"), rows).splitlines() == [
        "行业       n",
        "银行       1",
        "600000.SH  20",
    ]


def test_a_table_without_rows_is_its_head() -> None:
    assert table(("a", "b"), []) == "a  b"


@pytest.mark.parametrize(("text", "width"), [("", 0), ("abc", 3), ("信号日", 6), ("a信", 3)])
def test_chinese_takes_two_columns(text: str, width: int) -> None:
    assert display_width(text) == width


def test_json_keeps_chinese_readable(capsys: pytest.CaptureFixture[str]) -> None:
    emit({"名": "银行"}, as_json=True, text="never")

    assert capsys.readouterr().out == '{"名": "银行"}\n'


def test_a_failure_goes_to_stderr_with_its_code(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        fail("no daemon", 69)

    assert caught.value.code == 69
    assert capsys.readouterr() == ("", "sage-execd: no daemon\n")
