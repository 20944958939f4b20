"""Models: the catalogue is complete and sourced, and its counts are those that were printed."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from hwmath.models import (
    PARTS,
    Count,
    Model,
    ModelDataError,
    active_parameters,
    attention_weights,
    counted_parameters,
    difference,
    load_models,
    load_sources,
    mlp_weights,
    model,
    parameters,
    parameters_by_part,
    router_weights,
    unembedding_weights,
    weight_parameters,
)
from hwmath.models.model import COUNTED, STATUSES

MODELS = load_models()
SHIPPED = files("hwmath") / "data" / "models"
COUNTS = [(key, n) for key, one in MODELS.items() for n in range(len(one.counts))]
each_model = pytest.mark.parametrize("one", MODELS.values(), ids=list(MODELS))
each_count = pytest.mark.parametrize(("key", "n"), COUNTS, ids=[f"{k}-{n}" for k, n in COUNTS])


def raw_files() -> dict[str, dict[str, Any]]:
    return {
        path.name: tomllib.loads(path.read_text(encoding="utf-8"))
        for path in SHIPPED.iterdir()
        if path.name.endswith(".toml")
    }


# --- complete and sourced


def test_the_families_of_the_reading_list_and_more_are_there() -> None:
    families = {one.family for one in MODELS.values()}
    assert len(MODELS) >= 200
    for words in (
        *("GPT-2", "GPT-3", "OPT", "BLOOM", "LLaMA", "Llama 2", "Llama 3", "Llama 4", "Mistral"),
        *("Qwen 1 to 2.5", "Qwen3", "Gemma", "Phi 1 to 2", "Phi 3 and 4", "DeepSeek", "Falcon"),
        *("MPT", "T5", "BERT", "ViT", "PaLM", "Gopher and Chinchilla", "Megatron"),
    ):
        assert words in families


def test_more_than_a_hundred_and_sixty_counts_are_exact() -> None:
    exact = {one.key for one in MODELS.values() if one.exact_count is not None}
    assert len(exact) >= 160
    read = [c for k in exact for c in MODELS[k].counts if not c.within and c.status != "unchecked"]
    assert len(read) >= 140


@each_model
def test_every_fact_says_where_it_is_from(one: Model) -> None:
    sources = load_sources()
    for source, status in [(one.source, one.status), *((c.source, c.status) for c in one.counts)]:
        assert source in sources
        assert status in STATUSES
    assert one.counts or one.note or one.family in ("LLaMA", "Shapes of the readings")


def test_every_source_is_used_and_dated() -> None:
    used = {one.source for one in MODELS.values()}
    used |= {count.source for one in MODELS.values() for count in one.counts}
    assert used == set(load_sources())
    assert all(re.fullmatch(r"20\d\d(-\d\d)?", s.date) for s in load_sources().values())


def test_nothing_of_the_files_is_lost() -> None:
    # Read the files without the loader: the same models, with the same fields of their own.
    raw = [entry for content in raw_files().values() for entry in content.get("models", {}).items()]
    assert Counter(key for key, _ in raw) == Counter(list(MODELS))
    for key, entry in raw:
        for name, value in entry["shape"].items():
            loaded = getattr(MODELS[key], name)
            if isinstance(value, dict):
                assert all(getattr(loaded, k) == v for k, v in value.items()), (key, name)
            else:
                assert (list(loaded) if isinstance(value, list) else loaded) == value, (key, name)


def test_each_family_stands_in_its_own_file() -> None:
    for name, content in raw_files().items():
        if name != "sources.toml":
            assert list(content["families"]) == [name.removesuffix(".toml")]


# --- printed counts


def counted(one: Model, count: Count) -> int:
    """Our number for what a printed one is of."""
    table = one.vocab * (one.embedding_width or one.width)
    return {
        "all": parameters(one),
        "active": active_parameters(one),
        "active without lookup": active_parameters(one) - table,
        "without tables": parameters(one) - table * (1 if one.tied else 2),
        "table twice": parameters(one) + table,
    }[count.of]


@each_count
def test_counts_are_those_that_were_printed(key: str, n: int) -> None:
    one = MODELS[key]
    count = one.counts[n]
    assert abs(counted(one, count) - count.value) <= count.within
    assert counted_parameters(one, count.of) == counted(one, count)
    assert difference(one, count) == 0


def test_a_count_that_is_off_is_told() -> None:
    one = model("gpt-2")
    assert difference(one, Count(124_000_000, "", "", within=500_000)) == 0
    assert difference(one, Count(124_000_000, "", "", within=400_000)) == 439_808
    assert difference(one, Count(124_439_809, "", "")) == -1
    with pytest.raises(ValueError, match=r"unknown way to count 'activ'; nearest: active"):
        counted_parameters(one, "activ")


def test_rounded_counts_leave_no_more_room_than_their_last_digit() -> None:
    for one in MODELS.values():
        for count in one.counts:
            if count.within:
                shown = f"{count.value:d}".rstrip("0")
                unit = 10 ** (len(str(count.value)) - len(shown))
                assert 2 * count.within <= unit or count.note, one.key
                assert count.within < 0.06 * count.value, one.key


@pytest.mark.parametrize(
    ("key", "exact"),
    [
        # typed here from the documents: BigScience's card, EleutherAI's card, Biderman et al. 2023
        # (table 1 and the configuration), torchvision's `num_params`, the T5 and Llama releases
        ("bloom-176b", 176_247_271_424),
        ("bloom-1b1", 1_065_314_304),
        ("gpt-neox-20b", 20_554_567_680),
        ("pythia-70m", 18_915_328 + 2 * 50304 * 512),
        ("pythia-2.8b", 2_517_652_480 + 2 * 50304 * 2560),
        ("vit-l-16", 304_326_632),
        ("gpt-2", 124_439_808),
        ("bert-base-uncased", 109_482_240),
        ("t5-11b", 11_307_321_344),
        ("llama-2-7b", 6_738_415_616),
        ("llama-2-13b", 13_015_864_320),
        ("llama-2-70b", 68_976_648_192),
        ("llama-3.1-8b", 8_030_261_248),
        ("llama-3.1-70b", 70_553_706_496),
        ("llama-3.1-405b", 405_853_388_800),
        ("mistral-7b", 7_241_732_096),
        ("mixtral-8x7b", 46_702_792_704),
        ("deepseek-v2", 235_741_434_880),
        ("deepseek-v3", 671_026_419_200),
        ("gemma-2-27b", 27_227_128_320),
        ("qwen2.5-72b", 72_706_203_648),
        ("stablelm-3b-4e1t", 2_795_443_200),
        ("gpt-oss-120b", 116_829_156_672),
    ],
)
def test_well_known_counts(key: str, exact: int) -> None:
    assert parameters(model(key)) == exact


def test_the_parts_that_a_card_prints() -> None:
    # BLOOM's card: 3,596,615,680 embedding parameters.  Gemma, table 2: 1,981,884,416 and
    # 7,751,248,896 without the embedding.
    assert parameters_by_part(model("bloom-176b"))["embedding"] == 3_596_615_680
    for key, rest in (("gemma-2b", 1_981_884_416), ("gemma-7b", 7_751_248_896)):
        assert parameters(model(key)) - parameters_by_part(model(key))["embedding"] == rest


# --- 12 L d^2 beside exact counts


def test_twelve_layers_width_squared_is_the_52b_of_chen() -> None:
    one = model("chen-52b")
    estimate = 12 * one.layers * one.width**2
    assert estimate == 51_539_607_552  # KIP-21
    assert weight_parameters(one) - unembedding_weights(one) == estimate
    assert 1 - estimate / 52e9 == pytest.approx(0.00885370092307691, rel=1e-6)  # KIP-22
    # What it leaves out is the tables, 0.8 % of this model, and a little of biases and norms.
    rest = parameters(one) - estimate
    parts = parameters_by_part(one)
    assert rest < 0.01 * parameters(one)
    assert parts["embedding"] > 0.97 * rest


def test_52e9_weights_of_two_bytes_are_104_gb() -> None:
    assert 52e9 * 2 == 104e9  # KIP-09: the text writes 52e12 and 104e12


def test_gopher_is_more_than_twelve_layers_width_squared() -> None:
    gopher = model("gopher-280b")
    estimate = 12 * gopher.layers * gopher.width**2
    assert estimate == 257_698_037_760  # KIP-37
    assert estimate == pytest.approx(260e9, rel=0.009)
    # The rest of the 280 billion is one more matrix in each layer, for relative positions.
    plain = replace(gopher, distance_matrix=False)
    assert parameters(plain) == pytest.approx(258.2e9, rel=1e-3)
    assert parameters(gopher) - parameters(plain) == 80 * 16384**2


def test_the_estimate_fits_wide_models_and_not_small_or_gated_ones() -> None:
    def share(key: str) -> float:
        one = model(key)
        return 12 * one.layers * one.width**2 / parameters(one)

    assert share("gpt-3-175b") == pytest.approx(0.9963, abs=1e-3)
    assert share("gpt-2") == pytest.approx(0.6825, abs=1e-3)
    assert share("llama-2-70b") == pytest.approx(0.934, abs=1e-3)
    assert share("gemma-7b") < 0.4


def test_galores_60m_has_58_million() -> None:
    # GAL-08, GAL-09: "60M" is a name
    assert parameters(model("galore-60m")) == pytest.approx(58.07e6, rel=1e-3)


# --- laws


@each_model
def test_parts_sum_to_the_whole(one: Model) -> None:
    parts = parameters_by_part(one)
    assert tuple(parts) == PARTS
    assert sum(parts.values()) == parameters(one)
    assert min(parts.values()) >= 0


@each_model
def test_active_are_no_more_than_all(one: Model) -> None:
    assert (active_parameters(one) == parameters(one)) == (one.experts is None)
    assert active_parameters(one) <= parameters(one)
    if one.experts is not None:
        every = replace(one, experts=replace(one.experts, active=one.experts.count))
        assert active_parameters(every) == parameters(one)
        one_more = replace(one, experts=replace(one.experts, active=one.experts.active + 1))
        step = active_parameters(one_more) - active_parameters(one)
        assert step >= one.expert_layers * mlp_weights(one, one.experts.width)


@each_model
def test_tying_saves_exactly_one_table(one: Model) -> None:
    if one.unembeds:
        saved = parameters(replace(one, tied=False)) - parameters(replace(one, tied=True))
        assert saved == one.vocab * (one.embedding_width or one.width)


@each_model
def test_layers_add(one: Model) -> None:
    step = parameters(replace(one, layers=one.layers + 2)) - parameters(one)
    assert parameters(replace(one, layers=one.layers + 4)) - parameters(one) == 2 * step


@each_model
def test_weights_are_the_matrices_of_the_whole(one: Model) -> None:
    every = weight_parameters(one, active=False)
    parts = parameters_by_part(one)
    assert weight_parameters(one) <= every
    assert (weight_parameters(one) == every) == (one.experts is None)
    tied = unembedding_weights(one) if one.tied else 0
    looked_up = parts["embedding"] + parts["positions"] + parts["norms"]
    assert every <= parameters(one) + tied
    assert every >= 0.98 * (parameters(one) + tied - looked_up)
    assert attention_weights(one) > 0
    assert (router_weights(one) > 0) == (one.experts is not None)


def test_heads_that_share_keys_save_theirs() -> None:
    many = model("llama-2-7b")
    few = replace(many, kv_heads=8)
    saved = attention_weights(many) - attention_weights(few)
    assert saved == 2 * 4096 * 128 * (32 - 8)


# --- what is asked for, and what is refused


def test_a_model_goes_by_key_and_by_name_in_any_case() -> None:
    assert model("Llama-2-70B") is model("llama 2 70b") is MODELS["llama-2-70b"]
    with pytest.raises(ValueError, match=r"unknown model 'lama-2-70b'; nearest: llama-2-70b"):
        model("lama-2-70b")


GOOD = """
[sources.paper]
title = "A paper"
publisher = "Somebody"
date = "2023"

[families.tiny]
name = "Tiny"
kind = "decoder"
mlp_matrices = 3
tied = false
context = 8

[models.tiny-1]
name = "Tiny 1"
family = "tiny"
year = 2023
shape = {layers = 2, width = 8, heads = 4, mlp_width = 16, vocab = 10, \
source = "paper", status = "datasheet"}
counts = [{value = 1_480, source = "paper", status = "datasheet"}]
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "models.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_file_loads(tmp_path: Path) -> None:
    (one,) = load_models(written(tmp_path, GOOD)).values()
    assert (one.kv_heads, one.head_width, one.family) == (4, 2, "Tiny")
    assert one.exact_count == parameters(one)
    assert load_sources(tmp_path / "models.toml")["paper"].publisher == "Somebody"


def test_a_folder_is_one_catalogue(tmp_path: Path) -> None:
    head, models = GOOD.split("[models.tiny-1]")
    (tmp_path / "a.toml").write_text("[models.tiny-1]" + models, encoding="utf-8")
    (tmp_path / "b.toml").write_text(head, encoding="utf-8")
    assert list(load_models(tmp_path)) == ["tiny-1"]
    (tmp_path / "c.toml").write_text(head, encoding="utf-8")
    with pytest.raises(ModelDataError, match=r"c\.toml: sources\.paper is there twice"):
        load_models(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("layers = 2", "layer = 2", r"models\.tiny-1\.shape: unknown field 'layer'; nearest: la"),
        ("layers = 2, ", "", r"layers is missing, here and in the family"),
        ("layers = 2", "layers = 0", r"layers=0 is not a whole number of at least 1"),
        ("layers = 2", "layers = 2.0", r"layers=2\.0 is not a whole number"),
        ("layers = 2", "layers = true", r"layers=True is not a whole number"),
        ("heads = 4", "heads = 4, kv_heads = 3", r"heads=4 is not a multiple of kv_heads=3"),
        ("heads = 4", "heads = 3", r"width=8 is not a multiple of heads=3; head_width is missing"),
        ("mlp_matrices = 3", "mlp_matrices = 4", r"mlp_matrices=4 is not 2 or 3"),
        ("mlp_matrices = 3\n", "", r"mlp_matrices is missing"),
        ("tied = false", 'tied = "no"', r"tied='no' is neither true nor false"),
        ('kind = "decoder"', 'kind = "decode"', r"unknown kind 'decode'; nearest: decoder"),
        ("vocab = 10", 'vocab = 10, norm = "rms"', r"unknown norm 'rms'"),
        ("vocab = 10", 'vocab = 10, biases = ["qk"]', r"unknown bias 'qk'; nearest: qkv"),
        ("vocab = 10", "vocab = 10, biases = 3", r"biases=3 is not a list"),
        ("vocab = 10", "vocab = 10, encoder_layers = 2", r"kind='decoder' has encoder_layers=2"),
        (
            "vocab = 10",
            "vocab = 10, experts = {count = 2, active = 3, width = 4}",
            r"experts\.active=3 is above count=2",
        ),
        (
            "vocab = 10",
            "vocab = 10, experts = {count = 2, active = 1, width = 4, dense_layers = 2}",
            r"experts\.dense_layers=2 leaves no layer of 2",
        ),
        (
            "vocab = 10",
            "vocab = 10, experts = {count = 2}",
            r"shape\.experts: active, width is mis",
        ),
        ("vocab = 10", "vocab = 10, latent = 3", r"shape\.latent: 3 is not a table"),
        (', source = "paper", status = "datasheet"}\n', "}\n", r"source is missing"),
        ('status = "datasheet"}\n', 'status = "sure"}\n', r"unknown status 'sure'"),
        (
            'source = "paper", status = "datasheet"}\n',
            'source = "p", status = "reported"}\n',
            r"'p'",
        ),
        (
            'source = "paper", status = "datasheet"}]',
            'status = "datasheet"}]',
            r"source is missing",
        ),
        ("value = 1_480", "value = 1_480, off = 1", r"counts\[0\]: unknown field 'off'"),
        ("value = 1_480", 'value = 1_480, of = "some"', r"unknown of 'some'"),
        ("[{value", "{value", r"models\.toml: "),
        ('family = "tiny"', 'family = "tine"', r"unknown family 'tine'; nearest: tiny"),
        ("year = 2023", 'year = "2023"', r"year='2023' is not a whole number"),
        ("[models.tiny-1]", "[models.Tiny_1]", r"models\.Tiny_1: not a lower-case slug"),
        ('date = "2023"', 'date = "spring"', r"date='spring' is not a year"),
        ('date = "2023"', 'date = "2023"\nurl = "ftp://x"', r"does not start with https://"),
        ("[families.tiny]", "[family.tiny]", r"unknown section 'family'; nearest: families"),
        ('name = "Tiny 1"', 'name = " "', r"name=' ' is no text"),
        ('name = "Tiny 1"\n', "", r"name is missing"),
    ],
)
def test_a_bad_entry_is_refused_by_name(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(ModelDataError, match=message):
        load_models(written(tmp_path, GOOD.replace(old, new)))


def test_two_models_cannot_have_one_name(tmp_path: Path) -> None:
    again = GOOD[GOOD.index("[models.tiny-1]") :].replace("tiny-1", "tiny-2")
    with pytest.raises(ModelDataError, match=r"name='Tiny 1' is taken"):
        load_models(written(tmp_path, GOOD + again))


def test_what_is_counted_is_all_that_a_file_may_say() -> None:
    used = {count.of for one in MODELS.values() for count in one.counts}
    assert used == set(COUNTED)
