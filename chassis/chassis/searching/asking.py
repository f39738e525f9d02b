"""How lists are asked for words."""

from typing import Annotated

import strawberry

Search = Annotated[
    str | None,
    strawberry.argument(
        description="Up to 5 words that must all be found, each anywhere in a name, number, address or other "
        "text that you may see; case and width do not matter, Chinese is found by its characters, pinyin "
        "(`chongqing`) and initials (`cq`). One or two letters are found where a word begins."
    ),
]
