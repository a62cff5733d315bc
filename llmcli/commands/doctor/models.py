"""Which models are asked, and whether there is a key for each of their providers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from llmcli.app import App
from llmcli.commands.doctor.check import Checks, ok, problem, trouble
from llmcli.config import trust
from llmcli.config.keys import find_variable, key_variable
from llmcli.config.sources import Origin
from llmcli.errors import AuthError, ConfigError, LlmcliError
from llmcli.models import Route
from llmcli.providers.base import Endpoint


@dataclass
class Models:
    """Looks at the models of the settings. `endpoints` are then those to try, with whether they have to answer."""

    app: App
    routes: Sequence[Route] = ()
    endpoints: list[tuple[Endpoint, bool]] = field(default_factory=list)

    def checks(self) -> Checks:
        try:
            self.routes = self.app.routes()
            first, *others = self.routes
            then = "".join(f", then {route.asked} ({route.provider})" for route in others)
            yield ok("model", f"{first.asked} ({first.provider}){then}")
        except AuthError as error:
            yield problem("model", error, "export ANTHROPIC_API_KEY=…")
        except ConfigError as error:
            yield problem("model", error)
            if self.app.config.settings.base_url is not None:
                return  # nobody knows whose it is
        asked = [route.provider for route in self.routes]
        for name in self.app.config.settings.providers:
            if name in asked or name != "sim":
                yield from self._key(name, needed=name in asked)

    def _key(self, provider: str, *, needed: bool) -> Checks:
        name = f"key {provider}"
        try:
            if not needed and find_variable(self.app.config, provider) is None:
                yield ok(name, self._unused(provider))
                return
            endpoint = self.app.endpoint(provider)
        except LlmcliError as error:
            yield trouble(name, error, self._fix(provider, error), serious=needed)
            if isinstance(error, AuthError):
                self._without_key(provider, needed=needed)
            return
        self.endpoints.append((endpoint, needed))
        yield ok(name, "needs none" if endpoint.key is None else f"found: {endpoint.key.origin or endpoint.key.name}")

    def _unused(self, provider: str) -> str:
        """Of a provider that no model of the settings belongs to. Its key_cmd is not run. Raises ConfigError."""
        settings = self.app.config.settings.providers[provider]
        for setting in ("key_cmd", "key_file"):
            if getattr(settings, setting) is not None:
                return f"from {setting}, not tried: no model of the settings is this provider's"
        variable = key_variable(self.app.config, provider)
        return f"none ({variable}), not needed by the models above" if variable else "needs none"

    def _fix(self, provider: str, error: LlmcliError) -> str | None:
        variable = key_variable(self.app.config, provider)
        missing = isinstance(error, AuthError) and variable
        return f"export {variable}=…" if missing else None

    def _without_key(self, provider: str, *, needed: bool) -> None:
        """The endpoint can be asked for a sign of life all the same, if a key would be sent there."""
        try:
            trust.check_destination(self.app.config, provider, "a key", Origin("env"))
            self.endpoints.append((self.app.endpoint(provider, with_key=False), needed))
        except LlmcliError:
            return  # a checkout's configuration that nobody has approved, or nobody knows whose base_url it is
