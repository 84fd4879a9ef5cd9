from daemon.randomness import SystemRandomness


def test_the_token_has_the_length_asked_for_and_never_repeats() -> None:
    tokens = [SystemRandomness().token_hex(16) for _ in range(100)]

    assert {len(bytes.fromhex(token)) for token in tokens} == {16}
    assert len(set(tokens)) == len(tokens)
