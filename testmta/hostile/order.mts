# Good packets at a moment at which they have no place (docs/spec/milter-protocol.md 2.3).

tag order

test "two answers to one event"
    rcpt
    frame c
end

test "two answers in one write, of which the first accepts"
    rcpt -> nothing
    together
        frame c
        frame r
    end
end

test "a hundred answers to one event"
    rcpt
    together
        repeat 99
            frame c
        end
    end
end

test "an answer before anything was asked"
    negotiate
    frame c
end

test "a rejection before anything was asked"
    negotiate
    frame r
end

test "an answer to an event that was to have none"
    negotiate -> negotiated steps +no-reply-helo +no-reply-mail +no-reply-rcpt
    rcpt -> reject
end

test "a sign of progress where none is due"
    connect -> progress, continue
    rcpt -> progress, continue
end

test "an edit long before the end of the message"
    rcpt -> action add-header "X-Early" "yes", continue
end

test "an edit after the verdict"
    eom -> continue
    frame h "X-Late\0yes\0"
end

test "an edit that was not negotiated"
    negotiate -> negotiated actions none
    eom -> action add-header "X-Unasked" "yes", action delete-rcpt "<bob@inbox.test>", continue
end

test "skip where it was not negotiated"
    mail -> skip
end

test "skip for a client"
    connect -> skip
end

test "discard for a client"
    connect -> discard
end

test "a second agreement in the middle of the envelope"
    rcpt -> nothing
    frame O 00000006 000001ff 00000000
    frame c
end

test "connection failure as an answer"
    rcpt -> conn-fail
end

test "shutdown as an answer"
    rcpt -> shutdown
end

test "quarantine, and then a rejection"
    eom -> action quarantine "why not", reject
end

test "a reply to the end of the headers that accepts, and more answers"
    eoh -> accept
    frame r
    frame t
end
