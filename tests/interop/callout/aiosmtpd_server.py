"""A server as aiosmtpd's users write it: policies in a handler, which serves all listeners.

usage: aiosmtpd_server.py CERTIFICATE KEY HOST:PORT:TLS...       TLS: never, may or require
"""

import asyncio
import ssl
import sys

from aiosmtpd.smtp import SMTP

# The replies to RCPT, by local part. All other local parts are unknown.
_ANSWERS = {
    "known": "250 OK",
    "full": "452 4.2.2 Mailbox full",
    "quota": "552 5.2.2 Over quota",
    "later": "451 4.7.1 Greylisting in action, please come back in 300 seconds",
    "policy": "550 5.7.1 Your address is on our blacklist",
    "moved": "551 User not local; please try <elsewhere@example.test>",
    "weak": "252 Cannot VRFY user, but will accept message",
    "shutdown": "421 4.3.2 Service shutting down",
}


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        local_part, _, domain = address.partition("@")
        if domain.startswith("relay."):
            return "550 5.7.1 Relaying denied"
        answer = _ANSWERS.get(local_part, "550 5.1.1 User unknown")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer


def door(tls, context):
    return lambda: SMTP(Handler(), hostname="mx.aiosmtpd.test", ident="aiosmtpd",
                        tls_context=None if tls == "never" else context, require_starttls=tls == "require")


async def serve(context, doors):
    loop = asyncio.get_running_loop()
    for host, port, tls in doors:
        await loop.create_server(door(tls, context), host, int(port))
    await asyncio.Event().wait()


if __name__ == "__main__":
    certificate, key, *doors = sys.argv[1:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    asyncio.run(serve(context, [one.rsplit(":", 2) for one in doors]))
