"""Activations: printed formulas and figures as special cases, laws, and cases by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from tiny_transformers import TINY, one_of_each_kind, shape

from hwmath.models import model
from hwmath.transformers.activations import (
    activation_bytes,
    activation_bytes_by_tensor,
    layer_in_hand_bytes,
)
from hwmath.transformers.flop import RECOMPUTE

MODELS = one_of_each_kind()


def test_anthony_biderman_and_schoelkopfs_figures() -> None:
    gpt3 = model("gpt-3-175b")
    assert (gpt3.layers, gpt3.width, gpt3.heads) == (96, 12288, 96)
    sizes = [activation_bytes(gpt3, 1, 2048, tensor_parallel=8, recompute=how) for how in RECOMPUTE]
    assert sizes == [55_566_139_392, 31_406_948_352, 4_831_838_208]  # TM-09, TM-10, TM-11
    unit = 96 * 2048 * 12288
    whole, selective = (activation_bytes(gpt3, 1, 2048, recompute=how) for how in RECOMPUTE[:2])
    assert (whole - selective) / unit == 80  # TM-12: 5 a s / h


@pytest.mark.parametrize("t", [1, 2, 4, 8])
@pytest.mark.parametrize("batch", [1, 3])
def test_korthikantis_table_2(batch: int, t: int) -> None:
    for key in ("gpt-3-175b", "megatron-22b", "mt-nlg-530b"):
        m = model(key)
        assert m.mlp_width == 4 * m.width
        s, h, a = 2048, m.width, m.heads
        unit, scores = m.layers * s * batch * h, 5 * a * s / h
        for how, parallel, row in (
            ("none", False, 10 + 24 / t + scores / t),
            ("none", True, 34 / t + scores / t),
            ("selective", False, 10 + 24 / t),
            ("selective", True, 34 / t),
            ("full", False, 2.0),
        ):
            found = activation_bytes(
                m,
                batch,
                s,
                recompute=how,  # type: ignore[arg-type]
                tensor_parallel=t,
                sequence_parallel=parallel,
            )
            assert found == pytest.approx(unit * row, rel=1e-12), (key, how, parallel)


def test_korthikantis_layer_by_tensor() -> None:
    m = shape(layers=1, width=16, heads=4, kv_heads=4, head_width=4, mlp_width=64, norm="layer")
    s, b = 6, 2
    unit, square = s * b * 16, b * 4 * s * s
    assert activation_bytes_by_tensor(m, b, s) == {
        "norms: norms' inputs": 4 * unit,
        "attention: input": 2 * unit,
        "attention: queries": 2 * unit,
        "attention: keys": 2 * unit,
        "attention: values": 2 * unit,
        "attention: softmax": 2 * square,
        "attention: mask of the softmax": square,
        "attention: softmax after dropout": 2 * square,
        "attention: output's input": 2 * unit,
        "attention: mask of dropout": unit,
        "mlp: input": 2 * unit,
        "mlp: activation's input": 8 * unit,
        "mlp: down's input": 8 * unit,
        "mlp: mask of dropout": unit,
    }


def test_llama_2_7b_by_hand() -> None:
    """Gated, without dropout, in one kernel: 16 vectors of the width, 4 of the inner width less."""
    m, b, s = model("llama-2-7b"), 2, 1000
    w, f, a = 4096, 11008, 32
    vectors = 2 + 1 + 3 + 1 + 1  # norms, input, q k v, output's input, MLP's input
    layer = 2 * b * s * (vectors * w + 4 * f) + 4 * b * s * a
    assert activation_bytes(m, b, s, flash=True) == 32 * layer
    unfused = activation_bytes(m, b, s)
    assert unfused == 32 * (layer - 4 * b * s * a + 2 * a * b * s * s)
    ends = activation_bytes(m, b, s, flash=True, ends=True) - 32 * layer
    assert ends == 2 * 2 * b * s * w + 4 * b * s * 32_000
    assert layer_in_hand_bytes(m, b, s, flash=True) == layer


def test_fewer_kv_heads_keep_less_until_each_chip_has_one() -> None:
    wide, narrow = shape(heads=8, kv_heads=8), shape(heads=8, kv_heads=2)
    saved = {
        t: activation_bytes_by_tensor(narrow, 1, 10, tensor_parallel=t)["attention: keys"]
        for t in (1, 2, 4, 8)
    }
    every = activation_bytes_by_tensor(wide, 1, 10)["attention: keys"]
    assert saved[1] == every / 4
    assert saved[2] == saved[1] / 2
    assert saved[4] == saved[8] == saved[2]  # no less than one head


def test_experts_keep_a_copy_for_each_that_a_token_is_sent_to() -> None:
    m, _ = TINY["some experts"]
    saved = activation_bytes_by_tensor(m, 1, 10, dropout=False)
    dense, sparse = 4 * 14, 2 * (3 * 4 + 7)  # inner widths of all layers of a kind
    assert saved["mlp: down's input"] == 2 * 10 * (dense + sparse)
    assert saved["mlp: input"] == 2 * 10 * m.width * (4 + 2 * 4)
    assert saved["mlp: experts' results"] == 2 * 2 * 10 * 3 * m.width
    assert saved["mlp: router's shares"] == 2 * 10 * (4 * 8 + 2 * 3)


def test_latent_attention_keeps_its_latents_and_what_is_made_of_them() -> None:
    m, _ = TINY["latent"]
    saved = activation_bytes_by_tensor(m, 1, 10)
    assert saved["attention: latents"] == 2 * 2 * 10 * (2 * (6 + 5) + 2)
    assert saved["attention: queries"] == saved["attention: keys"] == 2 * 2 * 10 * 4 * 5
    assert saved["attention: values"] == saved["attention: output's input"] == 2 * 2 * 10 * 4 * 4


def test_a_source_is_kept_by_both_stacks() -> None:
    m = shape(kind="encoder-decoder", encoder_layers=3, layers=2)
    long, short = (activation_bytes_by_tensor(m, 1, 10, source=n) for n in (20, 10))
    assert long["ends: encoder's output"] == 2 * 20 * m.width
    wide = m.heads * m.head_width
    assert long["cross attention: keys"] == 2 * 2 * 20 * wide
    assert long["cross attention: softmax"] == 2 * 2 * m.heads * 10 * 20
    assert long["cross attention: output's input"] == 2 * 2 * 10 * wide
    assert long["attention: softmax"] == 2 * m.heads * (3 * 20**2 + 2 * 10**2)
    assert long["cross attention: queries"] == short["cross attention: queries"]
    full = activation_bytes(m, 1, 10, source=20, recompute="full")
    assert full == 2 * m.width * (3 * 20 + 2 * 10 + 20)  # each layer's input, and the encoder's out


@pytest.mark.parametrize("key", MODELS)
def test_laws_for_every_model(key: str) -> None:
    m = model(key)
    whole, selective, full = (activation_bytes(m, 1, 512, recompute=how) for how in RECOMPUTE)
    assert full < selective < whole
    assert activation_bytes(m, 3, 512) == pytest.approx(3 * whole)
    # without the squares a text twice as long keeps twice as much
    double = activation_bytes(m, 1, 1024, recompute="selective")
    assert double == pytest.approx(2 * selective)
    assert activation_bytes(m, 1, 1024) > 2 * whole
    fused = activation_bytes(m, 1, 512, flash=True)
    assert selective < fused < whole
    assert layer_in_hand_bytes(m, 1, 512) * (m.layers + m.encoder_layers) >= 0.99 * whole - (
        2 * 512 * m.width  # the encoder's output is no layer's
    )
    assert activation_bytes(m, 1, 512, dropout=False) <= activation_bytes(m, 1, 512, dropout=True)
    two = activation_bytes(m, 1, 512, tensor_parallel=m.heads)
    both = activation_bytes(m, 1, 512, tensor_parallel=m.heads, sequence_parallel=True)
    assert whole / m.heads <= both <= two <= whole


def test_a_norm_fewer_and_a_norm_more() -> None:
    m = shape()
    one, four = (dataclasses.replace(m, norms_per_layer=n) for n in (1, 4))
    unit = 2 * 10 * m.width * m.layers
    base = activation_bytes(m, 1, 10)
    assert activation_bytes(one, 1, 10) == base - 2 * unit  # attention and MLP share their input
    assert activation_bytes(four, 1, 10) == base + 2 * unit
    normed = dataclasses.replace(m, qk_norm="head")
    assert activation_bytes(normed, 1, 10) == base + m.layers * 2 * 2 * 10 * 12


def test_a_sweep_is_one_call() -> None:
    m = model("llama-3.1-8b")
    batches, lengths, t = np.array([1, 4])[:, None], np.array([128, 4096]), 4
    swept = activation_bytes(m, batches, lengths, tensor_parallel=t)
    for i, j in np.ndindex(2, 2):
        one = activation_bytes(m, batches[i, 0], lengths[j], tensor_parallel=t)
        assert np.asarray(swept)[i, j] == one
    degrees = activation_bytes(m, 1, 128, tensor_parallel=[1, 2, 8, 32])
    assert np.all(np.diff(degrees) < 0)


def test_nonsense_is_refused_by_name() -> None:
    m = model("gpt-2")
    with pytest.raises(ValueError, match="heads=12 is not a multiple of tensor_parallel=8"):
        activation_bytes(m, 1, 10, tensor_parallel=8)
    with pytest.raises(ValueError, match="unknown recompute"):
        activation_bytes(m, 1, 10, recompute="some")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="sequence"):
        activation_bytes(m, 1, 0)
    with pytest.raises(ValueError, match="bf17"):
        activation_bytes(m, 1, 10, dtype="bf17")
