"""A part of an ONNX graph that few inputs need, put where it is computed for those alone."""

from __future__ import annotations

from pathlib import Path

import onnx
from onnx import GraphProto, NodeProto, TensorProto, helper


def skip_where_unneeded(path: Path) -> None:
    """Compute what the last choice between two answers takes from one of them only if a row takes it.

    The graph must end in ``Where(condition, a, b)``. ``a``, and all that nothing else needs, moves into the
    branch of an ``If``, which is gone into if the condition is true of a row. Answers stay the same. Weights
    stay where they are, under their names.

    Args:
        path: the ONNX file, changed in place.

    Raises:
        ValueError: the graph does not end in ``Where``.
    """
    model = onnx.load(str(path))
    graph = model.graph
    choice = next(node for node in graph.node if graph.output[0].name in node.output)
    if choice.op_type != "Where":
        raise ValueError(f"{path} ends in {choice.op_type}; only what Where chooses from can be skipped")
    condition, wanted, otherwise = choice.input
    needed = _behind(graph, [condition, otherwise])
    branch = [node for node in _behind(graph, [wanted]) if node not in needed]
    flat, some = f"{condition}:float", f"{condition}:some"
    chosen, kept = f"{choice.output[0]}:chosen", f"{choice.output[0]}:kept"
    answer = graph.output[0].type
    then = helper.make_graph(
        [*branch, helper.make_node("Where", [condition, wanted, otherwise], [chosen])],
        "wanted", [], [_value(chosen, answer)],
    )  # fmt: skip
    other = helper.make_graph(
        [helper.make_node("Identity", [otherwise], [kept])], "unwanted", [], [_value(kept, answer)]
    )
    nodes = [
        *needed,
        helper.make_node("Cast", [condition], [flat], to=TensorProto.FLOAT),
        helper.make_node("ReduceMax", [flat], [f"{flat}:highest"], keepdims=0),
        helper.make_node("Cast", [f"{flat}:highest"], [some], to=TensorProto.BOOL),
        helper.make_node("If", [some], list(choice.output), then_branch=then, else_branch=other),
    ]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def _behind(graph: GraphProto, names: list[str]) -> list[NodeProto]:
    """Return the nodes that values are computed by, in the order of the graph."""
    wanted, found = set(names), []
    for node in reversed(graph.node):
        if wanted.intersection(node.output):
            found.append(node)
            wanted.update(node.input)
    return found[::-1]


def _value(name: str, kind: onnx.TypeProto) -> onnx.ValueInfoProto:
    value = onnx.ValueInfoProto(name=name)
    value.type.CopyFrom(kind)
    return value
