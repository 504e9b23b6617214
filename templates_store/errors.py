"""What can be wrong with a template or with the data for one.

RequestError
  +-- TemplateTooLargeError     413  TEMPLATE_TOO_LARGE
ContentError
  +-- PartialNotFoundError      422  partial_not_found
  +-- VariableRequiredError     422  VARIABLE_REQUIRED
  +-- VariableInvalidError      422  VARIABLE_INVALID
"""

from core.errors import ContentError, RequestError

__all__ = [
    "PartialNotFoundError",
    "TemplateTooLargeError",
    "VariableInvalidError",
    "VariableRequiredError",
]


class TemplateTooLargeError(RequestError):
    """A stored body is over 500 kB. Move pictures and fonts out of it: name them by URL."""

    code = "TEMPLATE_TOO_LARGE"
    status = 413
    title = "Template too large"


class PartialNotFoundError(ContentError):
    """The source includes a template by a name that none of this workspace has, or that several
    have: correct the name, store the template first, or include it by its uid.
    """

    code = "partial_not_found"
    title = "Partial not found"


class VariableRequiredError(ContentError):
    """A required variable has no value and no default: send it. `errors` names each one."""

    code = "VARIABLE_REQUIRED"
    title = "Variable required"


class VariableInvalidError(ContentError):
    """A variable's value breaks its definition's type or validation. `errors` names each one."""

    code = "VARIABLE_INVALID"
    title = "Variable invalid"
