"""What the HTTP entrance itself can refuse.

RequestError
  +-- MalformedJsonError          400
  +-- MissingAuthorizationError   401
  +-- InvalidApiKeyError          401
  +-- InvalidSignatureError       403
  +-- MethodNotAllowedError       405
  +-- NotAcceptableError          406
  +-- RequestTimeoutError         408
  +-- IdempotencyInFlightError    409
  +-- PayloadTooLargeError        413
  +-- UnsupportedMediaTypeError   415
  +-- IdempotencyKeyReusedError   422
  +-- RateLimitError              429
  +-- QuotaExceededError          429
ServiceError
  +-- StoppingError               503
"""

from core.errors import RequestError, ServiceError

__all__ = [
    "IdempotencyInFlightError",
    "IdempotencyKeyReusedError",
    "InvalidApiKeyError",
    "InvalidSignatureError",
    "MalformedJsonError",
    "MethodNotAllowedError",
    "MissingAuthorizationError",
    "NotAcceptableError",
    "PayloadTooLargeError",
    "QuotaExceededError",
    "RateLimitError",
    "RequestTimeoutError",
    "StoppingError",
    "UnsupportedMediaTypeError",
]


class MalformedJsonError(RequestError):
    """The body is no JSON text, or one that would be read in more than one way.

    `errors` points to the place: a member that is there twice, a number that is not finite.
    """

    code = "malformed_json"
    status = 400
    title = "Malformed JSON"


class MissingAuthorizationError(RequestError):
    """No key was sent. Send `Authorization: Bearer KEY`, or `X-API-Key: KEY`."""

    code = "missing_authorization"
    status = 401
    title = "Missing authorization"


class InvalidApiKeyError(RequestError):
    """The key is unknown or was revoked. `platen key create` makes one, `platen key list` shows."""

    code = "invalid_api_key"
    status = 401
    title = "Invalid API key"


class InvalidSignatureError(RequestError):
    """The render URL was changed, has expired, was used up, or was signed by another key: make a
    new one by `POST /templates/{uid}/signed-url`.
    """

    code = "invalid_signature"
    status = 403
    title = "Invalid signature"


class MethodNotAllowedError(RequestError):
    """The address exists, but not for this method. `Allow` names those that it has."""

    code = "method_not_allowed"
    status = 405
    title = "Method not allowed"


class NotAcceptableError(RequestError):
    """`Accept` asks for a type that contradicts the body's `format`: change one of them."""

    code = "not_acceptable"
    status = 406
    title = "Not acceptable"


class RequestTimeoutError(RequestError):
    """The body did not arrive in time: send it faster, or make it smaller."""

    code = "request_timeout"
    status = 408
    title = "Request timeout"


class IdempotencyInFlightError(RequestError):
    """A request with this `Idempotency-Key` is still running: ask again after `Retry-After`."""

    code = "idempotency_in_flight"
    status = 409
    title = "Idempotency in flight"


class PayloadTooLargeError(RequestError):
    """The body is over the limit: name large pictures, fonts and tables by URL."""

    code = "payload_too_large"
    status = 413
    title = "Payload too large"


class UnsupportedMediaTypeError(RequestError):
    """The body's type or encoding is not read here: send `application/json`, uncompressed."""

    code = "unsupported_media_type"
    status = 415
    title = "Unsupported media type"


class IdempotencyKeyReusedError(RequestError):
    """The `Idempotency-Key` was sent before with another body or query: use a new key."""

    code = "idempotency_key_reused"
    status = 422
    title = "Idempotency key reused"


class RateLimitError(RequestError):
    """More requests a minute than the workspace's plan has: wait `Retry-After` seconds."""

    code = "rate_limit"
    status = 429
    title = "Rate limit"


class QuotaExceededError(RequestError):
    """More requests a day than the workspace's plan has: wait `Retry-After` seconds."""

    code = "quota_exceeded"
    status = 429
    title = "Quota exceeded"


class StoppingError(ServiceError):
    """The service was told to stop before the answer was ready: send again in a few seconds."""

    code = "stopping"
    status = 503
    title = "Stopping"
