# How messages and sessions end early (docs/spec/milter-protocol.md 5.7).

include "common.mts"
tag abort

test "MP-132 abort after MAIL"
    use hello
    mail <alice@example.org>
    abort
    call whole_message
    quit
end

test "MP-132 abort after RCPT"
    use hello
    call begin_message
    abort
    call whole_message
    quit
end

test "MP-132 abort after DATA"
    use hello
    call begin_message
    data
    abort
    call whole_message
    quit
end

test "MP-132 abort after a field"
    use hello
    call begin_message
    data
    call fields
    abort
    call whole_message
    quit
end

test "MP-132 abort after the headers"
    use hello
    call begin_message
    data
    call fields
    eoh
    abort
    call whole_message
    quit
end

test "MP-132 abort in the body"
    use hello
    call begin_message
    data
    call fields
    eoh
    body fill 100K
    abort
    call whole_message
    quit
end

test "MP-133 abort outside of a message gets no answer"
    use hello
    abort
    expect nothing within 200ms
    call whole_message
    abort
    expect nothing within 200ms
    call whole_message
    quit
end

test "MP-134 two aborts in a row"
    use hello
    call begin_message
    abort
    abort
    expect nothing within 200ms
    call whole_message
    quit
end

test "MP-140 ten messages that are all aborted, and one that is not"
    use hello
    repeat 10
        call begin_message
        abort
    end
    call whole_message
    quit
end

test "MP-141 a greeting after an abort"
    use hello
    call begin_message
    abort
    helo again.example.org
    call whole_message
    quit
end

test "MP-142 quit in a message closes the connection"
    use hello
    call begin_message
    quit -> closed within 5s
    call others_are_served
end

test "MP-143 quit outside of a message closes the connection"
    use hello
    quit -> closed within 5s
    call others_are_served
end

test "MP-143 quit before the client"
    open
    negotiate
    quit -> closed within 5s
    call others_are_served
end

test "MP-143 quit after a message closes the connection"
    use hello
    call whole_message
    quit -> closed within 5s
end

test "MP-144 an MTA that leaves after MAIL"
    use hello
    mail <alice@example.org>
    close
    call others_are_served
end

test "MP-144 an MTA that leaves after RCPT"
    use hello
    call begin_message
    close
    call others_are_served
end

test "MP-144 an MTA that leaves in the headers"
    use hello
    call begin_message
    data
    call fields
    close
    call others_are_served
end

test "MP-144 an MTA that leaves in the body"
    use hello
    call begin_message
    data
    call fields
    eoh
    body fill 200K
    close
    call others_are_served
end

test "MP-144 an MTA that leaves without waiting for the verdict"
    use hello
    call begin_message
    data
    call fields
    eoh
    body fill 200K
    implicit none
    eom
    close
    implicit any
    call others_are_served
end

test "MP-144 an MTA that closes its side in a message is followed"
    use hello
    call begin_message
    half-close
    expect closed within 5s
    call others_are_served
end

test "MP-149 the connection is kept for another client"
    tag quit-nc
    use hello
    call whole_message
    quit-nc
    use hello other.example.org 192.0.2.8 other.example.org
    call whole_message
    quit
end

test "MP-149 the connection is kept for five clients"
    tag quit-nc
    repeat 5 as n
        use hello "h${n}.example.org" "192.0.2.${n}" "h${n}.example.org"
        call whole_message
        quit-nc
    end
    quit
end

test "MP-150 the connection is kept after a client that left in its message"
    tag quit-nc our-rule
    use hello
    call begin_message
    quit-nc
    use hello other.example.org 192.0.2.8 other.example.org
    call whole_message
    quit
end
