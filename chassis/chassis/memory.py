"""What a process holds from its start to its end is not looked through for garbage again and again."""

import gc

# Objects beyond the last collection that begin the next one: with many requests or rows under way thousands
# live at any time, and to look at them again and again finds nothing, because hardly anything is a cycle.
COLLECTED_AFTER = 10_000


def settle() -> None:
    """Collect what is garbage now, and never look at the rest again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECTED_AFTER)
