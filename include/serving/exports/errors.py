"""Why there is no file."""


class ExportError(Exception):
    """No file was made. The message says why in one line, and what to do."""
