"""What each invariant promises, in one line, and what beside the database it takes to check it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invariant:
    """`needs` is the option of `sage-execd verify` without which it is checked in part or not."""

    promise: str
    needs: str | None = None


NAMES = {
    "FILE": Invariant("the file is whole and its references point somewhere"),
    "I1": Invariant("one live order a slice, one venue order an id"),
    "I2": Invariant("no line beyond its approved quantity or limit"),
    "I3": Invariant("nothing at the venue that was not written down before"),
    "I4": Invariant("nothing sent without an approval of exactly that plan"),
    "I5": Invariant("nothing sent twice"),
    "I6": Invariant("whatever was sent again was the same bytes"),
    "I7": Invariant("filled is the sum of the fills"),
    "I8": Invariant("the fills are the venue's: none lost, none twice", "--ledger"),
    "I9": Invariant("filled never decreases, no older report is believed over a newer one"),
    "I10": Invariant("every move is legal, and the events give every row"),
    "I11": Invariant("what ended stays as it ended"),
    "I12": Invariant("every end adds up, here and with what the venue said"),
    "I13": Invariant("one event a change, with cause and initiator"),
    "I14": Invariant("the chain is whole and reaches its anchors"),
    "I15": Invariant("the cash is explained to the cent", "--ledger"),
    "I16": Invariant("the shares are explained, and T+1 was kept"),
    "I17": Invariant("buys stayed inside the approved cap and the cash"),
    "I18": Invariant("nothing was sent under a halt or a stale lease, no buy while only sells go"),
    "I19": Invariant("leases only grow"),
    "I20": Invariant("nothing was sent outside its session"),
    "I21": Invariant("every input has its end and its bytes"),
    "I22": Invariant("a refused input has no orders, a plan all its lines"),
    "I23": Invariant("whole lots and ticks"),
    "I24": Invariant("nothing of a failed batch is at the venue"),
    "I25": Invariant("no doubt is left unlisted at the end"),
    "I26": Invariant("the artifacts say what the record says", "--artifacts"),
    "I27": Invariant("the metrics count what the record counts", "--metrics"),
    "I28": Invariant("no secret is written anywhere", "--canaries"),
    "I31": Invariant("whatever stopped or was listed, a person was told of"),
    "I32": Invariant("what a person decided about an order was done, and nothing else"),
    "I33": Invariant("nothing late was sent without a person's word"),
}
