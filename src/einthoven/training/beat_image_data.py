"""The drawings of a recipe: to learn from, to compare epochs and calibrate by, and to measure on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from einthoven.datasets.beat_image_folders import find_pictures, read_picture
from einthoven.datasets.beat_images import BeatStore, open_store, store_folder
from einthoven.datasets.roots import data_root
from einthoven.errors import DataError, SignalError
from einthoven.models.beat_image_classes import AAMI_OF_CLASS, CLASSES
from einthoven.models.beat_image_curve import N_COLUMNS, read_curve
from einthoven.recording import Int64
from einthoven.training.beat_image_batches import Drawings, joined
from einthoven.training.beat_image_drawings import Drawn, curves_of, drawings_of_classes, pixels_of, redrawn
from einthoven.training.beat_image_recipe import BeatImageRecipe, DrawingsPart, PixelInput

OnDone = Callable[[str, int, int], None]
_TEST, _VALIDATION = 1, 2


@dataclass(frozen=True, eq=False)
class Parts:
    """The three parts, none of which shares a beat with another, and how many pictures could not be read."""

    training: Drawings
    validation: Drawings
    test: Drawings
    unread: int = 0


def load_store(options: DrawingsPart) -> BeatStore:
    """Open the prepared store.

    Raises:
        DataError: it was not prepared.
    """
    return open_store(store_folder(options.source))


def class_numbers(store: BeatStore, options: DrawingsPart) -> Int64:
    """Return the recipe's class of each beat, -1 for those of other classes."""
    names = list(CLASSES)
    if options.letters:
        # A flutter wave is no beat to AAMI.
        number = [
            options.classes.index(AAMI_OF_CLASS[name])
            if name != "VFW" and AAMI_OF_CLASS[name] in options.classes
            else -1
            for name in names
        ]
    else:
        number = [options.classes.index(name) if name in options.classes else -1 for name in names]
    return np.array(number, dtype=np.int64)[store.classes]


def split_beats(store: BeatStore, classes: Int64, options: DrawingsPart, seed: int) -> Int64:
    """Return the part of each beat: 0 training, 1 test, 2 validation.

    Over beats at random within each class; over patients, patients at random until the share of the beats is
    reached.
    """
    chance = np.random.default_rng((seed, 7))
    part = np.zeros(len(classes), dtype=np.int64)
    shares = ((_TEST, options.test), (_VALIDATION, options.validation * (1 - options.test)))
    if options.split == "beats":
        for kind in np.unique(classes).tolist():
            members = chance.permutation(np.flatnonzero(classes == kind))
            begin = 0
            for which, share in shares:
                end = begin + max(1, round(share * len(members)))
                part[members[begin:end]] = which
                begin = end
        return part
    patients = chance.permutation(np.unique(store.patients))
    known = classes >= 0
    for which, share in shares:
        for patient in patients.tolist():
            if part[known].tolist().count(which) >= share * int(known.sum()):
                break
            of_it = store.patients == patient
            if not part[of_it].any():
                part[of_it] = which
    return part


def draw(
    store: BeatStore,
    classes: Int64,
    beats: Int64,
    recipe: BeatImageRecipe,
    seed: int,
    on_done: OnDone,
    *,
    drawn: float = 1.0,
) -> Drawings:
    """Draw beats as the recipe's network takes them.

    Args:
        store: the beats.
        classes: of each beat of the store.
        beats: which to draw, some several times.
        recipe: looks and input.
        drawn: share that is drawn and read in truth, see `curves_of`.
        seed: of windows, looks and crops.
        on_done: told what is done, how much of it, and of how much.
    """
    if isinstance(recipe.input, PixelInput):
        crops = None
        if recipe.input.crops:
            # Each drawing of a rare class is the whole or one of nine crops, all equally often.
            crops = np.random.default_rng((seed, 9)).integers(-1, 9, len(beats))
            crops[store.classes[beats] == CLASSES.index("NOR")] = -1
        made: Drawn = pixels_of(store, beats, recipe.input.size, recipe.input.colour, crops=crops)
    else:
        looks = recipe.data.looks
        made = curves_of(
            store, beats, looks, seed, lambda done, n: on_done("drawing beats", done, n), drawn=drawn
        )
    return Drawings(
        values=made.values,
        classes=classes[made.beats],
        n_classes=len(recipe.data.classes),
        owners=store.patients[made.beats],
        sources=np.full(len(made.beats), recipe.data.source),
    )


def load_parts(recipe: BeatImageRecipe, on_done: OnDone = lambda what, done, n: None) -> Parts:
    """Draw what a recipe learns from and is measured on.

    Test drawings are never drawn twice of one beat, and not multiplied.

    Raises:
        DataError: beats were not prepared, a class has none to learn from, a folder of pictures is absent.
    """
    parts, unread = _draw_parts(recipe, on_done, (0, _TEST, _VALIDATION))
    training, test, validation = (joined(group) for group in parts)
    return Parts(training, validation, test, unread)


def load_test(recipe: BeatImageRecipe, on_done: OnDone = lambda what, done, n: None) -> Drawings:
    """Draw what a recipe is measured on and nothing else: the same drawings as `load_parts` gives.

    Raises:
        DataError: beats were not prepared, a folder of pictures is absent.
    """
    return joined(_draw_parts(recipe, on_done, (_TEST,))[0][_TEST])


def _draw_parts(
    recipe: BeatImageRecipe, on_done: OnDone, asked: tuple[int, ...]
) -> tuple[list[list[Drawings]], int]:
    options = recipe.data
    store = load_store(options)
    classes = class_numbers(store, options)
    part = split_beats(store, classes, options, recipe.seed)
    parts: list[list[Drawings]] = [[], [], []]
    for which in asked:
        chosen = np.flatnonzero((part == which) & (classes >= 0))
        if which == 0:
            _require_all(classes[chosen], options)
        share = {0: 1.0, _TEST: options.test, _VALIDATION: options.validation}[which]
        beats = drawings_of_classes(
            classes,
            chosen,
            times=options.times if which == 0 else min(1.0, options.times),
            least=options.least if which == 0 else 0,
            most=max(1, round(options.most * share)),
            seed=recipe.seed,
        )
        drawn = options.drawn if which == 0 else 1.0
        parts[which].append(draw(store, classes, beats, recipe, recipe.seed + which, on_done, drawn=drawn))
    unread = 0
    for folder in options.folders:
        of_folder, missed = _from_folder(folder, recipe, on_done, asked)
        unread += missed
        for which in asked:
            parts[which].append(of_folder[which])
    return parts, unread


def _from_folder(
    name: str, recipe: BeatImageRecipe, on_done: OnDone, asked: tuple[int, ...]
) -> tuple[tuple[Drawings, Drawings, Drawings], int]:
    """Return training, test and validation drawings of a folder of pictures, and how many had no curve.

    Those to learn from are joined by the same curves in other looks.
    """
    options = recipe.data
    pictures = [picture for picture in find_pictures(data_root() / name) if picture.label in options.classes]
    chance = np.random.default_rng((recipe.seed, 11))
    which = np.zeros(len(pictures), dtype=np.int64)
    order = chance.permutation(len(pictures))
    n_test = round(options.folders_test * len(pictures))
    n_validation = round(options.validation * (len(pictures) - n_test))
    which[order[:n_test]] = _TEST
    which[order[n_test : n_test + n_validation]] = _VALIDATION
    values: list[list[np.ndarray[tuple[int, ...], np.dtype[np.float16]]]] = [[], [], []]
    classes: list[list[int]] = [[], [], []]
    missed = 0
    for i, (picture, part) in enumerate(zip(pictures, which.tolist(), strict=True)):
        if i % 500 == 0:
            on_done(f"reading {name}", i, len(pictures))
        if part not in asked:
            continue
        try:
            features = read_curve(read_picture(picture.path)).features()
        except SignalError:
            missed += 1
            continue
        found = [features]
        for _ in range(options.redrawn if part == 0 else 0):
            found.append(redrawn(features, chance))
        values[part] += [each.astype(np.float16) for each in found]
        classes[part] += [options.classes.index(picture.label)] * len(found)

    def drawings(part: int) -> Drawings:
        n = len(classes[part])
        return Drawings(
            values=np.array(values[part], dtype=np.float16).reshape(n, 3, N_COLUMNS),
            classes=np.array(classes[part], dtype=np.int64),
            n_classes=len(options.classes),
            owners=np.full(n, ""),
            sources=np.full(n, name),
        )

    return (drawings(0), drawings(_TEST), drawings(_VALIDATION)), missed


def _require_all(classes: Int64, options: DrawingsPart) -> None:
    counts = np.bincount(classes, minlength=len(options.classes))
    missing = [name for name, count in zip(options.classes, counts, strict=True) if count == 0]
    if missing:
        told = ", ".join(f"{name} {count:,}" for name, count in zip(options.classes, counts, strict=True))
        raise DataError(
            f"The beats of {options.source} to learn from have none of class {', '.join(missing)} ({told}): "
            "what is never seen cannot be learnt. Prepare them from more records, or split over beats."
        )
