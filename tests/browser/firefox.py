"""Firefox, driven over WebDriver BiDi, which it speaks without any other program."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import websocket

LISTENS: Final = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
PATIENCE_S: Final = 180
EVENTS: Final = ["log.entryAdded", "network.beforeRequestSent"]

Answer = dict[str, Any]


class Firefox:
    """A headless Firefox with one empty page, closed by `with`.

    `requests` are the addresses that it has asked for, `errors` what scripts have raised.
    """

    def __init__(self, program: str, profile: Path) -> None:
        command = [program, "--headless", "--no-remote", "--profile", str(profile)]
        command += ["--remote-debugging-port", "0"]
        self._program = program
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        self._socket = websocket.create_connection(
            f"{self._address()}/session", timeout=PATIENCE_S, suppress_origin=True
        )
        self._numbers = itertools.count()
        self.requests: list[str] = []
        self.errors: list[str] = []
        self._ask("session.new", capabilities={})
        self._ask("session.subscribe", events=EVENTS)
        self._page = self._ask("browsingContext.getTree")["contexts"][0]["context"]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()
        self._process.terminate()
        self._process.communicate()

    def open(self, address: str) -> None:
        """Go to a page, and wait until it is loaded."""
        self._ask("browsingContext.navigate", context=self._page, url=address, wait="complete")

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, a promise's when it is kept.

        Raises: RuntimeError with what the page raises.
        """
        return self._evaluate(expression).get("value")

    def click(self, expression: str) -> None:
        """Press the mouse on the element that an expression gives."""
        element = self._evaluate(f"(e => (e.scrollIntoView({{block: 'center'}}), e))({expression})")
        origin = {"type": "element", "element": {"sharedId": element["sharedId"]}}
        press = [
            {"type": "pointerMove", "x": 0, "y": 0, "origin": origin},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        mouse = {"type": "pointer", "id": "mouse", "actions": press}
        self._ask("input.performActions", context=self._page, actions=[mouse])

    def _evaluate(self, expression: str) -> Answer:
        target = {"context": self._page}
        said = self._ask("script.evaluate", expression=expression, target=target, awaitPromise=True)
        if said["type"] == "exception":
            raise RuntimeError(said["exceptionDetails"]["text"])
        result: Answer = said["result"]
        return result

    def _address(self) -> str:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            if found := LISTENS.search(line):
                return found[1]
        raise RuntimeError(f"{self._program} ended before it could be asked anything")

    def _ask(self, method: str, **params: Any) -> Answer:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            told: Answer = json.loads(self._socket.recv())
            if told["type"] == "event":
                self._note(told["method"], told["params"])
            elif told.get("id") == number:
                if told["type"] == "error":
                    raise RuntimeError(f"{method}: {told['message']}")
                result: Answer = told["result"]
                return result

    def _note(self, event: str, params: Answer) -> None:
        if event == "network.beforeRequestSent":
            self.requests.append(params["request"]["url"])
        elif params["type"] == "javascript" and params["level"] == "error":
            self.errors.append(params["text"])
