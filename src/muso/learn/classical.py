"""Classical models, fitted at once on the slices of a view. They become ONNX like the networks."""

from __future__ import annotations

import inspect
import math
import warnings
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from muso.errors import RecipeError
from muso.learn import axes as corners
from muso.learn.export import quantize
from muso.learn.grouped_kernels import GroupedFit, Grouping, nodes_of_groups
from muso.learn.kernels import KernelFit, fit_kernels, nodes_of
from muso.learn.loop import Examples
from muso.represent.view import View

OPSET = 17
IR_VERSION = 8
"""Of ONNX 1.12, which every supported onnxruntime reads."""
SMALL = 1e-6
STACKED = 256
FLAT = np.array([0, -1], np.int64)
"""The shape, as ONNX's Reshape takes it, that lays each slice flat."""


class Classical(ABC):
    """A model of scikit-learn behind one door. Settings are the fields of a frozen dataclass."""

    name: ClassVar[str]

    @abstractmethod
    def fit(self, rows: Any, target: NDArray[np.int64], shape: tuple[int, ...]) -> Fit:
        """Fit on sparse `rows` `(slice, feature)`, slices of `shape` laid flat.

        Every label must be in `target` `(slice,)`.
        """


class Fit(ABC):
    """A fitted classical model."""

    @abstractmethod
    def scores(self, rows: Any) -> NDArray[np.float64]:
        """`(slice, label)` scores whose softmax is taken as probability."""

    @abstractmethod
    def arrays(self) -> dict[str, NDArray[Any]]:
        """What was learnt, by name."""

    @abstractmethod
    def to_onnx(self, shape: tuple[int, ...]) -> Any:
        """The model as an ONNX graph: `slices` `(slice, *shape)` to `scores` `(slice, label)`."""


def rows_of(view: View, prepared: Sequence[Any]) -> tuple[Any, NDArray[np.int64]]:
    """Every slice of every piece as a sparse row, and `(slice,)` the piece it is from."""
    from scipy import sparse

    blocks, counts = [], []
    for at in range(0, len(prepared), STACKED):
        values = [view.cut(piece).values for piece in prepared[at : at + STACKED]]
        counts += [len(v) for v in values]
        flat = [sparse.csr_matrix(v.reshape(len(v), -1)) for v in values]
        blocks.append(sparse.vstack(flat, format="csr"))
    return sparse.vstack(blocks, format="csr"), np.repeat(np.arange(len(prepared)), counts)


def build_classical(settings: Mapping[str, Any]) -> Classical:
    """The model that a recipe names, before fitting.

    Raises:
        RecipeError: no such model, a setting it does not have, or a value it can't take.
    """
    options = {key: value for key, value in settings.items() if key != "name"}
    name = settings.get("name", "")
    if name not in CLASSICAL:
        raise RecipeError(f"no classical model {name!r}; there are {', '.join(CLASSICAL)}")
    known = inspect.signature(CLASSICAL[name]).parameters
    for key, value in options.items():
        if key not in known:
            raise RecipeError(f"model {name} has no setting {key!r}; it has {', '.join(known)}")
        if key == "axes":
            options[key] = corners.parse_axes(value)
        elif key == "balanced":
            if not isinstance(value, bool):
                raise RecipeError(f"model {name}: balanced must be true or false, not {value!r}")
        elif key == "groups":
            options[key] = _sizes(value)
        elif isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
            raise RecipeError(f"model {name}: {key} must be a number above 0, not {value!r}")
    model: Classical = CLASSICAL[name](**options)
    return model


def _sizes(value: Any) -> tuple[int, ...]:
    listed = value if isinstance(value, (list, tuple)) else ()
    if not listed or any(type(size) is not int or size < 1 for size in listed):
        raise RecipeError(f"groups must be a list of sizes of 1 and more, not {value!r}")
    return tuple(listed)


def fit_classical(settings: Mapping[str, Any], view: View, examples: Examples) -> Fit:
    """Fit the model that a recipe names; raises what `build_classical` raises."""
    model = build_classical(settings)
    rows, piece = rows_of(view, examples.prepared)
    return model.fit(rows, examples.target[piece], view.shape)


def pooled_scores(fit: Fit, view: View, prepared: Sequence[Any]) -> NDArray[np.float64]:
    """`(piece, label)` log probabilities, the mean over each piece's slices."""
    rows, piece = rows_of(view, prepared)
    scores = fit.scores(rows)
    log = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    total = np.zeros((len(prepared), log.shape[1]))
    np.add.at(total, piece, log)
    return np.asarray(total / np.bincount(piece)[:, None])


@dataclass(frozen=True)
class LinearSVM(Classical):
    """One linear support vector machine a label, over counts in families.

    A slice is `(family, bucket)`. Buckets are weighted by how rare they are, then each family
    is scaled to length 1, so that all count alike however many patterns they hold.

    Attributes:
        c: how much an error costs against a wide margin, above 0.
        least: buckets seen in fewer training slices than this are left out.
        columns: at most so many buckets are kept, those with the largest weights of a first fit.
        axes: in place of one machine a label, one an axis (see `muso.learn.axes`).

    Sources: LIBLINEAR, Fan et al. 2008; inverse document frequency, Sparck Jones 1972.
    """

    name: ClassVar[str] = "linear_svm"

    c: float = 0.1
    least: int = 3
    columns: int = 65_536
    axes: corners.Axes = ()

    def fit(self, rows: Any, target: NDArray[np.int64], shape: tuple[int, ...]) -> Fit:
        if len(shape) != 2:
            raise RecipeError(
                f"linear_svm takes counts in families, such as the view ngrams gives, not slices "
                f"of shape {shape}; take the model svm or logistic"
            )
        seen = np.asarray((rows > 0).sum(axis=0)).ravel()
        rarity = np.log((rows.shape[0] + 1) / (seen + 1)) + 0.3
        rarity[seen < self.least] = 0
        scaled = _scaled(rows, rarity, shape)
        kept = np.flatnonzero(seen >= self.least)
        if len(kept) == 0:
            raise RecipeError(
                f"linear_svm: no pattern comes up in {self.least} of {rows.shape[0]} training "
                "slices; train on more pieces, or set a lower least"
            )
        weight, bias = self._solve(scaled[:, kept], target)
        if len(kept) > self.columns:
            largest = np.argsort(-np.square(weight).sum(axis=0), kind="stable")[: self.columns]
            kept = kept[np.sort(largest)]
            weight, bias = self._solve(scaled[:, kept], target)
        return _Linear(
            rarity.astype(np.float32),
            kept,
            weight.astype(np.float32),
            bias.astype(np.float32),
            shape,
        )

    def _solve(
        self, scaled: Any, target: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        from sklearn.svm import LinearSVC

        if self.axes:
            side = corners.signs(self.axes, int(target.max()) + 1)
            fits = [
                LinearSVC(C=self.c, random_state=0, tol=1e-3).fit(scaled, high)
                for high in corners.targets(target, side)
            ]
            found = [np.concatenate([getattr(fit, name) for fit in fits])
                     for name in ("coef_", "intercept_")]  # fmt: skip
            return corners.spread_over_labels(found[0], found[1], side)
        model = LinearSVC(C=self.c, random_state=0, tol=1e-3).fit(scaled, target)
        weight, bias = model.coef_, model.intercept_
        if len(weight) == 1:
            # For two labels scikit-learn gives one machine; the other is its mirror image.
            weight, bias = np.concatenate([-weight, weight]), np.concatenate([-bias, bias])
        return weight, bias


def _graph(
    nodes: Sequence[Any], arrays: Mapping[str, NDArray[Any]], shape: tuple[int, ...], labels: int
) -> Any:
    """Nodes and the arrays they need as a graph from `slices` to `scores`."""
    from onnx import TensorProto, helper, numpy_helper

    return helper.make_graph(
        nodes,
        "classical",
        [helper.make_tensor_value_info("slices", TensorProto.FLOAT, ["slice", *shape])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["slice", labels])],
        [numpy_helper.from_array(array, name) for name, array in arrays.items()],
    )


def _model(graph: Any) -> Any:
    from onnx import helper

    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = IR_VERSION
    return model


def _scaled(rows: Any, rarity: NDArray[Any], shape: tuple[int, ...]) -> Any:
    """Sparse `rows` weighted by `rarity`, each family of each row scaled to length 1."""
    from scipy import sparse

    weighted = (rows @ sparse.diags(rarity)).tocsr()
    row = np.repeat(np.arange(rows.shape[0]), np.diff(weighted.indptr))
    family = row * shape[0] + weighted.indices // shape[1]
    square = np.bincount(family, weighted.data**2, minlength=rows.shape[0] * shape[0])
    weighted.data /= np.maximum(np.sqrt(square), SMALL)[family]
    return weighted


@dataclass(frozen=True, eq=False)
class _Linear(Fit):
    rarity: NDArray[np.float32]
    kept: NDArray[np.int64]
    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    shape: tuple[int, ...]

    def scores(self, rows: Any) -> NDArray[np.float64]:
        scaled = _scaled(rows, self.rarity, self.shape)[:, self.kept]
        return np.asarray(scaled @ self.weight.T + self.bias, np.float64)

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {"rarity": self.rarity, "weight": self.weight, "bias": self.bias}

    def to_onnx(self, shape: tuple[int, ...]) -> Any:
        """Stored in int8, and only the rows of buckets that came up are made float32.

        A piece has a few thousand of 65,536 buckets; making all of them float32 when the graph
        is loaded took six times as long as everything else `muso identify` does.
        """
        from onnx import TensorProto

        weight, scale = quantize(self.weight.T, axis=1)
        arrays: dict[str, NDArray[Any]] = {
            "rarity": self.rarity.reshape(shape),
            "small": np.array([SMALL], np.float32),
            "flat": FLAT,
            "kept": self.kept,
            "weight": weight,
            "scale": scale,
            "bias": self.bias,
            "first": np.array([0], np.int64),
        }
        nodes = [
            _node("Mul", "slices rarity", "weighted"),
            _node("ReduceL2", "weighted", "length", axes=[2], keepdims=1),
            _node("Max", "length small", "positive"),
            _node("Div", "weighted positive", "scaled"),
            _node("Reshape", "scaled flat", "all"),
            _node("Gather", "all kept", "columns", axis=1),
            _node("ReduceMax", "columns", "largest", axes=[0], keepdims=0),
            _node("NonZero", "largest", "where"),
            _node("Squeeze", "where first", "present"),
            _node("Gather", "columns present", "present_columns", axis=1),
            _node("Gather", "weight present", "present_weight", axis=0),
            _node("Cast", "present_weight", "float_weight", to=TensorProto.FLOAT),
            _node("Mul", "float_weight scale", "scaled_weight"),
            _node("MatMul", "present_columns scaled_weight", "products"),
            _node("Add", "products bias", "scores"),
        ]
        return _model(_graph(nodes, arrays, shape, len(self.bias)))


def _node(operator: str, inputs: str, output: str, **attributes: Any) -> Any:
    from onnx import helper

    return helper.make_node(operator, inputs.split(), [output], **attributes)


@dataclass(frozen=True)
class SVM(Classical):
    """Standardized features and a support vector machine with a Gaussian kernel (RBF).

    Attributes:
        c: how much an error costs against a wide margin, above 0.
    """

    name: ClassVar[str] = "svm"

    c: float = 10.0

    def fit(self, rows: Any, target: NDArray[np.int64], shape: tuple[int, ...]) -> Fit:
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
        from sklearn.svm import SVC

        model = make_pipeline(StandardScaler(), SVC(C=self.c, class_weight="balanced"))
        return _Kernel(model.fit(rows.toarray(), target))


@dataclass(frozen=True)
class Logistic(Classical):
    """Standardized features and multinomial logistic regression.

    Attributes:
        c: inverse of the strength of regularization, above 0.
        axes: in place of one regression over all labels, one an axis (see `muso.learn.axes`).
        balanced: each label counts as much as any other, and not each slice.
    """

    name: ClassVar[str] = "logistic"

    c: float = 0.1
    axes: corners.Axes = ()
    balanced: bool = False

    def fit(self, rows: Any, target: NDArray[np.int64], shape: tuple[int, ...]) -> Fit:
        from sklearn.linear_model import LogisticRegression
        from sklearn.preprocessing import StandardScaler

        values = rows.toarray()
        scaler = StandardScaler().fit(values)
        standard = scaler.transform(values)
        counted = "balanced" if self.balanced else None
        if self.axes:
            side = corners.signs(self.axes, int(target.max()) + 1)
            fits = [
                LogisticRegression(C=self.c, max_iter=1000, class_weight=counted).fit(
                    standard, high
                )
                for high in corners.targets(target, side)
            ]
            weight, bias = corners.spread_over_labels(
                np.concatenate([fit.coef_ for fit in fits]) / 2,
                np.concatenate([fit.intercept_ for fit in fits]) / 2,
                side,
            )
        else:
            model = LogisticRegression(C=self.c, max_iter=1000, class_weight=counted)
            model.fit(standard, target)
            weight, bias = model.coef_, model.intercept_
        if len(weight) == 1:
            # For two labels scikit-learn gives the log odds alone.
            weight, bias = np.concatenate([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2
        return _Affine(
            scaler.mean_.astype(np.float32),
            scaler.scale_.astype(np.float32),
            weight.astype(np.float32),
            bias.astype(np.float32),
        )


@dataclass(frozen=True)
class SparseLogistic(Classical):
    """Standardized features and multinomial logistic regression that picks few of them (L1).

    Attributes:
        c: inverse of the strength of regularization, above 0; the smaller, the fewer features.

    Source: Tibshirani 1996; the solver, Defazio et al. 2014.
    """

    name: ClassVar[str] = "sparse_logistic"

    c: float = 1.0

    def fit(self, rows: Any, target: NDArray[np.int64], shape: tuple[int, ...]) -> Fit:
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression
        from sklearn.preprocessing import StandardScaler

        values = rows.toarray()
        scaler = StandardScaler().fit(values)
        model = LogisticRegression(
            l1_ratio=1.0, C=self.c, solver="saga", max_iter=300, tol=1e-3, random_state=0
        )
        with warnings.catch_warnings():
            # The last steps change no label, and cost as much as all before.
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(scaler.transform(values), target)
        weight, bias = model.coef_, model.intercept_
        if len(weight) == 1:
            weight, bias = np.concatenate([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2
        return _Affine(
            scaler.mean_.astype(np.float32),
            scaler.scale_.astype(np.float32),
            weight.astype(np.float32),
            bias.astype(np.float32),
        )


@dataclass(frozen=True, eq=False)
class _Affine(Fit):
    """Weighted sums of standardized features.

    The scale stands apart from the weights: divided by it, weights of features that hardly vary
    would be so much larger than others that int8 could not hold both.
    """

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    weight: NDArray[np.float32]
    bias: NDArray[np.float32]

    def scores(self, rows: Any) -> NDArray[np.float64]:
        standard = (rows.toarray().astype(np.float64) - self.mean) / self.scale
        return np.asarray(standard @ self.weight.T + self.bias)

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {"mean": self.mean, "scale": self.scale, "weight": self.weight, "bias": self.bias}

    def to_onnx(self, shape: tuple[int, ...]) -> Any:
        from onnx import helper

        nodes = [
            helper.make_node("Reshape", ["slices", "flat"], ["features"]),
            helper.make_node("Sub", ["features", "mean"], ["centred"]),
            helper.make_node("Div", ["centred", "scale"], ["standard"]),
            helper.make_node("MatMul", ["standard", "weight"], ["products"]),
            helper.make_node("Add", ["products", "bias"], ["scores"]),
        ]
        arrays = {**self.arrays(), "weight": self.weight.T.copy(), "flat": FLAT}
        return _model(_graph(nodes, arrays, shape, len(self.bias)))


@dataclass(frozen=True, eq=False)
class _Kernel(Fit):
    """A fitted pipeline of scaler and SVC."""

    model: Any

    def scores(self, rows: Any) -> NDArray[np.float64]:
        found = np.asarray(self.model.decision_function(rows.toarray().astype(np.float64)))
        return np.stack([-found, found], axis=1) if found.ndim == 1 else found

    def arrays(self) -> dict[str, NDArray[Any]]:
        learnt = ("support_vectors_", "dual_coef_", "intercept_")
        return {name.strip("_"): getattr(self.model[-1], name) for name in learnt}

    def to_onnx(self, shape: tuple[int, ...]) -> Any:
        from onnx import helper
        from skl2onnx import to_onnx
        from skl2onnx.common.data_types import FloatTensorType

        with warnings.catch_warnings():
            # skl2onnx looks for attributes that scikit-learn warns it will drop; no use is made
            # of them.
            warnings.simplefilter("ignore", FutureWarning)
            # zipmap off: plain arrays out, not a list of dictionaries.
            converted = to_onnx(
                self.model,
                initial_types=[("features", FloatTensorType([None, math.prod(shape)]))],
                options={id(self.model): {"zipmap": False, "raw_scores": True}},
                target_opset={"": OPSET, "ai.onnx.ml": 3},
            )
        nodes = converted.graph.node
        # Of two labels skl2onnx gives the scores with their signs changed.
        last = "Neg" if len(self.model.classes_) == 2 else "Identity"
        raw = converted.graph.output[1].name
        nodes.insert(0, helper.make_node("Reshape", ["slices", "flat"], ["features"]))
        nodes.append(helper.make_node(last, [raw], ["scores"]))
        graph = _graph(list(nodes), {"flat": FLAT}, shape, len(self.model.classes_))
        graph.initializer.extend(converted.graph.initializer)
        converted.graph.CopyFrom(graph)
        return converted


@dataclass(frozen=True)
class AxesSVM(Classical):
    """Standardized features and a kernel machine an axis of the labels (`muso.learn.axes`).

    Attributes:
        axes: for each axis the numbers of the labels that are high on it, in alphabetical order;
            an axis a label unless given.
        c: how much an error costs against a wide margin, above 0.
        width: of the Gaussian bumps, above 0.
    """

    name: ClassVar[str] = "axes_svm"

    axes: corners.Axes = ()
    c: float = 1.0
    width: float = 1.0

    def fit(self, rows: Any, target: NDArray[np.int64], shape: tuple[int, ...]) -> Fit:
        found = corners.fit_axis_kernels(rows.toarray(), target, self.axes, self.c, self.width)
        return _Axes(found)


@dataclass(frozen=True, eq=False)
class _Axes(Fit):
    """Kernel machines an axis."""

    model: corners.AxisKernels

    def scores(self, rows: Any) -> NDArray[np.float64]:
        return self.model.scores(rows.toarray())

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {name: getattr(self.model, name) for name in self.model.ARRAYS}

    def to_onnx(self, shape: tuple[int, ...]) -> Any:
        nodes, arrays = corners.nodes_of(self.model)
        return _model(_graph(nodes, arrays, shape, self.model.side.shape[1]))


@dataclass(frozen=True)
class Kernels(Classical):
    """Kernel ridge regression with one Gaussian kernel a family of features (`muso.learn.kernels`).

    Slices of `(family, value)` are families; others are one.

    Attributes:
        width: of the kernels, above 0, as a share of the median squared distance.
        ridge: how much smoothness is worth, above 0.
    """

    name: ClassVar[str] = "kernels"

    width: float = 2.0
    ridge: float = 0.1

    def fit(self, rows: Any, target: NDArray[np.int64], shape: tuple[int, ...]) -> Fit:
        families = shape if len(shape) == 2 else (1, math.prod(shape))
        slices = rows.toarray().reshape(-1, *families)
        return _Families(fit_kernels(slices, target, self.width, self.ridge))


@dataclass(frozen=True, eq=False)
class _Families(Fit):
    """Nearness to training slices, family by family."""

    model: KernelFit

    def scores(self, rows: Any) -> NDArray[np.float64]:
        return self.model.scores(rows.toarray().reshape(-1, *self.model.mean.shape))

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {name: getattr(self.model, name) for name in self.model.ARRAYS}

    def to_onnx(self, shape: tuple[int, ...]) -> Any:
        nodes, arrays = nodes_of(self.model)
        return _model(_graph(nodes, arrays, shape, len(self.model.bias)))


@dataclass(frozen=True)
class GroupedKernels(Classical):
    """`Kernels` over groups of a long vector, each made short (`muso.learn.grouped_kernels`).

    Attributes:
        groups: how many features each group has, in their order.
        components: of each group, that are kept.
        width, ridge: as of `Kernels`.
    """

    name: ClassVar[str] = "grouped_kernels"

    groups: tuple[int, ...] = ()
    components: int = 40
    width: float = 1.0
    ridge: float = 1.0

    def fit(self, rows: Any, target: NDArray[np.int64], shape: tuple[int, ...]) -> Fit:
        grouping = Grouping(self.groups or (math.prod(shape),), self.components)
        return _Grouped(grouping.fit(rows.toarray(), target, self.width, self.ridge))


@dataclass(frozen=True, eq=False)
class _Grouped(Fit):
    """Nearness to training slices, group by group."""

    model: GroupedFit

    def scores(self, rows: Any) -> NDArray[np.float64]:
        return self.model.scores(rows.toarray())

    def arrays(self) -> dict[str, NDArray[Any]]:
        return self.model.arrays()

    def to_onnx(self, shape: tuple[int, ...]) -> Any:
        nodes, arrays = nodes_of_groups(self.model)
        return _model(_graph(nodes, arrays, shape, len(self.model.model.bias)))


CLASSICAL: dict[str, type[Any]] = {
    m.name: m for m in (LinearSVM, SVM, Logistic, SparseLogistic, Kernels, GroupedKernels, AxesSVM)
}
"""Every classical model by name. A new one is a class and an entry here."""
