"""What is wrong with a request before it is one."""

from core.errors import RequestError

__all__ = ["HeadersTooLargeError", "MalformedRequestError", "SlowHeadersError"]


class MalformedRequestError(RequestError):
    """What was sent is not HTTP/1.1: a broken request line, header or length. Mend the client."""

    code = "malformed_request"
    status = 400
    title = "Malformed request"


class SlowHeadersError(RequestError):
    """The request's headers did not arrive in time. Send them at once, then the body."""

    code = "request_timeout"
    status = 408
    title = "Request timeout"


class HeadersTooLargeError(RequestError):
    """The request's line and headers are too long. Send data in the body, fewer cookies."""

    code = "headers_too_large"
    status = 431
    title = "Headers too large"
