"""What can be wrong with a template or with the data for one.

RequestError
  +-- TemplateTooLargeError     413  TEMPLATE_TOO_LARGE
ContentError
  +-- VariableRequiredError     422  VARIABLE_REQUIRED
  +-- VariableInvalidError      422  VARIABLE_INVALID
"""

from core.errors import ContentError, RequestError

__all__ = ["TemplateTooLargeError", "VariableInvalidError", "VariableRequiredError"]


class TemplateTooLargeError(RequestError):
    """A stored body is over 500 kB. Move pictures and fonts out of it: name them by URL."""

    code = "TEMPLATE_TOO_LARGE"
    status = 413
    title = "Template too large"


class VariableRequiredError(ContentError):
    """A required variable has no value and no default: send it. `errors` names each one."""

    code = "VARIABLE_REQUIRED"
    title = "Variable required"


class VariableInvalidError(ContentError):
    """A variable's value breaks its definition's type or validation. `errors` names each one."""

    code = "VARIABLE_INVALID"
    title = "Variable invalid"
