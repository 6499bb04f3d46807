"""How a service tells the operator of trouble."""

from collections.abc import Awaitable, Callable

#: Takes a short name of the problem, and what there is to know and do. Of one problem the
#: operator hears once a day, so the name says what is the same and the text what is not.
Tell = Callable[[str, str], Awaitable[None]]
