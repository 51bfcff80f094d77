"""Where a peer looks for Nova's exceptions. Two classes that are built as Nova's are: a message, or keywords for its own."""


class Refusal(Exception):
    """Built from a message by position, or from the keywords of `text`; keeps the keywords."""

    text = "refused"
    code = 500

    def __init__(self, message=None, **kwargs):
        self.kwargs = {"code": self.code, **kwargs}
        super().__init__(message if message is not None else self.text % kwargs)


class InstanceNotFound(Refusal):
    text = "Instance %(instance_id)s could not be found."
    code = 404
