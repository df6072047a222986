"""Recipes: what is in the repository is valid, and every mistake is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from einthoven.errors import RecipeError
from einthoven.training.recipe import load_recipe

RECIPES = Path(__file__).parents[2] / "recipes"


@pytest.mark.parametrize("path", sorted(RECIPES.glob("beats*.yaml")), ids=lambda path: path.stem)
def test_recipes_of_the_repository_are_valid_and_named_like_their_file(path):
    recipe, digest = load_recipe(path)
    assert recipe.name == path.stem and len(digest) == 64


def test_ds1_is_the_22_records_of_the_published_protocol():
    recipe, _ = load_recipe(RECIPES / "beats-ds1.yaml")
    assert [part.name for part in recipe.data] == ["mitdb"]
    assert len(set(recipe.data[0].records)) == 22
    assert not set(recipe.data[0].records) & {"100", "232", "102", "104", "107", "217"}


def test_overrides_reach_nested_keys():
    recipe, _ = load_recipe(RECIPES / "beats.yaml", {"optimisation.steps": "7", "members": "1"})
    assert recipe.optimisation.steps == 7 and recipe.members == 1


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({"membres": "3"}, "Did you mean 'members'?"),
        ({"optimisation.setps": "3"}, "Did you mean 'steps'?"),
        ({"members": "0"}, "members"),
        ({"network.dropout": "2"}, "network.dropout"),
        ({"name.x": "2"}, "name holds no keys"),
    ],
)
def test_mistakes_are_named(overrides, expected):
    with pytest.raises(RecipeError, match=expected.replace("?", r"\?")):
        load_recipe(RECIPES / "beats.yaml", overrides)


@pytest.mark.parametrize(("text", "expected"), [("a: [", "not YAML"), ("- 1", "holds no recipe")])
def test_files_that_are_no_recipes(tmp_path, text, expected):
    path = tmp_path / "r.yaml"
    path.write_text(text)
    with pytest.raises(RecipeError, match=expected):
        load_recipe(path)


def test_a_missing_file():
    with pytest.raises(RecipeError, match="cannot be read"):
        load_recipe("nowhere.yaml")
