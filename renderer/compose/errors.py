"""What a template or its data can do wrong."""

from core.errors import ContentError

__all__ = [
    "AssetNotFoundError",
    "CanvasError",
    "ExpressionError",
    "InvalidUnicodeError",
    "TemplateLimitError",
    "TemplateSecurityError",
    "TemplateSyntaxError",
    "UndefinedVariableError",
]


class TemplateSyntaxError(ContentError):
    """The template's source cannot be read. The text names line, column and the line itself,
    and the nearest known name where one was misspelt: mend the source at that place.
    """

    code = "template_syntax_error"
    title = "Template syntax error"


class TemplateLimitError(ContentError):
    """The template took more time, memory, depth or output than one render may. Make it lighter:
    fewer loops in loops, shorter texts, no recursion without an end.
    """

    code = "template_limit_exceeded"
    title = "Template limit exceeded"


class TemplateSecurityError(ContentError):
    """The template reached for something outside its data, such as an attribute that starts with
    an underscore. Use the data and the functions of the language alone.
    """

    code = "template_security_error"
    title = "Template security error"


class ExpressionError(ContentError):
    """An expression failed on this data, for instance a sum of texts. The text names the line:
    mend the expression, or give it data of the kind that it expects.
    """

    code = "expression_error"
    title = "Expression error"


class UndefinedVariableError(ContentError):
    """A strict template read a variable that has no value. Send it, give it a default in its
    definition, or use `default(...)` in the template.
    """

    code = "UNDEFINED_VARIABLE"
    title = "Undefined variable"


class InvalidUnicodeError(ContentError):
    """The template or its data hold half of a surrogate pair (an escape of D800 to
    DFFF alone), which is no character: send the text as valid Unicode.
    """

    code = "invalid_unicode"
    title = "Invalid Unicode"


class AssetNotFoundError(ContentError):
    """The source names an asset that this workspace does not have: correct the name, or upload the
    file first. `suggestion` is the nearest name that there is.
    """

    code = "asset_not_found"
    title = "Asset not found"


class CanvasError(ContentError):
    """The canvas holds what fabric cannot draw: an unknown type, a length beyond all pictures, an
    address that is none, too many objects. `errors` names the place, such as
    `fabricJSData.objects[2].type`: mend it there.
    """

    code = "canvas_invalid"
    title = "Canvas invalid"
