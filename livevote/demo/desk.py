"""Questions for the demonstration: filed, answered and let through as people would do it."""

from __future__ import annotations

from livevote.core.case import Kind, Unit
from livevote.core.desk import AcceptCase, AnswerCase, FileCase, SetDesk, ShowPost
from livevote.core.model import Episode
from livevote.demo.episode import BY
from livevote.hub.hub import Hub

ASKED = (
    ("（演示）河边的排污口还在排水", "（演示）桥下的排污口早晚都在排水，有气味。什么时候封堵？"),
    ("（演示）路灯不亮", "（演示）村道的三盏路灯一直不亮，请来修。"),
    ("（演示）建议公开水质", "（演示）建议每周在村口公布水质。"),
)
ANSWER = "（演示）已现场查看，二十日前完成封堵，并公布前后照片。"
POST = "（演示）河道科科长"


async def fill(hub: Hub, episode: Episode, digest: str) -> str:
    """A desk of the episode's units with some questions, where none was set; the number of one
    that waits to be taken up, "" where there was a desk. digest: of the questions' password."""
    desk = hub.desk
    await desk.load()
    if desk.now.units:
        return ""
    names = list(dict.fromkeys(segment.unit for segment in episode.segments))
    units = tuple(Unit(f"u{place:02d}", name) for place, name in enumerate(names, 1))
    await desk.command(SetDesk(units), BY)
    cases = [
        await desk.file(FileCase(kind, unit.id, title, text), digest)
        for kind, unit, (title, text) in zip(Kind, units, ASKED, strict=False)
    ]
    first = cases[0]
    await desk.command(AcceptCase(first, units[0].id, Kind.COMPLAINT), BY)
    await desk.command(AnswerCase(first, ANSWER, POST), BY)
    for post in (0, 1):
        await desk.command(ShowPost(first, post), BY)
    return cases[-1]
