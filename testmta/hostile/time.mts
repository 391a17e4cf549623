# A filter that is late, silent or gone (docs/spec/milter-protocol.md 8).

tag time

test "no answer to the offer"
    negotiate -> nothing
    expect closed within 30s
end

for event in connect helo mail rcpt data eoh eom
    test "no answer to ${event}"
        ${event} -> nothing
        expect closed within 30s
    end
end

for event in connect mail rcpt eom
    test "the connection closed in place of an answer to ${event}"
        ${event} -> closed
    end
    test "the connection reset in place of an answer to ${event}"
        ${event} -> nothing
        reset
    end
end

test "the connection closed before anything was said"
    close
end

test "an answer long after the MTA has lost its patience"
    rcpt -> nothing
    delay 5s
    frame c
end

test "nothing more is written after the envelope"
    rcpt
    half-close
end

test "signs of progress for six seconds, and no answer"
    eom -> nothing
    repeat 6
        frame p
        delay 1s
    end
end

test "a thousand signs of progress at once"
    eom -> progress == 1000, continue
end

test "nothing is read for two seconds"
    data
    pause-reading 2s
end
