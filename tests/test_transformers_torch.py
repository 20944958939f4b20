"""Counting transformers against another engine: what PyTorch computes, stores and saves.

`make torch` brings a CPU build of PyTorch; without it these tests are skipped.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from tiny_transformers import LATENT, shape

from hwmath.models import Experts, Model, parameters
from hwmath.transformers.activations import activation_bytes
from hwmath.transformers.flop import Recompute, forward_flop, training_flop
from hwmath.transformers.run import Pass, prefill

torch = pytest.importorskip("torch", reason="PyTorch is not installed: make torch")
flop_counter = pytest.importorskip("torch.utils.flop_counter")
modules = pytest.importorskip("torch_transformers")
pytestmark = pytest.mark.torch

GPT_2 = shape(
    kv_heads=4,
    norm="layer",
    biases=("qkv", "output", "mlp"),
    positions=32,
    layers=3,
    width=16,
    head_width=4,
    mlp_width=64,
)
LLAMA = shape(kv_heads=2, mlp_matrices=3, tied=False, layers=3, width=16, mlp_width=28)
EXPERTS = Experts(count=5, active=2, width=6, shared_width=9, dense_layers=1)
BERT = dataclasses.replace(GPT_2, kind="encoder", unembeds=False, pooler=True)
VIT = dataclasses.replace(
    BERT, pooler=False, classes=5, patch_inputs=12, vocab=0, positions=10, tied=False
)
T5 = shape(kind="encoder-decoder", encoder_layers=2, layers=3)
MIXTURE = dataclasses.replace(LLAMA, experts=EXPERTS)
DEEPSEEK = dataclasses.replace(MIXTURE, kv_heads=4, latent=LATENT)
WHOLE_QUERIES = dataclasses.replace(LATENT, query_rank=None)

MODELS: dict[str, tuple[Model, tuple[int, ...]]] = {
    "GPT-2": (GPT_2, ()),
    "Llama": (LLAMA, ()),
    "a head wider than its share": (shape(width=16, head_width=9), ()),
    "experts": (MIXTURE, (1, 2)),
    "experts in every other layer": (
        dataclasses.replace(LLAMA, layers=5, experts=Experts(4, 3, 7, dense_layers=0, every=2)),
        (1, 3),
    ),
    "latent, experts": (DEEPSEEK, (1, 2)),
    "latent, whole queries": (shape(latent=WHOLE_QUERIES), ()),
    "BERT": (BERT, ()),
    "ViT": (VIT, ()),
    "T5": (T5, ()),
}


def inputs_of(m: Model, batch: int, tokens: int, source: int) -> tuple[Any, dict[str, Any]]:
    if m.patch_inputs:
        return torch.randn(batch, tokens - 1, m.patch_inputs), {}
    found = torch.randint(m.vocab, (batch, tokens))
    if m.kind == "encoder-decoder":
        return found, {"source": torch.randint(m.vocab, (batch, source))}
    return found, {}


def counted_flop(run: Callable[[], object]) -> int:
    with flop_counter.FlopCounterMode(display=False) as counter:
        run()
    found: int = counter.get_total_flops()
    return found


@pytest.mark.parametrize("name", MODELS)
def test_parameters_are_those_of_the_module(name: str) -> None:
    m, expert_layers = MODELS[name]
    module = modules.Transformer(m, expert_layers)
    assert parameters(m) == sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize(("batch", "tokens", "source"), [(1, 1, 3), (2, 7, 5), (3, 10, 4)])
@pytest.mark.parametrize("name", MODELS)
def test_a_forward_pass(name: str, batch: int, tokens: int, source: int) -> None:
    m, expert_layers = MODELS[name]
    module = modules.Transformer(m, expert_layers)
    x, more = inputs_of(m, batch, tokens, source)
    run = prefill(batch, tokens, source if m.kind == "encoder-decoder" else 0)
    assert forward_flop(m, run) == counted_flop(lambda: module(x, **more))


@pytest.mark.parametrize(("new", "past"), [(1, 6), (4, 3), (1, 40)])
@pytest.mark.parametrize("name", ["GPT-2", "Llama", "experts"])
def test_a_pass_with_a_cache(name: str, new: int, past: int) -> None:
    m, expert_layers = MODELS[name]
    module = modules.Transformer(m, expert_layers)
    x, _ = inputs_of(m, 2, new, 0)
    assert forward_flop(m, Pass(2, new, past)) == counted_flop(lambda: module(x, past))


@pytest.mark.parametrize(("new", "past"), [(1, 6), (12, 3), (12, 1), (1, 40), (7, 0)])
@pytest.mark.parametrize("name", ["latent, experts", "latent, whole queries"])
def test_latent_attention_takes_the_cheaper_of_two_ways(name: str, new: int, past: int) -> None:
    m, expert_layers = MODELS[name]
    x, _ = inputs_of(m, 2, new, 0)
    costs = [
        counted_flop(lambda: modules.Transformer(m, expert_layers, how=how)(x, past))  # noqa: B023
        for how in ("plain", "absorbed")
    ]
    assert forward_flop(m, Pass(2, new, past)) == min(costs)


def test_both_ways_of_latent_attention_give_the_same() -> None:
    m, _ = MODELS["latent, whole queries"]
    plain, absorbed = (modules.Transformer(m, how=how).double() for how in ("plain", "absorbed"))
    for p in plain.parameters():
        torch.nn.init.normal_(p)
    absorbed.load_state_dict(plain.state_dict())
    x, _ = inputs_of(m, 2, 5, 0)
    assert torch.allclose(plain(x), absorbed(x))


@pytest.mark.parametrize("how", ["none", "selective", "full"])
@pytest.mark.parametrize("name", MODELS)
def test_training(name: str, how: Recompute) -> None:
    m, expert_layers = MODELS[name]
    if m.latent and how == "selective":
        return  # written for plain attention alone
    batch, tokens, source = 2, 7, 5
    module = modules.Transformer(m, expert_layers, how="plain" if how == "none" else how)
    x, more = inputs_of(m, batch, tokens, source)
    length = source if m.kind == "encoder-decoder" else None
    expected = training_flop(m, batch * tokens, tokens, recompute=how, source=length)
    assert expected == counted_flop(lambda: module(x, **more).sum().backward())


def saved_bytes(module: Any, layers: Any, x: Any, statistics: int) -> int:
    """Bytes that layers save for their backward pass; each storage once, and no parameter.

    `statistics` is the number of rows: a norm's mean and deviation of each row are left out.
    """
    own = {p.untyped_storage().data_ptr() for p in module.parameters()}
    found: dict[int, Any] = {}

    def pack(tensor: Any) -> Any:
        place = tensor.untyped_storage().data_ptr()
        if place not in own and tensor.is_floating_point() | (tensor.dtype == torch.bool):
            found[place] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        out = x
        for layer in layers:
            out = layer(out)
    kept = [one.untyped_storage().nbytes() for one in found.values() if one.numel() != statistics]
    assert out.requires_grad
    return sum(kept)


@pytest.mark.parametrize("how", ["none", "selective", "full"])
@pytest.mark.parametrize(
    ("name", "dropout"), [("GPT-2", True), ("GPT-2", False), ("Llama", False), ("T5", True)]
)
def test_what_layers_save(name: str, dropout: bool, how: Recompute) -> None:
    m, _ = MODELS[name]
    if m.kind == "encoder-decoder":
        m = dataclasses.replace(m, kind="decoder", encoder_layers=0)
    batch, tokens = 3, 11
    module = modules.Transformer(
        m, dropout=dropout, how="plain" if how == "none" else how
    ).bfloat16()
    x = torch.randn(batch, tokens, m.width, dtype=torch.bfloat16, requires_grad=True)
    layers = [lambda y, one=one: module.run(one, y) for one in module.layers]
    found = saved_bytes(module, layers, x, statistics=batch * tokens)
    assert found == activation_bytes(m, batch, tokens, recompute=how, dropout=dropout)


def test_what_a_fused_kernel_saves() -> None:
    m = dataclasses.replace(LLAMA, kv_heads=4)
    batch, tokens = 2, 40
    module = modules.Transformer(m, how="fused").bfloat16()
    x = torch.randn(batch, tokens, m.width, dtype=torch.bfloat16, requires_grad=True)
    backend = torch.nn.attention.SDPBackend.FLASH_ATTENTION
    with torch.nn.attention.sdpa_kernel(backend):
        found = saved_bytes(module, list(module.layers), x, statistics=batch * tokens)
    assert found == activation_bytes(m, batch, tokens, flash=True)


@pytest.mark.parametrize("name", ["experts", "latent, experts", "latent, whole queries"])
def test_what_experts_and_latents_save(name: str) -> None:
    m, expert_layers = MODELS[name]
    batch, tokens = 3, 11
    module = modules.Transformer(m, expert_layers).bfloat16()
    x = torch.randn(batch, tokens, m.width, dtype=torch.bfloat16, requires_grad=True)
    found = saved_bytes(module, list(module.layers), x, statistics=batch * tokens)
    assert found == activation_bytes(m, batch, tokens, dropout=False)


@pytest.mark.parametrize("dropout", [False, True])
def test_what_attention_to_a_source_saves(dropout: bool) -> None:
    m = dataclasses.replace(T5, encoder_layers=0)  # its output is given, and kept
    batch, tokens, source = 2, 9, 13
    module = modules.Transformer(m, dropout=dropout).bfloat16()
    x, read = (
        torch.randn(batch, n, m.width, dtype=torch.bfloat16, requires_grad=True)
        for n in (tokens, source)
    )
    layers = [lambda y, one=one: module.run(one, y, 0, read) for one in module.layers]
    found = saved_bytes(module, layers, x, statistics=batch * tokens)
    assert found == activation_bytes(m, batch, tokens, source=source, dropout=dropout)
