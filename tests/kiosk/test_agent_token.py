"""The agent's token: on the disk, the older beside the newer, whichever of the two the server knows."""

from pathlib import Path

from kiosk.agent.ledger import Ledger
from kiosk.agent.token import Token


def test_a_newer_token_is_used_and_the_older_kept_until_it_counts(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    token = Token("first", ledger)
    assert (token.now(), token.offered()) == ("first", "")
    token.offer("second")
    assert Token("first", ledger).now() == "second", "after a power cut"
    token.refuse("other")
    assert token.now() == "second"
    token.refuse("second")
    assert (token.now(), token.offered()) == ("first", "")
    token.offer("third")
    token.settle("other")
    assert token.offered() == "third"
    token.settle("third")
    assert (token.now(), token.offered()) == ("third", "")
    token.refuse("third")
    assert token.now() == "third", "there is no other to try"
    assert Token("first", ledger).now() == "third"
    ledger.close()


def test_another_token_in_the_configuration_counts(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    token = Token("first", ledger)
    token.adopt("from the screen")
    assert Token("first", ledger).now() == "from the screen"
    assert Token("fresh", ledger).now() == "fresh"
    ledger.close()
