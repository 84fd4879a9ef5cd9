"""Which movements move what; the words are the gateway's (gateway-contract.md section 3)."""

CODE_CHANGE = "CODE_CHANGE"
CASH_KINDS = frozenset({"DIVIDEND", "TAX", "INTEREST", "FEE_CORRECTION", "DEPOSIT", "WITHDRAWAL"})
"""They move no shares, whatever number of shares their row is about."""
CORPORATE_ACTIONS = frozenset({"BONUS_SHARES", "RIGHTS", CODE_CHANGE})
"""Only these change what is ours; every other movement of shares is somebody else's (rule 11)."""
ARRIVES_LOCKED = frozenset({"BONUS_SHARES", "RIGHTS", "IPO"})
"""Their shares may not be sold before they are listed (a-share-rules.md section 10)."""
