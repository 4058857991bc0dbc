"""Answers, for lines of JSON, what Alembic makes of a graph: one line for each.

In: {"revisions": [{"id", "down", "dependsOn", "labels"}], "moves": [{"direction", "targets", "rows"}]}
Out: {"graph": {"heads", "realHeads", "bases", "realBases", "labels"}, "moves": [{"order", "rows"} or {"order"?, "error"}]}
or {"error"} where the graph cannot be built.
"""

import json
import sys
import types
import warnings

from alembic.runtime.migration import HeadMaintainer
from alembic.script import ScriptDirectory
from alembic.script import revision as graph

warnings.simplefilter("ignore")

KINDS = [
    ("No such branch", "NO_SUCH_BRANCH"),
    ("is not a member of branch", "NOT_IN_BRANCH"),
    ("Multiple revisions start", "AMBIGUOUS_REVISION"),
    ("No such revision or branch", "UNKNOWN_REVISION"),
    ("didn't produce", "RELATIVE_OUT_OF_RANGE"),
    ("Walked too far", "RELATIVE_OUT_OF_RANGE"),
    ("Ambiguous", "AMBIGUOUS_REVISION"),
    ("overlaps with", "OVERLAPPING_REVISIONS"),
    ("Not a valid downgrade target", "NOT_DOWNGRADE_TARGET"),
    ("already used by", "DUPLICATE_LABEL"),
]


def kind(error, direction=None):
    while error.__cause__ is not None and not isinstance(error, graph.RevisionError):
        error = error.__cause__
    if isinstance(error, graph.MultipleHeads):
        return "MULTIPLE_HEADS"
    if isinstance(error, graph.CycleDetected):
        return "REVISION_CYCLE"
    if isinstance(error, graph.RangeNotAncestorError):
        return "NOT_DOWNGRADE_TARGET" if direction == "downgrade" else "NOT_ANCESTOR"
    text = str(error)
    if isinstance(error, graph.RevisionError):
        return next((name for part, name in KINDS if part in text), text)
    return "internal: %s: %s" % (type(error).__name__, text)


class Rows(HeadMaintainer):
    """Alembic's own bookkeeping, on a set instead of a table."""

    def __init__(self, rows):
        self.heads = set(rows)

    def _insert_version(self, version):
        assert version not in self.heads
        self.heads.add(version)

    def _delete_version(self, version):
        self.heads.remove(version)

    def _update_version(self, from_, to_):
        assert to_ not in self.heads
        self.heads.remove(from_)
        self.heads.add(to_)


def build(nodes):
    revisions = []
    for node in nodes:
        revision = graph.Revision(
            node["id"], tuple(node["down"]), tuple(node["dependsOn"]), tuple(node["labels"])
        )
        revision.module = types.SimpleNamespace(upgrade=None, downgrade=None)
        revisions.append(revision)
    directory = ScriptDirectory.__new__(ScriptDirectory)
    directory.revision_map = graph.RevisionMap(lambda: revisions)
    directory.revision_map.heads
    return directory, revisions


def move(directory, direction, targets, rows):
    target = targets[0] if len(targets) == 1 else tuple(targets)
    rows = tuple(rows)
    if direction == "upgrade":
        steps = directory._upgrade_revs(target, rows)
    elif direction == "downgrade":
        steps = directory._downgrade_revs(target, rows)
    else:
        steps = directory._stamp_revs(target, rows)
    order = [] if direction == "stamp" else [step.revision.revision for step in steps]
    after = Rows(rows)
    try:
        for step in steps:
            after.update_to_step(step)
    except Exception as error:
        return {"order": order, "error": kind(error)}
    return {"order": order, "rows": sorted(after.heads)}


def answer(case):
    try:
        directory, revisions = build(case["revisions"])
    except Exception as error:
        return {"error": kind(error)}
    known = directory.revision_map
    moves = []
    for one in case["moves"]:
        try:
            moves.append(move(directory, one["direction"], one["targets"], one["rows"]))
        except Exception as error:
            moves.append({"error": kind(error, one["direction"])})
    labels = {one.revision: sorted(one.branch_labels) for one in revisions if one.branch_labels}
    return {
        "graph": {
            "heads": sorted(known.heads),
            "realHeads": sorted(known._real_heads),
            "bases": sorted(known.bases),
            "realBases": sorted(known._real_bases),
            "labels": labels,
        },
        "moves": moves,
    }


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
