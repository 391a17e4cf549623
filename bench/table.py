"""The table of a comparison: its rows, our goals in each, and the results."""

import dataclasses
import json
import re
import statistics

from processes import load_average, processor, stolen_s

OURS = "ours"
BUSY_MACHINE = 0.7  # load average; above it other programs are busy, and elapsed times mean little


@dataclasses.dataclass
class Row:
    """What is measured of each program, and the goals of ours."""

    name: str
    unit: str
    measure: object  # (Bench) -> {program: figure}, one round
    against: str = "floor"  # whose figure the bounds are multiples of; "" if they are absolute
    goal: float = None
    must: float = None
    more_is_better: bool = False
    must_against: str = None  # if not the same as that of the goal
    floor_goal: float = None  # a second goal, as a multiple of the floor


def ratio(rounds, against):
    """Returns the median of the rounds' own ratios, because what disturbs one round disturbs all programs in it."""
    ratios = [one[OURS] / one[against] for one in rounds if one.get(against)]
    return statistics.median(ratios) if ratios else None


def is_met(row, rounds, bound, against):
    """Returns None if there is no bound, or no program to compare with."""
    if bound is None:
        return None
    figure = ratio(rounds, against) if against else statistics.median(one[OURS] for one in rounds)
    if figure is None:
        return None
    return figure >= bound if row.more_is_better else figure <= bound


def judge(row, rounds):
    must = is_met(row, rounds, row.must, row.must_against or row.against)
    goals = [is_met(row, rounds, row.goal, row.against), is_met(row, rounds, row.floor_goal, "floor")]
    known = [goal for goal in goals if goal is not None]
    others = dict.fromkeys(name for one in rounds for name in one if name != OURS)
    return {"row": row.name, "unit": row.unit,
            "figures": {name: statistics.median(one[name] for one in rounds) for name in rounds[0]},
            **{f"to_{name}": ratio(rounds, name) for name in others},
            "goal": row.goal, "must": row.must, "goal_met": all(known) if known else None,
            "must_met": must, "rounds": rounds}


def cell(figure):
    if figure is None:
        return f"{'-':>10}"
    return f"{figure:10.0f}" if figure >= 1e4 else f"{figure:10.4g}"


def multiple(figure, against):
    if figure is None:
        return ""
    return f"{figure:g} x {against}" if against else f"{figure:g}"


def goal_words(row):
    words = [multiple(row.goal, row.against)]
    if row.floor_goal is not None:
        words.append(multiple(row.floor_goal, "floor"))
    return ", ".join(words)


class Table:
    """Prints each row as it is measured. `others` are the columns next to ours, with the headings of their ratios."""

    def __init__(self, others, width=55, goal_width=14):
        self._others = others
        self._width = width
        self._goal_width = goal_width

    def heading(self):
        names = " ".join(f"{name:>10}" for name in (OURS, *self._others))
        ratios = " ".join(f"{title:>7}" for title in self._others.values())
        print(f"{'':{self._width}} {names} {ratios}  {'goal':{self._goal_width}} {'must':15} met")

    def row(self, row, judged):
        figures = judged["figures"]
        cells = " ".join(cell(figures.get(name)) for name in (OURS, *self._others))
        found = [judged.get(f"to_{name}") for name in self._others]
        ratios = " ".join(f"{one:7.2f}" if one is not None else f"{'-':>7}" for one in found)
        if judged["must_met"] is False:
            word = "NO"
        elif judged["goal_met"] is False:
            word = "must" if judged["must_met"] else "no"
        else:
            word = "goal" if judged["goal_met"] else "must" if judged["must_met"] else "-"
        title = f"{row.name}{f' ({row.unit})' if row.unit else ''}"
        must = multiple(row.must, row.must_against or row.against)
        print(f"{title:{self._width}} {cells} {ratios}  {goal_words(row):{self._goal_width}} {must:15} {word}",
              flush=True)


def figure(how, name):
    """Returns one figure of what `how` measures. Other rows with figures of the same measurement do not repeat it."""
    def measure(bench):
        taken = bench.kept[how, name]
        if not taken:
            done = dict(how(bench))
            for other in {key for one in done.values() for key in one}:
                bench.kept[how, other].append({who: one[other] for who, one in done.items() if other in one})
        return taken.pop(0)
    return measure


def add_options(parser):
    """Adds the options that every comparison understands."""
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each row; the median counts (5)")
    parser.add_argument("--rows", default="", metavar="PATTERN", help="only the rows whose names it matches")
    parser.add_argument("--quick", action="store_true", help="only check that everything works, in some seconds")
    parser.add_argument("--json", metavar="FILE", help="write all figures, also those of each round, to this file")


def run(options, rows, table, bench, delicate):
    """Measures the chosen rows and returns the exit status; `delicate` names the figures that a busy machine spoils."""
    print(f"{processor()}, load average {load_average():.1f}")
    if load_average() > BUSY_MACHINE and not options.quick:
        print(f"other programs are busy on this machine, which spoils {delicate}")
    stolen = stolen_s()
    results = []
    table.heading()
    for row in rows:
        if re.search(options.rows, row.name):
            rounds = [row.measure(bench) for _ in range(1 if options.quick else options.rounds)]
            results.append(judge(row, rounds))
            table.row(row, results[-1])
    if (taken := stolen_s() - stolen) > 1:
        # The kernel subtracts it from whatever runs next, so single rounds may show too little.
        print(f"meanwhile the host took {taken:.0f} s of CPU from this machine")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1)
    failed = [one["row"] for one in results if one["must_met"] is False]
    return 1 if failed and not options.quick else 0
