# How bytes become packets (docs/spec/milter-protocol.md 1).

include "common.mts"
tag framing

for size in 1 2 3 4 5 7 16 64 1000
    test "MP-002 a session in writes of ${size} bytes"
        write split each ${size}
        use hello
        call whole_message
        quit
    end
end

for place in 1 2 3 4 5 6
    test "MP-002 every packet cut after byte ${place}"
        write split at ${place} gap 1ms
        use hello
        call whole_message
        quit
    end
end

test "MP-003 MAIL, RCPT and DATA in one write"
    use hello
    together
        mail <alice@example.org>
        rcpt <bob@example.net>
        data
    end
    quit
end

test "MP-003 a whole transaction in one write"
    use hello
    together
        mail <alice@example.org>
        rcpt <bob@example.net>
        data
        header Subject "at once"
        eoh
        body "x\r\n"
        eom
    end
    quit
end

for size in 1 1000 65534 65535
    test "MP-006 a piece of body of ${size} bytes"
        use hello
        call begin_message
        data
        header Subject "a body"
        eoh
        body fill ${size}
        eom
        quit
    end
end

test "MP-006 a body of ten pieces"
    use hello
    call begin_message
    data
    header Subject "a body"
    eoh
    body fill 640K
    eom
    quit
end

for length in 0x10000001 0x7fffffff 0x80000000 0xffffffff
    test "MP-005 MP-010 a length of ${length} closes the connection"
        use hello
        frame "M" length ${length} "<alice@example.org>\0"
        expect closed within 5s
        call others_are_served
    end
end

test "MP-004 a length of 0 closes the connection"
    tag our-rule
    use hello
    frame "M" length 0 "<alice@example.org>\0"
    expect closed within 5s
    call others_are_served
end

for letter in z "\x00" "\xff" "c" "y"
    test "MP-011 the unknown command ${letter} closes the connection"
        use hello
        frame ${letter}
        expect closed within 5s
        call others_are_served
    end
end

for letter in C H M
    test "MP-012 ${letter} without a payload closes the connection"
        open
        negotiate
        frame ${letter}
        expect closed within 5s
        call others_are_served
    end
end

test "MP-012 R without a payload closes the connection"
    use hello
    mail <alice@example.org>
    frame R
    expect closed within 5s
    call others_are_served
end

test "MP-012 O without a payload closes the connection"
    open
    frame O
    expect closed within 5s
    call others_are_served
end

test "MP-014 MP-144 an MTA that leaves in the middle of a packet, in a message"
    use hello
    call begin_message
    drop after 3
    force data
    call others_are_served
end

test "MP-015 MP-145 an MTA that leaves between packets"
    use hello
    call whole_message
    close
    call others_are_served
end

test "MP-146 an MTA that leaves before any packet"
    open
    close
    call others_are_served
end

test "MP-266 an MTA that resets the connection while it is answered"
    use hello
    implicit none
    mail <alice@example.org>
    reset
    implicit any
    call others_are_served
end

test "MP-011 another protocol"
    open
    bytes 47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a 0d 0a     # GET / HTTP/1.1
    expect closed within 5s
    call others_are_served
end
