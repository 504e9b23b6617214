"""Bindings on the wire: what is sent."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AliasChoices,
    BeforeValidator,
    Field,
    RootModel,
    StringConstraints,
    model_validator,
)

from api.binding_names import in_newer_names
from api.capture_models import HeaderName, HeaderValue, Quality
from api.lists import PageListing
from api.models import Body, Whole
from api.template_render_models import LayoutName
from api.variable_models import PlainText
from core.errors import FieldError, ValidationError
from jobs.outputs import whole_quality
from templates_store.bindings.binding import (
    BindingStatus,
    DataSource,
    NewBinding,
    OnError,
    Output,
    Policy,
    RefreshPolicy,
    SourceType,
)

__all__ = [
    "BindingBody",
    "BindingPatch",
    "BindingsQuery",
    "CredentialsBody",
    "Posted",
]

Secret = Annotated[str, StringConstraints(min_length=1, max_length=8000)]
Side = Annotated[Whole, Field(ge=10, le=4096)]
VariableName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
BindingFormat = Literal["png", "jpg", "jpeg", "webp", "gif", "pdf"]


def _number_as_text(value: Any) -> Any:
    """A path such as `0` may come as a number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class CredentialsBody(Body):
    """What opens the source. It is encrypted where it is kept, and never comes back.

    `api_key`: `value`, in the header or the query parameter `name`; `bearer_token`: `token`;
    `basic_auth`: `username`, `password`; `custom_header`: `name`, `value`.
    """

    type: Literal["api_key", "bearer_token", "basic_auth", "custom_header"]
    name: HeaderName | None = Field(
        default=None,
        validation_alias=AliasChoices("name", "headerName", "paramName", "header"),
        description="Of the header or parameter; X-API-Key without one.",
    )
    value: Secret | None = Field(
        default=None, validation_alias=AliasChoices("value", "key", "apiKey", "headerValue")
    )
    in_: Literal["header", "query"] = Field(
        default="header", validation_alias=AliasChoices("in", "location"), alias="in"
    )
    token: Secret | None = Field(
        default=None, validation_alias=AliasChoices("token", "bearerToken", "accessToken")
    )
    username: Secret | None = Field(default=None, validation_alias=AliasChoices("username", "user"))
    password: str | None = Field(default=None, max_length=8000)

    def normal(self) -> dict[str, str]:
        """`type` and exactly what that needs. Raises ValidationError that names what is missing."""
        match self.type:
            case "api_key":
                needed = {"value": self.value, "name": self.name or "X-API-Key", "in": self.in_}
            case "custom_header":
                needed = {"name": self.name, "value": self.value}
            case "bearer_token":
                needed = {"token": self.token or self.value}
            case "basic_auth":
                needed = {"username": self.username, "password": self.password or ""}
        missing = [f"dataSource.credentials.{name}" for name, one in needed.items() if one is None]
        if missing:
            text = f"{missing[0]} is required for credentials of type {self.type}"
            raise ValidationError(
                text, fields=[FieldError(one, text, "required") for one in missing]
            )
        said = {name: one for name, one in needed.items() if one is not None}
        # A user's name and password go as base64, and what is in a query is quoted.
        in_header = self.type != "basic_auth" and said.get("in") != "query"
        _refuse_unfit(said, in_header=in_header)
        return {"type": self.type, **said}


class SourceBody(Body):
    """Where the data comes from."""

    type: SourceType = Field(
        default="http",
        description="`http`: from `url`; `webhook`: what is posted to `webhookUrl`; `static`: "
        "`data`.",
    )
    url: str = Field(default="", max_length=4096, description="http or https; a public address.")
    method: Literal["GET", "POST", "PUT"] = "GET"
    headers: dict[HeaderName, HeaderValue] = Field(
        default_factory=dict,
        max_length=50,
        description="Values of headers that usually hold secrets are encrypted like credentials "
        "and come back as `[hidden]`.",
    )
    body: Any = Field(default=None, description="JSON, or a text that is sent as it is.")
    data: Any = Field(default=None, description="Of a static source: any JSON.")
    credentials: CredentialsBody | None = None


class RefreshPolicyBody(Body):
    """When it is refreshed."""

    type: Policy = Field(
        default="ttl",
        description="`ttl`, `etag`: every `ttlSeconds`; `webhook`: when its webhook is called; "
        "`manual`: when asked to.",
    )
    ttl_seconds: Whole = Field(default=300, ge=60, le=604_800)
    on_error: OnError = "serve_stale"


class OutputConfigBody(Body):
    """What is made of it."""

    format: BindingFormat = "png"
    quality: Quality | None = None
    width: Side | None = None
    height: Side | None = None
    layout: LayoutName | None = None


class BindingBody(Body):
    """A binding. `templateUid`, `dataUrl`, `dataMapping`, `schedule`, `format` work as well."""

    template_id: PlainText = Field(min_length=1, max_length=200)
    version: Whole | None = Field(
        default=None, ge=1, lt=2**31, description="Pinned; null: the published one."
    )
    name: Annotated[PlainText, StringConstraints(max_length=200)] = ""
    data_source: SourceBody
    mapping: dict[
        VariableName, Annotated[str, BeforeValidator(_number_as_text), Field(max_length=1000)]
    ] = Field(
        default_factory=dict,
        max_length=500,
        description="Variable -> path, such as `items[0].name` or `items.length`; without any, "
        "members of the data that are called as the template's variables.",
    )
    defaults: dict[VariableName, Any] = Field(
        default_factory=dict,
        max_length=500,
        description="Variable -> what it is when its path leads nowhere or to null.",
    )
    refresh_policy: RefreshPolicyBody = Field(default_factory=RefreshPolicyBody)
    output_config: OutputConfigBody = Field(default_factory=OutputConfigBody)

    @model_validator(mode="before")
    @classmethod
    def _newer(cls, value: Any) -> Any:
        return in_newer_names(value) if isinstance(value, Mapping) else value

    def new(self) -> NewBinding:
        """As the store takes it. Raises ValidationError."""
        source, policy, output = self.data_source, self.refresh_policy, self.output_config
        given = source.credentials
        quality = output.quality
        return NewBinding(
            template_uid=self.template_id,
            version=self.version,
            name=self.name,
            source=DataSource(
                type=source.type,
                url=source.url.strip() if source.type == "http" else "",
                method=source.method,
                headers=source.headers,
                body=source.body,
                data=source.data,
            ),
            credentials=None if given is None else given.normal(),
            mapping=self.mapping,
            defaults=self.defaults,
            refresh=RefreshPolicy(
                type=policy.type, ttl_seconds=policy.ttl_seconds, on_error=policy.on_error
            ),
            output=Output(
                format=output.format,
                quality=None if quality is None else whole_quality(quality, "outputConfig.quality"),
                width=output.width,
                height=output.height,
                layout=output.layout,
            ),
        )


class BindingPatch(Body):
    """Only what is there changes; nested objects are merged, and null takes a member away."""

    template_id: str | None = None
    template_uid: str | None = None
    version: Any = None
    name: Any = None
    data_source: dict[str, Any] | None = None
    data_url: str | None = None
    mapping: dict[str, Any] | None = None
    data_mapping: dict[str, Any] | None = None
    defaults: dict[str, Any] | None = None
    refresh_policy: dict[str, Any] | None = None
    schedule: Any = None
    output_config: dict[str, Any] | None = None
    format: str | None = None


class BindingsQuery(PageListing):
    """Which bindings."""

    sorts: ClassVar = {"createdAt": "created_us", "updatedAt": "updated_us", "name": "name"}
    key: ClassVar = "uid"

    template_id: PlainText | None = Field(
        default=None,
        max_length=200,
        validation_alias=AliasChoices("templateId", "templateUid"),
    )
    status: BindingStatus | None = None


class Posted(RootModel[Any]):
    """Any JSON."""


def _refuse_unfit(said: Mapping[str, str], *, in_header: bool) -> None:
    """A header's value has no line ends, or it would be two headers, and is Latin-1."""
    for name, value in said.items():
        field = f"dataSource.credentials.{name}"
        if not value.isprintable():
            raise ValidationError.of(field, f"{field} must not hold control characters")
        if in_header and max(value, default="") > "\xff":
            text = f"{field} is sent in a header, which holds Latin-1 alone: encode it"
            raise ValidationError.of(field, text)
