"""Statements of Sanger, "Inference Characteristics of Llama-2" (2023)."""

from __future__ import annotations

from typing import Final

from hwmath.transformers.statement import Author, Statement
from hwmath.transformers.worked import model, sanger, value_of
from hwmath.units import KIB, format_si

SANGER: Final = Author("Sanger")
LLAMA: Final = 'model("llama-2-70b")'
RATE: Final = (
    f"tokens_per_s_upper_bound({LLAMA}, sanger_a100({{}}), 1, 1, assumptions=sanger_off())"
)
FIRST: Final = (
    f"prefill_step({LLAMA}, sanger_a100({{}}), {{}}, {{}}, assumptions=sanger_off()).lower_bound_s"
)
FITS: Final = (
    f'largest_batch({LLAMA}, sanger_a100(8), sanger("eight_tokens"), assumptions=sanger_off())'
)


def statements() -> list[Statement]:
    """His statements, in the order of the page.

    Raises: nothing.
    Source: Sanger 2023.  Derived in: transformers, "The hunt".
    """
    return [*_primer(), *_cache(), *_prompts(), *_completions(), *_appendix(), *_more_rows()]


def _primer() -> list[Statement]:
    llama = model("llama-2-70b")
    by_half = llama.layers * 4 * sanger("width") * sanger("attention_context")
    right = value_of(f'4 * {LLAMA}.layers * {LLAMA}.width * sanger("attention_context")')
    return [
        SANGER.holds(
            "sanger-flop",
            f"A token of Llama-2-70B takes {sanger('flop_per_token') / 1e9:.0f} GFLOP with the "
            "weights.",
            sanger("flop_per_token"),
            "FLOP",
            'FLOP_PER_MAC * sanger("parameters")',
            "Two for each of 70 billion parameters, as he rounds them.",
        ),
        SANGER.slips(
            "sanger-rates-for-bytes",
            "A step needs 140 GB/s and 320 · N · B KB/s of memory bandwidth.",
            sanger("step_bytes_per_s"),
            "B/s",
            f'weight_bytes({LLAMA}) * sanger("parameters") / parameters({LLAMA})',
            "The numbers are amounts, not rates: 140 GB of weights and 320 KB of cache for each of "
            "N tokens in B texts are what a step moves. How many bytes a second that is depends on "
            "how long it takes.",
        ),
        SANGER.slips(
            "sanger-attention",
            f"With a hidden dimension of {sanger('width'):.0f}, attention adds "
            f"{sanger('attention_flop_8192') / 1e9:.1f} GFLOP a token at a context of "
            f"{sanger('attention_context'):.0f} tokens.",
            sanger("attention_flop_8192"),
            "FLOP",
            f'forward_flop_by_term({LLAMA}, decode(1, sanger("attention_context") - 1))'
            '["scores and values"]',
            f"The model has {llama.heads} heads of {llama.head_width}, a width of {llama.width}. "
            f"4 · 80 · 8192 tokens times {sanger('width'):.0f} give {format_si(by_half, 'FLOP')}, "
            f"or 10.5 as he rounds; times {llama.width} they give {format_si(right, 'FLOP')}, "
            f"{right / sanger('flop_per_token'):.0%} on top of 140.",
        ),
    ]


def _cache() -> list[Statement]:
    exact = value_of(f"kv_bytes_per_token({LLAMA})")
    return [
        SANGER.slips(
            "sanger-key-heads",
            f"Llama-2-70B keeps 8 key heads instead of the usual "
            f"{sanger('key_heads_without_groups'):.0f}.",
            sanger("key_heads_without_groups"),
            "heads",
            f"{LLAMA}.heads",
            "Without groups it would keep one for each of its "
            f"{model('llama-2-70b').heads} heads; 128 is the width of a head.",
        ),
        SANGER.slips(
            "sanger-megabytes",
            f"A token takes {sanger('kv_bytes_repeated') / 1e6:.0f} MB of cache.",
            sanger("kv_bytes_repeated"),
            "B",
            f"kv_bytes_per_token({LLAMA})",
            f"Two times 80 layers, 8 heads of 128 and two bytes are {exact:,.0f} bytes: "
            f"{exact / KIB:.0f} KiB, as the page says elsewhere.",
        ),
        SANGER.holds(
            "sanger-sequence",
            f"The cache of 4096 tokens takes {sanger('kv_bytes_4096') / 1e9:.1f} GB.",
            sanger("kv_bytes_4096"),
            "B",
            f'kv_bytes({LLAMA}, 1, sanger("eight_tokens"))',
            f"4096 times {exact:,.0f} bytes.",
        ),
    ]


def _prompts() -> list[Statement]:
    return [
        SANGER.slips(
            "sanger-teraflop",
            f"A prompt needs {sanger('flop_per_token_repeated') / 1e12:.0f} TFLOP a token.",
            sanger("flop_per_token_repeated"),
            "FLOP",
            'FLOP_PER_MAC * sanger("parameters")',
            "140 GFLOP, as further up. The tokens a second that follow are computed from the right "
            "number.",
        ),
        SANGER.holds(
            "sanger-compute-bound",
            f"From {sanger('compute_bound_tokens'):.0f} tokens on, a prompt is bound by computing "
            "on an A100 of 2 TB/s.",
            sanger("compute_bound_tokens"),
            "tokens",
            'sanger("a100_peak") / sanger("a100_bandwidth")',
            "312 TFLOP/s over 2 TB/s, and two FLOP for two bytes of each weight.",
        ),
        SANGER.holds(
            "sanger-prompt-rate",
            f"Two A100 that reach 200 TFLOP/s each read {sanger('prompt_tokens_per_s'):,.0f} "
            "tokens of a prompt a second.",
            sanger("prompt_tokens_per_s"),
            "tokens/s",
            f'sanger("row_tokens") / {FIRST.format(2, 1, 512)}',
            "400 TFLOP/s over 140 GFLOP; three digits are printed.",
        ),
    ]


def _completions() -> list[Statement]:
    hold = value_of(FITS)
    return [
        SANGER.holds(
            "sanger-decode-rate",
            f"Alone, a text gets {sanger('tokens_per_s')} tokens a second from two A100 that reach "
            "1.3 TB/s each.",
            sanger("tokens_per_s"),
            "tokens/s",
            RATE.format(2),
            "2.6 TB/s over 140 GB.",
        ),
        SANGER.holds(
            "sanger-price",
            f"At 4.42 dollars an hour, 1000 tokens then cost {sanger('usd_per_1k')} dollars.",
            sanger("usd_per_1k"),
            "USD/1000 tokens",
            f'usd_per_million_tokens({RATE.format(2)}, sanger("usd_per_hour")) / KILO',
            "The price of a second over the tokens of a second.",
        ),
        SANGER.slips(
            "sanger-eight-chips",
            f"Eight A100 with 80 GB have {sanger('eight_capacity_bytes') / 1e12} TB, so that more "
            f"than {sanger('eight_batch'):.0f} texts of 4096 tokens fit.",
            sanger("eight_capacity_bytes"),
            "B",
            '8 * sanger("a100_capacity")',
            "Eight times 80 GB are 640 GB; 1.28 TB are sixteen. Beside 140 GB of weights, "
            f"{hold:.0f} texts fit.",
        ),
        SANGER.holds(
            "sanger-first-token",
            "With 64 prompts of 3596 tokens, eight A100 need "
            f"{sanger('first_token_long_s')} s to the first token.",
            sanger("first_token_long_s"),
            "s",
            FIRST.format(8, 64, 3596),
            "64 times 3596 tokens at 140 GFLOP over eight times 200 TFLOP/s. The page does not say "
            "that it means eight; sixteen prompts on two A100 take as long.",
        ),
    ]


def _appendix() -> list[Statement]:
    reached = sanger("row_bytes_per_s")
    return [
        SANGER.holds(
            "sanger-row-rate",
            f"512 tokens in {sanger('row_completion_s')} s are {sanger('row_tokens_per_s')} a "
            "second.",
            sanger("row_tokens_per_s"),
            "tokens/s",
            'sanger("row_tokens") / sanger("row_completion_s")',
            "First row of the table.",
        ),
        SANGER.slips(
            "sanger-row-bandwidth",
            f"{reached / 1e12} TB/s of an A100 of 2 TB/s are "
            f"{sanger('row_share_of_bandwidth'):.1%}.",
            sanger("row_share_of_bandwidth"),
            "share",
            'sanger("row_bytes_per_s") / sanger("a100_bandwidth")',
            f"{reached / 1e12} / 2 is {reached / sanger('a100_bandwidth'):.4f}. The column is "
            f"divided by {sanger('a100_bandwidth_in_table') / 1e12} TB/s, the older part's "
            "bandwidth as it is often rounded.",
        ),
        SANGER.holds(
            "sanger-row-peak",
            f"{sanger('row_flop_per_s') / 1e12:.0f} TFLOP/s of 312 are "
            f"{sanger('row_share_of_peak'):.1%}.",
            sanger("row_share_of_peak"),
            "share",
            'sanger("row_flop_per_s") / sanger("a100_peak")',
            "This column is divided by the right peak.",
        ),
    ]


def _more_rows() -> list[Statement]:
    return [
        SANGER.holds(
            "sanger-row-price",
            f"Eight texts at {sanger('row_8_tokens_per_s')} tokens a second each cost "
            f"{sanger('row_8_usd_per_1k')} dollars for 1000 tokens.",
            sanger("row_8_usd_per_1k"),
            "USD/1000 tokens",
            'usd_per_million_tokens(8 * sanger("row_8_tokens_per_s"), sanger("usd_per_hour")) '
            "/ KILO",
            "The machine makes the tokens of all eight in that second.",
        ),
        SANGER.slips(
            "sanger-row-first-token",
            f"Eight prompts of 1024 tokens take {sanger('row_1024_first_token_s'):.0f} s to the "
            "first token.",
            sanger("row_1024_first_token_s"),
            "s",
            'sanger("flop_per_token") * 8 * sanger("row_1024_tokens") '
            '/ (2 * sanger("row_1024_flop_per_s"))',
            "The row's own 190 TFLOP/s a chip give 3.015 s: a point is missing.",
        ),
    ]
