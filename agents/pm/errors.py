"""What is wrong with a performance file."""


class PmError(Exception):
    """A file that cannot be read, with the reason for a person. It may be only half written yet."""
