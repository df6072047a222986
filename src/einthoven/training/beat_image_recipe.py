"""The recipe of a model for drawings of single beats."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from einthoven.models.beat_image_classes import CLASSES, JUN_CLASSES, LETTERS
from einthoven.models.beat_image_curve import N_COLUMNS
from einthoven.training.losses import CrossEntropy, Loss
from einthoven.training.networks.pictures import PictureNetwork
from einthoven.training.optimisation import CourseRecipe, Training
from einthoven.training.parts import Part, Positive, Share
from einthoven.training.samplers import Sampler, Shuffle


class DrawingsPart(Part):
    """Which drawings to learn from, and what a new one stands for.

    Attributes:
        source: the database whose beats are drawn; they lie where ``einthoven data prepare beat-images --from
            SOURCE`` puts them.
        classes: of Jun et al. and two more, or the AAMI letters.
        split: ``beats``: at random over beats; ``patients``: whole patients are held out.
        validation: share of the other drawings by which epochs are compared and probabilities calibrated.
        test: share held out for the figures on the card.
        looks: ``jun``: 128 x 128, the curve alone, their window; ``varied``: looks and windows of many kinds.
        drawn: of varied looks to learn from, the share that is drawn and read in truth; of the others the
            curve's extent by column is computed, which is a hundred times as fast.
        times: drawings for each beat, within the next two.
        least: drawings of a class; its beats are drawn again until there are so many.
        most: drawings of a class; of more beats some are left out.
        folders: folders of pictures by class under the data root that are learnt from as well.
        folders_test: share of their pictures that is held out.
        redrawn: how often the curve of each of their pictures is drawn in another look.
    """

    source: str = "mitdb"
    classes: tuple[str, ...] = JUN_CLASSES
    split: Literal["beats", "patients"] = "beats"
    validation: Annotated[float, Field(gt=0, lt=1)] = 0.1
    test: Annotated[float, Field(gt=0, lt=1)] = 0.1
    looks: Literal["jun", "varied"] = "jun"
    drawn: Share = 1.0
    times: Annotated[float, Field(gt=0)] = 1.0
    least: Annotated[int, Field(ge=0)] = 0
    most: Positive = 1_000_000
    folders: tuple[str, ...] = ()
    folders_test: Annotated[float, Field(gt=0, lt=1)] = 0.2
    redrawn: Annotated[int, Field(ge=0)] = 2
    licence: str = "ODC-By 1.0"

    @model_validator(mode="after")
    def _classes_exist(self) -> DrawingsPart:
        if not set(self.classes) <= set(CLASSES) and not set(self.classes) <= set(LETTERS):
            raise ValueError(
                f"classes are {' '.join(self.classes)}; allowed: some of {' '.join(CLASSES)}, or of the AAMI "
                f"letters {' '.join(LETTERS)}"
            )
        if len(set(self.classes)) != len(self.classes) or len(self.classes) < 2:
            raise ValueError("classes: name two or more, each once")
        return self

    @property
    def letters(self) -> bool:
        """Whether the classes are AAMI letters."""
        return set(self.classes) <= set(LETTERS)


class CurveInput(Part):
    """The curve that is read off the drawing: channels and columns as `Curve.features`."""

    name: Literal["curve"] = "curve"

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one input."""
        return (3, N_COLUMNS)


class PixelInput(Part):
    """The picture itself, resized.

    Attributes:
        size: pixels each way.
        colour: RGB instead of grey.
        crops: learn from nine crops of each drawing of the classes other than normal as well (Jun et al.).
    """

    name: Literal["pixels"]
    size: Positive = 128
    colour: bool = False
    crops: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one input."""
        return (3 if self.colour else 1, self.size, self.size)


DrawingInput = Annotated[CurveInput | PixelInput, Field(discriminator="name")]


class CurveCrop(Part):
    """Curves cut off at up to ``share`` of their width on each side, and stretched to the whole again."""

    name: Literal["curve_crop"]
    probability: Share = 0.5
    share: Share = 0.1


class CurveClip(Part):
    """Curves cut off above or below, at up to ``share`` of their height, and stretched to the whole again."""

    name: Literal["curve_clip"]
    probability: Share = 0.3
    share: Share = 0.5


class CurveNoise(Part):
    """What reading leaves: noise of up to ``size`` of the height, columns that are lost."""

    name: Literal["curve_noise"]
    probability: Share = 0.5
    size: Share = 0.01
    lost: Share = 0.02


class ShearZoomFlip(Part):
    """Pictures sheared by up to ``shear`` rad, enlarged or reduced by up to ``zoom``, mirrored at random."""

    name: Literal["shear_zoom_flip"]
    shear: Share = 0.2
    zoom: Share = 0.2
    flip: bool = True


class MixedPairs(Part):
    """Pairs and targets mixed, by Beta(alpha, alpha) (Zhang et al. 2017, arXiv 1710.09412)."""

    name: Literal["mixup"]
    probability: Share = 0.5
    alpha: Annotated[float, Field(gt=0)] = 0.2


DrawingAugmentation = Annotated[
    CurveCrop | CurveClip | CurveNoise | ShearZoomFlip | MixedPairs, Field(discriminator="name")
]


class BeatImageTraining(Training):
    """`Training`, with the figures that drawings are validated by."""

    monitor: Literal["loss", "accuracy", "macro_f1"] = "loss"


class BeatImageRecipe(CourseRecipe):
    """A recipe for a model of drawings of single beats."""

    task: Literal["beat-image"]
    data: DrawingsPart = DrawingsPart()
    input: DrawingInput = CurveInput()
    network: PictureNetwork
    loss: Loss = CrossEntropy()
    sampler: Sampler = Shuffle()
    augmentations: tuple[DrawingAugmentation, ...] = ()
    training: BeatImageTraining = BeatImageTraining()

    @model_validator(mode="after")
    def _parts_fit(self) -> BeatImageRecipe:
        curve = self.input.name == "curve"
        if curve != (self.network.name == "resnet"):
            takes = "curves" if self.network.name == "resnet" else "pixels"
            raise ValueError(f"network {self.network.name} takes {takes}, the input is {self.input.name}")
        for augmentation in self.augmentations:
            if augmentation.name != "mixup" and augmentation.name.startswith("curve") != curve:
                raise ValueError(f"augmentation {augmentation.name} is not for input {self.input.name}")
        if not curve and (self.data.looks != "jun" or self.data.folders):
            raise ValueError("input pixels learns from drawings of looks: jun alone, without folders")
        return self
