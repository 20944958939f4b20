"""What was printed of a model beside what its shape gives."""

from __future__ import annotations

from hwmath.models.model import COUNTED, Count, Model
from hwmath.models.parameters import active_parameters, parameters
from hwmath.validate import unknown


def counted_parameters(model: Model, of: str = "all") -> int:
    """Parameters of a model in one of the ways in which people count them.

    Formula: "all"; "active": with the experts of one token; "active without lookup": less the
    embedding; "without tables": all but embedding and unembedding; "table twice": a tied table
    counted at both ends.
    Ignores: tables of positions and of token types, which no one of these leaves out.
    Raises: ValueError for an unknown way.
    Derived in: transformers, "What a model is made of".

    >>> from hwmath.models import model
    >>> counted_parameters(model("pythia-70m"), "without tables")
    18915328
    """
    if of not in COUNTED:
        raise ValueError(unknown("way to count", of, COUNTED))
    table = model.vocab * (model.embedding_width or model.width)
    tables = table * (1 if model.tied or not model.unembeds else 2)
    return {
        "all": parameters(model),
        "active": active_parameters(model),
        "active without lookup": active_parameters(model) - table,
        "without tables": parameters(model) - tables,
        "table twice": parameters(model) + table,
    }[of]


def difference(model: Model, count: Count) -> int:
    """Our number less the printed one, counted in the same way; 0 also within its rounding.

    Raises: nothing.  Derived in: transformers, "What a model is made of".

    >>> from hwmath.models import model
    >>> difference(model("gpt-2"), model("gpt-2").counts[0])
    0
    """
    away = counted_parameters(model, count.of) - count.value
    return 0 if abs(away) <= count.within else away
