"""What a person gave us and we cannot use: said in one line, never as a traceback."""

from kb.finding import Finding


class InputError(Exception):
    """Input that cannot be used; `finding` says where, when it has a place.

    Only this and a disk that refuses are told in one line. Anything else is a bug of ours.
    """

    def __init__(self, what: Finding | str) -> None:
        super().__init__(str(what))
        self.finding = what if isinstance(what, Finding) else None
