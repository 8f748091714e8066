"""`voiceguide catalogue`: make a session for each row of a table; `merge` joins shards."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voiceguide.cli import console
from voiceguide.cli.console import counted, shown_progress, size_text
from voiceguide.cli.options import json_option
from voiceguide.errors import UsageError

if TYPE_CHECKING:
    from voiceguide.catalogue import Catalogue, RowResult, Survey

MOST_STALE = 20
"""Most ids that are listed of sessions no longer in the plan."""


class _PlanOrCommand(click.Group):
    """Treats an unknown subcommand as a PLAN: `catalogue x.csv` is `catalogue make x.csv`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; options without a subcommand, or no arguments, belong to `make`."""
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = ["make", *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the subcommand; `make` if none is named."""
        return super().resolve_command(ctx, args if args[0] in self.commands else ["make", *args])


@click.group(cls=_PlanOrCommand, subcommand_metavar="PLAN -o OUT [OPTIONS] | merge OUT")
def catalogue() -> None:
    """Make a session for each row of PLAN: a routine with the settings for one person.

    \b
      voiceguide catalogue clinic.csv -o sessions --dry-run
      voiceguide catalogue clinic.csv -o sessions
      voiceguide catalogue make --help

    PLAN is a table: CSV, TSV, JSON lines or TOML. Each row has a `routine` and any setting of an
    export: length, level, guidance, language, voice, bed, with, set.name, format, sheet. All rows
    are checked first. A row that cannot be made is reported; the others are still made. OUT holds
    the sessions, named by id, and `manifest.jsonl`, which lets the next run make only what has
    changed. docs/CATALOGUE.md describes more: many machines, buckets, privacy.
    """


@catalogue.command()
@click.argument("plan", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", "out", metavar="OUT", required=True, help="Output folder, or `s3://…`."
)
@click.option("--dry-run", is_flag=True, help="Check all rows and estimate the work; make nothing.")
@click.option(
    "--jobs", type=click.IntRange(1), metavar="N", help="Number of processes.  [default: all cores]"
)
@click.option("--on", metavar="PLACE", help="Run on a dask scheduler: `dask://HOST:8786`.")
@click.option(
    "--shard", metavar="N/COUNT", help="Make every COUNTth row, from the Nth on: `3/100`."
)
@click.option("--shared", metavar="PLACE", help="Folder or bucket for clips of all workers.")
@click.option("--feed", metavar="ADDRESS", help="Write feed.xml for sessions served at ADDRESS.")
@click.option("--prune", is_flag=True, help="Remove sessions that are no longer in PLAN.")
@json_option
@click.pass_context
def make(
    ctx: click.Context,
    plan: Path,
    *,
    out: str,
    dry_run: bool,
    jobs: int | None,
    on: str | None,
    shard: str | None,
    shared: str | None,
    feed: str | None,
    prune: bool,
    as_json: bool,
) -> None:
    """Make a session for each row of PLAN in OUT; `make` is optional.

    \b
      voiceguide catalogue clinic.csv -o sessions
      voiceguide catalogue make clinic.csv -o sessions --jobs 2 --prune

    A second run makes only what has changed or is missing, and lists sessions that are no longer in
    PLAN. After Ctrl-C, finished sessions are kept, and the next run continues. The exit code is 1
    if a row could not be made.
    """
    from voiceguide.catalogue import Catalogue, check_address, read_shard

    if feed is not None:
        check_address(feed)
    rows = Catalogue(plan, out, shard=read_shard(shard) if shard else None, shared=shared)
    with shown_progress("Checking") as progress:
        survey = rows.survey(progress, lengths=dry_run)
    _tell_problems(survey)
    if dry_run:
        _foretell(rows, survey, jobs, as_json=as_json)
        ctx.exit(int(survey.bad > 0))
    began = time.monotonic()
    results = rows.run(on=on, jobs=jobs, feed=feed, prune=prune, survey=survey)
    with shown_progress("Making") as progress:
        tally = _Tally()
        for done, result in enumerate(results, 1):
            tally.add(result, survey)
            if progress:
                progress(done / max(1, survey.rows))
    _show(out, survey, tally, time.monotonic() - began, prune=prune, as_json=as_json)
    ctx.exit(int(tally.states["failed"] > 0))


@catalogue.command()
@click.argument("out", metavar="OUT")
@json_option
@click.pass_context
def merge(ctx: click.Context, out: str, *, as_json: bool) -> None:
    """Join the manifests of all shards in OUT into `manifest.jsonl`.

    \b
      voiceguide catalogue clinic.csv -o sessions --shard 1/2
      voiceguide catalogue clinic.csv -o sessions --shard 2/2
      voiceguide catalogue merge sessions

    The exit code is 1 if a row of any shard could not be made.
    """
    from voiceguide.catalogue import merge_shards

    merged = merge_shards(out)
    if merged.doubled:
        said = ", ".join(f"`{id_}`" for id_ in merged.doubled[:MOST_STALE])
        raise UsageError(f"rows of different plans have the ids {said}", "use one OUT per plan")
    if as_json:
        console.put_json({"out": out, "sessions": merged.entries, "failed": merged.failed})
    else:
        failed = f", {merged.failed} of them failed" if merged.failed else ""
        console.put(f"{counted(merged.entries, 'row')}{failed}: {_manifest_of(out)}")
    ctx.exit(int(merged.failed > 0))


class _Tally:
    """Counts the results of all rows."""

    def __init__(self) -> None:
        self.states: Counter[str] = Counter(made=0, kept=0, failed=0)
        self.bytes = 0
        self.seconds = 0.0
        self.failures: list[dict[str, object]] = []

    def add(self, result: RowResult, survey: Survey) -> None:
        """Count a row's result; report a new failure immediately."""
        entry = result.entry
        self.states[result.state] += 1
        if result.state != "failed":
            self.bytes += entry.size
            self.seconds += (entry.length or 0) / 48_000
            return
        known = {problem.message for problem in survey.problems}
        for problem in entry.problems:
            if len(self.failures) < survey.MOST_SHOWN:
                self.failures.append({"id": entry.id, "row": entry.row, **problem})
            if problem["message"] not in known and problem["severity"] == "error":
                place = ":".join(str(problem[name]) for name in ("file", "line") if problem[name])
                console.tell(f"{place or entry.id}: {problem['message']}")
                console.tell(*([f"help: {problem['help']}"] if problem["help"] else []))


def _tell_problems(survey: Survey) -> None:
    lines = console.problem_lines(survey.problems)
    if lines:
        console.tell(*lines)
    if survey.more_problems:
        console.tell(f"and {counted(survey.more_problems, 'more problem')}")


def _foretell(rows: Catalogue, survey: Survey, jobs: int | None, *, as_json: bool) -> None:
    """Print what a run would do."""
    from voiceguide.catalogue.pool import cores

    with shown_progress("Trying") as progress:
        if progress:
            progress(0.0)
        forecast = rows.forecast(survey, jobs or cores())
    if as_json:
        counts = {
            name: getattr(survey, name)
            for name in ("rows", "to_make", "kept", "bad", "stale", "unmet")
        }
        expected = {
            "problems": [problem.as_dict() for problem in survey.problems],
            "seconds": round(forecast.seconds, 1),
            "bytes": round(forecast.bytes),
            "work_seconds": round(forecast.work, 1),
        }
        console.put_json(counts | expected)
        return
    bad = f", {survey.bad} cannot be" if survey.bad else ""
    unmet = len(survey.unmet)
    bad += f", {unmet} probably cannot have the length" if unmet else ""
    console.put(
        f"{counted(survey.rows, 'row')}: {survey.to_make - unmet} would be made, "
        f"{survey.kept} are there already{bad}.",
        *_stale_lines(survey, removed=False),
    )
    if forecast.tried:
        console.put(
            f"About {_hours(forecast.seconds)} of sound in {size_text(round(forecast.bytes))}, "
            f"made in about {_hours(forecast.work)} (as {counted(forecast.tried, 'session')} "
            "took here)."
        )
    elif forecast.seconds:
        console.put(f"About {_hours(forecast.seconds)} of sound; none of it could be tried here.")


def _stale_lines(survey: Survey, *, removed: bool) -> Iterator[str]:
    if survey.stale:
        named = ", ".join(survey.stale[:MOST_STALE])
        more = f" and {len(survey.stale) - MOST_STALE} more" if survey.stale[MOST_STALE:] else ""
        what = "Removed, since no longer in the plan" if removed else "No longer in the plan"
        yield f"{what}: {named}{more}" + ("" if removed else " (`--prune` removes it)")


def _show(
    out: str, survey: Survey, tally: _Tally, took: float, *, prune: bool, as_json: bool
) -> None:
    states = dict(tally.states)
    if as_json:
        console.put_json(
            {
                "out": out,
                "rows": survey.rows,
                **states,
                "stale": survey.stale,
                "seconds": round(tally.seconds, 3),
                "bytes": tally.bytes,
                "took": round(took, 3),
                "problems": tally.failures,
            }
        )
        return
    said = ", ".join(f"{number} {state}" for state, number in states.items())
    counts = f"{counted(survey.rows, 'row')}: {said}: {_manifest_of(out)}"
    console.put(counts, *_stale_lines(survey, removed=prune))
    if console.is_terminal(sys.stderr):
        console.tell(f"{_hours(tally.seconds)} of sound, {size_text(tally.bytes)}.")


def _manifest_of(out: str) -> str:
    return f"{out.rstrip('/')}/manifest.jsonl"


def _hours(seconds: float) -> str:
    """Show a length as `3 s`, `12 min` or `5 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:,.0f} h"
