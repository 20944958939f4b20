"""One calculator, five authors: each printed number again, or the reason why not."""

from __future__ import annotations

import pytest

from hwmath.transformers import authors as module
from hwmath.transformers.authors import (
    AUTHORS,
    VERDICTS,
    Printed,
    numbers_of,
    printed_numbers,
    switched,
)
from hwmath.transformers.hunt import rows
from hwmath.transformers.worked import anthony, chen, sanger, shenoy, value_of

ROWS = printed_numbers()
FOUND = {(row.reading, row.name): row for row in ROWS}


def of(reading: str, name: str) -> Printed:
    return FOUND[reading, name]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.reading}.{row.name}")
def test_it_agrees_to_the_last_digit_or_says_why_not(row: Printed) -> None:
    assert row.agrees == (row.verdict == "agrees"), (row.printed, row.recomputed)


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.their_way], ids=lambda row: f"{row.reading}.{row.name}"
)
def test_their_way_gives_what_they_print(row: Printed) -> None:
    assert abs(value_of(row.their_way) - row.printed) <= row.last / 2 * (1 + 1e-9)
    assert row.verdict != "agrees"


def test_every_author_is_there_and_most_numbers_agree() -> None:
    assert {row.author for row in ROWS} == set(AUTHORS.values())
    assert len(FOUND) == len(ROWS)
    for reading in AUTHORS:
        found = numbers_of(reading)
        assert sum(row.verdict == "agrees" for row in found) > len(found) / 2 - 1


# The ids are those of an independent recomputation; its values are typed here, not ours.
ORACLES = {
    "KIP-04": ("chen2022arithmetic", "forward_s", 0.068719476736),
    "KIP-05": ("chen2022arithmetic", "forward_on_four_s", 0.017179869184),
    "KIP-08": ("chen2022arithmetic", "kv_bytes", 2_097_152),
    "KIP-09": ("chen2022arithmetic", "weights_bytes", 104e9),
    "KIP-11": ("chen2022arithmetic", "tokens_on_three", 7629),
    "KIP-12": ("chen2022arithmetic", "tokens_on_four", 26702),
    "KIP-13": ("chen2022arithmetic", "small_step_s", 0.0216666666666667),
    "KIP-14": ("chen2022arithmetic", "small_messages_s", 0.00256),
    "KIP-15": ("chen2022arithmetic", "large_step_s", 0.0533333333333333),
    "KIP-16": ("chen2022arithmetic", "large_messages_s", 0.0178956970666667),
    "KIP-17": ("chen2022arithmetic", "small_link_s", 3.49525333333333e-05),
    "KIP-18": ("chen2022arithmetic", "link_ratio", 1040.0),
    "KIP-20": ("chen2022arithmetic", "forward_flop", 103_079_215_104),
    "KIP-23b": ("chen2022arithmetic", "intermediate_share_52b", 0.08617234468937875),
    "KIP-24": ("chen2022arithmetic", "step_13b_s", 0.016777216),
    "KIP-25": ("chen2022arithmetic", "step_13b_on_two_s", 0.008388608),
    "KIP-27": ("chen2022arithmetic", "measured_13b_s", 22.043e-3),
    "KIP-28": ("chen2022arithmetic", "measured_13b_on_two_s", 13.541e-3),
    "KIP-29": ("chen2022arithmetic", "step_13b_at_share_s", 0.0186413511111111),
    "KIP-31": ("chen2022arithmetic", "ratio_at_share", 231.111111111111),
    "KIP-32": ("chen2022arithmetic", "mlp_product_s", 0.000344148020512821),
    "KIP-33": ("chen2022arithmetic", "attention_product_s", 8.60370051282051e-05),
    "KIP-34": ("chen2022arithmetic", "exercise_s", 0.0213333333333333),
    "KIP-35": ("chen2022arithmetic", "exercise_messages_s", 0.00357913941333333),
    "BAH-02": ("bahdanau2022flops", "ideal_days", 2.6735485109508548),
    "SAN-01": ("sanger2023llama", "kv_bytes", 327_680),
    "SAN-02": ("sanger2023llama", "flop_per_token", 140e9),
    "SAN-05": ("sanger2023llama", "compute_bound_tokens", 156.0),
    "SAN-06": ("sanger2023llama", "prompt_tokens_per_s", 2857.14285714286),
    "SAN-07": ("sanger2023llama", "usd_per_s", 0.00122777777777778),
    "SAN-08": ("sanger2023llama", "usd_per_1k_prompt", 0.000429722222222222),
    "SAN-09": ("sanger2023llama", "tokens_per_s", 18.5714285714286),
    "SAN-10": ("sanger2023llama", "usd_per_1k", 0.0661111111111111),
    "SAN-12": ("sanger2023llama", "kv_bytes_4096", 1_342_177_280),
    "SAN-13": ("sanger2023llama", "tokens_per_s_on_eight", 74.2857142857143),
    "SAN-14": ("sanger2023llama", "eight_capacity_bytes", 640e9),
    "SAN-15": ("sanger2023llama", "eight_batch", 372),
    "SAN-16": ("sanger2023llama", "first_token_s", 2.8672),
    "SAN-17": ("sanger2023llama", "first_token_long_s", 20.1376),
    "SAN-18": ("sanger2023llama", "row_flop_per_s", 165.161290322581e12),
    "SAN-23": ("sanger2023llama", "row_tokens_per_s", 18.4491207840876),
    "SAN-24": ("sanger2023llama", "row_bytes_per_s", 1.29143e12),
    "SAN-25": ("sanger2023llama", "row_share_of_bandwidth", 0.6455),
    "SAN-26": ("sanger2023llama", "row_share_of_peak", 0.528833333333333),
    "SAN-27": ("sanger2023llama", "row_8_usd_per_1k", 0.00891865540575443),
    "SAN-28": ("sanger2023llama", "row_usd_per_1k_prompt", 0.000520366753472222),
    "SAN-29": ("sanger2023llama", "row_1024_first_token_s", 3.0145671133354),
    "BAS-01": ("shenoy2023guide", "a10_ratio", 208.333333333333),
    "BAS-05": ("shenoy2023guide", "kv_bytes", 524_288),
    "BAS-07": ("shenoy2023guide", "kv_tokens", 19073),
    "BAS-08": ("shenoy2023guide", "batch", 4),
    "BAS-09": ("shenoy2023guide", "t4_token_s", 46.6666666666667e-3),
    "BAS-10": ("shenoy2023guide", "a10_token_s", 23.3333333333333e-3),
    "BAS-11": ("shenoy2023guide", "a100_token_s", 6.86611083864639e-3),
    "BAS-12": ("shenoy2023guide", "t4_prefill_s", 75.3846153846154e-3),
    "BAS-13": ("shenoy2023guide", "a10_prefill_s", 39.2e-3),
    "BAS-14": ("shenoy2023guide", "a100_prefill_s", 15.7051282051282e-3),
    "BAS-15": ("shenoy2023guide", "t4_total_s", 7.07538461538462),
    "BAS-16": ("shenoy2023guide", "a10_total_s", 3.5392),
    "BAS-17": ("shenoy2023guide", "a100_total_s", 1.04562175400209),
    "TM-02": ("anthony2023math", "pf_day", 8.64e19),
    "TM-13": ("anthony2023math", "zero_baseline_bytes", 120e9),
    "TM-14": ("anthony2023math", "zero_1_bytes", 31.40625e9),
    "TM-15": ("anthony2023math", "zero_2_bytes", 16.640625e9),
    "TM-16": ("anthony2023math", "zero_3_bytes", 1.875e9),
    "TM-12": ("anthony2023math", "attention_ratio_gpt3", 80.0),
}


@pytest.mark.parametrize("oracle", ORACLES)
def test_the_same_as_an_independent_recomputation(oracle: str) -> None:
    reading, name, value = ORACLES[oracle]
    # SAN-28 and SAN-18 to six digits, KIP-29 and others to nine
    assert of(reading, name).recomputed == pytest.approx(value, rel=1e-9)


def test_what_was_rounded_on_the_way() -> None:
    # KIP-10, KIP-23, BAS-06 and TM-05: as their authors went
    tokens = of("chen2022arithmetic", "tokens_on_three").their_way
    assert value_of(tokens) == pytest.approx(8000, rel=1e-12)
    share = of("chen2022arithmetic", "intermediate_share_52b").their_way
    assert value_of(share) == pytest.approx(0.05375, rel=1e-12)
    free = shenoy("a10_capacity") - 2 * shenoy("parameters")
    assert free // shenoy("kv_rounded_bytes") == shenoy("kv_tokens") == 19230
    weights = anthony("inference_overhead") * 2 * 7e9
    assert weights == pytest.approx(16.8e9, rel=1e-12)


def test_twice_the_tokens_of_the_ratio_take_twice_as_long() -> None:
    # KIP-06
    line = (
        'prefill_step(model("chen-52b"), chen_a100(), 1, {}, '
        'assumptions=chen_off(layer_weights(model("chen-52b")))).lower_bound_s'
    )
    at_ratio = value_of(line.format(208))
    assert value_of(line.format(416)) / at_ratio == pytest.approx(2.0, rel=1e-12)
    assert value_of(line.format(312)) / at_ratio == pytest.approx(1.5, rel=1e-12)
    assert value_of(line.format(1)) == pytest.approx(at_ratio, rel=1e-12)


def test_a_sixth_of_the_weights_are_keys_and_values() -> None:
    # KIP-03: 11.45 ms of 68.7
    assert of("chen2022arithmetic", "forward_s").recomputed / 6 == pytest.approx(0.0114532461226667)


def test_flop_for_a_byte_between_chips_grow_with_width() -> None:
    # KIP-19: 2 FLOP a weight over 2 bytes a number: width d gives 3 d, d, 4 d, 4 d
    d = 1024
    products = {"qkv": 3 * d * d, "o": d * d, "w1": 4 * d * d, "w2": 4 * d * d}
    ratios = [2 * weights / (2 * d) for weights in products.values()]
    assert ratios == [3072, 1024, 4096, 4096]
    assert [ratio > chen("link_ratio") for ratio in ratios] == [True, False, True, True]


def test_rows_of_sangers_table_agree_with_each_other() -> None:
    # SAN-19, SAN-20, SAN-21, SAN-22: TFLOP/s a chip, from the time to the first token
    for batch, prompt, seconds, printed in (
        (8, 512, 1.445, 198.402),
        (32, 512, 6.363, 180.256),
        (1, 3595, 1.43, 175.929),
        (2, 7584, 6.296, 168.642),
    ):
        rate = batch * prompt * sanger("flop_per_token") / seconds / 2 / 1e12
        # The time has a last digit of 1 ms (10 ms in the third row), half of which is the doubt
        doubt = 0.005 if seconds == 1.43 else 0.0005
        assert rate == pytest.approx(printed, rel=doubt / seconds)


def test_slips_of_the_hunt_are_no_agreements_here() -> None:
    by_value = {(row.printed, row.code): row.verdict for row in ROWS}
    shared = [row for row in rows() if (row.printed, row.code) in by_value]
    assert len(shared) > 20
    for row in shared:
        assert (by_value[row.printed, row.code] == "slip") == row.slip, row.key


def test_switches_are_named() -> None:
    off = switched("chen")
    assert off["attention_flop"] is False
    assert off["kv_traffic"] is False
    assert off["ring_share"] is False
    assert off["parameters"] == 52e9
    assert switched("sanger")["bandwidth_share"] == pytest.approx(1.3 / 2)
    assert "communication" not in switched("shenoy")  # one chip: there is none
    with pytest.raises(ValueError, match="unknown switches 'sange'; nearest: sanger"):
        switched("sange")


def test_all_switches_on_is_slower_than_any_author() -> None:
    """What an author leaves out takes time: with it the bound is higher, for the same machine."""
    line = 'decode_step(model("gopher-280b"), chen_a100(16), 8, 2048, assumptions={}).lower_bound_s'
    assert value_of(line.format("EXACT")) > value_of(
        line.format('chen_off(layer_weights(model("gopher-280b")))')
    )


def test_a_row_that_is_wrong_does_not_load() -> None:
    good = {
        "reading": "bahdanau2022flops",
        "name": "ideal_days",
        "what": "days",
        "last": 0.01,
        "code": "1",
    }
    assert module._row(good).printed == 2.67
    for change, message in (
        ({"reading": "bahdanau2022"}, "unknown reading 'bahdanau2022'"),
        ({"name": "ideal_day"}, "unknown number 'ideal_day'; nearest: ideal_days"),
        ({"name": "realistic"}, "is a range"),
        ({"verdict": "wrong", "why": "x"}, "unknown verdict 'wrong'"),
        ({"verdict": "slip"}, "verdict='slip' with why=''"),
        ({"why": "x"}, "verdict='agrees' with why='x'"),
        ({"switches": "kipply"}, "unknown switches 'kipply'"),
        ({"last": 0.0}, "must be finite and above zero"),
    ):
        with pytest.raises(ValueError, match=message):
            module._row(good | change)


def test_verdicts_are_all_used() -> None:
    assert {row.verdict for row in ROWS} == set(VERDICTS)
