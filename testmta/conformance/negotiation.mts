# What is offered and agreed (docs/spec/milter-protocol.md 3). That a filter takes only what was offered is judged in every test.

include "common.mts"
tag negotiation

test "MP-017 nothing comes before the offer"
    open
    expect nothing within 200ms
    use hello
    quit
end

for version in 2 3 4 5 6
    test "MP-030 version ${version} is answered with at most ${version}"
        open
        negotiate version ${version}
        use hello
        quit
    end
end

test "MP-031 a version that is not known yet is answered with an older one"
    open
    negotiate version 7
    use hello
    quit
end

test "MP-029 version 1 closes the connection"
    open
    frame "O" 00 00 00 01 00 00 00 0f 00 00 00 3f
    expect closed within 5s
    call others_are_served
end

for size in 1 4 8 11
    test "MP-027 an offer of ${size} bytes closes the connection"
        open
        if ${size} == 1
            frame "O" 00
        end
        if ${size} == 4
            frame "O" 00 00 00 06
        end
        if ${size} == 8
            frame "O" 00 00 00 06 00 00 01 ff
        end
        if ${size} == 11
            frame "O" 00 00 00 06 00 00 01 ff 00 1f ff
        end
        expect closed within 5s
        call others_are_served
    end
end

test "MP-028 what follows the twelve bytes of an offer is ignored"
    open
    frame "O" 00 00 00 06 00 00 01 ff 00 1f ff ff 00 00 00 00 6a 00
    expect negotiated
    quit
end

for steps in skip rejected-rcpt leading-space no-reply-header no-reply-body no-reply-eoh no-reply-mail no-reply-rcpt no-reply-helo no-reply-connect no-reply-data no-reply-unknown
    test "MP-037 an offer without ${steps}"
        needs version 6
        open
        negotiate steps -${steps}
        use hello
        call whole_message
        quit
    end
end

test "MP-032 MP-033 an offer of nothing is the one of version 1"
    open
    negotiate version 2 actions none steps none
    use hello
    call whole_message
    quit
end

test "MP-037 an offer of the steps of version 2"
    open
    negotiate version 2 actions 0x1f steps 0x7f
    use hello
    call whole_message
    quit
end

test "MP-048 larger pieces that are offered and not taken are not sent"
    open
    negotiate steps +chunks-256k +chunks-1m
    use hello
    call begin_message
    data
    header Subject "a large body"
    eoh
    body fill 2M
    eom
    quit
end

test "MP-173 what one connection agreed to does not change another"
    open
    negotiate version 2 actions 0x1f steps 0x7f
    session other
        use hello
        call whole_message
        quit
    end
    use hello
    call whole_message
    quit
end

test "MP-055 a second offer closes the connection"
    tag our-rule
    open
    negotiate
    frame "O" 00 00 00 06 00 00 01 ff 00 1f ff ff
    expect closed within 5s
    call others_are_served
end

for letter in C H M
    test "MP-164 ${letter} before the offer closes the connection"
        tag our-rule before-offer
        open
        if ${letter} == C
            frame "C" "client.example.org\0U"
        else
            frame ${letter} "client.example.org\0"
        end
        expect closed within 5s
        call others_are_served
    end
end
