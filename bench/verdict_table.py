"""What a verifier concluded from the replies: judged, counted, and printed as a row."""

MISSING_FOUND = 0.95  # the part of the missing that vouchd must find


def judge(name, replies, answers):
    """Returns the figures of a verifier, and every reply that it got wrong."""
    answer_of = {reply: answers[reply.address] for reply in replies}
    innocent = [reply for reply in replies if reply.innocent]
    missing = [reply for reply in replies if reply.countable_missing]
    accused = [reply for reply in innocent if answer_of[reply].missing]
    overlooked = [reply for reply in missing if not answer_of[reply].missing]
    about_us = [reply for reply in replies if reply.about_one_mailbox and answer_of[reply].about_us]

    def shown(which):
        return [f"{answer_of[reply].words}  <=  {reply.shown()}" for reply in which]
    return {"verifier": name, "innocents": len(innocent), "innocents_called_missing": len(accused),
            "missing": len(missing), "missing_found": len(missing) - len(overlooked),
            "taken_for_us": len(about_us), "wrongly_called_missing": shown(accused), "overlooked": shown(overlooked),
            "mailboxes_taken_for_us": shown(about_us)}


def heading():
    print(f"{'':48} {'who exist, called missing':>26} {'missing ones, found':>22}")


def show(figures, details):
    accused = f"{figures['innocents_called_missing']} of {figures['innocents']}"
    found = f"{figures['missing_found']} of {figures['missing']}"
    print(f"{figures['verifier']:48} {accused:>26} {found:>22}", flush=True)
    if details:
        for title in ("wrongly_called_missing", "overlooked", "mailboxes_taken_for_us"):
            for line in figures[title]:
                print(f"    {title.replace('_', ' ')}: {line!r}")


def is_met(figures):
    return (figures["innocents_called_missing"] == 0
            and figures["missing_found"] >= MISSING_FOUND * figures["missing"])
