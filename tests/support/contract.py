"""Checks every answer against the OpenAPI document: status, headers, body."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx2
import jsonschema_rs

__all__ = ["Contract"]


class Contract:
    """The document as a judge. `check` is made to be a client's response hook."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._paths = [
            (re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))), item)
            for path, item in sorted(document["paths"].items(), key=lambda entry: "{" in entry[0])
        ]

    async def check(self, response: httpx2.Response) -> None:
        """Raise AssertionError for an answer that the document does not tell of."""
        await response.aread()
        request = response.request
        raw = urlsplit(str(request.url)).path.removeprefix("/v1")
        item = next((item for regex, item in self._paths if regex.fullmatch(raw)), None)
        if item is None or request.method.lower() not in item:
            assert response.status_code in {200, 204, 403, 404, 405}, (request.method, raw)
            return
        told = item[request.method.lower()]["responses"]
        where = f"{request.method} {raw} -> {response.status_code} {response.text[:300]}"
        assert str(response.status_code) in told, f"the document knows no such status: {where}"
        answer = told[str(response.status_code)]
        self._check_headers(answer, response, where)
        self._check_body(answer, response, where)

    def _check_headers(
        self, answer: Mapping[str, Any], response: httpx2.Response, where: str
    ) -> None:
        for name, header in answer["headers"].items():
            required = "$ref" in header and self._resolved(header)["required"]
            assert not required or name in response.headers, f"{name} is missing: {where}"

    def _check_body(self, answer: Mapping[str, Any], response: httpx2.Response, where: str) -> None:
        media_type = response.headers["content-type"].split(";")[0]
        assert media_type in answer["content"], f"{media_type} is not told of: {where}"
        schema = answer["content"][media_type].get("schema")
        if schema is None or response.request.method == "HEAD":
            return
        whole = {**schema, "components": self._document["components"]}
        validator = jsonschema_rs.Draft202012Validator(whole)
        error = next(iter(validator.iter_errors(json.loads(response.content))), None)
        assert error is None, f"{error}: {where}"

    def _resolved(self, reference: Mapping[str, str]) -> Mapping[str, Any]:
        found: Any = self._document
        for part in reference["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return found
