"""What a prediction of time leaves out, rounds or assumes: each a switch with a name.

`EXACT` has everything on.  An author's calculation is the same functions with some switches off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from hwmath.validate import fraction, non_negative, positive, unknown, whole

Overlap = Literal["kernels", "everything", "nothing"]
"""What runs at the same time.

kernels: inside a kernel, computing and moving; one kernel after the other.
everything: all computing, all moving and all communication.
nothing: each waits for the one before.
"""
Unembedding = Literal["last", "all", "none"]
"""Whose logits are computed: of the last position of each sequence, of all, of none."""

Routing = Literal["even", "least", "all"]
"""Which experts a step reads: the expected number under even routing, as few as may be, or all."""


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Switches and efficiencies of a step; shares are of the machine's rate that is reached.

    `attention_flop`: scores and values are computed.  `causal`: in prefill half of them is.
    `kv_traffic`: the cache is read and written.  `parameters`: a rounded count in place of the
    exact one, for weights and FLOP alike; it holds the unembedding, too.
    `communication`: tensor parallel chips exchange activations, `messages_per_layer` times a layer
    (an all-reduce is two), each chip sending (N - 1)/N of them; without `ring_share` that is 1.
    `message_latency_s` is added for each message.  `context_parallel`: chips beyond the key heads
    divide the cache, too; otherwise they hold copies of it.  `first_token_from_prefill`: an answer
    of n tokens takes n - 1 steps.
    Raises: ValueError for a share that is not above 0 and at most 1, a latency below zero, fewer
    messages than one, a count that is not above zero, and an unknown word.
    Derived in: transformers, "A step in four terms".

    >>> EXACT.kv_traffic, Assumptions(kv_traffic=False).kv_traffic
    (True, False)
    """

    attention_flop: bool = True
    causal: bool = True
    kv_traffic: bool = True
    unembedding: Unembedding = "last"
    parameters: float | None = None
    routing: Routing = "even"
    communication: bool = True
    ring_share: bool = True
    messages_per_layer: int = 4
    message_latency_s: float = 0.0
    context_parallel: bool = False
    compute_share: float = 1.0
    bandwidth_share: float = 1.0
    link_share: float = 1.0
    overlap: Overlap = "kernels"
    first_token_from_prefill: bool = True

    def __post_init__(self) -> None:
        for name in ("compute_share", "bandwidth_share", "link_share"):
            positive(name, fraction(name, getattr(self, name)))
        non_negative("message_latency_s", self.message_latency_s)
        whole("messages_per_layer", self.messages_per_layer)
        if self.parameters is not None:
            positive("parameters", self.parameters)
        for name, words in (
            ("overlap", Overlap),
            ("unembedding", Unembedding),
            ("routing", Routing),
        ):
            if getattr(self, name) not in get_args(words):
                raise ValueError(unknown(name, getattr(self, name), get_args(words)))


EXACT: Final = Assumptions()
"""Everything counted, nothing rounded, every rate reached in full."""
