# Which command may follow which, and that each gets one answer (docs/spec/milter-protocol.md 5).

include "common.mts"
tag order

for as in plain postfix sendmail v2 v3 v4
    test "MP-126 a session as an MTA of ${as} has it"
        dialect ${as}
        use hello
        call whole_message
        quit
    end
end

test "MP-127 MAIL without a greeting"
    connect client.example.org 192.0.2.7
    call whole_message
    quit
end

test "MP-128 three greetings"
    use hello
    helo second.example.org
    helo third.example.org
    call whole_message
    quit
end

test "MP-129 a greeting in a message"
    use hello
    call begin_message
    force helo again.example.org
    call whole_message
    quit
end

test "MP-130 MAIL in a message"
    use hello
    call begin_message
    force mail <carol@example.org>
    rcpt <dave@example.net>
    quit
end

test "MP-131 MP-268 three messages in a session"
    use hello
    repeat 3
        call whole_message
    end
    quit
end

test "MP-131 fifty messages in a session"
    use hello
    repeat 50
        call whole_message
    end
    quit
end

test "MP-156 a field without DATA"
    use hello
    call begin_message
    force header Subject "no DATA"
    eoh
    body "x\r\n"
    eom
    quit
end

test "MP-157 the end of the headers without a field"
    use hello
    call begin_message
    data
    eoh
    body "x\r\n"
    eom
    quit
end

test "MP-157 a message without a body"
    use hello
    call begin_message
    data
    call fields
    eoh
    eom
    quit
end

test "MP-157 a message without anything"
    use hello
    call begin_message
    data
    eoh
    eom
    quit
end

for count in 2 10 100
    test "MP-165 ${count} recipients, each answered"
        use hello
        mail <alice@example.org>
        repeat ${count} as n
            rcpt "<bob${n}@example.net>"
        end
        call content
        quit
    end
end

test "MP-153 an unknown command before MAIL"
    use hello
    unknown "XFOO bar"
    call whole_message
    quit
end

test "MP-153 an unknown command in a message"
    use hello
    call begin_message
    unknown "XFOO bar"
    call content
    quit
end

test "MP-160 RCPT after DATA was answered"
    use hello
    call begin_message
    data
    force rcpt <late@example.net> -> whatever
    close
    call others_are_served
end

test "MP-159 RCPT without MAIL does not hang"
    tag our-rule
    use hello
    frame "R" "<bob@example.net>\0" -> any
    quit
end

test "MP-162 a second end of message is answered"
    tag our-rule
    use hello
    call whole_message
    frame "E" -> any
    quit
end

test "MP-163 a second client closes the connection"
    tag our-rule
    use hello
    frame "C" "other.example.org\0U"
    expect closed within 5s
    call others_are_served
end

test "MP-161 a field after the end of the headers closes the connection"
    tag our-rule
    use hello
    call begin_message
    data
    call fields
    eoh -> whatever
    frame "L" "X-Late\0x\0"
    expect whatever
    close
    call others_are_served
end

test "MP-166 a last piece of the body with the end of the message"
    use hello
    call begin_message
    data
    call fields
    eoh
    force eom "the body\r\n"
    quit
end
