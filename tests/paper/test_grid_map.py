"""The plainest map that explains a lattice."""

from __future__ import annotations

import numpy as np
import pytest

from einthoven.paper.grid_map import GridMap, simplest

NODES = np.stack(np.meshgrid(np.arange(0.0, 250, 5), np.arange(0.0, 150, 5)), axis=-1).reshape(-1, 2)


def followed(matrix: np.ndarray, wrong_mm: float) -> GridMap:
    """A lattice of which a fifth of the columns was followed ``wrong_mm`` beside their place."""
    rest = np.zeros((31, 51, 2))
    rest[:, ::5, 0] = wrong_mm
    return GridMap(matrix, step=5.0, rest=rest)


@pytest.mark.parametrize(
    ("scale", "turn", "is_drawing"), [(1.0, 0.0, True), (1.01, 0.0, False), (1.0, 0.5, False)]
)
def test_an_upright_picture_of_equal_scales_is_a_drawing_though_lines_were_followed_wrongly(
    scale: float, turn: float, is_drawing: bool
) -> None:
    c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    matrix = np.array([[6 * c, -6 * s, 20.0], [6 * scale * s, 6 * scale * c, 30.0], [0, 0, 1]])
    found = simplest(followed(matrix, 0.3), NODES, 0.15)
    assert found.affine == is_drawing
    if is_drawing:
        assert found.to_lattice(np.array([[20.0, 30.0], [1220.0, 630.0]])) == pytest.approx(
            np.array([[0.0, 0.0], [200.0, 100.0]]), abs=0.1
        )


def test_a_lattice_followed_well_is_flat_however_it_is_turned() -> None:
    c, s = np.cos(0.05), np.sin(0.05)
    matrix = np.array([[6 * c, -6 * s, 20.0], [6 * s, 6 * c, 30.0], [0, 0, 1]])
    assert simplest(followed(matrix, 0.05), NODES, 0.15).affine


def test_a_drawing_whose_lines_lie_beside_their_places_by_a_part_of_a_pixel_is_one() -> None:
    rest = np.random.default_rng(0).normal(0.0, 0.09, (31, 51, 2))  # the scale of 4 px a mm: a third of a px
    grid = GridMap(np.array([[4.0, 0, 20], [0, 4.0, 30], [0, 0, 1]]), step=5.0, rest=rest)
    assert simplest(grid, NODES, 0.15).affine
