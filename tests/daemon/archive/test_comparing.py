"""Two documents differ at a place one can name."""

from daemon.archive.comparing import document_differences, file_differences
from storage.reapply import Difference


def test_equal_documents_do_not_differ() -> None:
    assert list(document_differences("f", {"a": [1, {"b": None}]}, {"a": [1, {"b": None}]})) == []


def test_a_difference_names_row_field_and_both_values() -> None:
    before = {"rows": [{"ts_code": "600000.SH", "price": "1.0"}]}
    after = {"rows": [{"ts_code": "600000.SH", "price": "1.1"}]}

    assert list(document_differences("f.json", before, after)) == [
        Difference("f.json", "rows.0:600000.SH", "price", "1.0", "1.1")
    ]


def test_a_row_too_few_and_another_type_are_differences() -> None:
    assert list(document_differences("f", {"a": [1]}, {"a": []})) == [
        Difference("f", "a", "0", "1", None)
    ]
    assert list(document_differences("f", {"a": 1}, {"a": True}))
    assert list(document_differences("f", 1, 2)) == [Difference("f", "", "", "1", "2")]
    assert list(document_differences("f", {"a": [{"x": 1}]}, {"a": [2]}))


def test_files_with_equal_content_and_other_bytes_are_said_to_be() -> None:
    (difference,) = file_differences("f.json", b'{"a":1}', b'{"a": 1}')

    assert difference.recorded == "7 bytes"
