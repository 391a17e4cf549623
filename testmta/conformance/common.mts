# What the suites share. A filter may refuse, accept or discard anything: only how it does so is judged.

implicit any

define begin_message
    mail <alice@example.org> SIZE=1000 BODY=8BITMIME
    rcpt <bob@example.net>
end

define fields
    header From "Alice <alice@example.org>"
    header To "Bob <bob@example.net>"
    header Subject "a message"
    header Message-ID "<1@example.org>"
    header Date "Tue, 01 Dec 2026 10:00:00 +0000"
end

define content
    data
    call fields
    eoh
    body "Hello Bob.\r\n"
    eom
end

define whole_message
    call begin_message
    call content
end

# The connection still works: a session of its own shows that nothing else was disturbed.
define others_are_served
    session other
        use hello
        call whole_message
        quit
    end
end
