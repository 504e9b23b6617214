"""What can end a call that renders, beside what can end any call."""

from api.errors import NotAcceptableError
from core.errors import NotFoundError, PlatenError, RenderTimeoutError
from egress.errors import BlockedAddressError, FetchFailedError
from jobs.render.errors import (
    HtmlTooLargeError,
    ImageMissingError,
    VariablesTooLargeError,
    WarningsRefusedError,
)
from renderer.compose.errors import (
    AssetNotFoundError,
    CanvasError,
    ExpressionError,
    TemplateLimitError,
    TemplateSecurityError,
    TemplateSyntaxError,
    UndefinedVariableError,
)
from renderer.errors import (
    BudgetError,
    EngineCrashedError,
    EngineUnavailableError,
    PageCrashedError,
    PageFailedError,
    PageLimitError,
    PictureTooLargeError,
    SelectorNotFoundError,
    StaticSourceError,
    UnsupportedContentError,
)
from templates_store.errors import VariableInvalidError, VariableRequiredError

__all__ = ["RENDER_PROBLEMS"]

RENDER_PROBLEMS: tuple[type[PlatenError], ...] = (
    NotFoundError,
    NotAcceptableError,
    HtmlTooLargeError,
    VariablesTooLargeError,
    VariableRequiredError,
    VariableInvalidError,
    AssetNotFoundError,
    CanvasError,
    TemplateSyntaxError,
    TemplateLimitError,
    TemplateSecurityError,
    ExpressionError,
    UndefinedVariableError,
    BlockedAddressError,
    FetchFailedError,
    PageCrashedError,
    PageFailedError,
    PageLimitError,
    PictureTooLargeError,
    BudgetError,
    SelectorNotFoundError,
    StaticSourceError,
    UnsupportedContentError,
    EngineUnavailableError,
    EngineCrashedError,
    RenderTimeoutError,
    WarningsRefusedError,
    ImageMissingError,
)
