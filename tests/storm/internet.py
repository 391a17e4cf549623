"""The Internet of the storm, as a world for testmta: domains of strangers with servers that behave badly, and of innocents."""

FLOODED = 2000  # domains that answer, in a row: names at them cost a callout each
SERVERS_OF_FLOOD = 200
HOSTILE = {  # what a stranger's server does, by the first label of its domain
    "slow": "on rcpt -> delay 40s",
    "stall": "on ehlo -> delay 30s",
    "mute": "on connect -> silent",
    "drip": "on greeting -> drip 1 1s",
    "endless": 'on greeting -> send "220-wait\\r\\n" times 3, delay 5s, send "220-wait\\r\\n" forever',
    "huge": 'on greeting -> reply 220 "hello", lines 500',
    "line": 'on rcpt -> send "550 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" times 4000',
    "junk": 'on greeting -> send "HTTP/1.1 400 Bad Request\\r\\n\\r\\n", close',
    "reset": 'on greeting -> reply 220 "hello", reset',
    "tls": 'offer STARTTLS\n    on starttls -> reply 220 "go", send "250 injected\\r\\n", tls',
    "hang": 'offer STARTTLS\n    on starttls -> reply 220 "go", silent',
    "broken": 'on rcpt -> send "250-a\\r\\n550 b\\r\\n"',
    "blocks": 'on rcpt -> reply 550 5.7.1 "blocked using zen.dnsbl.example"',
    "nonull": 'on mail <> -> reply 550 5.7.1 "no bounces here"',
    "closed": "port closed",
    "hole": "port blackhole",
    "deaf": "on ehlo -> stop-reading",
}
HOSTILE_OF_A_KIND = 6
GREYLISTING = 60
HUGE_ZONES = 30

INNOCENT = {  # sender: what its server says of it, and the letter of the milter's answer
    "ann@good.example": "c",
    "ghost@good.example": "y",
    "ann@second.example": "c",
    "ghost@second.example": "y",
    "ann@nomail.example": "y",
    "ann@blocked.example": "c",
    "ann@full.example": "c",
    "any@all.example": "c",
}


def peer(domain, address, *rules):
    lines = "".join(f"    {rule}\n" for rule in rules)
    return f"zone {domain}\n    @ mx 10 mx\n    mx a {address}\nend\npeer mx.{domain} at {address}\n{lines}end\n"


def flooded():
    """Many registered domains at some servers; each knows nobody, or everybody."""
    yield from (peer(f"pool{n}.example", f"127.10.{n // 200}.{n % 200 + 1}", *(["mailbox ann@*"] if n % 3 else []))
                for n in range(SERVERS_OF_FLOOD))
    yield from (f"zone flood{n}.example\n    @ mx 10 mx.pool{n % SERVERS_OF_FLOOD}.example.\nend\n"
                for n in range(FLOODED))


def hostile():
    for kind, (name, rules) in enumerate(HOSTILE.items()):
        yield from (peer(f"{name}{n}.example", f"127.20.{kind}.{n + 1}", rules) for n in range(HOSTILE_OF_A_KIND))
    yield from (peer(f"grey{n}.example", f"127.21.0.{n + 1}", "on rcpt -> greylist 30s") for n in range(GREYLISTING))


def huge_zones():
    """Zones with many exchanges, with many addresses, that are cut short over UDP, that answer slowly or never."""
    for n in range(HUGE_ZONES):
        yield (f"zone big{n}.example\n    repeat 200 @ mx 10 mx${{n}}\n    repeat 200 mx${{n}} a 127.22.{n}.${{n}}\n"
               f"    @ truncate\nend\n")
        yield f"zone wide{n}.example\n    @ mx 10 mx\n    repeat 200 mx a 127.23.{n}.${{n}}\nend\n"
        yield f"zone late{n}.example\n    @ delay 3s\n    @ mx 10 mx.good.example.\nend\n"
        yield f"zone never{n}.example\n    @ silent\nend\n"
        yield f"zone fails{n}.example\n    @ servfail\nend\n"
        yield f"zone loop{n}.example\n    @ cname other\n    other cname @\nend\n"
        yield f"zone inside{n}.example\n    @ mx 10 mx\n    mx a 10.0.0.{n + 1}\nend\n"
    yield "zone test\n    @ txt \"what is below does not exist\"\nend\n"


def innocents():
    yield peer("good.example", "127.30.0.1", "mailbox ann@*, new*@*")
    yield peer("second.example", "127.30.0.2", "mailbox ann@*, new*@*")
    yield "zone nomail.example\n    @ mx 0 .\nend\n"
    yield peer("blocked.example", "127.30.0.3", 'on mail -> reply 550 5.7.1 "blocked using zen.dnsbl.example"')
    yield peer("full.example", "127.30.0.4", 'on rcpt -> reply 452 4.2.2 "over quota"')
    yield peer("all.example", "127.30.0.5")


def text():
    return "\n".join(line for part in (flooded(), hostile(), huge_zones(), innocents()) for line in part)


def a_flooded_domain(chance):
    return f"flood{chance.randrange(FLOODED)}.example"


def a_hostile_domain(chance):
    return f"{chance.choice(list(HOSTILE))}{chance.randrange(HOSTILE_OF_A_KIND)}.example"


def a_greylisting_domain(chance):
    return f"grey{chance.randrange(GREYLISTING)}.example"


def an_odd_zone(chance):
    return f"{chance.choice(('big', 'wide', 'late', 'never', 'fails', 'loop', 'inside'))}{chance.randrange(HUGE_ZONES)}.example"
