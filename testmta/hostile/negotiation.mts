# Agreements that no MTA can keep (docs/spec/milter-protocol.md 3).

tag negotiation

for version in 0 1 99 4294967295
    test "version ${version}"
        negotiate -> negotiated version ${version}
    end
end

test "every bit of both words"
    negotiate -> negotiated actions 0xffffffff steps 0xffffffff
end

test "actions that were not offered"
    negotiate -> negotiated actions 0xfffffe00
end

test "no event at all"
    negotiate -> negotiated steps 0x37f
end

test "no answer to any event"
    negotiate -> negotiated steps 0xff080
end

test "an agreement of no bytes"
    negotiate -> nothing
    frame O
end

for size in 1 4 11
    test "an agreement of ${size} bytes"
        negotiate -> nothing
        frame O fill ${size}
    end
end

test "a list of macros for a stage that does not exist"
    negotiate -> nothing
    frame O 00000006 000001ff 00000000 00000063 "i j\0"
end

test "a list of macros that does not end"
    negotiate -> nothing
    frame O 00000006 000001ff 00000000 00000002 "{mail_addr} i"
end

test "a list of macros whose stage is cut off"
    negotiate -> nothing
    frame O 00000006 000001ff 00000000 0000
end

test "a list of 60,000 bytes of macros"
    negotiate -> nothing
    frame O 00000006 000001ff 00000000 00000002 fill 60000 "\0"
end

test "a list of macros that cannot be"
    negotiate -> nothing
    frame O 00000006 000001ff 00000000 00000002 "{ } {} {unterminated \x01 %s\0"
end

test "a verdict in place of an agreement"
    negotiate -> nothing
    frame c
end

test "two agreements"
    negotiate
    frame O 00000002 00000000 0000007f
end
