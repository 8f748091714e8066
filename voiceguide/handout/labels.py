"""The sheet's own words. They are English, the one language whose built-in words there are."""

from __future__ import annotations

from voiceguide.routine import Moment

TIME = "Time"
NEEDS = "You need"
PURPOSES = "For"
NOTHING = "nothing"
OPENING = "Before you begin"
NOTES = "Notes"
EXERCISE = "The exercise"
MADE_WITH = "Made with voiceguide"
OPTIONAL = "optional"
WITH = "with {}"
OR = "{} (or {})"

EACH_SIDE = "each side"
IN_TURN = "sides in turn"
IN_ALL = "in all"
LEFT_SIDE = "left side"
RIGHT_SIDE = "right side"
HOLD = "hold"
REST = "rest"
ROUNDS = ("round", "rounds")
SETS = ("set of", "sets of")
TIMES = ("once", "{} times")
BREATHS = ("breath", "breaths")
ONE_EVERY = "one every"
WAIT = "until you are ready, about {}"

MOMENTS = {
    Moment.FIRST: "First time",
    Moment.AGAIN: "Next time",
    Moment.START: "As you begin",
    Moment.HALF: "Halfway",
    Moment.AT: "After {}",
    Moment.EVERY: "Every {}",
    Moment.LAST: "In the last {}",
    Moment.END: "At the end",
}
"""When a cue is said; `{}` is its length."""

IN_TURN_EVERY = "Every {}, in turn"
"""Where it has more than one text."""
