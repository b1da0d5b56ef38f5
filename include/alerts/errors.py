"""Why an alert does not get through."""


class UnsentError(Exception):
    """A receiver did not take the message; it is tried again. Says why in one line, without any secret."""


class ChannelSettingsError(Exception):
    """The settings of a channel are wrong. Says which, and how it is put right."""
