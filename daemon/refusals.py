class ActionRefused(Exception):
    """The daemon said no to a person; the sentence says why."""
