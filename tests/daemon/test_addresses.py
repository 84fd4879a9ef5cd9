import socket
from pathlib import Path

import pytest

from daemon.addresses import PortTaken, SocketTaken, port_or_sentence, require_free_socket


async def test_a_socket_that_another_daemon_answers_at_is_not_taken_from_it(
    tmp_path: Path,
) -> None:
    path = tmp_path / "execd.sock"
    with socket.socket(socket.AF_UNIX) as living:
        living.bind(str(path))
        living.listen()
        with pytest.raises(SocketTaken, match=r"answers at .*execd\.sock"):
            await require_free_socket(path)


async def test_a_dead_socket_or_none_is_free(tmp_path: Path) -> None:
    path = tmp_path / "execd.sock"
    await require_free_socket(path)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))

    await require_free_socket(path)


async def test_a_port_that_is_taken_is_a_sentence_naming_the_setting() -> None:
    async def taken() -> None:
        raise OSError(98, "Address already in use")

    with pytest.raises(PortTaken, match=r"http\.port 9808: Address already in use"):
        await port_or_sentence(taken(), "127.0.0.1", 9808)
