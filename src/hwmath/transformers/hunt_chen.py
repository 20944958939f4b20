"""Statements of Chen, "Transformer Inference Arithmetic" (2022)."""

from __future__ import annotations

from typing import Final

from hwmath.transformers.statement import Author, Statement
from hwmath.transformers.worked import chen, value_of
from hwmath.units import GIB, format_si

CHEN: Final = Author("Chen")

STEP: Final = (
    'decode_step(model("gopher-280b"), chen_a100(16), chen("large_batch"), 0, '
    'assumptions=chen_off(chen("parameters_260b")))'
)
FREE: Final = (
    'largest_batch(model("chen-52b"), chen_a100({}), {}, '
    'assumptions=chen_off(chen("parameters_52b")))'
)


def statements() -> list[Statement]:
    """Her statements, in the order of the page.

    Raises: nothing.
    Source: Chen 2022.  Derived in: transformers, "The hunt".
    """
    return [*_cache(), *_capacity(), *_small_batch(), *_large_batch(), *_later()]


def _cache() -> list[Statement]:
    return [
        CHEN.holds(
            "chen-ratio",
            f"An A100 of {format_si(chen('a100_peak'), 'FLOP/s')} and "
            f"{format_si(chen('a100_bandwidth'), 'B/s')} does {chen('ratio'):.0f} FLOP in the time "
            "of one byte.",
            chen("ratio"),
            "FLOP/B",
            'chen("a100_peak") / chen("a100_bandwidth")',
            "The peak divided by the bandwidth. The 40 GB part has 1.555 TB/s; she says later that "
            "this would have been the better number.",
        ),
        CHEN.holds(
            "chen-kv-flop",
            f"To make keys and values of one token takes a 52B model {chen('kv_flop'):,.0f} FLOP.",
            chen("kv_flop"),
            "FLOP",
            'FLOP_PER_MAC * 2 * model("chen-52b").layers * model("chen-52b").width ** 2',
            "Two square matrices in each of 64 layers, and two FLOP for each of their weights.",
        ),
        CHEN.holds(
            "chen-forward",
            f"A pass of that model takes {chen('forward_s') * 1e3:.0f} ms on one A100, for up to "
            "208 tokens.",
            chen("forward_s"),
            "s",
            'prefill_step(model("chen-52b"), chen_a100(), 1, chen("ratio"), '
            'assumptions=chen_off(layer_weights(model("chen-52b")))).lower_bound_s',
            "At 208 tokens reading the weights and computing take equally long.",
        ),
    ]


def _capacity() -> list[Statement]:
    three, batch = value_of(FREE.format(3, 1)), value_of(FREE.format(3, 2048))
    needed = chen("batch_on_three") * chen("request_tokens") * chen("kv_bytes")
    four = (4 * chen("a100_capacity") - chen("weights_bytes")) / chen("kv_rounded_bytes")
    return [
        CHEN.slips(
            "chen-weights",
            "The weights of 52 billion parameters, two bytes each, are 52e12 · 2 = 104e12 bytes.",
            chen("weights_exponent_bytes"),
            "B",
            'chen("parameters_52b") * Formats().weight_bytes',
            f"52 billion are 52e9, and their weights {chen('parameters_52b') * 2:,.0f} bytes. The "
            "line goes on with 104 GB, which is right, and so is all that follows.",
        ),
        CHEN.holds(
            "chen-kv-bytes",
            f"One token of the cache takes {chen('kv_bytes'):,.0f} bytes.",
            chen("kv_bytes"),
            "B",
            'kv_bytes_per_token(model("chen-52b"))',
            "A key and a value of 8192 numbers, two bytes each, in 64 layers: 2 MiB to the byte.",
        ),
        CHEN.slips(
            "chen-batch-on-three",
            f"On three A100 of 40 GB, {chen('batch_on_three'):.0f} requests of "
            f"{chen('request_tokens'):.0f} tokens fit beside the weights.",
            chen("batch_on_three"),
            "requests",
            FREE.format(3, 'chen("request_tokens")'),
            f"Four take {needed / 1e9:.2f} GB and 16 GB are free: {three:,.0f} tokens, or "
            f"{batch:.0f} whole requests. Four would fit exactly in {needed / GIB:.0f} GiB.",
        ),
        CHEN.slips(
            "chen-tokens-on-four",
            f"On four A100, about {chen('tokens_on_four'):,.0f} tokens of cache fit: 56 GB / 0.002 "
            "GB.",
            chen("tokens_on_four"),
            "tokens",
            FREE.format(4, 1),
            f"56 / 0.002 is {four:,.0f}; with the exact bytes of a token it is "
            f"{value_of(FREE.format(4, 1)):,.0f}.",
        ),
    ]


def _small_batch() -> list[Statement]:
    latency_us, waited_us = chen("message_latency") * 1e6, chen("small_messages_s") * 1e6
    return [
        CHEN.holds(
            "chen-small-step",
            f"A 260B model on 16 A100 needs {chen('small_step_s') * 1e3:.1f} ms a token to read "
            "its weights.",
            chen("small_step_s"),
            "s",
            'decode_step(model("gopher-280b"), chen_a100(16), 1, 0, '
            'assumptions=chen_off(chen("parameters_260b"))).weights_s',
            "520 GB over 16 times 1.5 TB/s. (260B is 12 L d² of Gopher's shape; Gopher itself has "
            "280B parameters. A choice, not a slip.)",
        ),
        CHEN.slips(
            "chen-messages",
            f"In 80 layers, messages of {latency_us:.0f} µs each take 2 · 4 · 80 · "
            f"{latency_us:.0f} µs = {waited_us:,.0f} µs.",
            chen("small_messages_s"),
            "s",
            '2 * EXACT.messages_per_layer * model("gopher-280b").layers * chen("message_latency")',
            f"The product as it stands is {2 * waited_us:,.0f} µs. Four messages a layer give the "
            f"{waited_us:,.0f} µs that she goes on with: the number is right, and the 2 is one "
            "factor too many.",
        ),
    ]


def _large_batch() -> list[Statement]:
    return [
        CHEN.holds(
            "chen-large-step",
            "At batch 512, computing takes that 260B model "
            f"{chen('large_step_s') * 1e3:.0f} ms on its 16 A100.",
            chen("large_step_s"),
            "s",
            f"{STEP}.linear_s",
            "512 times two FLOP for each of 260 billion weights, over 16 times 312 TFLOP/s.",
        ),
        CHEN.slips(
            "chen-large-step-again",
            f"So that step makes 512 tokens in {chen('large_step_repeated_s') * 1e3:.0f} ms.",
            chen("large_step_repeated_s"),
            "s",
            f"{STEP}.lower_bound_s",
            "The same sentence begins with 53 ms, and that is right: computing takes "
            f"{value_of(f'{STEP}.linear_s') * 1e3:.1f} ms, and messages run beside it.",
        ),
        CHEN.holds(
            "chen-large-messages",
            f"The messages of that step take {chen('large_messages_s') * 1e3:.0f} ms, at 300 GB/s.",
            chen("large_messages_s"),
            "s",
            f"{STEP}.communication_s",
            "Four messages a layer of 16,384 numbers for each of 512 tokens; (N - 1)/N is rounded "
            "to one, which she says.",
        ),
    ]


def _later() -> list[Statement]:
    rest = 1 - chen("intermediate_share_336m")
    share = chen("intermediate_share_336m")
    return [
        CHEN.slips(
            "chen-ratio-upside-down",
            "The batch from which a step is bound by computing is memory bandwidth / peak = 208.",
            chen("ratio"),
            "tokens",
            'chen("a100_bandwidth") / chen("a100_peak")',
            "The number is right, the quotient stands upside down: peak / bandwidth is "
            f"{chen('a100_peak') / chen('a100_bandwidth'):.0f}, bandwidth / peak is "
            f"{chen('a100_bandwidth') / chen('a100_peak'):.4f}.",
        ),
        CHEN.holds(
            "chen-link-ratio",
            f"For one byte over a link, an A100 does {chen('link_ratio'):,.0f} FLOP.",
            chen("link_ratio"),
            "FLOP/B",
            'chen("a100_peak") / chen("a100_link")',
            "312 TFLOP/s over 300 GB/s, one direction of the link.",
        ),
        CHEN.slips(
            "chen-intermediates",
            "Operations between the products take 43 % of the time at width 1024; at eight times "
            f"the width their share is {chen('intermediate_share_52b'):.3%}.",
            chen("intermediate_share_52b"),
            "share",
            '8 * chen("intermediate_share_336m") / (8 * chen("intermediate_share_336m") '
            '+ 64 * (1 - chen("intermediate_share_336m")))',
            f"They grow 8 times, the other {rest:.0%} grow 64 times: {8 * share:.2f} of "
            f"{8 * share + 64 * rest:.2f}, or {8 * share / (8 * share + 64 * rest):.1%}. The page "
            "divides by 64 times the old whole. That they shrink with width holds.",
        ),
        CHEN.holds(
            "chen-13b",
            f"A 13B model needs {chen('step_13b_s') * 1e3:.1f} ms a token on one A100.",
            chen("step_13b_s"),
            "s",
            'decode_step(model("opt-13b"), chen_a100(), 1, 512, '
            'assumptions=chen_off(layer_weights(model("opt-13b")))).lower_bound_s',
            "12 L d² weights of 40 layers of width 5120, two bytes each, over 1.5 TB/s. She "
            f"measured {chen('measured_13b_s') * 1e3:.1f} ms and accounts for the rest.",
        ),
    ]
