"""The service a processor talks to: Google's, another address, or the sandbox; reached when needed."""

from __future__ import annotations

from dataclasses import dataclass, field

from processor.core.layout import Layout
from processor.effects.environment import GOOGLE, find_api_key, find_base_url, is_loopback
from processor.effects.sandbox_process import SandboxProcess
from processor.errors import WrongUsage
from processor.ports import Gateway, Journal, Observer

SANDBOX = "sandbox"
_DEFAULT_FAULTS = "realistic"
_SETTLE_SECONDS = 60.0  # how long Google may take to list a job it has made


@dataclass(kw_only=True)
class Service:
    """Where to, and with which key. Nothing is opened before ``gateway`` is called.

    Attributes:
        sandbox_url: of a sandbox that somebody else started and will end; None: our own, when needed.
    """

    layout: Layout
    observer: Observer
    api_key: str | None = field(repr=False)
    api_key_file: str | None
    env_file: str | None
    base_url: str | None
    sandbox: bool
    faults: str | None
    timeout_seconds: float
    sandbox_url: str | None = None
    _gateway: Gateway | None = field(default=None, init=False, repr=False)
    _process: SandboxProcess | None = field(default=None, init=False, repr=False)
    _told: bool = field(default=False, init=False, repr=False)
    _found_key: str | None = field(default=None, init=False, repr=False)

    @property
    def address(self) -> str:
        """The one address this outputs folder serves; ``sandbox`` for the built-in server."""
        return SANDBOX if self.sandbox else find_base_url(self.base_url) or GOOGLE

    @property
    def settle_seconds(self) -> float:
        """How long a job that was made may be missing from the list."""
        return 0.0 if self.sandbox or is_loopback(find_base_url(self.base_url)) else _SETTLE_SECONDS

    def check(self, journal: Journal) -> None:
        """Everything needed for the first call is there, and the outputs folder is this address's.

        Raises:
            WrongUsage: no key, or the folder belongs to another address.
        """
        bound = journal.service()
        if bound is not None and bound != self.address:
            cure = "Add --sandbox" if bound == SANDBOX else f"Use --base-url {bound}"
            raise WrongUsage(
                f"{self.layout.outputs} holds runs of {bound}, and this command talks to "
                f"{self.address}. {cure}, or give another --outputs folder."
            )
        if not self.sandbox:
            if self._key() in self.address:
                raise WrongUsage(
                    "--base-url holds the API key: the address is kept and shown, the key must not be."
                )
            if self.address != GOOGLE and not self._told:
                self._told = True
                self.observer.warn(f"The service is {self.address}, not Google's own address.")

    def gateway(self) -> Gateway:
        """The connection; made at the first call."""
        if self._gateway is None:
            # google-genai takes up to a second to import: only those who talk to the service pay it.
            from processor.effects.gemini import GeminiGateway

            url = find_base_url(self.base_url)
            if self.sandbox:
                url = self.sandbox_url or self.start_sandbox()
            self._gateway = GeminiGateway(
                api_key=SANDBOX if self.sandbox else self._key(),
                base_url=url,
                timeout_seconds=self.timeout_seconds,
                trust_env=not is_loopback(url),
            )
        return self._gateway

    def start_sandbox(self) -> str:
        """Start the folder's own sandbox; its address. ``close`` ends it."""
        faults = self.faults or _DEFAULT_FAULTS
        self._process = SandboxProcess(self.layout.sandbox_state, faults=faults)
        return self._process.url

    def close(self) -> None:
        """Close the connection, and stop the sandbox if we started it."""
        if self._gateway is not None:
            self._gateway.close()
        if self._process is not None:
            self._process.close()
        self._gateway = self._process = None

    def _key(self) -> str:
        if self._found_key is None:  # looked for once, so that what it warns of is said once
            self._found_key = find_api_key(
                given=self.api_key,
                key_file=self.api_key_file,
                env_file=self.env_file,
                warn=self.observer.warn,
            )
        return self._found_key
