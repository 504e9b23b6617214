"""What the world outside can answer us.

PlatenError
  +-- ContentError
        +-- BlockedAddressError     the policy says no                       422 blocked-url
        +-- FetchFailedError        the policy said yes, the other side no   422 url-fetch-failed
              +-- TooManyRedirectsError                                      422 too_many_redirects
"""

from core.errors import ContentError

__all__ = ["BlockedAddressError", "FetchFailedError", "TooManyRedirectsError"]


class BlockedAddressError(ContentError):
    """The URL does not lead to a public address on a port of the web, so it is not requested.

    A private address, a name that leads to one and a name that leads nowhere get this same
    answer, so that nobody can learn from it what stands in the operator's network. Use a public
    `http` or `https` URL without user name and password; an operator opens single private
    targets with `PLATEN_EGRESS_ALLOW=host:port`.
    """

    code = "blocked-url"
    title = "Blocked URL"


class FetchFailedError(ContentError):
    """The URL may be requested, but the other side did not give what was asked for.

    It did not answer in time, broke the connection, showed a certificate that is not valid,
    redirected too often or sent more than is taken. The text says which. Try the URL from
    another machine, then send the request again.
    """

    code = "url-fetch-failed"
    title = "URL fetch failed"
    passing = False
    """Whether the connection was refused or broke, so that another try may come to something."""


class TooManyRedirectsError(FetchFailedError):
    """The URL redirects again and again, perhaps in a circle. Name the last URL itself."""

    code = "too_many_redirects"
    title = "Too many redirects"
