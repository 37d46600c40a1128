"""How fast livevote is, beside what it could be compared with; on loopback, all in one run.

    scenarios.py        what is played, as a table
    player.c, player.py the load generator: frames built beforehand, epoll, a core of its own
    frames.py           those frames, and the generator's files
    subject.py          something that takes votes; livevote_server.py is livevote as one
    baselines/          echo, C, the per-vote design in Python and on Node, the store alone
    measure.py          plays a scenario: variants in turn, CPU from the kernel's accounting
    rows.py             the table of figures to reach; report.py prints it
    __main__.py         scripts/load

A rate means little on a shared machine: compare within one report, and look at the columns that
say what others took of the core.
"""
