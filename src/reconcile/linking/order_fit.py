"""Which charges may be an order's, by day and amount: the same wherever orders meet charges."""

from typing import Any, NamedTuple

# Days from the order to the charge: the day itself mostly; payment and time zones move it.
FIRST_DAY, LAST_DAY = -2, 7


class Slack(NamedTuple):
    """How far the log of an estimated amount may lie below and above that of an order's: spread
    below, the highest fee and spread above.
    """

    below: float
    above: float

    def holds(self, off: Any) -> Any:
        """Whether amounts so far off (a float or an array; NaN: unknown) may be the orders'."""
        return (self.below < off) & (off < self.above)


# Where one charge and one order are weighed against all others that fit, which has to miss none;
# and where sums of several are tried, or a fit that was too weak to be told: much fits by chance.
WIDE, NARROW = Slack(-0.025, 0.075), Slack(-0.012, 0.06)
