# How a filter changes and judges messages (docs/spec/milter-protocol.md 6 and 7). What it does with them is its own affair; that it does
# it as the protocol has it is judged with every answer: no edit before the end of the message, none that was not agreed to, none after the verdict, no reply
# that an MTA could not pass on.

include "common.mts"
tag edits

test "MP-232 edits come before the verdict"
    use hello
    call whole_message
    expect nothing within 200ms
    quit
end

test "MP-170 one verdict for a message, and nothing after it"
    use hello
    repeat 5
        call whole_message
        expect nothing within 50ms
    end
    quit
end

test "MP-216 a filter that may change nothing changes nothing"
    open
    negotiate actions 0x100
    use hello
    call whole_message
    quit
end

for action in add-header change-header replace-body add-rcpt delete-rcpt quarantine change-from add-rcpt-par
    test "MP-216 a filter that may not ${action} does not"
        open
        negotiate actions -${action}
        use hello
        call whole_message
        quit
    end
end

test "MP-217 a message of which the headers alone are long"
    use hello
    call begin_message
    data
    repeat 50 as n
        header Received "from a${n}.example by b${n}.example; Tue, 01 Dec 2026 10:00:00 +0000"
    end
    call fields
    eoh
    body "x\r\n"
    eom
    quit
end

test "MP-172 MP-268 a message does not change the next one"
    use hello
    call whole_message
    call begin_message
    data
    call fields
    eoh
    abort
    call whole_message
    quit
end

for as in postfix sendmail
    test "MP-223 a message as ${as} shows it"
        dialect ${as}
        use hello
        call whole_message
        quit
    end
end

test "MP-198 a filter that may not skip does not"
    open
    negotiate steps -skip
    use hello
    call begin_message
    data
    call fields
    eoh
    body fill 300K
    eom
    quit
end

test "MP-198 a long body, of which a filter may skip the rest"
    needs skip
    use hello
    call begin_message
    data
    call fields
    eoh
    body fill 1M
    eom
    quit
end
